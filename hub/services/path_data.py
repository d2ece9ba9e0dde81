"""Polygons in whole units as the path data of an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import shapely
from shapely.geometry import LineString, MultiLineString, Polygon

from hub.model import Outline


def outlines(rings: Mapping[str, Sequence[Polygon]]) -> tuple[Outline, ...]:
    """Of each region its polygons, the largest first; regions without any are left out."""
    found = []
    for code, parts in rings.items():
        if parts:
            x, y, radius = middle(parts[0])
            path = "".join(_ring(ring.coords) for part in parts for ring in (part.exterior, *part.interiors))
            found.append(Outline(code, path, x, y, int(radius)))
    return tuple(found)


def middle(part: Polygon) -> tuple[int, int, float]:
    """The centre of the largest circle inside, and its radius."""
    if not part.is_valid:
        inside = (
            part.representative_point() if part.buffer(0).is_empty else part.buffer(0).representative_point()
        )
        return round(inside.x), round(inside.y), 0.0
    line = shapely.maximum_inscribed_circle(part, tolerance=2)
    x, y = line.coords[0]
    return round(x), round(y), line.length


def lines(rings: Mapping[str, Sequence[Polygon]], groups: Mapping[str, str]) -> str:
    """Edges that have another group on their other side, joined to lines."""
    sides: dict[frozenset[tuple[float, ...]], set[str]] = {}
    for code, parts in rings.items():
        for ring in (each for part in parts for each in (part.exterior, *part.interiors)):
            points = list(ring.coords)
            for edge in pairwise(points):
                sides.setdefault(frozenset(edge), set()).add(groups.get(code, code))
    between = [LineString(sorted(edge)) for edge, beside in sides.items() if len(beside) > 1]
    if not groups or not between:
        return ""
    merged = shapely.line_merge(MultiLineString(between))
    return "".join(_ring(each.coords, close="") for each in shapely.get_parts([merged]))


def _ring(points: Iterable[tuple[float, ...]], close: str = "z") -> str:
    """Relative steps between whole numbers are the shortest way to write a line."""
    whole = [(int(point[0]), int(point[1])) for point in points]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole) if a != b]
    if close and steps:
        steps.pop()
    numbers = "".join(f" {n}" if n >= 0 else str(n) for step in steps for n in step).lstrip()
    return f"M{whole[0][0]} {whole[0][1]}l{numbers}{close}" if numbers else ""
