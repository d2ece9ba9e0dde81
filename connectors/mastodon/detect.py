"""Knowing an account: by its profile's address, or by a page that says it is its own (``rel=me``)."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.mastodon.client import Client, account_of
from hub.spec import Context, Probe, Proposal, RemoteError, text_in

#: Before the account's RSS feed (50), which has neither edits nor removals, and its ActivityPub outbox (45).
RANK = 20
_MAX_LINKS = 5


def propose(probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """Accounts that their server really knows."""
    yield from _account(probe.url, "posts", ctx)
    linked = [each.url for each in probe.links if "me" in each.rel.lower().split()]
    for url in dict.fromkeys(linked[:_MAX_LINKS]):
        if url != probe.url:
            yield from _account(url, "mastodon", ctx)


def _account(url: str, stream: str, ctx: Context) -> Iterator[Proposal]:
    base, name = account_of(url)
    if not base:
        return
    try:
        found = Client(ctx, base).find("accounts/lookup", acct=name)
    except RemoteError:  # something else with such an address
        return
    if found and text_in(found, "id"):
        title = text_in(found, "display_name") or f"@{name}"
        yield Proposal("mastodon", f"{base}/@{name}", stream, RANK, platform="Mastodon", title=title)
