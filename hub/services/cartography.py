"""Draws regions on a sheet: degrees in, whole numbers of an SVG out. Pure; the atlas keeps what it draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from hub.model import Sheet
from hub.services import shapes as fitting
from hub.services import touching
from hub.services.lettering import Named, labels
from hub.services.path_data import lines, middle, outlines

#: Units of the longer side of a sheet.
SIZE: Final = 1000
#: Corners of the drawing that shows no more on a screen: simplification begins here, in units.
FINEST: Final = 1.5
#: Specks of land smaller than this, in square units, are left out where their region has more; in an inset
#: they are what there is to see.
SPECK, ISLET = 6, 0.4
#: Land further from the main land than this share of its size is not beside it.
REACH: Final = 0.05
#: Share of the regions that the main land has at least.
MAIN: Final = 0.7
#: Far islands go into an inset when the map would be so many times larger with them in their place.
FAR: Final = 1.4
#: Share of the sheet's width and height that an inset takes at most, and the space around what is in it.
INSET, MARGIN = 0.34, 18

Moved = tuple[float, float, float, float, float, float]


def draw(
    shapes: Mapping[str, BaseGeometry],
    *,
    budget: int,
    groups: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    over: Mapping[str, BaseGeometry] | None = None,
) -> Sheet:
    """Regions side by side.

    Args:
        shapes: areas in degrees by code; not empty.
        budget: characters that all path data together may have, about; the finest simplification that fits.
        groups: code -> code of the group it belongs to; borders between groups are drawn as ``lines``.
        names: code of a group, or of a region where there are no groups, -> its name, for labels.
        over: what is drawn above them all, as the last outlines.
    """
    groups, names = groups or {}, names or {}
    narrow = _narrowing(shapes)
    flat = fitting.fitted(_flat(shapes, narrow))
    layout = _layout(flat)
    tolerance = FINEST / layout.scale
    while True:
        thin = fitting.thinned(flat, tolerance)
        rings = {code: layout.rings(each) for code, each in thin.items()}
        sheet = Sheet(*layout.size, outlines(rings), lines(rings, groups), inset=layout.inset)
        if _size(sheet) <= budget or tolerance * layout.scale > SIZE / 20:
            break
        tolerance *= 1.35
    lands = _lands_of(rings, groups, names)
    widest = {code: middle(parts[0]) for code, parts in lands.items()}
    pressed = touching.of_groups(lands, widest, layout.box) if groups else touching.of_small(lands, widest)
    above = {code: layout.rings(each) for code, each in _flat(over or {}, narrow).items()}
    return replace(
        sheet,
        outlines=sheet.outlines + outlines(above),
        labels=labels([Named(code, names[code], *at) for code, at in widest.items()], *layout.size),
        areas=outlines(pressed),
    )


def _narrowing(shapes: Mapping[str, BaseGeometry]) -> float:
    """A degree of longitude in degrees of latitude, in the middle of the map."""
    _, south, _, north = shapely.total_bounds(np.array(list(shapes.values())))
    return math.cos(math.radians((south + north) / 2))


def _flat(shapes: Mapping[str, BaseGeometry], narrow: float) -> dict[str, BaseGeometry]:
    """Equirectangular: of a district nobody sees the difference to better ones. y goes down."""
    return {code: affinity.scale(each, narrow, -1, origin=(0, 0)) for code, each in shapes.items()}


# -- where things go --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """How flat degrees become units: the main land by one transformation, far islands by another."""

    size: tuple[int, int]
    scale: float
    main: Moved
    inset: tuple[int, int, int, int] | None = None
    far: BaseGeometry | None = None
    moved: Moved | None = None

    @property
    def box(self) -> Polygon | None:
        """The inset as a polygon."""
        return _frame(*self.inset) if self.inset else None

    def rings(self, region: BaseGeometry) -> list[Polygon]:
        """The region's polygons in whole units, the largest first, without specks and what folded up."""
        found = []
        for part in fitting.polygons(region):
            away = self.moved is not None and self.far is not None and self.far.intersects(part)
            placed = affinity.affine_transform(part, self.moved if away and self.moved else self.main)
            if placed.area > (ISLET if away else SPECK) or len(fitting.polygons(region)) == 1:
                found.append(shapely.transform(placed, np.round))
        found.sort(key=lambda each: -each.area)
        return found


def _layout(flat: Mapping[str, BaseGeometry]) -> _Layout:
    near, far = _near_and_far(_lands(flat), list(flat.values()))
    bounds = shapely.total_bounds(np.array(near))
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    scale = SIZE / max(width, height)
    main = _moving(bounds, scale, 0, 0)
    size = (round(width * scale), round(height * scale))
    if not far:
        return _Layout(size, scale, main)
    drawn = affinity.affine_transform(shapely.union_all(near), main)
    return _with_inset(size, scale, main, drawn, far)


def _near_and_far(
    lands: list[BaseGeometry], regions: list[BaseGeometry]
) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """The main land with what lies about it, and islands too far away. Where islands lie scattered and none
    has most of the regions, all stay where they are."""
    if sum(each.intersects(lands[0]) for each in regions) < MAIN * len(regions):
        return lands, []
    near: list[BaseGeometry] = [lands[0]]
    far: list[BaseGeometry] = []
    for land in lands[1:]:
        together = box(*shapely.total_bounds(np.array([*near, land])))
        fits = together.area <= FAR * box(*shapely.total_bounds(np.array(near))).area
        (near if fits else far).append(land)
    return near, far


def _lands(flat: Mapping[str, BaseGeometry]) -> list[BaseGeometry]:
    """What lies together, the largest first."""
    whole = shapely.union_all(list(flat.values()))
    reach = REACH * math.sqrt(whole.area)
    clusters = fitting.polygons(whole.buffer(reach, quad_segs=2))
    lands = [whole.intersection(each) for each in clusters]
    return sorted((each for each in lands if each.area), key=lambda each: -each.area)


def _with_inset(
    size: tuple[int, int], scale: float, main: Moved, drawn: BaseGeometry, far: list[BaseGeometry]
) -> _Layout:
    """Far islands in a corner of the sheet that is free, else in a strip below it."""
    width, height = size
    bounds = shapely.total_bounds(np.array(far))
    across, down = bounds[2] - bounds[0], bounds[3] - bounds[1]
    room = INSET * SIZE - 2 * MARGIN
    own = min(room / across, room / down, scale)
    wide, high = math.ceil(across * own) + 2 * MARGIN, math.ceil(down * own) + 2 * MARGIN
    corners = [(0, 0), (width - wide, 0), (0, height - high), (width - wide, height - high)]
    left, top = next(
        (each for each in corners if not drawn.intersects(_frame(*each, wide, high).buffer(MARGIN))),
        (0, height + MARGIN),
    )
    return _Layout(
        (max(width, left + wide), max(height, top + high)),
        scale,
        main,
        (left, top, wide, high),
        shapely.union_all(far).buffer(1e-6),
        _moving(bounds, own, left + MARGIN, top + MARGIN),
    )


def _frame(left: float, top: float, wide: float, high: float) -> Polygon:
    return box(left, top, left + wide, top + high)


def _moving(bounds: Iterable[float], scale: float, left: float, top: float) -> Moved:
    west, north, _, _ = bounds
    return (scale, 0, 0, scale, left - west * scale, top - north * scale)


# -- groups -----------------------------------------------------------------------------------------


def _size(sheet: Sheet) -> int:
    return sum(len(each.path) for each in sheet.outlines) + len(sheet.lines)


def _lands_of(
    rings: Mapping[str, list[Polygon]], groups: Mapping[str, str], wanted: Iterable[str]
) -> dict[str, list[Polygon]]:
    """Group -> what its members cover together, the largest first."""
    found = {}
    for group in wanted:
        members = [parts for code, parts in rings.items() if groups.get(code, code) == group]
        land = shapely.union_all([each.buffer(0) for parts in members for each in parts])
        if parts := fitting.polygons(land):
            found[group] = sorted(parts, key=lambda each: -each.area)
    return found
