"""What people and programs are told when something does not work: what happened, what it means, what to
do. Programs (``/api/``) get problem documents of RFC 9457."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from hub.errors import BadQuery, Conflict, Forbidden, HubError, NotFound, SearchError, StoreError
from web import answer, current

log = logging.getLogger(__name__)

#: Statuses with words of their own; others are told as the nearest of these.
WORDED = (400, 403, 404, 405, 410, 413, 414, 429, 500, 503)
#: Seconds after which a resident may try again when a part of the hub is down.
RETRY_AFTER = 30


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(HubError, _hub)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: HubError) -> int:
    """The HTTP status that a raised error of the hub means to a reader."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, BadQuery):
        return 400
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, Conflict):
        return 409
    return 503 if isinstance(error, SearchError | StoreError) else 500


def tell(status: int, detail: str = "") -> Response:
    """The answer for an error of this status: a page, or a problem document under ``/api/``."""
    if request.path.startswith("/api/"):
        return problem(status, detail)
    worded = status if status in WORDED else (400 if status < 500 else 500)
    return answer.page("error.html", status=status, cache=answer.NEVER, code=worded, detail=detail)


def problem(status: int, detail: str = "", **more: object) -> Response:
    """A problem document. ``detail`` must be fit for strangers: never a traceback, path or query. ``more``
    are members beside the standard's own."""
    say = current.say()
    worded = status if status in WORDED else (400 if status < 500 else 500)
    return answer.as_json(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail or say.t(f"error.{worded}.what"),
            "instance": request.path,
            **more,
        },
        "application/problem+json",
        status=status,
        cache=answer.NEVER,
    )


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_response().get_data(), error.code, dict(error.get_headers()))
    response = tell(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    retry_after = getattr(error, "retry_after", None)
    if isinstance(retry_after, int):
        response.headers["Retry-After"] = str(retry_after)
    return response


def _hub(error: HubError) -> Response:
    status = status_of(error)
    if status >= 500:
        log.error("%s failed: %s", request.path, error, exc_info=error)
    response = tell(status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _unexpected(error: Exception) -> Response:
    log.error("%s failed", request.path, exc_info=error)
    return tell(500)
