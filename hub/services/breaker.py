"""The circuit breaker: a host that keeps failing is left alone for a minute, then asked by one delivery."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: Ten failures in a row open the circuit for sixty seconds, as Mastodon's does.
TRIP_AFTER: Final = 10
OPEN_FOR: Final = timedelta(seconds=60)


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    open_until: datetime | None = None
    probing: bool = False


class Breaker:
    """Circuits by host.

    Args:
        now: the hub's clock, aware UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._circuits: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    def closed_until(self, host: str) -> datetime | None:
        """None when ``host`` may be asked now, else when to come back. The first that comes after the
        minute is let through as a probe; the others wait for what it finds."""
        with self._lock:
            circuit = self._circuits.get(host)
            if circuit is None or circuit.open_until is None:
                return None
            now = self._now()
            if now < circuit.open_until:
                return circuit.open_until
            if circuit.probing:
                return now + OPEN_FOR / 6
            circuit.probing = True
            return None

    def worked(self, host: str) -> None:
        """``host`` answered."""
        with self._lock:
            self._circuits.pop(host, None)

    def failed(self, host: str) -> None:
        """``host`` gave no usable answer."""
        with self._lock:
            circuit = self._circuits.setdefault(host, _Circuit())
            circuit.failures += 1
            circuit.probing = False
            if circuit.failures >= TRIP_AFTER:
                circuit.open_until = self._now() + OPEN_FOR
