"""The rules of the W3C feed validator, as far as they can be met by feeds like ours.

The validator itself (feedvalidator, https://github.com/w3c/feedvalidator) is on no package index. The names
of faults are its own where it has one; rules come from RSS 2.0, RFC 4287, RFC 5005 and JSON Feed 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

ATOM, CONTENT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
_CHANNEL = {
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput"),
    *("skipHours", "skipDays", "item", f"{ATOM}link"),
}
_ITEM = {
    *("title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate"),
    *("source", f"{CONTENT}encoded", f"{DC}creator"),
}
_ONCE = ("title", "link", "description", "guid", "pubDate", "source", "author", f"{CONTENT}encoded")
_RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT|UT)")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:[\w()+,.:=@;$!*'%/?#-]+", re.IGNORECASE)
_HARMFUL = {"script", "style", "iframe", "object", "embed", "form", "input", "meta", "link", "base"}


def faults_of(document: bytes, kind: str, address: str) -> list[str]:
    """What is wrong with a feed of ``kind`` (xml, atom, json) that was got from ``address``."""
    if kind == "json":
        import json

        return list(_json(json.loads(document), address))
    root = etree.fromstring(document)
    return list(_atom(root, address) if kind == "atom" else _rss(root, address))


# -- RSS 2.0 ----------------------------------------------------------------------------------------


def _rss(root: Any, address: str) -> Iterator[str]:
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1:
        yield "InvalidRSSVersion"
        return
    channel = root[0]
    yield from (
        f"MissingElement: {name}" for name in ("title", "link", "description") if not _text(channel, name)
    )
    yield from (f"UndefinedElement: {each.tag}" for each in channel if each.tag not in _CHANNEL)
    yield from _link_faults([_text(channel, "link")])
    yield from _self_faults(channel, address, "application/rss+xml")
    if not _LANGUAGE.fullmatch(_text(channel, "language")):
        yield "InvalidLanguage"
    for name in ("pubDate", "lastBuildDate"):
        if channel.find(name) is not None:
            yield from _rfc822_faults(_text(channel, name))
    items = channel.findall("item")
    yield from _repeated("DuplicateElement: guid", (_text(each, "guid") for each in items))
    for item in items:
        yield from _rss_item(item)


def _rss_item(item: Any) -> Iterator[str]:
    yield from (f"UndefinedElement: {each.tag}" for each in item if each.tag not in _ITEM)
    yield from (f"DuplicateElement: {name}" for name in _ONCE if len(item.findall(name)) > 1)
    if not (_text(item, "title") or _text(item, "description")):
        yield "ItemMustContainTitleOrDescription"
    if "<" in _text(item, "title"):
        yield "ContainsHTML: title"
    guid = item.find("guid")
    if guid is None or not guid.text:
        yield "MissingGuid"
    elif guid.get("isPermaLink", "true") == "true":
        yield from _link_faults([guid.text])
    yield from _link_faults([_text(item, "link")])
    yield from _rfc822_faults(_text(item, "pubDate"))
    author = _text(item, "author")
    if author and "@" not in author:
        yield "InvalidContact: author"
    for enclosure in item.findall("enclosure"):
        yield from _link_faults([enclosure.get("url", "")])
        if not enclosure.get("length", "").isdigit():
            yield "InvalidIntegerAttribute: length"
        if not _MIME.fullmatch(enclosure.get("type", "")):
            yield "InvalidMIMEAttribute"
    if (source := item.find("source")) is not None:
        yield from _link_faults([source.get("url", "")])
    for name in ("description", f"{CONTENT}encoded"):
        yield from _markup_faults(_text(item, name))


def _rfc822_faults(text: str) -> Iterator[str]:
    if not _RFC822.fullmatch(text):
        yield f"InvalidRFC2822Date: {text}"
    elif parsedate_to_datetime(text).strftime("%a") != text[:3]:
        yield f"IncorrectDOW: {text}"


# -- Atom -------------------------------------------------------------------------------------------


def _atom(root: Any, address: str) -> Iterator[str]:
    if root.tag != f"{ATOM}feed":
        yield "UndefinedElement: feed"
        return
    entries = root.findall(f"{ATOM}entry")
    yield from _atom_common(root)
    yield from _self_faults(root, address, "application/atom+xml")
    yield from _repeated("DuplicateEntries: id", (_text(each, f"{ATOM}id") for each in entries))
    updated = [(_text(each, f"{ATOM}id"), _text(each, f"{ATOM}updated")) for each in entries]
    yield from _repeated("DuplicateEntries: id and updated", map(str, updated))
    owned = root.find(f"{ATOM}author") is not None
    for entry in entries:
        yield from _atom_common(entry)
        if not owned and entry.find(f"{ATOM}author") is None:
            yield "MissingElement: author"
        yield from _atom_entry(entry)


def _atom_common(each: Any) -> Iterator[str]:
    for name in ("id", "title", "updated"):
        if len(each.findall(f"{ATOM}{name}")) != 1 or not _text(each, f"{ATOM}{name}"):
            yield f"MissingElement: {name}"
    name = _text(each, f"{ATOM}id")
    if not (_is_web(name) or _URN.fullmatch(name)):
        yield f"InvalidFullLink: id {name}"
    for part in ("updated", "published"):
        if (given := each.find(f"{ATOM}{part}")) is not None:
            yield from _rfc3339_faults(given.text or "")
    links = each.findall(f"{ATOM}link")
    yield from _link_faults(link.get("href", "") for link in links)
    alternates = [
        (one.get("type"), one.get("hreflang")) for one in links if one.get("rel", "alternate") == "alternate"
    ]
    yield from _repeated("DuplicateAtomLink", map(str, alternates))
    for author in each.findall(f"{ATOM}author"):
        if not _text(author, f"{ATOM}name"):
            yield "MissingElement: name"


def _atom_entry(entry: Any) -> Iterator[str]:
    content = entry.find(f"{ATOM}content")
    if content is None and entry.find(f"{ATOM}link[@rel='alternate']") is None:
        yield "MissingElement: content or alternate"
    if content is not None and content.get("type") == "html":
        yield from _markup_faults(content.text or "")
    summary = _text(entry, f"{ATOM}summary")
    if content is not None and summary and summary == (content.text or ""):
        yield "SameContent: summary"
    for category in entry.findall(f"{ATOM}category"):
        if not category.get("term"):
            yield "MissingAttribute: term"
    if (source := entry.find(f"{ATOM}source")) is not None:
        for name in ("id", "title", "updated"):
            if not _text(source, f"{ATOM}{name}"):
                yield f"MissingSourceElement: {name}"
    for link in entry.findall(f"{ATOM}link[@rel='enclosure']"):
        if not _MIME.fullmatch(link.get("type", "")):
            yield "InvalidMIMEAttribute"
        if not link.get("length", "0").isdigit():
            yield "InvalidIntegerAttribute: length"


def _rfc3339_faults(text: str) -> Iterator[str]:
    try:
        readable = bool(_RFC3339.fullmatch(text)) and datetime.fromisoformat(text) is not None
    except ValueError:
        readable = False
    if not readable:
        yield f"InvalidRFC3339Date: {text}"


# -- JSON Feed --------------------------------------------------------------------------------------


def _json(feed: dict[str, Any], address: str) -> Iterator[str]:
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        yield "version"
    if not feed.get("title"):
        yield "MissingElement: title"
    if feed.get("feed_url") != address:
        yield "SelfDoesntMatchLocation"
    yield from _link_faults(feed[name] for name in ("home_page_url", "next_url") if name in feed)
    if not _LANGUAGE.fullmatch(feed.get("language", "id")):
        yield "InvalidLanguage"
    yield from _repeated("DuplicateElement: id", (str(each.get("id")) for each in feed["items"]))
    for item in feed["items"]:
        yield from _json_item(item)


def _json_item(item: dict[str, Any]) -> Iterator[str]:
    if not isinstance(item.get("id"), str) or not item["id"]:
        yield "MissingGuid"
    if not (item.get("content_html") or item.get("content_text")):
        yield "MissingElement: content"
    yield from _link_faults(item[name] for name in ("url", "external_url", "image") if name in item)
    yield from _markup_faults(item.get("content_html", ""))
    for name in ("date_published", "date_modified"):
        if name in item:
            yield from _rfc3339_faults(item[name])
    if not all(each.get("name") or each.get("url") for each in item.get("authors", ())):
        yield "MissingElement: author"
    if not all(isinstance(each, str) and each for each in item.get("tags", ())):
        yield "tags"
    for each in item.get("attachments", ()):
        yield from _link_faults([each.get("url", "")])
        if not _MIME.fullmatch(each.get("mime_type", "")):
            yield "InvalidMIMEAttribute"
        if not isinstance(each.get("size_in_bytes", 1), int):
            yield "InvalidIntegerAttribute: size_in_bytes"


# -- what all have in common --------------------------------------------------------------------------


def _text(parent: Any, name: str) -> str:
    return (parent.findtext(name) or "").strip()


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", address)


def _link_faults(addresses: Iterable[str]) -> Iterator[str]:
    yield from (f"InvalidFullLink: {each}" for each in addresses if not _is_web(each))


def _self_faults(parent: Any, address: str, kind: str) -> Iterator[str]:
    found = parent.findall(f"{ATOM}link[@rel='self']")
    if len(found) != 1:
        yield "MissingSelf"
    elif found[0].get("href") != address:
        yield f"SelfDoesntMatchLocation: {found[0].get('href')}"
    elif found[0].get("type", kind) != kind:
        yield "InvalidMIMEAttribute: self"


def _repeated(fault: str, values: Iterable[str]) -> Iterator[str]:
    seen = set()
    for each in values:
        if each in seen:
            yield f"{fault} {each}"
        seen.add(each)


def _markup_faults(markup: str) -> Iterator[str]:
    """HTML within a feed: whole addresses only, and nothing that readers must take out."""
    if not markup.strip():
        return
    root = html.fragment_fromstring(markup, create_parent="div")
    for each in root.iter():
        if not isinstance(each.tag, str):
            continue
        if each.tag in _HARMFUL:
            yield f"SecurityRisk: {each.tag}"
        for name in ("href", "src", "poster", "srcset"):
            value = each.get(name)
            if value is not None and not re.match(r"(https?|mailto|tel|geo):|#", value):
                yield f"ContainsRelRef: {value}"
        if any(name.startswith("on") or name == "style" for name in each.keys()):  # noqa: SIM118 - of lxml
            yield f"DangerousStyleAttr: {each.tag}"
