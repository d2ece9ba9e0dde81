"""The way back from the command line: targets, announcements, deliveries, proof, against the sample
district's WordPress."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hub.cli.frame import tell
from hub.model import ANNOUNCEMENT_STATES, DELIVERY_STATES
from hub.testing.district import District
from hub.testing.district.site import VillageSite
from tests.cli.conftest import HOSTS, Shell

NUMBER = "440/123/DINKES/XI/2026"


@pytest.fixture
def villages() -> Iterator[District]:
    """Villages of this test alone: what is published on them is counted."""
    with District(4, host_base=HOSTS, port=0) as running:
        yield running


@pytest.fixture
def site(shell: Shell, villages: District) -> VillageSite:
    """A WordPress site, known to the hub as site 1 with target 1."""
    found = next(each for each in villages.sites if each.platform == "wordpress")
    shell.ok("site", "add", found.name, "--url", found.url, "--village", found.code)
    add_target(shell, found)
    return found


def add_target(shell: Shell, site: VillageSite) -> dict[str, Any]:
    args = ("target", "add", "1", "--publisher", "wordpress", "--url", site.url, "--user", site.user)
    made = json.loads(shell.ok(*args, "--password-stdin", "--json", input=site.password + "\n"))
    target: dict[str, Any] = made["target"]
    return target


def write(folder: Path, head: str = "", body: str = "Datanglah **pagi**.", *, to: str = '["all"]') -> str:
    file = folder / "pengumuman.md"
    lines = f'number = "{NUMBER}"\nsubject = "Jadwal imunisasi"\nto = {to}\n{head}\n'
    file.write_text(f"+++\n{lines}+++\n\n{body}\n", "utf-8")
    return str(file)


def deliver(shell: Shell) -> dict[str, int]:
    done: dict[str, int] = shell.json("deliver")
    shell.json("verify")
    return done


# -- targets ----------------------------------------------------------------------------------------


def test_a_target_is_checked_kept_and_never_tells_its_password(shell: Shell, site: VillageSite) -> None:
    [target] = shell.json("target", "list")["targets"]
    known = ("id", "site", "publisher", "url", "user", "rank", "state", "has_password")
    assert [target[key] for key in known] == [1, 1, "wordpress", site.url, site.user, 1, "active", True]
    checked = shell.json("target", "check", "1")
    assert (checked["target"], checked["media"]) == (1, True)
    assert checked["account"] in shell.ok("target", "check", "1")
    bare = site.password.replace(" ", "")
    for shown in (
        shell.ok("target", "list"),
        shell.ok("target", "list", "--json"),
        shell.ok("audit", "list"),
    ):
        assert site.password not in shown
        assert bare not in shown


def test_a_wrong_password_is_refused_with_reason_and_cure(shell: Shell, site: VillageSite) -> None:
    args = ("target", "add", "1", "--publisher", "wordpress", "--url", site.url, "--user", site.user)
    refused = shell(*args, "--password-stdin", "--json", input="aaaa bbbb cccc\n")
    assert refused.exit_code == 1
    error = json.loads(refused.stdout)["error"]
    assert error["reason"] == "auth"
    assert error["cure"]
    assert "aaaa bbbb" not in refused.output
    assert len(shell.json("target", "list")["targets"]) == 1
    # without the check it is kept, and the trouble shows later
    kept = shell(*args, "--password-stdin", "--no-check", "--json", input="aaaa bbbb cccc\n")
    assert json.loads(kept.stdout)["target"]["rank"] == 2
    assert json.loads(shell("target", "check", "2", "--json").stdout)["error"]["reason"] == "auth"
    assert shell.json("target", "list", "--site", "1")["targets"][1]["reason"] == "auth"


def test_what_a_publisher_needs_is_said_all_at_once(shell: Shell, site: VillageSite) -> None:
    refused = shell("target", "add", "1", "--publisher", "wordpress", "--option", "warna=merah")
    assert refused.exit_code == 1
    told = refused.stderr
    assert all(word in told for word in ("url:", "user:", "password:", "option.warna:"))
    assert "wordpress" in shell.fails("target", "add", "1", "--publisher", "wordpres")
    assert "99" in shell.fails("target", "add", "99", "--publisher", "feed")


def test_targets_are_ordered_changed_paused_and_removed(shell: Shell, site: VillageSite) -> None:
    assert shell.json("target", "add", "1", "--publisher", "feed")["target"]["rank"] == 2
    assert shell.json("target", "move", "2", "1")["target"]["rank"] == 1
    assert [each["id"] for each in shell.json("target", "list")["targets"]] == [2, 1]
    edited = shell.json("target", "edit", "1", "--option", "media=link", "--state", "paused")["target"]
    assert (edited["state"], edited["options"]["media"]) == ("paused", "link")
    assert "diistirahatkan" in shell.ok("target", "list")
    moved = shell.ok("target", "edit", "1", "--url", "https://lain.example.id")
    assert "--password-stdin" in moved
    assert shell.json("target", "list")["targets"][1]["has_password"] is False
    shell.ok("target", "remove", "2", "--yes")
    assert len(shell.json("target", "list")["targets"]) == 1
    assert "saluran 2" in shell.fails("target", "check", "2")


# -- from one file to a village's site and back -----------------------------------------------------


def test_announced_corrected_withdrawn(shell: Shell, site: VillageSite, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "navy").save(tmp_path / "peta.png")
    file = write(tmp_path, 'attachments = [{ file = "peta.png", alt = "Peta pos" }]', to='["site:1"]')

    made = shell.json("announce", file)
    assert made["announcement"]["number"] == NUMBER
    assert (made["announcement"]["id"], made["announcement"]["version"]) == (1, 1)
    assert made["announcement"]["state"] == "published"
    assert [each["state"] for each in made["deliveries"]] == ["waiting"]
    assert made["without_channel"] == []
    mark = made["announcement"]["mark"]
    assert site.copies(mark) == 0, "announcing alone sends nothing"

    assert deliver(shell)["done"] == 1
    [row] = shell.json("announcement", "show", "1")["deliveries"]
    assert (row["target"], row["site"], row["village"]) == (1, 1, site.code)
    assert (row["publisher"], row["state"], row["attempts"]) == ("wordpress", "verified", 0)
    assert row["verified_at"]
    assert row["remote_id"]
    assert row["remote_url"].startswith(site.url)
    assert row["problem"] == ""
    assert site.copies(mark) == 1
    assert "terbukti tayang" in shell.ok("announcement", "show", "1")

    corrected = shell.json(
        "announcement", "edit", "1", write(tmp_path, body="Datanglah sore.", to='["site:1"]')
    )
    assert corrected["announcement"]["version"] == 2
    assert corrected["announcement"]["date"] == made["announcement"]["date"]
    deliver(shell)
    assert [each["version"] for each in shell.json("announcement", "show", "1")["deliveries"]] == [2]
    assert site.copies(mark) == 1

    withdrawn = shell.json("announcement", "withdraw", "1", "--why", "Salah tanggal")
    assert withdrawn["announcement"]["state"] == "withdrawn"
    deliver(shell)
    [row] = shell.json("announcement", "show", "1")["deliveries"]
    assert row["state"] == "withdrawn"
    assert site.copies(mark) == 0
    assert shell.json("announcement", "withdraw", "1")["announcement"]["state"] == "withdrawn"
    assert shell.json("deliver") == {"done": 0, "failed": 0, "pending": 0}


def test_the_same_by_options_and_from_standard_input(shell: Shell, site: VillageSite, tmp_path: Path) -> None:
    options = ("--number", NUMBER, "--subject", "Rapat", "--to", "site:1", "--to", "village:76.02.01.1002")
    told = shell.ok(
        "announce", *options, "--text", "-", "--valid-until", "2030-01-01", input="Besok **pagi**."
    )
    assert "kimhub deliver" in told
    assert "Binanga" in told, "a village without a channel is named"
    shown = shell.json("announcement", "show", "1")
    assert shown["announcement"]["text"] == "Besok **pagi**."
    assert shown["announcement"]["valid_until"] == "2030-01-01T15:59:59Z"
    assert shown["without_channel"] == [{"code": "76.02.01.1002", "name": "Binanga"}]
    piped = shell("announce", "-", "--json", input=Path(write(tmp_path)).read_text("utf-8"))
    assert json.loads(piped.stdout)["announcement"]["subject"] == "Jadwal imunisasi"
    # options win over the file
    over = shell.json(
        "announce", write(tmp_path), "--subject", "Perihal lain", "--nature", "darurat", "--draft"
    )
    assert over["announcement"]["subject"] == "Perihal lain"
    assert over["announcement"]["nature"] == "darurat"
    one_word = shell.json("announcement", "edit", "1", "--subject", "Rapat desa")["announcement"]
    assert (one_word["subject"], one_word["version"]) == ("Rapat desa", 2)
    assert one_word["to"] == ["site:1", "village:76.02.01.1002"]


def test_drafts_schedules_and_rehearsals(shell: Shell, site: VillageSite, tmp_path: Path) -> None:
    file = write(tmp_path)
    draft = shell.json("announce", file, "--draft")
    assert (draft["announcement"]["state"], draft["deliveries"]) == ("draft", [])
    assert len(draft["without_channel"]) == 100, "all villages but the one with a target"
    assert (
        shell.json("announcement", "edit", "1", file, "--contact", "0811")["announcement"]["contact"]
        == "0811"
    )
    later = shell.json("announcement", "publish", "1", "--at", "2030-01-31 08:00")["announcement"]
    assert (later["state"], later["scheduled_at"]) == ("scheduled", "2030-01-31T00:00:00Z"), "08.00 WITA"
    assert "2030-01-31 08:00 WITA" in shell.ok("announce", file, "--at", "31 Januari 2030 08.00")
    trial = shell.json("announce", file, "--rehearsal")["announcement"]
    assert trial["rehearsal"] is True
    listed = shell.json("announcement", "list")["announcements"]
    assert [each["id"] for each in listed] == [3, 2, 1]
    assert [
        each["id"] for each in shell.json("announcement", "list", "--state", "scheduled")["announcements"]
    ] == [2, 1]
    assert shell.json("announcement", "list", "--limit", "1", "--before", "3")["announcements"][0]["id"] == 2
    assert "terjadwal" in shell.ok("announcement", "list")
    assert "Draf 2" in shell.ok("announcement", "discard", "2", "--yes")
    assert "2" in shell.fails("announcement", "show", "2")


def test_the_second_person(
    shell: Shell, site: VillageSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIMHUB_PUBLISH__APPROVAL", "always")
    assert "orang kedua" in shell.ok("announce", write(tmp_path))
    assert shell.json("announcement", "show", "1")["announcement"]["state"] == "pending"
    told = shell.fails("announcement", "approve", "1")
    assert "administrator" in told, "nobody approves what is their own"
    monkeypatch.setenv("LOGNAME", "orang-kedua")
    approved = shell.json("announcement", "approve", "1")["announcement"]
    assert (approved["state"], approved["approved_by"]) == ("published", "cli:orang-kedua")
    proposed = shell.json("announcement", "edit", "1", "--subject", "Lain")["announcement"]
    assert (proposed["version"], proposed["correction_pending"]) == (1, True)
    shell.ok("announcement", "reject", "1", "--why", "Jangan")
    assert shell.json("announcement", "show", "1")["announcement"]["correction_pending"] is False


def test_a_failed_delivery_is_shown_and_sent_again(
    shell: Shell, villages: District, site: VillageSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIMHUB_PUBLISH__ATTEMPTS", "1")
    shell.ok("target", "edit", "1", "--password-stdin", input="salah salah salah\n")
    shell.ok("announce", write(tmp_path, to='["site:1"]'))
    assert "gagal" in shell.ok("deliver")
    [row] = shell.json("announcement", "show", "1")["deliveries"]
    assert (row["state"], row["reason"]) == ("failed", "auth")
    assert row["problem"]
    doctor = json.loads(shell("doctor", "--json").stdout)
    bad = {each["part"]: each for each in doctor["findings"] if not each["fine"]}
    assert "target 1" in bad
    assert "deliveries" in bad
    assert all(each["cure"] for each in bad.values())
    shell.ok("target", "edit", "1", "--password-stdin", input=site.password + "\n")
    assert shell.json("announcement", "resend", "1")["resent"] in (0, 1), (
        "mending the target rearmed it already"
    )
    deliver(shell)
    assert [each["state"] for each in shell.json("announcement", "show", "1")["deliveries"]] == ["verified"]


# -- what is wrong ----------------------------------------------------------------------------------


def test_a_wrong_file_is_told_line_by_line(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "salah.md"
    file.write_text(
        '+++\nsubjek = "x"\nto = ["kec:99", "desa"]\ndate = "besok"\nattachments = ["tak-ada.pdf"]\n+++\n'
    )
    result = shell("announce", str(file))
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    keys = [line.removeprefix("galat: ").partition(":")[0] for line in lines]
    assert keys == ["subjek", "number", "subject", "date", "attachments", "to", "to"]
    assert shell.json("announcement", "list")["announcements"] == []
    assert shell("announce", str(tmp_path / "tidak-ada.md")).exit_code == 1
    (tmp_path / "kosong.md").write_text("Halo")
    assert "+++" in shell.fails("announce", str(tmp_path / "kosong.md"))


def test_attachments_are_looked_at(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "gambar.png").write_text("<svg onload=alert(1)>")
    told = shell.fails("announce", write(tmp_path, 'attachments = ["gambar.png"]'))
    assert "attachments" in told
    assert "gambar.png" in told


def test_wrong_usage(shell: Shell, tmp_path: Path) -> None:
    file = write(tmp_path)
    shell.fails("announce", code=2)
    shell.fails("announce", file, "--at", "besok", code=2)
    shell.fails("announce", file, "--draft", "--at", "2030-01-01", code=2)
    shell.fails("announce", "-", "--text", "-", code=2, input="x")
    shell.fails("announcement", "edit", "1", code=2)
    shell.fails("announcement", "list", "--state", "terbang", code=2)
    assert "7" in shell.fails("announcement", "show", "7")
    assert "7" in shell.fails("announcement", "withdraw", "7")
    shell.ok("announce", file, "--draft")
    shell.fails("announcement", "withdraw", "1")


def test_nothing_to_do_is_no_failure(shell: Shell) -> None:
    for command in ("deliver", "verify"):
        assert shell.json(command) == {"done": 0, "failed": 0, "pending": 0}
        assert shell.ok(command, "--all")
    assert "kimhub announce" in shell.ok("announcement", "list")
    assert "kimhub target add" in shell.ok("target", "list")


def test_every_state_has_words() -> None:
    for state in ANNOUNCEMENT_STATES:
        assert tell(f"announcement_state.{state}") != f"announcement_state.{state}"
    for state in DELIVERY_STATES:
        assert tell(f"delivery_state.{state}") != f"delivery_state.{state}"
