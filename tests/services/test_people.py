"""Accounts: good passwords, names that can be told apart, somebody always in charge."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import ConfigError, Conflict, NotFound
from hub.model import Actor
from hub.services.passwords import Passwords
from hub.store import Store
from tests.clock import Clock
from tests.services.staff import Staff, open_staff

PASSWORD = "kabar dari desa kami"
ROOT = Actor("cli:root")


@pytest.fixture
def staff(store: Store, tmp_path: Path) -> Staff:
    return open_staff(store, Clock(), tmp_path / "keys")


@pytest.mark.parametrize(
    "password",
    [
        "pendek",
        "sebelas---1",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "password1234",
        "passwordpassword",
        "qwertyuiopas",
        "P@ssw0rd1234",
        "Pak Amir 1975",
        "pakamirpakamir",
        "Diskominfo2026",
        "kabupatenmamuju",
        "rahasia12345",
        "bismillah1234",
        "Indonesia2026!",
        "iloveyou12345",
        "sandi\nkata lain sekali",
        "z" + "kabar dari desa kami" * 60,
    ],
)
def test_passwords_that_are_easy_to_guess_are_refused(password: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Passwords().hash(password, "Pak Amir")
    [fault] = refused.value.faults
    assert fault.key == "password"
    assert password not in str(refused.value)


def test_a_refused_password_makes_nobody(staff: Staff) -> None:
    with pytest.raises(ConfigError):
        staff.people.add("Pak Amir", "pendek", by=ROOT)
    assert staff.people.list() == ()


@pytest.mark.parametrize(
    "password", [PASSWORD, "jeruk biru naik sepeda", "vK3-qpX7zz_Lw", "ę" * 3 + "kursi roda"]
)
def test_good_passwords(password: str) -> None:
    passwords = Passwords()
    hashed = passwords.hash(password, "Pak Amir")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits(hashed, password)
    assert not passwords.fits(hashed, password + " ")
    assert not passwords.fits(None, "nobody has this password")


def test_names_are_plain(staff: Staff) -> None:
    for name in ("", "x" * 101, "cli:root", "token:a", "Hub", "a\nb", "a\x1b[1m", "a\u202eb"):
        with pytest.raises(ConfigError) as refused:
            staff.people.add(name, PASSWORD, by=ROOT)
        assert [fault.key for fault in refused.value.faults] == ["name"]


def test_what_happens_to_people_is_recorded(staff: Staff) -> None:
    staff.people.add("Bu Ani", PASSWORD, by=ROOT)
    staff.people.add("Pak Amir", PASSWORD, "editor", by=ROOT)
    staff.people.set_password("Pak Amir", "kata sandi lain sekali", by=Actor("Bu Ani", address="192.0.2.1"))
    staff.people.set_role("Pak Amir", "approver", by=ROOT)
    staff.people.disable("Pak Amir", by=ROOT)
    staff.people.enable("Pak Amir", by=ROOT)
    rows = staff.audit.rows()
    assert [(row.action, row.thing, dict(row.before), dict(row.after)) for row in rows] == [
        ("user.enable", "user:Pak Amir", {"disabled": True}, {"disabled": False}),
        ("user.disable", "user:Pak Amir", {"disabled": False}, {"disabled": True}),
        ("user.role", "user:Pak Amir", {"role": "editor"}, {"role": "approver"}),
        ("user.password", "user:Pak Amir", {}, {}),
        ("user.add", "user:Pak Amir", {}, {"name": "Pak Amir", "role": "editor"}),
        ("user.add", "user:Bu Ani", {}, {"name": "Bu Ani", "role": "administrator"}),
    ]
    assert (rows[3].actor, rows[3].address) == ("Bu Ani", "192.0.2.1")
    assert staff.audit.verify() is None
    assert staff.access.sign_in("Pak Amir", "kata sandi lain sekali", "192.0.2.1")


def test_the_last_administrator_stays(staff: Staff) -> None:
    staff.people.add("Bu Ani", PASSWORD, by=ROOT)
    staff.people.add("Pak Amir", PASSWORD, by=ROOT)
    staff.people.disable("Pak Amir", by=ROOT)
    staff.people.disable("Pak Amir", by=ROOT)
    with pytest.raises(Conflict, match="last administrator"):
        staff.people.disable("Bu Ani", by=ROOT)
    with pytest.raises(Conflict, match="last administrator"):
        staff.people.set_role("Bu Ani", "editor", by=ROOT)
    staff.people.enable("Pak Amir", by=ROOT)
    staff.people.set_role("Bu Ani", "editor", by=ROOT)


def test_what_is_not_there(staff: Staff) -> None:
    staff.people.add("Bu Ani", PASSWORD, by=ROOT)
    for change in (
        lambda: staff.people.set_password("Siapa", PASSWORD, by=ROOT),
        lambda: staff.people.set_role("Siapa", "editor", by=ROOT),
        lambda: staff.people.disable("Siapa", by=ROOT),
    ):
        with pytest.raises(NotFound):
            change()
    with pytest.raises(Conflict):
        staff.people.add("Bu Ani", PASSWORD, by=ROOT)
    with pytest.raises(ConfigError):
        staff.people.set_role("Bu Ani", "king", by=ROOT)
    assert len(staff.audit.rows()) == 1
