"""Maps as they are drawn: regions as outlines in the units of one sheet, ready for an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A region whose widest place has a smaller radius than this can hardly be seen.
TINY: Final = 9


@dataclass(frozen=True, slots=True)
class Outline:
    """A region on a sheet.

    ``path`` is SVG path data; (``x``, ``y``) the middle of its widest place, ``radius`` that of the largest
    circle there.
    """

    code: str
    path: str
    x: int
    y: int
    radius: int

    @property
    def small(self) -> bool:
        """Too small even to be seen, so that a mark is wanted there."""
        return self.radius < TINY


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a region, centred at (``x``, ``y``). ``fits``: it stands clear of the other names; where
    it does not, its number in the list beside the map stands there."""

    code: str
    x: int
    y: int
    number: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A map. Units are those of its own ``width`` and ``height``, north is up.

    ``lines`` is path data of the borders between groups of regions (of a district's villages: its
    kecamatan), ``labels`` name the groups. ``inset`` is the box (x, y, width, height) in which islands lie
    that are too far away to be drawn in their place. ``areas`` are not to be seen but to be pressed with a
    finger: one for each group, the smallest last and above the others; without groups one for each region
    that is too small, beside it.
    """

    width: int
    height: int
    outlines: tuple[Outline, ...]
    lines: str = ""
    labels: tuple[Label, ...] = ()
    inset: tuple[int, int, int, int] | None = None
    areas: tuple[Outline, ...] = ()
