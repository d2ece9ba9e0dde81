"""Servers that misbehave, one way each, for tests of whatever reads from the network.

Every fault is a function that talks to one connected client. :func:`serve` puts it behind an address of
127.10.0.0/16 ("a village site"), :class:`Canary` listens where nobody may connect::

    with serve(faults.drip(b"<rss>", every=0.2)) as site, Canary() as canary:
        ...
        assert site.requests and not canary.connects
"""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import zlib
from collections.abc import Callable
from types import TracebackType

#: Talks to one client: gets the socket and the request's head; the socket is closed afterwards.
Fault = Callable[[socket.socket, bytes], None]


class Server:
    """One listening address; each client gets a thread. A context manager."""

    def __init__(self, fault: Fault, address: str = "127.10.99.1") -> None:
        self._fault = fault
        self._listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, 0))
        self._listener.listen(64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{f'[{address}]' if ':' in address else address}:{self.port}/"
        #: heads of all requests so far
        self.requests: list[bytes] = []
        #: TCP connections so far, whether or not they asked anything
        self.connects = 0
        self._closing = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connects += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client:
            client.settimeout(30)
            try:
                head = read_head(client)
                if head:
                    self.requests.append(head)
                    self._fault(client, head)
            except OSError:
                return  # the client went away, which is what many tests are about


class Canary(Server):
    """Stands for the inside of a network: nobody may even connect."""

    def __init__(self, address: str = "127.66.0.1") -> None:
        super().__init__(answer(200, b"secret"), address)


def serve(fault: Fault, address: str = "127.10.99.1") -> Server:
    """A village site with this fault."""
    return Server(fault, address)


def read_head(client: socket.socket) -> bytes:
    """Request line and headers; empty when the client closes first."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return b""
        data += more
    return data.partition(b"\r\n\r\n")[0]


def answer(status: int, body: bytes = b"", *, type: str = "text/html", **headers: str) -> Fault:
    """A plain answer; ``Retry_After="120"`` becomes the header ``Retry-After``."""
    lines = [f"HTTP/1.1 {status} Fault", f"Content-Type: {type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    whole = "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
    return lambda client, head: client.sendall(whole)


def html_with_200() -> Fault:
    """A hoster's notice in place of a feed."""
    return answer(200, b"<!DOCTYPE html><html><body><h1>Akun hosting ini ditangguhkan</h1></body></html>")


def rate_limited(retry_after: str = "120") -> Fault:
    return answer(429, b"Terlalu banyak permintaan", Retry_After=retry_after)


def gone() -> Fault:
    return answer(410, b"Sudah dihapus")


def redirect_loop() -> Fault:
    """Each answer leads to another path of the same site, without end."""

    def talk(client: socket.socket, head: bytes) -> None:
        path = head.split(b" ", 2)[1].decode("latin-1")
        step = int(path.rpartition("/")[2] or 0) if path.rpartition("/")[2].isdigit() else 0
        answer(302, Location=f"/putar/{step + 1}")(client, head)

    return talk


def drip(body: bytes, every: float = 0.5, *, in_head: bool = False) -> Fault:
    """One byte each ``every`` seconds, in the body or already in the status line."""

    def talk(client: socket.socket, head: bytes) -> None:
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n"
        slow = start + body if in_head else body
        if not in_head:
            client.sendall(start)
        pause = threading.Event()
        for at in range(len(slow)):
            client.sendall(slow[at : at + 1])
            pause.wait(every)

    return talk


def endless(chunk: bytes = b"<item><title>lagi</title></item>" * 2048) -> Fault:
    """A body that never ends, without a length."""

    def talk(client: socket.socket, head: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss><channel>")
        while True:
            client.sendall(chunk)

    return talk


def gzip_bomb(megabytes: int = 256, *, layers: int = 1) -> Fault:
    """Zeros that unpack to ``megabytes``; ``layers`` of gzip are declared as such."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(2**20)
    body = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    for _ in range(layers - 1):
        body = gzip.compress(body, 9, mtime=0)
    return answer(200, body, type="application/rss+xml", Content_Encoding=", ".join(["gzip"] * layers))


def wrong_length(declared: int, body: bytes) -> Fault:
    """A Content-Length that is not the body's."""
    start = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {declared}\r\n\r\n"
    return lambda client, head: client.sendall(start.encode() + body)


def reset(after: bytes = b"") -> Fault:
    """Sends ``after`` and then a TCP reset."""

    def talk(client: socket.socket, head: bytes) -> None:
        client.sendall(after)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return talk


def silent(seconds: float = 30) -> Fault:
    """Takes the request and never answers."""

    def talk(client: socket.socket, head: bytes) -> None:
        threading.Event().wait(seconds)

    return talk
