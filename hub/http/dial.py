"""From a host name to a connected socket whose address was checked."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from hub.errors import FetchError
from hub.http.address import AddressPolicy, IpAddress

#: Host name to IP addresses in text form; raises OSError when there are none.
Resolver = Callable[[str], Sequence[str]]

MAX_LOOKUPS = 32
LOOKUP_SECONDS = 10.0
MAX_PER_ADDRESS = 4


class Deadline:
    """The wall clock of one fetch. Every read and write asks it for the time that is left, so a drip of
    single bytes (in a status line, in a header, inside TLS) ends with the fetch and not after it."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def left(self, at_most: float = 3600.0) -> float:
        """Seconds left, never 0.

        Raises:
            TimeoutError: when there are none.
        """
        seconds = self._at - monotonic()
        if seconds <= 0:
            raise TimeoutError("the time for the whole fetch is over")
        return min(seconds, at_most)

    def extend(self, seconds: float) -> None:
        """Give back time that was spent waiting for our own turn."""
        self._at += seconds


def system_resolver(host: str) -> list[str]:
    """The machine's own resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class Lookups:
    """Runs a resolver that cannot be interrupted in threads that can be left behind, a bounded number."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._slots = threading.BoundedSemaphore(MAX_LOOKUPS)

    def resolve(self, host: str, deadline: Deadline) -> Sequence[str]:
        """All addresses of ``host``.

        Raises:
            FetchError: ``dns``, also after ten seconds without an answer.
        """
        patience = deadline.left(LOOKUP_SECONDS)
        if not self._slots.acquire(timeout=patience):
            raise FetchError("dns", f"{host}: too many names are being looked up")
        answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()
        threading.Thread(target=self._look_up, args=(host, answers), daemon=True, name="dns").start()
        try:
            answer = answers.get(timeout=patience)
        except queue.Empty:
            raise FetchError("dns", f"{host}: no answer within {patience:.0f} s") from None
        if isinstance(answer, Exception):
            raise FetchError("dns", f"{host}: {_reason(answer)}") from answer
        if not answer:
            raise FetchError("dns", f"{host}: no address")
        return answer

    def _look_up(self, host: str, answers: queue.SimpleQueue[Sequence[str] | Exception]) -> None:
        try:
            answers.put(self._resolver(host))
        except Exception as error:  # a resolver handed in may raise anything; it ends as "dns"
            answers.put(error)
        finally:
            self._slots.release()


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


class Gate:
    """At most :data:`MAX_PER_ADDRESS` exchanges with one IP address at a time: a hundred villages on one
    shared machine are not asked all at once."""

    def __init__(self, limit: int = MAX_PER_ADDRESS) -> None:
        self._limit = limit
        self._busy: dict[str, int] = {}
        self._freed = threading.Condition(threading.Lock())

    def enter(self, address: str, deadline: Deadline, patience: float) -> None:
        """Take a place; the wait is not charged to the fetch.

        Raises:
            TimeoutError: after ``patience`` seconds without a free place.
        """
        with self._freed:
            if self._busy.get(address, 0) >= self._limit:
                began = monotonic()
                if not self._freed.wait_for(lambda: self._busy.get(address, 0) < self._limit, patience):
                    raise TimeoutError(f"{address} is busy with other requests of ours")
                deadline.extend(monotonic() - began)
            self._busy[address] = self._busy.get(address, 0) + 1

    def leave(self, address: str) -> None:
        with self._freed:
            count = self._busy[address] - 1
            if count:
                self._busy[address] = count
            else:
                del self._busy[address]
            if count == self._limit - 1:
                self._freed.notify_all()


@dataclass(frozen=True, slots=True)
class Dialled:
    """A connected socket, its place in the gate (the address of the far end, which whoever closes the
    connection has to leave), and whether the operator allowed that address explicitly."""

    sock: socket.socket
    place: str
    exempt: bool


@dataclass(frozen=True, slots=True)
class Dialer:
    """Opens TCP connections to checked addresses only. ``proxy`` is (host, port) of the operator's own
    proxy: it is then what we connect to, and the checks are made on what it is asked for."""

    policy: AddressPolicy
    lookups: Lookups
    gate: Gate
    connect_timeout: float
    patience: float
    proxy: tuple[str, int] | None = None

    def admit(self, host: str, port: int, deadline: Deadline) -> tuple[list[IpAddress], bool]:
        """Resolve ``host`` once and check all answers.

        Raises:
            FetchError: ``dns``, ``blocked_address``.
        """
        self.policy.check_port(host, port)
        return self.policy.admit(self._answers(host, deadline), port, host)

    def dial(self, host: str, port: int, deadline: Deadline) -> Dialled:
        """Connect to the first address of ``host`` that answers.

        Raises:
            FetchError: ``dns``, ``blocked_address``.
            OSError: when none answers.
        """
        addresses, exempt = self.admit(host, port, deadline)
        return self._connect_any(addresses, port, deadline, exempt)

    def dial_proxy(self, host: str, port: int, deadline: Deadline) -> Dialled:
        """Connect to the proxy for a request to ``host``. Where our own resolver knows the host, its
        addresses are checked as ever; where it does not (networks whose proxy alone has DNS), the proxy
        decides."""
        assert self.proxy is not None
        place, exempt = host, False
        try:
            targets, exempt = self.admit(host, port, deadline)
            place = str(targets[0])
        except FetchError as error:
            if error.reason != "dns":
                raise
        name, proxy_port = self.proxy
        addresses = [ipaddress.ip_address(answer) for answer in self._answers(name, deadline)]
        return self._connect_any(addresses, proxy_port, deadline, exempt, place)

    def _answers(self, host: str, deadline: Deadline) -> Sequence[str]:
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        return self.lookups.resolve(host, deadline)

    def _connect_any(
        self, addresses: Sequence[IpAddress], port: int, deadline: Deadline, exempt: bool, place: str = ""
    ) -> Dialled:
        allowance = Deadline(self.connect_timeout)
        failure: OSError = OSError("no address")
        for index, address in enumerate(addresses):
            try:
                share = allowance.left() / (len(addresses) - index)  # a dead IPv6 must not eat it all
                return self._connect(address, port, deadline, share, exempt, place or str(address))
            except OSError as error:
                failure = error
        raise failure

    def _connect(
        self,
        address: IpAddress,
        port: int,
        deadline: Deadline,
        seconds: float,
        exempt: bool,
        place: str,
    ) -> Dialled:
        self.gate.enter(place, deadline, self.patience)
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(deadline.left(seconds))
            sock.connect((str(address), port))
        except BaseException:
            sock.close()
            self.gate.leave(place)
            raise
        return Dialled(sock, place, exempt)
