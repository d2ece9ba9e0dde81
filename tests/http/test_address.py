"""Which addresses are asked at all, proved by a canary that must not see a single connection."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from hub.http.address import parse_target
from tests.http.conftest import MakeClient
from tests.http.villages import Canary, Seen, reply, serving

HOSTILE_HOSTS = [
    "127.0.0.1",
    "127.66.0.1",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "127.0.1",
    "017700000001",
    "0177.0.0.1",
    "127.000.000.001",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::1]",
    "[2001::7f00:1]",
    "[fec0::1]",
    "[fe80::1%25lo]",
    "[fe80::1%lo]",
    "[fc00::1]",
    "[ff02::1]",
    "[5f00::1]",
    "[100::1]",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "224.0.0.1",
    "198.18.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "240.0.0.1",
    "255.255.255.255",
    # Spelled so that a resolver reads 127.10.1.1, which is allowed: still nobody honest writes it.
    "2131362049",
]
PRIVATE_ANSWERS = [
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "224.0.0.1",
    "198.18.0.1",
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "fe80::1%lo",
    "64:ff9b::7f00:1",
    "not an address",
]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_an_address_that_is_not_public_is_refused(
    host: str, scheme: str, client: HttpClient, canary: Canary
) -> None:
    with pytest.raises(FetchError) as caught:
        client.get(f"{scheme}://{host}:{canary.port}/")
    assert caught.value.reason == "blocked_address"


@pytest.mark.parametrize("answer", PRIVATE_ANSWERS)
def test_a_name_that_resolves_to_an_internal_machine_is_refused(
    answer: str, make_client: MakeClient, canary: Canary
) -> None:
    client = make_client(resolver=lambda host: [answer])
    with pytest.raises(FetchError) as caught:
        client.get(f"http://desa.test:{canary.port}/")
    assert caught.value.reason == "blocked_address"


@pytest.mark.parametrize("answers", [["127.10.1.1", "127.66.0.1"], ["127.66.0.1", "127.10.1.1"]])
def test_one_internal_answer_among_good_ones_condemns_the_name(
    answers: Sequence[str], make_client: MakeClient, canary: Canary
) -> None:
    client = make_client(resolver=lambda host: answers)
    with pytest.raises(FetchError) as caught:
        client.get(f"http://desa.test:{canary.port}/")
    assert caught.value.reason == "blocked_address"
    assert not caught.value.permanent  # the name can point elsewhere tomorrow


def test_a_name_that_changes_its_mind_never_reaches_inside(make_client: MakeClient, canary: Canary) -> None:
    """DNS rebinding: each connection resolves once and goes to the very address that was checked."""
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["127.10.1.1"] if len(asked) % 2 else ["127.66.0.1"]

    def closing(seen: Seen) -> bytes:
        return reply(b"kabar", connection="close")

    with serving(closing) as village:
        client = make_client(resolver=resolver)
        outcomes = []
        for _ in range(20):
            try:
                outcomes.append(client.get(f"http://desa.test:{village.port}/").body)
            except FetchError as error:
                outcomes.append(error.reason.encode())
    assert outcomes == [b"kabar", b"blocked_address"] * 10
    assert len(asked) == 20
    assert village.seen[0].headers["host"] == f"desa.test:{village.port}"


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 8080])
def test_only_web_ports_of_public_hosts_are_asked(port: int, make_client: MakeClient) -> None:
    lookups: list[str] = []
    client = make_client(allow_private=(), resolver=lambda host: lookups.append(host) or ["93.184.215.14"])
    with pytest.raises(FetchError) as caught:
        client.get(f"http://desa.test:{port}/")
    assert caught.value.reason == "blocked_address"
    assert str(port) in caught.value.detail
    assert lookups == []


def test_an_exception_for_some_addresses_opens_no_port_elsewhere(make_client: MakeClient) -> None:
    client = make_client(resolver=lambda host: ["93.184.215.14"])
    with pytest.raises(FetchError, match="neither 80 nor 443"):
        client.get("http://desa.test:6379/")


def test_check_tells_before_anything_is_saved(make_client: MakeClient, canary: Canary) -> None:
    client = make_client(resolver=lambda host: ["127.66.0.1"] if "jahat" in host else ["127.10.1.1"])
    client.check("http://baik.test:9/")
    for url, reason in [("http://jahat.test/", "blocked_address"), ("file:///etc/passwd", "bad_url")]:
        with pytest.raises(FetchError) as caught:
            client.check(url)
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    "url",
    [
        "",
        "desa.id",
        "//desa.id/",
        "ftp://desa.id/",
        "file:///etc/passwd",
        "gopher://desa.id/",
        "data:text/plain,halo",
        "javascript:alert(1)",
        "http://",
        "http:///127.0.0.1/",
        "http://good@127.0.0.1/",
        "http://user:rahasia@desa.id/",
        "http://desa.id:99999/",
        "http://desa.id:0/",
        "http://desa.id:abc/",
        "http://desa.id:/",
        "http://::1/",
        "http://[::1/",
        "http://[::gg]/",
        "http://desa..id/",
        "http://-desa.id/",
        "http://desa id/",
        "http://desa.id\\@127.0.0.1/",
        "http://127.0.0.1\\desa.id/",
        "http:\\\\127.0.0.1/",
        "http://desa.id/\r\nX-Evil: 1",
        "http://de\tsa.id/",
        "http://desa.id%00.test/",
        "http://" + "a" * 64 + ".id/",
        "http://" + "a." * 200 + "id/",
        "http://" + "é" * 5000 + ".id/",
        "http://desa.id/" + "a" * 5000,
    ],
)
def test_an_unusable_url_is_refused_without_being_repeated(url: str, client: HttpClient) -> None:
    with pytest.raises(FetchError) as caught:
        client.get(url)
    assert caught.value.reason == "bad_url"
    assert "rahasia" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_user_information_hidden_in_a_fragment_does_not_change_the_host(
    client: HttpClient, canary: Canary
) -> None:
    with pytest.raises(FetchError) as caught:
        client.get(f"http://127.0.0.1:{canary.port}#@good/")
    assert caught.value.reason == "blocked_address"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        (" http://Desa.ID ", "http://desa.id/"),
        ("https://desa.id:443/a#top", "https://desa.id/a"),
        ("http://desa.id.:8000/?q=1", "http://desa.id:8000/?q=1"),
        ("http://desa.id/kabar desa/é?judul=kerja bakti", None),
        ("http://désa.id/", "http://xn--dsa-bma.id/"),
        ("http://desa_maju.id/%7Efeed", "http://desa_maju.id/%7Efeed"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_a_usable_url_is_brought_into_one_form(url: str, normal: str | None) -> None:
    expected = normal or "http://desa.id/kabar%20desa/%C3%A9?judul=kerja%20bakti"
    assert parse_target(url).url == expected


def test_http_and_https_of_a_host_share_a_lane_and_odd_ports_do_not() -> None:
    lanes = [parse_target(url).lane for url in ("http://a.id/", "https://a.id/x", "http://a.id:8001/")]
    assert lanes == ["a.id", "a.id", "a.id:8001"]


def test_the_system_resolver_is_used_by_default(make_client: MakeClient) -> None:
    socket.getaddrinfo("localhost", 80)
    client = make_client(allow_private=["127.0.0.0/8", "::1/128"])
    client.check("http://localhost:8000/")
