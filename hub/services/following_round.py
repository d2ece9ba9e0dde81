"""What is new for those who follow. Ten thousand followings are a few hundred different wishes: each is
looked for once, among the posts that are new, and only where those hold its words is the index asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from hub.model import Document, Filters, Post, Query, Term
from hub.model.following import Following, Wish
from hub.services.notice_events import NoticeEvent, NoticeEvents
from hub.services.searching import Searching
from hub.store import Store
from hub.store.followings import Fresh
from hub.text.analyse import Analyser
from hub.text.query import parse_query

#: Older posts are no news, whenever their site was found.
NEWS: Final = timedelta(days=14)
#: How long a post has to rest before it is told, and how long the index may lag behind.
SETTLE, INDEX_LAG = timedelta(minutes=1), timedelta(minutes=30)
#: So many new posts are looked at word by word before the index is asked.
FEW: Final = 300
#: Posts that one wish may find at once.
MOST: Final = 1000


class Gathering:
    """Args:
    document: a post and its site's name as the index takes it in.
    """

    def __init__(
        self,
        store: Store,
        searching: Searching,
        events: NoticeEvents,
        analyser: Analyser,
        document: Callable[[Post, str], Document],
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._searching, self._events = store, searching, events
        self._analyser, self._document, self._now = analyser, document, now

    def round(self, after: int) -> Round:
        """What is new now, beginning behind the post ``after``."""
        now = self._now()
        with self._store.read() as tx:
            upto = tx.followings.settled(now - SETTLE)
            waiting = tx.followings.unindexed(after, upto, now - INDEX_LAG)
            upto = min(upto, waiting - 1) if waiting is not None else upto
            fresh = tx.followings.fresh(after, upto, now - NEWS)
            lately, holding = self._events.lately(tx, now), self._events.holding(tx, now)
        return Round(after, upto, tuple(fresh), lately, holding, self._find, self._words)

    def _find(self, wish: Wish, since: datetime) -> set[str]:
        """The stories that a search finds. Raises SearchError."""
        search = wish.search
        filters = Filters(
            village=search.get("village"),
            kecamatan=search.get("kecamatan"),
            site=int(search["site"]) if "site" in search else None,
            topic=search.get("topic"),
            since=since,
        )
        ids = self._searching.matching(search.get("q", ""), filters, MOST)
        with self._store.read() as tx:
            return tx.followings.stories(ids)

    def _words(self, fresh: Collection[Fresh]) -> Callable[[str], bool]:
        """Whether one of these posts may hold what a query asks for: true for more than do, never false for
        one that does."""
        with self._store.read() as tx:
            posts = tx.posts.many({each.id for each in fresh})
            names = {site.id: site.name for site in tx.sites.all()}
        held = [_forms(self._document(post, names.get(post.site_id, ""))) for post in posts.values()]

        def possible(q: str) -> bool:
            query = parse_query(q, self._analyser, cut=True).query
            return any(_may_hold(forms, query) for forms in held)

        return possible


class Round:
    """One look at what is new: behind the post ``after`` and up to ``upto``."""

    def __init__(
        self,
        after: int,
        upto: int,
        fresh: tuple[Fresh, ...],
        lately: tuple[NoticeEvent, ...],
        holding: tuple[NoticeEvent, ...],
        find: Callable[[Wish, datetime], set[str]],
        words: Callable[[Collection[Fresh]], Callable[[str], bool]],
    ) -> None:
        self.after, self.upto, self.fresh = after, upto, fresh
        self.lately, self._holding = lately, holding
        self._find, self._words = find, words
        self._found: dict[str, tuple[Fresh, ...]] = {}

    def matching(self, following: Following) -> tuple[Fresh, ...]:
        """The new posts that fit this following's wish, newest first. Raises SearchError."""
        if following.subject not in self._found:
            self._found[following.subject] = tuple(self._match(following.wanted))
        return self._found[following.subject]

    def news(self, following: Following) -> list[Fresh]:
        """Those that it was not told of, one of each story."""
        told = set(following.told)
        stories: dict[str, Fresh] = {}
        for each in self.matching(following):
            if each.id > following.seen and each.key not in told:
                stories.setdefault(each.key, each)
        return list(stories.values())

    def notices(self, following: Following) -> list[NoticeEvent]:
        """What has happened to announcements that it is to be told of, urgent ones first."""
        told = set(following.told)
        found = [each for each in self.lately if each.concerns(following.wanted) and not each.known(told)]
        return sorted(found, key=lambda each: not each.urgent)

    def holding(self, following: Following, but: Iterable[NoticeEvent]) -> list[NoticeEvent]:
        """Announcements that go on being valid, without those of ``but``."""
        named = {each.announcement.id for each in but}
        return [
            each
            for each in self._holding
            if each.announcement.id not in named and each.concerns(following.wanted)
        ]

    def _match(self, wish: Wish) -> Iterable[Fresh]:
        if wish.what == "notices" or not self.fresh:
            return ()
        fitting = [each for each in self.fresh if _fits(each, wish.search)]
        if not fitting or "q" not in wish.search:
            return fitting
        if len(self.fresh) <= FEW and not self._possible(wish.search["q"]):
            return ()
        keys = self._find(wish, min(each.sort_at for each in fitting))
        return [each for each in fitting if each.key in keys]

    @cached_property
    def _possible(self) -> Callable[[str], bool]:
        return self._words(self.fresh)


def _fits(post: Fresh, search: Mapping[str, str]) -> bool:
    return (
        search.get("village", post.village) == post.village
        and search.get("kecamatan", post.kecamatan) == post.kecamatan
        and search.get("site", str(post.site)) == str(post.site)
        and ("topic" not in search or search["topic"] in post.topics)
    )


def _forms(document: Document) -> frozenset[str]:
    tokens = (*document.title, *document.body, *document.place)
    return frozenset(form for token in tokens for form in token)


def _may_hold(forms: frozenset[str], query: Query) -> bool:
    return all(any(_may_match(forms, term) for term in group) for group in query.groups)


def _may_match(forms: frozenset[str], term: Term) -> bool:
    if term.phrase:
        return forms.issuperset(term.phrase)
    return not term.forms or any(form in forms for form, _ in term.forms)
