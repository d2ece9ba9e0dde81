"""A hub made by ``kimhub init``, a way to run commands on it, and village sites on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from hub.testing.district import District

PASSWORD = "kabar dari desa kami"
#: Loopback addresses of these tests alone.
HOSTS = "127.10.60."


@dataclass
class Shell:
    """Runs commands of one hub."""

    config: Path

    def __call__(self, *args: str, input: str | None = None) -> Result:
        return CliRunner().invoke(
            main, ["--config", str(self.config), *args], input=input, prog_name="kimhub"
        )

    def ok(self, *args: str, input: str | None = None) -> str:
        """The output of a command that must succeed."""
        result = self(*args, input=input)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *args: str) -> Any:
        return json.loads(self.ok(*args, "--json"))

    def fails(self, *args: str, code: int = 1, input: str | None = None) -> str:
        """The one line on stderr of a command that must fail."""
        result = self(*args, input=input)
        assert result.exit_code == code, result.output
        lines = result.stderr.splitlines()
        assert len(lines) == 1, result.stderr
        return lines[0]


@pytest.fixture(autouse=True)
def no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KIMHUB_") and "__" in name]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("KIMHUB_CONFIG", raising=False)


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    """Nothing there yet."""
    return Shell(tmp_path / "config.toml")


@pytest.fixture
def shell(empty: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A hub of its own, allowed to visit the villages."""
    empty.ok("init", "--yes", "--password-stdin", input=PASSWORD + "\n")
    monkeypatch.setenv("KIMHUB_NETWORK__ALLOW_PRIVATE", f"{HOSTS}0/24")
    monkeypatch.setenv("KIMHUB_HARVEST__HOST_DELAY", "0")
    return empty


@pytest.fixture(scope="session")
def district() -> Iterator[District]:
    with District(4, host_base=HOSTS, port=0) as running:
        yield running


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A ``kimhub`` process."""

    process: subprocess.Popen[str]
    log: Path

    def output(self) -> str:
        return self.log.read_text("utf-8")

    def wait_for(self, fine: Callable[[], bool], seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while not fine():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < until, self.output()
            time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts ``python -m hub ARGS``; what still runs at the end is killed."""
    started: list[Running] = []

    def run(*args: str, env: dict[str, str] | None = None) -> Running:
        log = tmp_path / f"log-{len(started)}.txt"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "hub", *args],
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
                cwd=tmp_path,
            )
        started.append(Running(process, log))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait(10)
