"""Counters that say that something changed: whoever has a copy knows from them that it is stale."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from hub.store.tables import counters


def advance(connection: Connection, name: str) -> None:
    done = connection.execute(
        update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    )
    if done.rowcount == 0:
        connection.execute(insert(counters).values(name=name, value=1))


def note(connection: Connection, name: str, value: int) -> None:
    """Sets a counter: here it is a figure that one process measures and another reads."""
    done = connection.execute(update(counters).where(counters.c.name == name).values(value=value))
    if done.rowcount == 0:
        connection.execute(insert(counters).values(name=name, value=value))


def counted(connection: Connection, name: str) -> int:
    """How often it was advanced, or the figure noted; 0 before the first time."""
    return connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar() or 0
