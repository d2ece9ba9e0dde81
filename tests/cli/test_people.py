"""People, tokens, keys and the audit trail, as an operator types them."""

from __future__ import annotations

import getpass
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from hub.app import Hub, open_hub
from hub.config import load
from tests.cli.conftest import PASSWORD, Shell


@pytest.fixture
def hub(shell: Shell) -> Iterator[Hub]:
    """The hub beside the commands, as ``serve`` would have it."""
    opened = open_hub(load(shell.config))
    yield opened
    opened.close()


def add(shell: Shell, name: str, *more: str) -> None:
    shell.ok("user", "add", name, *more, "--password-stdin", input=PASSWORD + "\n")


def test_a_person_over_the_years(shell: Shell) -> None:
    add(shell, "Pak Amir", "--role", "editor")
    shell.ok("user", "passwd", "Pak Amir", "--password-stdin", input="kata sandi lain sekali\n")
    shell.ok("user", "role", "Pak Amir", "approver")
    shell.ok("user", "disable", "Pak Amir")
    assert "Pak Amir" in shell.ok("user", "enable", "Pak Amir")
    [admin, amir] = sorted(shell.json("user", "list")["users"], key=lambda each: int(each["id"]))
    assert (admin["role"], amir["role"], amir["disabled"]) == ("administrator", "approver", False)
    rows = shell.json("audit", "list", "--action", "user")["rows"]
    assert [row["action"] for row in rows] == [
        "user.enable",
        "user.disable",
        "user.role",
        "user.password",
        "user.add",
        "user.add",
    ]
    assert {row["actor"] for row in rows} == {f"cli:{getpass.getuser()}"}
    assert PASSWORD not in str(rows)


def test_refusals_are_one_line(shell: Shell) -> None:
    assert "password" in shell.fails("user", "add", "B", "--password-stdin", input="password1234\n")
    assert "Siapa" in shell.fails("user", "role", "Siapa", "editor")
    assert "administrator" in shell.fails("user", "disable", "admin")
    shell.fails("user", "role", "admin", "raja", code=2)
    shell.fails("token", "add", "x", "--scope", "everything", code=2)
    assert "tidak ada token" in shell.fails("token", "revoke", "x")


def test_commands_end_sessions_in_the_running_hub(shell: Shell, hub: Hub) -> None:
    add(shell, "Pak Amir", "--role", "editor")
    for command in (("disable", "Pak Amir"), ("role", "Pak Amir", "approver")):
        token = hub.access.sign_in("Pak Amir", PASSWORD, "192.0.2.1").token
        assert hub.access.session(token)
        shell.ok("user", *command)
        assert hub.access.session(token) is None
        shell.ok("user", "enable", "Pak Amir")


def test_tokens(shell: Shell, hub: Hub) -> None:
    made = shell.json("token", "add", "surat", "--scope", "announcements:read", "--days", "30")
    plain = made["token"]
    assert made["details"]["scopes"] == ["announcements:read"]
    found = hub.access.token(plain)
    assert found
    assert (found.name, found.role) == ("surat", "editor")
    listed = shell.ok("token", "list", "--json")
    assert "surat" in listed
    assert plain not in listed
    assert plain not in shell.ok("audit", "list", "--json")
    shown = shell.ok("token", "add", "2")
    assert [line for line in shown.splitlines() if line.startswith("kh_")]
    # a name of digits is a name first
    shell.ok("token", "revoke", "2")
    assert {each["name"]: bool(each["revoked_at"]) for each in shell.json("token", "list")["tokens"]} == {
        "2": True,
        "surat": False,
    }
    shell.ok("token", "revoke", str(found.id))
    assert hub.access.token(plain) is None
    assert shell.ok("token", "list").splitlines()[0].startswith("id\t")


def test_keys(shell: Shell, hub: Hub) -> None:
    secret = hub.vault.encrypt("abcd EFGH")
    assert shell.json("secrets", "status") == {
        "current": 0,
        "older": 0,
        "lost": 0,
        "keys": 1,
        "where": "data_dir/credentials.key",
    }
    assert shell.json("secrets", "rotate")["keys"] == 2
    assert hub.vault.decrypt(secret) == "abcd EFGH"
    assert "2 kunci" in shell.ok("secrets", "status")
    assert "kunci" in shell.ok("secrets", "rotate")


def test_the_audit_trail_tells_of_tampering(shell: Shell, hub: Hub) -> None:
    add(shell, "Pak Amir", "--role", "editor")
    assert "utuh" in shell.ok("audit", "verify")
    assert shell.json("audit", "verify") == {"whole": True, "first_broken": None}
    assert len(shell.ok("audit", "list", "--limit", "1").splitlines()) == 2
    with hub.store.write() as tx:
        tx.connection.execute(text("UPDATE audit SET actor = 'cli:lain' WHERE id = 2"))
    assert "catatan 2" in shell.fails("audit", "verify")
    result = shell("audit", "verify", "--json")
    assert result.exit_code == 1
    assert '"first_broken": 2' in result.stdout


def test_a_backup_takes_accounts_along_and_signs_everybody_out(shell: Shell, hub: Hub) -> None:
    add(shell, "Pak Amir", "--role", "editor")
    plain = shell.json("token", "add", "surat")["token"]
    token = hub.access.sign_in("Pak Amir", PASSWORD, "192.0.2.1").token
    copy = str(shell.config.parent / "cadangan")
    shell.ok("db", "backup", copy)
    shell.ok("user", "disable", "Pak Amir")
    shell.ok("db", "restore", copy, "--yes")
    assert hub.access.session(token) is None
    assert hub.access.sign_in("Pak Amir", PASSWORD, "192.0.2.1")
    assert hub.access.token(plain)
    assert hub.audit.verify() is None
