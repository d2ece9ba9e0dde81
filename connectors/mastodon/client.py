"""The REST API of Mastodon and of those that speak it (docs.joinmastodon.org/methods).

Without a token: what the server shows to everybody.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from hub.spec import Blocked, Context, FetchError, ParseError, Raw, Response, Validators, get_page, read_json

#: Most that a server gives in one answer.
PAGE: Final = 40
#: Requests that are left to others at this address.
_SPARE: Final = 5
_LONGEST: Final = timedelta(hours=1)
_NAME: Final = re.compile(r"/(?:web/|deck/)?@([\w.-]{1,100})(?:@([\w.:-]{1,200}))?(?:/.*)?", re.ASCII)
_USERS: Final = re.compile(r"/users/([\w.-]{1,100})(?:/.*)?", re.ASCII)


def account_of(url: str) -> tuple[str, str]:
    """Server (``https://host``) and name (``kim``, ``kim@elsewhere``) of a profile's address, or twice
    empty."""
    parts = urlsplit(url)
    found = _NAME.fullmatch(parts.path)
    name = "@".join(part for part in found.groups() if part) if found else ""
    if not found and (users := _USERS.fullmatch(parts.path)):
        name = users[1]
    if parts.scheme not in ("http", "https") or not parts.netloc or not name:
        return "", ""
    return f"{parts.scheme}://{parts.netloc}", name


class Client:
    """One server, asked as anybody."""

    def __init__(self, ctx: Context, base: str) -> None:
        self._ctx, self.base = ctx, base
        self._resume: datetime | None = None

    def get(self, path: str, *, since: Validators | None = None, **asked: Any) -> Response:
        """GET ``/api/v1/`` and ``path``.

        Raises:
            Blocked: the server shows its posts to its own users only. RemoteError: all else.
        """
        query = f"?{urlencode(asked)}" if asked else ""
        url = f"{self.base}/api/v1/{path}{query}"
        self._wait(url)
        try:
            response = get_page(self._ctx.http, url, since=since, accept="application/json")
        except FetchError as error:
            if error.status in (401, 403) and _says_so(error.body):
                detail = "this server shows posts to its own users only; try connector activitypub or feed"
                raise Blocked("not_public", detail, permanent=True) from error
            raise
        self._heed(response)
        return response

    def object(self, path: str, **asked: Any) -> Raw:
        """An answer that is one object.

        Raises:
            ParseError: it is none.
        """
        found = self.get(path, **asked).json()
        if not isinstance(found, dict):
            raise ParseError("not_a_feed", f"the answer to {path} is no object")
        return found

    def find(self, path: str, **asked: Any) -> Raw | None:
        """The same; None where there is no such thing."""
        try:
            return self.object(path, **asked)
        except FetchError as error:
            if error.status in (404, 410):
                return None
            raise

    def _heed(self, response: Response) -> None:
        """Mastodon says beforehand when it will answer no more, and with 429 sends no Retry-After."""
        left, reset = response.headers.get("x-ratelimit-remaining", ""), None
        if left.isascii() and left.isdigit() and int(left) <= _SPARE:
            reset = self._ctx.parse_date(response.headers.get("x-ratelimit-reset", ""))
        if reset is not None:
            self._resume = min(reset, self._ctx.now() + _LONGEST)

    def _wait(self, url: str) -> None:
        seconds = (self._resume - self._ctx.now()).total_seconds() if self._resume else 0.0
        if seconds > 0:
            detail = "the server's limit of requests is reached"
            raise FetchError("rate_limited", detail, retry_after=seconds, url=url)


def statuses(response: Response) -> list[Raw]:
    """The statuses of a list.

    Raises:
        ParseError: the answer is no list.
    """
    found = response.json()
    if not isinstance(found, list):
        raise ParseError("not_a_feed", "the answer is no list of statuses")
    return [each for each in found if isinstance(each, dict) and isinstance(each.get("id"), str)]


def _says_so(body: bytes) -> bool:
    """The API refuses, and not something in front of it."""
    try:
        return isinstance(read_json(body), dict)
    except ParseError:
        return False
