"""Faults of a WordPress site that tests switch on and off while it runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hub.testing.district.servers import Reply, Request
from hub.testing.district.wordpress_json import error

#: ``strip_authorization``: the host drops the header, as CGI does. ``rest_off``: a plugin closes the API
#: for everybody. ``verbs_blocked``: the host lets only GET and POST through. ``slow``: every answer comes
#: ``seconds`` late. ``rate_limited``: 429 with Retry-After ``seconds``. ``commit_then_*``: a post is
#: written, and then the answer is a 502, never comes, or is a reset connection.
MishapName = Literal[
    "strip_authorization",
    "rest_off",
    "verbs_blocked",
    "slow",
    "rate_limited",
    "commit_then_502",
    "commit_then_hang",
    "commit_then_reset",
]


@dataclass(frozen=True, slots=True)
class _Mishap:
    left: int | None
    seconds: float


class Mishaps:
    """What goes wrong at one site now."""

    def __init__(self) -> None:
        self._now: dict[str, _Mishap] = {}
        self._lock = threading.Lock()

    def set(self, name: MishapName, *, times: int | None = None, seconds: float = 1.0) -> None:
        """From now on ``name`` happens, ``times`` times (None: until cleared).

        Raises:
            ValueError: no such fault.
        """
        if name not in get_args(MishapName):
            raise ValueError(name)
        with self._lock:
            self._now[name] = _Mishap(times, seconds)

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._now.clear()

    def before(self, request: Request) -> Request:
        """The request as the host hands it to WordPress."""
        if "authorization" not in request.headers or self._take("strip_authorization") is None:
            return request
        kept = {name: value for name, value in request.headers.items() if name != "authorization"}
        return replace(request, headers=kept)

    def instead(self, request: Request, *, rest: bool) -> Reply | None:
        """What is answered without WordPress having seen the request."""
        if request.method not in ("GET", "HEAD", "POST") and self._take("verbs_blocked") is not None:
            return Reply(b"<h1>405 Method Not Allowed</h1>", status=405)
        if not rest:
            return None
        limited = self._take("rate_limited")
        if limited is not None:
            headers = {"Retry-After": str(int(limited.seconds))}
            return Reply(b"<h1>429 Too Many Requests</h1>", status=429, headers=headers)
        if self._take("rest_off") is not None:
            return error(403, "rest_disabled", "REST API di situs ini dimatikan.")
        return None

    def after(self, request: Request, reply: Reply, *, rest: bool) -> Reply:
        """What becomes of WordPress's answer on its way back."""
        slow = self._take("slow")
        if slow is not None:
            reply = replace(reply, delay=slow.seconds)
        wrote = rest and request.method not in ("GET", "HEAD") and "/posts" in request.target
        if not wrote or reply.status >= 400:
            return reply
        if self._take("commit_then_502") is not None:
            return Reply(b"<h1>502 Bad Gateway</h1><hr>nginx", status=502)
        if self._take("commit_then_hang") is not None:
            return replace(reply, cut="hang")
        if self._take("commit_then_reset") is not None:
            return replace(reply, cut="reset")
        return reply

    def _take(self, name: MishapName) -> _Mishap | None:
        if name not in self._now:  # the usual case, without a lock
            return None
        with self._lock:
            mishap = self._now.get(name)
            if mishap is None or mishap.left is None:
                return mishap
            if mishap.left <= 1:
                del self._now[name]
            else:
                self._now[name] = replace(mishap, left=mishap.left - 1)
            return mishap
