"""Politeness: how often one host is asked, and for how long it is left alone when it asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import isfinite

from hub.errors import FetchError

DAY = 24 * 3600.0
#: Shortest pause that is kept, for reading; deliveries are urgent and may come back after a second.
READ_FLOOR, WRITE_FLOOR = 60.0, 1.0
_REMEMBERED = 4096
_BUSY_HINT = 0.1


def retry_after(value: str, *, now: float, floor: float) -> float:
    """Seconds to wait for a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.

    Anything unreadable, negative or too short counts as ``floor``; nothing counts for more than a day.

    Args:
        now: the present as seconds since the epoch.
    """
    text = value.strip()
    try:
        seconds = float(text) if text.isdecimal() else parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError):
        seconds = floor
    if not isfinite(seconds):
        seconds = DAY
    return min(max(seconds, floor), DAY)


@dataclass(slots=True)
class _Lane:
    slots: threading.Semaphore
    users: int = 0  # in flight or waiting for their turn
    flying: int = 0
    next_at: float = 0.0
    paused_until: float = 0.0


@dataclass(slots=True)
class Pace:
    """Lets requests through, per host: at most ``concurrency`` in flight, starts at least ``delay``
    seconds after the last one ended, none while the host is paused."""

    delay: float
    concurrency: int
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    wall_clock: Callable[[], float]
    _lanes: dict[str, _Lane] = field(default_factory=dict)
    _sweep_at: int = _REMEMBERED
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, host: str, *, again: bool = False) -> Iterator[None]:
        """Wait for our turn with ``host`` and keep others out meanwhile.

        Args:
            again: this fetch was at the host a moment ago (a redirect); no new delay.

        Raises:
            FetchError: ``rate_limited`` while the host is paused, at once.
        """
        lane = self._join(host)
        try:
            with lane.slots:
                wait = self._reserve(host, lane, again)
                try:
                    if wait > 0:
                        self.sleep(wait)
                    yield
                finally:
                    with self._lock:
                        lane.flying -= 1
                        lane.next_at = max(lane.next_at, self.clock() + self.delay)
        finally:
            with self._lock:
                lane.users -= 1

    def wait(self, host: str) -> float:
        """Seconds until ``host`` may be asked, 0 for at once. While its places are all taken this is a
        guess."""
        with self._lock:
            lane = self._lanes.get(host)
            if lane is None:
                return 0.0
            busy = max(self.delay, _BUSY_HINT) if lane.flying >= self.concurrency else 0.0
            return max(busy, max(lane.next_at, lane.paused_until) - self.clock())

    def pause(self, host: str, seconds: float) -> None:
        """Leave ``host`` alone for ``seconds``; a longer pause that is under way stays."""
        with self._lock:
            lane = self._lane(host)
            lane.paused_until = max(lane.paused_until, self.clock() + seconds)

    def pauses(self) -> dict[str, float]:
        """Hosts being left alone, with the end as seconds since the epoch."""
        with self._lock:
            now, present = self.clock(), self.wall_clock()
            return {
                host: present + lane.paused_until - now
                for host, lane in self._lanes.items()
                if lane.paused_until > now
            }

    def restore(self, pauses: Mapping[str, float]) -> None:
        """Take up pauses of an earlier process."""
        present = self.wall_clock()
        for host, until in pauses.items():
            if until > present:
                self.pause(host, min(until - present, DAY))

    def _join(self, host: str) -> _Lane:
        with self._lock:
            lane = self._lane(host)
            self._refuse_while_paused(host, lane)
            lane.users += 1
            return lane

    def _reserve(self, host: str, lane: _Lane, again: bool) -> float:
        """Take the next start time of ``lane``; seconds until then."""
        with self._lock:
            self._refuse_while_paused(host, lane)
            now = self.clock()
            start = now if again else max(now, lane.next_at)
            lane.next_at = max(lane.next_at, start + self.delay)
            lane.flying += 1
            return start - now

    def _refuse_while_paused(self, host: str, lane: _Lane) -> None:
        rest = lane.paused_until - self.clock()
        if rest > 0:
            raise FetchError("rate_limited", f"{host} asked to be left alone", retry_after=rest)

    def _lane(self, host: str) -> _Lane:
        lane = self._lanes.get(host)
        if lane is None:
            if len(self._lanes) >= self._sweep_at:
                self._forget_quiet()
            lane = self._lanes[host] = _Lane(threading.Semaphore(self.concurrency))
        return lane

    def _forget_quiet(self) -> None:
        now = self.clock()
        self._lanes = {
            host: lane
            for host, lane in self._lanes.items()
            if lane.users or max(lane.next_at, lane.paused_until) > now
        }
        self._sweep_at = max(_REMEMBERED, 2 * len(self._lanes))
