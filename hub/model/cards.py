"""A post as scripts read it: the same in the portal's API and in what the commands print."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from hub.model.alert import Alert
from hub.model.post import Card, Carrier, SafeHtml, SiteRef
from hub.model.region import Region

_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"})


def iso(when: datetime | None) -> str | None:
    """An aware time for scripts: RFC 3339 in UTC with Z, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def card_data(card: Card, base_url: str) -> dict[str, Any]:
    """One post of a list. Keys are stable; more may be added.

    ``excerpt_html`` holds ``<mark>`` and nothing else.

    Args:
        base_url: the portal's public address.
    """
    return {
        "id": card.id,
        "url": f"{base_url.rstrip('/')}/berita/{card.id}",
        "title": card.title,
        "excerpt_html": _html(card.excerpt),
        "published": iso(card.sort_at),
        "updated": iso(card.updated),
        "site": site_data(card.site),
        "village": region_data(card.village),
        "kecamatan": region_data(card.kecamatan),
        "topics": [{"slug": each.slug, "label": each.label} for each in card.topics],
        "original_url": card.original_url,
        "also_at": [carrier_data(each, base_url) for each in card.also_at],
        "image": card.image.url if card.image else None,
        "origin": card.origin,
        "via": list(card.via),
        "alert": alert_data(card.alert) if card.alert else None,
    }


def alert_data(alert: Alert) -> dict[str, Any]:
    """A warning; ``regions`` are the codes of those that it is for, ``expires`` is null once it is lifted."""
    return {
        "kind": alert.kind,
        "event": alert.event,
        "severity": alert.severity,
        "onset": iso(alert.onset),
        "expires": iso(alert.expires),
        "area": alert.area,
        "regions": list(alert.regions),
        "attribution": alert.attribution,
    }


def region_data(region: Region) -> dict[str, str]:
    return {"code": region.code, "name": region.name}


def site_data(site: SiteRef) -> dict[str, Any]:
    return {"id": site.id, "name": site.name}


def carrier_data(carrier: Carrier, base_url: str) -> dict[str, Any]:
    """Another site that carries the story; ``url`` is the page of its copy."""
    return {
        **site_data(carrier),
        "post": carrier.post,
        "url": f"{base_url.rstrip('/')}/berita/{carrier.post}",
    }


def _html(text: str) -> str:
    return str(text) if isinstance(text, SafeHtml) else text.translate(_ESCAPED)
