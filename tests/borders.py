"""Made-up borders: the villages of a hub as squares of one grid, in the order of their codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from hub.text.regions import Gazetteer

#: Squares in a row, their side in degrees, and the grid's north-west corner.
ROW, SIDE = 11, 0.05
WEST, NORTH = 118.9, -2.2

Ring = list[tuple[float, float]]


def villages() -> list[str]:
    return [each.code for each in Gazetteer("76.02").villages]


def corner(code: str) -> tuple[float, float]:
    """Longitude and latitude of the north-west corner of a village's square."""
    row, column = divmod(villages().index(code), ROW)
    return WEST + column * SIDE, NORTH - row * SIDE


def square(west: float, north: float, side: float = SIDE) -> Ring:
    east, south = west + side, north - side
    return [(west, north), (east, north), (east, south), (west, south), (west, north)]


def feature(code: object, *rings: Ring, **properties: Any) -> dict[str, Any]:
    """A feature whose property ``kode`` is ``code``, one polygon for each ring."""
    return {
        "type": "Feature",
        "properties": {"kode": code, **properties},
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]},
    }


def collection(*features: Mapping[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def grid(wanted: Callable[[str], bool] = lambda code: True, **moved: Ring) -> str:
    """GeoJSON of the grid; ``moved`` puts villages elsewhere, their codes written with underscores."""
    elsewhere = {code.replace("_", ".").removeprefix("v"): ring for code, ring in moved.items()}
    return collection(
        *(feature(code, elsewhere.get(code) or square(*corner(code))) for code in villages() if wanted(code))
    )
