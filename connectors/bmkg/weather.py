"""Weather warnings: a CAP document as an entry, and what became of the warnings before it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from connectors.bmkg.cap import CapAlert, Info
from hub.spec import Alert, Entry, Image, html_of

ATTRIBUTION: Final = "BMKG (Badan Meteorologi, Klimatologi, dan Geofisika)"
TOPIC: Final = "Peringatan dini"
#: A warning that names no readable end stands for so long after it was sent, as BMKG's own mostly do.
STANDS: Final = timedelta(hours=3)


def first_of(alert: CapAlert, chain: dict[str, str]) -> str:
    """The identifier by which the warning that ``alert`` changes was first met: an update keeps its post.

    Args:
        chain: identifier -> the first of its chain, of alerts seen or referred to before; ``alert`` and what
            it refers to are added, so that an earlier one that is read later joins its chain.
    """
    named = (*alert.references, alert.identifier)
    first = next((chain[each] for each in named if each in chain), named[0])
    chain.update(dict.fromkeys(named, first))
    return first


def entry_id(first: str) -> str:
    """Of the post of a chain."""
    return f"cap:{first}"


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
        id=entry_id(first),
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
            expires=None if lifted else info.expires or _end(alert.sent),
            area=f"{info.area}; {info.headline}; {info.description}",
            polygons=info.polygons,
            attribution=ATTRIBUTION,
        ),
    )


def _end(sent: datetime | None) -> datetime | None:
    return sent + STANDS if sent else None
