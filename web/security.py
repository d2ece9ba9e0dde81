"""The edge: which hosts are answered, how often one address may ask, and what every answer says to the
browser."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from hub.config import Settings
from web import current

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the guard leaves its verdict for Flask, which says it in words.
REFUSED = "kimhub.refused"
#: Where it leaves the host that the browser asked for, to be compared with Origin.
ASKED_HOST = "kimhub.host"
#: A query string longer than this is no search (256 characters are at most 3 KB when encoded).
MAX_QUERY_STRING = 8192
MAX_PARAMETERS = 64
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
_UNLIMITED = ("/static/", "/healthz", "/readyz", "/metrics")
#: The page whose script may ask where the reader is ("near me").
_ASKS_WHERE = "/peta"

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'"
)


class Guard:
    """Refuses what must not reach the pages: foreign hosts, oversized query strings, too many requests.

    The refusal itself is worded by Flask: the guard only leaves a status in the environment. The Host
    header ends here; behind it everybody sees the configured one.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        base = urlsplit(settings.hub.base_url)
        self._app = app
        self._host = base.netloc
        self._hosts = _spellings(base.scheme, base.netloc)
        self._rate = RateLimitItemPerMinute(settings.web.rate_limit) if settings.web.rate_limit else None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if status := self._verdict(environ):
            environ[REFUSED] = status
        environ[ASKED_HOST] = environ.get("HTTP_HOST", "")
        environ["HTTP_HOST"] = self._host
        environ.pop("HTTP_X_FORWARDED_HOST", None)
        return self._app(environ, start_response)

    def _verdict(self, environ: WSGIEnvironment) -> int:
        if not self.knows(environ.get("HTTP_HOST", ""), environ["SERVER_PORT"]):
            return 400
        query = environ.get("QUERY_STRING", "")
        if len(query) > MAX_QUERY_STRING or query.count("&") > MAX_PARAMETERS:
            return 400
        if self._rate and not environ.get("PATH_INFO", "").startswith(_UNLIMITED):
            environ["kimhub.limit"] = lambda: self._hit(environ.get("REMOTE_ADDR", ""))
        return 0

    def knows(self, host: str, port: str) -> bool:
        """Whether ``host`` is the hub's public one, or loopback with the served port. A client of HTTP/1.0
        may send none."""
        if not host:
            return True
        host = host.lower()
        if host in self._hosts:
            return True
        try:
            parts = urlsplit(f"//{host}")
            name, given = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        return parts.username is None and given == int(port or 80) and is_loopback(name)

    def _hit(self, address: str) -> bool:
        assert self._rate is not None
        return self._limiter.hit(self._rate, network(address))


def over_limit(environ: WSGIEnvironment) -> bool:
    """Count this request against its address; True when that address has used up its minute."""
    hit = environ.get("kimhub.limit")
    return hit is not None and not hit()


def from_here() -> bool:
    """Whether the browser says that our own page sent this (Fetch Metadata, else Origin). One that says
    neither is let through: what must not be forged has a token besides."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    asked: str = request.environ.get(ASKED_HOST, "")
    return urlsplit(origin).netloc.lower() == asked.lower()


def is_loopback(name: str) -> bool:
    """Whether a host name or address is this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def asked_locally() -> bool:
    """Whether the connection itself came from this machine and nobody forwarded it.

    A proxy on this machine connects from loopback as well, so any forwarding header makes it foreign; a
    client's claim to be 127.0.0.1 is worth nothing (CVE-2023-27591).
    """
    origin = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    forwarded = any(request.environ.get(name) or origin.get(name) for name in _FORWARDED)
    return not forwarded and is_loopback(origin.get("REMOTE_ADDR") or "")


def install(app: Flask) -> None:
    """Say the guard's refusals and put the headers on every answer."""

    @app.before_request
    def refuse() -> None:
        status = request.environ.get(REFUSED)
        if status == 429:
            raise TooManyRequests(retry_after=60 - int(time.time()) % 60)
        if status:
            abort(status)

    @app.after_request
    def headers(response: Response) -> Response:
        secure = current.hub().settings.hub.base_url.startswith("https://")
        for name, value in _headers(request.path, secure):
            response.headers.setdefault(name, value)
        return response


def _headers(path: str, secure: bool) -> Iterable[tuple[str, str]]:
    ancestors = "*" if path.startswith("/embed/") else "'none'"
    yield "Content-Security-Policy", f"{_POLICY}; frame-ancestors {ancestors}"
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", "strict-origin-when-cross-origin"
    yield "Cross-Origin-Opener-Policy", "same-origin"
    here = "(self)" if path == _ASKS_WHERE else "()"
    yield "Permissions-Policy", f"camera=(), geolocation={here}, microphone=(), payment=()"
    if secure:
        yield "Strict-Transport-Security", "max-age=63072000; includeSubDomains"


def _spellings(scheme: str, netloc: str) -> frozenset[str]:
    """The public host with and without its scheme's own port."""
    netloc = netloc.lower()
    default = ":443" if scheme == "https" else ":80"
    bare = netloc.removesuffix(default)
    return frozenset({netloc, bare, bare if ":" in bare.rpartition("]")[2] else bare + default})


def network(address: str) -> str:
    """What is counted as one asker: an IPv4 address, or the /64 that one household gets of IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return address if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
