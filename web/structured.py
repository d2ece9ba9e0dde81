"""Pages as search engines read them: schema.org data, written into the page as JSON-LD.

A block of data is no script: browsers do not run it and the policy of contents does not meet it. Templates
write it with ``tojson``, which escapes whatever could end the block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hub.model import Announcement, Region
from hub.model.view import Place, PostPage
from web import current
from web.language import of_content
from web.notices import wording
from web.notices.blocks import plain
from web.present import iso

Data = dict[str, Any]

#: Letters of a headline, and of an announcement's text; search engines read no more of them.
HEADLINE, TEXT = 110, 5000
_CONTEXT: Final = {"@context": "https://schema.org"}
#: Where a search engine puts what it was asked; must not be encoded.
_ASKED: Final = "{search_term_string}"


def website() -> Data:
    """The portal, who runs it, and how it is searched."""
    hub, lang = current.hub(), current.say().lang
    target = {"@type": "EntryPoint", "urlTemplate": current.absolute(f"/cari?q={_ASKED}")}
    search = {
        "@type": "SearchAction",
        "target": target,
        "query-input": "required name=search_term_string",
    }
    return _CONTEXT | {
        "@type": "WebSite",
        "name": hub.settings.hub.name,
        "url": current.absolute("/"),
        "inLanguage": lang,
        "publisher": office(),
        "potentialAction": search,
    }


def office() -> Data:
    """Who runs the portal."""
    settings = current.hub().settings.hub
    return _said(
        {
            "@type": "GovernmentOrganization",
            "name": settings.office,
            "url": current.absolute("/tentang"),
            "email": settings.contact,
            "areaServed": area(current.hub().gazetteer.district),
        }
    )


def article(page: PostPage) -> Data:
    """A post. The article is the KIM's and lives at its own site; ours is a copy that says so."""
    post = page.post
    author = {"@type": "Organization", "name": post.origin} if post.origin else _kim(page)
    published = post.sort_at if post.date_doubtful else (post.published or post.first_seen)
    original = post.link or current.absolute(f"/berita/{post.id}")
    return _CONTEXT | _said(
        {
            "@type": "NewsArticle",
            "headline": _cut(post.title, HEADLINE),
            "description": post.excerpt,
            "url": original,
            "mainEntityOfPage": original,
            "isBasedOn": post.link,
            "datePublished": iso(published),
            "dateModified": iso(max(post.updated, published) if post.version > 1 else published),
            "author": author,
            "publisher": author,
            "sdPublisher": office(),
            "image": [each.url for each in post.images],
            "inLanguage": of_content(post.language),
            "articleSection": [each.label for each in post.topics],
            "contentLocation": area(page.village, page.kecamatan),
            "isAccessibleForFree": True,
        }
    )


def announcement(found: Announcement) -> Data:
    """An announcement of the district."""
    publisher = {"@type": "GovernmentOrganization", "name": wording.issuer(found)}
    address = current.absolute(f"/pengumuman/{found.id}")
    return _CONTEXT | _said(
        {
            "@type": "SpecialAnnouncement",
            "identifier": found.number,
            "name": found.subject,
            "text": _cut(plain(found.body), TEXT),
            "category": current.say().t(f"nature.{found.nature}"),
            "datePosted": iso(found.published_at),
            "dateModified": iso(found.corrected_at),
            "expires": iso(found.withdrawn_at or found.valid_until),
            "url": address,
            "inLanguage": current.hub().settings.hub.language,
            "spatialCoverage": {"@type": "AdministrativeArea", "name": wording.places(found)},
            "announcementLocation": {"@type": "GovernmentOffice", "name": wording.issuer(found)},
            "publisher": publisher,
        }
    )


def trail(place: Place) -> Data:
    """The way from the front page to a village or kecamatan."""
    say, paths = current.say(), current.paths()
    steps = [(say.t("nav.home"), paths.home())]
    if place.region.code.count(".") == 3:
        steps.append((say.place(place.parent), paths.region(place.parent)))
    steps.append((say.place(place.region), paths.region(place.region)))
    return _CONTEXT | {"@type": "BreadcrumbList", "itemListElement": list(_steps(steps))}


def area(*regions: Region) -> Data:
    """A region inside the next one, the last inside the district's."""
    first, *above = regions
    found: Data = {
        "@type": "AdministrativeArea",
        "name": current.say().place(first),
        "identifier": first.code,
    }
    district = current.hub().gazetteer.district
    if above:
        found["containedInPlace"] = area(*above)
    elif first.code != district.code:
        found["containedInPlace"] = area(district)
    return found


def _kim(page: PostPage) -> Data:
    return {"@type": "NewsMediaOrganization", "name": page.site.name, "url": page.site.url}


def _steps(steps: Iterable[tuple[str, str]]) -> Iterable[Data]:
    for position, (name, path) in enumerate(steps, 1):
        yield {"@type": "ListItem", "position": position, "name": name, "item": current.absolute(path)}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _said(values: Mapping[str, Any]) -> Data:
    """Without what is not known."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}
