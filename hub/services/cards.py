"""Rows of the store as cards, places and health: what pages are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.model import Alert, Card, Carrier, Image, Post, SafeHtml, Site, SiteHealth, SiteRef, Source, Topic
from hub.store import Transaction
from hub.store.posts import alert_from_stored
from hub.store.shelf import SourceRow
from hub.store.stories import Copy
from hub.text.regions import Gazetteer

#: A site that brought nothing for so long sleeps (the district office's own measure is a month or two).
SILENT_AFTER = timedelta(days=60)
#: Characters of Indonesian news text that are read in a minute (about 200 words).
CHARACTERS_A_MINUTE = 1300


def reading_minutes(characters: int) -> int:
    return max(1, round(characters / CHARACTERS_A_MINUTE))


class Cards:
    """Makes cards.

    Args:
        names: site id -> name, as of the present transaction.
    """

    def __init__(self, gazetteer: Gazetteer, names: Mapping[int, str]) -> None:
        self._gazetteer, self._names = gazetteer, names
        self._copies: dict[int, list[Copy]] = {}

    def look_up(self, tx: Transaction, rows: Iterable[Any]) -> None:
        """Learn who else carries the stories of these posts, before they become cards."""
        stories = {row.story for row in rows if row.story is not None}
        for copy in tx.stories.copies(stories - self._copies.keys()):
            self._copies.setdefault(copy.story, []).append(copy)

    def from_rows(self, tx: Transaction, rows: Sequence[Any]) -> tuple[Card, ...]:
        """Cards of a list, each with the other sites that carry its story."""
        self.look_up(tx, rows)
        return tuple(map(self.from_row, rows))

    def from_row(self, row: Any, excerpt: SafeHtml | str | None = None) -> Card:
        """From a light row of the shelf."""
        image = Image(**row.images[0]) if row.images else None
        topics = tuple(Topic(**each) for each in row.topics)
        return self._card(row, topics, image, row.text_length, excerpt)

    def from_post(self, post: Post) -> Card:
        image = post.images[0] if post.images else None
        return self._card(post, post.topics, image, len(post.text), None)

    def also_at(self, post: Any) -> tuple[Carrier, ...]:
        """The other sites that carry a post's story, in the order in which they did."""
        first: dict[tuple[int, str], Carrier] = {}
        for copy in self._copies.get(post.story or 0, ()):
            if _teller(copy) != _teller(post):
                first.setdefault(_teller(copy), self._carrier(copy))
        return tuple(first.values())

    def first_at(self, post: Any) -> Carrier | None:
        """The site that told a post's story first; None where it is the post's own."""
        copies = self._copies.get(post.story or 0, ())
        return self._carrier(copies[0]) if copies and _teller(copies[0]) != _teller(post) else None

    def _carrier(self, copy: Copy) -> Carrier:
        return Carrier(copy.site_id, copy.origin or self._names.get(copy.site_id, ""), copy.id)

    def _card(
        self,
        row: Any,
        topics: tuple[Topic, ...],
        image: Image | None,
        characters: int,
        excerpt: SafeHtml | str | None,
    ) -> Card:
        return Card(
            id=row.id,
            title=row.title,
            excerpt=row.excerpt if excerpt is None else excerpt,
            sort_at=row.sort_at,
            updated=row.updated,
            published=row.published,
            site=SiteRef(row.site_id, self._names.get(row.site_id, "")),
            village=self._gazetteer.get(row.village),
            kecamatan=self._gazetteer.kecamatan_of(row.village),
            topics=topics,
            image=image,
            original_url=row.link,
            author=row.author,
            date_doubtful=row.date_doubtful,
            also_at=self.also_at(row),
            minutes=reading_minutes(characters or 0),
            alert=row.alert if isinstance(row.alert, Alert) else alert_from_stored(row.alert),
            origin=row.origin,
            via=tuple(row.via or ()),
        )


def _teller(post: Any) -> tuple[int, str]:
    """Who carries a post: the site, or the KIM whose post it passes on."""
    return post.site_id, post.origin


def health(
    site: Site, sources: Iterable[Source], row: SourceRow | None, gazetteer: Gazetteer, now: datetime
) -> SiteHealth:
    """How a site fares, from its sources and its posts."""
    own = tuple(sources)
    posts, last = (row.posts, row.last_post_at) if row else (0, None)
    state, reason, since = _state(site, own, last, now)
    return SiteHealth(
        site=site,
        village=gazetteer.get(site.village),
        kecamatan=gazetteer.kecamatan_of(site.village),
        sources=own,
        posts=posts,
        last_post_at=last,
        state=state,
        reason=reason,
        since=since,
    )


def _state(
    site: Site, sources: tuple[Source, ...], last_post: datetime | None, now: datetime
) -> tuple[str, str | None, datetime | None]:
    if site.status == "paused" or (sources and all(each.state == "paused" for each in sources)):
        return "paused", "paused", None
    living = [each for each in sources if each.state == "active" and not each.failures]
    troubled = [each for each in sources if each.failures or each.state == "gone"]
    if troubled and not any(each.last_success_at for each in living):
        worst = min(troubled, key=lambda each: each.problem_since or now)
        return "trouble", worst.reason, worst.problem_since
    if not any(each.last_attempt_at for each in sources):
        return "new", None, None
    warned = next((each for each in living if each.reason), None)
    if last_post is not None and now - last_post > SILENT_AFTER:
        return "silent", warned.reason if warned else None, last_post
    return "ok", warned.reason if warned else None, warned.problem_since if warned else None
