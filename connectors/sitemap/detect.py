"""Has this site a sitemap that lists news? Asked last, and only of sites that show no better door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from connectors.sitemap.parse import Sitemap, bare_host, is_article, lists_news, read_sitemap
from hub.spec import Context, ParseError, Probe, Proposal, RemoteError, get_page

RANK: Final = 90
ACCEPT: Final = "application/xml, text/xml;q=0.9, */*;q=0.1"
PLACES: Final = ("sitemap.xml", "sitemap_index.xml", "wp-sitemap.xml")
_FEEDS: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json")
#: OpenSID's sitemap lists drafts too, which were never meant to be shown.
_OPENSID: Final = re.compile(
    rb"/desa/(?:upload|themes|logo)/|index\.php/(?:artikel|first)\b|/first/artikel/", re.I
)
_NAMED: Final = re.compile(r"^\s*sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def propose(probe: Probe, ctx: Context) -> Iterator[Proposal]:
    try:
        found = read_sitemap(probe.response.body, probe.response.url)
    except ParseError:
        found = None
    if found is not None:
        if _worth(found):
            yield _proposal(probe.response.moved_to or probe.response.url, probe)
        return
    if _has_better(probe) or _OPENSID.search(probe.response.body) or "opensid" in probe.generator.lower():
        return
    for address in _candidates(probe, ctx):
        try:
            response = get_page(ctx.http, address, accept=ACCEPT)
            sitemap = read_sitemap(response.body, response.url)
        except RemoteError:
            continue
        if _worth(sitemap):
            yield _proposal(response.moved_to or response.url, probe)
            return


def _has_better(probe: Probe) -> bool:
    """A feed, or an interface: nobody needs the last resort, and the site is spared the questions."""
    return any(
        link.rel == "https://api.w.org/" or ("alternate" in link.rel.lower().split() and link.type in _FEEDS)
        for link in probe.links
    )


def _candidates(probe: Probe, ctx: Context) -> list[str]:
    """As robots.txt says (sitemaps.org, "Specifying the Sitemap location"), else the usual places."""
    named: list[str] = []
    try:
        robots = ctx.http.get(urljoin(probe.url, "/robots.txt"), accept="text/plain")
        if robots.content_type in ("text/plain", ""):
            named = _NAMED.findall(robots.text()[:65536])[:3]
    except RemoteError:
        pass
    own = [url for url in named if bare_host(url) == bare_host(probe.url)]
    return list(dict.fromkeys([*own, *(urljoin(probe.url, f"/{place}") for place in PLACES)]))


def _worth(sitemap: Sitemap) -> bool:
    fit = lists_news if sitemap.is_index else is_article
    return any(fit(place.url) for place in sitemap.places)


def _proposal(url: str, probe: Probe) -> Proposal:
    return Proposal("sitemap", url, rank=RANK, platform="Sitemap", title=probe.title)
