"""News out: RSS 2.0, Atom, JSON Feed 1.1 with the filters of ``/cari``, and the list of sites as OPML.

No date in them is the moment of the request, so that an unchanged feed is an unchanged document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from feedgen.feed import FeedGenerator
from flask import Blueprint, Response, request
from lxml import etree
from markupsafe import escape

from hub.errors import NotFound, SearchError
from hub.model import Card, Post
from web import answer, asking, current, entry_links
from web.asking import Asked
from web.present import iso, xml_text

blueprint = Blueprint("feeds", __name__)

#: Items in a feed; a reader that was away longer pages on with JSON Feed's ``next_url``.
ITEMS = 30
#: The media type of a file of which none is known.
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Item:
    """A post in a list with all of its text."""

    card: Card
    post: Post

    @property
    def url(self) -> str:
        return current.absolute(f"/berita/{self.card.id}")


@dataclass(frozen=True, slots=True)
class Feed:
    """What one feed carries. ``address`` is the feed's own, ``home`` the page that shows the same."""

    title: str
    address: str
    home: str
    items: tuple[Item, ...]
    next: str | None


@blueprint.get("/feed.xml")
def rss() -> Response:
    feed = _feed("xml")
    generator = _generator(feed, "rss")
    return answer.document(generator.rss_str(pretty=False), "application/rss+xml; charset=utf-8", shared=True)


@blueprint.get("/feed.atom")
def atom() -> Response:
    feed = _feed("atom")
    generator = _generator(feed, "atom")
    return answer.document(
        generator.atom_str(pretty=False), "application/atom+xml; charset=utf-8", shared=True
    )


@blueprint.get("/feed.json")
def json_feed() -> Response:
    feed = _feed("json")
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "description": _description(),
        "language": current.hub().settings.hub.language,
        "items": [_json_item(item) for item in feed.items],
    }
    if feed.next:
        document["next_url"] = feed.next
    return answer.as_json(document, "application/feed+json; charset=utf-8")


@blueprint.get("/sumber.opml")
def opml() -> Response:
    """All sites with a feed each: their own where they have one, else the hub's feed of that site."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = xml_text(current.hub().settings.hub.name)
    body = etree.SubElement(root, "body")
    for each in current.hub().reading.sites():
        own = next((source.url for source in each.sources if source.connector == "feed"), "")
        etree.SubElement(
            body,
            "outline",
            type="rss",
            text=xml_text(each.site.name),
            title=xml_text(each.site.name),
            xmlUrl=xml_text(own or current.absolute(f"/feed.xml?site={each.site.id}")),
            htmlUrl=xml_text(each.site.url),
            category=xml_text(f"/{each.kecamatan.name}/{each.village.name}"),
        )
    document = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return answer.document(document, "text/x-opml; charset=utf-8", shared=True)


def _feed(kind: str) -> Feed:
    """The feed that the query string asks for, newest first whatever its words."""
    asked = replace(asking.read(request.args), sort="newest", page=1)
    hub = current.hub()
    found = hub.reading.search(asked.request(hub.settings.zone, limit=ITEMS, facets=False))
    if found.notice == "index_down":
        raise SearchError("the index does not answer")  # an empty feed would say that all news is gone
    params = asked.params(sort=None)
    plain = current.paths()
    following = plain.feed(kind, {**params, "cursor": found.next}) if found.next else None
    return Feed(
        title=_title(asked),
        address=current.absolute(plain.feed(kind, {**params, "cursor": asked.cursor})),
        home=current.absolute(plain.search(params) if params else plain.home()),
        items=tuple(_with_text(found.results)),
        next=current.absolute(following) if following else None,
    )


def _with_text(cards: Sequence[Card]) -> Iterator[Item]:
    """The cards with their posts; one that went away in this moment is left out."""
    for card in cards:
        with suppress(NotFound):
            yield Item(card, current.hub().reading.post(card.id).post)


def _title(asked: Asked) -> str:
    """The portal's name, and what the feed is narrowed to."""
    hub = current.hub()
    parts = [asked.q]
    if asked.site:
        parts.append(hub.reading.site(asked.site).site.name)
    for code in (asked.village, asked.kecamatan):
        if code:
            parts.append(current.say().place(hub.gazetteer.get(code)))
    parts.append((asked.topic or "").replace("-", " "))
    narrowed = ", ".join(part for part in parts if part)
    return f"{hub.settings.hub.name}: {narrowed}" if narrowed else hub.settings.hub.name


def _description() -> str:
    say, hub = current.say(), current.hub()
    return say.t("site.description", district=say.place(hub.gazetteer.district))


def _generator(feed: Feed, kind: str) -> Any:
    """``kind``: ``rss`` or ``atom``."""
    generator = FeedGenerator()
    generator.load_extension("dc", rss=True, atom=False)
    entry_links.install(generator)
    generator.id(feed.address)
    generator.title(xml_text(feed.title))
    generator.description(_description())
    generator.link(href=feed.address, rel="self", type=f"application/{kind}+xml")
    if feed.next and kind == "atom":
        generator.link(href=feed.next, rel="next")  # RFC 5005; in RSS nobody looks for it
    generator.link(href=feed.home, rel="alternate")
    generator.language(current.hub().settings.hub.language)
    generator.generator("kimhub")
    newest = max((item.card.updated for item in feed.items), default=None)
    generator.updated(newest or current.hub().now().replace(hour=0, minute=0, second=0, microsecond=0))
    for item in feed.items:
        entry = generator.add_entry(order="append")
        _entry(entry, item)
        (_as_rss if kind == "rss" else _as_atom)(entry, item)
    return generator


def _entry(entry: Any, item: Item) -> None:
    card, post = item.card, item.post
    entry.title(xml_text(card.title))
    entry.link(href=item.url)
    entry.published(card.sort_at)
    entry.updated(card.updated)
    entry.content(xml_text(str(post.body)), type="html")
    for topic in card.topics:
        entry.category(term=topic.slug, label=xml_text(topic.label))


def _as_rss(entry: Any, item: Item) -> None:
    """A description is HTML; an author would be an e-mail address."""
    card = item.card
    entry.guid(item.url, permalink=True)
    entry.description(xml_text(str(escape(item.post.excerpt))))
    entry.dc.dc_creator(xml_text(card.origin or card.site.name))
    if card.original_url:
        entry.source(url=xml_text(card.original_url), title=xml_text(card.origin or card.site.name))
    for each in item.post.enclosures[:1]:  # readers expect one at most
        entry.enclosure(xml_text(each.url), str(each.length or 0), each.type or _UNKNOWN)


def _as_atom(entry: Any, item: Item) -> None:
    """A summary is text; a source would be a feed, so the original is where the entry came by."""
    card = item.card
    entry.id(item.url)
    entry.summary(xml_text(item.post.excerpt))
    entry.author(name=xml_text(card.origin or card.site.name))
    if card.original_url:
        entry.links.add(xml_text(card.original_url), "via")
    for each in item.post.enclosures:
        length = {"length": str(each.length)} if each.length else {}
        entry.links.add(xml_text(each.url), "enclosure", type=each.type or _UNKNOWN, **length)


def _json_item(item: Item) -> dict[str, Any]:
    card, post = item.card, item.post
    values = {
        "id": item.url,
        "url": item.url,
        "external_url": card.original_url,
        "title": card.title,
        "content_html": str(post.body) or str(escape(post.excerpt)),
        "summary": post.excerpt,
        "image": card.image.url if card.image else None,
        "date_published": iso(card.sort_at),
        "date_modified": iso(card.updated),
        "authors": [{"name": card.origin or card.site.name}],
        "tags": [topic.label for topic in card.topics],
        "attachments": [
            {"url": each.url, "mime_type": each.type or _UNKNOWN}
            | ({"size_in_bytes": each.length} if each.length else {})
            for each in post.enclosures
        ],
        "_kimhub": {
            "site": {"id": card.site.id, "name": card.site.name},
            "village": {"code": card.village.code, "name": card.village.name},
            "kecamatan": {"code": card.kecamatan.code, "name": card.kecamatan.name},
            **({"origin": card.origin, "via": list(card.via)} if card.origin else {}),
        },
    }
    return {key: value for key, value in values.items() if value not in (None, [], "")}
