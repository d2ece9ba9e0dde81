"""Documents for machines: search engines, browsers, monitors."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, request
from lxml import etree

from web import answer, current
from web.language import of_content
from web.metrics import render
from web.present import xml_text
from web.security import asked_locally

blueprint = Blueprint("machines", __name__)

#: Addresses in one sitemap; the protocol allows 50,000.
SITEMAP_SIZE = 5000
#: What a news sitemap may hold: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
NEWS_FOR, NEWS_SIZE = timedelta(hours=48), 1000
#: (file, sizes, purpose) of the icons for phones; drawn by tests/web/icons.py.
_ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
    ("icon.svg", "any", "any"),
)
#: Pages that stand by themselves.
_PAGES = (
    *("/", "/pengumuman", "/periksa", "/peta", "/sumber", "/tentang", "/bantuan/pencarian"),
    "/aksesibilitas",
)
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"


@blueprint.get("/sitemap.xml")
def sitemap_index() -> Response:
    posts = current.hub().reading.indexable()
    root = etree.Element("sitemapindex", nsmap={None: _SITEMAPS})
    names = ["places", "pengumuman", *map(str, range(1, max(1, -(-posts // SITEMAP_SIZE)) + 1)), "news"]
    for name in names:
        etree.SubElement(etree.SubElement(root, "sitemap"), "loc").text = current.absolute(
            f"/sitemap-{name}.xml"
        )
    return _xml(root)


@blueprint.get("/sitemap-places.xml")
def sitemap_places() -> Response:
    """The front page and the pages of villages and kecamatan that have news."""
    gazetteer = current.hub().gazetteer
    root = etree.Element("urlset", nsmap={None: _SITEMAPS})
    for path in _PAGES:
        _url(root, path)
    for region in gazetteer.kecamatan:
        _url(root, f"/kecamatan/{region.code}")
    for place in current.hub().reading.places():
        if place.posts:
            _url(root, f"/desa/{place.region.code}", place.last_post_at)
    return _xml(root)


@blueprint.get("/sitemap-pengumuman.xml")
def sitemap_announcements() -> Response:
    """The newest announcements; withdrawn ones are not for search engines."""
    found, _ = current.hub().noticeboard.archive(limit=SITEMAP_SIZE)
    root = etree.Element("urlset", nsmap={None: _SITEMAPS})
    for each in found:
        if each.state != "withdrawn":
            _url(root, f"/pengumuman/{each.id}", each.corrected_at or each.published_at)
    return _xml(root)


@blueprint.get("/sitemap-news.xml")
def sitemap_news() -> Response:
    """What is new, for news search engines: two days, a thousand posts at most."""
    hub = current.hub()
    root = etree.Element("urlset", nsmap={None: _SITEMAPS, "news": _NEWS})
    for each in hub.reading.headlines(hub.now() - NEWS_FOR, NEWS_SIZE):
        news = etree.SubElement(_url(root, f"/berita/{each.id}"), f"{{{_NEWS}}}news")
        publication = etree.SubElement(news, f"{{{_NEWS}}}publication")
        etree.SubElement(publication, f"{{{_NEWS}}}name").text = xml_text(hub.settings.hub.name)
        etree.SubElement(publication, f"{{{_NEWS}}}language").text = of_content(each.language)
        etree.SubElement(news, f"{{{_NEWS}}}publication_date").text = _w3c(each.at)
        etree.SubElement(news, f"{{{_NEWS}}}title").text = xml_text(each.title)
    return _xml(root)


@blueprint.get("/sitemap-<int(min=1,max=10000):number>.xml")
def sitemap(number: int) -> Response:
    posts = current.hub().reading.sitemap(number, SITEMAP_SIZE)
    if not posts and number > 1:
        abort(404)
    root = etree.Element("urlset", nsmap={None: _SITEMAPS})
    for key, updated in posts:
        _url(root, f"/berita/{key}", updated)
    return _xml(root)


@blueprint.get("/robots.txt")
def robots() -> Response:
    lines = ["User-agent: *", "Disallow: /cari", "Disallow: /api/", "Disallow: /embed/", "Crawl-delay: 1", ""]
    lines += [f"Sitemap: {current.absolute(path)}" for path in ("/sitemap.xml", "/sitemap-news.xml")]
    return answer.document("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    say, name = current.say(), current.hub().settings.hub.name
    root = etree.Element("OpenSearchDescription", nsmap={None: _OPENSEARCH})
    etree.SubElement(root, "ShortName").text = name[:16]
    etree.SubElement(root, "LongName").text = name[:48]
    etree.SubElement(root, "Description").text = say.t("site.description", district=_district())
    etree.SubElement(root, "InputEncoding").text = "UTF-8"
    etree.SubElement(root, "Language").text = say.lang
    for kind, path in (("text/html", "/cari"), ("application/rss+xml", "/feed.xml")):
        template = current.absolute(f"{path}?q={{searchTerms}}")
        etree.SubElement(root, "Url", type=kind, template=template)
    icon = current.absolute(current_app.extensions["kimhub.static"].url("icon.svg"))
    etree.SubElement(root, "Image", width="64", height="64", type="image/svg+xml").text = icon
    return _xml(root, "application/opensearchdescription+xml")


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    hub, say, paths = current.hub(), current.say(), current.paths()
    return answer.as_json(
        {
            "id": "/",
            "name": hub.settings.hub.name,
            "short_name": hub.settings.hub.name[:24],
            "description": say.t("site.description", district=_district()),
            "lang": say.lang,
            "dir": "ltr",
            "start_url": paths.home(),
            "scope": "/",
            "display": "standalone",
            "display_override": ["minimal-ui", "standalone"],
            "background_color": "#fdfcf8",
            "theme_color": "#0b5a5e",
            "categories": ["news", "government"],
            "icons": [_icon(*each) for each in _ICONS],
            "shortcuts": [
                {"name": name, "url": url, "icons": [_icon(*_ICONS[0])]}
                for name, url in (
                    (say.t("search.button"), paths.search()),
                    (say.t("nav.announcements"), paths.announcements()),
                )
            ],
        },
        "application/manifest+json",
        shared=False,
    )


def _icon(name: str, sizes: str, purpose: str) -> dict[str, str]:
    url = current_app.extensions["kimhub.static"].url(name)
    kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
    return {"src": url, "sizes": sizes, "type": kind, "purpose": purpose}


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """RFC 9116. It expires a year after the first of this month, so that it changes monthly only."""
    settings, now = current.hub().settings, current.hub().now()
    first = datetime(now.year, now.month, 1, tzinfo=now.tzinfo)
    contact = settings.hub.contact
    lines = [
        f"Contact: mailto:{contact}" if contact else f"Contact: {current.absolute('/tentang')}",
        f"Expires: {(first + timedelta(days=364)):%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: id, en",
        f"Canonical: {current.absolute('/.well-known/security.txt')}",
    ]
    return answer.document("\n".join(lines) + "\n", "text/plain; charset=utf-8")


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive: the process answers. Asks no other part."""
    return answer.as_json({"status": "ok"}, cache=answer.NEVER, shared=False)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Whether database, index and scheduler work."""
    readiness = current.hub().ready()
    parts = {name: {"ok": fine, "detail": detail} for name, (fine, detail) in readiness.parts.items()}
    return answer.as_json(
        {"ready": readiness.ready, "parts": parts},
        status=200 if readiness.ready else 503,
        cache=answer.NEVER,
        shared=False,
    )


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus; for this machine, or with the token. Anybody else learns nothing, not even that it is
    here."""
    if not (asked_locally() or _has_token()):
        abort(404)
    body, kind = render(current.hub(), current_app.extensions["kimhub.cache"])
    return answer.document(body, kind, cache=answer.NEVER)


def _has_token() -> bool:
    token = current.hub().settings.web.metrics_token
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _district() -> str:
    return current.say().place(current.hub().gazetteer.district)


def _url(root: Any, path: str, changed: datetime | None = None) -> Any:
    url = etree.SubElement(root, "url")
    etree.SubElement(url, "loc").text = current.absolute(path)
    if changed:
        etree.SubElement(url, "lastmod").text = _w3c(changed)
    return url


def _w3c(when: datetime) -> str:
    """A moment as sitemaps have it, whatever zone a database gives it in."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}"


def _xml(root: Any, kind: str = "application/xml") -> Response:
    document = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return answer.document(document, f"{kind}; charset=utf-8")
