"""Feeds: bytes in, entries out. No network, no clock, nothing kept.

What is the same as last time is not parsed again: the raw items of an XML document are found by a linear
scan and hashed, and feedparser is handed the document without those whose hash is known.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from hub.errors import ParseError
from hub.model import Entry, Oddity, ParsedFeed
from hub.text import feed_entries, feed_parser
from hub.text.dates import parse_date
from hub.text.feed_document import Document, fingerprint, read_document
from hub.text.feed_json import looks_like_json, parse_json_feed
from hub.text.normalise import absolute

#: A longer document is refused unread; the hub's client does not fetch one.
MAX_BYTES = 5 * 2**20
#: The newest items that one document may bring.
MAX_ITEMS = 500

_DATE = re.compile(
    r"<(?:\w{1,20}:)?(?:pubDate|published|issued|updated|modified|date)(?:\s[^>]{0,80})?>\s*(?:<!\[CDATA\[)?([^<\]]{4,60})",
    re.IGNORECASE,
)
_GUID = re.compile(r"<(?:guid|id)(?:\s[^>]{0,200})?>\s*(?:<!\[CDATA\[)?([^<\]]{1,2000})")
_LINK = re.compile(
    r"<link(?:\s[^>]{0,500}?href\s*=\s*[\"']([^\"']*)|[^>]{0,200}>\s*(?:<!\[CDATA\[)?([^<\]]*))"
)
_TITLE = re.compile(r"<title[^>]{0,200}>\s*(?:<!\[CDATA\[)?([^<\]]*)")


def parse_feed(
    body: bytes, *, url: str, content_type: str = "", known: Collection[str] = (), zone: tzinfo
) -> ParsedFeed:
    """RSS 0.9-2.0, RDF, Atom, CDF or JSON Feed as entries, newest 500 at most.

    Args:
        body: the document as received, decompressed.
        url: where it came from; relative addresses refer to it.
        content_type: the Content-Type header, for its charset.
        known: hashes of raw items (``ParsedFeed.hashes`` of the last time) that are to be skipped.
        zone: for dates that name none.

    Raises:
        ParseError: ``not_a_feed``; ``bad_charset``; ``too_large`` over 5 MiB. A document that is merely
            flawed is read as far as it is whole, with a ``degraded`` warning.
    """
    if len(body) > MAX_BYTES:
        raise ParseError("too_large", f"{len(body)} bytes, at most {MAX_BYTES} are read")
    if not body.strip():
        raise ParseError("not_a_feed", "the answer is empty")
    known = frozenset(known)
    if looks_like_json(body, content_type):
        return parse_json_feed(body, url=url, content_type=content_type, known=known, zone=zone)
    return _parse_xml(read_document(body, content_type), url, known, zone)


def _parse_xml(document: Document, url: str, known: frozenset[str], zone: tzinfo) -> ParsedFeed:
    spans, surplus = _newest(document, zone)
    raws = [document.raw(span) for span in spans]
    hashes = tuple(fingerprint(raw) for raw in raws)
    fresh = {mark: span for mark, span in zip(hashes, spans, strict=True) if mark not in known}
    parsed = feed_parser.run(document.keeping(list(fresh.values())), url=url)
    entries = feed_entries.read_entries(parsed, url=url, zone=zone)
    if document.spans is None:
        entries = entries[:MAX_ITEMS]
        shared = _shared([(entry.id, entry.link or entry.title) for entry in entries])
    else:
        shared = _shared_in(raws)
    return ParsedFeed(
        kind=parsed.version or "xml",
        entries=_distinct(entries, shared),
        hashes=hashes,
        skipped=sum(mark in known for mark in hashes),
        warnings=_warnings(document, parsed.flaw, surplus, shared),
        **_channel(parsed.feed, url),
    )


def _newest(document: Document, zone: tzinfo) -> tuple[tuple[tuple[int, int], ...], int]:
    """The places of the newest items and how many are too many. Feeds have their newest item first or
    last; its date tells which."""
    spans = document.spans or ()
    surplus = len(spans) - MAX_ITEMS
    if surplus <= 0:
        return spans, 0
    first, last = (parse_date(_first(_DATE, document.raw(spans[at])), zone=zone) for at in (0, -1))
    rising = first is not None and last is not None and first < last
    return (spans[-MAX_ITEMS:] if rising else spans[:MAX_ITEMS]), surplus


def _first(pattern: re.Pattern[str], raw: str, at: int = 0) -> str:
    found = pattern.search(raw, at)
    return html.unescape(next((group for group in found.groups() if group), "")).strip() if found else ""


def _shared_in(raws: Sequence[str]) -> frozenset[str]:
    """Ids that stand for several items of the document. All raw items are looked at, not only the unseen
    ones, so that an item keeps its id when the other one is already known."""
    guids = [_guid(raw) for raw in raws]
    if len(set(guids)) == len(guids):
        return frozenset()
    return _shared(
        [(guid, _first(_LINK, raw) or _first(_TITLE, raw)) for guid, raw in zip(guids, raws, strict=True)]
    )


def _guid(raw: str) -> str:
    at = raw.find("<guid")
    return _first(_GUID, raw, at if at >= 0 else max(raw.find("<id"), 0))


def _shared(items: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Ids used again with another link (or title, where there is none)."""
    marks = defaultdict(set)
    for guid, mark in items:
        if guid:
            marks[guid].add(mark)
    return frozenset(guid for guid, seen in marks.items() if len(seen) > 1)


def _distinct(entries: Iterable[Entry], shared: frozenset[str]) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for entry in entries:
        mark = entry.link or entry.title
        if entry.id in shared and mark != entry.id:
            entry = replace(entry, id=f"{entry.id}#{mark}")
        found.setdefault(entry.id, entry)
    return tuple(found.values())


def _warnings(document: Document, flaw: str, surplus: int, shared: frozenset[str]) -> tuple[Oddity, ...]:
    found = []
    if document.cut:
        found.append(Oddity("degraded", "the document ends in the middle; its whole items were kept"))
    elif flaw:
        found.append(Oddity("degraded", f"malformed XML: {flaw}"))
    if surplus:
        found.append(Oddity("degraded", f"{surplus + MAX_ITEMS} items, the newest {MAX_ITEMS} were read"))
    if shared:
        found.append(Oddity("degraded", f"one GUID stands for several items: {min(shared)[:100]}"))
    return tuple(found)


def _channel(feed: Mapping[str, Any], url: str) -> dict[str, Any]:
    links = {
        str(link.get("rel")): address
        for link in reversed(feed.get("links") or [])
        if (address := absolute(str(link.get("href") or ""), url))
    }
    detail = feed.get("generator_detail") or {}
    generator = f"{feed.get('generator') or ''} {detail.get('href') or ''}"
    return {
        "title": str(feed.get("title") or "").strip()[: feed_entries.MAX_TITLE],
        "home": absolute(str(feed.get("link") or ""), url),
        "next_url": links.get("next") or links.get("prev-archive"),
        "hub_url": links.get("hub"),
        "self_url": links.get("self"),
        "generator": generator.strip()[:200],
    }
