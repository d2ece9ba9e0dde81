"""Names on a map: each where its region is widest, none over another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.model import Label

#: Size of the letters in units of the sheet, as the style sheet has it, and the width of one letter.
HEIGHT: Final = 23
LETTER: Final = 0.56 * HEIGHT
#: Tries to move a name up or down from the middle of its place, in lines.
STEPS: Final = (0.0, 0.9, -0.9, 1.8, -1.8)


@dataclass(frozen=True, slots=True)
class Named:
    """A name, and the largest circle in the place it is for."""

    code: str
    name: str
    x: int
    y: int
    radius: float


def labels(named: Iterable[Named], width: int, height: int) -> tuple[Label, ...]:
    """Where the names go, in the order given, numbered from 1; those of large places are placed first."""
    wanted = list(named)
    taken: list[tuple[float, float, float, float]] = []
    found: dict[str, Label] = {}
    for number, each in sorted(enumerate(wanted, 1), key=lambda pair: -pair[1].radius):
        half = len(each.name) * LETTER / 2
        x = min(max(each.x, half), max(width - half, half))
        fits = False
        for step in STEPS:
            y = each.y + step * HEIGHT
            room = (x - half, y - HEIGHT * 0.8, x + half, y + HEIGHT * 0.4)
            if room[1] >= 0 and room[3] <= height and x + half <= width and not _over(room, taken):
                taken.append(room)
                found[each.code] = Label(each.code, round(x), round(y), number, fits=True)
                fits = True
                break
        if not fits:
            found[each.code] = Label(each.code, each.x, each.y, number, fits=False)
    return tuple(found[each.code] for each in wanted)


def _over(room: tuple[float, ...], taken: Iterable[tuple[float, ...]]) -> bool:
    return any(
        room[0] < other[2] and other[0] < room[2] and room[1] < other[3] and other[1] < room[3]
        for other in taken
    )
