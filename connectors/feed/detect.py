"""Finding the feed of a site from its front page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urljoin, urlsplit

from hub.spec import Context, Link, ParsedFeed, Probe, Proposal, RemoteError, Response

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
#: Addresses that one detection may fetch.
MAX_TRIED = 10
RANK, RANK_SUMMARY, RANK_GUESS = 50, 55, 60

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_MAYBE_TYPES = ("application/json", "application/xml", "text/xml")
#: WordPress's comment feeds and REST, oEmbed, Blogger's comments: alternates that are no news.
_NOT_NEWS = re.compile(
    r"/comments/|comments-rss2|/wp-json/|rest_route=|oembed|\bcomments?\b|\bkomentar\b", re.IGNORECASE
)
_OPENSID = re.compile(rb"opensid|/desa/(?:upload|themes|logo)/|index\.php/(?:artikel|first)\b", re.IGNORECASE)
_CHANNEL = re.compile(rb"\"(?:externalId|channelId)\"\s*:\s*\"(UC[\w-]{22})\"|/channel/(UC[\w-]{22})")
_YOUTUBE = ("youtube.com", "www.youtube.com", "m.youtube.com")
_GUESSES = ("feed/", "feed.xml", "rss", "atom.xml", "index.php/feed", "?feed=rss2", "rss.xml", "feed.json")


@dataclass(frozen=True, slots=True)
class Candidate:
    url: str
    rank: int = RANK


def propose(probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """The site's feeds, each fetched and read before it is proposed: the address itself, what the page
    links, else the usual places. The first one with full texts ends the search."""
    own = _read(probe.response, ctx)
    if own is not None:
        yield _proposal(Candidate(probe.url), probe.response, own, probe)
        return
    found = False
    for candidate in _candidates(probe)[:MAX_TRIED]:
        if found and candidate.rank >= RANK_GUESS:
            return
        try:
            response = ctx.http.get(candidate.url, accept=ACCEPT)
        except RemoteError:
            continue
        feed = _read(response, ctx)
        if feed is None:
            continue
        proposal = _proposal(candidate, response, feed, probe)
        yield proposal
        if proposal.rank != RANK_SUMMARY:
            return
        found = True


def _read(response: Response, ctx: Context) -> ParsedFeed | None:
    content_type = response.headers.get("content-type", "")
    try:
        return ctx.parse_feed(response.body, url=response.url, content_type=content_type)
    except RemoteError:
        return None


def _candidates(probe: Probe) -> list[Candidate]:
    linked = [Candidate(link.url) for link in sorted(probe.links, key=_last_resorts) if _is_news(link)]
    guesses = _youtube(probe) or [
        Candidate(urljoin(probe.url, path), RANK_GUESS) for path in _usual_places(probe)
    ]
    return list({candidate.url: candidate for candidate in reversed([*linked, *guesses])}.values())[::-1]


def _is_news(link: Link) -> bool:
    kind = link.type.partition(";")[0].strip().lower()
    return (
        "alternate" in link.rel.lower().split()
        and kind in (*_FEED_TYPES, *_MAYBE_TYPES)
        and not _NOT_NEWS.search(f"{link.url} {link.title}")
    )


def _last_resorts(link: Link) -> int:
    """Sure types first; Blogger's short feed and types that say little last. Otherwise the page's order."""
    kind = link.type.partition(";")[0].strip().lower()
    return ("/summary" in link.url) + 2 * (kind in _MAYBE_TYPES)


def _usual_places(probe: Probe) -> tuple[str, ...]:
    if _platform_of_page(probe) == "OpenSID":
        return ("/feed", "/feed.xml", "/index.php/feed", *_GUESSES)
    if _platform_of_page(probe) == "Blogger":
        return ("/feeds/posts/default", "/feeds/posts/default?alt=rss", *_GUESSES)
    return _GUESSES


def _youtube(probe: Probe) -> list[Candidate]:
    """A channel's or playlist's feed; YouTube's pages name the channel in their data."""
    parts = urlsplit(probe.url)
    if parts.hostname not in _YOUTUBE:
        return []
    base = urljoin(probe.url, "/feeds/videos.xml")
    playlist = parse_qs(parts.query).get("list", [""])[0]
    if playlist:
        return [Candidate(f"{base}?playlist_id={playlist}")]
    named = _CHANNEL.search(parts.path.encode()) or _CHANNEL.search(probe.response.body)
    channel = (named[1] or named[2]).decode() if named else ""
    return [Candidate(f"{base}?channel_id={channel}")] if channel else []


def _platform_of_page(probe: Probe) -> str:
    generator = probe.generator.lower()
    for word in ("WordPress", "Blogger", "OpenSID"):
        if word.lower() in generator:
            return word
    return "OpenSID" if _OPENSID.search(probe.response.body) else ""


def _platform(feed: ParsedFeed, probe: Probe) -> str:
    if urlsplit(probe.url).hostname in _YOUTUBE:
        return "YouTube"
    for word in ("WordPress", "Blogger"):
        if word.lower() in feed.generator.lower():
            return word
    return _platform_of_page(probe) or _kind(feed.kind)


def _kind(kind: str) -> str:
    if kind.startswith("json"):
        return "JSON Feed"
    return "Atom" if kind.startswith("atom") else "RSS"


def _proposal(candidate: Candidate, response: Response, feed: ParsedFeed, probe: Probe) -> Proposal:
    full = not feed.entries or any(entry.html for entry in feed.entries)
    proposal = Proposal(
        "feed",
        response.moved_to or candidate.url,
        rank=candidate.rank,
        platform=_platform(feed, probe),
        title=feed.title or probe.title,
    )
    return proposal if full or candidate.rank == RANK_GUESS else replace(proposal, rank=RANK_SUMMARY)
