"""Warnings of authorities above the news: how grave, until when, for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.model import SEVERITIES, Alert, Card
from web import current

#: Warnings on top of a page; where more stand a link leads to the others.
LIMIT = 5
#: Names of places in one line; past that their number is said.
NAMED = 8
KINDS = ("weather", "quake")


@dataclass(frozen=True, slots=True)
class Lane:
    """``others`` stand too and are not shown; ``topic`` is the slug under which all of them are.
    ``source`` is the authority of all, empty when they are of several."""

    shown: tuple[Card, ...]
    others: int
    topic: str
    source: str


def lane(region: str = "") -> dict[str, Any]:
    """What a page needs to show the warnings that stand now, of the whole hub or for one region."""
    found = current.hub().reading.warnings(region)
    slugs = [topic.slug for card in found[LIMIT:] for topic in card.topics]
    topic = slugs[0] if slugs else ""
    sources = {card.alert.attribution for card in found[:LIMIT] if card.alert}
    source = sources.pop() if len(sources) == 1 else ""
    return {"warnings": Lane(found[:LIMIT], len(found) - LIMIT, topic, source), "warned": Warned}


class Warned:
    """A warning in words."""

    def __init__(self, alert: Alert) -> None:
        self._alert, self._say = alert, current.say()
        self.severity = alert.severity.lower() if alert.severity in SEVERITIES else "unknown"
        self.kind = alert.kind if alert.kind in KINDS else ""
        self.attribution = alert.attribution

    @property
    def standing(self) -> str:
        """``lifted``, ``over`` or ``holds``; what has no end is not announced any more."""
        if self._alert.expires is None:
            return "lifted"
        return "holds" if self._alert.expires > current.hub().now() else "over"

    @property
    def until(self) -> str:
        return self._say.until(self._alert.expires) if self._alert.expires else ""

    @property
    def places(self) -> str:
        """For whom it is: "Kecamatan Kalukku, Papalang", or the whole district. Of villages their kecamatan
        is said: no warning is so exact."""
        gazetteer = current.hub().gazetteer
        codes = sorted({".".join(code.split(".")[:3]) for code in self._alert.regions if code in gazetteer})
        whole = {each.code for each in gazetteer.kecamatan}
        if gazetteer.district.code in codes or whole <= set(codes):
            return self._say.place(gazetteer.district)
        found = [gazetteer.get(code) for code in codes]
        names = [
            each.name if number and each.kind == found[number - 1].kind else self._say.place(each)
            for number, each in enumerate(found[:NAMED])
        ]
        more = len(found) - NAMED
        return ", ".join(names) + (f", {self._say.tn('warnings.places', more)}" if more > 0 else "")
