"""A visit to a list of the Graph API, the same for pages and accounts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from connectors.meta.client import GRAPH, Graph, Page, Raw
from connectors.meta.state import State
from hub.spec import Batch, Context, Entry, Option, RemoteError, Source, option

#: Pages of the past at most: 20,000 items.
MAX_PAGES = 200
#: How often the token is asked about.
DAY = 86400.0
WEEK = 7 * DAY

COMMON = (
    Option(
        "token",
        secret=True,
        required=True,
        help={
            "id": "Token akses halaman atau akun itu sendiri.",
            "en": "Access token of the page or account itself.",
        },
    ),
    Option(
        "expires",
        help={
            "id": "Tanggal token berakhir (2026-12-31), bila tidak bisa ditanyakan sendiri.",
            "en": "Day on which the token ends (2026-12-31), where that cannot be asked.",
        },
    ),
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga kiriman lama.",
            "en": "On the first visit read the older posts too.",
        },
    ),
    Option(
        "version",
        default="",
        help={
            "id": "Versi Graph API, bila bukan yang bawaan (contoh: v25.0).",
            "en": "Version of the Graph API, if not the built-in one (for example v25.0).",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class List:
    """A list of the API and how its items are read."""

    graph: Graph
    path: str
    fields: str
    read: Callable[[Raw], Entry | None]

    def page(self, state: State, at: str = "") -> Page:
        since = state.validators if state.window.prints and not at else None
        return self.graph.page(self.path, self.fields, at=at, since=since)

    def entries(self, page: Page) -> list[Entry]:
        return [entry for entry in map(self.read, page.items) if entry is not None]


def read_list(of: List, state: State, ctx: Context, *, history: bool) -> Iterator[Batch]:
    """The first page, compared with what it held, then what is still to be read of the past."""
    page = of.page(state)
    first = not state.window.prints
    state.validators = page.response.validators
    if page.response.unchanged and not first:
        missing = state.window.again(ctx.known_ids)
        known = len(state.window.prints)
        yield Batch(state.dump(), (), known, missing, unchanged=not (missing or state.next))
    else:
        state.window, step = state.window.step(
            of.entries(page), ctx.known_ids, whole=not page.next, prints=print_of
        )
        if page.next and (history if first else not step.joined):
            state.next = page.next
        yield Batch(state.dump(), step.entries, step.skipped, step.missing, warnings=step.warnings)
    yield from _past(of, state, ctx)


def _past(of: List, state: State, ctx: Context) -> Iterator[Batch]:
    """One batch a page; ``more`` where time is up."""
    for _ in range(MAX_PAGES):
        if not state.next:
            return
        if time.monotonic() >= ctx.deadline:
            yield Batch(state.dump(), more=True)
            return
        page = of.page(state, state.next)
        state.next = page.next if page.next != state.next else ""
        yield Batch(state.dump(), tuple(of.entries(page)))


def print_of(entry: Entry) -> str:
    """Like its digest, but the addresses of pictures, which are signed anew all the time, count only with
    their path and the week in which they end (``oe``, hexadecimal epoch seconds): they must be replaced
    before, and only then."""
    images = tuple(replace(image, url=_steady(image.url)) for image in entry.images)
    return replace(entry, images=images).digest


def _steady(url: str) -> str:
    parts = urlsplit(url)
    try:
        ends = int(parse_qs(parts.query).get("oe", ["0"])[0], 16) // int(WEEK)
    except ValueError:
        ends = 0
    return f"{parts.path}#{ends}"


# -- the token's end --------------------------------------------------------------------------------


def graph_of(source: Source, ctx: Context, root: str = GRAPH) -> Graph:
    """Raises AuthError: no token is set."""
    version = str(option(source, COMMON, "version") or "")
    token = str(source.options.get("token") or "")
    return Graph(ctx.http, token, root, version) if version else Graph(ctx.http, token, root)


def note_end(graph: Graph, state: State, source: Source, ctx: Context) -> None:
    """Put into ``state`` when the token ends, asked once a day: the earlier of its own end and that of the
    access to data, which ends 90 days after the owner last agreed even where the token does not. What the
    operator entered goes before."""
    entered = str(option(source, COMMON, "expires") or "")
    if entered:
        read = ctx.parse_date(entered)
        state.token_expires = read.astimezone(UTC).isoformat() if read else ""
        return
    now = ctx.now().timestamp()
    if now - state.asked < DAY and state.asked <= now:
        return
    state.asked = now
    try:
        data = graph.token_data()
    except RemoteError:
        return  # whether the token works shows in what is asked next
    ends = [*_epoch(data.get("expires_at")), *_epoch(data.get("data_access_expires_at"))]
    state.token_expires = datetime.fromtimestamp(min(ends), UTC).isoformat() if ends else ""


def _epoch(value: object) -> list[int]:
    """0 says never."""
    return [value] if type(value) is int and 0 < value < 2**33 else []
