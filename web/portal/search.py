"""The search page: every search is an address, every filter a link, and nothing a resident types is an
error."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from hub.model import SearchPage
from web import answer, asking, current
from web.asking import Asked
from web.portal import blueprint
from web.portal.examples import examples
from web.portal.listing import Listing, paged
from web.portal.narrowing import MONTHS_SHOWN, SHOWN, Narrowing, all_months, settled
from web.portal.way_on import way_on

#: Notices under which no words were looked for: the newest posts stand in for an answer.
INSTEAD = ("index_down", "no_words")


@blueprint.get("/cari")
def search() -> Response:
    asked = replace(asking.read(request.args), cursor=None)
    found = _find(asked)
    meant = replace(asked, q=found.suggestion) if found.corrected and found.suggestion else asked
    narrowed = settled(asked, found)
    narrowing = Narrowing(narrowed, found)
    nothing = not found.total and found.notice not in INSTEAD
    return answer.page(
        "search.html",
        cache=answer.NEVER if found.notice == "index_down" else answer.PUBLIC,
        asked=asked,
        meant=meant,
        narrowed=narrowed,
        notice=found.notice,
        listing=_paged(meant, found),
        chips=narrowing.chips(),
        places=narrowing.places(),
        facets=narrowing.facets(),
        months=narrowing.months(all_months(narrowed, found)) if found.total else [],
        periods=narrowing.periods(),
        way_on=way_on(narrowed, found, narrowing.labels()) if nothing else None,
        shown=SHOWN,
        months_shown=MONTHS_SHOWN,
    )


@blueprint.get("/bantuan/pencarian")
def search_help() -> Response:
    """How to search, with examples that find something here."""
    return answer.page("search_help.html", examples=examples())


def _find(asked: Asked) -> SearchPage:
    """What was found; while the index does not answer, the newest posts of the same filters."""
    reading, zone = current.hub().reading, current.hub().settings.zone
    found = reading.search(replace(asked.request(zone), cut=True))
    if found.notice != "index_down":
        return found
    newest = reading.search(replace(asked, q="").request(zone, facets=False))
    return replace(newest, notice="index_down", query=asked.q, plain=asked.q)


def _paged(asked: Asked, found: SearchPage) -> Listing:
    paths = current.paths()
    return paged(
        found,
        asked.params(sort=None),
        lambda page: paths.search(asked.params(page=page if page > 1 else None)),
    )
