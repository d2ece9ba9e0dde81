"""Model values as the JSON that scripts read. Keys are stable; more may be added."""

from __future__ import annotations

from typing import Any

from markupsafe import escape

from hub.model import Card, PostPage, Region, SearchPage, SiteHealth, SiteRef
from web import current
from web.present import iso


def card(each: Card) -> dict[str, Any]:
    """One item of a list. ``excerpt_html`` holds ``<mark>`` and nothing else."""
    return {
        "id": each.id,
        "url": current.absolute(f"/berita/{each.id}"),
        "title": each.title,
        "excerpt_html": str(escape(each.excerpt)),
        "published": iso(each.sort_at),
        "updated": iso(each.updated),
        "site": site_ref(each.site),
        "village": region(each.village),
        "kecamatan": region(each.kecamatan),
        "topics": [{"slug": topic.slug, "label": topic.label} for topic in each.topics],
        "original_url": each.original_url,
        "also_at": [site_ref(other) for other in each.also_at],
        "image": each.image.url if each.image else None,
    }


def post(page: PostPage) -> dict[str, Any]:
    """A post with its sanitised text."""
    found = page.post
    return card(page.card) | {
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
        "also_at": [site_ref(other) for other in page.also_at],
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
        "next": found.next,
    }


def site(each: SiteHealth) -> dict[str, Any]:
    """A site with its health; ``reason`` is one of the closed list, with its words and cure."""
    say = current.say()
    return {
        "id": each.site.id,
        "name": each.site.name,
        "url": each.site.url,
        "village": region(each.village),
        "kecamatan": region(each.kecamatan),
        "state": each.state,
        "reason": each.reason,
        "message": say.reason(each.reason) if each.reason else None,
        "cure": say.cure(each.reason) if each.reason else None,
        "since": iso(each.since),
        "posts": each.posts,
        "last_post_at": iso(each.last_post_at),
    }


def region(each: Region) -> dict[str, str]:
    return {"code": each.code, "name": each.name}


def site_ref(each: SiteRef) -> dict[str, Any]:
    return {"id": each.id, "name": each.name}
