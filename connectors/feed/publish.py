"""The village's announcement feed at the hub as a channel: nothing is sent, sites come and fetch.

A site shows it by a feed block or by one of the hub's embeds. Proof is the site's page, where its address
was given; else all that can be said is that the feed was fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

from selectolax.lexbor import LexborHTMLParser

from hub.spec import (
    Action,
    Copy,
    Notice,
    Option,
    Preview,
    PublishContext,
    Receipt,
    RemoteError,
    Sight,
    Target,
    TargetCheck,
    read_options,
)

_EMBED = "/embed/pengumuman"
_MAX_EMBEDS = 3


class FeedPublisher:
    name = "feed"
    label: Mapping[str, str] = {
        "id": "Umpan pengumuman (situs mengambil sendiri)",
        "en": "Announcement feed (the site fetches it)",
    }
    needs: frozenset[str] = frozenset()
    options = (
        Option(
            "page",
            "url",
            help={
                "id": "Alamat halaman situs yang menampilkan pengumuman; di situlah dibuktikan tayang.",
                "en": "Address of the site's page that shows the announcements; proof is looked for there.",
            },
        ),
    )

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        page = _page(target)
        if not page:
            return TargetCheck(detail="without the address of the page that shows the feed nothing is proven")
        ctx.http.get(page, accept="text/html")
        return TargetCheck(page)

    def preview(self, notice: Notice, target: Target) -> Preview:
        return Preview(self.name, notice.subject, html=notice.html)

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        return None

    def apply(
        self,
        action: Action,
        notice: Notice,
        copy: Copy | None,
        target: Target,
        ctx: PublishContext,
        *,
        overwrite: bool = False,
    ) -> Receipt:
        if action == "withdraw":
            return Receipt("done", detail="it is no longer in the feed")
        return Receipt("done", Copy(notice.mark, _page(target)), detail="it is in the feed")

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        """The site's page carries the notice, or an embed that does. A page without it is no sign of
        removal: sites keep feeds for hours and show the newest few."""
        address, remark = _page(target), ""
        if address:
            page = _read(address, ctx)
            shown = _shown(page, notice)
            if shown:
                return Sight("seen", address, shown)
            for embed in _embeds(page, notice)[:_MAX_EMBEDS]:
                remark = "; an embed is on the page, which does not show it or could not be read from here"
                if _in_embed(embed, notice, ctx):
                    return Sight("seen", address, "an embed on the page shows it")
        fetched = ctx.fetched_at(notice)
        if fetched:
            when = fetched.isoformat(timespec="minutes")
            return Sight("unproven", address, f"the feed was fetched at {when}{remark}")
        return Sight("unproven", address, f"nobody has fetched the feed since{remark}")


def _page(target: Target) -> str:
    return str(read_options(FeedPublisher.options, target.options, where="options")["page"] or target.url)


def _read(url: str, ctx: PublishContext) -> str:
    return ctx.http.get(url, accept="text/html").body.decode("utf-8", "replace")


def _shown(page: str, notice: Notice) -> str:
    """By what ``page`` shows the notice; empty when it does not."""
    if notice.mark in page:
        return "its code is on the page"
    where = urlsplit(notice.url)
    if re.search(rf"//{re.escape(where.netloc + where.path)}(?![\w-])", unescape(page)):
        return "a link to it is on the page"
    return ""


def _embeds(page: str, notice: Notice) -> list[str]:
    """Addresses of the hub's embeds on ``page``: iframes, and what the hub's script makes into such."""
    tree = LexborHTMLParser(page)
    hub = urlsplit(notice.url)
    sources = [node.attributes.get("src") or "" for node in tree.css("iframe[src], script[src]")]
    ours = [parts for parts in map(_parts, sources) if parts and parts.netloc == hub.netloc]
    villages = [parse_qs(parts.query).get("village", [""])[0] for parts in ours if parts.path == _EMBED]
    for parts in ours:
        if parts.path == f"{_EMBED}.js":
            villages += parse_qs(parts.query).get("village", [])
            places = tree.css("[data-kimhub-village]")
            villages += [node.attributes.get("data-kimhub-village") or "" for node in places]
    base = f"{hub.scheme}://{hub.netloc}{_EMBED}"
    return [f"{base}?{urlencode({'village': each})}" if each else base for each in dict.fromkeys(villages)]


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _in_embed(address: str, notice: Notice, ctx: PublishContext) -> bool:
    """Whether the hub's own embed shows it now: after a withdrawal it does not, wherever it stands."""
    path = urlsplit(notice.url).path
    try:
        return bool(re.search(rf"{re.escape(path)}(?![\w-])", _read(address, ctx)))
    except RemoteError:  # a hub on a private address cannot be read from outside, nor by itself
        return False
