"""Sources: the schedule as data, claimed by lease."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, delete, func, insert, or_, select, update

from hub.errors import Conflict, NotFound
from hub.model import Source
from hub.store.leased import Leased
from hub.store.tables import host_pauses, sources

_COLUMNS = [each for each in sources.c if each.name not in ("lease", "unstable_visits", "host", "sealed")]


def host_of(url: str) -> str:
    """What pace is kept by: the host of an address, in lower case."""
    return (urlsplit(url).hostname or "")[:255]


@dataclass(frozen=True, slots=True)
class Claim:
    """A source that this process may visit: nobody else does while the lease ``token`` holds."""

    source: Source
    token: str
    unstable_visits: int
    sealed: str = field(default="", repr=False)  # secret options, encrypted


def _from_row(row: Row[Any]) -> Source:
    values = row._mapping
    return Source(**{each.name: values[each] for each in _COLUMNS})


class Sources(Leased):
    """The sources of the hub."""

    _table = sources

    def add(self, source: Source, now: datetime, sealed: str = "") -> Source:
        """Store ``source`` (its id is not looked at) with its ``sealed`` secret options, due at once.

        Raises:
            Conflict: the site has this connector at this URL already.
        """
        same = (
            (sources.c.site_id == source.site_id)
            & (sources.c.connector == source.connector)
            & (sources.c.url == source.url)
        )
        taken = self._db.execute(select(sources.c.id).where(same)).scalar()
        if taken is not None:
            raise Conflict(f"source {taken} reads {source.url} already")
        row = self._db.execute(
            insert(sources)
            .values(
                site_id=source.site_id,
                connector=source.connector,
                url=source.url,
                host=host_of(source.url),
                options=dict(source.options),
                state=source.state,
                interval=source.interval,
                due_at=now,
                sealed=sealed,
            )
            .returning(*_COLUMNS)
        ).one()
        return _from_row(row)

    def get(self, source_id: int) -> Source:
        """Raises NotFound."""
        row = self._db.execute(select(*_COLUMNS).where(sources.c.id == source_id)).one_or_none()
        if row is None:
            raise NotFound("source", source_id)
        return _from_row(row)

    def sealed(self, source_id: int) -> str:
        """The secret options of a source, encrypted; empty where there are none. Raises NotFound."""
        found = self._db.execute(select(sources.c.sealed).where(sources.c.id == source_id)).scalar()
        if found is None:
            raise NotFound("source", source_id)
        return str(found)

    def all(self, site_id: int | None = None) -> tuple[Source, ...]:
        """Every source (of one site), by id."""
        query = select(*_COLUMNS).order_by(sources.c.id)
        if site_id is not None:
            query = query.where(sources.c.site_id == site_id)
        return tuple(map(_from_row, self._db.execute(query)))

    def edit(self, source_id: int, **changes: Any) -> Source:
        """Change the named columns. Raises NotFound."""
        if "url" in changes:
            changes["host"] = host_of(changes["url"])
        if self._db.execute(update(sources).where(sources.c.id == source_id).values(**changes)).rowcount == 0:
            raise NotFound("source", source_id)
        return self.get(source_id)

    def remove(self, source_id: int) -> None:
        """Remove a source; its posts stay. Raises NotFound."""
        if self._db.execute(delete(sources).where(sources.c.id == source_id)).rowcount == 0:
            raise NotFound("source", source_id)

    # -- leases ---------------------------------------------------------------------------------

    def claim(
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        *,
        limit: int,
        not_since: datetime | None = None,
        site_id: int | None = None,
        source_id: int | None = None,
        busy_hosts: Collection[str] = (),
    ) -> list[Claim]:
        """Take up to ``limit`` free sources for ``owner`` until ``now + lease``, longest due first.

        Args:
            not_since: take any that was not visited since then, due or not; None takes due ones only.
                Paused and gone ones are always left out, unless asked for by ``source_id``.
            busy_hosts: hosts that have enough waiting already.
        """
        query = (
            select(sources.c.id)
            .where(self._is_free(now))
            .order_by(sources.c.due_at, sources.c.id)
            .limit(limit)
        )
        if source_id is not None:
            query = query.where(sources.c.id == source_id)
        else:
            query = query.where(sources.c.state == "active")
        if not_since is None:
            query = query.where(sources.c.due_at <= now)
        else:
            unvisited = or_(sources.c.last_attempt_at.is_(None), sources.c.last_attempt_at < not_since)
            query = query.where(unvisited)
        if site_id is not None:
            query = query.where(sources.c.site_id == site_id)
        if busy_hosts:
            query = query.where(sources.c.host.not_in(list(busy_hosts)))
        ids = list(self._db.execute(query.with_for_update(skip_locked=True)).scalars())
        if not ids:
            return []
        taken = (
            update(sources)
            .where(sources.c.id.in_(ids))
            .values(lease=owner, leased_until=now + lease)
            .returning(*_COLUMNS, sources.c.unstable_visits, sources.c.sealed)
        )
        rows = self._db.execute(taken)
        claims = [Claim(_from_row(row), owner, row.unstable_visits, row.sealed) for row in rows]
        order = {each: place for place, each in enumerate(ids)}
        return sorted(claims, key=lambda claim: order[claim.source.id])

    def record(self, claim: Claim, *, release: bool, **changes: Any) -> None:
        """Store what a visit found out, if the lease still holds.

        Raises:
            Conflict: the lease was lost meanwhile; the whole transaction must not be stored.
        """
        if release:
            changes |= {"lease": None, "leased_until": None}
        if "url" in changes:
            changes["host"] = host_of(changes["url"])
        done = self._db.execute(
            update(sources)
            .where(sources.c.id == claim.source.id, sources.c.lease == claim.token)
            .values(**changes)
        )
        if done.rowcount == 0:
            raise Conflict(f"source {claim.source.id}: the lease was lost")

    # -- numbers and pauses -----------------------------------------------------------------------

    def oldest_due(self, now: datetime) -> datetime | None:
        """Due time of the source that waits longest, or None when none is due."""
        query = select(func.min(sources.c.due_at)).where(sources.c.state == "active", sources.c.due_at <= now)
        return self._db.execute(query).scalar()

    def counts(self) -> dict[str, int]:
        """Number of sources by state; ``trouble`` are active ones with failures."""
        troubled = (sources.c.state == "active") & (sources.c.failures > 0)
        by_state = select(sources.c.state, func.count()).group_by(sources.c.state)
        found = dict(self._db.execute(by_state).all())
        query = select(func.count()).select_from(sources).where(troubled)
        found["trouble"] = self._db.execute(query).scalar_one()
        return found

    def pauses(self, now: datetime) -> dict[str, datetime]:
        """Hosts that asked us to wait, and until when."""
        rows = self._db.execute(select(host_pauses).where(host_pauses.c.until > now))
        return {row.host: row.until for row in rows}

    def save_pauses(self, pauses: Mapping[str, datetime]) -> None:
        """Replace what is known of waiting hosts."""
        self._db.execute(delete(host_pauses))
        if pauses:
            self._db.execute(insert(host_pauses), [{"host": h, "until": u} for h, u in pauses.items()])
