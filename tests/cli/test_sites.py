"""Sites and sources from the command line, against village sites on loopback."""

from __future__ import annotations

import json
from pathlib import Path

from hub.testing.district import District
from tests.cli.conftest import Shell


def add(shell: Shell, district: District, number: int = 0) -> dict[str, object]:
    site = district.sites[number]
    found: dict[str, object] = shell.json("site", "add", site.name, "--url", site.url, "--village", site.code)
    return found


def test_a_site_by_its_address_alone(shell: Shell, district: District) -> None:
    added = add(shell, district)
    site = district.sites[0]
    assert {key: added["site"][key] for key in ("id", "name", "url", "village")} == {  # type: ignore[index]
        "id": 1,
        "name": site.name,
        "url": site.url,
        "village": site.code,
    }
    assert added["platform"] == "WordPress"
    [source] = added["sources"]  # type: ignore[misc]
    assert source["connector"] == "wordpress"
    assert source["id"] == 1


def test_check_stores_nothing(shell: Shell, district: District) -> None:
    found = shell.json("site", "check", district.sites[1].url)
    assert found["site"]["id"] is None
    assert [each["connector"] for each in found["sources"]] == ["feed"]
    assert shell.json("site", "list")["sites"] == []


def test_a_refused_address_answers_with_reason_and_cure(shell: Shell) -> None:
    for args in (("site", "add", "X", "--village", "76.02.01.1002", "--url"), ("site", "check")):
        result = shell(*args, "http://127.66.0.1/", "--json")
        assert result.exit_code == 1
        error = json.loads(result.stdout)["error"]
        assert error["reason"] == "blocked_address"
        assert error["message"]
        assert error["cure"]
    assert shell.json("site", "list")["sites"] == []


def test_a_refusal_for_people_is_one_line(shell: Shell) -> None:
    told = shell.fails("site", "add", "X", "--url", "ftp://desa.example.id/", "--village", "76.02.01.1002")
    assert "https://" in told


def test_the_same_site_twice_and_an_unknown_village(shell: Shell, district: District) -> None:
    add(shell, district)
    site = district.sites[0]
    again = shell("site", "add", "Lagi", "--url", site.url, "--village", site.code, "--json")
    assert json.loads(again.stdout)["error"]["reason"] == "conflict"
    told = shell.fails("site", "add", "X", "--url", site.url, "--village", "32.04.01.2001")
    assert "region find" in told


def test_edit_show_and_remove(shell: Shell, district: District) -> None:
    add(shell, district)
    edited = shell.json("site", "edit", "1", "--name", "KIM Baru", "--contact", "email=kim@example.id")
    assert edited["site"]["name"] == "KIM Baru"
    assert edited["site"]["contacts"] == {"email": "kim@example.id"}
    assert "KIM Baru" in shell.ok("site", "show", "1")
    shell("site", "remove", "1", input="n\n")
    assert shell.json("site", "show", "1")["site"]["state"] == "new"
    shell.ok("site", "remove", "1", "--yes")
    assert "1" in shell.fails("site", "show", "1")


def test_sources_are_added_checked_paused_and_reset(shell: Shell, district: District) -> None:
    add(shell, district)
    feed = district.sites[0].feed_url
    source = shell.json("source", "add", "--site", "1", "--connector", "feed", "--url", feed)["source"]
    assert shell.json("source", "check", str(source["id"]))["entries"] > 0
    assert shell.json("source", "pause", "2")["source"]["state"] == "paused"
    assert "diistirahatkan" in shell.ok("source", "list")
    assert shell.json("source", "resume", "2")["source"]["state"] == "active"
    assert shell.json("source", "reset", "2")["source"]["due_at"]
    assert len(shell.json("source", "list", "--site", "1")["sources"]) == 2
    assert shell("source", "confirm", "2").exit_code == 1


def test_import_and_export(shell: Shell, district: District, tmp_path: Path) -> None:
    first, second = district.sites[:2]
    rows = [
        "name,url,village",
        f"{first.name},{first.url},{first.code}",
        f"{second.name},{second.url},{second.code}",
        f"Salah,{first.url}x,99.99",
        f"Lagi,{first.url},{first.code}",
    ]
    file = tmp_path / "situs.csv"
    file.write_text("\n".join(rows), "utf-8-sig")
    done = shell.json("site", "import", str(file))
    assert done["added"] + done["skipped"] == 3
    assert done["added"] >= 2
    [error] = done["errors"]
    assert (error["row"], error["reason"]) == (3, "bad_village")
    assert f"{first.url}" in shell.ok("site", "export")
    opml = tmp_path / "situs.opml"
    opml.write_text(shell.ok("site", "export", "--format", "opml"))
    assert shell.json("site", "import", str(opml), "--no-probe")["skipped"] == 1


def test_an_import_that_is_no_text(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "situs.csv"
    file.write_bytes(b"name,url,village\n\xff\xfe,x,y")
    assert "UTF-8" in shell.fails("site", "import", str(file))
    assert "tidak-ada.csv" in shell.fails("site", "import", str(tmp_path / "tidak-ada.csv"))


def test_a_source_in_full_and_who_tells_of_its_news(shell: Shell, district: District) -> None:
    added = add(shell, district)
    [source] = added["sources"]  # type: ignore[misc]
    shown = shell.json("source", "show", str(source["id"]))
    assert shown["source"]["url"] == source["url"]
    assert (shown["push"], shown["canary"]) == (None, None)
    # the sample hub is not reachable from outside
    refused = shell.fails("source", "subscribe", str(source["id"]))
    assert "https" in refused
    assert shell.json("source", "unsubscribe", str(source["id"]))["push"]["state"] == "off"
    assert shell.json("source", "list")["sources"][0]["push"] == "off"
    told = shell.ok("source", "show", str(source["id"]))
    assert "dimatikan pengelola" in told
    shell.ok("harvest")
    shell("doctor", "--canary")
    shown = shell.json("source", "show", str(source["id"]))
    assert shown["canary"]["entries"] > 0
    assert shown["canary"]["alarm"] == ""
    assert "baik: " in shell.ok("source", "show", str(source["id"]))
    shell.fails("source", "show", "99")
