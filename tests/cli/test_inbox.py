"""``kimhub inbox``: a door is opened, its lock changed, a mail taken from the mail server."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.cli.conftest import Shell

TAAN = "76.02.02.2010"


def mail(to: str) -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "rahman@example.id", to, "Kerja bakti"
    message["Message-ID"] = "<satu@example.id>"
    message.set_content("Warga membersihkan parit.")
    return message.as_string()


def test_from_the_door_to_the_portal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIMHUB_MAIL__INBOX", "kirim@hub.example")
    door = shell.json("inbox", "open", "KIM Taan", "--village", TAAN)["inbox"]
    assert door["form"].startswith("http://127.0.0.1:8000/kirim/")
    assert door["mail"].startswith("kirim+")
    assert "diterima" in shell.ok("inbox", "take", input=mail(door["mail"]))
    assert "dilewati" in shell.ok("inbox", "take", input=mail(door["mail"]))
    assert shell.json("harvest")["totals"]["new"] == 1
    assert shell.json("search", "kerja bakti")["results"][0]["title"] == "Kerja bakti"

    renewed = shell.json("inbox", "link", str(door["source"]), "--renew")["inbox"]
    assert renewed["form"] != door["form"]
    assert shell.json("inbox", "link", str(door["source"]))["inbox"] == renewed
    shell.fails("inbox", "take", input=mail(door["mail"]))


def test_two_kim_of_one_village(shell: Shell) -> None:
    first, second = (
        shell.json("inbox", "open", name, "--village", TAAN)["inbox"] for name in ("KIM Taan", "KIM Taan II")
    )
    assert first["form"] != second["form"]
    assert "KIM Taan" in shell.fails("inbox", "open", "KIM Taan", "--village", TAAN)


def test_no_mail_yet(shell: Shell) -> None:
    assert "[mail] inbox" in shell.ok("inbox", "open", "KIM Taan", "--village", TAAN)
