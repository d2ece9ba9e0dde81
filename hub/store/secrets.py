"""The encrypted secrets of targets, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text, update

from hub.store.tables import targets

#: PostgreSQL's advisory lock under which keys are changed (any number of our own).
_CHANGING_KEYS = 762029
_PORTION = 1000


@dataclass(frozen=True, slots=True)
class Resealed:
    """A target's secret as it was read, and encrypted anew."""

    target_id: int
    before: str
    after: str


class Secrets:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def change_keys_alone(self) -> None:
        """Until this transaction ends, nobody else changes the keys. (On SQLite a writer is alone.)"""
        if self._db.dialect.name == "postgresql":
            self._db.execute(text(f"SELECT pg_advisory_xact_lock({_CHANGING_KEYS})"))

    def all(self) -> Sequence[tuple[int, str]]:
        """Target and secret, where there is one."""
        query = select(targets.c.id, targets.c.secret).where(targets.c.secret != "").order_by(targets.c.id)
        return [(row.id, row.secret) for row in self._db.execute(query)]

    def replace(self, resealed: Iterable[Resealed]) -> None:
        """Store what was encrypted anew, save where somebody changed the secret in the meantime."""
        statement = (
            update(targets)
            .where(targets.c.id == bindparam("target"), targets.c.secret == bindparam("before"))
            .values(secret=bindparam("after"))
        )
        rows = [{"target": each.target_id, "before": each.before, "after": each.after} for each in resealed]
        for start in range(0, len(rows), _PORTION):
            self._db.execute(statement, rows[start : start + _PORTION])
