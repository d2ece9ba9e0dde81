"""Serving one hub: the lock on its data folder, the web server, the scheduler, and a clean end."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from waitress.server import create_server

from hub.cli.frame import Failure, tell
from hub.cli.output import line

if TYPE_CHECKING:
    from hub.app import Hub

#: Seconds that answers under way get after a stop was asked for.
GRACE = 8.0
#: After so many seconds the process ends, whatever still hangs: leases give the work back.
LAST_RESORT = 25.0
#: Bytes of a request that are taken at all, before anybody looks who sends them: they lie on the disk until
#: then. Each route allows less.
MAX_BODY = 32 * 2**20
#: Seconds between looks at whether a stop was asked for.
TICK = 0.25


@contextmanager
def data_folder_lock(folder: Path) -> Iterator[None]:
    """Only one server on one data folder. The lock is the system's (flock), so it is free again when the
    process is gone, whatever ended it; other commands do not need it.

    Raises:
        Failure: another process serves this folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("error.locked", folder=folder, pid=file.read().strip() or "?") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set. A second signal acts as usual: it ends the process at once."""
    stopping = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        for each in before:
            signal.signal(each, signal.SIG_DFL)

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Server:
    """Waitress, run in steps so that it can finish its answers before it ends.

    Raises:
        Failure: the address cannot be served on.
    """

    def __init__(self, app: Any, host: str, port: int, *, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        try:
            self._server = create_server(
                app,
                map=self._sockets,
                host=host,
                port=port,
                threads=threads,
                ident="kimhub",
                max_request_body_size=MAX_BODY,
            )
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise Failure("error.port", host=host, port=port, problem=problem) from error

    def run(self, stopping: threading.Event) -> None:
        """Answer until ``stopping`` is set; then take no more connections, finish, and close."""
        while not stopping.is_set():
            self._step()
        for each in list(self._sockets.values()):
            each.accepting = False
        until = time.monotonic() + GRACE
        while self._busy() and time.monotonic() < until:
            self._step()
        self._server.task_dispatcher.shutdown(timeout=1)
        self._server.close()

    def _step(self) -> None:
        self._server.asyncore.loop(timeout=TICK, map=self._sockets, use_poll=True, count=1)

    def _busy(self) -> bool:
        """Whether a request is being worked on or an answer has not left yet."""
        return any(
            getattr(each, "requests", None) or getattr(each, "total_outbufs_len", 0)
            for each in list(self._sockets.values())
        )


def serve_hub(
    hub: Hub, host: str, port: int, *, schedule: bool, on_ready: Callable[[threading.Event], None]
) -> None:
    """Serve the portal, and run the scheduler unless ``schedule`` is off, until a signal asks to stop.

    Args:
        on_ready: called once the address is bound and the scheduler runs, with the event that is set
            when the end has come.

    Raises:
        Failure: the data folder is being served, or the address is taken.
    """
    from hub.schedule import Scheduler

    with data_folder_lock(hub.settings.data_dir), stop_on_signals() as stopping:
        server = Server(hub.plugins.wsgi(hub), host, port, threads=hub.settings.web.threads)
        scheduler = Scheduler(hub) if schedule else None
        # what is loaded now stays: a full look of the garbage collector through it takes 0.1 s or more, in
        # which nobody is answered
        gc.collect()
        gc.freeze()
        if scheduler:
            scheduler.start()
        try:
            on_ready(stopping)
            server.run(stopping)
        finally:
            line(tell("serve.stopping"))
            with _last_resort():
                if scheduler:
                    scheduler.stop()
                hub.close()
    line(tell("serve.stopped"))


@contextmanager
def _last_resort() -> Iterator[None]:
    """End the process if what is inside takes too long: a hanging visit must not hold up a restart."""
    timer = threading.Timer(LAST_RESORT - GRACE, os._exit, (0,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
