"""What a finger presses on a map: regions, made larger where they are too small. Nobody sees these areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from hub.services import shapes as fitting

#: Half a square that a finger hits, in units of a sheet: 24 px where it is shown 288 px wide, as on a phone
#: of 320 px. A region whose widest place has a radius of ``ROOMY`` holds such a square.
FINGER: Final = 42
ROOMY: Final = 60
#: Corners of these areas, in units.
ROUGH: Final = 12
#: Of each region the centre of the largest circle in it, and its radius.
Widest = Mapping[str, tuple[int, int, float]]


def of_groups(
    lands: Mapping[str, Sequence[Polygon]], widest: Widest, inset: Polygon | None
) -> dict[str, list[Polygon]]:
    """For each group its land and what may be pressed beside it; of islands in an ``inset`` the water between
    them too. The smallest last, so that it lies above its neighbours."""
    whole = {code: shapely.union_all(list(parts)) for code, parts in lands.items()}
    squares = _squares(widest)
    found: dict[str, BaseGeometry] = {}
    for code, land in whole.items():
        own = land.convex_hull if inset is not None and inset.contains(land) else land.simplify(ROUGH)
        found[code] = shapely.union_all([own, squares[code]]) if code in squares else own
    return {code: _rounded(found[code]) for code in sorted(found, key=lambda code: -found[code].area)}


def of_small(lands: Mapping[str, Sequence[Polygon]], widest: Widest) -> dict[str, list[Polygon]]:
    """For each region that is too small what may be pressed beside it, but no land of other small ones."""
    squares = _squares(widest)
    found = {}
    for code, square in squares.items():
        others = [part for other in squares if other != code for part in lands[other]]
        found[code] = _rounded(square.difference(shapely.union_all(others)))
    return found


def _squares(widest: Widest) -> dict[str, Polygon]:
    """About the widest place of each small region."""
    return {
        code: box(x - FINGER, y - FINGER, x + FINGER, y + FINGER)
        for code, (x, y, radius) in widest.items()
        if radius < ROOMY
    }


def _rounded(area: BaseGeometry) -> list[Polygon]:
    return [shapely.transform(each, np.round) for each in fitting.polygons(area)]
