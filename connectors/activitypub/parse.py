"""Objects of ActivityStreams (w3.org/TR/activitystreams-vocabulary), read into messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from urllib.parse import urljoin

from connectors.activitypub.client import many, mappings, reference, references
from hub.spec import Context, Enclosure, Image, Message, Raw, html_of, links_in, text_in, text_of

#: What may be news. The ones with a name of their own come second.
KINDS = ("Note", "Question", "Image", "Article", "Page", "Event", "Video", "Audio")
_SHORT = ("Note", "Question", "Image")
_PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_ANCHOR = re.compile(r"<a\b([^<>]{0,2000})>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*[\"']([^\"'<>]{1,1000})[\"']", re.IGNORECASE)
_NO_LINK = re.compile(r"\b(?:mention|hashtag|tag)\b", re.IGNORECASE)


def is_public(raw: Raw) -> bool:
    """Addressed to everybody; what says nothing of its readers was shown to a stranger after all."""
    readers = [*references(raw, "to"), *references(raw, "cc")]
    return not readers or any(each in _PUBLIC for each in readers)


def identifier(raw: Raw) -> str:
    return text_in(raw, "id") or address(raw)


def address(raw: Raw) -> str:
    """Where people read it: the page among several links."""
    links = many(raw, "url")
    pages = [each for each in links if isinstance(each, dict) and "html" in text_in(each, "mediaType")]
    for each in (*pages, *links):
        found = text_in(each, "href") if isinstance(each, dict) else each
        if isinstance(found, str) and found.startswith(("http://", "https://")):
            return found
    given = text_in(raw, "id")
    return given if given.startswith(("http://", "https://")) else ""


def to_message(raw: Raw, ctx: Context, *, author: str = "", parent: str = "") -> Message:
    kind, name, summary = text_in(raw, "type"), text_in(raw, "name"), text_in(raw, "summary")
    # a short text's summary is a content warning, an article's an excerpt
    warning = text_of(summary) if kind in _SHORT else ""
    content = _content(raw) or ("" if warning else summary)
    above = f"<p><strong>{escape(warning, quote=False)}</strong></p>\n" if warning else ""
    base, hidden = identifier(raw), raw.get("sensitive") is True
    return Message(
        identifier(raw),
        link=address(raw),
        html=above + content + _choices(raw),
        text=text_of(content),
        title=text_of(name) or warning,
        published=ctx.parse_date(text_in(raw, "published")),
        updated=ctx.parse_date(text_in(raw, "updated")) if text_in(raw, "updated") else None,
        author=author,
        language=next(iter(_map(raw)), "") if len(_map(raw)) == 1 else "",
        links=tuple(dict.fromkeys((*_cards(raw), *_linked(content), *links_in(text_of(content))))),
        topics=tuple(_topics(raw)),
        images=() if hidden else tuple(dict.fromkeys(_images(raw, base))),
        enclosures=() if hidden else tuple(dict.fromkeys(_enclosures(raw, base))),
        parent=parent,
    )


def author_name(raw: Raw) -> str:
    """Who made it: the name where it is given, else the last part of the address."""
    for each in many(raw, "attributedTo"):
        if isinstance(each, dict) and (text_in(each, "name") or text_in(each, "preferredUsername")):
            return text_in(each, "name") or text_in(each, "preferredUsername")
    return reference(raw, "attributedTo").rstrip("/").rpartition("/")[2].lstrip("@")


def _content(raw: Raw) -> str:
    content = text_in(raw, "content") or next(
        (each for each in _map(raw).values() if isinstance(each, str)), ""
    )
    kind = text_in(raw, "mediaType")
    return html_of(content) if kind in ("text/plain", "text/markdown") else content


def _map(raw: Raw) -> Raw:
    found = raw.get("contentMap")
    return found if isinstance(found, dict) else {}


def _choices(raw: Raw) -> str:
    """What a question lets choose."""
    choices = [text_in(each, "name") for name in ("oneOf", "anyOf") for each in mappings(raw, name)]
    items = "".join(f"<li>{escape(each, quote=False)}</li>" for each in choices if each)
    return f"\n<ul>{items}</ul>" if items else ""


def _topics(raw: Raw) -> Iterator[str]:
    for each in mappings(raw, "tag"):
        if text_in(each, "type") in ("Hashtag", "Tag") and text_in(each, "name"):
            yield text_in(each, "name").lstrip("#\uff03")


def _cards(raw: Raw) -> Iterator[str]:
    """What is attached as a link (Lemmy, Friendica)."""
    for each in mappings(raw, "attachment"):
        if text_in(each, "type") in ("Link", "Page", "Article"):
            yield from (url for url in (text_in(each, "href") or text_in(each, "url"),) if url)


def _linked(content: str) -> Iterator[str]:
    for found in _ANCHOR.finditer(content):
        href = _HREF.search(found[1])
        if href and not _NO_LINK.search(found[1].replace(href[0], "")):
            yield unescape(href[1])


def _images(raw: Raw, base: str) -> Iterator[Image]:
    for each in (*many(raw, "image"), *many(raw, "attachment"), *(_itself(raw, "Image"))):
        url, kind = _file(each, base)
        if url and (kind.startswith("image/") or (_kind(each) == "Image" and not kind)):
            width, height = (_pixels(each, name) for name in ("width", "height"))
            yield Image(url, _words(each), width, height)
        elif isinstance(each, str) and each in many(raw, "image"):
            yield Image(urljoin(base, each))


def _enclosures(raw: Raw, base: str) -> Iterator[Enclosure]:
    for each in many(raw, "attachment"):
        url, kind = _file(each, base)
        if url and kind.startswith(("video/", "audio/", "application/pdf")):
            yield Enclosure(url, kind)


def _itself(raw: Raw, kind: str) -> list[Raw]:
    return [raw] if text_in(raw, "type") == kind else []


def _file(each: object, base: str) -> tuple[str, str]:
    """Address and media type of an attachment; several links are several sizes."""
    if not isinstance(each, dict):
        return "", ""
    for link in many(each, "url") or many(each, "href"):
        if isinstance(link, dict):
            found, kind = text_in(link, "href"), text_in(link, "mediaType") or text_in(each, "mediaType")
        else:
            found, kind = link if isinstance(link, str) else "", text_in(each, "mediaType")
        if found:
            return urljoin(base, found), kind
    return "", ""


def _kind(each: object) -> str:
    return text_in(each, "type") if isinstance(each, dict) else ""


def _words(each: object) -> str:
    """The alternative text."""
    return text_of(text_in(each, "name") or text_in(each, "summary")) if isinstance(each, dict) else ""


def _pixels(each: object, name: str) -> int | None:
    value = each.get(name) if isinstance(each, dict) else None
    return value if isinstance(value, int) and 0 < value < 100_000 else None
