"""What the page of an empty answer offers: other searches that do find something, with how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.model import Card, Region, SearchPage
from web import current
from web.asking import Asked
from web.portal.narrowing import region_name

_DROPPED: Mapping[str, dict[str, object]] = {
    "days": {"since": None, "until": None},
    "all": dict.fromkeys(("village", "kecamatan", "site", "topic", "since", "until")),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Another search with what it finds. ``label`` is the filter that it does without (empty: all of
    them), the words left, or the place that it looks in."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class WayOn:
    """``around`` is the kecamatan that ``latest`` are from, None for the whole district."""

    without: tuple[Offer, ...]
    fewer: Offer | None
    nearby: tuple[Offer, ...]
    latest: tuple[Card, ...]
    around: Region | None


def way_on(asked: Asked, found: SearchPage, labels: Mapping[str, str]) -> WayOn:
    """Ways on from a search that found nothing with all of its words.

    Args:
        asked: the search as ``narrowing.settled``.
        labels: what its filters are called.
    """
    hub, paths = current.hub(), current.paths()
    if found.suggestion:
        asked = replace(asked, q=found.suggestion)
    wider = hub.reading.wider(asked.request(hub.settings.zone))

    def offer(label: str, count: int, **changes: object) -> Offer:
        return Offer(label, count, paths.search(asked.params(**changes)))

    return WayOn(
        without=tuple(
            offer(labels.get(name, ""), count, **_DROPPED.get(name, {name: None}))
            for name, count in wider.without
        ),
        fewer=offer(wider.fewer[0], wider.fewer[1], q=wider.fewer[0]) if wider.fewer else None,
        nearby=tuple(
            offer(region_name(each.value), each.count, **_there(each.value)) for each in wider.nearby
        ),
        latest=() if found.results else wider.latest,
        around=wider.around,
    )


def _there(code: str) -> dict[str, object]:
    """Looking in this village or kecamatan and nowhere else."""
    if code.count(".") == 3:
        return {"village": code, "kecamatan": None}
    return {"village": None, "kecamatan": code}
