"""A small HTTP/1.1 server that answers on many loopback addresses from one thread.

A district of twenty sites as twenty threading servers would cost twenty polling threads; one event loop
costs none while nobody asks, and stops at once. The farm of ``make bench`` uses the same server.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_HEAD = 64 * 1024
MAX_BODY = 12 * 2**20
HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as read from the wire; header names in lower case, the path decoded."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``etag`` and ``modified`` make it conditional, ``gzip`` allows compression, ``delay`` is
    how long (seconds) a slow site lets people wait for it. ``cut`` is for an answer that never arrives:
    ``hang`` keeps the connection open in silence, ``reset`` ends it with a TCP reset."""

    body: bytes = b""
    type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    modified: datetime | None = None
    gzip: bool = False
    delay: float = 0.0
    cut: str = ""


Handler = Callable[[Request], Reply | Awaitable[Reply]]


def redirect(url: str, status: int = 301) -> Reply:
    """A redirect to ``url`` with a line of text, as Apache sends it."""
    return Reply(
        f'<p>Pindah ke <a href="{url}">{url}</a></p>'.encode(), status=status, headers={"Location": url}
    )


def conditional(request: Request, reply: Reply) -> Reply:
    """``reply`` or a 304: If-None-Match wins over If-Modified-Since (RFC 9110, 13.2.2)."""
    if reply.status != 200 or not (reply.etag or reply.modified):
        return reply
    asked = request.headers.get("if-none-match")
    if asked is not None and reply.etag:
        same = _weak(reply.etag) in {_weak(each) for each in asked.split(",")} or asked.strip() == "*"
    else:
        same = _not_newer(reply.modified, request.headers.get("if-modified-since"))
    return replace(reply, body=b"", status=304, gzip=False) if same else reply


def _weak(etag: str) -> str:
    return etag.strip().removeprefix("W/")


def _not_newer(modified: datetime | None, since: str | None) -> bool:
    if modified is None or not since:
        return False
    try:
        return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def encode(request: Request, reply: Reply, *, keep: bool) -> bytes:
    """The bytes that go on the wire for ``reply``, compressed where both sides agree."""
    headers = {"Content-Type": reply.type, **reply.headers}
    if reply.etag:
        headers["ETag"] = reply.etag
    if reply.modified is not None:
        headers["Last-Modified"] = format_datetime(reply.modified.astimezone(UTC), usegmt=True)
    body = reply.body
    if reply.gzip:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", "") and len(body) > 512:
            body = gzip.compress(body, 5, mtime=0)
            headers["Content-Encoding"] = "gzip"
    if reply.status != 304:
        headers["Content-Length"] = str(len(body))
    headers["Connection"] = "keep-alive" if keep else "close"
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if request.method == "HEAD" else head + body


def parse_head(head: bytes) -> Request:
    """The request line and headers.

    Raises:
        ValueError: not HTTP.
    """
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(version)
    pairs = (line.partition(":") for line in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, target, unquote(parts.path), query, headers)


class _Connection(asyncio.Protocol):
    """One client; its requests are answered one after the other."""

    def __init__(self, servers: Servers, handler: Handler) -> None:
        self.servers, self.handler = servers, handler
        self.buffer, self.busy = bytearray(), False
        self.transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.servers.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.servers.connections.discard(self)
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.busy:
            self._advance()

    def _advance(self) -> None:
        while not self.busy and (request := self._take()) is not None:
            self.busy = True
            answer = self.handler(request)
            if isinstance(answer, Reply) and not answer.delay:
                self._send(request, answer)
            else:
                self.task = asyncio.ensure_future(self._later(request, answer))

    def _take(self) -> Request | None:
        """The next whole request in the buffer, if there is one; a bad one ends the connection."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > MAX_HEAD:
                self.close()
            return None
        try:
            request = parse_head(bytes(self.buffer[:end]))
            length = int(request.headers.get("content-length", "0"))
            if not 0 <= length <= MAX_BODY:
                raise ValueError(length)
        except ValueError:
            self.close()
            return None
        start = end + 4
        if len(self.buffer) < start + length:
            return None
        body = bytes(self.buffer[start : start + length])
        del self.buffer[: start + length]
        return replace(request, body=body) if body else request

    async def _later(self, request: Request, answer: Reply | Awaitable[Reply]) -> None:
        reply = answer if isinstance(answer, Reply) else await answer
        if reply.delay:
            await asyncio.sleep(reply.delay)
        self._send(request, reply)
        self._advance()

    def _send(self, request: Request, reply: Reply) -> None:
        if reply.cut:
            if reply.cut == "reset":
                self._reset()
            return
        keep = request.headers.get("connection", "").lower() != "close"
        self.busy = False
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(encode(request, conditional(request, reply), keep=keep))
            if not keep:
                self.transport.close()

    def _reset(self) -> None:
        if self.transport is not None:
            linger = struct.pack("ii", 1, 0)  # closing throws away what is unsent and answers with RST
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()

    def close(self) -> None:
        self.buffer.clear()
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def listen(address: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OSError: the address is taken, or this system does not answer on all of 127.0.0.0/8.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {address}:{port}: {error.strerror}") from error
    return listener


def listen_all(addresses: list[str], port: int) -> list[socket.socket]:
    """Sockets on one port of several addresses, all or none; port 0 takes one that is free on the first.

    Raises:
        OSError: see :func:`listen`.
    """
    listeners: list[socket.socket] = []
    try:
        for address in addresses:
            listeners.append(listen(address, port))
            port = listeners[0].getsockname()[1]
    except OSError:
        for each in listeners:
            each.close()
        raise
    return listeners


class Servers:
    """Handlers behind listening sockets, served by one thread until ``stop``."""

    def __init__(self, sites: Sequence[tuple[socket.socket, Handler]]) -> None:
        self.sites = list(sites)
        self.listening: list[asyncio.Server] = []
        self.connections: set[_Connection] = set()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, name="district", daemon=True)

    def start(self) -> None:
        """Begin to answer; returns when every address does."""
        self.thread.start()
        self.ready.wait()

    def add(self, listener: socket.socket, handler: Handler) -> None:
        """Answer at one more address from now on."""
        serving = self._serve(listener, handler)
        asyncio.run_coroutine_threadsafe(serving, self.loop).result()
        self.sites.append((listener, handler))

    def stop(self) -> None:
        """Close all addresses and connections; returns when the ports are free."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    def call_every(self, seconds: float, action: Callable[[], Any]) -> None:
        """Call ``action`` in the server's thread every ``seconds`` from now on."""

        def again() -> None:
            action()
            self.loop.call_later(seconds, again)

        self.loop.call_soon_threadsafe(self.loop.call_later, seconds, again)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        for site in self.sites:
            self.loop.run_until_complete(self._serve(*site))
        self.loop.call_soon(self.ready.set)
        try:
            self.loop.run_forever()
        finally:
            # asyncio leaks a client that was accepted just before its server is closed: first stop
            # accepting, then let those few become connections and hang up, then close.
            for listener, _ in self.sites:
                self.loop.remove_reader(listener)
            self.loop.run_until_complete(self._hang_up())
            for each in self.listening:
                each.close()
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    async def _serve(self, listener: socket.socket, handler: Handler) -> None:
        server = await self.loop.create_server(lambda: _Connection(self, handler), sock=listener)
        self.listening.append(server)

    async def _hang_up(self) -> None:
        """Abort what is open. Clients accepted a moment ago become connections only some turns of the
        loop later, hence the rounds."""
        for _ in range(5):
            for each in list(self.connections):
                each.abort()
            await asyncio.sleep(0)
        mine = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not mine:
                task.cancel()
        await asyncio.sleep(0)
