"""Lists in which a story stands once, as the first of its posts that belongs in the list.

A list of one site is that site's own: it has all of its posts.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, String, Table, and_, exists, func, or_, select, true

from hub.model import Filters
from hub.store.tables import post_topics, posts

COLUMNS = {"village": posts.c.village, "kecamatan": posts.c.kecamatan, "site": posts.c.site_id}


def matching(filters: Filters, table: Table | Any = posts, *, indexed: bool = True) -> ColumnElement[bool]:
    """Visible posts that the filters let through.

    Args:
        indexed: False keeps the planner from the indexes of the columns that are looked at, where another one
            is known to be better.
    """

    def column(name: str) -> ColumnElement[Any]:
        plain = table.c[name]
        if indexed:
            return plain
        return plain.concat("") if isinstance(plain.type, String) else plain + 0

    wanted = [column("state") == "visible"]
    if filters.village:
        wanted.append(column("village") == filters.village)
    if filters.kecamatan:
        wanted.append(column("kecamatan") == filters.kecamatan)
    if filters.site is not None:
        wanted.append(column("site_id") == filters.site)
    if filters.topic:
        tagged = select(post_topics.c.post_id).where(post_topics.c.slug == filters.topic)
        wanted.append(column("id").in_(tagged))
    if filters.since:
        wanted.append(table.c.sort_at >= filters.since)
    if filters.until:
        wanted.append(table.c.sort_at < filters.until)
    return and_(*wanted)


def first_told(filters: Filters) -> ColumnElement[bool]:
    """Of each story the first post that the filters let through; put beside ``matching``."""
    if filters.site is not None:
        return true()
    earlier = posts.alias("earlier")
    sooner = or_(
        earlier.c.sort_at < posts.c.sort_at,
        and_(earlier.c.sort_at == posts.c.sort_at, earlier.c.id < posts.c.id),
    )
    told = exists().where(earlier.c.story == posts.c.story, matching(filters, earlier), sooner)
    return or_(posts.c.story.is_(None), ~told)


def telling_another(ids: list[int]) -> ColumnElement[bool]:
    """Neither one of these posts, nor one that tells the same as they do."""
    stories = select(posts.c.story).where(posts.c.id.in_(ids), posts.c.story.is_not(None))
    return and_(
        posts.c.id.not_in(ids),
        or_(posts.c.story.is_(None), posts.c.story.not_in(stories)),
    )


class Retold:
    """Counts what a list leaves out: posts whose story is in it already."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def total(self, filters: Filters) -> int:
        if filters.site is not None:
            return 0
        told = self._told(filters)
        again = select(func.count() - func.count(told.c.story.distinct())).select_from(told)
        return self._db.execute(again).scalar_one()

    def by_value(self, name: str, filters: Filters) -> dict[str, int]:
        """Value of a facet -> posts whose story has it already. Of sites there are none: see above."""
        if filters.site is not None or name == "site":
            return {}
        told = self._told(filters)
        column: ColumnElement[Any] = post_topics.c.slug if name == "topic" else told.c[name]
        query = select(column, func.count() - func.count(told.c.story.distinct())).select_from(told)
        if name == "topic":
            query = query.join(post_topics, post_topics.c.post_id == told.c.id)
        return {str(value): again for value, again in self._db.execute(query.group_by(column))}

    def moments(self, filters: Filters) -> list[tuple[int, datetime]]:
        """Story and time of each post that tells one with others."""
        if filters.site is not None:
            return []
        told = self._told(filters)
        return [(row.story, row.sort_at) for row in self._db.execute(select(told.c.story, told.c.sort_at))]

    @staticmethod
    def _told(filters: Filters) -> CTE:
        """Matching posts that tell a story with others: few, and all that is asked of them stands in one
        index. The planner does not see how few, so it is kept from other ways."""
        query = select(posts.c.id, posts.c.story, posts.c.sort_at, posts.c.village, posts.c.kecamatan)
        query = query.where(posts.c.story.is_not(None), matching(filters, indexed=False))
        return query.cte("told").prefix_with("MATERIALIZED")


def less(counts: dict[str, int], again: dict[str, int]) -> Counter[str]:
    """Counts of posts as counts of stories."""
    return Counter({value: count - again.get(value, 0) for value, count in counts.items()})
