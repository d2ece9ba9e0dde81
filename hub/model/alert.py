"""Warnings of an authority: what stands above the news for as long as it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: A corner as latitude and longitude in degrees (WGS 84), in the order of CAP 1.2.
Point = tuple[float, float]

SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")


@dataclass(frozen=True, slots=True)
class Alert:
    """A warning as its authority gave it.

    Args:
        kind: ``quake`` or ``weather``; chooses the mark on the page.
        event: what it warns of, in the authority's words.
        severity: one of ``SEVERITIES`` (CAP 1.2); ``urgency`` and ``certainty`` are CAP's words too.
        onset, expires: from when and until when it holds, aware; without ``expires`` it is no warning but
            a report.
        area: where it holds, in words; ``polygons`` the same on the map.
        attribution: how the authority wants to be named.
        regions: Kemendagri codes of the kecamatan and villages it is for. Connectors leave it empty; the
            hub finds them by polygon and name.
    """

    kind: str
    event: str
    severity: str = "Unknown"
    urgency: str = ""
    certainty: str = ""
    onset: datetime | None = None
    expires: datetime | None = None
    area: str = ""
    polygons: tuple[tuple[Point, ...], ...] = ()
    attribution: str = ""
    regions: tuple[str, ...] = ()
