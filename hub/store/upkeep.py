"""Backup, restore and self-checks of the database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from hub.store.counting import counted, note
from hub.store.posts import table_sizes


class Housekeeping:
    """What keeps the database in order."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def faults(self) -> list[str]:
        """What the database finds wrong with itself; empty when all is well."""
        if self._db.dialect.name != "sqlite":
            self._db.exec_driver_sql("SELECT 1")
            return []
        found = [str(row[0]) for row in self._db.exec_driver_sql("PRAGMA quick_check")]
        return [each for each in found if each != "ok"]

    def sizes(self) -> Mapping[str, int]:
        return table_sizes(self._db)

    def note(self, name: str, value: int) -> None:
        """Keeps a figure for other processes."""
        note(self._db, name, value)

    def noted(self, name: str) -> int:
        """A figure that was kept; 0 where none was."""
        return counted(self._db, name)

    def tidy(self) -> None:
        """Fresh statistics for the query planner."""
        self._db.exec_driver_sql("PRAGMA optimize" if self._db.dialect.name == "sqlite" else "ANALYZE")
