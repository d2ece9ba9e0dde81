"""``kimhub connector``: what it writes passes its own tests, grades cannot be had by tricks, and
nothing secret is recorded."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from hub.cli.connectors import KINDS
from hub.testing.grading import BESIDE, GRADES, Report, run
from hub.testing.package import find_package
from hub.testing.recorded import Exchange, Recording, load
from hub.testing.scrub import MASK, Scrubber
from hub.testing.stage import Answer, Asked, Stage
from tests.cli import guide_site

LIST = """
name = "desa"
label = "Desa"
[list]
url = "{site}/kabar"
items = "#kabar .kartu"
empty = "#kabar"
[fields]
link = "h3 a@href"
title = "h3 a"
"""


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KIMHUB_HARVEST__HOST_DELAY", "0")
    monkeypatch.setenv("KIMHUB_HUB__LANGUAGE", "en")


def kimhub(*args: str) -> Result:
    return CliRunner().invoke(main, ["connector", *args], prog_name="kimhub")


def made(kind: str, folder: Path) -> Path:
    result = kimhub("new", "contoh-desa", "--kind", kind, "--dir", str(folder), "--json")
    assert result.exit_code == 0, result.output
    return Path(json.loads(result.stdout)["folder"])


# -- new --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_its_tests_at_once(kind: str, tmp_path: Path) -> None:
    package = made(kind, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "hub", "connector", "test"],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = run(find_package(package), quiet=True)
    assert report.grade == "gold", [each.wanting for each in report.graded]
    written = {path.relative_to(package).parts[0] for path in package.rglob("*") if path.is_file()}
    assert written >= {"setup.cfg", "pyproject.toml", "README.md", "kimhub_contoh_desa", "tests", "fixtures"}
    assert not any("{{" in path.read_text("utf-8") for path in package.rglob("*.[tpm]*") if path.is_file())


def test_what_is_written_is_well_typed_and_tidy(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    for kind in KINDS:
        kimhub("new", f"contoh-{kind}", "--kind", kind)
    packages = [f"contoh-{kind}/kimhub_contoh_{kind}" for kind in KINDS]
    for command in (
        ["mypy", "--strict", "--no-warn-return-any", "--follow-imports=silent", *packages],
        ["ruff", "check", "--isolated", "--select", "E,F,B,UP", "--line-length", "120", "."],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            env={**os.environ, "MYPYPATH": str(root)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_authors_own_code_is_at_most_thirty_lines(tmp_path: Path) -> None:
    package = made("json", tmp_path)
    parse = (package / "kimhub_contoh_desa" / "parse.py").read_text("utf-8")
    test = (package / "tests" / "test_contoh_desa.py").read_text("utf-8")
    own = parse + test[test.index("def played") : test.index("class Harness")]
    lines = [line for line in own.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) <= 30


@pytest.mark.parametrize("name", ["", "Desa", "9desa", "../desa", "desa kita", "x" * 60])
def test_names_that_are_none(name: str) -> None:
    assert kimhub("new", name, "--kind", "json").exit_code == 1


def test_nothing_is_written_over(tmp_path: Path) -> None:
    made("json", tmp_path)
    result = kimhub("new", "contoh-desa", "--kind", "json", "--dir", str(tmp_path))
    assert result.exit_code == 1
    assert "contoh-desa" in result.stderr


# -- test and grade ---------------------------------------------------------------------------------


def graded(package: Path) -> Report:
    return run(find_package(package), quiet=True)


TRICKS = {
    "overridden": "def test_no_script_is_left(self) -> None:\n        pass",
    "skipped": "test_no_script_is_left = pytest.mark.skip(ConnectorContract.test_no_script_is_left)",
    "missing": "test_no_script_is_left = None",
}


@pytest.mark.parametrize("state", sorted(TRICKS))
def test_tricks_gain_nothing(state: str, tmp_path: Path) -> None:
    package = made("json", tmp_path)
    _insert(package, TRICKS[state])
    (found,) = graded(package).graded
    assert found.grade == "bronze"
    assert [(each.name, each.state) for each in found.wanting] == [("test_no_script_is_left", state)]


def test_a_world_or_a_table_of_checks_of_ones_own_gain_nothing(tmp_path: Path) -> None:
    package = made("json", tmp_path)
    _insert(package, "CHECKS = {}")
    assert graded(package).grade == "gold"
    _insert(package, "@pytest.fixture\n    def world(self):\n        return None")
    assert graded(package).grade == ""


def _insert(package: Path, lines: str) -> None:
    """Into the package's contract class."""
    test = package / "tests" / "test_contoh_desa.py"
    head = "class TestContohDesa(ConnectorContract):\n"
    test.write_text(test.read_text("utf-8").replace(head, f"{head}    {lines}\n\n"), "utf-8")


def test_options_of_the_package_leave_nothing_out(tmp_path: Path) -> None:
    package = made("json", tmp_path)
    (package / "pytest.ini").write_text("[pytest]\naddopts = -k introduces\n", "utf-8")
    assert graded(package).grade == "gold"
    (package / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n"
        "    items[:] = [each for each in items if 'script' not in each.name]\n",
        "utf-8",
    )
    (found,) = graded(package).graded
    assert (found.grade, [each.state for each in found.wanting]) == ("bronze", ["missing"])


def test_own_tests_and_own_imports_count(tmp_path: Path) -> None:
    package = made("json", tmp_path)
    test = package / "tests" / "test_contoh_desa.py"
    whole = test.read_text("utf-8")
    test.write_text(whole + "\n\ndef test_mine() -> None:\n    assert False, 'salah'\n", "utf-8")
    report = graded(package)
    assert (report.grade, report.failed, report.well) == ("", 1, False)
    test.write_text(whole, "utf-8")
    parse = package / "kimhub_contoh_desa" / "parse.py"
    parse.write_text(parse.read_text("utf-8") + "\nfrom hub.store import Store  # noqa\n", "utf-8")
    (found,) = graded(package).graded
    assert found.grade == "bronze"
    assert [(each.name, each.detail) for each in found.wanting] == [("imports_hub_spec_alone", "hub.store")]


def test_a_package_that_does_not_load_or_has_no_suite(tmp_path: Path) -> None:
    package = made("json", tmp_path)
    (package / "tests" / "test_contoh_desa.py").write_text("def test_nothing() -> None:\n    pass\n", "utf-8")
    result = kimhub("test", str(package), "--json")
    assert result.exit_code == 1, "tests without the contract prove nothing"
    (package / "kimhub_contoh_desa" / "__init__.py").write_text("raise SystemExit(3)\n", "utf-8")
    result = kimhub("grade", str(package), "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["grade"] is None
    assert "SystemExit" in " ".join(data["problems"])


def test_a_broken_session_proves_nothing(tmp_path: Path) -> None:
    package = made("json", tmp_path)
    (package / "conftest.py").write_text(
        "import os\n\ndef pytest_sessionfinish():\n    os._exit(0)\n", "utf-8"
    )
    report = graded(package)
    assert (report.grade, report.well) == ("", False)


def test_a_faulty_declaration_is_named(tmp_path: Path) -> None:
    (tmp_path / "desa.toml").write_text(LIST.replace("items =", "barang ="), "utf-8")
    result = kimhub("test", "desa.toml", "--json")
    assert result.exit_code == 1
    assert "list.barang" in result.stdout


def test_a_folder_of_the_tree_is_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    result = kimhub("grade", "connectors/kimid", "--json")
    data = json.loads(result.stdout)
    (found,) = data["graded"]
    assert found["name"] == "kimid"
    assert data["grade"] in GRADES
    assert {each["name"] for each in found["checks"]} > set(BESIDE)


def test_no_package_is_named(tmp_path: Path) -> None:
    result = kimhub("test", str(tmp_path))
    assert result.exit_code == 1
    assert "kimhub connector new" in result.stderr


# -- try and record ---------------------------------------------------------------------------------


def test_a_known_site_is_recognised_and_nothing_is_stored(tmp_path: Path) -> None:
    feed = (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>KIM</title><item><title>Panen raya</title>'
        "<link>https://kim.example/1</link><description>Sawah.</description></item></channel></rss>"
    )
    with Stage() as stage:
        stage.play(lambda asked: Answer(feed.encode(), 200, "application/rss+xml"))
        refused = kimhub("try", stage.url, "--json")
        result = kimhub("try", stage.url, "--allow-private", "127.0.0.0/8", "--json")
    assert json.loads(refused.stdout)["error"]["reason"] == "blocked_address"
    data = json.loads(result.stdout)
    assert (data["connector"], data["error"]) == ("feed", None)
    assert [(each["title"], each["length"]) for each in data["entries"]] == [("Panen raya", 6)]
    assert data["cursor"]
    assert any("1 of 1" in each for each in data["warnings"]), "the missing date is told"
    assert list(tmp_path.iterdir()) == []


def test_selectors_are_explained(tmp_path: Path) -> None:
    (tmp_path / "desa.toml").write_text(LIST.replace("h3 a@href", "h4 a@href"), "utf-8")
    with Stage() as stage:
        stage.play(guide_site.site)
        result = kimhub("try", stage.url, "--file", "desa.toml", "--allow-private", "127.0.0.0/8", "--json")
    (page,) = json.loads(result.stdout)["pages"]
    (link,) = [each for each in page["selectors"] if each["key"] == "fields.link"]
    assert (link["matches"], bool(link["hint"])) == (0, True)


def test_a_recording_holds_no_secret(tmp_path: Path) -> None:
    def play(asked: Asked) -> Answer:
        headers = {"Set-Cookie": "sesi=rahasia-sekali", "X-Auth-Token": "rahasia-sekali"}
        answer = guide_site.site(asked)
        return Answer(answer.body, answer.status, answer.type, headers)

    (tmp_path / "desa.toml").write_text(LIST + '[article]\nhtml = ".tulisan"\n', "utf-8")
    with Stage() as stage:
        stage.play(play)
        given = ("--file", "desa.toml", "--allow-private", "127.0.0.0/8", "--to", "rekaman", "--json")
        result = kimhub("record", stage.url, *given)
        again = kimhub("record", stage.url, *given)
    data = json.loads(result.stdout)
    assert data["entries"] == data["replayed"] == guide_site.PER_PAGE
    assert data["masked"] == {"phone": 1}
    assert again.exit_code == 1, "a recording is not written over"
    kept = b"".join(path.read_bytes() for path in (tmp_path / "rekaman").iterdir())
    assert b"0812" not in kept
    assert b"rahasia-sekali" not in kept
    assert load(tmp_path / "rekaman").exchanges


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            "https://x.example/a?access_token=EAAB123456789&q=padi",
            f"https://x.example/a?access_token={MASK}1&q=padi",
        ),
        (
            '{"access_token": "abcdef123", "judul": "Kunci"}',
            f'{{"access_token": "{MASK}1", "judul": "Kunci"}}',
        ),
        ("bot7012345678:AAH-abcdEFGHijklMNOPqrstUVWXyz012345/getMe", None),
        (
            "surel kim.taan@gmail.com dan KIM.Taan@gmail.com",
            "surel warga1@contoh.example dan warga1@contoh.example",
        ),
        ("WA 0812-3456-7890 atau +62 812 3456 7890", "WA 00000000001 atau 00000000001"),
        ("https://wa.me/6281234567890", "https://wa.me/00000000001"),
        ("NIK 7602014107900003.", "NIK 0000000000000001."),
        ("kata sandi s3kr3t-itu", f"kata sandi {MASK}"),
        ("https://x.example/?p=s%2Fk%2Bx", f"https://x.example/?p={MASK}"),
        ("berita 2026-11-24 nomor 1202611240001234 dan id 17841405793187218", None),
        ("Rp 1.250.000 untuk 812 warga, 24/11/2026 09:14", "Rp 1.250.000 untuk 812 warga, 24/11/2026 09:14"),
        ("<a href='/kabar/081234567890'>", "<a href='/kabar/081234567890'>"),
    ],
)
def test_what_is_masked(given: str, kept: str | None) -> None:
    text = Scrubber(["s3kr3t-itu", "s/k+x"]).text(given)
    if kept is not None:
        assert text == kept
    assert not re.search(r"7012345678:AAH|EAAB1", text)


def test_masks_agree_between_addresses_and_bodies() -> None:
    exchange = Exchange(
        "https://x.example/a?key=abc123", body=b'<a href="/a?key=abc123">', headers={"link": "</?key=abc123>"}
    )
    (masked,) = Scrubber().recording(Recording("https://x.example/a?key=abc123", {}, [exchange])).exchanges
    assert masked.url.endswith(f"key={MASK}1")
    assert f"key={MASK}1".encode() in masked.body
    assert "abc123" not in masked.headers["link"]


# -- starting up ------------------------------------------------------------------------------------


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom hub.cli import main\n"
        "for args in (['--help'], ['connector', '--help'], ['connector', 'try', '--help']):\n"
        "    assert CliRunner().invoke(main, args).exit_code == 0\n"
        "heavy = {'pytest', '_pytest', 'flask', 'lokal', 'hub.testing.stage', 'hub.app'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
