"""Harvest, search, and what keeps a hub healthy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.app import open_hub
from hub.cli.output import clean
from hub.config import load
from hub.testing.district import District
from tests.borders import grid
from tests.cli.conftest import PASSWORD, Shell

COUNTS = {"new", "updated", "deleted", "unchanged", "quarantined"}


@pytest.fixture
def filled(shell: Shell, district: District) -> Shell:
    """Two sites, harvested."""
    for site in district.sites[:2]:
        shell.ok("site", "add", site.name, "--url", site.url, "--village", site.code)
    shell.ok("harvest")
    return shell


def test_harvest_counts_by_source_and_in_all(shell: Shell, district: District) -> None:
    site = district.sites[0]
    shell.ok("site", "add", site.name, "--url", site.url, "--village", site.code)
    gone = ("--url", f"http://{site.url.split('/')[2].split(':')[0]}:9/feed", "--village", site.code)
    shell.ok("site", "add", "KIM Putus", *gone, "--no-probe")
    run = shell.json("harvest", "--all")
    good, bad = sorted(run["sources"], key=lambda each: each["id"])
    assert good["error"] is None
    assert good["new"] == len(site.items)
    assert bad["error"]["reason"] == "unreachable"
    assert bad["error"]["message"]
    assert bad["error"]["retry_at"].endswith("Z")
    assert run["totals"].keys() == COUNTS | {"errors", "seconds"}
    assert (run["totals"]["new"], run["totals"]["errors"]) == (good["new"], 1)
    # the index is up to date when harvest ends
    assert shell.json("index", "status") | {"documents": good["new"], "pending": 0, "healthy": True} == (
        shell.json("index", "status")
    )
    assert "kimhub harvest" not in shell.ok("harvest", "--source", "1")
    assert "--all" in shell.ok("harvest")


def test_search_is_that_of_the_portal(filled: Shell) -> None:
    hub = open_hub(load(filled.config))
    try:
        app = hub.plugins.wsgi(hub)
    finally:
        hub.close()
    from werkzeug.test import Client

    query = "desa"
    answer = filled.json("search", query, "--limit", "5")
    assert answer["results"]
    served = Client(app).get("/api/v1/search", query_string={"q": query, "limit": "5"})
    assert json.loads(served.get_data()) == answer


def test_search_filters_and_words(filled: Shell, district: District) -> None:
    code = district.sites[0].code
    found = filled.json("search", "desa", "--village", code)
    assert {each["village"]["code"] for each in found["results"]} == {code}
    assert filled.json("search", "desa", "--since", "2999-01-01")["total"] == 0
    assert filled.json("search", "desa", "--until", "2999-01-01", "--sort", "newest")["total"] > 0
    assert "/berita/" in filled.ok("search", "desa")
    assert "Tidak ada berita" in filled.ok("search", "zzzqqqxyz")


def test_index_and_database(filled: Shell, tmp_path: Path) -> None:
    posts = filled.json("index", "status")["posts"]
    assert filled.json("index", "rebuild")["documents"] == posts
    filled.ok("db", "upgrade")
    filled.ok("db", "check")
    copy = tmp_path / "cadangan.kimhub"
    assert filled.json("db", "backup", str(copy))["rows"]["posts"] >= posts
    assert str(copy) in filled.fails("db", "backup", str(copy))
    filled.ok("site", "remove", "1", "--yes")
    filled.ok("db", "restore", str(copy), "--yes")
    assert filled.json("index", "status")["documents"] == posts


def test_another_engine_is_chosen_by_its_name_and_one_command(
    filled: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled.json("search", "desa")
    monkeypatch.setenv("KIMHUB_SEARCH__BACKEND", "tantivy")
    assert "kimhub index rebuild" in filled.fails("search", "desa")
    assert "kimhub index rebuild" in filled.fails("index", "status")
    assert filled.json("index", "rebuild")["documents"] == filled.json("index", "status")["posts"]
    after = filled.json("search", "desa")
    assert (after["total"], after["facets"]) == (before["total"], before["facets"])
    [old] = [each for each in filled.json("doctor")["findings"] if each["part"] == "old index"]
    assert old["fine"]
    assert "rm -r" in old["cure"]


def test_doctor_names_what_is_wrong(filled: Shell, district: District) -> None:
    fine = filled.json("doctor")
    assert fine["fine"] is True
    assert {each["part"] for each in fine["findings"]} >= {"configuration", "database", "index", "network"}
    dead = district.sites[0].url.rsplit(":", 1)[0] + ":9/"
    result = filled("doctor", "--url", dead, "--json")
    assert result.exit_code == 1
    [bad] = [each for each in json.loads(result.stdout)["findings"] if not each["fine"]]
    assert bad["part"] == "network"
    assert bad["cure"]


def test_plugins_are_listed_without_a_hub(empty: Shell) -> None:
    listed = {each["name"]: each for each in empty.json("plugins", "list")["plugins"]}
    assert listed["feed"]["running"]
    assert "connector feed" in listed["feed"]["brings"]


def test_people(shell: Shell) -> None:
    added = CliRunner().invoke
    assert added  # the runner hides nothing that the shell below does not
    shell.ok("user", "add", "Pak Amir", "--role", "editor", "--password-stdin", input=PASSWORD + "\n")
    shell.ok("user", "passwd", "Pak Amir", "--password-stdin", input="kata sandi lain sekali\n")
    shell.ok("user", "disable", "Pak Amir")
    [_, person] = sorted(shell.json("user", "list")["users"], key=lambda each: int(each["id"]))
    assert (person["name"], person["role"], person["disabled"]) == ("Pak Amir", "editor", True)
    assert not {"password", "password_hash", "hash"} & person.keys()
    assert "password" in shell.fails("user", "add", "B", "--password-stdin", input="pendek\n")
    assert "kosong" in shell.fails("user", "add", "B", "--password-stdin", input="\n")
    assert shell("user", "add", "Pak Amir", "--password-stdin", input=PASSWORD + "\n").exit_code == 1


def test_regions_are_found_and_get_aliases(shell: Shell, tmp_path: Path) -> None:
    [found] = shell.json("region", "find", "binanga")["regions"]
    assert found["code"] == "76.02.01.1002"
    file = tmp_path / "alias.csv"
    file.write_text("code,alias\n76.02.01.1002,Kampung Binanga Lama\n")
    assert shell.json("region", "aliases", str(file))["added"] == 1
    assert shell.json("region", "find", "kampung binanga lama")["regions"] == [found]


def test_borders_of_regions_are_imported(shell: Shell, tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[118, -3], [119, -3], [119, -2], [118, -3]]]}
    features = [
        {"type": "Feature", "properties": {"kd": code}, "geometry": square} for code in ("760201", "1")
    ]
    file = tmp_path / "batas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = shell.json("region", "borders", str(file), "--property", "kd")
    assert (found["imported"], found["skipped"], found["kecamatan"], found["village"]) == (1, 1, 1, 0)
    assert found["left_out"] == [{"name": "1", "reason": "no_code"}]
    assert (len(found["villages_without"]), found["map"]) == (101, "schematic")
    assert "1 batas wilayah disimpan, 1 dilewati" in shell.ok(
        "region", "borders", str(file), "--property", "kd"
    )
    assert "--property" in shell.fails("region", "borders", str(file)), "the cure"
    file.write_text(grid())
    assert shell.json("region", "borders", str(file))["map"] == "villages"
    assert "101 dari 101 desa punya batas" in shell.ok("region", "borders", str(file))
    file.write_text("bukan geojson")
    assert "FeatureCollection" in shell.fails("region", "borders", str(file))


def test_nothing_from_outside_steers_the_terminal() -> None:
    assert clean("Judul\x1b[2J\x07 baru\nbaris") == "Judul [2J  baru baris"
