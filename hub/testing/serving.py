"""Serving an application on loopback for as long as a test or a benchmark looks at it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server

#: Seconds between looks at whether it is over; a stop does not wait for them.
_TICK = 1.0


def loopback() -> socket.socket:
    """A socket on a free port of loopback, for a hub that has to know its address before it is opened."""
    return socket.create_server(("127.0.0.1", 0))


def address(listening: socket.socket) -> str:
    """``http://127.0.0.1:PORT`` of a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


@contextmanager
def served(app: Any, listening: socket.socket | None = None) -> Iterator[str]:
    """A WSGI application behind a real server, in a thread; yields its address, without a slash at its end.

    At the end answers under way are finished, then all connections are closed. Nothing is closed while the
    server's own loop still watches it: that loop would fall over it.

    Args:
        listening: where, see ``loopback``; closed at the end. A free port if absent.
    """
    listening = listening or loopback()
    sockets: dict[int, Any] = {}
    server: Any = create_server(app, map=sockets, sockets=[listening], threads=4)
    over = threading.Event()

    def answer() -> None:
        while not over.is_set():
            server.asyncore.loop(timeout=_TICK, map=sockets, use_poll=True, count=1)

    thread = threading.Thread(target=answer, name="served", daemon=True)
    thread.start()
    try:
        yield address(listening)
    finally:
        over.set()
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(sockets)
