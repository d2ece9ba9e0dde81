"""Nobody can hold a fetch longer than its wall clock, however slowly they drip."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from hub.errors import FetchError
from tests.http.conftest import MakeClient
from tests.http.villages import Line, Seen, Village, redirect, reply, serving

TIMEOUT = 0.6
GENEROUS = 5.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def silent(line: Line) -> None:
    line.request()
    line.sock.recv(1)


def deaf(line: Line) -> None:
    time.sleep(GENEROUS)


def drip_status(line: Line) -> None:
    line.request()
    line.drip(b"HTTP/1.1 200 " + b"O" * 1000)


def drip_headers(line: Line) -> None:
    line.request()
    line.send(b"HTTP/1.1 200 OK\r\n")
    line.drip(b"X-Slow: 1\r\n" * 100)


def drip_body(line: Line) -> None:
    line.request()
    line.send(HEAD)
    line.drip(b"x" * 1000)


def drip_chunks(line: Line) -> None:
    line.request()
    line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    line.drip(b"1\r\nx\r\n" * 1000)


def drip_trailers(line: Line) -> None:
    line.request()
    line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    line.drip(b"X-Trailer: 1\r\n" * 1000)


def drip_redirect(line: Line) -> None:
    line.request()
    line.send(b"HTTP/1.1 302 Found\r\nLocation: /lagi\r\n")
    line.drip(b"X-Slow: 1\r\n" * 100)


@pytest.mark.parametrize(
    "script",
    [silent, deaf, drip_status, drip_headers, drip_body, drip_chunks, drip_trailers, drip_redirect],
)
@pytest.mark.parametrize("certificate", ["", "good"])
def test_a_drip_ends_with_the_fetch(
    script: Callable[[Line], None], certificate: str, make_client: MakeClient, authority: str
) -> None:
    client = make_client(timeout=TIMEOUT, ca_file=authority, resolver=lambda host: ["127.10.1.1"])
    with Village(script, certificate=certificate) as village:
        scheme = "https" if certificate else "http"
        began = time.monotonic()
        with pytest.raises(FetchError) as caught:
            client.get(f"{scheme}://lambat.desa.test:{village.port}/")
    assert caught.value.reason == "timeout"
    assert time.monotonic() - began < GENEROUS
    # A slow answer is that source's trouble, not its host's.
    assert client.pauses() == {}


def test_a_tls_greeting_that_is_dripped_ends_with_the_fetch(make_client: MakeClient) -> None:
    def script(line: Line) -> None:
        line.sock.recv(65536)
        line.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 1000)

    client = make_client(timeout=TIMEOUT)
    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(f"https://127.10.1.1:{village.port}/")
    assert caught.value.reason == "timeout"


def test_a_reader_that_takes_an_upload_in_sips_ends_with_the_fetch(make_client: MakeClient) -> None:
    def script(line: Line) -> None:
        line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while line.sock.recv(10):
            time.sleep(0.05)

    client = make_client(timeout=TIMEOUT)
    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.request("POST", village.url, body=b"x" * (20 * 2**20))
    assert caught.value.reason == "timeout"


def test_redirects_share_one_wall_clock(make_client: MakeClient) -> None:
    def answer(seen: Seen) -> bytes:
        time.sleep(0.25)
        return redirect("/lagi" + seen.path)

    client = make_client(timeout=TIMEOUT)
    with serving(answer) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "timeout"


def test_a_full_backlog_ends_with_the_connect_timeout(make_client: MakeClient) -> None:
    """Nobody accepts, and the queue of the listening socket is full."""
    client = make_client(connect_timeout=0.3)
    with socket.create_server(("127.10.1.9", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.10.1.9", port))
        with pytest.raises(FetchError) as caught:
            client.get(f"http://127.10.1.9:{port}/")
        for filler in fillers:
            filler.close()
    assert caught.value.reason == "timeout"


def test_a_closed_port_is_unreachable(make_client: MakeClient) -> None:
    with serving(lambda seen: reply()) as village:
        pass
    with pytest.raises(FetchError) as caught:
        make_client().get(village.url)
    assert (caught.value.reason, caught.value.permanent) == ("unreachable", False)


def test_the_next_address_is_tried_when_one_does_not_answer(make_client: MakeClient) -> None:
    client = make_client(resolver=lambda host: ["127.10.1.99", "127.10.1.1"])
    with serving(lambda seen: reply(b"ada")) as village:
        assert client.get(f"http://desa.test:{village.port}/").body == b"ada"


def test_a_name_server_that_hangs_holds_nobody_else(make_client: MakeClient) -> None:
    released = threading.Event()

    def resolver(host: str) -> list[str]:
        if host == "gantung.test":
            released.wait(30)
        return ["127.10.1.1"]

    client = make_client(resolver=resolver, timeout=TIMEOUT)
    outcomes: list[str] = []

    def ask() -> None:
        with pytest.raises(FetchError) as caught:
            client.get("http://gantung.test/")
        outcomes.append(caught.value.reason)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    try:
        with serving(lambda seen: reply(b"ada")) as village:
            threads[0].start()
            assert client.get(f"http://desa.test:{village.port}/").body == b"ada"
        threads[0].join(GENEROUS)
    finally:
        released.set()
    assert outcomes == ["dns"]


@pytest.mark.parametrize(
    "failure", [socket.gaierror(-2, "Name or service not known"), OSError("CNAME loop"), RuntimeError("bug")]
)
def test_a_name_that_does_not_resolve(failure: Exception, make_client: MakeClient) -> None:
    def resolver(host: str) -> list[str]:
        raise failure

    with pytest.raises(FetchError) as caught:
        make_client(resolver=resolver).get("http://tiada.test/")
    assert caught.value.reason == "dns"
    assert "tiada.test" in caught.value.detail


def test_a_name_without_addresses(make_client: MakeClient) -> None:
    with pytest.raises(FetchError) as caught:
        make_client(resolver=lambda host: []).get("http://tiada.test/")
    assert caught.value.reason == "dns"
