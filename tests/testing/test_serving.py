"""An application served for a test: there while it is looked at, and gone afterwards without a trace."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection

import pytest

from hub.testing.serving import address, loopback, served


def app(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
    if environ["PATH_INFO"] == "/lambat":
        time.sleep(0.5)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ada"]


def got(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What threads raised that nobody caught."""
    found: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda raised: found.append(raised.exc_value))
    return found


def test_it_is_gone_without_a_trace_however_often(fallen: list[object]) -> None:
    """A connection that the client keeps open, as browsers do, is closed too."""
    before = set(threading.enumerate())
    for _ in range(60):
        with served(app) as base:
            kept = HTTPConnection(base.removeprefix("http://"), timeout=10)
            kept.request("GET", "/")
            assert kept.getresponse().read() == b"ada"
        assert kept.sock.recv(1) == b""
        kept.close()
        with pytest.raises(urllib.error.URLError, match="refused"):
            got(base)
    assert fallen == []
    until = time.monotonic() + 10  # the last of the server's own threads may still be on their way out
    while not set(threading.enumerate()) <= before:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_answer_under_way_is_finished() -> None:
    answers: list[bytes] = []
    with served(app) as base:
        asking = threading.Thread(target=lambda: answers.append(got(f"{base}/lambat")))
        asking.start()
        time.sleep(0.2)
    asking.join(10)
    assert answers == [b"ada"]


def test_a_hub_may_know_its_address_before() -> None:
    listening = loopback()
    expected = address(listening)
    with served(app, listening) as base:
        assert base == expected
        assert got(base) == b"ada"
    with socket.create_server(("127.0.0.1", int(base.rpartition(":")[2]))):
        pass  # free again
