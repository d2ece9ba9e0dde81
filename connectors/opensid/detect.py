"""Is this an OpenSID, and where is its feed?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from connectors.opensid.parse import is_article
from hub.spec import Context, ParsedFeed, Probe, Proposal, RemoteError, Response, get_page

ACCEPT: Final = "application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
RANK: Final = 30
#: Where releases have had it; without rewriting all addresses go through index.php. ``sitemap`` was the
#: feed's address in 2019 and before; since then it is a list of addresses, drafts among them, which is
#: recognised by being no feed.
PLACES: Final = ("feed", "index.php/feed", "feed.xml", "index.php/feed.xml", "sitemap", "index.php/sitemap")
_MARKS: Final = re.compile(
    rb"/desa/(?:upload|themes|logo)/|index\.php/(?:artikel|first)\b|href=[\"'][^\"']{0,200}/first/artikel/|"
    rb"github\.com/OpenSID|opensid\.(?:my\.id|or\.id|info)",
    re.IGNORECASE,
)
_GENERATORS: Final = ("opensid", "sistem informasi desa")


def propose(probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """At most one: the first feed that lists articles of an OpenSID."""
    own = parsed(probe.response, ctx)
    if own is not None:
        if _lists_articles(own):
            yield _proposal(probe.response, own, probe)
        return
    if not is_opensid(probe):
        return
    trouble: RemoteError | None = None
    for address in _candidates(probe):
        try:
            response = get_page(ctx.http, address, accept=ACCEPT)
        except RemoteError as error:
            trouble = error
            continue
        feed = parsed(response, ctx)
        if feed is not None and (_lists_articles(feed) or not feed.entries):
            yield _proposal(response, feed, probe)
            return
    if trouble is not None:
        raise trouble


def is_opensid(probe: Probe) -> bool:
    generator = probe.generator.lower()
    return any(name in generator for name in _GENERATORS) or bool(_MARKS.search(probe.response.body))


def parsed(response: Response, ctx: Context) -> ParsedFeed | None:
    content_type = response.headers.get("content-type", "")
    try:
        return ctx.parse_feed(response.body, url=response.url, content_type=content_type)
    except RemoteError:
        return None


def _candidates(probe: Probe) -> list[str]:
    linked = [
        link.url
        for link in probe.links
        if "alternate" in link.rel.lower().split() and "rss" in link.type.lower()
    ]
    return list(dict.fromkeys([*linked, *(urljoin(probe.url, f"/{place}") for place in PLACES)]))


def _lists_articles(feed: ParsedFeed) -> bool:
    if any(name in feed.generator.lower() for name in _GENERATORS):
        return True
    return bool(feed.entries) and all(is_article(entry.link) for entry in feed.entries)


def _proposal(response: Response, feed: ParsedFeed, probe: Probe) -> Proposal:
    url = response.moved_to or response.url
    return Proposal("opensid", url, rank=RANK, platform="OpenSID", title=feed.title or probe.title)
