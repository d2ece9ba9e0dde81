"""XRPC queries that need no account (docs.bsky.app, lexicons ``app.bsky.feed.*``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlencode, urlsplit

from hub.spec import (
    Blocked,
    Context,
    FetchError,
    ParseError,
    Raw,
    RemoteError,
    Response,
    Validators,
    get_page,
    read_json,
    text_in,
)

Asked = Sequence[tuple[str, str]]

#: The public view of the whole network.
API: Final = "https://public.api.bsky.app"
WEB: Final = "https://bsky.app"
#: Most that is given in one answer, and most that may be asked about in one request.
PAGE: Final = 100
MOST_URIS: Final = 25
_HANDLE: Final = re.compile(
    r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)+"
)
_DID: Final = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]{1,200}")
#: Errors by which an account's owner, or the network, keeps strangers out.
_KEPT: Final = ("BlockedActor", "BlockedByActor", "AccountTakedown", "AccountDeactivated", "AccountSuspended")


def actor_of(url: str) -> str:
    """Handle or DID of a profile's address (``https://bsky.app/profile/kim.example``), or empty."""
    parts = urlsplit(url)
    steps = unquote(parts.path).strip("/").split("/")
    if (parts.hostname or "") not in ("bsky.app", "staging.bsky.app") or steps[0] != "profile":
        return ""
    actor = steps[1].removeprefix("@") if len(steps) > 1 else ""
    return actor if _DID.fullmatch(actor) or (len(actor) < 254 and _HANDLE.fullmatch(actor)) else ""


class Client:
    def __init__(self, ctx: Context) -> None:
        self._http = ctx.http

    def get(
        self, method: str, asked: Sequence[tuple[str, str]], *, since: Validators | None = None
    ) -> Response:
        """Raises:
        Refused: the network understood and refuses. RemoteError: all else.
        """
        url = f"{API}/xrpc/{method}?{urlencode(asked)}"
        try:
            return get_page(self._http, url, since=since, accept="application/json")
        except FetchError as error:
            told = _error(error.body) if error.status and 400 <= error.status < 500 else {}
            if error.status != 429 and text_in(told, "error"):
                raise _refusal(error, text_in(told, "error"), text_in(told, "message")) from error
            raise

    def object(
        self, method: str, asked: Sequence[tuple[str, str]], *, since: Validators | None = None
    ) -> Raw:
        return read_object(self.get(method, asked, since=since))


class Refused(FetchError):
    """``code`` is the network's name for the error, ``InvalidRequest`` for a wrong name."""

    code = ""


def _refusal(error: FetchError, code: str, said: str) -> RemoteError:
    if code in _KEPT:
        return Blocked("not_public", f"{said or code}: the account is not shown to strangers", permanent=True)
    refused = Refused("http_4xx", f"{code}: {said}"[:300], status=error.status, url=error.url)
    refused.code = code
    return refused


def read_object(response: Response) -> Raw:
    found = response.json()
    if not isinstance(found, dict):
        raise ParseError("not_a_feed", "the answer is no object")
    return found


def _error(body: bytes) -> Raw:
    try:
        found = read_json(body)
    except ParseError:
        return {}
    return found if isinstance(found, dict) else {}
