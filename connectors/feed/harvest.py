"""Visits to a feed: what is new in the document, and once the pages of its past."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.feed.detect import ACCEPT, propose
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Oddity,
    Option,
    ParsedFeed,
    ParseError,
    Probe,
    Proposal,
    PushFeed,
    RemoteError,
    Response,
    Source,
    Validators,
    option,
)

OPTIONS = (
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga berita lama di halaman-halaman umpan sebelumnya.",
            "en": "On the first visit also read the older posts on the feed's earlier pages.",
        },
    ),
)
#: Pages of the past that are followed at most: 1,000 posts on a WordPress with its default of 10.
MAX_PAGES = 100
#: Visits in which one page of the past may fail before it is given up.
MAX_TRIES = 3
#: Statuses by which sites say that there is no such page.
_NO_PAGE = (400, 403, 404, 410)


@dataclass(frozen=True, slots=True)
class State:
    """The cursor, typed. ``next`` is the page of the past that comes next, '' when there is none;
    ``page`` its number, ``tries`` how often it failed."""

    validators: Validators = Validators()
    items: tuple[str, ...] = ()
    next: str = ""
    page: int = 1
    tries: int = 0

    def dump(self) -> Cursor:
        saved: dict[str, object] = {"validators": self.validators.dump(), "items": list(self.items)}
        if self.next:
            saved |= {"next": self.next, "page": self.page, "tries": self.tries}
        return saved

    @classmethod
    def load(cls, saved: Cursor) -> State:
        """Anything unexpected counts as absent: at worst items are read again."""
        items = saved.get("items")
        page, tries = saved.get("page"), saved.get("tries")
        return cls(
            validators=Validators.load(saved.get("validators")),
            items=tuple(map(str, items)) if isinstance(items, list | tuple) else (),
            next=str(saved.get("next") or ""),
            page=page if isinstance(page, int) else 1,
            tries=tries if isinstance(tries, int) else 0,
        )


class FeedConnector:
    """Reads any feed that ``ctx.parse_feed`` understands.

    A visit costs one conditional request. The cursor holds the validators and the hashes of the raw items
    of the last document: a document that comes again is recognised whole, an item that comes again is not
    parsed.
    """

    name = "feed"
    label: Mapping[str, str] = {"id": "Umpan (RSS, Atom, JSON Feed)", "en": "Feed (RSS, Atom, JSON Feed)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return propose(probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        response = ctx.http.get(source.url, accept=ACCEPT)
        feed = _parse(response, ctx)
        newest = max(feed.entries, key=_published, default=None)
        detail = "; ".join(oddity.detail for oddity in feed.warnings)
        return Check(len(feed.entries), html.unescape(newest.title) if newest else "", detail or feed.title)

    def push_feed(self, source: Source) -> PushFeed:
        return PushFeed(source.url)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        state = State.load(cursor or {})
        response = ctx.http.get(source.url, since=state.validators if cursor else None, accept=ACCEPT)
        if response.unchanged:
            state = replace(state, validators=response.validators)
            known = len(state.items)
            yield Batch(state.dump(), (), known, unchanged=not state.next, moved_to=response.moved_to)
        else:
            feed = _parse(response, ctx, state.items)
            state = replace(state, validators=response.validators, items=feed.hashes)
            if cursor is None and option(source, OPTIONS, "full_history"):
                state = replace(state, next=_next_page(response.url, feed), page=2)
            yield Batch(
                state.dump(), feed.entries, feed.skipped, warnings=feed.warnings, moved_to=response.moved_to
            )
            if feed.expired:
                raise FetchError("gone", "the feed says that it has ended", permanent=True, url=response.url)
        yield from _history(state, ctx)


def _published(entry: Entry) -> str:
    return entry.published.isoformat() if entry.published else ""


def _parse(response: Response, ctx: Context, known: tuple[str, ...] = ()) -> ParsedFeed:
    content_type = response.headers.get("content-type", "")
    return ctx.parse_feed(response.body, url=response.url, content_type=content_type, known=known)


def _history(state: State, ctx: Context) -> Iterator[Batch]:
    """The pages of the past, one batch each, until there are none, they repeat themselves, or time is up
    (then with ``more``)."""
    seen, visited = set(state.items), set[str]()
    while state.next and state.next not in visited and state.page <= MAX_PAGES:
        if time.monotonic() >= ctx.deadline:
            yield Batch(state.dump(), more=True)
            return
        visited.add(state.next)
        try:
            response = ctx.http.get(state.next, accept=ACCEPT)
            feed = _parse(response, ctx, tuple(seen))
        except RemoteError as error:
            yield _page_failed(state, error)
            return
        following = _next_page(state.next, feed, state.page) if feed.entries else ""
        seen.update(feed.hashes)
        state = replace(state, next=following, page=state.page + 1, tries=0)
        yield Batch(state.dump(), feed.entries, feed.skipped, warnings=feed.warnings, more=False)
    if state.next:
        yield Batch(replace(state, next="").dump())


def _page_failed(state: State, error: RemoteError) -> Batch:
    """The end of the past, if that is what the answer means; else one more try at the next visit. The
    feed itself is well, so this is no error of the source."""
    ended = isinstance(error, ParseError) or (isinstance(error, FetchError) and error.status in _NO_PAGE)
    if ended or state.tries + 1 >= MAX_TRIES:
        warnings = () if ended else (Oddity("degraded", f"older posts could not be read: {error}"),)
        return Batch(replace(state, next="").dump(), warnings=warnings)
    return Batch(replace(state, tries=state.tries + 1).dump(), more=True, wait=error.retry_after)


def _next_page(url: str, feed: ParsedFeed, page: int = 1) -> str:
    """The page after this one: as the feed says (RFC 5005, JSON Feed), if on the same host; WordPress
    says nothing and has ``paged``."""
    if feed.next_url:
        same = urlsplit(feed.next_url).hostname == urlsplit(url).hostname
        return feed.next_url if same else ""
    if "wordpress" not in feed.generator.lower():
        return ""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(page + 1))]), fragment=""))
