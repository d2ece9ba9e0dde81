"""Announcements and deliveries as scripts of the staff read them: the same in the API and in what the
commands print. Keys are stable; more may be added."""

from __future__ import annotations

from typing import Any

from hub.model.announcement import Announcement, Delivery
from hub.model.cards import iso


def announcement_data(found: Announcement) -> dict[str, Any]:
    """An announcement in any state."""
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
        "text": found.text,
        "origin": found.origin or "",
        "via": list(found.via),
        "to": list(found.to),
        "contact": found.contact,
        "valid_from": iso(found.valid_from),
        "valid_until": iso(found.valid_until),
        "information_class": found.information_class,
        "attachments": [
            {"name": each.name, "type": each.type, "size": each.size, "sha256": each.sha256, "alt": each.alt}
            for each in found.attachments
        ],
        "rehearsal": found.rehearsal,
        "correction_pending": found.proposed is not None,
        "created_by": found.created_by,
        "approved_by": found.approved_by,
        "created_at": iso(found.created_at),
        "scheduled_at": iso(found.scheduled_at),
        "published_at": iso(found.published_at),
        "corrected_at": iso(found.corrected_at),
        "withdrawn_at": iso(found.withdrawn_at),
        "withdrawn_why": found.withdrawn_why,
    }


def delivery_data(delivery: Delivery) -> dict[str, Any]:
    """A delivery. ``target`` is None when the target was removed since."""
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
        "delivered_at": iso(delivery.delivered_at),
        "verified_at": iso(delivery.verified_at),
        "withdrawn_at": iso(delivery.withdrawn_at),
        "due_at": iso(delivery.due_at),
        "reason": delivery.reason,
        "problem": delivery.problem,
        "carried_by": delivery.carried_by,
    }
