"""A new hub: complete, private, and never over an old one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hub.cli.init import compose, find_district, hub_values, time_zone
from hub.config import example, load
from hub.errors import NotFound
from tests.cli.conftest import PASSWORD, Shell


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_yes_makes_everything_and_prints_the_password_once(empty: Shell) -> None:
    result = empty("init", "--yes", "--admin", "Ibu Sitti")
    assert result.exit_code == 0, result.output
    password = next(each for each in result.stdout.splitlines() if "Kata sandi" in each).split(": ")[1]
    assert len(password) >= 20
    data = empty.config.parent / "data"
    assert mode(empty.config) == 0o600
    assert mode(data / "secret.key") == 0o600
    assert mode(data) == 0o700
    assert password not in empty.config.read_text()
    assert [each["name"] for each in empty.json("user", "list")["users"]] == ["Ibu Sitti"]
    settings = load(empty.config)
    assert (settings.hub.region, settings.hub.timezone) == ("76.02", "Asia/Makassar")


def test_a_given_password_is_not_shown(empty: Shell) -> None:
    out = empty.ok("init", "--yes", "--password-stdin", input=PASSWORD + "\n")
    assert PASSWORD not in out


def test_it_refuses_to_overwrite(shell: Shell) -> None:
    before = shell.config.read_bytes()
    assert "sudah ada" in shell.fails("init", "--yes")
    assert shell.config.read_bytes() == before


def test_any_district_by_its_code_alone(empty: Shell) -> None:
    empty.ok("init", "--yes", "--region", "32.04", "--name", "Warta Bandung")
    settings = load(empty.config)
    assert settings.hub.name == "Warta Bandung"
    assert settings.hub.timezone == "Asia/Jakarta"
    assert "Bandung" in settings.hub.office
    assert any(
        each["code"].startswith("32.04.") for each in empty.json("region", "find", "Soreang")["regions"]
    )


def test_an_unknown_region_leaves_nothing_behind(empty: Shell) -> None:
    assert "99.99" in empty.fails("init", "--yes", "--region", "99.99")
    assert not empty.config.exists()


def test_a_weak_password_leaves_no_configuration_behind(empty: Shell) -> None:
    assert "password" in empty.fails("init", "--yes", "--password-stdin", input="short\n")
    assert not empty.config.exists()
    empty.ok("init", "--yes", "--password-stdin", input=PASSWORD + "\n")


def test_it_asks_what_it_must_know(empty: Shell) -> None:
    answers = ["76.02", "Kabar Kita", "https://kabar.example.id", "redaksi", PASSWORD, PASSWORD]
    empty.ok("init", input="\n".join(answers) + "\n")
    settings = load(empty.config)
    assert (settings.hub.name, settings.hub.base_url) == ("Kabar Kita", "https://kabar.example.id")
    assert [each["name"] for each in empty.json("user", "list")["users"]] == ["redaksi"]


@pytest.mark.parametrize(
    ("code", "zone"), [("11.01", "Asia/Jakarta"), ("76.02", "Asia/Makassar"), ("94.01", "Asia/Jayapura")]
)
def test_the_zone_follows_from_the_province(code: str, zone: str) -> None:
    assert time_zone(code) == zone


def test_the_default_district_keeps_the_default_names() -> None:
    assert set(hub_values(find_district("76.02"))) == {"region", "timezone"}
    with pytest.raises(NotFound):
        find_district("not a code")


def test_a_composed_configuration_differs_only_where_told() -> None:
    assert compose({}) == example()
    lines = compose({"hub": {"name": 'A "quoted" name'}}).splitlines()
    changed = [new for new, old in zip(lines, example().splitlines(), strict=True) if new != old]
    assert changed == ['name = "A \\"quoted\\" name"']
