"""Who publishes, and how each of them fares: no village's silence goes unexplained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flask import Response

from hub.model import Region
from hub.model.view import SiteHealth
from web import answer, asking, current
from web.asking import Asked
from web.portal import blueprint, maps
from web.portal.listing import listing

#: The order in which states are counted and shown.
STATES = ("ok", "trouble", "silent", "new", "paused")


@blueprint.get("/sumber")
def sources() -> Response:
    reading = current.hub().reading
    sites = reading.sites()
    counts = Counter(each.state for each in sites)
    return answer.page(
        "sources.html",
        groups=_by_kecamatan(sites),
        total=len(sites),
        counts=[(state, counts[state]) for state in STATES if counts[state]],
        numbers=reading.numbers(),
        chart=maps.whole(reading.places()),
    )


@blueprint.get(f"/sumber/<int(max={asking.MAX_ID}):key>")
def site(key: int) -> Response:
    health = current.hub().reading.site(key)
    return answer.page("site.html", health=health, listing=listing(Asked(site=key)))


def _by_kecamatan(sites: Iterable[SiteHealth]) -> list[tuple[Region, list[SiteHealth]]]:
    grouped: dict[Region, list[SiteHealth]] = {}
    for each in sorted(sites, key=lambda one: (one.kecamatan.code, one.village.code, one.site.name)):
        grouped.setdefault(each.kecamatan, []).append(each)
    return list(grouped.items())
