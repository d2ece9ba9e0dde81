"""One-line errors with cause and cure, exit codes, languages, help."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.text.words import LANGUAGES
from tests.cli.conftest import Shell

#: Named by the interface; more may be added.
TOPICS = {
    "init",
    "demo",
    "serve",
    "site",
    "source",
    "harvest",
    "search",
    "index",
    "db",
    "plugins",
    "doctor",
    "user",
}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def test_all_topics_are_there() -> None:
    assert main.commands.keys() >= TOPICS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_and_option_has_help(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIMHUB_HUB__LANGUAGE", lang)
    for path in commands(main):
        shown = CliRunner().invoke(main, [*path, "--help"], prog_name="kimhub").output
        assert shown.startswith(f"Usage: kimhub {' '.join(path)}")
        assert not re.search(r"\b(help|option)\.[a-z_]+", shown)


def test_help_follows_the_configured_language(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[hub]\nlanguage = "en"\n')
    shown = CliRunner().invoke(main, ["--config", str(config), "harvest", "--help"]).output
    assert "Harvest the sources that are due." in shown


def test_no_configuration_names_the_cure(empty: Shell) -> None:
    assert "kimhub init" in empty.fails("site", "list")


def test_all_faults_of_a_configuration_at_once(empty: Shell) -> None:
    empty.config.write_text('[hub]\nregion = 7\ncolour = "red"\n[nothing]\n')
    result = empty("site", "list")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 3
    assert all(any(key in each for each in lines) for key in ("hub.region", "hub.colour", "nothing"))


@pytest.mark.parametrize(
    "args", [("nonsense",), ("site", "add"), ("site", "show", "x"), ("search", "x", "--since", "kemarin")]
)
def test_wrong_usage_is_one_line_and_exit_2(shell: Shell, args: tuple[str, ...]) -> None:
    assert "--help" in shell.fails(*args, code=2)


def test_something_missing_is_named(shell: Shell) -> None:
    assert "99" in shell.fails("site", "show", "99")
    assert "12" in shell.fails("source", "pause", "12")


def test_english_errors(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIMHUB_HUB__LANGUAGE", "en")
    assert shell.fails("site", "show", "99").startswith("error: there is no site 99")


def test_the_configuration_may_come_from_the_environment(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIMHUB_CONFIG", str(shell.config))
    assert CliRunner().invoke(main, ["site", "list", "--json"]).exit_code == 0


def test_python_m_hub(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hub", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("kimhub")
