"""Rows that processes work on one at a time, each held by lease."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, Connection, Table, or_, select, update


class Leased:
    """Base of a repository whose table has the columns ``lease`` (who holds the row: a token of one process)
    and ``leased_until``."""

    _table: ClassVar[Table]

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def renew(self, owner: str, until: datetime) -> None:
        """Prolong all leases of ``owner``."""
        self._db.execute(update(self._table).where(self._table.c.lease == owner).values(leased_until=until))

    def holders(self) -> set[str]:
        """Owners of leases, living or dead."""
        lease = self._table.c.lease
        return {
            str(each)
            for each in self._db.execute(select(lease).where(lease.is_not(None)).distinct()).scalars()
        }

    def free(self, owner: str) -> None:
        """Give back all leases of ``owner``."""
        self._db.execute(
            update(self._table).where(self._table.c.lease == owner).values(lease=None, leased_until=None)
        )

    def _is_free(self, now: datetime) -> ColumnElement[bool]:
        """Held by nobody, or by one whose time has run out."""
        until = self._table.c.leased_until
        return or_(until.is_(None), until < now)
