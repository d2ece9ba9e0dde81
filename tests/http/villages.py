"""Tiny servers that say exactly what a test wants on the wire, and a canary that nobody may touch."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

CERTS = Path(__file__).parent / "certs"
ALLOWED = ("127.10.0.0/16",)
PATIENCE = 10.0


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class Line:
    """One accepted connection."""

    def __init__(self, sock: socket.socket, server: Village) -> None:
        self.sock, self._server, self._rest = sock, server, b""

    def request(self) -> Seen | None:
        """The next request, or None when the other side hung up."""
        while b"\r\n\r\n" not in self._rest:
            data = self.sock.recv(65536)
            if not data:
                return None
            self._rest += data
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(self._rest) < int(headers.get("content-length", 0)):
            self._rest += self.sock.recv(65536)
        body, self._rest = self._rest, b""
        seen = Seen(*start.split(" ")[:2], headers, body)
        self._server.seen.append(seen)
        return seen

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, pause: float = 0.05) -> None:
        """One byte at a time until the other side has enough of it."""
        for byte in data:
            self.send(bytes((byte,)))
            time.sleep(pause)


@dataclass
class Village:
    """A listening server; ``script`` is called with each connection in a thread of its own."""

    script: Callable[[Line], None]
    host: str = "127.10.1.1"
    certificate: str = ""
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def __enter__(self) -> Village:
        self._listener = socket.create_server((self.host, self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._tls = _tls(self.certificate)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        with suppress(OSError), sock:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                self.script(Line(sock, self))


def _tls(certificate: str) -> ssl.SSLContext | None:
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / f"{certificate}.pem")
    return context


def answering(answer: Callable[[Seen], bytes]) -> Callable[[Line], None]:
    """A script of a well-behaved server: one answer for each request, connection kept."""

    def script(line: Line) -> None:
        while seen := line.request():
            line.send(answer(seen))

    return script


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A complete response; ``content_type="text/xml"`` gives Content-Type."""
    fields = {"content_length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    return f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return reply(status=status, location=location)


@contextmanager
def serving(answer: Callable[[Seen], bytes], host: str = "127.10.1.1", **options: str) -> Iterator[Village]:
    with Village(answering(answer), host, **options) as village:  # type: ignore[arg-type]
        yield village


class Canary:
    """The internal network: the same port on loopback addresses that are not allowed. ``touched`` says
    who was connected to."""

    def __init__(self) -> None:
        self._hosts = ["127.0.0.1", "127.66.0.1", *(["::1"] if _has_ipv6() else [])]
        self.touched: list[str] = []
        self._listeners: list[socket.socket] = []
        self.port = 0

    def __enter__(self) -> Canary:
        for host in self._hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.create_server((host, self.port), family=family)
            self.port = listener.getsockname()[1]
            self._listeners.append(listener)
            threading.Thread(target=self._watch, args=(listener, host), daemon=True).start()
        self._prove_it_listens()
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _watch(self, listener: socket.socket, host: str) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.touched.append(host)
            sock.close()

    def _prove_it_listens(self) -> None:
        """A canary that cannot sing proves nothing."""
        for host in self._hosts:
            socket.create_connection((host, self.port), PATIENCE).close()
        deadline = time.monotonic() + PATIENCE
        while len(self.touched) < len(self._hosts):
            assert time.monotonic() < deadline, "the canary does not notice connections"
            time.sleep(0.01)
        self.touched.clear()


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


class FakeTime:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def wall_clock(self) -> float:
        return self.now + 1_700_000_000.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
