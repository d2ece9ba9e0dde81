"""Harvest what is due: claim by lease, visit in parallel, one host at a time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.errors import HubError
from hub.model import Harvest
from hub.services.lease import new_owner, surely_gone
from hub.services.pace import HarvestPolicy
from hub.services.visiting import Visitor
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


@dataclass(slots=True)
class _Queue:
    """Claims that wait, and hosts that are being visited."""

    waiting: list[Claim] = field(default_factory=list)
    running: dict[Future[Harvest], str] = field(default_factory=dict)

    def full_hosts(self) -> list[str]:
        counted = Counter(host_of(claim.source.url) for claim in self.waiting)
        return [host for host, number in counted.items() if number >= WAITING_PER_HOST]

    def idle_hosts(self) -> int:
        """How many hosts have a claim waiting and nobody visiting."""
        hosts = {host_of(claim.source.url) for claim in self.waiting}
        return len(hosts - set(self.running.values()))

    def startable(self) -> Claim | None:
        """The first waiting claim whose host nobody visits now."""
        busy = set(self.running.values())
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
        *,
        now: Callable[[], datetime],
        drain: Callable[[], int],
    ) -> None:
        self._store, self.visitor, self._policy, self._now, self._drain = store, visitor, policy, now, drain
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
            for holder in tx.sources.holders():
                if surely_gone(holder):
                    log.warning("freeing the leases of %s, which is gone", holder)
                    tx.sources.free(holder)
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
        with ThreadPoolExecutor(self._policy.concurrency, thread_name_prefix="harvest") as pool:
            while not self._stopping:
                if more and len(queue.running) + queue.idle_hosts() < self._policy.concurrency:
                    more = self._top_up(owner, scope, queue)
                self._start(pool, queue)
                if not queue.running:
                    break
                done, _ = wait(queue.running, timeout=5.0, return_when=FIRST_COMPLETED)
                for future in done:
                    del queue.running[future]
                    collect(future.result())
                if time.monotonic() - renewed > self._policy.lease_seconds / 3:
                    renewed = time.monotonic()
                    self._renew(owner)
        for future in queue.running:
            collect(future.result())
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

    def _start(self, pool: ThreadPoolExecutor, queue: _Queue) -> None:
        while len(queue.running) < self._policy.concurrency and (claim := queue.startable()):
            future = pool.submit(self.visitor.visit, claim)
            queue.running[future] = host_of(claim.source.url)

    def _renew(self, owner: str) -> None:
        try:
            with self._store.write() as tx:
                tx.sources.renew(owner, self._now() + timedelta(seconds=self._policy.lease_seconds))
        except HubError as error:
            log.error("leases were not prolonged: %s", error)
