"""The first page of a list that tells of no deletions, compared with what it held at the last visit.

An item that has left the middle of the page, while an older one is still on it, was removed: nothing else
pushes it out. The hub wants to hear of that more than once before it believes it (see ``Missing``), so what
is suspected is told again until the hub shows it no longer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.model import Entry, Missing, Oddity

#: From so many items on, more than half of them gone at once is more likely a fault than a clearing out.
ENOUGH = 10
#: Items of the page that are remembered.
MOST = 500


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be handed over: entries that are new or say something else, in the page's order, how many
    were left out as known, and what seems to be gone. ``joined`` says that the page reaches back to what was
    there last time: nothing can be between the two."""

    entries: tuple[Entry, ...]
    skipped: int
    missing: tuple[Missing, ...]
    warnings: tuple[Oddity, ...]
    joined: bool


@dataclass(frozen=True, slots=True)
class Window:
    """``prints`` are id and print of the page's items, in its order; ``gone`` the ids under suspicion."""

    prints: Mapping[str, str]
    gone: tuple[str, ...] = ()

    def dump(self) -> dict[str, Any]:
        """For a cursor."""
        return {"prints": [list(each) for each in self.prints.items()], "gone": list(self.gone)}

    @classmethod
    def load(cls, saved: object) -> Window:
        """From a cursor; anything unexpected counts as absent."""
        parts = saved if isinstance(saved, Mapping) else {}
        pairs, gone = parts.get("prints"), parts.get("gone")
        prints = {
            str(pair[0]): str(pair[1])
            for pair in (pairs if isinstance(pairs, list) else [])
            if isinstance(pair, list) and len(pair) == 2
        }
        return cls(prints, tuple(map(str, gone)) if isinstance(gone, list) else ())

    def again(self, known: Callable[[], Collection[str]]) -> tuple[Missing, ...]:
        """What is still suspected when the page has not changed. ``known`` are the ids that the hub shows,
        asked for only if they matter."""
        shown = set(known()) if self.gone else set()
        return tuple(Missing(each) for each in self.gone if each in shown)

    def step(
        self,
        page: Sequence[Entry],
        known: Callable[[], Collection[str]],
        *,
        whole: bool = False,
        prints: Callable[[Entry], str] = lambda entry: entry.digest,
    ) -> tuple[Window, Step]:
        """Compare with the page as it is now.

        Args:
            whole: it is all that there is, so that what left its end was removed as well.
            prints: equal for entries that need not be handed over again.
        """
        now = {entry.id: prints(entry) for entry in page[:MOST]}
        changed = {entry.id: entry for entry in page if self.prints.get(entry.id, "") != now.get(entry.id)}
        common = [at for at, each in enumerate(self.prints) if each in now]
        left = self._left(now, len(self.prints) if whole and now else (common[-1] if common else 0))
        warnings: tuple[Oddity, ...] = ()
        if len(self.prints) >= ENOUGH and len(left) * 2 > len(self.prints):
            detail = f"{len(left)} of {len(self.prints)} items are gone at once; nothing is withdrawn"
            left, warnings = [], (Oddity("degraded", detail),)
        window = Window(now or self.prints, self._suspects(left, now, known))
        missing = tuple(Missing(each) for each in window.gone)
        skipped = len(now) - len(changed)
        return window, Step(tuple(changed.values()), skipped, missing, warnings, bool(common))

    def _left(self, now: Mapping[str, str], reach: int) -> list[str]:
        return [each for each in list(self.prints)[:reach] if each not in now]

    def _suspects(
        self, left: list[str], now: Mapping[str, str], known: Callable[[], Collection[str]]
    ) -> tuple[str, ...]:
        suspects = [each for each in dict.fromkeys([*self.gone, *left]) if each not in now]
        shown = set(known()) if suspects else set()
        return tuple(each for each in suspects if each in shown)
