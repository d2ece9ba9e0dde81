"""Connections that are dialled through the address check and that never outlive their deadline."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
from collections import OrderedDict
from time import monotonic
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from hub.http.address import Target
from hub.http.dial import Deadline, Dialer

HEAD_BYTES = 64 * 1024
_BUFFER = 8192
_SEND_BYTES = 16 * 1024
_MAX_AGE = 600.0  # seconds; a site that moved to another machine is noticed then at the latest

Origin = tuple[str, str, int]


class HeadTooLarge(http.client.HTTPException):
    """Status line and headers together are larger than :data:`HEAD_BYTES`."""


class _TimedRaw(io.RawIOBase):
    """The receiving side of a socket. Before each read the socket's own time-out is set to what is left
    of the deadline; OpenSSL honours it over a whole record, so TLS needs no other care."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self.head_budget: int | None = HEAD_BYTES + _BUFFER  # one buffer may reach into the body
        self.ended_in_head = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        count = self._raw.readinto(buffer)
        if self.head_budget is not None:
            self.head_budget -= count or 0
            if self.head_budget < 0:
                raise HeadTooLarge(f"more than {HEAD_BYTES} bytes of headers")
            self.ended_in_head = not count
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """An answer read under a deadline; the standard library already caps the number of header fields
    (100) and the length of one line (64 KiB)."""

    def __init__(self, sock: socket.socket, method: str | None, deadline: Deadline) -> None:
        super().__init__(sock, method=method)
        self._timed = _TimedRaw(self.fp.detach(), sock, deadline)
        self.fp = io.BufferedReader(self._timed, _BUFFER)

    def begin(self) -> None:
        super().begin()
        if self._timed.ended_in_head:  # which the standard library takes for the end of the headers
            raise http.client.IncompleteRead(b"")
        self._timed.head_budget = None


class Connection(HTTPConnection):
    """What both kinds of connection share. ``deadline`` must be set before each use."""

    deadline: Deadline
    target: Target
    dialer: Dialer
    place = ""
    exempt = False
    born = 0.0

    auto_open = 0  # connecting is an explicit step; a closed connection must not silently come back

    def _new_conn(self) -> socket.socket:
        dial = self.dialer.dial_proxy if self.dialer.proxy else self.dialer.dial
        dialled = dial(self.target.host, self.target.port, self.deadline)
        self.place, self.exempt = dialled.place, dialled.exempt
        dialled.sock.settimeout(self.deadline.left())
        return dialled.sock

    def response_class(  # type: ignore[override]
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None
    ) -> TimedResponse:
        return TimedResponse(sock, method, self.deadline)

    def send(self, data: Any) -> None:
        """Send in pieces that each get only the time left: TLS renews the time-out for every record."""
        for start in range(0, len(data), _SEND_BYTES):
            self.sock.settimeout(self.deadline.left())
            super().send(data[start : start + _SEND_BYTES])

    def answer(self) -> TimedResponse:
        """The response as the standard library reads it: decoding and capping are done in ``body.py``,
        so urllib3's own response object would be built for nothing."""
        return cast(TimedResponse, http.client.HTTPConnection.getresponse(self))


class PlainConnection(Connection):
    """http"""


class TlsConnection(Connection, HTTPSConnection):
    """https; the certificate must be valid for the host of the URL."""


def make_connection(
    target: Target, dialer: Dialer, tls: ssl.SSLContext, proxy_headers: dict[str, str]
) -> Connection:
    """A connection for ``target``, not yet connected."""
    host, port = dialer.proxy or (target.host, target.port)
    connection: Connection
    if target.scheme == "https":
        connection = TlsConnection(host, port, timeout=dialer.connect_timeout, ssl_context=tls)
        if dialer.proxy:
            connection.set_tunnel(target.host, target.port, proxy_headers, scheme="http")
    else:
        connection = PlainConnection(host, port, timeout=dialer.connect_timeout)
    connection.target, connection.dialer = target, dialer
    return connection


class Idle:
    """Kept connections, newest first for each origin, the longest unused closed beyond ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[int, tuple[Origin, Connection]] = OrderedDict()
        self._by_origin: dict[Origin, list[int]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def take(self, origin: Origin) -> Connection | None:
        """A connection that is still open, or None."""
        while True:
            with self._lock:
                keys = self._by_origin.get(origin)
                if not keys:
                    return None
                connection = self._remove(keys[-1])
            if connection.is_connected and monotonic() - connection.born < _MAX_AGE:
                return connection
            connection.close()

    def put(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed:
                origin = connection.target.origin
                self._kept[id(connection)] = (origin, connection)
                self._by_origin.setdefault(origin, []).append(id(connection))
                if len(self._kept) <= self._limit:
                    return
                connection = self._remove(next(iter(self._kept)))
        connection.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            connections = [connection for _, connection in self._kept.values()]
            self._kept.clear()
            self._by_origin.clear()
        for connection in connections:
            connection.close()

    def _remove(self, key: int) -> Connection:
        origin, connection = self._kept.pop(key)
        keys = self._by_origin[origin]
        keys.remove(key)
        if not keys:
            del self._by_origin[origin]
        return connection
