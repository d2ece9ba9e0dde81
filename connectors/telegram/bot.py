"""The Bot API, as far as announcements need it (core.telegram.org/bots/api).

The token stands in every address that is asked, so no error of the HTTP client leaves this module: its
words are written again, without the address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hub.spec import (
    AuthError,
    Blocked,
    FetchError,
    Http,
    ParseError,
    PublishError,
    RemoteError,
    Response,
    read_json,
)

_TOKEN = re.compile(r"\d{3,20}:[\w-]{20,100}")
_RIGHTS = re.compile(r"rights|CHAT_ADMIN_REQUIRED|CHAT_WRITE_FORBIDDEN|RIGHT_FORBIDDEN|not a member", re.I)
_COPY_AGAIN = "copy the token from @BotFather again, all of it"
_LET_POST = "make the bot an administrator of the channel that may post messages"


class Refused(PublishError):
    """Telegram understood and will not do it (400); ``detail`` holds its words."""


class Bot:
    """One bot at one Bot API server."""

    def __init__(self, http: Http, api: str, token: str) -> None:
        self._http, self._api, self._token = http, api.rstrip("/"), token.strip()

    def call(self, method: str, **parameters: Any) -> Any:
        """Do ``method``; what Telegram calls ``result``.

        Raises:
            Refused: 400, for good.
            RemoteError: anything else; 429 with the wait that Telegram asks for.
        """
        if not _TOKEN.fullmatch(self._token):
            raise AuthError("auth", f"this is no bot token; {_COPY_AGAIN}", permanent=True)
        status, answer, problem = self._ask(method, parameters)
        if problem is None and status == 200 and answer.get("ok") is True:
            return answer.get("result")
        # Raised out here and without a cause: what the HTTP client raised holds the address.
        raise problem or self._refusal(status, answer)

    def _ask(
        self, method: str, parameters: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, Any], RemoteError | None]:
        url = f"{self._api}/bot{quote(self._token, safe=':')}/{method}"
        # Over http the client must see that this request holds a secret: it then refuses unless the
        # operator allowed that address. Telegram ignores the header.
        auth = None if url.startswith("https://") else ("bot", "")
        body = json.dumps(parameters, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            response = self._http.request("POST", url, body=body, headers=headers, auth=auth, ok_only=False)
        except FetchError as error:
            if error.status in (429, 503):
                answer = _read(error.body)
                seconds = _wait(answer) or error.retry_after
                detail = f"Telegram is busy ({error.status})"
                return 0, {}, PublishError(error.reason, detail, retry_after=seconds)
            detail = self._masked(error.detail)
            return 0, {}, PublishError(error.reason, detail, permanent=error.permanent)
        return response.status, _answer(response), None

    def _refusal(self, status: int, answer: Mapping[str, Any]) -> RemoteError:
        said = self._masked(" ".join(str(answer.get("description") or "").split())[:200])
        moved = _parameters(answer).get("migrate_to_chat_id")
        if status in (401, 403) and not answer:
            detail = f"something in front of Telegram refuses machines ({status})"
            return Blocked("http_4xx", detail, hint="firewall")
        if status in (401, 404):
            return AuthError("auth", f"Telegram does not know this bot token; {_COPY_AGAIN}", permanent=True)
        if status == 403 or (status == 400 and _RIGHTS.search(said)):
            return AuthError("auth", f"{said}; {_LET_POST}", permanent=True)
        if moved:
            return PublishError(
                "moved", f"the group has a new id; set option chat to {moved}", permanent=True
            )
        if status == 400 and "chat not found" in said.lower():
            cure = "correct option chat (@name or the number) and add the bot there"
            return PublishError("bad_url", f"{said}; {cure}", permanent=True)
        if status == 400:
            return Refused("http_4xx", said, permanent=True)
        if status >= 500:
            return PublishError("http_5xx", f"Telegram answered {status} {said}".strip())
        return PublishError("degraded", f"Telegram answered {status} without a result {said}".strip())

    def _masked(self, text: str) -> str:
        for secret in (self._token, self._token.partition(":")[2]):
            text = text.replace(secret, "...")
        return text


def _answer(response: Response) -> Mapping[str, Any]:
    return _read(response.body)


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        answer = read_json(body)
    except ParseError:
        return {}
    return answer if isinstance(answer, Mapping) else {}


def _parameters(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = answer.get("parameters")
    return parameters if isinstance(parameters, Mapping) else {}


def _wait(answer: Mapping[str, Any]) -> float | None:
    seconds = _parameters(answer).get("retry_after")
    return float(seconds) if isinstance(seconds, int | float) and 0 < seconds <= 86_400 else None
