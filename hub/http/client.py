"""The hub's HTTP client; the contract is ``hub.spec.http.Http``."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hub.errors import FetchError
from hub.http.address import AddressPolicy, Target, parse_target
from hub.http.answer import headers_of, renewed, status_error, validators_of, wire_error
from hub.http.ask import Ask, Trip, make_ask, next_hop
from hub.http.body import ACCEPTED_ENCODINGS, TooLarge, read_body
from hub.http.dial import Deadline, Dialer, Gate, Lookups, Resolver, system_resolver
from hub.http.exchange import Exchanger, proxy_of, tls_context
from hub.http.pace import READ_FLOOR, WRITE_FLOOR, Pace, retry_after
from hub.http.wire import TimedResponse
from hub.spec.http import Headers, Response, Validators

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters since the client was made: requests sent, bytes of decoded bodies, 304 answers,
    connections opened, and failed fetches by reason."""

    requests: int
    bytes: int
    not_modified: int
    connections: int
    errors: dict[str, int]


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
        self._base = {"User-Agent": user_agent, "Accept-Encoding": ACCEPTED_ENCODINGS, "Accept": "*/*"}
        proxy_address, proxy_headers = proxy_of(proxy)
        self._dialer = Dialer(
            AddressPolicy(allow_private),
            Lookups(resolver or system_resolver),
            Gate(),
            connect_timeout,
            patience=timeout,
            proxy=proxy_address,
        )
        self._exchanger = Exchanger(self._dialer, tls_context(ca_file), proxy_headers, self._count)
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
        base = {**self._base, "Accept": accept} if accept else self._base
        cap = self._cap(max_bytes)
        return self._fetch(
            make_ask("GET", url, base, headers, auth, max_bytes=cap, ok_only=ok_only, since=since)
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
        cap = self._cap(max_bytes)
        return self._fetch(
            make_ask(
                method.upper(), url, self._base, headers, auth, max_bytes=cap, ok_only=ok_only, body=body
            )
        )

    def check(self, url: str) -> None:
        """Whether ``url`` may be asked: resolves its host and checks the addresses, without connecting.

        Raises:
            FetchError: ``bad_url``, ``blocked_address``, ``dns``.
        """
        target = parse_target(url)
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
        self._exchanger.close()

    # One fetch, hop after hop.

    def _fetch(self, ask: Ask) -> Response:
        try:
            return self._travel(ask)
        except FetchError as error:
            with self._count_lock:
                self._errors[error.reason] += 1
            raise

    def _travel(self, ask: Ask) -> Response:
        target = parse_target(ask.url)
        trip = Trip(target, target, Deadline(self._timeout))
        while True:
            lane = trip.target.lane
            began = time.monotonic()
            with self._pace.turn(lane, again=lane in trip.visited):
                trip.deadline.extend(time.monotonic() - began)
                trip.visited.add(lane)
                answer = self._hop(ask, trip)
            if isinstance(answer, Response):
                return answer
            ask = next_hop(ask, trip, *answer)

    def _hop(self, ask: Ask, trip: Trip) -> Response | tuple[int, str]:
        """One request; gives the response, or status and Location of a redirect to follow."""
        target = trip.target
        try:
            with self._exchanger.response(ask, target, trip.deadline) as response:
                location = response.getheader("location", "")
                if ask.repeatable and response.status in _REDIRECTS and location:
                    return response.status, location
                return self._receive(ask, trip, response)
        except FetchError as error:
            error.url = error.url or target.url
            if trip.hops and error.reason in ("bad_url", "blocked_address"):
                error.permanent = False  # the address is the redirect's, which may be gone tomorrow
            raise
        except (OSError, http.client.HTTPException) as error:
            raise wire_error(error, target) from error

    def _receive(self, ask: Ask, trip: Trip, response: TimedResponse) -> Response:
        status, headers = response.status, headers_of(response)
        if status in (429, 503):
            raise self._refusal(ask, trip.target, response, headers)
        if status == 304:
            return self._not_modified(ask, trip, headers)
        if ask.ok_only and not 200 <= status < 300:
            raise status_error(response, trip.target)
        body = self._body(ask, trip.target, response)
        validators = validators_of(headers, body)
        return Response(
            url=trip.target.url,
            status=status,
            headers=headers,
            body=body,
            unchanged=bool(ask.since.digest) and ask.since.digest == validators.digest,
            validators=validators,
            moved_to=trip.moved_to,
        )

    def _body(self, ask: Ask, target: Target, response: TimedResponse) -> bytes:
        try:
            body = read_body(response, ask.max_bytes)
        except TooLarge:
            problem = f"{target.host}: more than {ask.max_bytes} bytes"
            raise FetchError("too_large", problem, status=response.status) from None
        self._count(bytes=len(body))
        return body

    def _not_modified(self, ask: Ask, trip: Trip, headers: Headers) -> Response:
        if not ask.conditional:
            raise FetchError("http_4xx", f"{trip.target.host}: 304 without a condition asked", status=304)
        self._count(not_modified=1)
        return Response(
            url=trip.target.url,
            status=304,
            headers=headers,
            unchanged=True,
            validators=renewed(ask.since, headers),
            moved_to=trip.moved_to,
        )

    def _refusal(self, ask: Ask, target: Target, response: TimedResponse, headers: Headers) -> FetchError:
        """429 and 503: a pause that is asked for holds for everything on the host. A 429 without a word
        about when asks for the shortest."""
        wish = headers.get("retry-after", "")
        seconds = None
        if wish or response.status == 429:
            floor = READ_FLOOR if ask.repeatable else WRITE_FLOOR
            seconds = retry_after(wish, now=self._wall_clock(), floor=floor)
            self._pace.pause(target.lane, seconds)
        error = status_error(response, target)
        error.retry_after = seconds
        return error

    def _cap(self, max_bytes: int | None) -> int:
        return self._max_bytes if max_bytes is None else min(max_bytes, self._max_bytes)

    def _count(self, **amounts: int) -> None:
        with self._count_lock:
            for name, amount in amounts.items():
                self._counts[name] += amount
