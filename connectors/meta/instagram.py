"""The connector for Instagram accounts of the professional kind (business, creator)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from connectors.meta.client import GRAPH, GRAPH_OF_INSTAGRAM, Graph
from connectors.meta.media import FIELDS, to_entry
from connectors.meta.state import State
from connectors.meta.visit import COMMON, List, graph_of, note_end, read_list
from hub.spec import Batch, Check, Context, Cursor, FetchError, Option, Probe, Proposal, Source, option

OPTIONS = (
    *COMMON,
    Option(
        "account",
        help={
            "id": "Nomor (ID) akun Instagram; biasanya ditemukan sendiri lewat halaman Facebook-nya.",
            "en": "Number (ID) of the Instagram account; mostly found by its Facebook page.",
        },
    ),
)
#: What tokens of "Instagram login" begin with; others come from Facebook.
_OF_INSTAGRAM = "IG"


class Instagram:
    """Reads an account's posts with its own token: one of Facebook, for the page that the account is
    connected to, or one of Instagram. ``source.url`` is the account's address."""

    name = "instagram"
    label: Mapping[str, str] = {"id": "Akun Instagram", "en": "Instagram account"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        """Nothing: without the account's token there is nothing to be had."""
        return ()

    def check(self, source: Source, ctx: Context) -> Check:
        graph, state = _graph(source, ctx), State()
        of = _list(source, graph, state, ctx)
        entries = of.entries(graph.page(of.path, of.fields, size=25))
        _note_end(graph, state, source, ctx)
        ends = f"token until {state.token_expires[:10]}" if state.token_expires else ""
        return Check(len(entries), next((entry.title for entry in entries), ""), ends)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        graph, state = _graph(source, ctx), State.load(cursor)
        _note_end(graph, state, source, ctx)
        of = _list(source, graph, state, ctx)
        history = bool(option(source, OPTIONS, "full_history"))
        yield from read_list(of, state, ctx, history=history)


def _own_token(source: Source) -> bool:
    return str(source.options.get("token") or "").strip().startswith(_OF_INSTAGRAM)


def _graph(source: Source, ctx: Context) -> Graph:
    return graph_of(source, ctx, GRAPH_OF_INSTAGRAM if _own_token(source) else GRAPH)


def _note_end(graph: Graph, state: State, source: Source, ctx: Context) -> None:
    """Instagram cannot be asked about its tokens; what the operator entered counts."""
    if _own_token(source):
        state.asked = ctx.now().timestamp()
    note_end(graph, state, source, ctx)


def _list(source: Source, graph: Graph, state: State, ctx: Context) -> List:
    return List(graph, f"{_account(source, graph, state)}/media", FIELDS, partial(to_entry, ctx=ctx))


def _account(source: Source, graph: Graph, state: State) -> str:
    """Raises FetchError (``bad_url``): no account is connected to the token's page."""
    given = str(option(source, OPTIONS, "account") or "").strip()
    if given.isascii() and given.isdigit():
        return given
    if _own_token(source):
        return "me"
    if not state.account:
        found = graph.node("me", "instagram_business_account").get("instagram_business_account")
        state.account = str(found.get("id") or "") if isinstance(found, dict) else ""
    if not state.account:
        detail = "no Instagram account is connected to the token's page; or give --option account=NUMBER"
        raise FetchError("bad_url", detail, permanent=True, url=source.url)
    return state.account
