"""What a connector hands over: items as given, nothing trusted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from hub.model.alert import Alert
from hub.model.source import Cursor


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: absolute http(s) URL, alternative text, size in pixels where known."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attached file: absolute http(s) URL, media type as claimed, size in bytes where plausible."""

    url: str
    type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as given by the outside world. Nothing in it is trusted: ``to_post`` cleans all of it.

    Args:
        id: the item's own identifier at its source, stable over edits (GUID, REST id); never empty.
        link: where people read it; may be relative to ``base``.
        title, html, summary: text that may hold any markup. ``html`` is the full content where the
            source gives one, ``summary`` its excerpt.
        published, updated: aware datetimes, or None where missing or unreadable.
        published_as_given: the date as it stood in the source, for display where it was unreadable.
        base: URL that relative addresses in this entry refer to.
        aliases: further identifiers of the same item (``https://site/?p=12``), so that one post seen
            through two doors is one post.
        about: the address that this item passes on (a link shared on a social network). Where it is an
            article of the same KIM's own site, the two are one story.
        alert: set when the item is a warning of an authority.
        origin: name of the KIM whose item it is, where the source only passes it on (another hub).
        via: base URLs of the hubs that it came through, the one that harvested it first.
        village: Kemendagri code of the village it is from, where that is not the site's own.
        noindex: its page asks search engines to leave it out.
    """

    id: str
    link: str = ""
    title: str = ""
    html: str = ""
    summary: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    published_as_given: str = ""
    topics: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""
    base: str = ""
    aliases: tuple[str, ...] = ()
    about: str = ""
    alert: Alert | None = None
    origin: str = ""
    via: tuple[str, ...] = ()
    village: str = ""
    noindex: bool = False

    @property
    def digest(self) -> str:
        """Hash of everything a reader could see: equal digest means nothing to do."""
        seen: tuple[object, ...] = (
            self.link,
            self.title,
            self.html,
            self.summary,
            self.author,
            self.published.isoformat() if self.published else self.published_as_given,
            self.topics,
            [(i.url, i.alt) for i in self.images],
            [(e.url, e.type) for e in self.enclosures],
        )
        if self.alert is not None:
            seen += (repr(self.alert),)
        if self.origin or self.village:
            seen += (self.origin, self.village)
        if self.noindex:
            seen += ("noindex",)
        return hashlib.blake2b(
            json.dumps(seen, ensure_ascii=False).encode("utf-8", "surrogatepass"), digest_size=16
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Missing:
    """An entry that its source no longer shows.

    ``certain`` says that the source stated it (410, status trash): the post is withdrawn at once.
    Otherwise the hub wants two sightings at least an hour apart.
    """

    id: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something odd that harmed nothing: ``reason`` from ``hub.errors.REASONS``, one line of detail."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One portion of a visit. The hub stores its entries and its cursor in one transaction, so a killed
    process resumes at the last batch.

    Args:
        cursor: what the connector wants back next time (JSON values).
        entries: new or possibly changed items, newest last or first as the source has them.
        skipped: how many items the connector knew to be unchanged and left out.
        missing: items that have disappeared.
        unchanged: nothing at all is new (304, or the same body).
        wait: seconds until the next visit is useful; None leaves the schedule to the hub.
        more: further pages wait; come back soon (a backfill that stops at a deadline).
        warnings: oddities for the source's health.
        urgent: lives may hang on the next visit: ``wait`` may be shorter than the shortest interval.
        moved_to: the permanent redirect's target, if every hop was permanent.
    """

    cursor: Cursor
    entries: tuple[Entry, ...] = ()
    skipped: int = 0
    missing: tuple[Missing, ...] = ()
    unchanged: bool = False
    wait: float | None = None
    more: bool = False
    warnings: tuple[Oddity, ...] = ()
    moved_to: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document read into entries.

    ``hashes`` are the hashes of all raw items in document order (give them back as ``known`` to have
    unchanged items skipped); ``skipped`` counts those. ``next_url`` is the next page (RFC 5005, JSON
    Feed), ``hub_url`` a WebSub hub, ``self_url`` the advertised topic.
    """

    title: str = ""
    home: str = ""
    kind: str = ""
    entries: tuple[Entry, ...] = ()
    hashes: tuple[str, ...] = ()
    skipped: int = 0
    next_url: str | None = None
    hub_url: str | None = None
    self_url: str | None = None
    generator: str = ""
    expired: bool = False
    warnings: tuple[Oddity, ...] = ()
