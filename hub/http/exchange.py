"""One request and its response over a kept or a fresh connection."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from hub.errors import FetchError
from hub.http.address import Target
from hub.http.ask import Ask, basic
from hub.http.dial import Deadline, Dialer
from hub.http.wire import Connection, Idle, TimedResponse, make_connection

MAX_KEPT = 256


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Certificates are checked against the machine's authorities and those of ``ca_file``."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def proxy_of(url: str | None) -> tuple[tuple[str, int] | None, dict[str, str]]:
    """(host, port) of a proxy and the headers it wants.

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
        headers["Proxy-Authorization"] = basic(unquote(parts.username), unquote(parts.password or ""))
    return (parts.hostname, parts.port or 8080), headers


class Exchanger:
    """Sends requests and takes care of the connections.

    Args:
        count: called with ``requests=1``, ``connections=1``.
    """

    def __init__(
        self,
        dialer: Dialer,
        tls: ssl.SSLContext,
        proxy_headers: dict[str, str],
        count: Callable[..., None],
    ) -> None:
        self._dialer, self._tls, self._proxy_headers = dialer, tls, proxy_headers
        self._count = count
        self._idle = Idle(MAX_KEPT)

    @contextmanager
    def response(self, ask: Ask, target: Target, deadline: Deadline) -> Iterator[TimedResponse]:
        """Send ``ask`` to ``target`` and give out the response with its body unread. Afterwards the
        connection is kept if the body was read to its end, else closed.

        Raises:
            FetchError, OSError, http.client.HTTPException
        """
        connection, response = self._send(ask, target, deadline)
        try:
            yield response
            if not response.isclosed() and not response.length and not response.chunked:
                response.read()  # there is no body, but only reading makes the response say so
        finally:
            self._give_back(connection, keep=response.isclosed() and connection.sock is not None)
            response.close()

    def close(self) -> None:
        self._idle.close()

    def _send(self, ask: Ask, target: Target, deadline: Deadline) -> tuple[Connection, TimedResponse]:
        """A kept connection may be closed by the other side in this very moment, or rubbish may follow
        the last answer on it. Reading once more is harmless then; with other methods nobody could tell
        whether the request was carried out, so these open a connection of their own."""
        kept = self._kept(target, deadline) if ask.repeatable else None
        if kept is not None:
            try:
                return kept, self._converse(kept, ask, target)
            except (ConnectionError, ssl.SSLError, http.client.HTTPException):
                pass
        fresh = self._connect(target, deadline)
        return fresh, self._converse(fresh, ask, target)

    def _converse(self, connection: Connection, ask: Ask, target: Target) -> TimedResponse:
        try:
            self._write(connection, ask, target)
            self._count(requests=1)
            return connection.answer()
        except BaseException:
            self._give_back(connection, keep=False)
            raise

    def _write(self, connection: Connection, ask: Ask, target: Target) -> None:
        path, headers = target.path, ask.headers
        if target.scheme == "http":
            if ask.holds_credentials and not connection.exempt:
                raise FetchError("bad_url", f"{target.host}: credentials need https", permanent=True)
            if self._dialer.proxy:
                path, headers = target.url, {**headers, **self._proxy_headers}
        try:
            connection.request(ask.method, path, body=ask.body, headers=headers)
        except ValueError:  # line breaks in a header, characters that HTTP cannot carry
            raise FetchError("bad_url", f"{target.host}: address or headers cannot be sent") from None

    def _kept(self, target: Target, deadline: Deadline) -> Connection | None:
        connection = self._idle.take(target.origin)
        if connection is None:
            return None
        connection.deadline = deadline
        try:
            self._dialer.gate.enter(connection.place, deadline, self._dialer.patience)
        except TimeoutError:
            self._idle.put(connection)
            raise
        return connection

    def _connect(self, target: Target, deadline: Deadline) -> Connection:
        connection = make_connection(target, self._dialer, self._tls, self._proxy_headers)
        connection.deadline, connection.born = deadline, time.monotonic()
        try:
            connection.connect()
        except BaseException:
            self._give_back(connection, keep=False)
            raise
        self._count(connections=1)
        return connection

    def _give_back(self, connection: Connection, *, keep: bool) -> None:
        if connection.place:
            self._dialer.gate.leave(connection.place)
        if keep:
            self._idle.put(connection)
        else:
            connection.close()
