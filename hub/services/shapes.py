"""Polygons of regions: read from GeoJSON, made to fit each other, and thinned out together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

#: Degrees by which an imported border may be off, about 100 m: it is for drawing and for telling who is
#: meant, not for land registers.
TOLERANCE: Final = 0.001
#: Decimals of a degree that are kept, about 1 m.
DECIMALS: Final = 5
#: A region that lost more of its area than this when it was fitted to its neighbours keeps its own border.
MOST_LOST: Final = 0.5


def polygonal(geometry: Any) -> BaseGeometry | None:
    """A GeoJSON geometry's area, valid; None where it has none or cannot be read."""
    try:
        found = shapely.make_valid(shape(geometry))
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None
    return of_polygons(polygons(found))


def polygons(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons that a geometry consists of; its lines and points are left out."""
    return [
        part
        for each in shapely.get_parts([geometry])
        for part in (polygons(each) if each.geom_type in ("MultiPolygon", "GeometryCollection") else [each])
        if part.geom_type == "Polygon" and part.area > 0
    ]


def of_polygons(parts: list[Polygon]) -> BaseGeometry | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def fitted(shapes: Mapping[str, BaseGeometry], gap: float = 0.0) -> dict[str, BaseGeometry]:
    """Regions that lie side by side, with borders that are exactly the same on both sides: no overlaps, and
    no gaps narrower than ``gap``."""
    clean = shapely.coverage_clean(np.array(list(shapes.values())), gap_width=gap)
    return {
        code: new if new.area > old.area * (1 - MOST_LOST) else old
        for (code, old), new in zip(shapes.items(), clean, strict=True)
    }


def thinned(shapes: Mapping[str, BaseGeometry], tolerance: float) -> dict[str, BaseGeometry]:
    """Fitted regions with fewer corners; what they share stays shared."""
    thin = shapely.coverage_simplify(np.array(list(shapes.values())), tolerance)
    return {code: new if new.area > 0 else old for (code, old), new in zip(shapes.items(), thin, strict=True)}


def for_keeping(shapes: Mapping[str, BaseGeometry]) -> dict[str, Any]:
    """Regions of one level as GeoJSON geometries, simplified together and rounded."""
    simple = thinned(fitted(shapes, TOLERANCE), TOLERANCE)
    return {code: json.loads(json.dumps(mapping(_rounded(each)))) for code, each in simple.items()}


def _rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Rounding may fold an edge over; then the border stays as it was."""
    rounded = shapely.transform(geometry, lambda each: np.round(each, DECIMALS))
    return rounded if rounded.is_valid and rounded.area > 0 else geometry


def joined(parts: list[BaseGeometry]) -> BaseGeometry:
    """The parts of a region that a file gives as several features."""
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
