"""Visits to a timeline: an account whose messages can be had page by page, the newest first.

A connector says how its network is asked (:class:`Timeline`); :func:`read_timeline` makes visits of it: what
is new or was changed on the newest page, what lies between it and the last visit, once the whole past,
threads with all of their parts, and what was removed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from hub.errors import RemoteError
from hub.model import Batch, Cursor, Entry, Missing, Oddity
from hub.spec.connector import Context
from hub.spec.http import Validators
from hub.spec.listing import ENOUGH, Window
from hub.spec.message import Message, Thread, entry_of, threads_of

VERSION: Final = 1
#: Pages that one way back may have: 2,000 messages where a page holds 40.
MAX_PAGES: Final = 50
#: Visits in which one page of the past may fail before it is given up.
MAX_TRIES: Final = 3
#: Ways back that are remembered; of more the oldest are given up.
_MAX_WAYS: Final = 4
#: Messages of the last visit by which the way back is known to be at its end. Some may be removed meanwhile.
_LANDMARKS: Final = 8
_MAX_DONE: Final = 200
_MAX_GONE: Final = 100
#: A day: how often all that the hub shows is asked about.
SWEEP_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """``messages`` newest first. ``older`` is where it goes on, empty at the end; ``skipped`` counts what the
    options leave out; ``removed`` are ids of which the network states that they are no more."""

    messages: tuple[Message, ...] = ()
    older: str = ""
    skipped: int = 0
    removed: tuple[str, ...] = ()
    unchanged: bool = False
    validators: Validators = field(default_factory=Validators)


class Timeline(Protocol):
    """How one account's messages are had. All may raise RemoteError."""

    @property
    def own(self) -> Sequence[str]:
        """Hosts of the network: a link to them is no article."""
        ...

    @property
    def sweep(self) -> int:
        """How many messages may be asked about in one visit."""
        ...

    def newest(self, since: Validators | None) -> TimelinePage: ...

    def older(self, at: str) -> TimelinePage:
        """The page at ``at``, which an earlier page or :meth:`after` named."""
        ...

    def after(self, known: Sequence[str]) -> str:
        """Where the pages begin that follow the messages ``known`` (newest first), for networks that can be
        read forwards; empty for others, which are read back from the newest."""
        ...

    def thread(self, part: Thread) -> Sequence[Message] | None:
        """The author's own messages of the thread that ``part`` goes on from, first to last, as many as
        there still are; None where it is a talk with others that the options leave out."""
        ...

    def gone(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Those of ``ids`` that are no more, and whether the network states it (else it may be passing)."""
        ...


@dataclass
class Way:
    """Pages that are still to be read: the next one, ids at which it ends, pages had, failures in a row."""

    at: str
    until: tuple[str, ...] = ()
    pages: int = 0
    tries: int = 0


@dataclass
class TimelineState:
    """The cursor, typed. ``who`` is the connector's own: what it found out about the account."""

    who: dict[str, str] = field(default_factory=dict)
    validators: Validators = field(default_factory=Validators)
    window: Window = field(default_factory=lambda: Window({}))
    ways: list[Way] = field(default_factory=list)
    #: Threads that were handed over whole while pages with their beginnings wait.
    done: list[str] = field(default_factory=list)
    #: Where the sweep goes on, None between sweeps, and when the last one began.
    sweep: str | None = None
    swept: float = 0.0
    begun: bool = False

    def dump(self) -> Cursor:
        return {
            "version": VERSION,
            "who": dict(self.who),
            "validators": self.validators.dump(),
            "window": self.window.dump(),
            "ways": [[each.at, list(each.until), each.pages, each.tries] for each in self.ways],
            "done": self.done[-_MAX_DONE:],
            "sweep": self.sweep,
            "swept": self.swept,
        }

    @classmethod
    def load(cls, saved: Cursor | None) -> TimelineState:
        """Anything unexpected counts as absent: at worst messages are read again."""
        if not saved or saved.get("version") != VERSION:
            return cls()
        who, sweep = saved.get("who"), saved.get("sweep")
        window, ways = Window.load(saved.get("window")), saved.get("ways")
        return cls(
            who={str(key): value for key, value in who.items() if isinstance(value, str)}
            if isinstance(who, Mapping)
            else {},
            validators=Validators.load(saved.get("validators")) if window.prints else Validators(),
            window=window,
            ways=[way for each in (ways if isinstance(ways, list) else []) if (way := _way(each))],
            done=_texts(saved.get("done")),
            sweep=sweep if isinstance(sweep, str) else None,
            swept=_number(saved.get("swept")),
            begun=isinstance(saved.get("window"), Mapping) and isinstance(ways, list),
        )


def read_timeline(
    line: Timeline, state: TimelineState, ctx: Context, *, history: bool = True
) -> Iterator[Batch]:
    """One visit.

    Args:
        state: from the cursor; changed as the visit goes on.
        history: read the whole past on the first visit.
    """
    page = line.newest(state.validators if state.begun else None)
    state.validators = page.validators
    if page.unchanged and state.begun:
        yield _same(line, state, ctx)
    else:
        yield _newest(line, page, state, ctx, history)
    yield from _past(line, state, ctx)
    if not state.ways:
        state.done = []
        yield from _swept(line, state, ctx, page.unchanged)


def _same(line: Timeline, state: TimelineState, ctx: Context) -> Batch:
    missing = _confirmed(line, state, ctx)
    unchanged = not (missing or state.ways)
    return Batch(state.dump(), (), len(state.window.prints), missing, unchanged=unchanged)


def _newest(line: Timeline, page: TimelinePage, state: TimelineState, ctx: Context, history: bool) -> Batch:
    entries, warnings = _entries(line, page, state)
    known = list(state.window.prints)
    state.window, step = state.window.step(entries, ctx.known_ids)
    if not state.begun:
        state.swept = ctx.now().timestamp()
        ways = [Way(page.older)] if page.older and history else []
    elif step.joined or not (page.messages or page.skipped):
        ways = []
    else:
        forwards = line.after(known) if known else ""
        back = [Way(page.older, tuple(known[:_LANDMARKS]))] if page.older else []
        ways = [Way(forwards)] if forwards else back
    state.ways = [*ways, *state.ways][:_MAX_WAYS]
    state.begun = True
    missing = (*_removed(page, ctx), *_confirmed(line, state, ctx))
    skipped = step.skipped + page.skipped
    return Batch(state.dump(), step.entries, skipped, missing, warnings=(*warnings, *step.warnings))


# -- threads ----------------------------------------------------------------------------------------


def _entries(
    line: Timeline, page: TimelinePage, state: TimelineState, *, past: bool = False
) -> tuple[list[Entry], list[Oddity]]:
    entries: dict[str, Entry] = {}
    warnings: list[Oddity] = []
    for part in threads_of(page.messages):
        if past and part[0].id in state.done:
            continue
        try:
            thread = _whole(line, part, state)
        except RemoteError as error:
            if error.retry_after is not None:
                raise
            warnings.append(Oddity("degraded", f"the beginning of {part[0].id} cannot be read: {error}"))
            continue
        entry = entry_of(thread, line.own) if thread else None
        if entry is not None:
            entries.setdefault(entry.id, entry)
    return list(entries.values()), warnings


def _whole(line: Timeline, part: Thread, state: TimelineState) -> Thread | None:
    """The thread that ``part`` belongs to."""
    if not part[0].parent:
        return part
    found = line.thread(part)
    if found is None:
        return None
    whole = tuple({each.id: each for each in (*found, *part)}.values())
    state.done = [*(each for each in state.done if each != whole[0].id), whole[0].id]
    return whole


# -- the past ---------------------------------------------------------------------------------------


def _past(line: Timeline, state: TimelineState, ctx: Context) -> Iterator[Batch]:
    """The pages that wait, one batch each; ``more`` where time is up."""
    while state.ways:
        if time.monotonic() >= ctx.deadline:
            yield Batch(state.dump(), more=True)
            return
        way = state.ways[0]
        try:
            page = line.older(way.at)
            entries, warnings = _entries(line, page, state, past=True)
        except RemoteError as error:
            yield _failed(state, way, error)
            return
        # not by the entries: a late part of a known thread is no sign of having arrived
        ended = any(each.id in way.until for each in page.messages)
        following = page.older if page.older != way.at and not ended and way.pages + 1 < MAX_PAGES else ""
        state.ways[0] = Way(following, way.until, way.pages + 1)
        if not following:
            state.ways.pop(0)
        missing = _removed(page, ctx)
        yield Batch(state.dump(), tuple(entries), page.skipped, missing, warnings=tuple(warnings))


def _failed(state: TimelineState, way: Way, error: RemoteError) -> Batch:
    """One more try at the next visit, so many times. The timeline itself is well, so this is no error of the
    source."""
    if error.retry_after is not None:  # busy, and nothing is wrong
        return Batch(state.dump(), more=True, wait=error.retry_after)
    warnings = (Oddity("degraded", f"older messages cannot be read: {error}"),)
    way.tries += 1
    if way.tries >= MAX_TRIES:
        state.ways.remove(way)
        return Batch(state.dump(), warnings=warnings)
    return Batch(state.dump(), more=True, warnings=warnings)


# -- what was removed -------------------------------------------------------------------------------


def _removed(page: TimelinePage, ctx: Context) -> tuple[Missing, ...]:
    shown = set(ctx.known_ids()) if page.removed else set()
    return tuple(Missing(each, certain=True) for each in page.removed if each in shown)


def _confirmed(line: Timeline, state: TimelineState, ctx: Context) -> tuple[Missing, ...]:
    """Those under suspicion that are no more; the others are cleared of it."""
    if not state.window.gone:
        return ()
    shown = set(ctx.known_ids())
    suspects = [each for each in state.window.gone if each in shown][: line.sweep]
    try:
        gone = line.gone(suspects) if suspects else {}
    except RemoteError:  # nothing can be said about them now
        return ()
    rest = [each for each in state.window.gone if each in shown and each not in suspects]
    state.window = replace(state.window, gone=(*gone, *rest)[:_MAX_GONE])
    return tuple(Missing(each, certain=certain) for each, certain in gone.items())


def _swept(line: Timeline, state: TimelineState, ctx: Context, unchanged: bool) -> Iterator[Batch]:
    """Once a day, over several visits, what the hub shows of older messages is asked about."""
    now = ctx.now().timestamp()
    if state.sweep is None and now - state.swept < SWEEP_SECONDS:
        return
    if state.sweep is None:
        state.swept, state.sweep = now, ""
    shown = ctx.known_ids()
    start = shown.index(state.sweep) + 1 if state.sweep in shown else 0
    due = [each for each in shown[start:] if each not in state.window.prints][: line.sweep]
    try:
        gone = line.gone(due) if due else {}
    except RemoteError:  # at the next visit, from where it stopped
        return
    # not one that is gone, for it will not be found again
    place = next((each for each in reversed(due) if each not in gone), state.sweep)
    state.sweep = place if len(due) == line.sweep else None
    doubtful = [each for each, certain in gone.items() if not certain]
    warnings: tuple[Oddity, ...] = ()
    if len(doubtful) >= ENOUGH and len(doubtful) * 2 > len(due):
        detail = f"{len(doubtful)} of {len(due)} older messages are gone at once; nothing is withdrawn"
        warnings, gone = (Oddity("degraded", detail),), {each: True for each in gone if gone[each]}
    suspects = dict.fromkeys((*state.window.gone, *gone))
    state.window = replace(state.window, gone=tuple(suspects)[:_MAX_GONE])
    missing = tuple(Missing(each, certain=certain) for each, certain in gone.items())
    unchanged = unchanged and not (missing or warnings)
    yield Batch(state.dump(), missing=missing, warnings=warnings, unchanged=unchanged)


# -- cursors ----------------------------------------------------------------------------------------


def _way(saved: object) -> Way | None:
    if not (isinstance(saved, list) and len(saved) == 4 and isinstance(saved[0], str) and saved[0]):
        return None
    return Way(saved[0], tuple(_texts(saved[1])), int(_number(saved[2])), int(_number(saved[3])))


def _texts(saved: object) -> list[str]:
    return [each for each in saved if isinstance(each, str)] if isinstance(saved, list) else []


def _number(saved: Any) -> float:
    known = isinstance(saved, int | float) and not isinstance(saved, bool) and 0 <= saved < 1e12
    return float(saved) if known else 0.0
