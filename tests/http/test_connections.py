"""Connections are kept, counted, replaced when they died, and never more than a bounded number."""

from __future__ import annotations

import gc
import os
import socket
import threading
from pathlib import Path

import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from hub.http.exchange import MAX_KEPT
from tests.http.conftest import MakeClient
from tests.http.villages import Line, Seen, Village, reply, serving

PATIENCE = 10.0


def test_a_connection_is_used_again_after_every_kind_of_complete_answer(client: HttpClient) -> None:
    pages = {
        "/200": reply(b"isi"),
        "/empty": reply(b""),
        "/204": b"HTTP/1.1 204 No Content\r\n\r\n",
        "/304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 400\r\n\r\n",
        "/404": reply(b"tiada", "404 Not Found"),
        "/302": redirect_to("/200"),
        "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nisi\r\n0\r\n\r\n",
    }
    with serving(lambda seen: pages[seen.path]) as village:
        for path in [*pages, *pages]:
            url, headers = village.url.rstrip("/") + path, {"If-None-Match": '"1"'}
            client.get(url, ok_only=False, headers=headers)
    assert village.connections == 1
    stats = client.stats()
    assert (stats.connections, stats.requests, stats.not_modified) == (1, 16, 2)
    assert stats.bytes == 2 * len(b"isi" + b"tiada" + b"isi" + b"isi")


def redirect_to(path: str) -> bytes:
    return reply(status="302 Found", location=path)


def test_a_server_that_closes_is_asked_again_on_a_new_connection(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x", connection="close")) as village:
        for _ in range(3):
            assert client.get(village.url).body == b"x"
    assert village.connections == 3


def test_a_reset_on_a_kept_connection_is_tried_once_more(client: HttpClient) -> None:
    """The second request on every connection is answered by hanging up, which cannot be foreseen."""

    def script(line: Line) -> None:
        line.request()
        line.send(reply(b"satu"))
        line.request()

    with Village(script) as village:
        for _ in range(3):
            assert client.get(village.url).body == b"satu"
    assert village.connections == 3
    assert len(village.seen) == 5


def test_a_server_that_always_hangs_up_is_asked_once(client: HttpClient) -> None:
    with Village(lambda line: line.request() and None) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "unreachable"
    assert village.connections == 1


def test_a_write_is_never_sent_twice(client: HttpClient) -> None:
    """On a connection that dies nobody knows whether the request was carried out."""

    def script(line: Line) -> None:
        while seen := line.request():
            if seen.method == "POST":
                return
            line.send(reply(b"x"))

    with Village(script) as village:
        client.get(village.url)
        with pytest.raises(FetchError) as caught:
            client.request("POST", village.url, body=b"pengumuman")
    assert caught.value.reason == "unreachable"
    assert [seen.method for seen in village.seen] == ["GET", "POST"]
    assert village.connections == 2


def test_bytes_after_an_answer_are_not_the_next_answer(client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(reply(b"asli") + reply(b"selundupan"))
        line.sock.recv(1)

    with Village(script) as village:
        for _ in range(2):
            assert client.get(village.url).body == b"asli"


def test_kept_connections_are_bounded(make_client: MakeClient) -> None:
    client = make_client(resolver=lambda host: ["127.10.1.1"])
    with serving(lambda seen: reply(b"x")) as village:
        before = _open_files()
        for number in range(MAX_KEPT + 50):
            client.get(f"http://desa{number}.test:{village.port}/")
        # Both ends of each connection are in this process.
        assert _open_files() - before <= 2 * MAX_KEPT + 60
        client.get(f"http://desa0.test:{village.port}/")  # the longest unused was given up
        assert village.connections == MAX_KEPT + 51
        client.get(f"http://desa{MAX_KEPT + 49}.test:{village.port}/")
        assert village.connections == MAX_KEPT + 51


def _open_files() -> int:
    gc.collect()
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.exists() else 0


def test_no_socket_is_left_behind_by_failures(make_client: MakeClient) -> None:
    client = make_client(timeout=0.3)

    def rude(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nputus")

    with Village(rude) as village:
        before = _open_files()
        for scheme in ("http", "https"):
            for _ in range(4):
                with pytest.raises(FetchError):
                    client.get(f"{scheme}://127.10.1.1:{village.port}/")
    assert _open_files() <= before + 1


def test_closing_lets_fetches_end_and_keeps_nothing(make_client: MakeClient) -> None:
    client, entered, leave = make_client(), threading.Event(), threading.Event()
    bodies: list[bytes] = []

    def answer(seen: Seen) -> bytes:
        if seen.path == "/lambat":
            entered.set()
            leave.wait(PATIENCE)
        return reply(b"x")

    with serving(answer) as village:
        client.get(village.url)
        thread = threading.Thread(target=lambda: bodies.append(client.get(village.url + "lambat").body))
        thread.start()
        assert entered.wait(PATIENCE)
        client.close()
        leave.set()
        thread.join(PATIENCE)
        assert bodies == [b"x"]
        client.get(village.url)
        assert village.connections == 2


def test_many_threads_share_one_client(make_client: MakeClient) -> None:
    client = make_client(resolver=lambda host: [f"127.10.1.{len(host) % 8 + 1}"])
    with socket.create_server(("127.10.1.1", 0)) as probe:
        port = probe.getsockname()[1]
    villages = [Village(_echo, f"127.10.1.{number + 1}", port=port).__enter__() for number in range(8)]
    wrong: list[object] = []

    def ask(seed: int) -> None:
        for step in range(20):
            path = f"/{seed}/{step}"
            try:
                body = client.get(f"http://{'d' * (seed % 8 + 1)}.test:{port}{path}").body
            except FetchError as error:
                wrong.append(error)
            else:
                if body != path.encode():
                    wrong.append((path, body))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    for village in villages:
        village.__exit__()
    assert wrong == []
    assert client.stats().requests == 320


def _echo(line: Line) -> None:
    while seen := line.request():
        line.send(reply(seen.path.encode()))
