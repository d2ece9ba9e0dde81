"""The connector as the hub sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from connectors.wordpress.client import Root
from connectors.wordpress.detect import detect
from connectors.wordpress.harvest import OPTIONS, check, harvest
from hub.spec import Batch, Check, Context, Cursor, Option, Probe, Proposal, PushFeed, Source


class WordPress:
    """Reads a WordPress site's posts by its REST API. ``source.url`` is the API's root."""

    name = "wordpress"
    label: Mapping[str, str] = {"id": "WordPress", "en": "WordPress"}
    options: tuple[Option, ...] = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return detect(probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        return check(source, ctx)

    def push_feed(self, source: Source) -> PushFeed:
        """WordPress has no WebSub of its own; a plugin that brings it announces the hub in the feed."""
        return PushFeed(f"{Root.of(source.url).home}feed/")

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        return harvest(source, cursor, ctx)
