"""The outbox: exactly one copy, whatever happens on the way; states that tell the truth."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.errors import AuthError, FetchError, PublishError
from hub.services.lease import new_owner
from hub.testing.scripted import Mishap
from tests.clock import Clock
from tests.services.back import ADMIN, BINANGA, EDITOR, MAMUNYU, TAAN, Office, open_office

TIMEOUT = FetchError("timeout", "20 s are over")


def test_delivered_then_seen_is_verified(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    office.deliver()
    delivery = office.only(announcement)
    assert (delivery.state, delivery.verified_at) == ("delivered", None)
    office.hub.proving.run()
    delivery = office.only(announcement)
    assert (delivery.state, delivery.done_version) == ("verified", 1)
    assert delivery.verified_at == office.clock()
    assert delivery.verify_at == office.clock() + timedelta(days=1)
    events = [(each.action, each.result) for each in office.hub.noticeboard.events(delivery.id)]
    assert events == [("create", "done"), ("verify", "seen")]


def test_a_timeout_after_the_write_is_unknown_until_the_copy_is_found(office: Office) -> None:
    (target,) = office.target(TAAN)
    office.paper.mishaps[target.id] = [Mishap(TIMEOUT, committed=True)]
    announcement = office.announce()
    office.deliver()
    assert office.only(announcement).state == "unknown"
    office.clock.forward(seconds=20)
    office.settle()
    assert office.only(announcement).state == "verified"
    assert len(office.paper.stacks[target.id]) == 1


def test_failures_are_retried_on_a_growing_ladder_and_end_as_failed(office: Office) -> None:
    (target,) = office.target(TAAN)
    office.paper.mishaps[target.id] = [Mishap(FetchError("http_5xx", "502"))] * 16
    announcement = office.announce()
    waits = []
    for _ in range(16):
        office.deliver()
        delivery = office.only(announcement)
        if delivery.due_at is None:
            break
        waits.append((delivery.due_at - office.clock()).total_seconds())
        office.clock.moment = delivery.due_at
    assert waits[0] == 15
    assert len(waits) == 15
    assert waits[3:11] == sorted(waits[3:11])  # from 10^4 on the jitter may exceed a step
    assert 1.4 * 86400 < sum(waits) < 2.4 * 86400
    assert (delivery.state, delivery.reason, delivery.attempts) == ("failed", "http_5xx", 16)
    assert office.hub.announcing.resend(announcement.id, EDITOR) == 1
    office.settle()
    assert office.only(announcement).state == "verified"


def test_retry_after_is_obeyed_and_the_others_go_on(office: Office) -> None:
    (slow,), _ = office.target(TAAN), office.target(BINANGA)
    refusal = FetchError("rate_limited", "429", retry_after=120)
    office.paper.mishaps[slow.id] = [Mishap(refusal)]
    announcement = office.announce()
    office.settle()
    waiting, done = sorted(
        office.hub.noticeboard.deliveries(announcement.id), key=lambda each: each.state != "waiting"
    )
    assert (waiting.state, done.state) == ("waiting", "verified")
    assert waiting.due_at is not None
    assert 120 <= (waiting.due_at - office.clock()).total_seconds() <= 132


def test_a_refused_password_is_tried_twice_and_again_with_a_new_one(office: Office) -> None:
    (target,) = office.target(TAAN)
    office.paper.mishaps[target.id] = [Mishap(AuthError("auth", "wrong password"))] * 2
    announcement = office.announce()
    office.deliver()
    office.clock.forward(minutes=1)
    office.deliver()
    delivery = office.only(announcement)
    assert (delivery.state, delivery.reason, delivery.attempts) == ("failed", "auth", 2)
    assert office.hub.targets.get(target.id).reason == "auth"
    office.hub.targets.edit(target.id, ADMIN, password="abcd efgh ijkl mnop")
    assert office.hub.targets.get(target.id).reason is None
    office.settle()
    assert office.only(announcement).state == "verified"


def test_the_next_target_takes_over_when_one_fails_for_good(office: Office) -> None:
    first, second = office.target(TAAN, "scripted", "spare")
    office.paper.mishaps[first.id] = [Mishap(PublishError("gone", "no REST", permanent=True))]
    announcement = office.announce()
    office.settle()
    board = office.hub.noticeboard.board(announcement.id)
    (row,) = [row for row in board.rows if row.delivery]
    assert row.delivery is not None
    assert (row.delivery.publisher, row.delivery.state) == ("spare", "verified")
    failed = next(
        each for each in office.hub.noticeboard.deliveries(announcement.id) if each.state == "failed"
    )
    assert failed.carried_by == "spare"
    assert office.spare.live(announcement.mark) == 1
    assert second.rank == 2


def test_an_edit_of_the_village_is_kept_and_reported(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()
    office.settle()
    office.paper.stacks[target.id][0].text = "ditulis ulang oleh KIM"
    office.correct(announcement, subject="Diperbaiki")
    office.deliver()
    assert office.only(announcement).state == "edited_there"
    assert office.paper.stacks[target.id][0].text == "ditulis ulang oleh KIM"
    office.hub.announcing.resend(announcement.id, EDITOR, overwrite=True)
    office.settle()
    assert office.only(announcement).state == "verified"
    assert "Diperbaiki" in office.paper.stacks[target.id][0].text


def test_what_the_village_removed_is_not_made_again_by_itself(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()
    office.settle()
    office.paper.stacks[target.id].clear()
    office.clock.forward(days=1, seconds=1)
    office.settle()
    assert office.only(announcement).state == "removed_there"
    office.correct(announcement, subject="Diperbaiki")
    office.settle()
    assert office.paper.live(announcement.mark) == 0
    office.hub.announcing.resend(announcement.id, EDITOR, overwrite=True)
    office.settle()
    assert office.paper.live(announcement.mark) == 1


def test_corrections_reach_every_copy_once(office: Office) -> None:
    targets = [office.target(village)[0] for village in (BINANGA, MAMUNYU, TAAN)]
    announcement = office.announce()
    office.settle()
    office.correct(announcement, subject="Diperbaiki")
    office.settle()
    assert office.states(announcement) == ["verified"] * 3
    assert {each.done_version for each in office.hub.noticeboard.deliveries(announcement.id)} == {2}
    assert all("Diperbaiki" in office.paper.stacks[each.id][0].text for each in targets)


def test_a_correction_that_names_other_villages_moves_the_copies(office: Office) -> None:
    office.target(BINANGA)
    office.target(TAAN)
    announcement = office.announce(to=(f"village:{BINANGA}",))
    office.settle()
    office.correct(announcement, to=(f"village:{TAAN}",))
    office.settle()
    states = {each.village: each.state for each in office.hub.noticeboard.deliveries(announcement.id)}
    assert states == {BINANGA: "withdrawn", TAAN: "verified"}
    assert office.paper.live(announcement.mark) == 1
    office.correct(announcement, to=("all",))
    office.settle()
    assert office.states(announcement) == ["verified", "verified"]


def test_an_edit_while_a_copy_is_on_its_way_ends_with_the_last_version(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()

    def meanwhile(action: str, _: object) -> None:
        if action == "create":
            office.paper.before = lambda action, target: None
            office.correct(announcement, subject="Diperbaiki")

    office.paper.before = meanwhile
    office.settle()
    assert office.only(announcement).done_version == 2
    assert "Diperbaiki" in office.paper.stacks[target.id][0].text
    assert [call[0] for call in office.paper.calls] == ["create", "update"]


def test_a_withdrawal_while_a_copy_is_on_its_way_leaves_none(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()

    def meanwhile(action: str, _: object) -> None:
        if action == "create":
            office.hub.announcing.withdraw(announcement.id, EDITOR)

    office.paper.before = meanwhile
    office.settle()
    assert office.only(announcement).state == "withdrawn"
    assert office.paper.live(announcement.mark) == 0


def test_withdrawn_before_it_was_sent_is_never_sent(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    office.hub.announcing.withdraw(announcement.id, EDITOR)
    assert office.states(announcement) == ["withdrawn"]
    office.settle()
    assert office.paper.calls == []


def test_withdrawal_takes_away_every_copy_and_names_the_one_that_is_left(office: Office) -> None:
    targets = [office.target(village)[0] for village in (BINANGA, MAMUNYU, TAAN)]
    announcement = office.announce()
    office.settle()
    office.paper.mishaps[targets[2].id] = [Mishap(TIMEOUT)]
    office.hub.announcing.withdraw(announcement.id, EDITOR)
    office.settle()
    board = office.hub.noticeboard.board(announcement.id)
    assert (board.gone, board.live) == (2, 1)
    (left,) = [row for row in board.rows if row.delivery and row.delivery.state == "still_live"]
    assert left.village.code == TAAN
    office.clock.forward(seconds=20)
    office.settle()
    assert office.states(announcement) == ["withdrawn"] * 3
    assert office.paper.live(announcement.mark) == 0
    assert office.hub.announcing.withdraw(announcement.id, EDITOR).state == "withdrawn"


def test_a_withdrawn_copy_with_an_unknown_outcome_is_looked_for(office: Office) -> None:
    (target,) = office.target(TAAN)
    office.paper.mishaps[target.id] = [Mishap(TIMEOUT, committed=True)]
    announcement = office.announce()
    office.deliver()
    office.hub.announcing.withdraw(announcement.id, EDITOR)
    office.settle()
    assert office.only(announcement).state == "withdrawn"
    assert office.paper.live(announcement.mark) == 0


def test_a_withdrawn_copy_that_comes_back_is_taken_away_again(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()
    office.settle()
    office.hub.announcing.withdraw(announcement.id, EDITOR)
    office.settle()
    office.paper.stacks[target.id][0].live = True
    office.clock.forward(days=1, seconds=1)
    office.hub.proving.run()
    assert office.only(announcement).state == "still_live"
    office.settle()
    assert office.only(announcement).state == "withdrawn"
    assert office.paper.live(announcement.mark) == 0


def test_expiry_takes_away_copies_and_nothing_is_delivered_late(office: Office) -> None:
    there, down = office.target(TAAN)[0], office.target(BINANGA)[0]
    office.paper.mishaps[down.id] = [Mishap(FetchError("dns", "no such name"))] * 5
    announcement = office.announce(valid_until=office.clock() + timedelta(minutes=30))
    office.settle()
    assert office.paper.live(announcement.mark) == 1
    office.clock.forward(hours=1)
    office.settle()
    assert office.hub.noticeboard.get(announcement.id).state == "expired"
    assert set(office.states(announcement)) == {"expired"}
    assert office.paper.live(announcement.mark) == 0
    assert down.id not in office.paper.stacks
    assert there.id in office.paper.stacks


def test_a_killed_process_leaves_its_work_to_the_next(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    dead = new_owner().rsplit("/", 3)[0] + "/999999999/1/dead"
    with office.hub.store.write() as tx:
        (taken,) = tx.deliveries.claim(dead, office.clock(), timedelta(seconds=45), limit=9)
    assert taken.delivery.state == "waiting"
    office.settle()
    assert office.only(announcement).state == "verified"


def test_another_machines_lease_is_waited_for_at_most_a_minute(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    with office.hub.store.write() as tx:
        tx.deliveries.claim("elsewhere/7/1/abc", office.clock(), timedelta(seconds=45), limit=9)
    office.settle()
    assert office.states(announcement) == ["sending"]
    office.clock.forward(seconds=60)
    office.settle()
    assert office.states(announcement) == ["verified"]


def test_a_late_result_of_a_lost_lease_is_not_stored(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    with office.hub.store.write() as tx:
        (taken,) = tx.deliveries.claim("slow/7/1/abc", office.clock(), timedelta(seconds=45), limit=9)
    office.clock.forward(seconds=60)
    office.settle()
    from hub.errors import Conflict

    with pytest.raises(Conflict), office.hub.store.write() as tx:
        tx.deliveries.record(taken, state="failed", updated_at=office.clock())
    assert office.states(announcement) == ["verified"]


def test_two_deliveries_to_one_target_never_run_at_once(office: Office) -> None:
    (target,) = office.target(TAAN)
    for number in range(6):
        office.announce(number=f"{number}/A")
    at_work, most, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    def watch(action: str, _: object) -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        gate.wait(0.05)
        with lock:
            at_work -= 1

    office.paper.before = watch
    office.deliver()
    assert most == 1
    assert len(office.paper.stacks[target.id]) == 6


def test_an_emergency_overtakes_what_waits(office: Office) -> None:
    office.target(TAAN)
    for number in range(3):
        office.announce(number=f"{number}/A")
    urgent = office.announce(number="9/A", nature="darurat")
    office.deliver()
    assert office.paper.stacks[1][0].mark == urgent.mark


@pytest.fixture
def narrow(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Office]:
    """An office that delivers one after the other."""
    opened = open_office(tmp_path, database_url, clock, publish={"concurrency": 1})
    yield opened
    opened.hub.close()


def test_a_host_that_keeps_failing_is_left_alone_then_probed(narrow: Office) -> None:
    (target,) = narrow.target(TAAN)
    narrow.hub.targets.edit(target.id, ADMIN, url="https://kim1.example/")
    narrow.paper.mishaps[target.id] = [Mishap(TIMEOUT)] * 11
    for number in range(14):
        narrow.announce(number=f"{number}/A")
    narrow.deliver()
    assert len(narrow.paper.calls) == 10
    narrow.clock.forward(seconds=61)
    narrow.deliver()
    assert len(narrow.paper.calls) == 11  # the probe, which failed
    narrow.clock.forward(seconds=61)
    narrow.deliver()
    assert len(narrow.paper.calls) > 14


def test_channels_that_cannot_prove_stay_delivered(office: Office) -> None:
    office.target(TAAN)
    office.paper.proves = False
    announcement = office.announce()
    office.settle()
    delivery = office.only(announcement)
    assert delivery.state == "delivered"
    assert delivery.verify_at == office.clock() + timedelta(minutes=5)


def test_a_publisher_that_crashes_costs_its_own_delivery(office: Office) -> None:
    office.target(TAAN)
    office.target(BINANGA, "spare")
    office.paper.mishaps[1] = [Mishap(ZeroDivisionError("bug"))]
    announcement = office.announce()
    office.settle()
    by_publisher = {each.publisher: each for each in office.hub.noticeboard.deliveries(announcement.id)}
    assert by_publisher["spare"].state == "verified"
    assert (by_publisher["scripted"].state, by_publisher["scripted"].reason) == ("waiting", "plugin")


def test_a_removed_target_fails_with_its_reason(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()
    office.hub.targets.remove(target.id, ADMIN)
    office.deliver()
    delivery = office.only(announcement)
    assert (delivery.state, delivery.reason) == ("failed", "gone")


def test_a_fetched_feed_has_its_village_looked_at_soon(office: Office) -> None:
    office.target(TAAN)
    office.paper.proves = False
    announcement = office.announce()
    office.settle()
    office.clock.forward(seconds=10)
    office.hub.noticeboard.note_fetch(BINANGA, "kim.example (WordPress)")
    assert office.only(announcement).verify_at != office.clock()
    office.hub.noticeboard.note_fetch(TAAN, "kim.example (WordPress)")
    assert office.only(announcement).verify_at == office.clock()


def test_the_board_keeps_an_eye_on_what_changes_soon(office: Office) -> None:
    (target,) = office.target(TAAN)
    office.paper.mishaps[target.id] = [Mishap(FetchError("dns", "no such name"))] * 9
    announcement = office.announce()

    def moving() -> int:
        return office.hub.noticeboard.board(announcement.id).moving

    assert moving() == 1
    for _ in range(8):
        office.deliver()
        office.clock.forward(hours=1)
    office.deliver()
    assert office.only(announcement).state == "waiting"
    assert moving() == 0  # the next try is hours away


def test_a_new_password_is_noted_in_the_trail_and_never_shown(office: Office) -> None:
    (target,) = office.target(TAAN)
    office.hub.targets.edit(target.id, ADMIN, password="CNRY abcd EFGH ijkl")
    row = next(each for each in office.hub.audit.rows() if each.action == "target.edit")
    assert row.after["access"] == "changed"
    assert "CNRY" not in repr(office.hub.audit.rows()) + repr(office.hub.targets.get(target.id))
