"""Visits to another hub: what changed there since the last one, and once a day what is there at all."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from connectors.hub.parse import read_list, read_page
from connectors.hub.state import State
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    FetchError,
    Missing,
    Option,
    Probe,
    Proposal,
    RemoteError,
    Response,
    Source,
)

#: Before every other connector: a kimhub has feeds too, but they tell of no withdrawal.
RANK: Final = 5
PAGE: Final = 100
#: What was removed there with its whole site leaves no trace; it is found by its absence.
SWEEP_EVERY: Final = timedelta(hours=24)
_ACCEPT: Final = "application/json"
_MARKUP: Final = b"kimhub"


class HubConnector:
    """Reads the public API of a kimhub.

    A visit costs one conditional request. Changes come in the order of their time, so that a walk which
    stops anywhere goes on from there.
    """

    name = "hub"
    label: Mapping[str, str] = {"id": "Hub lain (kimhub)", "en": "Another hub (kimhub)"}
    options: tuple[Option, ...] = ()

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        if _MARKUP not in probe.generator.lower().encode() or _is_own(probe.url, ctx):
            return
        parts = urlsplit(probe.url)
        root = f"{parts.scheme}://{parts.netloc}/"
        described = ctx.http.get(urljoin(root, "api/v1/openapi.json"), accept=_ACCEPT).json()
        info = described.get("info") if isinstance(described, Mapping) else None
        if isinstance(info, Mapping) and info.get("title") == "kimhub":
            yield Proposal("hub", root, rank=RANK, platform="kimhub", title=probe.title)

    def check(self, source: Source, ctx: Context) -> Check:
        url = f"{_api(source, 'posts')}?{urlencode({'limit': PAGE})}"
        posts, _ = read_list(ctx.http.get(url, accept=_ACCEPT))
        newest = posts[0].get("title") if posts and isinstance(posts[0], Mapping) else ""
        return Check(len(posts), str(newest or ""))

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        state = State.load(cursor)
        if state.swept is None:
            state = replace(state, swept=ctx.now())
        while True:
            response = _ask(source, state, ctx)
            if response.unchanged:
                state = replace(state, validators=response.validators)
                yield Batch(state.dump(), unchanged=True, moved_to=_moved(response))
                break
            page = read_page(response, ctx, state.known)
            before, state = state, state.read(page, ctx.now())
            done = not page.next and state.since == before.since
            if done and not before.next:  # new changes come at a walk's end: only a short one shows them
                state = replace(state, validators=response.validators)
            late = not done and time.monotonic() >= ctx.deadline
            yield Batch(
                state.dump(),
                page.entries,
                page.skipped,
                missing=page.missing,
                unchanged=done and not (page.entries or page.missing),
                more=late,
                moved_to=_moved(response),
            )
            if late:
                return
            if done:
                break
        yield from _sweep(source, state, ctx)


def _ask(source: Source, state: State, ctx: Context) -> Response:
    """The next page of changes. Raises FetchError."""
    asked = {"updated_since": state.since.isoformat(), "limit": str(PAGE)}
    if state.next:
        asked["cursor"] = state.next
    url = f"{_api(source, 'posts')}?{urlencode(asked)}"
    since = state.validators if state.validators.dump() and not state.next else None
    return ctx.http.get(url, since=since, accept=_ACCEPT)


def _sweep(source: Source, state: State, ctx: Context) -> Iterator[Batch]:
    """What we have of this hub and it no longer has. The hub wants two sightings, so that a page which
    moved while it was read costs nothing."""
    if state.swept is not None and ctx.now() - state.swept < SWEEP_EVERY:
        return
    known, following = set(ctx.known_ids()), ""
    while known and time.monotonic() < ctx.deadline:
        query = f"?{urlencode({'cursor': following})}" if following else ""
        try:
            there, following = read_list(ctx.http.get(_api(source, "posts/ids") + query, accept=_ACCEPT))
        except RemoteError as error:
            if isinstance(error, FetchError) and error.status == 404:
                break  # a hub that has no such list
            return
        known -= {each for each in there if isinstance(each, str)}
        if not following:
            break
    else:
        if known:
            return  # time is up: the next visit tries again
    gone = tuple(Missing(each) for each in sorted(known))
    yield Batch(replace(state, swept=ctx.now()).dump(), missing=gone)


def _api(source: Source, path: str) -> str:
    base = source.url.partition("?")[0].partition("#")[0]
    return f"{base.rstrip('/')}/api/v1/{path}"


def _moved(response: Response) -> str | None:
    """The hub's new address, where it moved for good with all of its paths."""
    if response.moved_to is None:
        return None
    root, found, _ = response.moved_to.partition("/api/v1/")
    return f"{root}/" if found else None


def _is_own(url: str, ctx: Context) -> bool:
    return urlsplit(url).netloc == urlsplit(ctx.hub_url).netloc
