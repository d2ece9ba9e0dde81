"""The maps of the hub: its villages, one kecamatan of them, and where a village lies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from hub.model import Point, Region, Sheet
from hub.services.borders import Borders
from hub.store import Store
from hub.text.regions import Gazetteer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: Share of the regions that must have borders, or a map with holes would tell less than a schematic one.
ENOUGH: Final = 0.9
#: Regions on one map at most: beyond, larger ones are drawn, so that each can be seen.
MOST: Final = 400
#: Characters of path data: of a whole map, of one in passing, of a kecamatan's, and of the small one that
#: shows where a village lies.
WHOLE, PASSING, PART, WHERE = 11_000, 8_000, 8_000, 3_500
#: Degrees to which land is thinned out for the small map.
COARSE: Final = 0.008
#: Degrees within which two borders are one (drawn by different hands), and how far they must run together,
#: about 500 m: villages that meet in a corner are no neighbours.
BESIDE, SHARED = 0.0015, 0.005

T = TypeVar("T")


class Atlas:
    """Draws from the kept borders; everything drawn is kept until the borders change."""

    def __init__(self, store: Store, gazetteer: Gazetteer, borders: Borders) -> None:
        self._store, self._gazetteer, self._borders = store, gazetteer, borders
        self._lock = threading.RLock()  # what is drawn may need what was drawn before
        self._shapes: Mapping[str, BaseGeometry] = {}
        self._drawn: dict[tuple[str, str], object] = {}

    def district(self, *, small: bool = False) -> Sheet | None:
        """All villages of the hub, or its kecamatan where there are too many; None without enough borders.
        ``small``: coarser, for a picture in passing."""

        def draw(shapes: Mapping[str, BaseGeometry]) -> Sheet | None:
            regions = self._level(shapes)
            if not regions:
                return None
            from hub.services.cartography import draw  # brings shapely, slow to import

            above = {
                self._gazetteer.get(each.parent).code: self._gazetteer.get(each.parent) for each in regions
            }
            return draw(
                {each.code: shapes[each.code] for each in regions if each.code in shapes},
                budget=PASSING if small else WHOLE,
                groups={each.code: each.parent for each in regions},
                names={code: each.name for code, each in above.items()},
            )

        return self._keep("district", "small" if small else "", draw)

    def kecamatan(self, code: str) -> Sheet | None:
        """The villages of one kecamatan, labelled; None without enough borders."""

        def draw(shapes: Mapping[str, BaseGeometry]) -> Sheet | None:
            villages = self._gazetteer.villages_of(code)
            if not _enough(villages, shapes):
                return None
            from hub.services.cartography import draw

            return draw(
                {each.code: shapes[each.code] for each in villages if each.code in shapes},
                budget=PART,
                names={each.code: each.name for each in villages},
            )

        return self._keep("kecamatan", code, draw)

    def around(self, code: str) -> Sheet | None:
        """The kecamatan of the hub, and a village as the last outline; None without the borders for it."""

        def draw(shapes: Mapping[str, BaseGeometry]) -> Sheet | None:
            kecamatan = self._keep("lands", "", self._kecamatan)
            if code not in shapes or not _enough(self._gazetteer.kecamatan, kecamatan):
                return None
            from hub.services.cartography import draw

            return draw(kecamatan, budget=WHERE, over={code: shapes[code]})

        return self._keep("around", code, draw)

    def neighbours(self, code: str) -> tuple[Region, ...]:
        """Villages that share a border with this one; none without borders, or on an island of its own."""

        def find(shapes: Mapping[str, BaseGeometry]) -> tuple[Region, ...]:
            if code not in shapes:
                return ()
            own = shapes[code]
            others = (each for each in self._gazetteer.villages if each.code != code and each.code in shapes)
            return tuple(each for each in others if _beside(own, shapes[each.code]))

        return self._keep("neighbours", code, find)

    def points(self) -> Mapping[str, Point]:
        """A place inside each village that has a border: latitude and longitude by code."""

        def find(shapes: Mapping[str, BaseGeometry]) -> dict[str, Point]:
            inside = {
                each.code: shapes[each.code].representative_point()
                for each in self._gazetteer.villages
                if each.code in shapes
            }
            return {code: (round(at.y, 4), round(at.x, 4)) for code, at in inside.items()}

        return self._keep("points", "", find)

    # -- parts ------------------------------------------------------------------------------------

    def _keep(self, kind: str, code: str, make: Callable[[Mapping[str, BaseGeometry]], T]) -> T:
        with self._store.read() as tx:
            shapes = self._borders.shapes(tx)
        with self._lock:
            if shapes is not self._shapes:
                self._shapes, self._drawn = shapes, {}
            if (kind, code) not in self._drawn:
                self._drawn[kind, code] = make(shapes)
            return self._drawn[kind, code]  # type: ignore[return-value] # of this kind, made by the same maker

    def _level(self, shapes: Mapping[str, BaseGeometry]) -> tuple[Region, ...]:
        """The smallest regions that a whole map can show."""
        for regions in (self._gazetteer.villages, self._gazetteer.kecamatan):
            if len(regions) <= MOST and _enough(regions, shapes):
                return regions
        return ()

    def _kecamatan(self, shapes: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
        """Of each kecamatan its villages together, which fit the villages drawn; else its own border. With as
        many corners as a small map can show, since it is drawn anew for each village."""
        import shapely

        from hub.services.shapes import fitted, thinned

        found = {}
        for each in self._gazetteer.kecamatan:
            villages = self._gazetteer.villages_of(each.code)
            if villages and all(village.code in shapes for village in villages):
                found[each.code] = shapely.union_all([shapes[village.code] for village in villages])
            elif each.code in shapes:
                found[each.code] = shapes[each.code]
        return thinned(fitted(found), COARSE) if found else {}


def _enough(regions: Iterable[Region], shapes: Mapping[str, BaseGeometry]) -> bool:
    wanted = [each.code for each in regions]
    return bool(wanted) and sum(code in shapes for code in wanted) >= ENOUGH * len(wanted)


def _beside(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether their borders run together, seen from both sides."""
    if one.distance(other) > BESIDE:
        return False
    ways = (one.buffer(BESIDE).intersection(other.boundary), other.buffer(BESIDE).intersection(one.boundary))
    return sum(float(each.length) for each in ways) >= 2 * SHARED
