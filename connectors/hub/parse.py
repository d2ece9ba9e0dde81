"""Posts of another hub's API as entries, with their provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.spec import Alert, Context, Enclosure, Entry, Image, Missing, ParseError, Response

#: Where a hub shows a post.
_PAGE: Final = "/berita/"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changes. ``marks`` name each in its present state (``id@updated``), in the order of their
    change; ``latest`` is the time of the last one."""

    entries: tuple[Entry, ...]
    missing: tuple[Missing, ...]
    marks: tuple[tuple[str, datetime], ...]
    skipped: int
    next: str

    @property
    def latest(self) -> datetime | None:
        return self.marks[-1][1] if self.marks else None


def read_page(response: Response, ctx: Context, known: frozenset[str]) -> Page:
    """The page, without what is in ``known`` and what began at this hub or came through it already.

    Raises:
        ParseError: ``not_a_feed`` when it is no such page.
    """
    results, following = read_list(response)
    entries: list[Entry] = []
    missing: list[Missing] = []
    marks: list[tuple[str, datetime]] = []
    skipped = 0
    for item in results:
        if not isinstance(item, Mapping) or not item.get("origin_id"):
            raise ParseError("not_a_feed", "a kimhub that does not tell what changed; it must be updated")
        updated = _time(item.get("updated"), ctx)
        mark = f"{item.get('id')}@{updated.isoformat()}" if updated else ""
        if updated:  # without, it is read again each time, and known again by the hub
            marks.append((mark, updated))
        if mark in known or _was_here(item, ctx.hub_url):
            skipped += 1
        elif item.get("state") == "visible":
            entries.append(_entry(item, updated, ctx))
        else:
            missing.append(Missing(_text(item, "origin_id"), certain=True))
    return Page(tuple(entries), tuple(missing), tuple(marks), skipped, following)


def read_list(response: Response) -> tuple[Sequence[Any], str]:
    """``results`` and ``next`` of a list of the API. Raises ParseError."""
    answer = response.json()
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list):
        raise ParseError("not_a_feed", "the answer is no list of a kimhub")
    return results, str(answer.get("next") or "")


def _was_here(item: Mapping[str, Any], own: str) -> bool:
    """Whether this hub itself passed the post on, or harvested it first."""
    places = [_text(item, "origin_id"), *_texts(item.get("via"))]
    return any(_bare(each) == _bare(own) or _bare(each).startswith(f"{_bare(own)}/") for each in places)


def _entry(item: Mapping[str, Any], updated: datetime | None, ctx: Context) -> Entry:
    url, site, village = _text(item, "url"), item.get("site"), item.get("village")
    page = _text(item, "original_url") or url
    alert, identifier = _alert(item.get("alert"), ctx)
    return Entry(
        id=_text(item, "origin_id"),
        link=page,
        title=_text(item, "title"),
        html=_text(item, "body_html"),
        author=_text(item, "author"),
        published=_time(item.get("published"), ctx),
        updated=updated if item.get("version") != 1 else None,
        topics=tuple(_text(each, "label") for each in _objects(item.get("topics"))),
        images=tuple(Image(_text(each, "url"), _text(each, "alt")) for each in _objects(item.get("images"))),
        enclosures=tuple(
            Enclosure(_text(each, "url"), _text(each, "type"), _whole(each.get("length")))
            for each in _objects(item.get("enclosures"))
        ),
        language=_text(item, "language"),
        base=page,
        aliases=(identifier,) if identifier else (),
        alert=alert,
        origin=_text(item, "origin") or _text(site, "name") or url,
        via=(*_texts(item.get("via")), url.partition(_PAGE)[0]),
        village=_text(village, "code"),
    )


def _alert(given: object, ctx: Context) -> tuple[Alert | None, str]:
    """A warning, and the authority's identifier of it."""
    if not isinstance(given, Mapping):
        return None, ""
    alert = Alert(
        kind=_text(given, "kind"),
        event=_text(given, "event"),
        severity=_text(given, "severity"),
        urgency=_text(given, "urgency"),
        certainty=_text(given, "certainty"),
        area=_text(given, "area"),
        attribution=_text(given, "attribution"),
        regions=_texts(given.get("regions")),
        onset=_time(given.get("onset"), ctx),
        expires=_time(given.get("expires"), ctx),
        polygons=tuple(_ring(each) for each in given.get("polygons") or () if isinstance(each, list)),
    )
    return alert, _text(given, "identifier")


def _ring(points: Sequence[Any]) -> tuple[tuple[float, float], ...]:
    pairs = (each for each in points if isinstance(each, list) and len(each) == 2)
    return tuple((float(lat), float(lon)) for lat, lon in pairs if _is_number(lat) and _is_number(lon))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bare(url: str) -> str:
    """An address without its scheme and the slash at its end."""
    return url.partition("://")[2].rstrip("/").lower() or url


def _text(item: object, name: str) -> str:
    value = item.get(name) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else ""


def _texts(given: object) -> tuple[str, ...]:
    return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else ()


def _objects(given: object) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _time(given: object, ctx: Context) -> datetime | None:
    """Times of the API are RFC 3339; of one without an offset nothing is believed."""
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return ctx.parse_date(given)
    return moment if moment.tzinfo else None
