"""A stage: a real HTTP server on loopback on which a test plays the outside world.

::

    with Stage() as stage:
        stage.play(lambda asked: Answer(b'{"data": []}'))
        http = stage.http("graph.example")
        http.get("https://graph.example/v1/posts")  # comes to the stage: Asked.host == "graph.example"

The client is the hub's own; only names are resolved to the stage and ``https`` becomes the stage's port, so
what a connector sees of pace, caps, redirects, refusals and credentials is what it will see outside.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from hub.errors import FetchError
from hub.http import HttpClient
from hub.spec import Http, Response

LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True)
class Asked:
    """A request as the stage saw it: ``host`` without a port, ``path`` decoded, header names in lower
    case. Of a parameter given twice ``query`` has the last."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What the stage sends. ``delay`` is in seconds; ``cut`` sends only so many bytes of the body that was
    announced, and ``reset`` nothing at all but a TCP reset."""

    body: bytes = b""
    status: int = 200
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    reset: bool = False

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Answer:
        """``value`` as JSON; ``Retry_After="3"`` becomes the header ``Retry-After``."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(json.dumps(value).encode(), status, "application/json; charset=utf-8", named)


Player = Callable[[Asked], Answer]


@dataclass
class _Fault:
    """An answer in place of the player's; ``left`` is None where it lasts."""

    answer: Answer | Player
    left: int | None
    when: Callable[[Asked], bool]


class Stage:
    """A context manager. ``requests`` are all that came so far, ``url`` has no slash at its end."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.requests: list[Asked] = []
        self.hosts: set[str] = set()
        self._player: Player = lambda asked: Answer(b"nobody plays here", 404, "text/plain")
        self._faults: list[_Fault] = []
        self._clients: list[HttpClient] = []
        self._lock = threading.Lock()
        self._server = _Server((address, 0), type("Handler", (_Handler,), {"stage": self}))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.address, self.port = address, int(self._server.server_port)
        self.url = f"http://{address}:{self.port}"

    def __enter__(self) -> Stage:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def play(self, answer: Player) -> None:
        """From now on ``answer`` says what is answered, from any thread."""
        self._player = answer

    def http(self, *hosts: str, allow: Sequence[str] = (LOOPBACK,), **settings: Any) -> Http:
        """The hub's client, to which ``https://HOST/...`` and ``http://HOST/...`` of the named hosts are
        the stage; other names are not found.

        Args:
            allow: networks that may be asked although they are not public; must hold the stage's address.
            settings: further arguments of :class:`hub.http.HttpClient`.
        """
        self.hosts |= {host.lower() for host in hosts}
        given: dict[str, Any] = {"user_agent": "kimhub tests (+https://kim.example/)", "host_delay": 0.0}
        client = HttpClient(**(given | settings), allow_private=tuple(allow), resolver=self._resolve)
        self._clients.append(client)
        return _Outside(self, client)

    def fault(
        self, answer: Answer | Player, *, times: int | None = 1, when: Callable[[Asked], bool] | None = None
    ) -> None:
        """``answer`` in place of the player's for the next ``times`` requests (None: until :meth:`heal`)
        of those for which ``when`` holds."""
        with self._lock:
            self._faults.append(_Fault(answer, times, when or (lambda asked: True)))

    def heal(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    @contextmanager
    def broken(self, answer: Answer | Player) -> Iterator[None]:
        """Meanwhile everything is answered by ``answer``."""
        self.fault(answer, times=None)
        try:
            yield
        finally:
            self.heal()

    def inside(self, url: str) -> str:
        """The stage's address for an outside ``url`` of a played host; others as they are."""
        parts = urlsplit(url)
        if (parts.hostname or "") not in self.hosts:
            return url
        return urlunsplit(("http", f"{parts.hostname}:{self.port}", parts.path, parts.query, parts.fragment))

    def outside(self, url: str) -> str:
        """The way back: what the world calls an address of the stage's."""
        parts = urlsplit(url)
        if (parts.hostname or "") not in self.hosts or parts.port != self.port:
            return url
        return urlunsplit(("https", parts.hostname or "", parts.path, parts.query, parts.fragment))

    def _resolve(self, host: str) -> Sequence[str]:
        if host in self.hosts:
            return [self.address]
        if host == "localhost":
            return ["127.0.0.1"]
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not on the stage")

    def _answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.requests.append(asked)
            fault = next((each for each in self._faults if each.when(asked)), None)
            if fault is not None and fault.left is not None:
                fault.left -= 1
                if fault.left <= 0:
                    self._faults.remove(fault)
        player = fault.answer if fault is not None else self._player
        return player if isinstance(player, Answer) else player(asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    stage: Stage
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        answer = self._played(self._asked())
        if answer.delay:
            time.sleep(answer.delay)
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        return Asked(
            method=self.command,
            host=headers.get("host", "").rpartition(":")[0] or headers.get("host", ""),
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            body=body,
        )

    def _played(self, asked: Asked) -> Answer:
        """A player that fails is a server that fails, and says why."""
        try:
            return self.stage._answer(asked)
        except Exception as error:
            return Answer(repr(error).encode(), 500, "text/plain")

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, self.stage.inside(value) if name.lower() == "location" else value)
        if answer.status not in (204, 304):
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.close_connection = answer.cut is not None
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body[: answer.cut])

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests speak for themselves."""


class _Outside:
    """The client with the world's addresses outside and the stage's inside."""

    def __init__(self, stage: Stage, client: HttpClient) -> None:
        self._stage, self._client = stage, client

    def get(self, url: str, **more: Any) -> Response:
        return self._told(url, lambda inside: self._client.get(inside, **more))

    def request(self, method: str, url: str, **more: Any) -> Response:
        return self._told(url, lambda inside: self._client.request(method, inside, **more))

    def __getattr__(self, name: str) -> Any:
        """Whatever else the client has (``check``, ``stats``, ``host_wait``)."""
        return getattr(self._client, name)

    def _told(self, url: str, ask: Callable[[str], Response]) -> Response:
        stage = self._stage
        try:
            response = ask(stage.inside(url))
        except FetchError as error:
            error.url = stage.outside(error.url)
            raise
        moved = response.moved_to
        return replace(
            response, url=stage.outside(response.url), moved_to=stage.outside(moved) if moved else moved
        )
