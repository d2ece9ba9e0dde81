"""https: the certificate is checked before anything is said."""

from __future__ import annotations

import pytest

from hub.errors import FetchError
from tests.http.conftest import MakeClient
from tests.http.villages import Line, Village, answering, reply

SCRIPT = answering(lambda seen: reply(seen.headers["host"].encode()))


@pytest.mark.parametrize(
    ("certificate", "host", "trusted"),
    [
        ("self_signed", "a.desa.test", True),
        ("expired", "a.desa.test", True),
        ("good", "lain.test", True),
        ("good", "a.desa.test", False),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused(
    certificate: str, host: str, trusted: bool, make_client: MakeClient, authority: str
) -> None:
    client = make_client(ca_file=authority if trusted else None, resolver=lambda host: ["127.10.1.1"])
    with Village(SCRIPT, certificate=certificate) as village:
        for method in ("GET", "POST"):
            with pytest.raises(FetchError) as caught:
                client.request(method, f"https://{host}:{village.port}/", auth=("desa", "CNRY"))
            assert caught.value.reason == "bad_tls"
            assert "certificate" in caught.value.detail or "mismatch" in caught.value.detail
            assert "CNRY" not in str(caught.value)
    assert village.seen == []


def test_a_good_certificate_is_accepted_and_the_connection_kept(
    make_client: MakeClient, authority: str
) -> None:
    client = make_client(ca_file=authority, resolver=lambda host: ["127.10.1.1"])
    with Village(SCRIPT, certificate="good") as village:
        for _ in range(3):
            answer = client.get(f"https://Baik.desa.test:{village.port}/", auth=("desa", "rahasia"))
            assert answer.body == f"baik.desa.test:{village.port}".encode()
    assert village.connections == 1
    assert client.stats().connections == 1


def test_a_server_that_does_not_speak_tls(make_client: MakeClient) -> None:
    def script(line: Line) -> None:
        line.send(reply(b"halo", "400 Bad Request"))
        line.sock.recv(65536)

    with Village(script) as village, pytest.raises(FetchError) as caught:
        make_client().get(f"https://127.10.1.1:{village.port}/")
    assert caught.value.reason == "bad_tls"


def test_a_kept_tls_connection_that_was_closed_is_opened_again(
    make_client: MakeClient, authority: str
) -> None:
    def one_answer(line: Line) -> None:
        line.request()
        line.send(reply(b"satu"))

    client = make_client(ca_file=authority, resolver=lambda host: ["127.10.1.1"])
    with Village(one_answer, certificate="good") as village:
        for _ in range(3):
            assert client.get(f"https://a.desa.test:{village.port}/").body == b"satu"
    assert village.connections == 3
