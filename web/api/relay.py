"""What another hub reads: posts by the time of their latest change, withdrawn ones too.

Its address at the hub that harvested it first names a post in all hubs. ``updated_since`` may go back a
little: a change that was long in coming then is not missed, and what is known already is known again.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, request

from hub.model import Alert, Changed, alert_data
from web import answer, asking, current
from web.api import shapes
from web.asking import MAX_ID, Unreadable

#: Identifiers on one page of the list of all.
IDENTIFIERS = 5000

_CURSOR = re.compile(r"c(\d{1,17})\.(\d{1,10})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Parameters that narrow other lists; here they would hide withdrawals.
_NARROWING = ("q", "village", "kecamatan", "site", "topic", "since", "until", "sort")


def wanted() -> bool:
    """Whether this request asks for changes."""
    return "updated_since" in request.args


def changes() -> Response:
    """A page of posts by (updated, id)."""
    for name in _NARROWING:
        if name in request.args:
            raise Unreadable(name)
    asked = asking.read(request.args, strict=True)
    since, after = _place(asked.cursor) if asked.cursor else (_moment(request.args["updated_since"]), 0)
    found = current.hub().reading.changed(since, after, asked.limit + 1)
    shown = found[: asked.limit]
    following = _cursor(shown[-1]) if len(found) > asked.limit else None
    return answer.as_json({"results": [_shape(each) for each in shown], "next": following})


def identifiers() -> Response:
    """The identifiers of all visible posts, newest first."""
    given = request.args.get("cursor", "")
    if given and not (given.isdecimal() and given.isascii() and len(given) <= 10):
        raise Unreadable("cursor")
    before = int(given) if given else MAX_ID
    found = current.hub().reading.identifiers(before, IDENTIFIERS)
    following = str(found[-1][0]) if len(found) == IDENTIFIERS else None
    named = [origin or _address(post_id) for post_id, origin in found]
    return answer.as_json({"results": named, "next": following})


def _address(post_id: int) -> str:
    return current.absolute(f"/berita/{post_id}")


def _shape(each: Changed) -> dict[str, Any]:
    post = each.post
    origin_id = each.external_id if post.origin and each.external_id else _address(post.id)
    known = {"id": post.id, "url": _address(post.id), "origin_id": origin_id, "updated": _exact(post.updated)}
    if post.state != "visible":
        return known | {"state": "withdrawn"}
    content = shapes.card(each.card) | shapes.text(post)
    return {
        **content,
        **known,
        "state": "visible",
        "language": post.language,
        "alert": _alert(post.alert, each.external_id),
    }


def _alert(alert: Alert | None, external_id: str) -> dict[str, Any] | None:
    """A warning whole; ``identifier`` is the authority's own, by which it is one thing everywhere."""
    if alert is None:
        return None
    return {
        **alert_data(alert),
        "identifier": external_id,
        "urgency": alert.urgency,
        "certainty": alert.certainty,
        "polygons": [[list(point) for point in ring] for ring in alert.polygons],
    }


def _exact(when: datetime) -> str:
    """To the microsecond: whoever goes on from here must not jump over a neighbour."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        raise Unreadable("updated_since") from None
    if moment.tzinfo is None or not 1970 <= moment.year < 2200:
        raise Unreadable("updated_since")
    return moment.astimezone(UTC)


def _cursor(last: Changed) -> str:
    micros = (last.post.updated - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"c{micros}.{last.post.id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.urlsafe_b64decode(cursor[:48] + "=" * (-len(cursor[:48]) % 4)).decode("ascii")
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return _EPOCH + timedelta(microseconds=int(found[1])), min(int(found[2]), MAX_ID)
    except (ValueError, OverflowError):
        raise Unreadable("cursor") from None
