"""Harvest what is due: claim by lease, visit in parallel, one host at a time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from hub.errors import HubError
from hub.model import Harvest
from hub.services.lease import free_the_dead, new_owner
from hub.services.pace import HarvestPolicy
from hub.services.visiting import Course, Visitor
from hub.services.watchdog import Watchdog, start
from hub.store import Claim, Store
from hub.store.sources import host_of

log = logging.getLogger(__name__)

#: Claims of one host that may wait while its present visit goes on: the rest stays in the table, so that
#: a thousand sources on one slow host never fill the queue.
WAITING_PER_HOST = 4


@dataclass(frozen=True, slots=True)
class HarvestRun:
    """What one run brought, source by source, and how long it took in seconds."""

    harvests: tuple[Harvest, ...]
    seconds: float


@dataclass(slots=True)
class _Scope:
    """Which sources a run is about."""

    not_since: datetime | None
    site: int | None
    source: int | None


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A visit that is being made."""

    claim: Claim
    course: Course

    @property
    def host(self) -> str:
        return host_of(self.claim.source.url)


@dataclass(slots=True)
class _Queue:
    """Claims that wait, and visits under way."""

    waiting: list[Claim] = field(default_factory=list)
    running: dict[Future[Harvest], _UnderWay] = field(default_factory=dict)

    def busy(self) -> set[str]:
        """Hosts that are being visited."""
        return {visit.host for visit in self.running.values()}

    def full_hosts(self) -> list[str]:
        counted = Counter(host_of(claim.source.url) for claim in self.waiting)
        return [host for host, number in counted.items() if number >= WAITING_PER_HOST]

    def idle_hosts(self) -> int:
        """How many hosts have a claim waiting and nobody visiting."""
        hosts = {host_of(claim.source.url) for claim in self.waiting}
        return len(hosts - self.busy())

    def startable(self) -> Claim | None:
        """The first waiting claim whose host nobody visits now."""
        busy = self.busy()
        for place, claim in enumerate(self.waiting):
            if host_of(claim.source.url) not in busy:
                return self.waiting.pop(place)
        return None


class Harvesting:
    """Runs visits.

    Args:
        drain: brings the index up to date; called when a run is over.
    """

    def __init__(
        self,
        store: Store,
        visitor: Visitor,
        policy: HarvestPolicy,
        watchdog: Watchdog,
        *,
        now: Callable[[], datetime],
        drain: Callable[[], int],
    ) -> None:
        self._store, self.visitor, self._policy, self._now, self._drain = store, visitor, policy, now, drain
        self._watchdog = watchdog
        self._stopping = False

    def stop(self) -> None:
        """Begin no further visit; those under way end."""
        self._stopping = True

    def run(
        self,
        *,
        everything: bool = False,
        site: int | None = None,
        source: int | None = None,
        on_done: Callable[[Harvest], None] | None = None,
    ) -> HarvestRun:
        """Visit what is due; with ``everything``, a site or a source also what is not due yet. Leases of
        other processes are always respected. The index is up to date when it returns.

        Raises:
            NotFound: no such site or source.
            StoreError: the database could not even be asked.
        """
        began = time.monotonic()
        forced = everything or site is not None or source is not None
        scope = _Scope(self._now() if forced else None, site, source)
        with self._store.write() as tx:
            if site is not None:
                tx.sites.get(site)
            if source is not None:
                tx.sources.get(source)
            free_the_dead(tx.sources, "sources")
        harvests: list[Harvest] = []

        def collect(harvest: Harvest) -> None:
            harvests.append(harvest)
            if on_done is not None:
                on_done(harvest)

        self._visit_all(scope, collect)
        self._drain()
        return HarvestRun(tuple(harvests), time.monotonic() - began)

    def _visit_all(self, scope: _Scope, collect: Callable[[Harvest], None]) -> None:
        owner = new_owner()
        queue = _Queue()
        renewed = time.monotonic()
        more = True
        while True:
            if not self._stopping:
                if more and len(queue.running) + queue.idle_hosts() < self._policy.concurrency:
                    more = self._top_up(owner, scope, queue)
                self._start(queue)
            if not queue.running:
                break
            for harvest in self._ended(queue):
                collect(harvest)
            if time.monotonic() - renewed > self._policy.lease_seconds / 3:
                renewed = time.monotonic()
                self._renew(owner)
        if queue.waiting:
            with self._store.write() as tx:
                tx.sources.free(owner)

    def _top_up(self, owner: str, scope: _Scope, queue: _Queue) -> bool:
        """Claim more; False when nothing was left to claim, not even of hosts that have enough waiting."""
        limit = 4 * self._policy.concurrency
        full = queue.full_hosts()
        with self._store.write() as tx:
            claims = tx.sources.claim(
                owner,
                self._now(),
                timedelta(seconds=self._policy.lease_seconds),
                limit=limit,
                not_since=scope.not_since,
                site_id=scope.site,
                source_id=scope.source,
                busy_hosts=full,
            )
        queue.waiting += claims
        return bool(full) or len(claims) == limit

    def _start(self, queue: _Queue) -> None:
        while len(queue.running) < self._policy.concurrency and (claim := queue.startable()):
            course = self.visitor.set_out(claim)
            future = start(partial(self.visitor.visit, claim, course), course.leash, "harvest")
            queue.running[future] = _UnderWay(claim, course)

    def _ended(self, queue: _Queue) -> Iterator[Harvest]:
        """Wait a little; visits that are over, those among them that had to be given up."""
        leashes = (visit.course.leash for visit in queue.running.values())
        patience = min(5.0, *(self._watchdog.next_look(leash) for leash in leashes))
        done, pending = wait(queue.running, timeout=patience, return_when=FIRST_COMPLETED)
        for future in done:
            del queue.running[future]
            yield future.result()
        for future in pending:
            visit = queue.running[future]
            if self._watchdog.overdue(visit.course.leash):
                del queue.running[future]
                yield self._give_up(visit)

    def _give_up(self, visit: _UnderWay) -> Harvest:
        leash = visit.course.leash
        error = self._watchdog.cut(leash) or HubError(f"the visit took longer than {leash.seconds:.0f} s")
        return self.visitor.give_up(visit.claim, visit.course, error)

    def _renew(self, owner: str) -> None:
        try:
            with self._store.write() as tx:
                tx.sources.renew(owner, self._now() + timedelta(seconds=self._policy.lease_seconds))
        except HubError as error:
            log.error("leases were not prolonged: %s", error)
