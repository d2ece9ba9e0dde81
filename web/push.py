"""Where WebSub hubs call: whether we meant it, and that there is news.

Public by nature and without cookies, so nothing here is guarded by more than the secret in the address and
the signature; what can be brought about is a visit to a village's site, at most one a minute.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from hub.errors import NotFound
from web import answer, current

blueprint = Blueprint("push", __name__)

#: Hubs send the whole feed along.
MAX_BODY = 5 * 2**20
_RULE = "/websub/<callback>"


@blueprint.get(_RULE)
def confirm(callback: str) -> Response:
    """Answer with the challenge for what we asked for ourselves; 404 for anything else."""
    asked = request.args
    mode, topic = asked.get("hub.mode", ""), asked.get("hub.topic", "")
    if mode == "denied":
        current.hub().hearing.deny(callback, topic, asked.get("hub.reason", ""))
        return _plain("")
    challenge = asked.get("hub.challenge", "")
    if not challenge:
        raise NotFound("subscription", callback)
    current.hub().hearing.confirm(callback, mode, topic, asked.get("hub.lease_seconds", ""))
    return _plain(challenge)


@blueprint.post(_RULE)
def hear(callback: str) -> Response:
    """202 whether it was believed or not, so that nobody learns it; 410 tells a hub to stop."""
    request.max_content_length = MAX_BODY
    signature = request.headers.get("X-Hub-Signature", "")
    try:
        current.hub().hearing.hear(callback, request.get_data(cache=False), signature)
    except NotFound:
        return _plain("", 410)
    return _plain("", 202)


def _plain(text: str, status: int = 200) -> Response:
    response = answer.document(text, "text/plain; charset=utf-8", cache=answer.NEVER)
    response.status_code = status
    return response
