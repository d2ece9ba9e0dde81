"""The site's feed in place of a REST API that is closed."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.wordpress.parse import from_feed
from connectors.wordpress.state import State
from hub.spec import Batch, Context, FetchError, Oddity, Response, Validators

#: How long the feed is read before REST is tried again.
PATIENCE = 24 * 3600.0


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
    yield Batch(
        state.dump(),
        entries=tuple(map(from_feed, feed.entries)),
        skipped=feed.skipped,
        unchanged=not feed.entries,
        warnings=(*odd, *feed.warnings),
    )


def get_feed(home: str, ctx: Context, since: Validators | None = None) -> Response:
    """The feed's body; by the address that needs no rewriting where there is none at the usual one."""
    try:
        return ctx.http.get(f"{home}feed/", since=since)
    except FetchError as error:
        if error.status != 404:
            raise
    return ctx.http.get(f"{home}?feed=rss2", since=since)
