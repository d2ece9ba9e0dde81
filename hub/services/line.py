"""Work on claimed deliveries in parallel: claim, hand to the pool, prolong the leases, until none is due."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from hub.errors import HubError
from hub.model import Delivery
from hub.services.lease import free_the_dead, new_owner
from hub.services.pace import PublishPolicy
from hub.store import Handover, Store

log = logging.getLogger(__name__)

#: Claims beyond the free places, for those whose host is busy.
SPARE = 8
#: How many are held that wait for a busy host, and how many run including the slow ones, for each place.
HELD, WITH_SLOW = 4, 4

Work = Callable[[Handover], Delivery | None]


def host_of(url: str) -> str:
    return (urlsplit(url).netloc or "").lower()


@dataclass(slots=True)
class _Floor:
    """What waits and what is worked on."""

    waiting: list[Handover] = field(default_factory=list)
    running: dict[Future[Delivery | None], Handover] = field(default_factory=dict)
    began: dict[Future[Delivery | None], float] = field(default_factory=dict)

    def free(self, places: int, slow_after: float) -> int:
        """How many may start now. Slow ones do not count: a district must not wait for its slowest host."""
        late = time.monotonic() - slow_after
        quick = sum(1 for began in self.began.values() if began > late)
        return min(places - quick, WITH_SLOW * places - len(self.running))

    def start(self, handover: Handover, future: Future[Delivery | None]) -> None:
        self.waiting.remove(handover)
        self.running[future], self.began[future] = handover, time.monotonic()

    def end(self, future: Future[Delivery | None]) -> None:
        del self.running[future], self.began[future]

    def startable(self, per_host: int) -> Handover | None:
        """The most urgent that waits and whose host is not busy."""
        busy = Counter(host_of(each.url) for each in self.running.values() if each.url)
        free = (each for each in self.waiting if not each.url or busy[host_of(each.url)] < per_host)
        return next(free, None)

    def targets(self) -> set[int]:
        held = (*self.waiting, *self.running.values())
        return {each.delivery.target_id for each in held if each.delivery.target_id is not None}


class Line:
    """One line of work over the deliveries table.

    Args:
        verify: reads public pages back, in place of handing over.
        work: does one delivery; what it raises is logged, and the lease then runs out by itself.
    """

    def __init__(
        self,
        store: Store,
        policy: PublishPolicy,
        now: Callable[[], datetime],
        work: Work,
        *,
        verify: bool,
    ) -> None:
        self._store, self._policy, self._now = store, policy, now
        self._work, self._verify = work, verify
        self._stopping = False

    def stop(self) -> None:
        """Begin nothing further; what is under way ends."""
        self._stopping = True

    def run(
        self, *, everything: bool = False, on_done: Callable[[Delivery], None] | None = None
    ) -> list[Delivery]:
        """Work until nothing is due; the deliveries as they are then.

        Args:
            everything: each that waits for a later time is tried once too.
        """
        done: list[Delivery] = []
        seen: set[int] = set()
        with self._store.write() as tx:
            free_the_dead(tx.deliveries, "deliveries")
        owner = new_owner()
        floor = _Floor()
        renewed = time.monotonic()
        with ThreadPoolExecutor(
            WITH_SLOW * self._policy.concurrency, thread_name_prefix="verify" if self._verify else "deliver"
        ) as pool:
            while not self._stopping:
                self._top_up(owner, floor, everything, seen)
                self._start(pool, floor)
                if not floor.running:
                    break
                patience = min(2.0, self._policy.slow_after)
                finished, _ = wait(floor.running, timeout=patience, return_when=FIRST_COMPLETED)
                for future in finished:
                    floor.end(future)
                    if delivery := _outcome(future):
                        done.append(delivery)
                        if on_done is not None:
                            on_done(delivery)
                if time.monotonic() - renewed > self._policy.lease_seconds / 3:
                    renewed = time.monotonic()
                    self._renew(owner)
        done += [each for each in map(_outcome, floor.running) if each]
        with self._store.write() as tx:
            tx.deliveries.free(owner)
        return done

    def _top_up(self, owner: str, floor: _Floor, everything: bool, seen: set[int]) -> None:
        free = self._free(floor)
        stuck = floor.startable(self._policy.per_host) is None
        if free <= 0 or len(floor.waiting) >= (HELD * self._policy.concurrency if stuck else SPARE):
            return
        with self._store.write() as tx:
            claims = tx.deliveries.claim(
                owner,
                self._now(),
                timedelta(seconds=self._policy.lease_seconds),
                limit=free + SPARE,
                everything=everything,
                verify=self._verify,
                busy_targets=floor.targets(),
                not_again=seen if everything else (),
            )
        seen.update(each.delivery.id for each in claims)
        floor.waiting = sorted([*floor.waiting, *claims], key=lambda each: each.delivery.priority)

    def _start(self, pool: ThreadPoolExecutor, floor: _Floor) -> None:
        while self._free(floor) > 0:
            if (next_one := floor.startable(self._policy.per_host)) is None:
                return
            floor.start(next_one, pool.submit(self._work, next_one))

    def _free(self, floor: _Floor) -> int:
        return floor.free(self._policy.concurrency, self._policy.slow_after)

    def _renew(self, owner: str) -> None:
        try:
            with self._store.write() as tx:
                tx.deliveries.renew(owner, self._now() + timedelta(seconds=self._policy.lease_seconds))
        except HubError as error:
            log.error("leases were not prolonged: %s", error)


def _outcome(future: Future[Delivery | None]) -> Delivery | None:
    try:
        return future.result()
    except HubError as error:
        log.error("a delivery could not be recorded: %s", error)
    except Exception:
        log.exception("a delivery failed in the hub itself")
    return None
