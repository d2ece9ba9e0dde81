"""Earthquakes: BMKG's JSON documents, in which every value is text and a list of one is no list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.bmkg.cap import circle, moment
from connectors.bmkg.weather import ATTRIBUTION
from hub.spec import Alert, Entry, Image, ParseError, html_of

TOPIC: Final = "Gempa bumi"
#: Where BMKG shows the latest quakes; single ones have no address.
PAGE: Final = "https://www.bmkg.go.id/gempabumi/gempabumi-terkini"
#: A quake stands above the news for so long: aftershocks and questions come within hours.
STANDS: Final = timedelta(hours=12)
#: Magnitude -> kilometres within which it is felt, roughly (attenuation of shallow crustal quakes).
_FELT: Final = ((7.0, 400.0), (6.0, 220.0), (5.0, 120.0), (4.0, 60.0), (0.0, 25.0))
_ROMAN: Final = {
    "I": 1,
    "II": 2,
    "III": 3,
    "IV": 4,
    "V": 5,
    "VI": 6,
    "VII": 7,
    "VIII": 8,
    "IX": 9,
    "X": 10,
    "XI": 11,
    "XII": 12,
}
_INTENSITY: Final = re.compile(r"\b(?:VIII|VII|VI|IV|IX|XII|XI|X|V|III|II|I)\b")


def read_quakes(document: object) -> list[dict[str, str]]:
    """The quakes of a document as given, newest first.

    Raises:
        ParseError: ``not_a_feed`` when it is no document of this kind.
    """
    whole = document.get("Infogempa") if isinstance(document, Mapping) else None
    found = whole.get("gempa") if isinstance(whole, Mapping) else None
    if isinstance(found, Mapping):
        found = [found]
    if not isinstance(found, list):
        raise ParseError("not_a_feed", "no Infogempa.gempa in the document")
    return [{str(k): str(v) for k, v in each.items()} for each in found if isinstance(each, Mapping)]


def entries_of(quakes: list[dict[str, str]], url: str, least: float) -> Iterator[Entry]:
    """Quakes of at least this magnitude, and all that were felt."""
    for quake in quakes:
        when = moment(quake.get("DateTime", ""))
        magnitude = _number(quake.get("Magnitude", ""))
        if magnitude is not None and (magnitude >= least or _felt(quake)):
            yield _entry(quake, when, magnitude, url)


def _entry(quake: Mapping[str, str], when: datetime | None, magnitude: float, url: str) -> Entry:
    felt = _felt(quake)
    where = quake.get("Wilayah", "")
    shown = f"{magnitude:.1f}".replace(".", ",")
    lines = [
        f"Gempa bumi magnitudo {shown} terjadi pada {quake.get('Tanggal', '')} pukul {quake.get('Jam', '')}.",
        f"Lokasi: {where} ({quake.get('Lintang', '')}, {quake.get('Bujur', '')}).",
        f"Kedalaman: {quake.get('Kedalaman', '')}.",
        f"Dirasakan (skala MMI): {felt}." if felt else "",
        quake.get("Potensi", ""),
        f"Sumber: {ATTRIBUTION}, {PAGE}",
    ]
    title = f"Gempa M{shown}: {where}"
    map_name = quake.get("Shakemap", "")
    picture = f"https://static.bmkg.go.id/{map_name}" if re.fullmatch(r"[\w.-]+\.jpg", map_name) else ""
    return Entry(
        id=f"gempa:{_name(quake, when)}",
        title=title,
        summary=html_of("\n\n".join(filter(None, lines))),
        author="BMKG",
        published=when,
        topics=(TOPIC,),
        images=(Image(picture, f"Peta guncangan, {title}"),) if picture else (),
        language="id",
        base=url,
        alert=Alert(
            kind="quake",
            event=title,
            severity=_severity(quake),
            urgency="Past",
            certainty="Observed",
            onset=when,
            expires=when + STANDS if when else None,
            area=f"Dirasakan: {felt}" if felt else where,
            polygons=_reach(quake.get("Coordinates", ""), magnitude),
            attribution=ATTRIBUTION,
        ),
    )


def _name(quake: Mapping[str, str], when: datetime | None) -> str:
    """The same quake is the same in all three documents: they agree on its second."""
    if when is not None:
        return f"{when.timestamp():.0f}"
    return " ".join(quake.get(each, "") for each in ("Tanggal", "Jam", "Coordinates", "Wilayah"))[:200]


def _felt(quake: Mapping[str, str]) -> str:
    text = quake.get("Dirasakan", "").strip().rstrip(".")
    return "" if text in ("-", "") else text


def _severity(quake: Mapping[str, str]) -> str:
    """By the strongest intensity named (MMI), and by what is said of a tsunami."""
    potential = quake.get("Potensi", "").lower()
    if "tsunami" in potential and "tidak" not in potential:
        return "Extreme"
    strongest = max((_ROMAN[each] for each in _INTENSITY.findall(_felt(quake))), default=0)
    if strongest >= 8:
        return "Extreme"
    return "Severe" if strongest >= 6 else "Moderate" if strongest >= 4 else "Minor"


def _reach(coordinates: str, magnitude: float) -> tuple[Any, ...]:
    lat, comma, lon = coordinates.partition(",")
    north, east = _number(lat), _number(lon)
    if not comma or north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        return ()
    return (circle(north, east, next(km for least, km in _FELT if magnitude >= least)),)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if -1e6 < found < 1e6 else None
