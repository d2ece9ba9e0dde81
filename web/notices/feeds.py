"""Announcements as RSS 2.0, Atom and JSON Feed 1.1, each with its whole text and its source line.

An announcement's name in them is its mark, the same through all corrections; one that is withdrawn or over
leaves. ``?village=`` narrows a feed to what that village is meant to show: any site can show it with a plain
feed block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from feedgen.feed import FeedGenerator
from flask import abort, request

from hub.errors import NotFound
from hub.model import Announcement, Notice, Region
from web import asking, current, entry_links
from web.present import iso, xml_text

#: Announcements in a feed; those in force are seldom more.
ITEMS = 30
TYPES = {
    "xml": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Item:
    """An announcement and how it reads."""

    announcement: Announcement
    notice: Notice

    @property
    def title(self) -> str:
        """The subject; an emergency says so first, for where nothing else of it is shown."""
        subject = self.announcement.subject
        return f"{current.say().t('nature.darurat').upper()}: {subject}" if self.notice.urgent else subject

    @property
    def html(self) -> str:
        return f"{self.notice.html}{self.notice.footer}"


@dataclass(frozen=True, slots=True)
class Feed:
    """What one feed carries; ``village`` None is the whole district."""

    kind: str
    village: Region | None
    items: tuple[Item, ...]

    @property
    def params(self) -> dict[str, object]:
        return {"village": self.village.code if self.village else None}

    @property
    def title(self) -> str:
        say, name = current.say(), current.hub().settings.hub.name
        if self.village:
            return say.t("notices.feed.village", place=say.place(self.village), name=name)
        return say.t("notices.feed.all", name=name)

    @property
    def address(self) -> str:
        return current.absolute(current.paths().notice_feed(self.kind, self.params))

    @property
    def home(self) -> str:
        return current.absolute(current.paths().announcements(self.params))


def asked_village() -> Region | None:
    """The village that ``?village=`` names. Whoever sets up a feed is told when there is no such village:
    it would show the whole district's announcements otherwise."""
    code = request.args.get("village", "").strip()
    if not code:
        return None
    gazetteer = current.hub().gazetteer
    if code.count(".") != 3 or not asking.is_region(code) or code not in gazetteer:
        abort(404)
    return gazetteer.get(code)


def feed(kind: str) -> Feed:
    """The feed that this request asks for."""
    village = asked_village()
    board = current.hub().noticeboard
    items = []
    for each in board.current(village.code if village else None, limit=ITEMS):
        try:
            items.append(Item(each, board.notice(each.id)))
        except NotFound:  # withdrawn in this moment
            continue
    return Feed(kind, village, tuple(items))


def as_xml(feed: Feed) -> bytes:
    """``feed`` as RSS 2.0 or Atom, by its kind."""
    rss = feed.kind == "xml"
    generator: Any = FeedGenerator()
    entry_links.install(generator)
    generator.id(feed.address)
    generator.title(xml_text(feed.title))
    generator.description(current.say().t("notices.feed.about", office=current.hub().settings.hub.office))
    kind = "rss" if rss else "atom"
    generator.link(href=feed.address, rel="self", type=f"application/{kind}+xml")
    generator.link(href=feed.home, rel="alternate")
    generator.language(current.hub().settings.hub.language)
    generator.generator("kimhub")
    newest = max((changed(item.announcement) for item in feed.items), default=None)
    generator.updated(newest or current.hub().now().replace(hour=0, minute=0, second=0, microsecond=0))
    for item in feed.items:
        _entry(generator.add_entry(order="append"), item, rss)
    return bytes(generator.rss_str(pretty=False) if rss else generator.atom_str(pretty=False))


def as_json(feed: Feed) -> dict[str, Any]:
    """``feed`` as JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "language": current.hub().settings.hub.language,
        "items": [_json_item(item) for item in feed.items],
    }


def changed(announcement: Announcement) -> Any:
    """When it last came to read differently."""
    return announcement.corrected_at or announcement.published_at or announcement.created_at


def _entry(entry: Any, item: Item, rss: bool) -> None:
    """In RSS a village's site knows an item again by the mark; Atom's ids must be addresses of a kind."""
    announcement, notice = item.announcement, item.notice
    if rss:
        entry.guid(notice.mark, permalink=False)
        for each in notice.attachments[:1]:
            entry.enclosure(each.url, str(each.size), each.type)
    else:
        entry.id(f"urn:kimhub:{notice.mark}")
        for each in notice.attachments:
            entry.links.add(each.url, "enclosure", type=each.type, length=str(each.size), title=each.name)
    entry.title(xml_text(item.title))
    entry.link(href=notice.url)
    entry.author(name=xml_text(notice.agency or current.hub().settings.hub.office))
    entry.published(announcement.published_at)
    entry.updated(changed(announcement))
    entry.summary(xml_text(item.html if rss else notice.text))
    entry.content(xml_text(item.html), type="html")
    entry.category(term=notice.nature, label=current.say().t(f"nature.{notice.nature}"))


def _json_item(item: Item) -> dict[str, Any]:
    announcement, notice = item.announcement, item.notice
    values = {
        "id": notice.mark,
        "url": notice.url,
        "title": item.title,
        "content_html": item.html,
        "content_text": notice.text,
        "image": next((each.url for each in notice.attachments if each.is_image), None),
        "date_published": iso(announcement.published_at),
        "date_modified": iso(changed(announcement)),
        "authors": [{"name": notice.agency or current.hub().settings.hub.office}],
        "tags": [current.say().t(f"nature.{notice.nature}")],
        "attachments": [
            {"url": each.url, "mime_type": each.type, "title": each.name, "size_in_bytes": each.size}
            for each in notice.attachments
        ],
        "_kimhub": {
            "number": notice.number,
            "date": notice.date.isoformat(),
            "nature": notice.nature,
            "version": notice.version,
            "valid_from": iso(notice.valid_from),
            "valid_until": iso(notice.valid_until),
            "check_url": notice.check_url,
        },
    }
    return {key: value for key, value in values.items() if value not in (None, [], "")}
