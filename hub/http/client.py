"""The hub's HTTP client; the contract is ``hub.spec.http.Http``."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urljoin, urlsplit

from hub.errors import FetchError
from hub.http.address import AddressPolicy, Target, parse_target
from hub.http.body import ACCEPTED_ENCODINGS, TooLarge, read_body
from hub.http.dial import Deadline, Dialer, Gate, Lookups, Resolver, system_resolver
from hub.http.pace import READ_FLOOR, WRITE_FLOOR, Pace, retry_after
from hub.http.wire import HeadTooLarge, Idle, TimedResponse, _Wired, make_connection
from hub.spec.http import Headers, Response, Validators

MAX_REDIRECTS = 4
ERROR_BYTES = 64 * 1024
MAX_KEPT = 256
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")
_KEPT_ACROSS_ORIGINS = ("accept", "accept-language")
_MAX_VALIDATOR = 1024


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters since the client was made."""

    requests: int
    bytes: int
    not_modified: int
    connections: int
    errors: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Ask:
    """One fetch as it was asked for, with the headers of its present hop."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    since: Validators = Validators()
    conditional: bool = False
    secret: bool = False  # this fetch began with credentials, whether or not they are still sent
    max_bytes: int = 0
    ok_only: bool = True
    follow: bool = True


@dataclass(slots=True)
class _Trip:
    """Where a fetch is on its way through redirects."""

    deadline: Deadline
    target: Target
    permanent: bool = True
    hops: int = 0
    visited: set[str] = field(default_factory=set)


class HttpClient:
    """See :class:`hub.spec.http.Http`; safe to call from many threads.

    Args:
        user_agent: says who we are, with a contact.
        allow_private: CIDRs that may be fetched although they are not public, on any port.
        host_delay: seconds between the requests to one host.
        host_concurrency: requests in flight to one host.
        timeout: seconds for a whole fetch, redirects included, waiting for our own turn excluded.
        connect_timeout: seconds for TCP to connect.
        max_bytes: cap on a decoded body.
        proxy: ``http://[user:password@]host:port`` of the operator's own proxy. The environment's proxy
            settings are never read.
        clock, sleep, wall_clock: the time for pace and pauses. Deadlines of sockets use real time.
        resolver: host name to IP addresses; the machine's own when None.
        ca_file: PEM file with certificate authorities to trust beside the machine's own.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: Iterable[str] = (),
        host_delay: float = 1.0,
        host_concurrency: int = 1,
        timeout: float = 20.0,
        connect_timeout: float = 5.0,
        max_bytes: int = 5 * 2**20,
        proxy: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        resolver: Resolver | None = None,
        wall_clock: Callable[[], float] = time.time,
        ca_file: str | None = None,
    ) -> None:
        self._timeout, self._max_bytes, self._wall_clock = timeout, max_bytes, wall_clock
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": ACCEPTED_ENCODINGS}
        proxy_address, self._proxy_headers = _proxy(proxy)
        self._policy = AddressPolicy(allow_private)
        self._gate = Gate()
        lookups = Lookups(resolver or system_resolver)
        self._dialer = Dialer(self._policy, lookups, self._gate, connect_timeout, timeout, proxy_address)
        self._tls = _tls_context(ca_file)
        self._idle = Idle(MAX_KEPT, time.monotonic)
        self._pace = Pace(host_delay, host_concurrency, clock, sleep, wall_clock)
        self._counts: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._count_lock = threading.Lock()

    def get(
        self,
        url: str,
        *,
        since: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        accept: str = "",
        max_bytes: int | None = None,
        ok_only: bool = True,
    ) -> Response:
        since = since or Validators()
        sent = self._request_headers(headers, auth, accept or "*/*")
        if since.etag:
            sent["If-None-Match"] = since.etag
        if since.last_modified:
            sent["If-Modified-Since"] = since.last_modified
        return self._fetch(
            _Ask(
                "GET",
                url,
                sent,
                since=since,
                conditional=_conditional(sent),
                secret=_holds_secret(sent),
                max_bytes=self._cap(max_bytes),
                ok_only=ok_only,
            )
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        max_bytes: int | None = None,
        ok_only: bool = True,
    ) -> Response:
        method = method.upper()
        sent = self._request_headers(headers, auth, "*/*")
        return self._fetch(
            _Ask(
                method,
                url,
                sent,
                body=body,
                conditional=_conditional(sent),
                secret=_holds_secret(sent),
                max_bytes=self._cap(max_bytes),
                ok_only=ok_only,
                follow=method in ("GET", "HEAD"),
            )
        )

    def check(self, url: str) -> None:
        """Whether ``url`` could be asked: resolves its host and checks the addresses, without connecting.

        Raises:
            FetchError: ``bad_url``, ``blocked_address``, ``dns``.
        """
        target = parse_target(url)
        self._policy.check_port(target)
        try:
            self._dialer.admit(target.host, target.port, Deadline(self._timeout))
        except FetchError as error:
            error.url = target.url
            raise

    def host_wait(self, url: str) -> float:
        """Seconds until the host of ``url`` may be asked; 0 for at once and for unusable addresses."""
        try:
            return max(0.0, self._pace.wait(parse_target(url).lane))
        except FetchError:
            return 0.0

    def pauses(self) -> dict[str, float]:
        """Hosts that asked to be left alone (Retry-After), until when in seconds since the epoch."""
        return self._pace.pauses()

    def restore_pauses(self, pauses: Mapping[str, float]) -> None:
        """Take up the pauses that an earlier process exported."""
        self._pace.restore(pauses)

    def stats(self) -> Stats:
        with self._count_lock:
            return Stats(
                self._counts["requests"],
                self._counts["bytes"],
                self._counts["not_modified"],
                self._counts["connections"],
                dict(self._errors),
            )

    def close(self) -> None:
        """Close the kept connections; fetches under way end normally."""
        self._idle.close()

    # One fetch: hop after hop.

    def _fetch(self, ask: _Ask) -> Response:
        try:
            return self._travel(ask)
        except FetchError as error:
            with self._count_lock:
                self._errors[error.reason] += 1
            raise

    def _travel(self, ask: _Ask) -> Response:
        trip = _Trip(Deadline(self._timeout), parse_target(ask.url))
        while True:
            lane = trip.target.lane
            began = time.monotonic()
            with self._pace.turn(lane, again=lane in trip.visited):
                trip.deadline.extend(time.monotonic() - began)
                trip.visited.add(lane)
                answer = self._hop(ask, trip)
            if isinstance(answer, Response):
                return answer
            ask = _next_hop(ask, trip, answer)

    def _hop(self, ask: _Ask, trip: _Trip) -> Response | tuple[int, str]:
        """One request; gives the response, or status and Location of a redirect to follow."""
        target = trip.target
        try:
            with self._exchange(ask, target, trip.deadline) as response:
                location = response.getheader("location", "")
                if ask.follow and response.status in _REDIRECTS and location:
                    return response.status, location
                return self._receive(ask, trip, response)
        except FetchError as error:
            error.url = error.url or target.url
            raise
        except (OSError, http.client.HTTPException) as error:
            raise _translated(error, target) from error

    @contextmanager
    def _exchange(self, ask: _Ask, target: Target, deadline: Deadline) -> Iterator[TimedResponse]:
        """Send the request and give out the response. Afterwards the connection is kept if the response
        was read to its end, else closed."""
        connection, response = self._send(ask, target, deadline)
        try:
            yield response
            if not response.isclosed() and not response.length and not response.chunked:
                response.read()  # nothing is left, but only reading says so
        finally:
            self._give_back(connection, keep=response.isclosed() and connection.sock is not None)
            response.close()

    def _send(self, ask: _Ask, target: Target, deadline: Deadline) -> tuple[_Wired, TimedResponse]:
        # A kept connection may have been closed by the other side in this very moment. Reading again is
        # harmless; for other methods nobody could tell whether the request was carried out, so these
        # open a connection of their own.
        repeatable = ask.method in ("GET", "HEAD")
        for fresh in (not repeatable, True):
            connection = self._connection(ask, target, deadline, fresh)
            try:
                self._write(connection, ask, target)
                response = connection.answer()
                self._count(requests=1)
                return connection, response
            except (ConnectionError, ssl.SSLError):
                self._give_back(connection, keep=False)
                if not (connection.reused and repeatable):
                    raise
            except BaseException:
                self._give_back(connection, keep=False)
                raise
        raise AssertionError("a fresh connection either answers or raises")

    def _write(self, connection: _Wired, ask: _Ask, target: Target) -> None:
        path, headers = target.path, ask.headers
        if self._dialer.proxy and target.scheme == "http":
            path, headers = target.url, {**headers, **self._proxy_headers}
        try:
            connection.request(ask.method, path, body=ask.body, headers=headers)
        except ValueError:  # line breaks in a header, characters that HTTP cannot carry
            raise FetchError("bad_url", f"{target.host}: address or headers cannot be sent") from None

    def _connection(self, ask: _Ask, target: Target, deadline: Deadline, fresh: bool) -> _Wired:
        kept = None if fresh else self._idle.take(target.origin)
        if kept is not None:
            self._gate.enter(kept.place, deadline, self._timeout)
            connection, connection.deadline, connection.reused = kept, deadline, True
        else:
            connection = self._connect(target, deadline)
        if target.scheme == "http" and _holds_secret(ask.headers) and not connection.exempt:
            self._give_back(connection, keep=False)
            raise FetchError("bad_url", f"{target.host}: credentials need https", permanent=True)
        return connection

    def _connect(self, target: Target, deadline: Deadline) -> _Wired:
        self._policy.check_port(target)
        connection = make_connection(target, self._dialer, self._tls, self._proxy_headers)
        connection.deadline = deadline
        connection.born = time.monotonic()
        try:
            connection.connect()
        except BaseException:
            self._give_back(connection, keep=False)
            raise
        self._count(connections=1)
        return connection

    def _give_back(self, connection: _Wired, *, keep: bool) -> None:
        if connection.place:
            self._gate.leave(connection.place)
        if keep:
            self._idle.put(connection)
        else:
            connection.close()

    # One answer.

    def _receive(self, ask: _Ask, trip: _Trip, response: TimedResponse) -> Response:
        status, headers = response.status, _headers(response)
        if status in (429, 503):
            raise self._refusal(ask, trip.target, response, headers)
        if status == 304:
            return self._not_modified(ask, trip, headers)
        if ask.ok_only and not 200 <= status < 300:
            raise _status_error(status, trip.target, _error_body(response))
        body = self._body(ask, trip.target, response)
        validators = _validators(headers, body)
        return Response(
            url=trip.target.url,
            status=status,
            headers=headers,
            body=body,
            unchanged=bool(ask.since.digest) and ask.since.digest == validators.digest,
            validators=validators,
            moved_to=_moved_to(trip),
        )

    def _body(self, ask: _Ask, target: Target, response: TimedResponse) -> bytes:
        try:
            body = read_body(response, ask.max_bytes)
        except TooLarge:
            raise FetchError(
                "too_large", f"{target.host}: more than {ask.max_bytes} bytes", status=response.status
            ) from None
        self._count(bytes=len(body))
        return body

    def _not_modified(self, ask: _Ask, trip: _Trip, headers: Headers) -> Response:
        if not ask.conditional:
            raise FetchError("http_4xx", "304 to a request that was not conditional", status=304)
        self._count(not_modified=1)
        fresh = _validators(headers)
        validators = Validators(
            fresh.etag or ask.since.etag,
            fresh.last_modified or ask.since.last_modified,
            ask.since.digest,
        )
        return Response(
            url=trip.target.url,
            status=304,
            headers=headers,
            unchanged=True,
            validators=validators,
            moved_to=_moved_to(trip),
        )

    def _refusal(self, ask: _Ask, target: Target, response: TimedResponse, headers: Headers) -> FetchError:
        """429 and 503: the host asks for a pause, which then holds for everything on it."""
        wish = headers.get("retry-after", "")
        seconds = None
        if wish or response.status == 429:
            floor = READ_FLOOR if ask.method in ("GET", "HEAD") else WRITE_FLOOR
            seconds = retry_after(wish, now=self._wall_clock(), floor=floor)
            self._pace.pause(target.lane, seconds)
        error = _status_error(response.status, target, _error_body(response))
        error.retry_after = seconds
        return error

    def _request_headers(
        self, headers: Mapping[str, str] | None, auth: tuple[str, str] | None, accept: str
    ) -> dict[str, str]:
        sent = {**self._headers, "Accept": accept}
        given = dict(headers or {})
        if auth:
            given["Authorization"] = _basic(*auth)
        if given:
            names = {name.lower() for name in given}
            sent = {name: value for name, value in sent.items() if name.lower() not in names}
            sent.update(given)
        return sent

    def _cap(self, max_bytes: int | None) -> int:
        return self._max_bytes if max_bytes is None else min(max_bytes, self._max_bytes)

    def _count(self, **amounts: int) -> None:
        with self._count_lock:
            for name, amount in amounts.items():
                self._counts[name] += amount


def _next_hop(ask: _Ask, trip: _Trip, redirect: tuple[int, str]) -> _Ask:
    """Move ``trip`` on to where the redirect points.

    Raises:
        FetchError: when that may not be followed.
    """
    status, location = redirect
    here = trip.target
    trip.hops += 1
    if trip.hops > MAX_REDIRECTS:
        raise FetchError("unreachable", f"{here.host}: more than {MAX_REDIRECTS} redirects", url=here.url)
    # The header arrives as Latin-1; what is not ASCII was bytes of a URL that should have been quoted.
    raw = quote(location.encode("latin-1", "replace"), safe="".join(map(chr, range(33, 127))))
    try:
        there = parse_target(urljoin(here.url, raw))
    except ValueError:
        raise FetchError("bad_url", f"{here.host}: redirect to an unusable address", url=here.url) from None
    if ask.secret and here.scheme == "https" and there.scheme == "http":
        raise FetchError("bad_url", f"{here.host}: redirect from https to http", url=here.url)
    trip.target = there
    trip.permanent = trip.permanent and status in _PERMANENT
    if there.origin == here.origin:
        return ask
    return replace(ask, headers=_without_secrets(ask.headers))


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """What another origin may see: nothing of what the caller set for the first one."""
    ours = ("user-agent", "accept-encoding", "if-none-match", "if-modified-since", *_KEPT_ACROSS_ORIGINS)
    return {name: value for name, value in headers.items() if name.lower() in ours}


def _holds_secret(headers: Mapping[str, str]) -> bool:
    return any(name.lower() in _SECRET_HEADERS for name in headers)


def _conditional(headers: Mapping[str, str]) -> bool:
    return any(name.lower() in ("if-none-match", "if-modified-since") for name in headers)


def _moved_to(trip: _Trip) -> str | None:
    return trip.target.url if trip.hops and trip.permanent else None


def _headers(response: TimedResponse) -> Headers:
    joined: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        if "\n" in value or "\r" in value:
            value = " ".join(value.split())
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return Headers(joined)


def _validators(headers: Headers, body: bytes | None = None) -> Validators:
    etag, last_modified = headers.get("etag", ""), headers.get("last-modified", "")
    digest = "" if body is None else hashlib.blake2b(body, digest_size=16).hexdigest()
    return Validators(
        etag if len(etag) <= _MAX_VALIDATOR else "",
        last_modified if len(last_modified) <= _MAX_VALIDATOR else "",
        digest,
    )


def _error_body(response: TimedResponse) -> bytes:
    """The start of an error page. That it is broken or large is no second error."""
    try:
        return read_body(response, ERROR_BYTES)
    except TooLarge as large:
        return large.start
    except (FetchError, OSError, http.client.HTTPException):
        return b""


def _status_error(status: int, target: Target, body: bytes) -> FetchError:
    if status == 410:
        reason = "gone"
    elif status == 429:
        reason = "rate_limited"
    elif status >= 500:
        reason = "http_5xx"
    else:
        reason = "http_4xx" if status >= 400 else "moved"
    detail = f"{target.host} answered {status}"
    return FetchError(reason, detail, permanent=status == 410, status=status, body=body, url=target.url)


def _translated(error: Exception, target: Target) -> FetchError:
    """What went wrong on the wire, in the hub's own words and without anything secret."""
    if isinstance(error, TimeoutError):
        reason, problem = "timeout", "no complete answer in time"
    elif isinstance(error, ssl.SSLCertVerificationError):
        reason, problem = "bad_tls", error.verify_message
    elif isinstance(error, ssl.SSLError):
        reason, problem = "bad_tls", error.reason or "TLS failed"
    elif _is_flood(error):
        reason, problem = "too_large", "too many or too long headers"
    elif isinstance(error, http.client.IncompleteRead):
        reason, problem = "unreachable", "the answer ended early"
    elif isinstance(error, OSError):
        reason, problem = "unreachable", error.strerror or str(error)
    else:
        reason, problem = "unreachable", f"no proper HTTP answer ({type(error).__name__})"
    line = " ".join(str(problem).split())[:200]
    return FetchError(reason, f"{target.host}: {line}", url=target.url)


def _is_flood(error: Exception) -> bool:
    """The standard library says that there are too many header fields in words only."""
    if isinstance(error, HeadTooLarge | http.client.LineTooLong):
        return True
    return isinstance(error, http.client.HTTPException) and "headers" in str(error)


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _proxy(url: str | None) -> tuple[tuple[str, int] | None, dict[str, str]]:
    """(host, port) and the headers that a proxy wants.

    Raises:
        ValueError: when ``url`` is no http proxy.
    """
    if not url:
        return None, {}
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("the proxy must be given as http://host:port")
    headers = {}
    if parts.username is not None:
        headers["Proxy-Authorization"] = _basic(unquote(parts.username), unquote(parts.password or ""))
    return (parts.hostname, parts.port or 8080), headers


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
