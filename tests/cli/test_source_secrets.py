"""Tokens of sources from the command line: typed unseen, shown nowhere, kept encrypted."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Shell

TOKEN = "EAAGcanary0123456789token"
PAGE = "https://www.facebook.com/kimtaan"
ADD = ("source", "add", "--site", "1", "--connector", "facebook", "--url", PAGE)


def make_site(shell: Shell) -> None:
    shell.ok(
        "site", "add", "KIM Taan", "--url", "https://taan.example", "--village", "76.02.02.2010", "--no-probe"
    )


def everything_kept(shell: Shell) -> bytes:
    folder = shell.config.parent
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_token_is_typed_unseen_and_shown_nowhere(shell: Shell) -> None:
    make_site(shell)
    added = shell(*ADD, "--option", "token=-", "--option", "reposts=ya", input=f"{TOKEN}\n")
    assert added.exit_code == 0, added.output
    assert added.stderr == ""
    listed = shell.json("source", "list")["sources"][-1]
    assert listed["options"] == {"reposts": "ya"}
    assert listed["token_ends"] is None
    shown = (added.output, shell.ok("source", "list"), shell.ok("audit", "list", "--json"), str(listed))
    assert not any(TOKEN in text for text in shown)
    assert TOKEN.encode() not in everything_kept(shell)
    assert shell.json("secrets", "status")["current"] == 1
    assert shell.json("secrets", "rotate")["current"] == 1


def test_a_token_in_the_command_is_warned_of(shell: Shell) -> None:
    make_site(shell)
    added = shell(*ADD, "--option", f"token={TOKEN}")
    assert added.exit_code == 0
    assert "riwayat" in added.stderr
    assert "token=-" in added.stderr
    assert TOKEN not in added.output


def test_a_missing_token_and_an_empty_one_are_refused(shell: Shell) -> None:
    make_site(shell)
    assert "token" in shell.fails(*ADD)
    shell.fails(*ADD, "--option", "token=-", input="\n")
    assert len(shell.json("source", "list")["sources"]) == 1


def test_options_are_edited(shell: Shell) -> None:
    make_site(shell)
    shell.ok(*ADD, "--option", "token=-", "--option", "page=12345", input=f"{TOKEN}\n")
    edited = shell.ok("source", "edit", "2", "--option", "page=", "--option", "expires=2027-01-31")
    assert "2" in edited
    found = shell.json("source", "list")["sources"][-1]
    assert found["options"] == {"expires": "2027-01-31"}
    new = shell("source", "edit", "2", "--option", "token=-", input="EAAGanother0123456789\n")
    assert new.exit_code == 0
    assert "EAAGanother" not in new.output
    assert "token" in shell.fails("source", "edit", "2", "--option", "token=")
    assert "pgae" in shell.fails("source", "edit", "2", "--option", "pgae=1")


def test_a_kim_that_is_only_on_facebook(shell: Shell, tmp_path: Path) -> None:
    options = ("--connector", "facebook", "--option", "token=-", "--no-probe")
    village = ("--village", "76.02.02.2010")
    added = shell("site", "add", "KIM Taan", "--url", PAGE, *village, *options, "--json", input=f"{TOKEN}\n")
    assert added.exit_code == 0, added.output
    assert TOKEN not in added.output
    assert TOKEN.encode() not in everything_kept(shell)
