"""The search page: every search is an address, every filter a link, and nothing a resident types is an
error."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

from flask import Response, request

from hub.errors import BadQuery, NotFound
from hub.model import Facet, SearchPage
from web import answer, asking, current
from web.asking import Asked
from web.portal import blueprint
from web.portal.listing import paged

#: Values of a facet that are shown at once; the rest opens on demand.
SHOWN = 7
#: Notices of a search that found nothing because it was not done: the newest posts stand in for it.
INSTEAD = ("too_long", "index_down")
_FACETS = ("kecamatan", "village", "topic", "site", "month")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet as a link. ``chosen`` values are those of the present search."""

    label: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address of the same search without it."""

    label: str
    url: str


@blueprint.get("/cari")
def search() -> Response:
    asked = replace(asking.read(request.args), cursor=None)
    found, notice = _find(asked)
    paths = current.paths()
    return answer.page(
        "search.html",
        cache=answer.NEVER if notice == "index_down" else answer.PUBLIC,
        asked=asked,
        notice=notice,
        listing=paged(
            found,
            asked.params(sort=None),
            lambda page: paths.search(asked.params(page=page if page > 1 else None)),
        ),
        chips=_chips(asked, found),
        places=_places(asked),
        facets=[
            (name, _choices(name, asked, found.facets[name])) for name in _FACETS if found.facets.get(name)
        ],
        shown=SHOWN,
    )


@blueprint.get("/bantuan/pencarian")
def search_help() -> Response:
    """How to search, with the names of a place that is really here."""
    return answer.page("search_help.html", example=next(iter(current.hub().reading.sites()), None))


def _find(asked: Asked) -> tuple[SearchPage, str]:
    """What was found and a word for the page: a query past the limits, or an index that does not answer,
    still shows the newest posts of the same filters."""
    reading, zone = current.hub().reading, current.hub().settings.zone
    try:
        found = reading.search(asked.request(zone))
    except BadQuery:
        notice = "too_long"
    else:
        if found.notice not in INSTEAD:
            return found, found.notice
        notice = found.notice
    return reading.search(replace(asked, q="").request(zone, facets=False)), notice


def _places(asked: Asked) -> list[str]:
    """Where the search looks, as named in the answer's sentence."""
    return [_region_name(code) for code in (asked.village, asked.kecamatan) if code][:1]


def _chips(asked: Asked, found: SearchPage) -> list[Chip]:
    paths = current.paths()
    chips = []
    for name in ("kecamatan", "village"):
        if code := getattr(asked, name):
            chips.append(Chip(_region_name(code), paths.search(asked.params(**{name: None}))))
    if asked.topic:
        chips.append(Chip(_label(found, "topic", asked.topic), paths.search(asked.params(topic=None))))
    if asked.site:
        chips.append(Chip(_site_name(asked.site), paths.search(asked.params(site=None))))
    if asked.since or asked.until:
        chips.append(Chip(_period(asked), paths.search(asked.params(since=None, until=None))))
    return chips


def _period(asked: Asked) -> str:
    words = current.say()
    since, until = asked.since, asked.until
    if since and until and (since, until) == _month_days(f"{since:%Y-%m}"):
        return words.month(f"{since:%Y-%m}")
    if since and until:
        return words.t("search.period.between", since=words.day(since), until=words.day(until))
    if since:
        return words.t("search.period.since", since=words.day(since))
    return words.t("search.period.until", until=words.day(until)) if until else ""


def _region_name(code: str) -> str:
    try:
        return current.say().place(current.hub().gazetteer.get(code))
    except NotFound:
        return code


def _site_name(key: int) -> str:
    try:
        return current.hub().reading.site(key).site.name
    except NotFound:
        return f"KIM {key}"


def _label(found: SearchPage, facet: str, value: str) -> str:
    labels = {each.value: each.label for each in found.facets.get(facet, ())}
    return labels.get(value, value.replace("-", " "))


def _choices(name: str, asked: Asked, facet: tuple[Facet, ...]) -> list[Choice]:
    say, paths = current.say(), current.paths()
    choices = []
    for value in facet:
        label = value.label
        if name == "month":
            label = say.month(value.value)
        elif name == "village":
            label = _region_name(value.value)
        change, chosen = _change(name, asked, value.value)
        choices.append(Choice(label, value.count, paths.search(asked.params(**change)), chosen))
    return choices


def _change(name: str, asked: Asked, value: str) -> tuple[dict[str, object], bool]:
    """What a click on a facet's value changes in the query string, and whether it is in force already."""
    if name == "month":
        since, until = _month_days(value)
        chosen = (asked.since, asked.until) == (since, until)
        return ({"since": None, "until": None} if chosen else {"since": since, "until": until}), chosen
    chosen = str(getattr(asked, name) or "") == value
    return {name: None if chosen else value}, chosen


def _month_days(month: str) -> tuple[date, date]:
    first = date.fromisoformat(f"{month}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])
