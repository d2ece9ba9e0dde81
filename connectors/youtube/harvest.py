"""Visits to a channel or playlist: its feed holds the 15 newest videos and nothing else is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from connectors.youtube.address import PUSH_HUB, channel_feed, channel_in, feed_of, find_feed, is_youtube
from connectors.youtube.parse import is_short, to_entry
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    Option,
    ParsedFeed,
    Probe,
    Proposal,
    PushFeed,
    Response,
    Source,
    Validators,
    Window,
    get_page,
    option,
)

OPTIONS = (
    Option(
        "shorts",
        "bool",
        default=True,
        help={
            "id": "Ambil juga video pendek (Shorts).",
            "en": "Take short videos (Shorts) too.",
        },
    ),
)
VERSION = 1
RANK = 20
ACCEPT = "application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"


class YouTube:
    """Reads a channel or playlist. ``source.url`` is any address of it.

    The cursor holds the feed's address (``feed``), once it had to be looked up, and what the feed held: a
    video that leaves its middle was removed or made private.
    """

    name = "youtube"
    label: Mapping[str, str] = {"id": "YouTube", "en": "YouTube"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        if not is_youtube(probe.url):
            return
        channel = channel_in(probe.response.body)
        feed = feed_of(probe.url) or (channel_feed(channel) if channel else "")
        if feed:
            title = _parse(get_page(ctx.http, feed, accept=ACCEPT), ctx).title
            yield Proposal("youtube", feed, rank=RANK, platform="YouTube", title=title or probe.title)

    def push_feed(self, source: Source) -> PushFeed | None:
        """Uploads are announced for channels, under the feed's address as it is asked for here; the address
        that the feed gives of itself is another."""
        feed = _feed(source, source.cursor)
        return PushFeed(feed, PUSH_HUB) if "channel_id=" in feed else None

    def check(self, source: Source, ctx: Context) -> Check:
        feed = _parse(get_page(ctx.http, find_feed(source.url, ctx), accept=ACCEPT), ctx)
        newest = next((entry.title for entry in feed.entries), "")
        return Check(len(feed.entries), newest, feed.title)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        saved = cursor if cursor and cursor.get("version") == VERSION else {}
        window = Window.load(saved.get("window"))
        url = _feed(source, saved) or find_feed(source.url, ctx)
        since = Validators.load(saved.get("validators")) if window.prints else None
        response = get_page(ctx.http, url, since=since, accept=ACCEPT)
        state = {"version": VERSION, "feed": url, "validators": response.validators.dump()}
        if response.unchanged and window.prints:
            missing = window.again(ctx.known_ids)
            state["window"] = window.dump()
            yield Batch(state, (), len(window.prints), missing, unchanged=not missing)
            return
        feed = _parse(response, ctx)
        window, step = window.step(_entries(feed, source), ctx.known_ids)
        state["window"] = window.dump()
        warnings = (*feed.warnings, *step.warnings)
        yield Batch(state, step.entries, step.skipped, step.missing, warnings=warnings)


def _feed(source: Source, saved: Cursor | None) -> str:
    """The feed as far as it is known without asking."""
    return feed_of(source.url) or feed_of(str((saved or {}).get("feed") or ""))


def _parse(response: Response, ctx: Context) -> ParsedFeed:
    content_type = response.headers.get("content-type", "")
    return ctx.parse_feed(response.body, url=response.url, content_type=content_type)


def _entries(feed: ParsedFeed, source: Source) -> list[Entry]:
    wanted = bool(option(source, OPTIONS, "shorts"))
    return [to_entry(each) for each in feed.entries if wanted or not is_short(each)]
