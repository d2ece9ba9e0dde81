"""The connector for Facebook pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from urllib.parse import parse_qs, urlsplit

from connectors.meta.client import Graph
from connectors.meta.post import FIELDS, to_entry
from connectors.meta.state import State
from connectors.meta.visit import COMMON, List, graph_of, note_end, read_list
from hub.spec import (
    SOCIAL_OPTIONS,
    Batch,
    Check,
    Context,
    Cursor,
    FetchError,
    Option,
    Probe,
    Proposal,
    Source,
    option,
)

OPTIONS = (
    *COMMON,
    Option(
        "page",
        help={
            "id": "Nomor (ID) halaman, bila tidak ada di alamatnya.",
            "en": "Number (ID) of the page, where its address does not show it.",
        },
    ),
    *(each for each in SOCIAL_OPTIONS if each.name == "reposts"),
)
_NAME = re.compile(r"[A-Za-z0-9.]{3,60}|\d{5,30}")
#: Parts of addresses that are no page's name.
_NO_NAME = ("profile.php", "pages", "people", "groups", "p", "pg", "watch", "share", "events", "login")


class Facebook:
    """Reads the posts that a page itself has published, with the page's own token. ``source.url`` is the
    page's address."""

    name = "facebook"
    label: Mapping[str, str] = {"id": "Halaman Facebook", "en": "Facebook page"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        """Nothing: without the page's token there is nothing to be had."""
        return ()

    def check(self, source: Source, ctx: Context) -> Check:
        graph = graph_of(source, ctx)
        page = page_of(source)
        named = graph.node(page, "name").get("name")
        of = _list(source, graph, page, ctx)
        entries = of.entries(graph.page(of.path, of.fields, size=25))
        state = State()
        note_end(graph, state, source, ctx)
        ends = f", token until {state.token_expires[:10]}" if state.token_expires else ""
        newest = next((entry.title for entry in entries), "")
        return Check(len(entries), newest, f"{named or page}{ends}")

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        graph, state = graph_of(source, ctx), State.load(cursor)
        note_end(graph, state, source, ctx)
        of = _list(source, graph, page_of(source), ctx)
        history = bool(option(source, OPTIONS, "full_history"))
        yield from read_list(of, state, ctx, history=history)


def _list(source: Source, graph: Graph, page: str, ctx: Context) -> List:
    reposts = bool(option(source, OPTIONS, "reposts"))
    return List(graph, f"{page}/published_posts", FIELDS, partial(to_entry, ctx=ctx, reposts=reposts))


def page_of(source: Source) -> str:
    """The page's number or name: by option, or from its address (``/kimtaan``, ``/profile.php?id=N``,
    ``/pages/Name/N``, ``/people/Name/N``, ``/Name-N``).

    Raises:
        FetchError: ``bad_url``: neither tells it.
    """
    given = str(option(source, OPTIONS, "page") or "").strip()
    parts = urlsplit(source.url)
    names = [each for each in parts.path.split("/") if each]
    numbers = [each for each in names if each.isdigit() and len(each) >= 5]
    found = given or parse_qs(parts.query).get("id", [""])[0] or (numbers[-1] if numbers else "")
    if not found and names and names[0] not in _NO_NAME:
        number = re.search(r"-(\d{8,})$", names[0])
        found = number[1] if number else names[0]
    if not _NAME.fullmatch(found):
        detail = "the address names no page; give its number: --option page=NUMBER"
        raise FetchError("bad_url", detail, permanent=True, url=source.url)
    return found
