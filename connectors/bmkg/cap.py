"""CAP 1.2 read into values (OASIS, urn:oasis:names:tc:emergency:cap:1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, radians, sin
from typing import Any, Final

from lxml import etree

from hub.spec import ParseError

_NS: Final = "{urn:oasis:names:tc:emergency:cap:1.2}"
#: BMKG gives up to 150 polygons; anything far beyond is no warning.
MAX_POLYGONS: Final = 500
MAX_POINTS: Final = 2000
#: Corners of the polygon that stands for a circle.
CORNERS: Final = 24
KM_A_DEGREE: Final = 111.2

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Info:
    """One ``info`` block, the Indonesian one where there are several. Times aware, or None where they are
    missing or bear no offset."""

    event: str
    headline: str
    description: str
    instruction: str
    urgency: str
    severity: str
    certainty: str
    effective: datetime | None
    expires: datetime | None
    sender_name: str
    web: str
    area: str
    polygons: tuple[Ring, ...]
    image: str


@dataclass(frozen=True, slots=True)
class CapAlert:
    """``references`` are the identifiers of the alerts that this one changes or ends."""

    identifier: str
    sender: str
    sent: datetime | None
    status: str
    kind: str
    scope: str
    references: tuple[str, ...]
    info: Info | None

    @property
    def public(self) -> bool:
        """Meant for everybody and in earnest: no exercise, test or draft."""
        return self.status == "Actual" and self.scope in ("Public", "")


def read_cap(body: bytes) -> CapAlert:
    """A CAP document.

    Raises:
        ParseError: ``not_a_feed`` when it is no well-formed CAP 1.2 alert with an identifier.
    """
    try:
        root = _parsed(body.strip())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError("not_a_feed", f"no CAP document: {error}"[:300]) from None
    if root.tag != f"{_NS}alert" or not _text(root, "identifier"):
        raise ParseError("not_a_feed", "no CAP 1.2 alert")
    return CapAlert(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent=moment(_text(root, "sent")),
        status=_text(root, "status"),
        kind=_text(root, "msgType"),
        scope=_text(root, "scope"),
        references=tuple(_references(_text(root, "references"))),
        info=_info(root),
    )


def _parsed(body: bytes) -> Any:
    """The document's root; one in another charset than it claims is read as what it most likely is."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        if b"utf-8" in body[:100].lower() or not body.startswith(b"<?xml"):
            text = re.sub(r"^<\?xml[^>]*\?>", "", body.decode("cp1252", "replace"))
            return etree.fromstring(text, parser)
    return etree.fromstring(body, parser)


def moment(text: str) -> datetime | None:
    """A time of CAP; one without an offset says nothing."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _references(text: str) -> Iterator[str]:
    """``sender,identifier,sent`` separated by blanks."""
    for each in text.split():
        parts = each.split(",")
        if len(parts) == 3:
            yield parts[1]


def _info(root: Any) -> Info | None:
    blocks = root.findall(f"{_NS}info")
    ours = [each for each in blocks if _text(each, "language").lower().startswith(("id", "in"))]
    block = next(iter(ours or blocks), None)
    if block is None:
        return None
    areas = block.findall(f"{_NS}area")
    return Info(
        event=_text(block, "event"),
        headline=_text(block, "headline"),
        description=_text(block, "description"),
        instruction=_text(block, "instruction"),
        urgency=_text(block, "urgency"),
        severity=_text(block, "severity"),
        certainty=_text(block, "certainty"),
        effective=moment(_text(block, "onset")) or moment(_text(block, "effective")),
        expires=moment(_text(block, "expires")),
        sender_name=_text(block, "senderName"),
        web=_text(block, "web"),
        area="; ".join(filter(None, (_text(each, "areaDesc") for each in areas))),
        polygons=tuple(ring for each in areas for ring in _rings(each))[:MAX_POLYGONS],
        image=next(
            (
                _text(each, "uri")
                for each in block.findall(f"{_NS}resource")
                if _text(each, "mimeType").startswith("image/")
            ),
            "",
        ),
    )


def _rings(area: Any) -> Iterator[Ring]:
    for each in area.findall(f"{_NS}polygon"):
        if ring := _ring(each.text or ""):
            yield ring
    for each in area.findall(f"{_NS}circle"):
        centre, _, radius = (each.text or "").strip().partition(" ")
        point, size = _point(centre), _number(radius)
        if point and size is not None and 0 < size <= 5000:
            yield circle(*point, size)


def _ring(text: str) -> Ring:
    points = [_point(each) for each in text.split()[:MAX_POINTS]]
    known = tuple(each for each in points if each is not None)
    return known if len(known) == len(points) and len(known) >= 4 else ()


def _point(text: str) -> tuple[float, float] | None:
    lat, comma, lon = text.partition(",")
    north, east = _number(lat), _number(lon)
    if not comma or north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    return north, east


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found == found and abs(found) != float("inf") else None


def circle(lat: float, lon: float, km: float) -> Ring:
    """A polygon for a circle; good enough near the equator, where Indonesia lies."""
    north = km / KM_A_DEGREE
    east = north / max(cos(radians(lat)), 0.1)
    turns = [2 * pi * each / CORNERS for each in range(CORNERS)]
    ring = tuple((round(lat + north * sin(t), 5), round(lon + east * cos(t), 5)) for t in turns)
    return (*ring, ring[0])


def _text(element: Any, name: str) -> str:
    return " ".join((element.findtext(f"{_NS}{name}") or "").split())
