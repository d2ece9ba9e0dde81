"""Where announcements go, what stands there already, and proofs without a page to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hub.errors import NotFound
from hub.model import Target
from hub.store.tables import confirmations, feed_fetches, targets, uploads

_COLUMNS = [each.name for each in targets.c if each.name != "secret"]


def _from_row(row: Row[Any]) -> Target:
    values = {name: row._mapping[name] for name in _COLUMNS}
    return Target(**values, has_password=bool(row.secret))


class Targets:
    """The targets of the hub. Secrets come and go encrypted."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, target: Target, secret: str, now: datetime) -> Target:
        """Store ``target`` (its id and rank are not looked at) as the last choice of its site."""
        last = select(func.max(targets.c.rank)).where(targets.c.site_id == target.site_id)
        row = self._db.execute(
            insert(targets)
            .values(
                site_id=target.site_id,
                publisher=target.publisher,
                url=target.url,
                user=target.user,
                secret=secret,
                options=dict(target.options),
                rank=(self._db.execute(last).scalar() or 0) + 1,
                created_at=now,
            )
            .returning(*targets.c)
        ).one()
        return _from_row(row)

    def get(self, target_id: int) -> Target:
        """Raises NotFound."""
        row = self._db.execute(select(targets).where(targets.c.id == target_id)).one_or_none()
        if row is None:
            raise NotFound("target", target_id)
        return _from_row(row)

    def secret(self, target_id: int) -> str:
        """The encrypted password; empty for none."""
        return self._db.execute(select(targets.c.secret).where(targets.c.id == target_id)).scalar() or ""

    def all(self, site_id: int | None = None) -> tuple[Target, ...]:
        """Every target (of one site), by site, then in order of preference."""
        query = select(targets).order_by(targets.c.site_id, targets.c.rank, targets.c.id)
        if site_id is not None:
            query = query.where(targets.c.site_id == site_id)
        return tuple(map(_from_row, self._db.execute(query)))

    def edit(self, target_id: int, **changes: Any) -> Target:
        """Change the named columns. Raises NotFound."""
        if changes:
            self._db.execute(update(targets).where(targets.c.id == target_id).values(**changes))
        return self.get(target_id)

    def note(self, target_id: int, reason: str | None, problem: str, now: datetime, hint: str = "") -> None:
        """Keep how the target fares; since when only where that is new."""
        old = self.get(target_id)
        since = None if reason is None else old.problem_since if old.reason == reason else now
        if (old.reason, old.hint, old.problem) != (reason, hint, problem):
            self.edit(
                target_id,
                reason=reason,
                hint=hint,
                problem=problem,
                problem_since=since,
                checked_at=now,
            )

    def move(self, target_id: int, rank: int) -> None:
        """Make it the ``rank``-th choice of its site, counted from 1. Raises NotFound."""
        target = self.get(target_id)
        others = [each.id for each in self.all(target.site_id) if each.id != target_id]
        others.insert(max(0, rank - 1), target_id)
        for place, each in enumerate(others, 1):
            self._db.execute(update(targets).where(targets.c.id == each).values(rank=place))

    def remove(self, target_id: int) -> None:
        """Raises NotFound."""
        if self._db.execute(delete(targets).where(targets.c.id == target_id)).rowcount == 0:
            raise NotFound("target", target_id)

    def by_site(self) -> dict[int, tuple[Target, ...]]:
        """Site id -> its active targets in order of preference."""
        found: dict[int, list[Target]] = {}
        for target in self.all():
            if target.state == "active":
                found.setdefault(target.site_id, []).append(target)
        return {site: tuple(each) for site, each in found.items()}

    # -- files that stand there already -----------------------------------------------------------

    def uploaded(self, target_id: int, sha256: str) -> tuple[str, str] | None:
        row = self._db.execute(
            select(uploads.c.remote_id, uploads.c.remote_url).where(
                uploads.c.target_id == target_id, uploads.c.sha256 == sha256
            )
        ).one_or_none()
        return (row.remote_id, row.remote_url) if row else None

    def remember_upload(self, target_id: int, sha256: str, remote_id: str, remote_url: str) -> None:
        same = (uploads.c.target_id == target_id) & (uploads.c.sha256 == sha256)
        self._db.execute(delete(uploads).where(same))
        self._db.execute(
            insert(uploads).values(
                target_id=target_id, sha256=sha256, remote_id=remote_id, remote_url=remote_url
            )
        )

    # -- proofs without a page --------------------------------------------------------------------

    def confirm(self, announcement_id: int, target_id: int, version: int, now: datetime) -> bool:
        """Somebody said that it is published there; False when that was known."""
        if self.confirmed_at(announcement_id, target_id, version):
            return False
        self._db.execute(
            insert(confirmations).values(
                announcement_id=announcement_id, target_id=target_id, version=version, at=now
            )
        )
        return True

    def confirmed_at(self, announcement_id: int, target_id: int, version: int) -> datetime | None:
        query = select(confirmations.c.at).where(
            confirmations.c.announcement_id == announcement_id,
            confirmations.c.target_id == target_id,
            confirmations.c.version == version,
        )
        return self._db.execute(query).scalar()

    def note_fetch(self, village: str, asker: str, now: datetime) -> None:
        """Somebody fetched the announcement feed of ``village``."""
        same = (feed_fetches.c.village == village) & (feed_fetches.c.asker == asker)
        done = self._db.execute(
            update(feed_fetches).where(same).values(last_at=now, fetches=feed_fetches.c.fetches + 1)
        )
        if done.rowcount == 0:
            self._db.execute(insert(feed_fetches).values(village=village, asker=asker, last_at=now))

    def trim_fetches(self, keep: int) -> None:
        """Forget all but the ``keep`` latest askers of each village."""
        place = func.row_number().over(
            partition_by=feed_fetches.c.village, order_by=feed_fetches.c.last_at.desc()
        )
        ranked = select(feed_fetches.c.village, feed_fetches.c.asker, place.label("place")).subquery()
        late = self._db.execute(select(ranked.c.village, ranked.c.asker).where(ranked.c.place > keep)).all()
        for village, asker in late:
            same = (feed_fetches.c.village == village) & (feed_fetches.c.asker == asker)
            self._db.execute(delete(feed_fetches).where(same))

    def fetched_at(self, village: str) -> datetime | None:
        """When the announcement feed of ``village`` was last fetched."""
        query = select(func.max(feed_fetches.c.last_at)).where(feed_fetches.c.village == village)
        return self._db.execute(query).scalar()

    def fetches(self, villages: Iterable[str]) -> dict[str, tuple[str, datetime]]:
        """Village -> who fetched its feed last, and when."""
        query = (
            select(feed_fetches)
            .where(feed_fetches.c.village.in_(list(villages)))
            .order_by(feed_fetches.c.last_at)
        )
        return {row.village: (row.asker, row.last_at) for row in self._db.execute(query)}
