"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read to the letter where it matters and leniently elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from hub.errors import ParseError
from hub.model import Enclosure, Entry, Image, Oddity, ParsedFeed
from hub.text import feed_entries as common
from hub.text.dates import parse_date
from hub.text.feed_document import decode, fingerprint
from hub.text.normalise import absolute

MAX_DEPTH = 64
#: Digits of the longest number that is no attack.
MAX_DIGITS = 40
MAX_ITEMS = 500
#: The address that the specification wants, or the bare number that some write.
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/[\w.-]{1,20}/?|1(?:\.\d)?")


def looks_like_json(body: bytes, content_type: str) -> bool:
    start = body[:64].lstrip(b"\xef\xbb\xbf\x00 \t\r\n")[:1]
    return start == b"{" or (start == b"[" and "json" in content_type)


def parse_json_feed(
    body: bytes, *, url: str, content_type: str, known: Collection[str], zone: tzinfo
) -> ParsedFeed:
    """A JSON Feed as entries.

    Raises:
        ParseError: ``not_a_feed`` for other JSON, JSON that is nested too deeply, has absurd numbers or
            names one member twice; ``bad_charset``.
    """
    feed = _load(body, content_type)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not _VERSION.fullmatch(str(feed.get("version", ""))):
        raise ParseError("not_a_feed", "JSON, but no JSON Feed")
    objects = [item for item in items if isinstance(item, dict)]
    hashes = [fingerprint(json.dumps(item, sort_keys=True)) for item in objects[:MAX_ITEMS]]
    fresh = [item for item, mark in zip(objects, hashes, strict=False) if mark not in known]
    entries = [entry for item in fresh if (entry := _entry(item, feed, url, zone))]
    return ParsedFeed(
        title=_text(feed, "title")[: common.MAX_TITLE],
        home=absolute(_text(feed, "home_page_url"), url),
        kind="json" + str(feed["version"]).rstrip("/").rpartition("/")[2].replace(".", "")[:4],
        entries=tuple(entries),
        hashes=tuple(hashes),
        skipped=len(hashes) - len(fresh),
        next_url=absolute(_text(feed, "next_url"), url) or None,
        hub_url=_websub(feed, url),
        self_url=absolute(_text(feed, "feed_url"), url) or None,
        generator=_text(feed, "_generator")[: common.MAX_LABEL],
        expired=feed.get("expired") is True,
        warnings=_warnings(len(items), len(objects), len(fresh) - len(entries)),
    )


def _load(body: bytes, content_type: str) -> Any:
    text, reliable = decode(body, content_type)
    if not reliable:
        raise ParseError("bad_charset", f"cannot be read as {content_type}")
    try:
        loaded = json.loads(
            text.lstrip("\ufeff").strip("\x00 \t\r\n"),
            object_pairs_hook=_unique,
            parse_int=_number(int),
            parse_float=_number(float),
        )
    except (ValueError, RecursionError) as error:
        raise ParseError("not_a_feed", f"no usable JSON: {str(error)[:100]}") from None
    if _too_deep(loaded):
        raise ParseError("not_a_feed", f"JSON nested more than {MAX_DEPTH} deep")
    return loaded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _number(kind: type[int] | type[float]) -> Any:
    def read(digits: str) -> int | float:
        if len(digits) > MAX_DIGITS or (number := kind(digits)) in (float("inf"), float("-inf")):
            raise ValueError("a number is out of all bounds")
        return number

    return read


def _too_deep(value: Any) -> bool:
    layer = [value]
    for _ in range(MAX_DEPTH):
        layer = [
            child
            for each in layer
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not layer:
            return False
    return True


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    return value.strip() if isinstance(value, str) else ""


def _objects(members: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    found = members.get(name)
    return (each for each in found if isinstance(each, dict)) if isinstance(found, list) else iter(())


def _entry(item: Mapping[str, Any], feed: Mapping[str, Any], url: str, zone: tzinfo) -> Entry | None:
    link = _text(item, "url") or _text(item, "external_url")
    given = _text(item, "date_published") or _text(item, "date_modified")
    title, summary, body = _text(item, "title"), _text(item, "summary"), _body(item)
    identifier = _identifier(item.get("id")) or link
    if not any((identifier, title, summary, body)):
        return None
    images, enclosures = _media(item, url)
    return Entry(
        id=identifier or common.made_up_id(title, given, body or summary),
        link=link,
        title=title[: common.MAX_TITLE],
        html=body,
        summary=common.as_html(summary) if summary else "",
        author=_authors(item) or _authors(feed),
        published=parse_date(given, zone=zone) if given else None,
        updated=parse_date(_text(item, "date_modified"), zone=zone) if _text(item, "date_modified") else None,
        published_as_given=given[: common.MAX_LABEL],
        topics=_topics(item),
        images=images,
        enclosures=enclosures,
        language=(_text(item, "language") or _text(feed, "language"))[:35],
        base=absolute(link, url) or url,
    )


def _identifier(value: Any) -> str:
    """The specification wants a string; numbers are to be taken for one."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _body(item: Mapping[str, Any]) -> str:
    return _text(item, "content_html") or common.as_html(_text(item, "content_text"))


def _authors(members: Mapping[str, Any]) -> str:
    """1.1 has ``authors``, 1.0 had ``author``; some write a bare name."""
    people = list(_objects(members, "authors"))
    single = members.get("author")
    if not people and isinstance(single, dict):
        people = [single]
    names = [_text(person, "name") for person in people]
    if not names and isinstance(single, str):
        names = [single.strip()]
    return ", ".join(name for name in names if name and "@" not in name)[: common.MAX_AUTHOR]


def _topics(item: Mapping[str, Any]) -> tuple[str, ...]:
    tags = item.get("tags")
    labels = (
        [tag.strip()[: common.MAX_LABEL] for tag in tags if isinstance(tag, str)]
        if isinstance(tags, list)
        else []
    )
    return tuple(dict.fromkeys(label for label in labels if label))[: common.MAX_TOPICS]


def _media(item: Mapping[str, Any], url: str) -> tuple[tuple[Image, ...], tuple[Enclosure, ...]]:
    pictures = [absolute(_text(item, name), url) for name in ("image", "banner_image")]
    files: list[Enclosure] = []
    for each in _objects(item, "attachments"):
        address, kind = absolute(_text(each, "url"), url), _text(each, "mime_type").lower()[:100]
        if address and common.is_picture(address, kind):
            pictures.append(address)
        elif address:
            files.append(Enclosure(address, kind, common.size(each.get("size_in_bytes"))))
    images = tuple(Image(address) for address in dict.fromkeys(pictures) if address)
    return images[: common.MAX_IMAGES], tuple(files[: common.MAX_ENCLOSURES])


def _websub(feed: Mapping[str, Any], url: str) -> str | None:
    hubs = (_text(each, "url") for each in _objects(feed, "hubs") if _text(each, "type").lower() == "websub")
    return next((address for hub in hubs if (address := absolute(hub, url))), None)


def _warnings(items: int, objects: int, empty: int) -> tuple[Oddity, ...]:
    found = []
    if items - objects + empty:
        found.append(Oddity("degraded", f"{items - objects + empty} items hold nothing to show"))
    if objects > MAX_ITEMS:
        found.append(Oddity("degraded", f"{objects} items, the first {MAX_ITEMS} were read"))
    return tuple(found)
