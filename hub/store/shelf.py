"""Posts as they are read: lists, counts and facets for pages, from the database alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from hub.model import Filters, Post, Topic
from hub.store.posts import post_from_row
from hub.store.retold import COLUMNS, Retold, first_told, less, matching, telling_another
from hub.store.tables import post_topics, posts, sightings, sites, sources, topics

#: What a list needs of a post: everything but the long texts.
_LIGHT = [
    *(each for each in posts.c if each.name not in ("body", "text")),
    func.length(posts.c.text).label("text_length"),
]


_INDEXABLE = and_(posts.c.state == "visible", posts.c.noindex.is_(False), sites.c.noindex.is_(False))


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Latest post and number of posts of one site."""

    posts: int
    last_post_at: datetime | None


class Shelf:
    """The visible posts, newest first."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._retold = Retold(connection)

    def newest(
        self,
        filters: Filters,
        limit: int,
        *,
        offset: int = 0,
        before: tuple[datetime, int] | None = None,
        leave_out: Iterable[int] = (),
    ) -> list[Any]:
        """Light rows by (sort_at, id) descending, of each story one; ``before`` continues after that place
        exactly, however many came in meanwhile. What tells the same as a post that is left out is left out
        too."""
        query = select(*_LIGHT).where(matching(filters), first_told(filters))
        if before is not None:
            moment, post_id = before
            query = query.where(
                or_(posts.c.sort_at < moment, and_(posts.c.sort_at == moment, posts.c.id < post_id))
            )
        left_out = list(leave_out)
        if left_out:
            query = query.where(telling_another(left_out))
        query = query.order_by(posts.c.sort_at.desc(), posts.c.id.desc()).limit(limit).offset(offset)
        return list(self._db.execute(query))

    def warnings(self, now: datetime) -> list[Any]:
        """Light rows of warnings that stand now, newest first."""
        query = select(*_LIGHT).where(posts.c.state == "visible", posts.c.alert_until > now)
        return list(self._db.execute(query.order_by(posts.c.sort_at.desc(), posts.c.id.desc())))

    def total(self, filters: Filters) -> int:
        """Number of stories, as many as ``newest`` lists."""
        every = select(func.count()).select_from(posts).where(matching(filters))
        return self._db.execute(every).scalar_one() - self._retold.total(filters)

    def light(self, ids: Iterable[int]) -> dict[int, Any]:
        """Light rows of visible posts by id."""
        # the state is looked at here: SQLite would rather read all visible posts than these few by id
        rows = self._db.execute(select(*_LIGHT).where(posts.c.id.in_(list(ids))))
        return {row.id: row for row in rows if row.state == "visible"}

    def texts(self, ids: Iterable[int]) -> dict[int, str]:
        """Plain texts by id, for highlighting."""
        query = select(posts.c.id, posts.c.text).where(posts.c.id.in_(list(ids)))
        return {row.id: row.text for row in self._db.execute(query)}

    def post(self, post_id: int) -> Post | None:
        row = self._db.execute(select(posts).where(posts.c.id == post_id)).one_or_none()
        return None if row is None else post_from_row(row)

    # -- for other hubs ---------------------------------------------------------------------------

    def changed(self, since: datetime, after: int, limit: int) -> list[tuple[Post, str]]:
        """Posts in any state by (updated, id), from those updated at ``since`` with an id above ``after``
        on, each with the identifier that its source gives it."""
        shown = and_(sightings.c.post_id == posts.c.id, sightings.c.source_id == posts.c.source_id)
        query = (
            select(*posts.c, sightings.c.external_id)
            .outerjoin(sightings, shown)
            .where(
                posts.c.updated >= since,
                or_(posts.c.updated > since, posts.c.id > after),
            )
            .order_by(posts.c.updated, posts.c.id)
            .limit(limit)
        )
        return [(post_from_row(row), row.external_id or "") for row in self._db.execute(query)]

    def identifiers(self, before: int, limit: int) -> list[tuple[int, str]]:
        """(id, origin's identifier or '') of visible posts with an id below ``before``, newest first. The
        identifier is that of a post which was passed on to us."""
        passed_on = and_(
            sightings.c.post_id == posts.c.id,
            sightings.c.source_id == posts.c.source_id,
            posts.c.origin != "",
        )
        query = (
            select(posts.c.id, sightings.c.external_id)
            .outerjoin(sightings, passed_on)
            .where(posts.c.state == "visible", posts.c.id < before)
            .order_by(posts.c.id.desc())
            .limit(limit)
        )
        return [(row.id, row.external_id or "") for row in self._db.execute(query)]

    # -- counts -----------------------------------------------------------------------------------

    def facet(self, name: str, filters: Filters, limit: int | None = 200) -> dict[str, int]:
        """Value -> number of matching stories, commonest first; of sites the number of posts, which is what
        a list of one site has. ``name``: village, kecamatan, site or topic."""
        query: Select[Any]
        if name == "topic":
            column: ColumnElement[Any] = post_topics.c.slug
            query = select(column, func.count()).join(posts, posts.c.id == post_topics.c.post_id)
        else:
            column = COLUMNS[name]
            query = select(column, func.count()).select_from(posts)
        # of all posts, the places and sites are read in their order from the index of that column
        narrowed = name == "topic" or filters != Filters()
        query = query.where(matching(filters, indexed=narrowed)).group_by(column)
        counts = less(
            {str(value): count for value, count in self._db.execute(query)},
            self._retold.by_value(name, filters),
        )
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit])

    def by_month(self, filters: Filters, zone: tzinfo) -> Counter[str]:
        """``YYYY-MM`` in ``zone`` -> number of matching stories with a post of that month."""
        counts = self._posts_by_month(filters, zone)
        told = Counter((story, _month(moment, zone)) for story, moment in self._retold.moments(filters))
        for (_, month), times in told.items():
            counts[month] -= times - 1
        return counts

    def _posts_by_month(self, filters: Filters, zone: tzinfo) -> Counter[str]:
        times = select(posts.c.sort_at).where(matching(filters))
        if filters.topic:
            return Counter(_month(moment, zone) for moment in self._db.execute(times).scalars())
        # each month is a stretch of an index: counting there is ten times as quick as reading every moment
        ends = select(func.min(posts.c.sort_at), func.max(posts.c.sort_at)).where(matching(filters))
        first, last = self._db.execute(ends).one()
        counts: Counter[str] = Counter()
        since = first
        while since is not None and since <= last:
            until = _next_month(since, zone)
            stretch = and_(matching(filters), posts.c.sort_at >= since, posts.c.sort_at < until)
            number = self._db.execute(select(func.count()).select_from(posts).where(stretch)).scalar_one()
            if number:
                counts[_month(since, zone)] = number
            since = until
        return counts

    def by_place(self, level: str) -> dict[str, tuple[int, datetime | None]]:
        """Code -> (stories, newest post). ``level``: village or kecamatan."""
        column = posts.c.village if level == "village" else posts.c.kecamatan
        query = (
            select(column, func.count(), func.max(posts.c.sort_at))
            .where(matching(Filters(), indexed=False))
            .group_by(column)
        )
        again = self._retold.by_value(level, Filters())
        return {code: (count - again.get(code, 0), newest) for code, count, newest in self._db.execute(query)}

    def by_site(self) -> dict[int, SourceRow]:
        query = (
            select(posts.c.site_id, func.count(), func.max(posts.c.sort_at))
            .where(posts.c.state == "visible")
            .group_by(posts.c.site_id)
        )
        return {site_id: SourceRow(count, newest) for site_id, count, newest in self._db.execute(query)}

    def sites_by_village(self) -> dict[str, int]:
        query = select(sites.c.village, func.count()).group_by(sites.c.village)
        return dict(self._db.execute(query).all())

    def last_change(self) -> datetime | None:
        return self._db.execute(select(func.max(posts.c.updated))).scalar()

    def topic(self, slug: str) -> Topic | None:
        row = self._db.execute(select(topics).where(topics.c.slug == slug)).one_or_none()
        return None if row is None else Topic(row.slug, row.label)

    def topic_labels(self, slugs: Iterable[str]) -> dict[str, str]:
        query = select(topics).where(topics.c.slug.in_(list(slugs)))
        return {row.slug: row.label for row in self._db.execute(query)}

    def commonest_topics(self, limit: int) -> list[Topic]:
        """By the number of posts of any state, which is cheap to count."""
        tagged = func.count().label("tagged")
        query = select(topics.c.slug, topics.c.label, tagged).join(
            post_topics, post_topics.c.slug == topics.c.slug
        )
        query = query.group_by(topics.c.slug, topics.c.label).order_by(tagged.desc(), topics.c.slug)
        return [Topic(row.slug, row.label) for row in self._db.execute(query.limit(limit))]

    # -- for search engines: without what their sites ask to be left out of --------------------------

    def indexable(self) -> int:
        query = select(func.count()).select_from(posts).join(sites, sites.c.id == posts.c.site_id)
        return self._db.execute(query.where(_INDEXABLE)).scalar_one()

    def news(self, since: datetime, limit: int) -> list[Any]:
        """Id, title, time and language of posts since a moment, newest first."""
        query = (
            select(posts.c.id, posts.c.title, posts.c.sort_at, posts.c.language)
            .join(sites, sites.c.id == posts.c.site_id)
            .where(_INDEXABLE, posts.c.sort_at >= since)
            .order_by(posts.c.sort_at.desc(), posts.c.id.desc())
            .limit(limit)
        )
        return list(self._db.execute(query))

    def sitemap(self, offset: int, limit: int) -> list[tuple[int, datetime]]:
        query = (
            select(posts.c.id, posts.c.updated)
            .join(sites, sites.c.id == posts.c.site_id)
            .where(_INDEXABLE)
            .order_by(posts.c.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return [(row.id, row.updated) for row in self._db.execute(query)]

    def states(self) -> dict[str, int]:
        query = select(posts.c.state, func.count()).group_by(posts.c.state)
        return dict(self._db.execute(query).all())

    def last_visit(self) -> datetime | None:
        """When any source was last visited."""
        return self._db.execute(select(func.max(sources.c.last_attempt_at))).scalar()


def _month(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m")


def _next_month(moment: datetime, zone: tzinfo) -> datetime:
    """When the next month begins in ``zone``, as UTC."""
    local = moment.astimezone(zone)
    beyond = local.replace(day=28, hour=12) + timedelta(days=4)
    return beyond.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
