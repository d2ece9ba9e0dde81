"""Keeps the hub from waiting for plugin code that does not come back.

Work runs in a thread of its own on a leash. When the leash ends, the hub goes on without the thread: what
it yields later is dropped, and it is ended where Python allows that (code that loops, not code that sleeps
in C). Such threads are daemons, so that neither a run nor the process waits for them.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hub.errors import Abandoned, PluginError
from hub.spec.http import Http, Response, Validators

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How often it is tried to end a thread, and seconds between tries: a bare ``except:`` swallows some.
TRIES, PATIENCE = 60, 0.25


class Whereabouts(Protocol):
    """What the watchdog needs of ``hub.plugins``."""

    def isolated(self, what: str) -> AbstractContextManager[None]: ...

    def ours(self) -> AbstractContextManager[None]: ...

    def at_work(self, thread: int) -> tuple[str, float, bool]: ...

    def condemn(self, what: str, problem: str) -> None: ...


@dataclass(slots=True)
class Leash:
    """How long a piece of work may take (``ends`` in monotonic seconds), and whether it was given up."""

    ends: float
    seconds: float
    thread: threading.Thread | None = None
    cut: bool = False

    @classmethod
    def of(cls, seconds: float) -> Leash:
        return cls(time.monotonic() + seconds, seconds)

    @property
    def ident(self) -> int:
        """Of the thread, 0 where there is none."""
        return (self.thread.ident or 0) if self.thread else 0

    def check(self) -> None:
        """Raises Abandoned when nobody waits for this work any more."""
        if self.cut:
            raise Abandoned


def start(work: Callable[[], T], leash: Leash, name: str) -> Future[T]:
    """Run ``work`` in a daemon thread."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    leash.thread = threading.Thread(target=run, name=name, daemon=True)
    leash.thread.start()
    return future


class Watchdog:
    """Ends what takes too long, and says whose fault it was.

    Args:
        hook_seconds: for one call of a refiner or listener.
        look_seconds: for one look at a source without storing.
    """

    def __init__(self, plugins: Whereabouts, *, hook_seconds: float, look_seconds: float) -> None:
        self._plugins, self._hook_seconds, self._look_seconds = plugins, hook_seconds, look_seconds

    def overdue(self, leash: Leash) -> bool:
        now = time.monotonic()
        if now >= leash.ends:
            return True
        what, since, _ = self._plugins.at_work(leash.ident)
        return bool(what) and not what.startswith("connector ") and now - since >= self._hook_seconds

    def next_look(self, leash: Leash) -> float:
        """Seconds until it is worth asking whether this work is overdue."""
        return max(0.01, min(leash.ends - time.monotonic(), self._hook_seconds / 2))

    def cut(self, leash: Leash) -> PluginError | None:
        """Give the work up. The plugin that keeps it is blamed, and counted against; None where it is no
        plugin's fault."""
        leash.cut = True
        what, since, _ = self._plugins.at_work(leash.ident)
        if leash.thread:
            threading.Thread(target=self._end, args=(leash.thread,), name="watchdog", daemon=True).start()
        if not what:
            return None
        error = PluginError(what, f"did not come back within {time.monotonic() - since:.0f} s")
        log.error("%s", error)
        self._plugins.condemn(what, error.problem)
        return error

    def _end(self, thread: threading.Thread) -> None:
        """Raise Abandoned in the thread while it is in a plugin's code: the hub's own, which the plugin
        called, must be able to put its things away."""
        what, ident = "", thread.ident or 0
        for _ in range(TRIES):
            what, _since, ours = self._plugins.at_work(ident)
            # the number of a dead thread is given to a new one
            if not what or not thread.is_alive():
                return
            if not ours:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(Abandoned))
            thread.join(PATIENCE)
        log.error("a thread of %s cannot be ended; it goes on beside the hub", what)

    def look(self, what: str, work: Callable[[Leash], T]) -> T:
        """A call into a plugin outside of visits, bounded and isolated.

        Raises:
            PluginError: it failed, or did not come back. HubError: as ``work`` raises them.
        """
        leash = Leash.of(self._look_seconds)

        def guarded() -> T:
            with self._plugins.isolated(what):
                return work(leash)

        future = start(guarded, leash, "look")
        wait([future], timeout=self._look_seconds)
        if future.done():
            return future.result()
        raise self.cut(leash) or PluginError(what, f"took longer than {self._look_seconds:.0f} s")


class LeashedHttp:
    """The way out for one visit: it ends when nobody waits for the visit any more."""

    def __init__(self, http: Http, leash: Leash, plugins: Whereabouts) -> None:
        self._http, self._leash, self._plugins = http, leash, plugins

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
        self._leash.check()
        with self._plugins.ours():
            return self._http.get(
                url,
                since=since,
                headers=headers,
                auth=auth,
                accept=accept,
                max_bytes=max_bytes,
                ok_only=ok_only,
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
        self._leash.check()
        with self._plugins.ours():
            return self._http.request(
                method, url, body=body, headers=headers, auth=auth, max_bytes=max_bytes, ok_only=ok_only
            )
