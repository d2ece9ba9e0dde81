"""The asking side: one fetch, its headers, and its way through redirects."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urljoin

from hub.errors import FetchError
from hub.http.address import Target, parse_target
from hub.http.dial import Deadline
from hub.spec.http import Validators

MAX_REDIRECTS = 4
_PERMANENT = (301, 308)
_CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
_CONDITIONS = ("if-none-match", "if-modified-since")
_NOT_PRIVATE = ("user-agent", "accept", "accept-encoding", "accept-language", *_CONDITIONS)
_PRINTABLE = "".join(map(chr, range(33, 127)))


@dataclass(frozen=True, slots=True)
class Ask:
    """One fetch as it was asked for, with the headers for its present hop."""

    method: str
    url: str
    headers: Mapping[str, str]
    max_bytes: int
    ok_only: bool
    body: bytes | None = None
    since: Validators = Validators()
    conditional: bool = False
    guarded: bool = False  # began with credentials, whether or not they are still sent

    @property
    def repeatable(self) -> bool:
        """Whether asking twice changes nothing at the other side."""
        return self.method in ("GET", "HEAD")

    @property
    def holds_credentials(self) -> bool:
        return _any_of(_CREDENTIALS, self.headers)


@dataclass(slots=True)
class Trip:
    """Where a fetch is on its way."""

    start: Target
    target: Target
    deadline: Deadline
    permanent: bool = True
    hops: int = 0
    visited: set[str] = field(default_factory=set)

    @property
    def moved_to(self) -> str | None:
        """The present address if only permanent redirects led to it."""
        return self.target.url if self.permanent and self.target.url != self.start.url else None


def make_ask(
    method: str,
    url: str,
    base: Mapping[str, str],
    headers: Mapping[str, str] | None,
    auth: tuple[str, str] | None,
    *,
    max_bytes: int,
    ok_only: bool,
    body: bytes | None = None,
    since: Validators | None = None,
) -> Ask:
    """Put the headers together: ``base``, over it the caller's own, credentials and validators."""
    given = dict(headers or {})
    if auth:
        given["Authorization"] = basic(*auth)
    if since and since.etag:
        given["If-None-Match"] = since.etag
    if since and since.last_modified:
        given["If-Modified-Since"] = since.last_modified
    names = {name.lower() for name in given}
    sent = {name: value for name, value in base.items() if name.lower() not in names}
    sent.update(given)
    return Ask(
        method,
        url,
        sent,
        max_bytes,
        ok_only,
        body,
        since or Validators(),
        conditional=_any_of(_CONDITIONS, given),
        guarded=_any_of(_CREDENTIALS, given),
    )


def next_hop(ask: Ask, trip: Trip, status: int, location: str) -> Ask:
    """Move ``trip`` to where a redirect points; the ask to go on with, which for another origin holds
    nothing that the caller set for the first one.

    Raises:
        FetchError: when that may not be followed.
    """
    here = trip.target
    trip.hops += 1
    if trip.hops > MAX_REDIRECTS:
        raise FetchError("unreachable", f"{here.host}: more than {MAX_REDIRECTS} redirects", url=here.url)
    there = _pointed_at(here, location)
    if ask.guarded and here.scheme == "https" and there.scheme == "http":
        raise FetchError("bad_url", f"{here.host}: redirect from https to http", url=here.url)
    trip.target = there
    trip.permanent = trip.permanent and status in _PERMANENT
    if there.origin == here.origin:
        return ask
    shared = {name: value for name, value in ask.headers.items() if name.lower() in _NOT_PRIVATE}
    return replace(ask, headers=shared)


def _pointed_at(here: Target, location: str) -> Target:
    # The header was read as Latin-1; what is not ASCII were bytes of a URL that should have been quoted.
    quoted = quote(location.encode("latin-1", "replace"), safe=_PRINTABLE)
    try:
        return parse_target(urljoin(here.url, quoted))
    except ValueError:
        reason, problem = "bad_url", "unusable address"
    except FetchError as error:
        reason, problem = error.reason, error.detail
    # Not permanent, whatever the address: the redirect may be gone tomorrow.
    raise FetchError(reason, f"redirect from {here.host}: {problem}", url=here.url)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def _any_of(names: tuple[str, ...], headers: Mapping[str, str]) -> bool:
    return any(name.lower() in names for name in headers)
