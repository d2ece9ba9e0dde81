"""From feedparser's dictionaries to entries: one place that knows their keys."""

from __future__ import annotations

import hashlib
import html
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urljoin, urlsplit

from hub.model import Enclosure, Entry, Image
from hub.text.dates import parse_date
from hub.text.feed_parser import Parsed
from hub.text.normalise import absolute

MAX_TOPICS = 50
MAX_IMAGES = 20
MAX_ENCLOSURES = 20
MAX_TITLE = 2000
MAX_LABEL = 100
MAX_AUTHOR = 200
#: Larger sizes are slips or lies (1 TiB).
MAX_LENGTH = 1 << 40

_HTML = ("text/html", "application/xhtml+xml")
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")
_NO_ADDRESS = re.compile(r"[\w.:-]{1,200}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")
#: Pictures of authors and counters, never of the story.
_NO_STORY = ("gravatar.com/avatar/", "feeds.feedburner.com/~", "/feed-pixel", "stats.wordpress.com/")


@dataclass(frozen=True, slots=True)
class Setting:
    """What an entry inherits: the document's address, the site's page, the zone of dates without one."""

    url: str
    home: str
    zone: tzinfo
    language: str = ""
    atom: bool = False


def read_entries(parsed: Parsed, *, url: str, zone: tzinfo) -> tuple[Entry, ...]:
    """All entries that feedparser found, in document order; ids may repeat."""
    home = absolute(_text(parsed.feed, "link"), url)
    language = _text(parsed.feed, "language")
    setting = Setting(url, home, zone, language, atom=parsed.version.startswith("atom"))
    return tuple(to_entry(raw, setting) for raw in parsed.entries)


def to_entry(raw: Mapping[str, Any], setting: Setting) -> Entry:
    """One of feedparser's entries as ours. Its id is the item's own, else its link, else made of title
    and date."""
    link = _joined(setting.url, _text(raw, "feedburner_origlink") or _link(raw))
    title = _text(raw, "title")[:MAX_TITLE]
    body, summary, detail = _bodies(raw)
    published, updated, given = _dates(raw, setting.zone)
    images, enclosures = _media(raw, setting.url)
    own = _text(raw, "id")
    return Entry(
        id=own or link or made_up_id(title, given, body or summary),
        link=link,
        title=title,
        html=body,
        summary=summary,
        author=_author(raw),
        published=published,
        updated=updated,
        published_as_given=given,
        topics=_topics(raw),
        images=images,
        enclosures=enclosures,
        language=str(detail.get("language") or setting.language or "")[:35],
        base=_base(str(detail.get("base") or setting.url), absolute(link, setting.url), setting),
        aliases=_aliases(raw, own, link, setting.home or setting.url),
    )


def made_up_id(title: str, date: str, text: str) -> str:
    """An id for an item that has neither id nor link. The text counts only where there is no title, so
    that an edit does not make another post of it."""
    seed = f"{title}\n{date}" if title else f"{date}\n{text}"
    return "hash:" + hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def as_html(text: str) -> str:
    """Plain text as HTML: escaped, blank lines as paragraphs, other line breaks kept."""
    paragraphs = html.escape(text.strip(), quote=False).replace("\r\n", "\n").split("\n\n")
    if len(paragraphs) == 1 and "\n" not in paragraphs[0]:
        return paragraphs[0]
    return "".join(f"<p>{part.strip().replace(chr(10), '<br>')}</p>" for part in paragraphs if part.strip())


def size(value: object) -> int | None:
    """A count of bytes or pixels; None for what is no plausible one."""
    try:
        number = int(str(value)[:20])
    except ValueError:
        return None
    return number if 0 < number < MAX_LENGTH else None


def is_picture(url: str, media_type: str = "", medium: str = "") -> bool:
    if media_type or medium:
        return media_type.startswith("image/") or medium == "image"
    return urlsplit(url).path.lower().endswith(_PICTURES)


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value.strip() if isinstance(value, str) else ""


def _dicts(raw: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    found = raw.get(key)
    return (dict(each) for each in found if isinstance(each, dict)) if isinstance(found, list) else iter(())


def _link(raw: Mapping[str, Any]) -> str:
    """The item's page. feedparser takes a bare number in ``<guid>`` for a relative address: not we."""
    link = _text(raw, "link")
    if link and not (link == _text(raw, "id") and _NO_ADDRESS.fullmatch(link)):
        return link
    return next((_text(link, "href") for link in _dicts(raw, "links") if link.get("rel") == "alternate"), "")


def _joined(url: str, link: str) -> str:
    """``link`` seen from ``url`` unless it has a scheme; no judgement on it otherwise."""
    if not link or _SCHEME.match(link):
        return link
    try:
        return urljoin(url, link)
    except ValueError:
        return link


def _bodies(raw: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Full content and summary as HTML, and feedparser's details (language, base) of the better one.

    feedparser copies the content to the summary where there is none; that copy is no summary.
    """
    contents = [each for each in _dicts(raw, "content") if _text(each, "value")]
    best = max(contents, key=lambda each: (each.get("type") in _HTML, len(each["value"])), default=None)
    detail: Mapping[str, Any] = raw.get("summary_detail") or {}
    summary = _text(raw, "summary")
    if any(summary == _text(each, "value") for each in contents):
        summary = ""
    elif detail.get("type") == "text/plain":
        summary = as_html(summary)
    if best is None:
        return "", summary, detail
    value = _text(best, "value")
    return (as_html(value) if best.get("type") == "text/plain" else value), summary, best


def _dates(raw: Mapping[str, Any], zone: tzinfo) -> tuple[datetime | None, datetime | None, str]:
    """When the item was published and updated, and the former as it was given. RSS 1.0 and many Atom
    feeds know one date only, which is then both."""
    published = updated = None
    given = ""
    for key in ("published", "created", "updated"):
        as_given = _text(raw, key)
        found = _date(raw, key, zone) if as_given else None
        if key == "updated":
            updated = found
        given = given or as_given
        published = published or found
    return published, updated, given[:MAX_LABEL]


def _date(raw: Mapping[str, Any], key: str, zone: tzinfo) -> datetime | None:
    if found := parse_date(_text(raw, key), zone=zone):
        return found
    parts = raw.get(f"{key}_parsed")
    try:
        return datetime.fromtimestamp(timegm(parts), UTC) if parts else None
    except (OverflowError, ValueError, OSError):
        return None


def _author(raw: Mapping[str, Any]) -> str:
    """Names, never e-mail addresses (``noreply@blogger.com (Nama)``)."""
    names = [_text(each, "name") for each in _dicts(raw, "authors")]
    names = [name for name in names if name and "@" not in name] or [_text(raw, "author")]
    return ", ".join(dict.fromkeys(name for name in names if "@" not in name))[:MAX_AUTHOR]


def _topics(raw: Mapping[str, Any]) -> tuple[str, ...]:
    labels = (
        str(tag.get("label") or tag.get("term") or "").strip()[:MAX_LABEL]
        for tag in _dicts(raw, "tags")
        if not str(tag.get("scheme") or "").endswith("#kind")  # Blogger: every item is a "post"
    )
    return tuple(dict.fromkeys(label for label in labels if label))[:MAX_TOPICS]


def _media(raw: Mapping[str, Any], url: str) -> tuple[tuple[Image, ...], tuple[Enclosure, ...]]:
    images: dict[str, Image] = {}
    files: dict[str, Enclosure] = {}
    for each in _attachments(raw):
        address = absolute(str(each.get("url") or each.get("href") or ""), url)
        kind, medium = str(each.get("type") or "").lower()[:100], str(each.get("medium") or "").lower()
        if not address or any(part in address for part in _NO_STORY):
            continue
        if is_picture(address, kind, medium):
            images.setdefault(
                address, Image(address, width=size(each.get("width")), height=size(each.get("height")))
            )
        else:
            length = size(each.get("length") or each.get("filesize"))
            files.setdefault(address, Enclosure(address, kind, length))
    return tuple(images.values())[:MAX_IMAGES], tuple(files.values())[:MAX_ENCLOSURES]


def _attachments(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _dicts(raw, "media_content")
    yield from (link for link in _dicts(raw, "links") if link.get("rel") == "enclosure")
    image = raw.get("image")
    if isinstance(image, dict):
        yield {"href": image.get("href"), "medium": "image"}
    yield from ({**thumbnail, "medium": "image"} for thumbnail in _dicts(raw, "media_thumbnail"))


def _base(declared: str, link: str, setting: Setting) -> str:
    """What relative addresses refer to: ``xml:base``, else in Atom the document (RFC 3986, 5.1.3). RSS
    says nothing; there it is the post's own page, if that is on the site, because a feed is often served
    from elsewhere (FeedBurner)."""
    if setting.atom or declared != setting.url:
        return declared
    site = setting.home or setting.url
    return link if link and urlsplit(link).hostname == urlsplit(site).hostname else site


def _aliases(raw: Mapping[str, Any], own: str, link: str, home: str) -> tuple[str, ...]:
    """WordPress says the post's number besides (``<post-id>``): the address that never changes."""
    number = _text(raw, "post-id")
    shortlink = absolute(f"/?p={number}", home) if number.isdecimal() else ""
    original = _text(raw, "link")
    return tuple(name for name in (shortlink, original) if name and name not in (own, link))
