"""Villages, kecamatan and topics: the same list of news, seen from one place or subject."""

from __future__ import annotations

from flask import Response, abort

from hub.model.view import Place, PlaceCount
from web import answer, asking, current, structured
from web.asking import Asked
from web.portal import blueprint, maps
from web.portal.announcements import on_show
from web.portal.channels import channels
from web.portal.listing import listing
from web.portal.warnings import lane

#: Announcements beside a village's news, emergencies not counted.
ANNOUNCEMENTS = 5


@blueprint.get("/desa/<code>")
def village(code: str) -> Response:
    return _place(code, level=3, asked=Asked(village=code))


@blueprint.get("/kecamatan/<code>")
def kecamatan(code: str) -> Response:
    return _place(code, level=2, asked=Asked(kecamatan=code))


@blueprint.get("/topik/<slug>")
def topic(slug: str) -> Response:
    view = current.hub().reading.topic(slug)
    return answer.page("topic.html", view=view, listing=listing(Asked(topic=slug)))


@blueprint.get("/peta")
def district_map() -> Response:
    hub = current.hub()
    return answer.page("map.html", chart=maps.whole(hub.reading.places()), located=bool(hub.atlas.points()))


@blueprint.get("/peta/<code>")
def kecamatan_map(code: str) -> Response:
    """One kecamatan, its villages large enough for a finger."""
    place = _found(code, level=2)
    return answer.page("map_part.html", place=place, region=place.region, chart=_part(place))


@blueprint.get("/peta/titik.json")
def points() -> Response:
    """A place in each village, for the browser to find the nearest: [name, kecamatan, address, latitude,
    longitude] each."""
    hub, say, paths = current.hub(), current.say(), current.paths()
    found = []
    for code, (lat, lon) in hub.atlas.points().items():
        region, kecamatan = hub.gazetteer.get(code), hub.gazetteer.kecamatan_of(code)
        found.append((say.place(region), kecamatan.name, paths.region(region), lat, lon))
    return answer.as_json(found)


def _place(code: str, *, level: int, asked: Asked) -> Response:
    hub, place = current.hub(), _found(code, level)
    beside = _beside(code) if level == 3 else ()
    return answer.page(
        "place.html",
        place=place,
        region=place.region,
        chart=_part(place) if level == 2 else None,
        around=hub.atlas.around(code) if level == 3 else None,
        beside=beside,
        others=[each for each in place.neighbours if each not in beside],
        channels=channels(place.sites),
        listing=listing(asked),
        structured=structured.trail(place),
        **(on_show(code, limit=ANNOUNCEMENTS) if asked.village else {"urgent": (), "announced": ()}),
        **lane(code),
    )


def _found(code: str, level: int) -> Place:
    """A region; the code must be of this kind, as ``/desa/`` and ``/kecamatan/`` are not one."""
    if code.count(".") != level or not asking.is_region(code):
        abort(404)
    return current.hub().reading.place(code)


def _part(place: Place) -> maps.Chart:
    """A kecamatan's villages, in the colours that they have on the map of all."""
    hub = current.hub()
    return maps.chart(place.children, hub.atlas.kecamatan(place.region.code), among=hub.reading.places())


def _beside(code: str) -> tuple[PlaceCount, ...]:
    """Villages that share a border with this one, where borders are known."""
    hub = current.hub()
    regions = {each.code for each in hub.atlas.neighbours(code)}
    return tuple(each for each in hub.reading.places() if each.region.code in regions) if regions else ()
