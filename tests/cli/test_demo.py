"""``kimhub demo``: whoever starts it can sign in, and a first announcement reaches the villages."""

from __future__ import annotations

import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

from hub.app import open_hub
from hub.config import load
from tests.cli.conftest import Shell, answers
from tests.cli.test_serve import Start


def deliveries(shell: Shell) -> dict[tuple[str, str], dict[str, Any]]:
    """(site, publisher) -> delivery of the first announcement."""
    shown = shell.json("announcement", "show", "1")["deliveries"]
    return {(each["site_name"], each["publisher"]): each for each in shown}


def sign_in(config: Path, password: str) -> str:
    hub = open_hub(load(config, {}))
    try:
        return hub.access.sign_in("redaksi", password, "127.0.0.1").person.role
    finally:
        hub.close()


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_first_announcement_is_proven_and_outlives_a_restart(
    start: Start, tmp_path: Path, free_port: int
) -> None:
    data = tmp_path / "demo"
    arguments = ("demo", "--villages", "12", "--data", str(data), "--live", "0", "--port")
    running, shell = start(*arguments, str(free_port)), Shell(data / "config.toml")
    running.wait_for(lambda: answers(f"http://127.0.0.1:{free_port}/healthz"))
    password = (data / "demo-password").read_text().strip()
    assert f"/masuk sebagai redaksi dengan kata sandi {password}" in running.output()
    assert (data / "demo-password").stat().st_mode & 0o077 == 0

    proven = [
        ("KIM Desa Taan", "wordpress"), ("KIM Kelurahan Binanga", "wordpress"),
        ("KIM Desa Pati'di", "feed"), ("KIM Desa Sumare", "feed"),
    ]  # fmt: skip
    running.wait_for(lambda: all(deliveries(shell)[each]["state"] == "verified" for each in proven))
    board = deliveries(shell)
    running.wait_for(lambda: deliveries(shell)["KIM Desa Dungkait", "whatsapp"]["state"] == "delivered")
    assert board["KIM Desa Dungkait", "wordpress"]["state"] == "failed"
    assert shell.json("announcement", "show", "1")["without_channel"]
    assert sign_in(shell.config, password) == "administrator"
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/", timeout=10) as page:
        assert "Contoh: hujan lebat" in page.read().decode()
    copy = board["KIM Desa Taan", "wordpress"]["remote_url"]

    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0, running.output()
    port = a_free_port()  # the first one may have been taken by anybody's connection meanwhile
    again = start(*arguments, str(port))
    again.wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    assert password in again.output()
    assert len(shell.json("announcement", "list")["announcements"]) == 1
    assert len(shell.json("target", "list")["targets"]) == 12
    with urllib.request.urlopen(copy, timeout=10) as page:
        assert "imunisasi" in page.read().decode()
    shell.ok("announcement", "withdraw", "1", "--yes")
    again.wait_for(lambda: not answers(copy))
