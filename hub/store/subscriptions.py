"""Subscriptions to WebSub hubs, at most one a source."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from hub.model import Subscription
from hub.store.tables import sources, subscriptions

_COLUMNS = [each for each in subscriptions.c if each.name != "secret"]


class Subscriptions:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, source_id: int) -> Subscription | None:
        query = select(*_COLUMNS).where(subscriptions.c.source_id == source_id)
        row = self._db.execute(query).one_or_none()
        return Subscription(**row._mapping) if row else None

    def behind(self, callback: str) -> tuple[Subscription, str] | None:
        """The subscription with this callback, and its encrypted secret (empty: none)."""
        query = select(*_COLUMNS, subscriptions.c.secret).where(subscriptions.c.callback == callback)
        row = self._db.execute(query).one_or_none()
        if row is None:
            return None
        values = dict(row._mapping)
        secret = str(values.pop("secret"))
        return Subscription(**values), secret

    def all(self) -> tuple[Subscription, ...]:
        rows = self._db.execute(select(*_COLUMNS).order_by(subscriptions.c.source_id))
        return tuple(Subscription(**row._mapping) for row in rows)

    def put(self, new: Subscription, secret: str = "") -> None:
        """Keep ``new`` in place of what its source had; ``secret`` encrypted."""
        self.remove(new.source_id)
        self._db.execute(insert(subscriptions).values(asdict(new) | {"secret": secret}))

    def edit(self, source_id: int, **changes: Any) -> None:
        self._db.execute(
            update(subscriptions).where(subscriptions.c.source_id == source_id).values(**changes)
        )

    def remove(self, source_id: int) -> None:
        self._db.execute(delete(subscriptions).where(subscriptions.c.source_id == source_id))

    # -- what is to be done -------------------------------------------------------------------------

    def unasked(self, connectors: Collection[str], limit: int) -> list[int]:
        """Sources of these connectors that were read well and nobody looked for a hub of yet."""
        query = (
            select(sources.c.id)
            .outerjoin(subscriptions, subscriptions.c.source_id == sources.c.id)
            .where(
                subscriptions.c.source_id.is_(None),
                sources.c.state == "active",
                sources.c.last_success_at.is_not(None),
                sources.c.connector.in_(list(connectors)),
            )
            .order_by(sources.c.id)
            .limit(limit)
        )
        return list(self._db.execute(query).scalars())

    def claim_due(self, now: datetime, busy: timedelta, limit: int) -> list[Subscription]:
        """Those of active sources to be renewed or tried again; nobody else gets them until
        ``now + busy``."""
        query = (
            select(subscriptions.c.source_id)
            .join(sources, sources.c.id == subscriptions.c.source_id)
            .where(subscriptions.c.due_at <= now, sources.c.state == "active")
            .order_by(subscriptions.c.due_at)
            .limit(limit)
            .with_for_update(of=subscriptions, skip_locked=True)
        )
        return self._claim(query, now + busy)

    def claim_orphans(self, now: datetime, busy: timedelta, limit: int) -> list[Subscription]:
        """Those of sources that are not visited any more, and those that are being left in vain."""
        live = subscriptions.c.state.in_(("asked", "active"))
        query = (
            select(subscriptions.c.source_id)
            .join(sources, sources.c.id == subscriptions.c.source_id)
            .where(
                or_(
                    live & (sources.c.state != "active"),
                    (subscriptions.c.state == "leaving") & (subscriptions.c.due_at <= now),
                )
            )
            .limit(limit)
            .with_for_update(of=subscriptions, skip_locked=True)
        )
        return self._claim(query, now + busy)

    def _claim(self, query: Any, until: datetime) -> list[Subscription]:
        ids = list(self._db.execute(query).scalars())
        if not ids:
            return []
        taken = update(subscriptions).where(subscriptions.c.source_id.in_(ids)).values(due_at=until)
        return [Subscription(**row._mapping) for row in self._db.execute(taken.returning(*_COLUMNS))]

    def told(self, source_id: int, now: datetime, due_at: datetime) -> None:
        """News was announced: note it, and bring the next visit forward to ``due_at``."""
        self.edit(source_id, pushed_at=now)
        later = or_(sources.c.due_at.is_(None), sources.c.due_at > due_at)
        self._db.execute(
            update(sources)
            .where(sources.c.id == source_id, sources.c.state == "active", later)
            .values(due_at=due_at)
        )
