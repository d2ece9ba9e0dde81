"""Who works on which delivery when: nobody waits for the slowest, nor behind a crowd at one host."""

from __future__ import annotations

import threading

from hub.model import Delivery
from hub.services.line import Line
from hub.services.pace import PublishPolicy
from hub.store import Handover
from tests.services.back import ADMIN, TAAN, Office

#: Never reached where the line does what it should.
GIVE_UP = 30.0


def line(
    office: Office, policy: PublishPolicy, until: threading.Event, slow: set[int], at_end: int
) -> list[int]:
    """Run a line over everything that is due. Deliveries to ``slow`` targets end when all others did, which
    ``until`` tells; the targets in the order in which their deliveries ended."""
    ended: list[int] = []
    lock = threading.Lock()

    def work(handover: Handover) -> Delivery:
        target = handover.delivery.target_id
        assert target is not None
        if target in slow:
            assert until.wait(GIVE_UP), "the others wait for this one"
        with office.hub.store.write() as tx:
            done = tx.deliveries.record(handover, state="delivered", due_at=None, updated_at=office.hub.now())
        with lock:
            ended.append(target)
            if len(ended) == at_end:
                until.set()
        return done

    Line(office.hub.store, policy, office.hub.now, work, verify=False).run()
    return ended


def test_a_delivery_that_takes_long_holds_nobody_up(office: Office) -> None:
    slow = {office.target(TAAN)[0].id for _ in range(3)}
    quick = {office.target(TAAN)[0].id for _ in range(5)}
    office.announce()
    policy = PublishPolicy(concurrency=1, slow_after=0.05)
    ended = line(office, policy, threading.Event(), slow, at_end=len(quick))
    assert set(ended[:5]) == quick
    assert sorted(ended) == sorted(slow | quick)


def test_a_crowd_at_one_host_holds_nobody_up_elsewhere(office: Office) -> None:
    crowd = [office.target(TAAN, name=f"A {n}")[0].id for n in range(14)]
    for each in crowd:
        office.hub.targets.edit(each, ADMIN, url=f"https://hoster.example/{each}/")
    alone = [office.target(TAAN, name=f"B {n}")[0].id for n in range(3)]
    for each in alone:
        office.hub.targets.edit(each, ADMIN, url=f"https://desa-{each}.example/")
    office.announce()
    policy = PublishPolicy(concurrency=6)
    ended = line(office, policy, threading.Event(), set(crowd), at_end=len(alone))
    assert sorted(ended[:3]) == alone
    assert sorted(ended) == sorted([*crowd, *alone])
