"""An announcement as it is sent to a lower hub, and what its answers tell of it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hub.spec import Notice, PublishContext, PublishError

#: What people read of it; equal in all of these is the same text.
_READ: Final = (
    "number",
    "date",
    "nature",
    "subject",
    "agency",
    "contact",
    "valid_from",
    "valid_until",
    "information_class",
    "text",
)


def content_of(notice: Notice) -> dict[str, Any]:
    """The fields of ``_READ``, as the lower hub's API writes them."""
    return {
        "number": notice.number,
        "date": notice.date.isoformat(),
        "nature": notice.nature,
        "subject": notice.subject,
        "agency": notice.issuer or notice.agency,
        "contact": notice.contact,
        "valid_from": _time(notice.valid_from),
        "valid_until": _time(notice.valid_until),
        "information_class": notice.information_class,
        "text": notice.markdown,
    }


def manuscript_of(
    notice: Notice, region: str, ctx: PublishContext, there: Sequence[Any] = ()
) -> dict[str, Any]:
    """The body of a request.

    Args:
        region: the lower hub's.
        there: the attachments that it has already, as it lists them.

    Raises:
        PublishError: nothing of the region is meant.
    """
    known = {str(each.get("sha256")) for each in there if isinstance(each, Mapping)}
    return {
        **content_of(notice),
        "to": _places(notice, region),
        "attachments": [_attachment(each, ctx, known) for each in notice.attachments],
    }


def _places(notice: Notice, region: str) -> list[str]:
    """Whom it is for there: all, or the places that are the lower hub's."""
    if "all" in notice.to or not notice.to:
        return ["all"]
    inside = [each for each in notice.to if each.partition(":")[2].startswith(f"{region}.")]
    if not inside:
        raise PublishError("degraded", f"no place of {region} is meant; correct the target", permanent=True)
    return inside


def _attachment(each: Any, ctx: PublishContext, known: set[str]) -> dict[str, str]:
    uploaded = ctx.uploaded(each.sha256)
    if uploaded and uploaded[0] in known:
        return {"sha256": uploaded[0], "alt": each.alt}
    content = b64encode(ctx.file(each.sha256)).decode("ascii")
    return {"name": each.name, "content": content, "alt": each.alt}


def remember_uploads(notice: Notice, found: Mapping[str, Any], ctx: PublishContext) -> None:
    """Note under which digest the lower hub keeps each attachment (it may have made it smaller)."""
    there = found.get("attachments")
    kept = {str(each.get("alt")): each for each in there or () if isinstance(each, Mapping)}
    pairs = zip(notice.attachments, there or (), strict=False)
    for ours, theirs in pairs if len(there or ()) == len(notice.attachments) else ():
        theirs = kept.get(ours.alt, theirs) if len(kept) == len(notice.attachments) else theirs
        if isinstance(theirs, Mapping) and theirs.get("sha256"):
            ctx.remember_upload(ours.sha256, str(theirs["sha256"]), "")


def digest_of(content: Mapping[str, Any]) -> str:
    """A short hash of what people read, of ours or of an announcement in an answer."""
    seen = [content.get(name) for name in _READ]
    return hashlib.blake2b(json.dumps(seen, ensure_ascii=False).encode(), digest_size=8).hexdigest()


def spread(answer: Mapping[str, Any]) -> str:
    """How far it got below, in one line."""
    found = answer["announcement"]
    if found.get("state") in ("pending", "draft"):
        return "waits there for the second person"
    if found.get("state") == "scheduled":
        return "is scheduled there"
    listed = answer.get("deliveries")
    rows = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    rows = [each for each in rows if not each.get("carried_by")]
    live = sum(each.get("state") in ("delivered", "verified", "edited_there", "still_live") for each in rows)
    waits = "; the correction waits there for the second person" if found.get("correction_pending") else ""
    return f"{live} of {len(rows)} sites below have it{waits}"


def _time(when: datetime | None) -> str | None:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None
