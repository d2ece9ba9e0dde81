"""The audit trail: rows chained by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from hub.model import AuditRow
from hub.store.tables import audit, counters

#: PostgreSQL's advisory lock under which rows are appended (any number of our own).
_APPENDING = 762027
#: The counter that holds the newest row's id: rows cut off at the end are missed by it.
_HEAD = "audit"
_PORTION = 1000
_ROW = [each for each in audit.c if each.name != "hash"]


class AuditTrail:
    """Appends, reads and checks the trail.

    Rows are held back until the transaction is about to commit. Whoever appends locks out all others who
    do, and so this lock comes after every other one and is held for the shortest time.
    """

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._waiting: list[Mapping[str, Any]] = []

    def append(self, row: Mapping[str, Any]) -> None:
        """``row``: the columns of the table but ``id`` and ``hash``; plain JSON in before and after."""
        self._waiting.append(row)

    def flush(self) -> None:
        """Write what waits; the Store calls it before each commit."""
        if not self._waiting:
            return
        if self._db.dialect.name == "postgresql":
            self._db.execute(text(f"SELECT pg_advisory_xact_lock({_APPENDING})"))
        newest = self._db.scalar(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)) or ""
        last = 0
        for row in self._waiting:
            newest = chained(newest, row)
            last = self._db.execute(
                insert(audit).values(**row, hash=newest).returning(audit.c.id)
            ).scalar_one()
        self._waiting.clear()
        moved = self._db.execute(update(counters).where(counters.c.name == _HEAD).values(value=last))
        if moved.rowcount == 0:
            self._db.execute(insert(counters).values(name=_HEAD, value=last))

    def rows(
        self, limit: int, before_id: int | None = None, actor: str = "", action: str = ""
    ) -> tuple[AuditRow, ...]:
        """Newest first. ``action`` is one, or the part before its dot: ``announcement``."""
        query = select(*_ROW).order_by(audit.c.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(audit.c.id < before_id)
        if actor:
            query = query.where(audit.c.actor == actor)
        if action:
            below = audit.c.action.startswith(f"{action}.", autoescape=True)
            query = query.where((audit.c.action == action) | below)
        return tuple(AuditRow(**row._mapping) for row in self._db.execute(query))

    def first_broken(self) -> int | None:
        """The id of the first row that does not follow from the one before, or of the newest one written
        if rows are missing at the end; None when the chain is whole."""
        written = self._db.scalar(select(counters.c.value).where(counters.c.name == _HEAD)) or 0
        previous, last = "", 0
        for row in self._all():
            values = dict(row)
            last, found = int(values.pop("id")), values.pop("hash")
            if chained(previous, values) != found:
                return last
            previous = found
        return written if last < written else None

    def _all(self) -> Iterator[Mapping[str, Any]]:
        last = 0
        while True:
            query = select(audit).where(audit.c.id > last).order_by(audit.c.id).limit(_PORTION)
            portion = self._db.execute(query).mappings().all()
            if not portion:
                return
            for row in portion:
                yield {**row}
            last = portion[-1]["id"]


def chained(previous: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over the previous row's hash and this row as JSON with sorted keys, time in UTC."""
    plain = {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
