"""``serve`` and ``demo`` as real processes: one server a data folder, clean ends."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hub.cli.serve import served_at
from hub.cli.serving import Server
from hub.config import Settings
from tests.cli.conftest import Running, Shell, answers

Start = Callable[..., Running]


def serve(start: Start, shell: Shell, port: int, *more: str) -> Running:
    running = start("--config", str(shell.config), "serve", "--port", str(port), *more)
    running.wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    return running


def test_a_second_server_is_refused_and_commands_work_beside(
    shell: Shell, start: Start, free_port: int
) -> None:
    first = serve(start, shell, free_port)
    second = start("--config", str(shell.config), "serve", "--port", str(free_port + 1))
    assert second.process.wait(60) == 1
    assert str(first.process.pid) in second.output()
    assert len(second.output().splitlines()) == 1
    shell.ok("site", "list")
    shell.ok("index", "rebuild")
    assert answers(f"http://127.0.0.1:{free_port}/readyz")


def test_kill_frees_the_folder(shell: Shell, start: Start, free_port: int) -> None:
    first = serve(start, shell, free_port)
    first.process.kill()
    first.process.wait(10)
    serve(start, shell, free_port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(shell: Shell, start: Start, free_port: int, number: signal.Signals) -> None:
    running = serve(start, shell, free_port)
    assert f"http://127.0.0.1:{free_port}" in running.output()
    running.process.send_signal(number)
    assert running.process.wait(30) == 0, running.output()
    assert "Traceback" not in running.output()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", free_port))


def test_a_taken_port_is_named(shell: Shell, start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = start("--config", str(shell.config), "serve", "--port", str(port), "--no-schedule")
        assert running.process.wait(60) == 1
    assert str(port) in running.output()
    assert "Traceback" not in running.output()


def test_a_broken_configuration_keeps_it_from_starting(shell: Shell, start: Start) -> None:
    shell.config.write_text('[harvest]\ninterval = "soon"\n')
    running = start("--config", str(shell.config), "serve")
    assert running.process.wait(60) == 1
    assert "harvest.interval" in running.output()


def test_an_answer_under_way_is_finished(free_port: int) -> None:
    asked = threading.Event()

    def slow(environ: object, start_response: Callable[..., object]) -> list[bytes]:
        asked.set()
        time.sleep(1)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
        return [b"penuh\n"]

    stopping = threading.Event()
    server = Server(slow, "127.0.0.1", free_port, threads=2)
    loop = threading.Thread(target=server.run, args=(stopping,))
    loop.start()
    got: list[bytes] = []

    def ask() -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/", timeout=30) as response:
            got.append(response.read())

    asking = threading.Thread(target=ask)
    asking.start()
    assert asked.wait(10)
    stopping.set()
    asking.join(30)
    loop.join(30)
    assert got == [b"penuh\n"]
    assert not loop.is_alive()


def test_port_and_local_address_follow_each_other() -> None:
    local = Settings()
    assert served_at(local, None)[1] == 8000
    settings, port = served_at(local, 9000)
    assert (settings.hub.base_url, port) == ("http://127.0.0.1:9000", 9000)
    public = replace(local, hub=replace(local.hub, base_url="https://kabar.example.id"))
    assert served_at(public, None) == (public, 8000)
    assert served_at(public, 9000) == (public, 9000)


def test_the_sample_district_is_harvested_and_lives(start: Start, tmp_path: Path, free_port: int) -> None:
    args = ("demo", "--port", str(free_port), "--villages", "2", "--data", str(tmp_path / "demo"))
    running = start(*args, "--live", "1")
    base = f"http://127.0.0.1:{free_port}"
    running.wait_for(lambda: answers(f"{base}/healthz"))
    running.wait_for(lambda: "terbit: " in running.output())
    with urllib.request.urlopen(f"{base}/api/v1/posts", timeout=30) as response:
        assert json.load(response)["results"]
    beside = Shell(tmp_path / "demo" / "config.toml")
    assert len(beside.json("site", "list")["sites"]) == 3, "two villages and the weather agency"
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 0, running.output()
    again = start(*args, "--live", "0")
    again.wait_for(lambda: answers(f"{base}/healthz"))
    assert len(beside.json("site", "list")["sites"]) == 3


def test_a_second_sample_district_runs_beside_the_first(start: Start, tmp_path: Path, free_port: int) -> None:
    ports = (free_port, free_port + 1)
    both = [
        start(
            "demo", "--port", str(port), "--villages", "1", "--data", str(tmp_path / str(port)), "--live", "0"
        )
        for port in ports
    ]
    for running, port in zip(both, ports, strict=True):
        running.wait_for(lambda port=port: answers(f"http://127.0.0.1:{port}/healthz"))
    used = {(tmp_path / str(port) / "district-port").read_text() for port in ports}
    assert len(used) == 2
