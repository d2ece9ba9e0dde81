"""Leases: who may visit a source, and for how long."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.errors import Conflict, NotFound
from hub.model import Site, Source
from hub.store import Claim, Store
from tests.clock import Clock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(store: Store, clock: Clock) -> Source:
    with store.write() as tx:
        site = tx.sites.add(Site(0, "KIM Taan", "https://taan.example/", "76.02.02.2008"), clock())
        return tx.sources.add(Source(0, site.id, "feed", "https://taan.example/feed", interval=1800), clock())


def claim(store: Store, owner: str, clock: Clock, **scope: object) -> list[Claim]:
    with store.write() as tx:
        return tx.sources.claim(owner, clock(), MINUTE, limit=10, **scope)  # type: ignore[arg-type]


def test_a_claimed_source_is_nobody_elses(store: Store, source: Source, clock: Clock) -> None:
    assert [each.source.id for each in claim(store, "one", clock)] == [source.id]
    assert claim(store, "two", clock) == []
    assert claim(store, "two", clock, not_since=clock()) == []


def test_a_lease_runs_out_and_its_late_holder_stores_nothing(
    store: Store, source: Source, clock: Clock
) -> None:
    (late,) = claim(store, "one", clock)
    clock.forward(seconds=61)
    (new,) = claim(store, "two", clock)
    with pytest.raises(Conflict), store.write() as tx:
        tx.sources.record(late, release=True, failures=9)
    with store.write() as tx:
        tx.sources.record(new, release=True, failures=1, due_at=clock() + MINUTE)
    with store.read() as tx:
        assert tx.sources.get(source.id).failures == 1


def test_renewing_keeps_a_lease(store: Store, source: Source, clock: Clock) -> None:
    claim(store, "one", clock)
    clock.forward(seconds=50)
    with store.write() as tx:
        tx.sources.renew("one", clock() + MINUTE)
    clock.forward(seconds=30)
    assert claim(store, "two", clock) == []


def test_what_is_not_due_waits(store: Store, source: Source, clock: Clock) -> None:
    with store.write() as tx:
        tx.sources.edit(source.id, due_at=clock() + MINUTE)
    assert claim(store, "one", clock) == []
    clock.forward(minutes=1)
    assert len(claim(store, "one", clock)) == 1


def test_paused_and_gone_sources_are_left_alone(store: Store, source: Source, clock: Clock) -> None:
    for state in ("paused", "gone"):
        with store.write() as tx:
            tx.sources.edit(source.id, state=state)
        assert claim(store, "one", clock) == []
    assert len(claim(store, "one", clock, source_id=source.id)) == 1


def test_hosts_with_enough_waiting_are_passed_over(store: Store, source: Source, clock: Clock) -> None:
    assert claim(store, "one", clock, busy_hosts=["taan.example"]) == []


def test_many_processes_never_share_a_source(store: Store, source: Source, clock: Clock) -> None:
    with store.write() as tx:
        for number in range(40):
            tx.sources.add(replace(source, url=f"https://taan.example/{number}"), clock())
    taken: list[int] = []
    lock = threading.Lock()

    def work(owner: str) -> None:
        while claims := claim(store, owner, clock):
            with lock:
                taken.extend(each.source.id for each in claims)

    threads = [threading.Thread(target=work, args=(f"owner{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 41


def test_the_same_source_twice_is_refused(store: Store, source: Source, clock: Clock) -> None:
    with pytest.raises(Conflict), store.write() as tx:
        tx.sources.add(source, clock())


def test_unknown_ids(store: Store) -> None:
    with pytest.raises(NotFound), store.read() as tx:
        tx.sources.get(99)
    with pytest.raises(NotFound), store.write() as tx:
        tx.sources.edit(99, state="paused")


def test_leases_on_single_tasks(store: Store, clock: Clock) -> None:
    with store.write() as tx:
        assert tx.changes.take_lease("index", "one", clock(), clock() + MINUTE)
        assert not tx.changes.take_lease("index", "two", clock(), clock() + MINUTE)
        assert tx.changes.take_lease("index", "one", clock(), clock() + MINUTE)
    clock.forward(minutes=2)
    with store.write() as tx:
        assert tx.changes.take_lease("index", "two", clock(), clock() + MINUTE)
