"""The operator's own proxy is used; the environment's never is."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from contextlib import suppress

import pytest

from hub.errors import FetchError
from tests.http.conftest import MakeClient
from tests.http.villages import Canary, Line, Village, answering, reply, serving


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
def test_the_environment_names_no_proxy(
    name: str, make_client: MakeClient, authority: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = answering(lambda seen: reply(b"desa"))
    with serving(lambda seen: reply(b"proksi"), "127.10.3.3") as recorder:
        monkeypatch.setenv(name, recorder.url)
        client = make_client(ca_file=authority, resolver=lambda host: ["127.10.1.1"])
        with Village(script) as plain, Village(script, certificate="good") as secure:
            assert client.get(plain.url).body == b"desa"
            assert client.get(f"https://a.desa.test:{secure.port}/").body == b"desa"
    assert recorder.connections == 0


def test_http_goes_through_the_proxy_that_was_set(make_client: MakeClient) -> None:
    with serving(lambda seen: reply(b"lewat proksi"), "127.10.3.3") as proxy:
        client = make_client(
            proxy=f"http://hub:kunci%20x@127.10.3.3:{proxy.port}", resolver=lambda host: ["127.10.1.1"]
        )
        for _ in range(2):
            assert client.get("http://desa.test:8081/feed?q=1").body == b"lewat proksi"
    seen = proxy.seen[0]
    assert (seen.path, seen.headers["host"]) == ("http://desa.test:8081/feed?q=1", "desa.test:8081")
    assert seen.headers["proxy-authorization"] == "Basic " + b64encode(b"hub:kunci x").decode()
    assert proxy.connections == 1


def _tunnel(line: Line) -> None:
    """CONNECT to whatever is asked for, on the address of the fixture villages."""
    seen = line.request()
    assert seen is not None
    port = int(seen.path.rpartition(":")[2])
    with socket.create_connection(("127.10.1.1", port), 10) as far:
        line.send(b"HTTP/1.1 200 Connection established\r\nVia: kim\r\n\r\n")
        back = threading.Thread(target=_pump, args=(far, line.sock), daemon=True)
        back.start()
        _pump(line.sock, far)
        back.join(10)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def test_https_goes_through_a_tunnel_that_cannot_listen(make_client: MakeClient, authority: str) -> None:
    script = answering(lambda seen: reply(seen.headers["authorization"].encode()))
    with Village(_tunnel, "127.10.3.3") as proxy, Village(script, certificate="good") as village:
        client = make_client(
            proxy=f"http://hub:kunci@127.10.3.3:{proxy.port}",
            ca_file=authority,
            resolver=lambda host: ["127.10.1.1"],
        )
        for _ in range(2):
            answer = client.get(f"https://a.desa.test:{village.port}/", auth=("desa", "rahasia"))
            assert answer.body.startswith(b"Basic ")
        client.close()
    seen = proxy.seen[0]
    assert (seen.method, seen.path) == ("CONNECT", f"a.desa.test:{village.port}")
    assert "proxy-authorization" in seen.headers
    assert "authorization" not in seen.headers
    assert proxy.connections == 1
    assert all("proxy-authorization" not in there.headers for there in village.seen)


def test_a_tunnel_that_is_refused(make_client: MakeClient) -> None:
    with serving(lambda seen: reply(status="403 Forbidden"), "127.10.3.3") as proxy:
        client = make_client(proxy=proxy.url, resolver=lambda host: ["127.10.1.1"])
        with pytest.raises(FetchError) as caught:
            client.get("https://a.desa.test:8443/")
    assert caught.value.reason == "unreachable"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "dalam.test"])
def test_what_the_proxy_is_asked_for_is_checked_too(
    host: str, make_client: MakeClient, canary: Canary
) -> None:
    with serving(lambda seen: reply(b"x"), "127.10.3.3") as proxy:
        client = make_client(proxy=proxy.url, resolver=lambda host: ["127.66.0.1"])
        with pytest.raises(FetchError) as caught:
            client.get(f"http://{host}:{canary.port}/")
    assert caught.value.reason == "blocked_address"
    assert proxy.connections == 0


def test_names_that_only_the_proxy_knows_are_left_to_it(make_client: MakeClient) -> None:
    def resolver(host: str) -> list[str]:
        raise OSError("no DNS here")

    with serving(lambda seen: reply(b"x"), "127.10.3.3") as proxy:
        client = make_client(proxy=proxy.url, resolver=resolver)
        assert client.get("http://desa.test/").body == b"x"
        with pytest.raises(FetchError, match="credentials need https"):
            client.get("http://desa.test/", auth=("desa", "rahasia"))


@pytest.mark.parametrize("proxy", ["https://p.test:1", "socks5://p.test:1", "p.test:1", "http://"])
def test_a_proxy_of_another_kind_is_a_fault_at_the_start(proxy: str, make_client: MakeClient) -> None:
    with pytest.raises(ValueError, match="http://host:port"):
        make_client(proxy=proxy)
