"""What became of announcements, as JSON for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.model import Announcement, Region, announcement_data, delivery_data

if TYPE_CHECKING:
    from hub.app import Hub


def whole(hub: Hub, found: Announcement) -> dict[str, Any]:
    """An announcement with what became of it, for scripts."""
    deliveries = hub.noticeboard.deliveries(found.id)
    return {
        "announcement": announcement_data(found),
        "deliveries": [delivery_data(each) for each in deliveries],
        "without_channel": [{"code": each.code, "name": each.name} for each in without_channel(hub, found)],
    }


def without_channel(hub: Hub, found: Announcement) -> Sequence[Region]:
    """Villages it is meant for that no channel reaches."""
    if found.unpublished:
        return hub.announcing.plan(found.to).without_channel
    return hub.noticeboard.without_channel(found.id)
