"""``/api/v1/announcements``: public reading, and the way back for programs with a token."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request

from hub.errors import BadQuery, ConfigError, Conflict, Forbidden, NotFound
from hub.model import NATURES, Announcement, announcement_data, delivery_data, region_data
from web import answer, asking, current, errors
from web.api import routes, shapes
from web.api.tokens import actor, not_in_address, takes
from web.asking import MAX_ID, Unreadable

blueprint = Blueprint("announcements", __name__, url_prefix="/api/v1/announcements")
#: Bytes of a body with attachments: two files of 10 MiB, and base64 is a third longer.
MAX_BODY = 28 * 2**20
#: As of every query; the description says so.
MAX_WORDS = 256

_ID = f"<int(max={MAX_ID}):key>"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_CURSOR = re.compile(r"a(\d{1,6})-(\d{1,3})", re.ASCII)

blueprint.before_request(not_in_address)
blueprint.register_error_handler(Unreadable, routes.unreadable)
blueprint.register_error_handler(BadQuery, routes.bad_query)


@blueprint.errorhandler(ConfigError)
def faulty(error: ConfigError) -> Response:
    """Every wrong field of a body, each with its cure."""
    faults = [{"key": each.key, "problem": each.problem, "cure": each.cure} for each in error.faults]
    return errors.problem(422, current.say().t("api.faults"), errors=faults)


@blueprint.errorhandler(Conflict)
def conflict(error: Conflict) -> Response:
    return errors.problem(409, str(error))


@blueprint.errorhandler(Forbidden)
def forbidden(error: Forbidden) -> Response:
    return errors.problem(403, current.say().t("api.forbidden", role=error.role))


# -- reading, for everybody -------------------------------------------------------------------------


@blueprint.get("")
def announcements() -> Response:
    """Published ones, newest first."""
    asked = asking.read(request.args, strict=True)
    nature = request.args.get("nature", "").strip()
    if nature and nature not in NATURES:
        raise Unreadable("nature")
    if len(asked.q) > MAX_WORDS:
        raise BadQuery("more than 256 characters")
    page, limit = _position(asked.cursor, asked.limit)
    if "origin" in request.args:
        there = current.hub().noticeboard.received(request.args["origin"].strip())
        public = [shapes.announcement(there)] if there and there.public else []
        return answer.as_json({"results": public, "next": None})
    found, total = current.hub().noticeboard.archive(
        q=asked.q, nature=nature, village=asked.village or "", page=page, limit=limit
    )
    following = _cursor(page + 1, limit) if page * limit < total else None
    return answer.as_json({"results": [shapes.announcement(each) for each in found], "next": following})


@blueprint.get(f"/{_ID}")
def announcement(key: int) -> Response:
    return answer.as_json(shapes.announcement(current.hub().noticeboard.public(key)))


# -- for programs with a token ----------------------------------------------------------------------


@blueprint.post("")
@takes("announcements:write")
def announce() -> Response:
    """Publish, schedule or draft; a repeated Idempotency-Key does it once."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        return errors.problem(400, current.say().t("api.key"))
    request.max_content_length = MAX_BODY
    body = _body()
    if isinstance(body, Response):
        return body
    order = current.hub().composing.order(body, current.say().lang)
    came = order.received and current.hub().noticeboard.received(order.received.origin)
    made = current.hub().announcing.announce(
        order.manuscript,
        actor(),
        at=order.at,
        draft=order.draft,
        rehearsal=order.rehearsal,
        idempotency_key=key,
        received=order.received,
    )
    response = _state(made, 200 if came and came.id == made.id else 201)
    response.headers["Location"] = f"{request.path}/{made.id}"
    return response


@blueprint.put(f"/{_ID}")
@takes("announcements:write")
def correct(key: int) -> Response:
    """A new reading: the correction of a published one, or a draft changed. The same again changes
    nothing."""
    request.max_content_length = MAX_BODY
    body = _body()
    if isinstance(body, Response):
        return body
    hub, old = current.hub(), current.hub().noticeboard.get(key)
    values = {"date": old.date} | {name: value for name, value in body.items() if value is not None}
    manuscript = hub.composing.manuscript(values, current.say().lang, known=old.attachments)
    if manuscript == old.manuscript:
        return _state(old)
    if old.unpublished:
        kept = hub.announcing.save(manuscript, actor(), key, old.rehearsal)
        waits = old.origin and old.state != "draft"  # a hub above corrects what waits for our second person
        return _state(hub.announcing.submit(key, actor(), old.scheduled_at) if waits else kept)
    return _state(hub.announcing.correct(key, manuscript, actor()))


@blueprint.post(f"/{_ID}/withdraw")
@takes("announcements:write")
def withdraw(key: int) -> Response:
    """Take every copy away; ``why`` stands on the notice of it. A second time changes nothing."""
    body = _body() if request.content_length else {}
    if isinstance(body, Response):
        return body
    hub, old = current.hub(), current.hub().noticeboard.get(key)
    if old.origin and old.unpublished:  # a hub above takes back what nobody has read here
        hub.announcing.discard(key, actor())
        gone = announcement_data(replace(old, state="withdrawn"))
        return _private({"announcement": gone, "deliveries": [], "without_channel": []})
    return _state(hub.announcing.withdraw(key, actor(), str(body.get("why") or "")))


@blueprint.get("/received")
@takes("announcements:read")
def received() -> Response:
    """What a hub above sent under its own mark, in whatever state."""
    mark = request.args.get("origin", "").strip()
    if not mark:
        raise Unreadable("origin")
    found = current.hub().noticeboard.received(mark)
    if found is None:
        raise NotFound("announcement", mark)
    return _state(found)


@blueprint.get(f"/{_ID}/deliveries")
@takes("announcements:read")
def deliveries(key: int) -> Response:
    """What became of it on every site. The villages' answers are for staff alone."""
    found = current.hub().noticeboard.get(key)
    listed = _whole(found)
    return _private(
        {"announcement": listed["announcement"], "results": listed["deliveries"], "next": None}
        | {"without_channel": listed["without_channel"]}
    )


def _body() -> dict[str, Any] | Response:
    """The JSON object of this request, or the answer that refuses it."""
    say = current.say()
    if request.mimetype != "application/json":
        return errors.problem(415, say.t("api.not_json"))
    try:
        body = orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError:
        return errors.problem(400, say.t("api.bad_json"))
    return body if isinstance(body, dict) else errors.problem(400, say.t("api.bad_json"))


def _whole(found: Announcement) -> dict[str, Any]:
    hub = current.hub()
    if found.unpublished:
        without = hub.announcing.plan(found.to).without_channel
    else:
        without = hub.noticeboard.without_channel(found.id)
    return {
        "announcement": announcement_data(found),
        "deliveries": [delivery_data(each) for each in hub.noticeboard.deliveries(found.id)],
        "without_channel": [region_data(each) for each in without],
    }


def _state(found: Announcement, status: int = 200) -> Response:
    return _private(_whole(found), status)


def _private(value: Any, status: int = 200) -> Response:
    return answer.as_json(value, status=status, cache=answer.NEVER, shared=False)


# -- paging -----------------------------------------------------------------------------------------


def _cursor(page: int, limit: int) -> str:
    return base64.urlsafe_b64encode(f"a{page}-{limit}".encode()).decode().rstrip("=")


def _position(cursor: str | None, limit: int) -> tuple[int, int]:
    """Page and size: a cursor goes on in the steps in which the list was begun."""
    if not cursor:
        return 1, limit
    try:
        text = base64.urlsafe_b64decode(cursor[:32] + "=" * (-len(cursor[:32]) % 4)).decode("ascii")
    except ValueError:
        raise Unreadable("cursor") from None
    found = _CURSOR.fullmatch(text)
    if not found or not 1 <= int(found[2]) <= asking.MAX_LIMIT or not 1 <= int(found[1]) <= asking.MAX_PAGE:
        raise Unreadable("cursor")
    return int(found[1]), int(found[2])
