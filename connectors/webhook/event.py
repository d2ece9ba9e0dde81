"""What is sent: the event as JSON, and its signature per Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from hub.spec import Action, AuthError, Notice

TYPES: Mapping[Action, str] = {
    "create": "announcement.published",
    "update": "announcement.corrected",
    "withdraw": "announcement.withdrawn",
}
_PREFIX = "whsec_"
_SHORTEST = 16  # bytes of a secret that is worth the name


def event_id(action: Action, notice: Notice) -> str:
    """The same for every try of the same act, so that a receiver can tell a repetition."""
    return f"{notice.mark}-v{notice.version}-{TYPES[action].rpartition('.')[2]}"


def event_of(action: Action, notice: Notice, now: datetime) -> bytes:
    gone = action == "withdraw"
    data = {
        "id": notice.mark,
        "version": notice.version,
        "number": notice.number,
        "date": notice.date.isoformat(),
        "nature": notice.nature,
        "subject": notice.subject,
        "agency": notice.agency,
        "contact": notice.contact,
        "valid_from": _time(notice.valid_from),
        "valid_until": _time(notice.valid_until),
        "published_at": _time(notice.published_at),
        "rehearsal": notice.rehearsal,
        "html": str(notice.withdrawal if gone else notice.html),
        "footer": str(notice.footer),
        "text": notice.withdrawal_text if gone else notice.text,
        "short": notice.withdrawal_text if gone else notice.short,
        "url": notice.url,
        "check_url": notice.check_url,
        "attachments": [] if gone else _attachments(notice),
    }
    event = {"type": TYPES[action], "timestamp": _time(now), "data": data}
    return json.dumps(event, ensure_ascii=False).encode()


def signature(secret: str, id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The three headers that a receiver checks.

    Raises:
        AuthError: the secret is none.
    """
    signed = Webhook(_key(secret)).sign(id, at, body.decode())
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signed,
    }


def _key(secret: str) -> bytes:
    """``whsec_`` and base64 as receivers hand it out, or any text taken as it is."""
    text = secret.strip()
    key = text.encode()
    if text.startswith(_PREFIX):
        encoded = text.removeprefix(_PREFIX)
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (ValueError, binascii.Error):
            key = b""
    if len(key) < _SHORTEST:
        cure = "copy it from the receiver again (whsec_...), or agree on a text of 16 characters or more"
        raise AuthError("auth", f"the signing secret cannot be used; {cure}", permanent=True)
    return key


def _attachments(notice: Notice) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "type": each.type,
            "size": each.size,
            "sha256": each.sha256,
            "alt": each.alt,
            "url": each.url,
        }
        for each in notice.attachments
    ]


def _time(when: datetime | None) -> str | None:
    return when.isoformat() if when else None
