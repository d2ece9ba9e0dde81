"""Signing in, staying in, getting out; programs with tokens. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.errors import ConfigError, Conflict, Forbidden, NotFound, SignInRefused
from hub.model import ROLES, SCOPES, Actor, SignedIn
from hub.services.access import PER_ACCOUNT, PER_ADDRESS
from hub.services.rights import demand, may
from hub.store import Store
from hub.store.tables import api_tokens, metadata, sessions
from tests.clock import Clock
from tests.services.staff import Staff, open_staff

PASSWORD = "kabar dari desa kami"
ROOT = Actor("cli:root")
HOME, AWAY = "192.0.2.10", "198.51.100.7"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def staff(store: Store, clock: Clock, tmp_path: Path) -> Staff:
    staff = open_staff(store, clock, tmp_path / "keys")
    staff.people.add("Bu Ani", PASSWORD, by=ROOT)
    staff.people.add("Pak Amir", PASSWORD, "editor", by=ROOT)
    return staff


def sign_in(staff: Staff, name: str = "Pak Amir", address: str = HOME) -> SignedIn:
    return staff.access.sign_in(name, PASSWORD, address)


def refusal(staff: Staff, name: str = "Pak Amir", password: str = "salah", address: str = HOME) -> int | None:
    with pytest.raises(SignInRefused) as refused:
        staff.access.sign_in(name, password, address)
    return refused.value.retry_after


def whole_database(staff: Staff) -> str:
    with staff.store.read() as tx:
        return repr([tx.connection.execute(select(table)).all() for table in metadata.sorted_tables])


# -- sessions ---------------------------------------------------------------------------------------


def test_every_sign_in_is_a_new_session_known_by_its_hash(staff: Staff) -> None:
    first = sign_in(staff)
    second = staff.access.sign_in("Pak Amir", PASSWORD, HOME, replacing=first.token)
    assert first.token != second.token
    assert len(first.token) >= 43  # 256 bits in base64
    assert staff.access.session(first.token) is None
    found = staff.access.session(second.token)
    assert found
    assert (found.person.name, found.person.role, found.fresh) == ("Pak Amir", "editor", True)
    stored = whole_database(staff)
    assert second.token not in stored
    assert PASSWORD not in stored
    assert second.token not in repr(second)


def test_a_session_ends_when_nobody_uses_it(staff: Staff, clock: Clock) -> None:
    token = sign_in(staff).token
    clock.forward(minutes=29)
    assert staff.access.session(token)
    clock.forward(minutes=29)
    assert staff.access.session(token)
    clock.forward(minutes=30)
    assert staff.access.session(token) is None


def test_a_session_in_use_ends_after_twelve_hours(staff: Staff, clock: Clock) -> None:
    token = sign_in(staff).token
    for _ in range(12 * 3 - 1):
        clock.forward(minutes=20)
        assert staff.access.session(token)
    clock.forward(minutes=20)
    assert staff.access.session(token) is None


def test_a_clock_put_back_prolongs_nothing(staff: Staff, clock: Clock) -> None:
    token = sign_in(staff).token
    for _ in range(PER_ACCOUNT):
        refusal(staff, "Bu Ani")
    clock.forward(days=-1)
    assert staff.access.session(token) is None
    assert sign_in(staff, "Bu Ani")


def test_use_is_written_once_a_minute(staff: Staff, clock: Clock) -> None:
    token = sign_in(staff).token

    def noted() -> Any:
        with staff.store.read() as tx:
            return tx.connection.scalar(select(sessions.c.seen_at))

    began = noted()
    clock.forward(seconds=59)
    assert staff.access.session(token)
    assert noted() == began
    clock.forward(seconds=1)
    assert staff.access.session(token)
    assert noted() == clock()


def test_signing_out_ends_this_session_alone(staff: Staff) -> None:
    here, there = sign_in(staff), sign_in(staff, address=AWAY)
    staff.access.sign_out(here.token)
    staff.access.sign_out("no such session")
    assert staff.access.session(here.token) is None
    assert staff.access.session(there.token)


@pytest.mark.parametrize(
    "change",
    [
        lambda staff: staff.people.set_password("Pak Amir", "kata sandi lain sekali", by=ROOT),
        lambda staff: staff.people.set_role("Pak Amir", "approver", by=ROOT),
        lambda staff: staff.people.disable("Pak Amir", by=ROOT),
    ],
    ids=["password", "role", "disabled"],
)
def test_a_changed_person_is_signed_out_everywhere(staff: Staff, change: Callable[[Staff], None]) -> None:
    mine, hers = [sign_in(staff), sign_in(staff, address=AWAY)], sign_in(staff, "Bu Ani")
    change(staff)
    assert [staff.access.session(each.token) for each in mine] == [None, None]
    assert staff.access.session(hers.token)


def test_the_password_once_more_makes_a_session_fresh(staff: Staff, clock: Clock) -> None:
    token = sign_in(staff).token
    clock.forward(minutes=5)
    stale = staff.access.session(token)
    assert stale
    assert not stale.fresh
    assert not staff.access.prove(token, "salah", HOME)
    assert staff.access.prove(token, PASSWORD, HOME)
    fresh = staff.access.session(token)
    assert fresh
    assert fresh.fresh
    for _ in range(PER_ACCOUNT):
        assert not staff.access.prove(token, "salah", HOME)
    with pytest.raises(SignInRefused) as refused:
        staff.access.prove(token, PASSWORD, HOME)
    assert refused.value.retry_after == 15 * 60
    assert not staff.access.prove("no such session", PASSWORD, HOME)


# -- limits -----------------------------------------------------------------------------------------


def test_five_failures_lock_an_account_for_a_quarter_of_an_hour(staff: Staff, clock: Clock) -> None:
    assert [refusal(staff) for _ in range(PER_ACCOUNT)] == [None] * PER_ACCOUNT
    assert refusal(staff) == 15 * 60
    clock.forward(minutes=14, seconds=59)
    assert refusal(staff, password=PASSWORD) == 1
    assert refusal(staff, password=PASSWORD, address=AWAY) == 1
    assert sign_in(staff, "Bu Ani", AWAY)
    clock.forward(seconds=1)
    assert sign_in(staff)
    rows = [(row.action, row.result) for row in staff.audit.rows(actor="Pak Amir")]
    assert rows == [("sign_in", "done"), ("sign_in.lock", "done"), *[("sign_in", "refused")] * PER_ACCOUNT]
    assert {row.address for row in staff.audit.rows(actor="Pak Amir")} == {HOME}


def test_an_address_that_tries_many_accounts_is_locked(staff: Staff) -> None:
    for number in range(PER_ADDRESS):
        assert refusal(staff, f"orang {number}") is None
    assert refusal(staff, password=PASSWORD) == 15 * 60
    assert sign_in(staff, address=AWAY)


def test_an_ipv6_network_counts_as_one_address(staff: Staff) -> None:
    for number in range(PER_ADDRESS):
        refusal(staff, f"orang {number}", address=f"2001:db8::{number:x}")
    assert refusal(staff, password=PASSWORD, address="2001:db8::ffff:1")
    assert sign_in(staff, address="2001:db8:0:1::1")


def test_limits_hold_over_restart_and_processes(
    staff: Staff, database_url: str, clock: Clock, tmp_path: Path
) -> None:
    other = open_staff(Store(database_url), clock, tmp_path / "keys")
    try:
        for each in (staff, other, staff, other, staff):
            refusal(each)
        assert refusal(other, password=PASSWORD) == 15 * 60
    finally:
        other.store.close()


def test_many_tries_at_once_get_no_more_through(staff: Staff) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: refusal(staff), range(24)))
    assert answers.count(None) == PER_ACCOUNT
    assert sorted(row.action for row in staff.audit.rows(actor="Pak Amir")) == [
        *["sign_in"] * PER_ACCOUNT,
        "sign_in.lock",
    ]


def test_a_slip_of_ones_own_is_forgiven_and_a_strangers_is_not(staff: Staff) -> None:
    for _ in range(4):
        refusal(staff, address=AWAY)
    sign_in(staff)
    refusal(staff, address=HOME)
    assert refusal(staff, password=PASSWORD) == 15 * 60
    for _ in range(3):
        for _ in range(4):
            refusal(staff, "Bu Ani")
        sign_in(staff, "Bu Ani")


def test_nothing_tells_an_unknown_name_from_a_wrong_password(staff: Staff) -> None:
    staff.people.disable("Pak Amir", by=ROOT)
    told = set()
    for name, password in (("Pak Amir", PASSWORD), ("Bu Ani", "salah"), ("Siapa", PASSWORD), ("", "")):
        with pytest.raises(SignInRefused) as refused:
            staff.access.sign_in(name, password, AWAY)
        told.add((str(refused.value), refused.value.retry_after))
    assert told == {("wrong name or password", None)}
    for _ in range(4):
        refusal(staff, "Siapa", address=HOME)
    assert refusal(staff, "Siapa", address=HOME) == 15 * 60


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "\ud800", "Pak Amir\r\n\x1b[2J", '{"a":1}'])
def test_hostile_names_are_refused_and_recorded_in_one_line(staff: Staff, name: str) -> None:
    assert refusal(staff, name) is None
    row = staff.audit.rows(1)[0]
    assert (row.action, row.result) == ("sign_in", "refused")
    assert row.actor.isprintable()
    assert len(row.actor) <= 200
    assert staff.audit.verify() is None


# -- tokens -----------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_hash(staff: Staff, clock: Clock) -> None:
    made, plain = staff.access.make_token("surat", [SCOPES[1]], ROOT, days=30)
    assert plain.startswith("kh_")
    assert plain not in whole_database(staff)
    found = staff.access.token(plain)
    assert found == made
    assert (made.scopes, made.role, made.created_by) == ((SCOPES[1],), "editor", "cli:root")
    assert staff.access.token(plain[:-1]) is None
    assert staff.access.token("") is None
    clock.forward(days=30)
    assert staff.access.token(plain) is None


def test_a_revoked_token_is_dead_at_once(staff: Staff) -> None:
    one, plain = staff.access.make_token("satu", SCOPES, ROOT)
    _, other = staff.access.make_token("dua", SCOPES, ROOT)
    assert staff.access.revoke_token("satu", ROOT).revoked_at
    assert staff.access.token(plain) is None
    assert staff.access.token(other)
    staff.access.revoke_token(one.id, ROOT)
    assert len(staff.audit.rows(action="token.revoke")) == 1
    with pytest.raises(NotFound):
        staff.access.revoke_token("tiga", ROOT)
    with pytest.raises(Conflict):
        staff.access.make_token("satu", SCOPES, ROOT)
    assert [each.name for each in staff.access.tokens()] == ["dua", "satu"]


def test_use_of_a_token_is_written_once_a_minute(staff: Staff, clock: Clock) -> None:
    _, plain = staff.access.make_token("surat", SCOPES, ROOT)

    def noted() -> Any:
        with staff.store.read() as tx:
            return tx.connection.scalar(select(api_tokens.c.last_used_at))

    assert noted() is None
    first = clock()
    for _ in range(3):
        assert staff.access.token(plain)
        clock.forward(seconds=20)
        assert noted() == first
    assert staff.access.token(plain)
    assert noted() == clock()


def test_all_faults_of_a_token_are_told(staff: Staff) -> None:
    with pytest.raises(ConfigError) as refused:
        staff.access.make_token("\n", ["everything"], ROOT, role="king", days=0)
    assert [fault.key for fault in refused.value.faults] == ["name", "scopes", "role", "days"]


# -- rights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "approver", "", "operator"])
def test_only_administrators_change_people_and_tokens(staff: Staff, role: str) -> None:
    by = Actor("Pak Amir", role)
    tries: list[Callable[[], object]] = [
        lambda: staff.people.add("Baru", PASSWORD, by=by),
        lambda: staff.people.set_role("Pak Amir", "administrator", by=by),
        lambda: staff.people.set_password("Bu Ani", "kata sandi lain sekali", by=by),
        lambda: staff.people.disable("Bu Ani", by=by),
        lambda: staff.people.enable("Bu Ani", by=by),
        lambda: staff.access.make_token("x", SCOPES, by),
        lambda: staff.access.revoke_token("x", by),
        lambda: staff.vault.rotate(by),
    ]
    before = staff.people.list()
    for attempt in tries:
        with pytest.raises(Forbidden):
            attempt()
    assert staff.people.list() == before
    # one's own password is one's own affair
    staff.people.set_password("Pak Amir", "kata sandi lain sekali", by=by)


def test_rights_by_role() -> None:
    actions = [
        "write",
        "submit",
        "approve",
        "withdraw",
        "resend",
        "see",
        "targets",
        "people",
        "tokens",
        "audit",
    ]
    table = {role: {action for action in actions if may(role, action)} for role in (*ROLES, "operator", "")}
    assert table == {
        "administrator": {
            *("write", "submit", "approve", "withdraw", "resend"),
            *("see", "targets", "people", "tokens", "audit"),
        },
        "editor": {"write", "submit", "withdraw", "resend", "see", "targets"},
        "approver": {"approve", "see"},
        "operator": set(),
        "": set(),
    }
    assert not may("administrator", "everything")
    demand(Actor("x", "approver"), "approve")
    with pytest.raises(Forbidden):
        demand(replace(Actor("x"), role="approver"), "submit")
