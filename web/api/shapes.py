"""Model values as the JSON that scripts read. Keys are stable; more may be added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.model import (
    Announcement,
    Card,
    Post,
    PostPage,
    SearchPage,
    SiteHealth,
    card_data,
    region_data,
)
from web import current
from web.present import iso


def card(each: Card) -> dict[str, Any]:
    """One item of a list. ``excerpt_html`` holds ``<mark>`` and nothing else."""
    return card_data(each, current.hub().settings.hub.base_url)


def post(page: PostPage) -> dict[str, Any]:
    """A post with its sanitised text."""
    return card(page.card) | text(page.post)


def text(found: Post) -> dict[str, Any]:
    """What a post has beside its card."""
    return {
        "body_html": str(found.body),
        "author": found.author,
        "published_as_given": found.published_as_given,
        "date_doubtful": found.date_doubtful,
        "first_seen": iso(found.first_seen),
        "version": found.version,
        "images": [{"url": each.url, "alt": each.alt} for each in found.images],
        "enclosures": [
            {"url": each.url, "type": each.type, "length": each.length} for each in found.enclosures
        ],
    }


def search(found: SearchPage) -> dict[str, Any]:
    """The answer of ``/api/v1/search``."""
    return {
        "query": found.query,
        "total": found.total,
        "relaxed": found.relaxed,
        "results": [card(each) for each in found.results],
        "facets": {
            name: [{"value": each.value, "label": each.label, "count": each.count} for each in values]
            for name, values in found.facets.items()
        },
        "suggestion": found.suggestion,
        "corrected": found.corrected,
        "next": found.next,
    }


def site(each: SiteHealth) -> dict[str, Any]:
    """A site with its health; ``reason`` is one of the closed list, with its words and cure."""
    say = current.say()
    return {
        "id": each.site.id,
        "name": each.site.name,
        "url": each.site.url,
        "village": region_data(each.village),
        "kecamatan": region_data(each.kecamatan),
        "state": each.state,
        "reason": each.reason,
        "message": say.reason(each.reason) if each.reason else None,
        "cure": say.cure(each.reason) if each.reason else None,
        "since": iso(each.since),
        "posts": each.posts,
        "last_post_at": iso(each.last_post_at),
    }


def announcement(found: Announcement) -> dict[str, Any]:
    """A published announcement for everybody. What a withdrawn one said is not said again."""
    holds = found.state != "withdrawn"
    return {
        "id": found.id,
        "url": current.absolute(f"/pengumuman/{found.id}"),
        "mark": found.mark,
        "number": found.number,
        "date": found.date.isoformat(),
        "nature": found.nature,
        "subject": found.subject,
        "agency": found.agency,
        "state": found.state,
        "version": found.version,
        "text": found.text if holds else "",
        "body_html": str(found.body) if holds else "",
        "origin": found.origin or "",
        "via": list(found.via),
        "contact": found.contact,
        "valid_from": _time(found.valid_from),
        "valid_until": _time(found.valid_until),
        "information_class": found.information_class,
        "attachments": [
            {
                "url": current.absolute(current.paths().attachment(found.id, each)),
                "name": each.name,
                "type": each.type,
                "size": each.size,
                "alt": each.alt,
            }
            for each in (found.attachments if holds else ())
        ],
        "published": _time(found.published_at),
        "corrected": _time(found.corrected_at),
        "withdrawn": _time(found.withdrawn_at),
        "withdrawn_why": found.withdrawn_why,
    }


def _time(when: datetime | None) -> str | None:
    return iso(when)
