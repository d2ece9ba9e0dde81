"""From Entry to Draft: the one mapping from what a source gave to what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from html import unescape
from typing import Final
from urllib.parse import unquote, urlsplit

from hub.model import SEVERITIES, Alert, Draft, Enclosure, Entry, Image, SafeHtml, Topic
from hub.text.identity import content_digest, dated_print, keys_about, keys_of, told_print
from hub.text.markup import text_of_regular, without_fatal
from hub.text.normalise import (
    absolute,
    clean_title,
    excerpt,
    first_sentence,
    fold,
    make_topic,
    plain,
    shortened,
    strip_shortcodes,
)
from hub.text.sanitise import Engine, sanitise

MAX_TEXT: Final = 200_000
MAX_IMAGES: Final = 20
MAX_TOPICS: Final = 20
MAX_ENCLOSURES: Final = 20
MAX_AUTHOR: Final = 100
MAX_ALERT_WORDS: Final = 1000
#: Hubs that a post can have come through: nation, province, district, and some to spare.
MAX_VIA: Final = 8
MAX_ID: Final = 2000
MAX_FILE_BYTES: Final = 2 * 1024**3
MAX_PIXELS: Final = 20_000

#: Before this nobody in the villages published on the web.
_EARLIEST: Final = datetime(1995, 1, 1, tzinfo=UTC)
_TOLERANCE: Final = timedelta(days=1)

_ELEMENT: Final = re.compile(r"<[a-zA-Z/!][^<>]*>")
_ESCAPED_ELEMENT: Final = re.compile(r"&lt;/?[a-zA-Z][^<>]{0,300}?&gt;")
#: Entities escaped once too often, as OpenSID does in its feed; nobody writes about them in village news.
_ESCAPED_TWICE: Final = re.compile(
    r"&amp;(?=(?:nbsp|amp|quot|apos|#\d{2,5}|#x[0-9a-fA-F]{2,5}|[lr][sd]quo|hellip|[mn]dash);)"
)
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")
#: What WordPress adds below each item of its feed; the same post read by REST has no such line.
_FEED_FOOTER: Final = re.compile(
    r"<p>(?:The post|Artikel|Pos|Tulisan)\s<a\s[^<>]*>[^<>]*</a>\s[^<>]{3,60}\s"
    r"<a\s[^<>]*>[^<>]*</a>\.?</p>\s*$"
)
_GO_ON: Final = r"(?:Continue reading|Read more|Baca selengkapnya|Selengkapnya)\b.*"
_TEASER_END: Final = re.compile(
    rf"(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*(?:{_GO_ON})?$|{_GO_ON}$", re.IGNORECASE | re.DOTALL
)
_IMAGE: Final = re.compile(r'<img [^>]*src="([^"]*)" alt="([^"]*)"[^>]*>')
_SIZE: Final = re.compile(r' (width|height)="(\d+)"')
_MAILBOX: Final = re.compile(r"\S+@\S+")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,2}")
_VILLAGE: Final = re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}", re.ASCII)
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")


def to_draft(entry: Entry, *, site_url: str, zone: tzinfo, now: datetime, engine: Engine = "both") -> Draft:
    """``entry`` cleaned, completed and bounded; any entry gives a draft.

    Args:
        site_url: the registered address of the site, the last base for relative addresses.
        zone: of times that came without one.
        now: the hub's clock, aware; nothing sorts after it.
        engine: of ``sanitise``.
    """
    link = absolute(entry.link, entry.base or site_url) or absolute(entry.id, "")
    base = absolute(entry.base, site_url) or link or site_url
    body = sanitise(_markup(entry), base=base, engine=engine)
    text = text_of_regular(body)[:MAX_TEXT]
    title = clean_title(entry.title) or first_sentence(text) or _title_from(link)
    published, doubtful = _when(entry, zone, now)
    digest = content_digest(title, text)
    prints = (dated_print(digest, len(text), published), told_print(title, text, published))
    return Draft(
        external_id=without_fatal(entry.id)[:MAX_ID],
        keys=(*keys_of(entry, site_url), *(f"print:{each}" for each in prints if each and not entry.via)),
        entry_digest=entry.digest,
        digest=digest,
        link=link,
        title=title,
        body=body,
        text=text,
        excerpt=_excerpt(entry, text),
        author=_author(entry.author),
        published=published,
        published_as_given=_as_given(entry),
        sort_at=min(published, now) if published else now,
        date_doubtful=doubtful,
        topics=_topics(entry.topics),
        images=_images(entry.images, body, base),
        enclosures=_enclosures(entry.enclosures, base),
        language=_language(entry.language),
        alert=_alert(entry.alert),
        origin=shortened(clean_title(entry.origin), MAX_AUTHOR),
        via=tuple(url for each in entry.via[:MAX_VIA] if (url := absolute(each, ""))),
        village=entry.village if _VILLAGE.fullmatch(entry.village) else "",
        noindex=entry.noindex,
        about=keys_about(entry, site_url),
    )


# -- text --------------------------------------------------------------------------------------------


def _markup(entry: Entry) -> str:
    """The body as HTML, not yet safe: the full content, else the summary; plain text in paragraphs."""
    html = entry.html if entry.html.strip() else entry.summary
    html = strip_shortcodes(html).rstrip("\ufffd \n")  # OpenSID cuts by bytes
    if "&amp;" in html:
        html = _ESCAPED_TWICE.sub("&", html)
    if not _ELEMENT.search(html):
        if not _ESCAPED_ELEMENT.search(html):
            return _paragraphs(html)
        html = unescape(html)
    if "</a>" in html[-600:]:
        html = html[:-600] + _FEED_FOOTER.sub("", html[-600:])
    return html


def _paragraphs(text: str) -> str:
    blocks = (block.strip() for block in _PARAGRAPHS.split(text.replace("\r\n", "\n")))
    return "\n".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in blocks if block)


def _excerpt(entry: Entry, text: str) -> str:
    """From the summary where its author wrote one, else from the beginning of the text."""
    if entry.html.strip() and entry.summary:
        teaser = _finished(plain(strip_shortcodes(entry.summary[:20_000])))
        if len(teaser) >= 40 and not text.startswith(teaser[:60]):
            return excerpt(teaser)
    return excerpt(_finished(text))


def _finished(teaser: str) -> str:
    """``teaser`` without what says that it goes on elsewhere (``[...]``, ``Baca selengkapnya``)."""
    return (teaser[:-120] + _TEASER_END.sub("", teaser[-120:])).rstrip() if len(teaser) < 2000 else teaser


def _title_from(link: str) -> str:
    """The last part of an address in words, for an item that has neither title nor text."""
    name = unquote(urlsplit(link).path).rstrip("/").rpartition("/")[2]
    words = clean_title(re.sub(r"[-_+.]+", " ", name.removesuffix(".html").removesuffix(".php")))
    return words[:1].upper() + words[1:]


def _author(given: str) -> str:
    """A name without mail addresses (RSS asks for ``address (name)``)."""
    name = clean_title(given[:2000])
    if "@" in name:
        name = fold(_MAILBOX.sub(" ", name)).strip("()<> ,;")
    return shortened(name, MAX_AUTHOR)


def _topics(labels: Iterable[str]) -> tuple[Topic, ...]:
    topics: dict[str, Topic] = {}
    for label, _ in zip(labels, range(10 * MAX_TOPICS), strict=False):
        if topic := make_topic(label):
            topics.setdefault(topic.slug, topic)
        if len(topics) == MAX_TOPICS:
            break
    return tuple(topics.values())


def _language(given: str) -> str:
    found = _LANGUAGE.fullmatch(given.strip().lower().replace("_", "-"))
    return found[0] if found else ""


def _alert(given: Alert | None) -> Alert | None:
    """A warning with its words cleaned and bounded."""
    if given is None:
        return None

    def clean(words: str) -> str:
        return shortened(clean_title(words), MAX_ALERT_WORDS)

    return replace(
        given,
        event=clean(given.event),
        severity=given.severity if given.severity in SEVERITIES else "Unknown",
        urgency=clean(given.urgency),
        certainty=clean(given.certainty),
        area=clean(given.area),
        attribution=clean(given.attribution),
    )


# -- time --------------------------------------------------------------------------------------------


def _when(entry: Entry, zone: tzinfo, now: datetime) -> tuple[datetime | None, bool]:
    """The time of publication if it can be one, and whether the given one is doubtful."""
    given = entry.published or entry.updated
    if given is None:
        return None, True
    if given.tzinfo is None:
        given = given.replace(tzinfo=zone)
    try:
        moment = given.astimezone(UTC)
    except OverflowError:
        return None, True
    if not _EARLIEST <= moment <= now + _TOLERANCE:
        return None, True
    return moment, False


def _as_given(entry: Entry) -> str:
    given = fold(entry.published_as_given[:400])
    if not given and entry.published:
        given = entry.published.isoformat()
    return shortened(given, MAX_AUTHOR)


# -- files -------------------------------------------------------------------------------------------


def _images(given: Iterable[Image], body: SafeHtml, base: str) -> tuple[Image, ...]:
    images: dict[str, Image] = {}
    for image in (*_given_images(given, base), *_body_images(body)):
        images.setdefault(image.url, image)
        if len(images) == MAX_IMAGES:
            break
    return tuple(images.values())


def _given_images(given: Iterable[Image], base: str) -> Iterator[Image]:
    for image, _ in zip(given, range(10 * MAX_IMAGES), strict=False):
        if url := absolute(image.url, base):
            yield Image(url, clean_title(image.alt), _pixels(image.width), _pixels(image.height))


def _body_images(body: str) -> Iterator[Image]:
    """Images of a sanitised body, whose tags are regular."""
    for found in _IMAGE.finditer(body):
        size = {name: _pixels(int(digits)) for name, digits in _SIZE.findall(found[0])}
        yield Image(unescape(found[1]), unescape(found[2]), size.get("width"), size.get("height"))


def _pixels(number: int | None) -> int | None:
    return number if isinstance(number, int) and 0 < number <= MAX_PIXELS else None


def _enclosures(given: Iterable[Enclosure], base: str) -> tuple[Enclosure, ...]:
    """Attached files that may be linked to. A page is no file; an absurd length is unknown (F27)."""
    kept: dict[str, Enclosure] = {}
    for enclosure, _ in zip(given, range(10 * MAX_ENCLOSURES), strict=False):
        url = absolute(enclosure.url, base)
        kind = enclosure.type.partition(";")[0].strip().lower()
        if not url or kind in ("text/html", "application/xhtml+xml"):
            continue
        length = enclosure.length
        if not isinstance(length, int) or not 0 < length <= MAX_FILE_BYTES:
            length = None
        kept.setdefault(url, Enclosure(url, kind if _MEDIA_TYPE.fullmatch(kind) else "", length))
        if len(kept) == MAX_ENCLOSURES:
            break
    return tuple(kept.values())
