"""The map of the district: villages coloured by what they wrote lately, in their real shape or as a chart.

Real borders are drawn where the operator imported them (``kimhub region borders``); without them the same
map is a chart of squares, one a village, that works for any district.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.model import Label, Outline, PlaceCount, Region, Sheet
from web import current
from web.present import Wording

#: Villages on one chart at most; a province shows its kecamatan.
MOST: Final = 400
#: Sides of a square, the space between two, and how many stand in a row: six fit a phone of 360 px.
SIDE, SPACE, COLUMNS = 44, 4, 6
#: Steps of the colours for regions that wrote something.
STEPS: Final = 4
#: All shades in the order of the legend: no KIM, one that wrote nothing, and the steps.
SHADES: Final = ("none", "0", "1", "2", "3", "4")
#: Dots in the code of a kecamatan.
KECAMATAN: Final = 2
#: Regions named as the busiest.
BUSIEST: Final = 5


@dataclass(frozen=True, slots=True)
class Shades:
    """Which numbers share a colour. ``lows`` are the smallest numbers of each step, ascending; quarters of
    the regions that wrote, so that a busy district is not all of one colour."""

    lows: tuple[int, ...]
    most: int

    def of(self, place: PlaceCount) -> str:
        """``none`` without a KIM, ``0`` with one that wrote nothing, else ``1`` to ``4``."""
        if not place.sites:
            return "none"
        above = sum(place.recent >= low for low in self.lows)
        return str(STEPS - len(self.lows) + above) if above else "0"

    def said(self, shade: str, say: Wording) -> str:
        """The legend's words for a shade."""
        if shade in ("none", "0"):
            return say.t("map.legend.none") if shade == "none" else say.t("map.legend.quiet")
        index = int(shade) - 1 - STEPS + len(self.lows)
        low = self.lows[index]
        if index == len(self.lows) - 1:
            return say.tn("map.legend.more", low) if self.most > low else say.tn("map.legend.posts", low)
        high = self.lows[index + 1] - 1
        if high == low:
            return say.tn("map.legend.posts", low)
        return say.t("map.legend.range", low=say.number(low), high=say.number(high))


def shades(places: Iterable[PlaceCount]) -> Shades:
    counts = sorted(each.recent for each in places if each.sites and each.recent)
    lows = {counts[len(counts) * step // STEPS] for step in range(STEPS)} if counts else set()
    return Shades(tuple(sorted(lows)), counts[-1] if counts else 0)


@dataclass(frozen=True, slots=True)
class Spot:
    """A region on the map: how it is coloured and what it is called. A square has its place in ``x`` and
    ``y``, a real region its ``outline``; a small one has in ``reach`` what may be pressed beside it."""

    place: PlaceCount
    shade: str
    said: str
    x: int = 0
    y: int = 0
    outline: Outline | None = None
    reach: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The regions below one region, with their number on the map; ``width`` and ``height`` are those of
    their squares."""

    region: Region
    number: int
    spots: tuple[Spot, ...]

    @property
    def width(self) -> int:
        return _span(min(len(self.spots), COLUMNS))

    @property
    def height(self) -> int:
        return _span(-(-len(self.spots) // COLUMNS))

    @property
    def recent(self) -> int:
        return sum(each.place.recent for each in self.spots)

    @property
    def sites(self) -> int:
        return sum(each.place.sites for each in self.spots)


@dataclass(frozen=True, slots=True)
class Area:
    """What a finger presses on a phone for all regions of a group, and what it is called."""

    region: Region
    said: str
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A map with its legend. ``sheet`` is None where it is a chart of squares; ``names`` goes with its
    labels, and ``unseen`` are regions that have no border and stand in the list alone. ``areas`` are the
    kecamatan of a district's map, whose villages are too small for a finger: each leads to a map of its own.
    """

    groups: tuple[Group, ...]
    legend: tuple[tuple[str, str], ...]
    sheet: Sheet | None = None
    names: tuple[tuple[Label, str], ...] = ()
    unseen: tuple[Spot, ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def drawn(self) -> list[Spot]:
        """Those with an outline, in the order of the list; small ones that are pressed beside themselves come
        last and lie above the others."""
        return sorted((each for each in self.spots if each.outline), key=lambda each: bool(each.reach))

    @property
    def busiest(self) -> list[Spot]:
        """Those that wrote most, the busiest first."""
        wrote = [each for each in self.spots if each.place.recent]
        return sorted(wrote, key=lambda each: -each.place.recent)[:BUSIEST]

    @property
    def spots(self) -> list[Spot]:
        return [each for group in self.groups for each in group.spots]

    @property
    def merged(self) -> list[tuple[str, str]]:
        """Shade -> all its path data: the map as one picture."""
        paths: dict[str, str] = {}
        for each in self.spots:
            if each.outline:
                paths[each.shade] = paths.get(each.shade, "") + each.outline.path
        return sorted(paths.items())


def whole(places: Sequence[PlaceCount], *, small: bool = False) -> Chart:
    """The hub's map; ``small`` draws real borders as coarsely as a picture in passing needs."""
    sheet = current.hub().atlas.district(small=small)
    seen = {each.code for each in sheet.outlines} if sheet else set()
    by_kecamatan = len(places) > MOST if sheet is None else all(code.count(".") == KECAMATAN for code in seen)
    return chart(_of_kecamatan(places) if by_kecamatan else places, sheet)


def chart(places: Sequence[PlaceCount], sheet: Sheet | None, among: Iterable[PlaceCount] = ()) -> Chart:
    """A map of these regions, grouped by the region above each.

    Args:
        among: those that the colours compare them with; themselves where nothing is given.
    """
    gazetteer, say = current.hub().gazetteer, current.say()
    found = shades(among or places)
    outlines = {each.code: each for each in sheet.outlines} if sheet else {}
    reaches = {each.code: each.path for each in sheet.areas} if sheet else {}
    grouped: dict[str, list[PlaceCount]] = {}
    for place in sorted(places, key=lambda each: each.region.code):
        grouped.setdefault(place.region.parent, []).append(place)
    groups = tuple(
        Group(gazetteer.get(code), number, _spots(members, found, outlines, reaches, say))
        for number, (code, members) in enumerate(grouped.items(), 1)
    )
    used = {each.shade for group in groups for each in group.spots}
    legend = tuple((shade, found.said(shade, say)) for shade in SHADES if shade in used)
    names = tuple((each, gazetteer.get(each.code).name) for each in sheet.labels) if sheet else ()
    unseen = tuple(each for group in groups for each in group.spots if sheet and not each.outline)
    return Chart(groups, legend, sheet, names, unseen, _areas(groups, sheet, say))


def _areas(groups: Iterable[Group], sheet: Sheet | None, say: Wording) -> tuple[Area, ...]:
    added = {
        each.region.code: PlaceCount(each.region, 0, each.sites, recent=each.recent)
        for each in groups
        if each.region.code.count(".") == KECAMATAN
    }
    return tuple(
        Area(added[each.code].region, _said(added[each.code], say), each.path)
        for each in (sheet.areas if sheet else ())
        if each.code in added
    )


def _spots(
    places: Iterable[PlaceCount],
    found: Shades,
    outlines: Mapping[str, Outline],
    reaches: Mapping[str, str],
    say: Wording,
) -> tuple[Spot, ...]:
    return tuple(
        Spot(
            place=place,
            shade=found.of(place),
            said=_said(place, say),
            x=n % COLUMNS * (SIDE + SPACE),
            y=n // COLUMNS * (SIDE + SPACE),
            outline=outlines.get(place.region.code),
            reach=reaches.get(place.region.code, ""),
        )
        for n, place in enumerate(places)
    )


def _said(place: PlaceCount, say: Wording) -> str:
    """The region's name on the map, as in "Desa Taan, 12 berita 30 hari terakhir"."""
    name = say.place(place.region)
    if not place.sites:
        return say.t("map.none", place=name)
    return say.tn("map.posts", place.recent, place=name) if place.recent else say.t("map.quiet", place=name)


def _of_kecamatan(places: Iterable[PlaceCount]) -> list[PlaceCount]:
    """Villages added up to their kecamatan."""
    gazetteer = current.hub().gazetteer
    added: dict[str, tuple[int, int, int]] = {}
    for each in places:
        posts, sites, recent = added.get(each.region.parent, (0, 0, 0))
        added[each.region.parent] = (posts + each.posts, sites + each.sites, recent + each.recent)
    return [
        PlaceCount(gazetteer.get(code), posts, sites, recent=recent)
        for code, (posts, sites, recent) in added.items()
    ]


def _span(number: int) -> int:
    return number * (SIDE + SPACE) - SPACE
