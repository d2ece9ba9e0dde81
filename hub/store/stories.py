"""Posts that tell one story: the marks by which they meet, and which story each tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, func, insert, select, update

from hub.store.posts import portions
from hub.store.tables import posts, story_marks


@dataclass(frozen=True, slots=True)
class Teller:
    """A visible post as stories are made of it."""

    id: int
    story: int | None
    at: datetime
    digest: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A visible post of a story, and the site that carries it; ``origin`` names the KIM where the site only
    passes it on."""

    id: int
    story: int
    site_id: int
    sort_at: datetime
    origin: str


class Stories:
    """The stories of the hub's visible posts."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -- marks ------------------------------------------------------------------------------------

    def marked(self, marks: Iterable[int], most: int) -> dict[int, list[int]]:
        """Mark -> the posts that bear it; a mark that more than ``most`` bear is left out: it is that of
        boilerplate."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for some in portions(marks):
            count = (
                select(story_marks.c.mark)
                .where(story_marks.c.mark.in_(some))
                .group_by(story_marks.c.mark)
                .having(func.count() <= most)
            )
            telling = list(self._db.execute(count).scalars())
            query = select(story_marks.c.mark, story_marks.c.post_id).where(story_marks.c.mark.in_(telling))
            for mark, post_id in self._db.execute(query):
                found[mark].append(post_id)
        return found

    def put_marks(self, marks: Mapping[int, Iterable[int]]) -> None:
        """Keep these marks of each post, in place of those it had."""
        self.drop_marks(marks)
        rows = [{"mark": mark, "post_id": post_id} for post_id, own in marks.items() for mark in own]
        if rows:
            self._db.execute(insert(story_marks), rows)

    def drop_marks(self, ids: Iterable[int]) -> None:
        for some in portions(ids):
            self._db.execute(delete(story_marks).where(story_marks.c.post_id.in_(some)))

    def unmarked(self, limit: int) -> list[int]:
        """Visible posts that bear no mark at all, the newest first: nobody looked at them yet."""
        none = ~exists().where(story_marks.c.post_id == posts.c.id)
        query = select(posts.c.id).where(posts.c.state == "visible", none)
        return list(self._db.execute(query.order_by(posts.c.sort_at.desc()).limit(limit)).scalars())

    # -- stories ----------------------------------------------------------------------------------

    def told(self, ids: Iterable[int]) -> dict[int, int]:
        """Post -> its story, of these posts in any state that tell one with others."""
        found: dict[int, int] = {}
        for some in portions(ids):
            query = select(posts.c.id, posts.c.story).where(posts.c.id.in_(some), posts.c.story.is_not(None))
            found.update((row.id, row.story) for row in self._db.execute(query))
        return found

    def visible(self, ids: Iterable[int]) -> dict[int, tuple[int | None, datetime]]:
        """Story and time of those of these posts that are visible."""
        found: dict[int, tuple[int | None, datetime]] = {}
        for some in portions(ids):
            query = select(posts.c.id, posts.c.story, posts.c.sort_at).where(
                posts.c.id.in_(some), posts.c.state == "visible"
            )
            found.update((row.id, (row.story, row.sort_at)) for row in self._db.execute(query))
        return found

    def tellers(self, ids: Iterable[int]) -> list[Teller]:
        """Those of these posts that are visible."""
        return self._tellers(posts.c.id, ids)

    def of_stories(self, stories: Iterable[int]) -> list[Teller]:
        """The visible posts of these stories."""
        return self._tellers(posts.c.story, stories)

    def _tellers(self, column: ColumnElement[int | None], values: Iterable[int]) -> list[Teller]:
        found = []
        for some in portions(values):
            query = select(
                posts.c.id, posts.c.story, posts.c.sort_at, posts.c.digest, posts.c.title, posts.c.text
            ).where(column.in_(some), posts.c.state == "visible")
            found += [Teller(*row) for row in self._db.execute(query)]
        return found

    def put(self, stories: Mapping[int, int | None]) -> None:
        """Post -> the story it tells, None: alone."""
        if stories:
            # by id: two that write many rows must take them in one order
            rows = [{"post": post_id, "to": story} for post_id, story in sorted(stories.items())]
            put = update(posts).where(posts.c.id == bindparam("post")).values(story=bindparam("to"))
            self._db.execute(put, rows)

    def leave(self, ids: Iterable[int]) -> list[int]:
        """These posts are about to be deleted: what is left of their stories goes on without them.

        Returns:
            the posts that tell another story now, or are alone.
        """
        leaving = set(ids)
        changed: dict[int, int | None] = {}
        left: defaultdict[int, list[int]] = defaultdict(list)
        for each in self.copies(set(self.told(leaving).values())):
            if each.id not in leaving:
                left[each.story].append(each.id)
        for story, members in left.items():
            name = min(members) if len(members) > 1 else None
            if name != story:
                changed |= dict.fromkeys(members, name)
        self.put(changed)
        return sorted(changed)

    def copies(self, stories: Iterable[int]) -> list[Copy]:
        """The visible posts of these stories, in the order in which they appeared."""
        found = []
        for some in portions(stories):
            query = select(posts.c.id, posts.c.story, posts.c.site_id, posts.c.sort_at, posts.c.origin).where(
                posts.c.story.in_(some), posts.c.state == "visible"
            )
            found += [Copy(*row) for row in self._db.execute(query)]
        return sorted(found, key=lambda each: (each.sort_at, each.id))
