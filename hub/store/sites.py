"""Sites and names of regions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from hub.errors import Conflict, NotFound
from hub.model import Site
from hub.store.tables import region_aliases, sites


def _from_row(row: Row[Any]) -> Site:
    return Site(
        id=row.id,
        name=row.name,
        url=row.url,
        village=row.village,
        status=row.status,
        platform=row.platform,
        contacts=row.contacts,
        tags=tuple(row.tags),
        created_at=row.created_at,
        noindex=row.noindex,
        unwelcome=row.unwelcome,
    )


class Sites:
    """The sites of the hub."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def names(self) -> dict[int, str]:
        """Of all sites, by id."""
        return {row.id: row.name for row in self._db.execute(select(sites.c.id, sites.c.name))}

    def add(self, site: Site, now: datetime) -> Site:
        """Store ``site`` (its id is not looked at) and return it with its id.

        Raises:
            Conflict: a site with this URL exists.
        """
        taken = self._db.execute(select(sites.c.id).where(sites.c.url == site.url)).scalar()
        if taken is not None:
            raise Conflict(f"site {taken} has the address {site.url} already")
        row = self._db.execute(
            insert(sites)
            .values(
                name=site.name,
                url=site.url,
                village=site.village,
                status=site.status,
                platform=site.platform,
                contacts=dict(site.contacts),
                tags=list(site.tags),
                created_at=now,
            )
            .returning(*sites.c)
        ).one()
        return _from_row(row)

    def get(self, site_id: int) -> Site:
        """Raises NotFound."""
        row = self._db.execute(select(sites).where(sites.c.id == site_id)).one_or_none()
        if row is None:
            raise NotFound("site", site_id)
        return _from_row(row)

    def all(self) -> tuple[Site, ...]:
        """Every site, by village code, then name."""
        rows = self._db.execute(select(sites).order_by(sites.c.village, sites.c.name, sites.c.id))
        return tuple(map(_from_row, rows))

    def to_look_at(self, before: datetime, limit: int) -> tuple[Site, ...]:
        """Active sites that were last looked at for their wishes before a moment, or never; the longest ago
        first."""
        long_ago = or_(sites.c.robots_at.is_(None), sites.c.robots_at < before)
        query = select(sites).where(sites.c.status == "active", long_ago)
        query = query.order_by(sites.c.robots_at.is_not(None), sites.c.robots_at, sites.c.id).limit(limit)
        return tuple(map(_from_row, self._db.execute(query)))

    def edit(self, site_id: int, **changes: Any) -> Site:
        """Change the named columns. Raises NotFound, or Conflict when the new URL is taken."""
        if "url" in changes:
            taken = self._db.execute(
                select(sites.c.id).where(sites.c.url == changes["url"], sites.c.id != site_id)
            ).scalar()
            if taken is not None:
                raise Conflict(f"site {taken} has the address {changes['url']} already")
        if changes:
            self._db.execute(update(sites).where(sites.c.id == site_id).values(**changes))
        return self.get(site_id)

    def remove(self, site_id: int) -> None:
        """Remove a site with its sources and posts. Raises NotFound."""
        if self._db.execute(delete(sites).where(sites.c.id == site_id)).rowcount == 0:
            raise NotFound("site", site_id)

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Region code -> further names."""
        found: dict[str, list[str]] = {}
        for code, alias in self._db.execute(select(region_aliases).order_by(*region_aliases.c)):
            found.setdefault(code, []).append(alias)
        return {code: tuple(names) for code, names in found.items()}

    def add_aliases(self, pairs: Iterable[tuple[str, str]]) -> int:
        """Add (code, alias) pairs that are not there yet; returns how many were new."""
        known = {(code, name) for code, names in self.aliases().items() for name in names}
        fresh = sorted(set(pairs) - known)
        if fresh:
            self._db.execute(insert(region_aliases), [{"code": c, "alias": a} for c, a in fresh])
        return len(fresh)
