"""Villages, kecamatan and topics: the same list of news, seen from one place or subject."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, abort

from hub.model import Region
from hub.model.view import Place, PlaceCount
from web import answer, asking, current, structured
from web.asking import Asked
from web.portal import blueprint
from web.portal.announcements import on_show
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


def _place(code: str, *, level: int, asked: Asked) -> Response:
    """A region's page; the code must be of this kind, as ``/desa/`` and ``/kecamatan/`` are not one."""
    if code.count(".") != level or not asking.is_region(code):
        abort(404)
    place: Place = current.hub().reading.place(code)
    return answer.page(
        "place.html",
        place=place,
        region=place.region,
        listing=listing(asked),
        structured=structured.trail(place),
        **(on_show(code, limit=ANNOUNCEMENTS) if asked.village else {"urgent": (), "announced": ()}),
        **lane(code),
    )


def by_kecamatan(places: Iterable[PlaceCount]) -> list[tuple[Region, list[PlaceCount]]]:
    """Villages under their kecamatan, both in the order of their codes."""
    gazetteer = current.hub().gazetteer
    grouped: dict[str, list[PlaceCount]] = {}
    for place in sorted(places, key=lambda each: each.region.code):
        grouped.setdefault(place.region.parent, []).append(place)
    return [(gazetteer.get(code), villages) for code, villages in grouped.items()]
