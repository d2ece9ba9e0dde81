"""Announcements and deliveries as JSON for scripts. Keys are stable; more may be added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.output import moment
from hub.model import Announcement, Delivery, Region

if TYPE_CHECKING:
    from hub.app import Hub


def announcement_data(found: Announcement) -> dict[str, Any]:
    """An announcement for scripts."""
    return {
        "id": found.id,
        "number": found.number,
        "version": found.version,
        "state": found.state,
        "mark": found.mark,
        "date": found.date.isoformat(),
        "nature": found.nature,
        "subject": found.subject,
        "agency": found.agency,
        "to": list(found.to),
        "contact": found.contact,
        "valid_from": moment(found.valid_from),
        "valid_until": moment(found.valid_until),
        "information_class": found.information_class,
        "attachments": [
            {"name": each.name, "type": each.type, "size": each.size, "sha256": each.sha256, "alt": each.alt}
            for each in found.attachments
        ],
        "rehearsal": found.rehearsal,
        "correction_pending": found.proposed is not None,
        "created_by": found.created_by,
        "approved_by": found.approved_by,
        "created_at": moment(found.created_at),
        "scheduled_at": moment(found.scheduled_at),
        "published_at": moment(found.published_at),
        "corrected_at": moment(found.corrected_at),
        "withdrawn_at": moment(found.withdrawn_at),
        "withdrawn_why": found.withdrawn_why,
    }


def delivery_data(delivery: Delivery) -> dict[str, Any]:
    """A delivery for scripts. ``target`` is None when the target was removed since."""
    return {
        "id": delivery.id,
        "target": delivery.target_id,
        "site": delivery.site_id,
        "site_name": delivery.site,
        "village": delivery.village,
        "publisher": delivery.publisher,
        "state": delivery.state,
        "version": delivery.done_version,
        "attempts": delivery.attempts,
        "remote_id": delivery.remote_id,
        "remote_url": delivery.remote_url,
        "delivered_at": moment(delivery.delivered_at),
        "verified_at": moment(delivery.verified_at),
        "withdrawn_at": moment(delivery.withdrawn_at),
        "due_at": moment(delivery.due_at),
        "reason": delivery.reason,
        "problem": delivery.problem,
        "carried_by": delivery.carried_by,
    }


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
