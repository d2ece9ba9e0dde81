"""Knowing a blog at Blogger."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.blogger.client import get, home_of
from hub.spec import Context, Probe, Proposal

#: Before the feeds (50), which hold no more than 150 posts and tell of no deletions.
RANK = 30


def propose(probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """The blog whose page was probed, once its feed was read: by the generator that Blogger's pages name,
    or by the address."""
    host = urlsplit(probe.url).hostname or ""
    if "blogger" not in probe.generator.lower() and ".blogspot." not in f".{host}":
        return
    home = home_of(probe.url)
    page = get(ctx, home, size=1)
    yield Proposal("blogger", home, rank=RANK, platform="Blogger", title=page.title or probe.title)
