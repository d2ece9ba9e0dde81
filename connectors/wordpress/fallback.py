"""The site's feed in place of a REST API that is closed."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.wordpress.parse import from_feed
from connectors.wordpress.state import State
from hub.spec import Batch, Context, Entry, FetchError, Oddity, Response, Validators

#: How long the feed is read before REST is tried again.
PATIENCE = 24 * 3600.0
#: By how much the site's clock may differ from ours, in seconds.
MARGIN = 3600.0


def read_feed(home: str, state: State, ctx: Context) -> Iterator[Batch]:
    """What is new in the feed, as one batch that says why it is not REST.

    Raises:
        FetchError: there is no feed either.
        ParseError: a page that is no feed, such as a parked domain's.
    """
    place = state.feed
    odd = (Oddity("degraded", f"REST closed ({place.why}), reading the feed"),)
    response = get_feed(home, ctx, Validators.load(place.validators))
    place.validators = response.validators.dump()
    if response.unchanged:
        yield Batch(state.dump(), unchanged=True, warnings=odd)
        return
    feed = ctx.parse_feed(
        response.body,
        url=response.url,
        content_type=response.headers.get("content-type", ""),
        known=frozenset(place.hashes),
    )
    place.hashes = list(feed.hashes)
    new = [from_feed(entry) for entry in feed.entries if not _had(entry, state)]
    yield Batch(
        state.dump(),
        entries=tuple(new),
        skipped=feed.skipped + len(feed.entries) - len(new),
        unchanged=not new,
        warnings=(*odd, *feed.warnings),
    )


def _had(entry: Entry, state: State) -> bool:
    """It came through REST, in full: a feed that gives summaries must not make it poorer."""
    if entry.published is None or not state.archive.done:
        return False
    return entry.published.timestamp() < state.feed.had - MARGIN


def get_feed(home: str, ctx: Context, since: Validators | None = None) -> Response:
    """The feed's body; by the address that needs no rewriting where there is none at the usual one."""
    try:
        return ctx.http.get(f"{home}feed/", since=since)
    except FetchError as error:
        if error.status != 404:
            raise
        other = ctx.http.get(f"{home}?feed=rss2", since=since)
        if other.content_type == "text/html":  # the home page: this server does not look at the query
            raise
        return other
