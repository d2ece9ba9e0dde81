"""Visits to a blog: what changed last, and once its past."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from connectors.blogger.client import Page, get, home_of, moved_home
from connectors.blogger.detect import propose
from connectors.blogger.parse import to_entry
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    Option,
    Probe,
    Proposal,
    Source,
    Validators,
    Window,
    option,
)

OPTIONS = (
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil seluruh tulisan lama, bukan hanya 150 yang terbaru.",
            "en": "On the first visit read all older posts, not only the newest 150.",
        },
    ),
)
VERSION = 1
#: Posts that a page of the past shares with the one before: what is removed meanwhile moves the others up.
OVERLAP = 3
#: Pages of the past at most: 75,000 posts.
MAX_PAGES = 500


@dataclass(frozen=True, slots=True)
class State:
    """The cursor, typed. ``next`` is the number of the post at which the past goes on, 0 at its end."""

    validators: Validators = Validators()
    window: Window = Window({})
    next: int = 0
    begun: bool = False

    def dump(self) -> Cursor:
        return {
            "version": VERSION,
            "validators": self.validators.dump(),
            "window": self.window.dump(),
            "next": self.next,
        }

    @classmethod
    def load(cls, saved: Cursor | None) -> State:
        """Anything unexpected counts as absent: at worst posts are read again."""
        if not saved or saved.get("version") != VERSION:
            return cls()
        at, window = saved.get("next"), Window.load(saved.get("window"))
        if not (isinstance(at, int) and 0 <= at < 10**9 and window.prints):
            return cls()
        return cls(Validators.load(saved.get("validators")), window, int(at), True)


class Blogger:
    """Reads the posts of a blog at Blogger. ``source.url`` is the blog's address.

    A visit costs one conditional request for the 150 posts that changed last, so that edits of any age are
    seen; a post that leaves this list in its middle was removed.
    """

    name = "blogger"
    label: Mapping[str, str] = {"id": "Blogger (blogspot)", "en": "Blogger (blogspot)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return propose(probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        home = home_of(source.url)
        page = get(ctx, home, size=10)
        newest = next((entry.title for entry in _entries(page, home, ctx)), "")
        return Check(page.total, html.unescape(newest), page.title)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        home, state = home_of(source.url), State.load(cursor)
        page = get(ctx, home, since=state.validators if state.begun else None)
        moved = moved_home(page, home)
        validators = page.response.validators
        if page.response.unchanged and state.begun:
            state, missing = replace(state, validators=validators), state.window.again(ctx.known_ids)
            unchanged = not (state.next or missing)
            known = len(state.window.prints)
            yield Batch(state.dump(), (), known, missing, unchanged=unchanged, moved_to=moved)
        else:
            window, step = state.window.step(_entries(page, home, ctx), ctx.known_ids, whole=page.last)
            wanted = bool(option(source, OPTIONS, "full_history")) if not state.begun else not step.joined
            following = _following(page) if wanted else 0
            state = State(validators, window, following or state.next, True)
            yield Batch(
                state.dump(), step.entries, step.skipped, step.missing, warnings=step.warnings, moved_to=moved
            )
        yield from _past(state, home, ctx)


def _past(state: State, home: str, ctx: Context) -> Iterator[Batch]:
    """The pages of the past, one batch each; ``more`` where time is up."""
    for _ in range(MAX_PAGES):
        if not state.next:
            return
        if time.monotonic() >= ctx.deadline:
            yield Batch(state.dump(), more=True)
            return
        page = get(ctx, home, state.next)
        state = replace(state, next=_following(page))
        yield Batch(state.dump(), tuple(_entries(page, home, ctx)))


def _following(page: Page) -> int:
    return 0 if page.last else page.start + max(1, len(page.posts) - OVERLAP)


def _entries(page: Page, home: str, ctx: Context) -> list[Entry]:
    made = (to_entry(raw, home, ctx) for raw in page.posts)
    return [entry for entry in made if entry is not None]
