"""The village's announcement feed at the hub as a channel: nothing is sent, sites come and fetch.

A site shows it by a feed block or by one of the hub's embeds. Proof is the site's page, where its address
was given; else all that can be said is that the feed was fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

from hub.spec import (
    Action,
    Copy,
    Notice,
    Option,
    Preview,
    PublishContext,
    Receipt,
    Sight,
    Target,
    TargetCheck,
)

_EMBED = "/embed/pengumuman"


class FeedPublisher:
    name = "feed"
    label: Mapping[str, str] = {
        "id": "Umpan pengumuman (situs mengambil sendiri)",
        "en": "Announcement feed (the site fetches it)",
    }
    needs: frozenset[str] = frozenset()
    options: tuple[Option, ...] = ()

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        if not target.url:
            return TargetCheck(detail="without the address of the page that shows the feed nothing is proven")
        ctx.http.get(target.url, accept="text/html")
        return TargetCheck(target.url)

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
        return Receipt("done", Copy(notice.mark, target.url), detail="it is in the feed")

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        """The site's page carries the notice, or an embed that does. A page without it is no sign of
        removal: sites keep feeds for hours and show the newest few."""
        if target.url:
            page = unescape(ctx.http.get(target.url, accept="text/html").body.decode("utf-8", "replace"))
            shown = _shown(page, notice)
            if shown:
                return Sight("seen", target.url, shown)
        fetched = ctx.fetched_at(notice)
        if fetched:
            return Sight("unproven", target.url, f"fetched at {fetched.isoformat(timespec='minutes')}")
        return Sight("unproven", target.url, "nobody has fetched the feed since")


def _shown(page: str, notice: Notice) -> str:
    """By what ``page`` shows the notice; empty when it does not."""
    if notice.mark in page:
        return "its code is on the page"
    where = urlsplit(notice.url)
    if re.search(rf"//{re.escape(where.netloc + where.path)}(?![\w-])", page):
        return "a link to it is on the page"
    if re.search(rf"//{re.escape(where.netloc + _EMBED)}(?:\.js)?[?\"'\s>]", page):
        return "an embed of the announcements is on the page"
    return ""
