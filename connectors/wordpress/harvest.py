"""A visit from beginning to end: REST by either of its addresses, else the feed."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.wordpress.archive import read_archive
from connectors.wordpress.changes import read_changes, read_newest
from connectors.wordpress.client import Client, Refused, Root
from connectors.wordpress.fallback import PATIENCE, get_feed, read_feed
from connectors.wordpress.parse import to_entry
from connectors.wordpress.state import State
from connectors.wordpress.sweep import sweep
from connectors.wordpress.visit import Visit
from hub.spec import Batch, Check, Context, Cursor, FetchError, Option, Source, option

#: Smaller pages do not help a host that cannot make these in time.
LEAST = 20

OPTIONS = (
    Option(
        "sweep_hours",
        kind="float",
        default=24.0,
        minimum=0,
        help={
            "id": "Setiap berapa jam kiriman lama diperiksa apakah masih ada di situsnya",
            "en": "Every how many hours old posts are checked for still being on their site",
        },
    ),
    Option(
        "backfill",
        kind="bool",
        default=True,
        help={
            "id": "Ambil seluruh arsip pada kunjungan pertama, bukan hanya 100 kiriman terbaru",
            "en": "Read the whole archive on the first visit, not only the newest 100 posts",
        },
    ),
)


def harvest(source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
    """As :meth:`hub.spec.Connector.harvest`. REST that is found closed is tried again after a day."""
    state = State.load(cursor)
    now = ctx.now().timestamp()
    if now >= state.feed.until:
        for root in _doors(source.url, state):
            try:
                yield from _visit(Visit(Client(ctx.http, root), state, ctx, source), source)
            except Refused as refused:
                state.feed.why = str(refused)
            except FetchError as error:
                if _overburdened(error, state):
                    yield Batch(state.dump())
                raise
            else:
                return
        state.feed.until = now + PATIENCE
    yield from read_feed(Root.of(source.url).home, state, ctx)


def _visit(visit: Visit, source: Source) -> Iterator[Batch]:
    state = visit.state
    state.plain = visit.client.root.plain
    hours = float(option(source, OPTIONS, "sweep_hours"))
    if not state.archive.done:
        first = not state.archive.requests
        if first:
            state.sweep.last, state.sweep.due = visit.now, visit.now + hours * 3600
            state.feed.had = visit.now
        if not (yield from read_archive(visit, whole=bool(option(source, OPTIONS, "backfill")))) or first:
            return
        state.changes.size = state.archive.size
    if not (yield from read_changes(visit)):
        return
    yield from read_newest(visit)
    state.feed.had = visit.now
    if (yield from sweep(visit, every_hours=hours)):
        yield visit.closing()


def _overburdened(error: FetchError, state: State) -> bool:
    """A cheap host could not make so large a page in time, or only fell over by chance: the next visit
    asks for smaller ones."""
    trouble = error.reason == "timeout" or error.status in (500, 502, 504)
    archive = state.archive
    return trouble and not archive.done and archive.size > LEAST and archive.shrink()


def check(source: Source, ctx: Context) -> Check:
    """As :meth:`hub.spec.Connector.check`."""
    refusal = ""
    for root in _doors(source.url, State()):
        params = {"per_page": 1, "orderby": "date", "order": "desc", "_fields": "id,title"}
        try:
            listing = Client(ctx.http, root).posts(params)
        except Refused as refused:
            refusal = refusal or str(refused)
            continue
        newest = next((to_entry(raw, root.home).title for raw in listing.posts), "")
        total = len(listing.posts) if listing.total is None else listing.total
        return Check(total, newest, f"REST, {root.url}")
    response = get_feed(Root.of(source.url).home, ctx)
    feed = ctx.parse_feed(
        response.body, url=response.url, content_type=response.headers.get("content-type", "")
    )
    newest_title = feed.entries[0].title if feed.entries else ""
    return Check(len(feed.entries), newest_title, f"REST closed ({refusal}), feed at {response.url}")


def _doors(url: str, state: State) -> list[Root]:
    """The API's addresses, the one that worked last time first."""
    usual = Root.of(url)
    plain = usual.without_rewriting()
    if usual.plain:
        return [usual]
    return [plain, usual] if state.plain else [usual, plain]
