"""Emergencies as CAP 1.2 (OASIS, ``urn:oasis:names:tc:emergency:cap:1.2``): one alert a document.

A first publication is an ``Alert``, a correction an ``Update``, a withdrawal a ``Cancel``; the latter two
name all earlier messages in ``references``. Rehearsals never get here: they are not public.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from hub.model import Announcement, AnnouncementVersion, Region
from web.notices.blocks import plain
from web.notices.reach import Part
from web.present import xml_text

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
TYPE = "application/cap+xml"
#: Name of the code in ``geocode``: the Kemendagri code of a region.
GEOCODE = "KEMENDAGRI"
_HEADLINE = 160
#: What an emergency is about, by a word in its subject: CAP category and the event's name.
_EVENTS = (
    (r"gempa", "Geo", "Gempa bumi"),
    (r"tsunami", "Geo", "Tsunami"),
    (r"longsor", "Geo", "Tanah longsor"),
    (r"gunung api|erupsi", "Geo", "Erupsi gunung api"),
    (r"banjir", "Met", "Banjir"),
    (r"cuaca|hujan|angin|puting beliung|gelombang|kekeringan", "Met", "Cuaca ekstrem"),
    (r"kebakaran", "Fire", "Kebakaran"),
    (r"wabah|klb|demam berdarah|dbd|rabies|difteri|campak|keracunan|kolera", "Health", "Darurat kesehatan"),
    (r"jembatan|jalan|lalu lintas", "Transport", "Gangguan jalan"),
    (r"listrik|air bersih|pdam", "Infra", "Gangguan layanan"),
)


@dataclass(frozen=True, slots=True)
class House:
    """Who sends: ``sender`` as CAP wants it (no spaces, no commas), the office's name, zone, language, and
    the district. ``event`` names an emergency whose subject gives no better word."""

    sender: str
    office: str
    zone: tzinfo
    language: str
    district: str
    district_code: str
    event: str


def sender(contact: str, base_url: str) -> str:
    """The office's mail address, or else the portal's host."""
    name = contact if re.fullmatch(r"[^\s,<&]+@[^\s,<&]+", contact) else urlsplit(base_url).netloc
    return name or "kimhub"


def alert(
    announcement: Announcement,
    earlier: Sequence[AnnouncementVersion],
    parts: Sequence[Part],
    house: House,
    url: str,
    files: Sequence[tuple[str, str, int, str]],
) -> Any:
    """The present message about ``announcement`` as an element.

    Args:
        earlier: its readings before the present one, oldest first.
        parts: whom it is for; empty is the whole district.
        url: its page.
        files: description, type, size and address of each attachment.
    """
    withdrawn = announcement.state == "withdrawn"
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    kind = "Cancel" if withdrawn else "Update" if announcement.version > 1 else "Alert"
    _add(root, "identifier", identifier(announcement))
    _add(root, "sender", house.sender)
    _add(root, "sent", moment(sent(announcement), house.zone))
    _add(root, "status", "Exercise" if announcement.rehearsal else "Actual")
    _add(root, "msgType", kind)
    _add(root, "scope", "Public")
    if withdrawn and announcement.withdrawn_why:
        _add(root, "note", announcement.withdrawn_why)
    if kind != "Alert":
        _add(root, "references", _references(announcement, earlier, house))
    _info(root, announcement, parts, house, url, files)
    return root


def document(element: Any) -> bytes:
    """An alert as a file."""
    return bytes(etree.tostring(element, xml_declaration=True, encoding="UTF-8"))


def identifier(announcement: Announcement) -> str:
    """Of the present message: one for each version, and one for the withdrawal."""
    suffix = "cancel" if announcement.state == "withdrawn" else str(announcement.version)
    return f"{announcement.mark}.{suffix}"


def sent(announcement: Announcement) -> datetime:
    """When the present message was sent."""
    times = [announcement.published_at, announcement.corrected_at]
    if announcement.state == "withdrawn":
        times.append(announcement.withdrawn_at)
    known = [each for each in times if each]
    assert known, "what is public was published"
    return max(known)


def moment(when: datetime, zone: tzinfo) -> str:
    """As CAP writes times: whole seconds and a numeric offset, never ``Z``."""
    return when.astimezone(zone).replace(microsecond=0).isoformat()


def _references(announcement: Announcement, earlier: Sequence[AnnouncementVersion], house: House) -> str:
    first = announcement.published_at
    assert first, "what is public was published"
    times = {1: first} | {each.version: each.published_at for each in earlier}
    if announcement.state == "withdrawn":
        times[announcement.version] = announcement.corrected_at or first
    else:
        times.pop(announcement.version, None)
    return " ".join(
        f"{house.sender},{announcement.mark}.{version},{moment(when, house.zone)}"
        for version, when in sorted(times.items())
    )


def _info(
    root: Any,
    announcement: Announcement,
    parts: Sequence[Part],
    house: House,
    url: str,
    files: Sequence[tuple[str, str, int, str]],
) -> None:
    """The one info block. The hub knows that it is urgent and official; that it is severe and likely is
    what "darurat" means in a letter's head, so the scales are the same for all."""
    info = _sub(root, "info")
    category, event = _event(announcement.subject, house.event)
    begun = not announcement.valid_from or announcement.valid_from <= sent(announcement)
    _add(info, "language", house.language)
    _add(info, "category", category)
    _add(info, "event", event)
    if announcement.state == "withdrawn":
        _add(info, "responseType", "AllClear")
    _add(
        info, "urgency", "Past" if announcement.state == "withdrawn" else "Immediate" if begun else "Expected"
    )
    _add(info, "severity", "Severe")
    _add(info, "certainty", "Likely")
    _add(info, "effective", moment(sent(announcement), house.zone))
    if announcement.valid_from:
        _add(info, "onset", moment(announcement.valid_from, house.zone))
    if announcement.valid_until:
        _add(info, "expires", moment(announcement.valid_until, house.zone))
    _add(info, "senderName", announcement.agency or house.office)
    _add(info, "headline", _cut(announcement.subject))
    _add(info, "description", plain(announcement.body) or announcement.subject)
    _add(info, "web", url)
    if announcement.contact:
        _add(info, "contact", announcement.contact)
    _parameter(info, "NOMOR", announcement.number)
    for description, kind, size, address in files:
        resource = _sub(info, "resource")
        _add(resource, "resourceDesc", description)
        _add(resource, "mimeType", kind)
        _add(resource, "size", str(size))
        _add(resource, "uri", address)
    for name, codes in _areas(parts, house):
        area = _sub(info, "area")
        _add(area, "areaDesc", name)
        for code in codes:
            _parameter(area, GEOCODE, code, "geocode")


def _event(subject: str, otherwise: str) -> tuple[str, str]:
    """Category and name by the word that comes first in the subject."""
    found = [
        (match.start(), category, event)
        for pattern, category, event in _EVENTS
        if (match := re.search(rf"\b(?:{pattern})", subject, re.IGNORECASE))
    ]
    return min(found)[1:] if found else ("Safety", otherwise)


def _areas(parts: Sequence[Part], house: House) -> Sequence[tuple[str, list[str]]]:
    """Name and codes of each area. A whole kecamatan has its own code beside those of its villages, since
    receivers may know only one kind."""
    if not parts:
        return [(house.district, [house.district_code])]
    areas = []
    for part in parts:
        name = f"{_kind(part.kecamatan)} {part.kecamatan.name}, {house.district}"
        if not part.whole:
            name = f"{', '.join(f'{_kind(each)} {each.name}' for each in part.villages)}; {name}"
        codes = [each.code for each in part.villages]
        areas.append((name, [part.kecamatan.code, *codes] if part.whole else codes))
    return areas


def _kind(region: Region) -> str:
    return region.kind.replace("_", " ").title()


def _cut(text: str) -> str:
    return text if len(text) <= _HEADLINE else f"{text[: _HEADLINE - 1].rstrip()}…"


def _parameter(parent: Any, name: str, value: str, tag: str = "parameter") -> None:
    element = _sub(parent, tag)
    _add(element, "valueName", name)
    _add(element, "value", value)


def _add(parent: Any, name: str, text: str) -> None:
    _sub(parent, name).text = xml_text(text)


def _sub(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
