"""The writing side of a lower hub's API, and what its refusals mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hub.spec import (
    AuthError,
    FetchError,
    Headers,
    ParseError,
    PublishContext,
    PublishError,
    Response,
    Target,
)

_LATER = (408, 409, 425, 429)
_MAKE_ONE = "make one there: kimhub token add NAME --scope announcements:write --scope announcements:read"


class Client:
    """One target for one call. Every call raises RemoteError."""

    def __init__(self, target: Target, ctx: PublishContext) -> None:
        self._target, self._ctx = target, ctx
        self._api = f"{base_of(target)}/api/v1/announcements"

    def received(self, origin: str) -> Mapping[str, Any] | None:
        """The answer about what was sent under ``origin``; None where there is nothing."""
        answer = self._ask("GET", f"/received?{urlencode({'origin': origin})}")
        return None if answer.status == 404 else _taken(answer)

    def send(self, order: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], bool]:
        """The answer, and whether it is new there: what came before is given back as it stands."""
        answer = self._ask("POST", "", order, {"Idempotency-Key": key})
        return _taken(answer), answer.status == 201

    def correct(self, id: int, manuscript: Mapping[str, Any]) -> Mapping[str, Any]:
        return _taken(self._ask("PUT", f"/{id}", manuscript))

    def withdraw(self, id: int, why: str = "") -> bool:
        """False where it is not there any more."""
        answer = self._ask("POST", f"/{id}/withdraw", {"why": why})
        if answer.status == 404:
            return False
        _taken(answer)
        return True

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Response:
        headers = {"Authorization": f"Bearer {self._target.password}", **(more or {})}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        try:
            return self._ctx.http.request(
                method, self._api + path, body=content, headers=headers, ok_only=False
            )
        except FetchError as error:
            raise PublishError(
                error.reason, error.detail, permanent=error.permanent, retry_after=error.retry_after
            ) from None


def base_of(target: Target) -> str:
    """The lower hub's address, without a slash at its end."""
    return target.url.partition("?")[0].partition("#")[0].rstrip("/")


def _taken(answer: Response) -> Mapping[str, Any]:
    """The answer's JSON. Raises AuthError, PublishError or ParseError for anything but a yes."""
    status = answer.status
    if 200 <= status < 300:
        found = answer.json()
        if not isinstance(found, Mapping) or not isinstance(found.get("announcement"), Mapping):
            raise ParseError("not_a_feed", "the answer is not that of a kimhub")
        return found
    detail = f"the hub below answered {status}{_said(answer)}"
    if status == 401:
        raise _refused(answer.headers, detail)
    if status == 403:
        raise AuthError("auth", f"{detail}; the token lacks a right: {_MAKE_ONE}", permanent=True)
    if status >= 500:
        raise PublishError("http_5xx", detail)
    if 300 <= status < 400:
        raise PublishError("moved", f"{detail}; enter the new address", permanent=True)
    raise PublishError("http_4xx", detail, permanent=status not in _LATER or status == 409)


def _refused(headers: Headers, detail: str) -> AuthError:
    """A token that nobody there knows, or one that never arrived (RFC 6750, 3.1 names only the first)."""
    if "invalid_token" in headers.get("www-authenticate", ""):
        return AuthError("auth", f"{detail}; the token was revoked or mistyped: {_MAKE_ONE}", permanent=True)
    cure = "its server or proxy drops the Authorization header; have it passed on"
    return AuthError("auth", f"{detail}; {cure}", permanent=True, hint="header_dropped")


def _said(answer: Response) -> str:
    """What a problem document (RFC 9457) says, in one line."""
    try:
        said = answer.json() if answer.body else None
    except ParseError:
        return ""
    if not isinstance(said, Mapping):
        return ""
    errors = said.get("errors")
    listed = [each for each in errors if isinstance(each, Mapping)] if isinstance(errors, list) else []
    faults = [f"{each.get('key')}: {each.get('problem')}" for each in listed]
    return f": {'; '.join([str(said.get('detail') or ''), *faults])}"[:400]
