"""A post as WordPress's REST API gives it, into an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.wordpress.client import Raw, identifier
from hub.spec import Entry, Image

PREFIX = "wp:"
#: The width in pixels at which a picture is sharp on every phone and still small to send.
WIDTH = 1200
MAX_TOPICS = 50
#: What WordPress calls the category of posts without one, in English and Indonesian.
NO_TOPIC = {"uncategorized", "tak-berkategori", "tanpa-kategori", "tidak-berkategori"}


def entry_id(number: int) -> str:
    return f"{PREFIX}{number}"


def post_number(entry: str) -> int | None:
    """The post's number in an id made by :func:`entry_id`, or None for any other id."""
    digits = entry.removeprefix(PREFIX)
    return int(digits) if digits != entry and digits.isascii() and digits.isdigit() else None


def is_public(raw: Raw) -> bool:
    """False for what must not be republished: anything but ``publish``, and posts with a password."""
    if raw.get("status", "publish") != "publish":
        return False
    return not any(_dict(raw.get(part)).get("protected") for part in ("content", "excerpt"))


def to_entry(raw: Raw, home: str) -> Entry:
    """``raw`` must have a valid id. Fields that are missing or of an unexpected shape stay empty."""
    number = identifier(raw)
    assert number is not None, "the client lists posts with ids only"
    embedded = _dict(raw.get("_embedded"))
    published = _date(raw.get("date_gmt"))
    image = next(_images(embedded), None)
    guid = _rendered(raw.get("guid"))
    return Entry(
        id=entry_id(number),
        link=_text(raw.get("link")),
        title=_rendered(raw.get("title")),
        html=_rendered(raw.get("content")),
        summary=_rendered(raw.get("excerpt")),
        author=next((_text(each.get("name")) for each in _dicts(embedded.get("author"))), ""),
        published=published,
        updated=_date(raw.get("modified_gmt")),
        published_as_given="" if published else _text(raw.get("date")),
        topics=tuple(_topics(embedded))[:MAX_TOPICS],
        images=(image,) if image else (),
        base=home,
        aliases=tuple(dict.fromkeys(alias for alias in (guid, f"{home}?p={number}") if alias)),
    )


def from_feed(entry: Entry) -> Entry:
    """An entry of the site's feed under the id that REST gives the same post, where its GUID tells it
    (``https://desa.id/?p=12``); its own id then becomes an alias."""
    for given in (entry.id, *entry.aliases):
        number = parse_qs(urlsplit(given).query).get("p", [""])[0] if "p=" in given else ""
        if re.fullmatch(r"[1-9][0-9]{0,17}", number, re.ASCII):
            aliases = dict.fromkeys((entry.id, *entry.aliases))
            return replace(entry, id=entry_id(int(number)), aliases=tuple(aliases))
    return entry


def _topics(embedded: Raw) -> Iterator[str]:
    for group in _list(embedded.get("wp:term")):
        for term in _dicts(group):
            named = _text(term.get("name"))
            wanted = term.get("taxonomy") in ("category", "post_tag")
            if wanted and named and term.get("slug") not in NO_TOPIC:
                yield named


def _images(embedded: Raw) -> Iterator[Image]:
    for media in _dicts(embedded.get("wp:featuredmedia")):
        full, details = _text(media.get("source_url")), _dict(media.get("media_details"))
        if full and media.get("media_type", "image") == "image":
            best = _best_size(full, details)
            yield replace(best, alt=_text(media.get("alt_text")))


def _best_size(full: str, details: Raw) -> Image:
    """The rendition whose width is nearest to :data:`WIDTH`, of those that show the whole picture."""
    original = Image(full, width=_pixels(details.get("width")), height=_pixels(details.get("height")))
    if not original.width or not original.height:
        return original
    shape = original.width / original.height
    choices = [original]
    for size in _dict(details.get("sizes")).values():
        rendition = _dict(size)
        url, width, height = (rendition.get(name) for name in ("source_url", "width", "height"))
        wide, high = _pixels(width), _pixels(height)
        if isinstance(url, str) and wide and high and abs(wide / high - shape) < 0.02 * shape:
            choices.append(Image(url, width=wide, height=high))
    return min(choices, key=lambda choice: abs((choice.width or 0) - WIDTH))


def _date(value: Any) -> datetime | None:
    """``2026-01-05T08:00:00`` in UTC; WordPress writes year 0 where it has none."""
    try:
        read = datetime.fromisoformat(_text(value))
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _pixels(value: Any) -> int | None:
    text = str(value) if isinstance(value, (int, str)) else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else None


def _rendered(value: Any) -> str:
    return _text(_dict(value).get("rendered")) or _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> Raw:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> Iterator[Raw]:
    return (each for each in _list(value) if isinstance(each, dict))
