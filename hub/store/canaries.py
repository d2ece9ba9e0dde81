"""Canaries: sources that stand for their connector."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from hub.model import Canary
from hub.store.tables import canaries, posts, sources


class Canaries:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, source_id: int) -> Canary | None:
        row = self._db.execute(select(canaries).where(canaries.c.source_id == source_id)).one_or_none()
        return Canary(**row._mapping) if row else None

    def all(self, *, alarmed: bool = False) -> tuple[Canary, ...]:
        """Those of sources that are visited (that give alarm), by connector."""
        query = (
            select(canaries)
            .join(sources, sources.c.id == canaries.c.source_id)
            .where(sources.c.state == "active")
            .order_by(canaries.c.connector, canaries.c.source_id)
        )
        if alarmed:
            query = query.where(canaries.c.alarm != "")
        return tuple(Canary(**row._mapping) for row in self._db.execute(query))

    def put(self, new: Canary) -> None:
        """Keep ``new`` in place of what was known of its source."""
        self._db.execute(delete(canaries).where(canaries.c.source_id == new.source_id))
        self._db.execute(insert(canaries).values(asdict(new)))

    def best(self, since: datetime, each: int) -> dict[str, list[int]]:
        """For each connector its living sources that brought most since then, at most ``each``, the best
        first."""
        number = func.count(posts.c.id)
        recent = (posts.c.source_id == sources.c.id) & (posts.c.first_seen >= since)
        query = (
            select(sources.c.connector, sources.c.id)
            .outerjoin(posts, recent)
            .where(sources.c.state == "active", sources.c.last_success_at.is_not(None))
            .group_by(sources.c.connector, sources.c.id)
            .order_by(sources.c.connector, number.desc(), sources.c.id)
        )
        found: dict[str, list[int]] = {}
        for connector, source_id in self._db.execute(query):
            if len(found.setdefault(connector, [])) < each:
                found[connector].append(source_id)
        return found
