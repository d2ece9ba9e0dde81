"""How long the index takes to answer, as this process sees it: the last few hundred questions."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate

#: Questions that are remembered, and how few say nothing yet.
KEPT, LEAST = 300, 50
#: Seconds at which the histogram counts.
BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5)


class Latency:
    """Of one process. Safe to share between threads.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: deque[float] = deque(maxlen=KEPT)
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Counts what happens inside, unless it fails."""
        began = self._clock()
        yield
        spent = self._clock() - began
        with self._lock:
            self._last.append(spent)
            self._counts[bisect_left(BUCKETS, spent)] += 1
            self._sum += spent

    def p95(self) -> float | None:
        """Seconds within which 95 of 100 of the last questions were answered; None while they are few."""
        with self._lock:
            last = sorted(self._last)
        return last[int(len(last) * 0.95)] if len(last) >= LEAST else None

    def histogram(self) -> tuple[list[tuple[float, int]], int, float]:
        """Since the start: (seconds, how many took no longer) rising, how many in all, and their sum."""
        with self._lock:
            below = list(accumulate(self._counts))
            return list(zip(BUCKETS, below, strict=False)), below[-1], self._sum
