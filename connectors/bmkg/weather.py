"""Weather warnings: a CAP document as an entry, and what became of the warnings before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.bmkg.cap import CapAlert, Info
from hub.spec import Alert, Entry, Image, html_of

ATTRIBUTION: Final = "BMKG (Badan Meteorologi, Klimatologi, dan Geofisika)"
TOPIC: Final = "Peringatan dini"


def first_of(alert: CapAlert, chain: Mapping[str, str]) -> str:
    """The identifier of the warning that ``alert`` began as: an update keeps the post of the first.

    Args:
        chain: identifier -> the first of its chain, of alerts seen before.
    """
    for reference in alert.references:
        if reference in chain:
            return chain[reference]
    return alert.references[0] if alert.references else alert.identifier


def entry_of(alert: CapAlert, info: Info, first: str, link: str) -> Entry:
    """A warning as people read it. A cancelled one says that it is lifted, and warns no more."""
    lifted = alert.kind == "Cancel"
    title = info.headline or info.event
    text = "\n\n".join(filter(None, (info.description, info.instruction, f"Wilayah: {info.area}")))
    if lifted:
        title = f"Dicabut: {title}"
        text = f"BMKG mencabut peringatan ini.\n\n{text}"
    web = f"\n\nInfografis: {info.web}" if info.web else ""
    picture = info.image or (info.web if info.web.lower().endswith((".jpg", ".jpeg", ".png")) else "")
    return Entry(
        id=f"cap:{first}",
        link=link,
        title=title,
        html=html_of(f"{text}{web}\n\nSumber: {ATTRIBUTION}"),
        author="BMKG",
        published=alert.sent,
        topics=(TOPIC,),
        images=(Image(picture, title),) if picture else (),
        language="id",
        alert=Alert(
            kind="weather",
            event=info.event or info.headline,
            severity=info.severity,
            urgency=info.urgency,
            certainty=info.certainty,
            onset=info.effective,
            expires=None if lifted else info.expires,
            area=f"{info.area}; {info.headline}; {info.description}",
            polygons=info.polygons,
            attribution=ATTRIBUTION,
        ),
    )
