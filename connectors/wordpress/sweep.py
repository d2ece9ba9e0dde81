"""Deletions. A list of changes never tells of them, so the hub's posts are asked for by number.

A post that is listed no more becomes a suspect and is looked at by itself, at every visit, until the hub
has seen it missing often enough and shows it no longer. A site that seems to have lost more than half of
its posts at once is more likely broken: then nothing is withdrawn at first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Literal

from connectors.wordpress.changes import BRIEF
from connectors.wordpress.client import Refused
from connectors.wordpress.parse import entry_id, is_public
from connectors.wordpress.state import PAGE, Sweep
from connectors.wordpress.visit import Visit, joined, modified
from hub.spec import Batch, FetchError, Missing, Oddity

#: From so many posts on, losing more than half of them is suspicious.
ENOUGH = 10
#: A loss that large is believed after a week of it: a village may have cleared out its site.
BELIEVED = 7 * 24 * 3600.0
#: Suspects looked at in one visit, a request each.
MAX_LOOKS = 50
#: A trashed, private or draft post answers 401 with one of these.
HIDDEN = {"rest_forbidden", "rest_cannot_read", "rest_forbidden_status"}


def sweep(visit: Visit, *, every_hours: float) -> Generator[Batch, None, bool]:
    """Look for posts that are gone, if it is time for that; False when the visit's time was over."""
    state = visit.state.sweep
    if state.after or visit.now >= state.due:
        for chunk in _chunks(visit, state.after):
            stale = _ask(visit, state, chunk)
            yield from visit.fetch(stale)
            if visit.late() and chunk[-1] < max(visit.known):
                yield visit.batch(more=True)
                return False
        yield from _conclude(visit, state, every_hours)
    yield from _look(visit, state)
    return True


def _chunks(visit: Visit, after: int) -> Iterator[list[int]]:
    numbers = sorted(number for number in visit.known if number > after)
    for start in range(0, len(numbers), PAGE):
        yield numbers[start : start + PAGE]


def _ask(visit: Visit, state: Sweep, chunk: list[int]) -> list[int]:
    """Which of ``chunk`` are listed; returns those changed without the poll having seen it."""
    listing = visit.client.posts({"include": joined(chunk), "per_page": PAGE, "_fields": BRIEF})
    listed = {raw["id"]: modified(raw) for raw in listing.posts}
    state.asked += len(chunk)
    state.after = chunk[-1]
    state.gone += [number for number in chunk if number not in listed]
    changes = visit.state.changes
    return [
        number
        for number in chunk
        if listed.get(number, "") > changes.seen and changes.recent.get(str(number)) != listed[number]
    ]


def _conclude(visit: Visit, state: Sweep, every_hours: float) -> Iterator[Batch]:
    asked, gone = state.asked, state.gone
    state.last, state.due = visit.now, visit.now + every_hours * 3600
    state.after, state.asked, state.gone = 0, 0, []
    doubtful = asked >= ENOUGH and len(gone) * 2 > asked
    state.doubted = (state.doubted or visit.now) if doubtful else 0.0
    if doubtful and visit.now - state.doubted < BELIEVED:
        detail = f"{len(gone)} of {asked} posts are gone at once; nothing is withdrawn"
        yield visit.batch(warnings=[Oddity("degraded", detail)])
    else:
        state.suspects = sorted({*state.suspects, *gone})


def _look(visit: Visit, state: Sweep) -> Iterator[Batch]:
    state.suspects = [number for number in state.suspects if number in visit.known]
    missing, present = [], set()
    for number in state.suspects[:MAX_LOOKS]:
        if visit.late():
            break
        verdict = _examine(visit, number)
        if verdict == "present":
            present.add(number)
        else:
            missing.append(Missing(entry_id(number), certain=verdict == "withdrawn"))
    state.suspects = [number for number in state.suspects if number not in present]
    if missing:
        yield visit.batch(missing=missing)
    yield from visit.fetch(present)


def _examine(visit: Visit, number: int) -> Literal["present", "missing", "withdrawn"]:
    """``withdrawn`` is what the site states; ``missing`` may be a passing fault.

    Raises:
        Refused: REST as a whole is closed.
        FetchError: the site is in trouble; nothing can be said about the post.
    """
    try:
        raw = visit.client.post(number, "id,status,content.protected")
    except FetchError as error:
        if error.status == 410:
            return "withdrawn"
        raise
    except Refused as refused:
        gone = refused.status == 404 and refused.code == "rest_post_invalid_id"
        if gone or (refused.status in (401, 403) and refused.code in HIDDEN):
            return "missing"
        raise
    return "present" if is_public(raw) else "withdrawn"
