"""The outbox of the index, the generation of shown data, and leases on single tasks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.model import Change
from hub.store.counting import advance, counted, note
from hub.store.tables import changes, leases


class Changes:
    """What the index has yet to take in."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def append(self, post_ids: Iterable[int]) -> None:
        """Note that these posts changed, and that shown data did."""
        rows = [{"post_id": each} for each in post_ids]
        if rows:
            self._db.execute(insert(changes), rows)
            self.advance()

    def waiting(self, limit: int) -> list[Change]:
        """The oldest changes."""
        rows = self._db.execute(select(changes.c.seq, changes.c.post_id).order_by(changes.c.seq).limit(limit))
        return [Change(seq, post_id) for seq, post_id in rows]

    def done(self, taken: Iterable[Change]) -> None:
        """Forget changes that the index has stored. By seq and not by post: one that came meanwhile
        stays."""
        seqs = [each.seq for each in taken]
        for start in range(0, len(seqs), 500):
            self._db.execute(delete(changes).where(changes.c.seq.in_(seqs[start : start + 500])))

    def pending(self) -> int:
        return self._db.execute(select(func.count()).select_from(changes)).scalar_one()

    # -- engines --------------------------------------------------------------------------------

    def drained(self, engine: str) -> None:
        """Note that this engine took changes in; one that was behind stays so."""
        behind = self.behind(engine)
        advance(self._db, "drained")
        if not behind:
            self.caught_up(engine)

    def caught_up(self, engine: str) -> None:
        """Note that all changes so far are in this engine's index."""
        note(self._db, _drained(engine), counted(self._db, "drained"))

    def behind(self, engine: str) -> bool:
        """Whether another engine took in changes that this one knows nothing of."""
        return counted(self._db, _drained(engine)) < counted(self._db, "drained")

    # -- generation -----------------------------------------------------------------------------

    def advance(self) -> None:
        """Shown data changed: every cached page is stale."""
        advance(self._db, "generation")

    def generation(self) -> int:
        return counted(self._db, "generation")

    # -- leases on single tasks -----------------------------------------------------------------

    def take_lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong the lease on one task; False when another holder has it."""
        query = select(leases.c.holder, leases.c.until).where(leases.c.name == name).with_for_update()
        row = self._db.execute(query).one_or_none()
        if row is None:
            self._db.execute(insert(leases).values(name=name, holder=holder, until=until))
            return True
        if row.holder != holder and row.until >= now:
            return False
        self._db.execute(update(leases).where(leases.c.name == name).values(holder=holder, until=until))
        return True

    def lease_holder(self, name: str) -> str | None:
        return self._db.execute(select(leases.c.holder).where(leases.c.name == name)).scalar()

    def lease_until(self, name: str) -> datetime | None:
        return self._db.execute(select(leases.c.until).where(leases.c.name == name)).scalar()

    def drop_lease(self, name: str, holder: str) -> None:
        self._db.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def _drained(engine: str) -> str:
    return f"drained.{engine}"[:64]
