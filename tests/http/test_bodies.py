"""Bodies: decoded, capped, complete; and headers that are no use."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from tests.http.villages import Line, Village, reply, serving

TEXT = b"<rss><channel><title>Kabar Desa Bonda</title></channel></rss>" * 50
MIB = 2**20
CAP = MIB
#: What a client that stops at the cap may leave on the way: socket buffers of both sides.
ON_THE_WAY = 12 * MIB


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def chunked(data: bytes, size: int = 700) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:])),
        ("gzip", lambda data: gzip.compress(data) + b"\0\0trailing rubbish"),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
    ],
)
def test_a_body_is_decoded(encoding: str, encode: Callable[[bytes], bytes], client: HttpClient) -> None:
    packed = encode(TEXT)
    bodies = iter([reply(packed, content_encoding=encoding), _chunked_reply(packed, encoding)])
    with serving(lambda seen: next(bodies)) as village:
        assert client.get(village.url).body == TEXT
        assert client.get(village.url + "chunked").body == TEXT
        assert village.connections == 1


def _chunked_reply(data: bytes, encoding: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {encoding}\r\n\r\n"
    return head.encode() + chunked(data)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_an_empty_body_with_an_encoding_is_empty(encoding: str, client: HttpClient) -> None:
    with serving(lambda seen: reply(b"", content_encoding=encoding)) as village:
        assert client.get(village.url).body == b""


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT))),
        (", ".join(["gzip"] * 100), TEXT),
        ("zstd", b"(\xb5/\xfd\x04\x00"),
        ("kode-sandi", TEXT),
        ("gzip", TEXT),
        ("br", b"\xff" * 500),
        ("deflate", b"\xff" * 500),
        ("gzip", gzip.compress(b"") * 200),
    ],
)
def test_an_encoding_that_was_not_asked_for_or_lies_is_refused(
    encoding: str, body: bytes, client: HttpClient
) -> None:
    answer = reply(body, content_encoding=encoding)
    with serving(lambda seen: answer) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "not_a_feed"
    assert caught.value.url == village.url


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n",
        reply(gzip.compress(TEXT)[:-20], content_encoding="gzip"),
        reply(brotli.compress(TEXT)[:-9], content_encoding="br"),
        reply(zlib.compress(TEXT)[:-9], content_encoding="deflate"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f",
        b"HTTP/1.1 200 OK\r\nContent-Leng",
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_an_answer_that_ends_early_is_no_answer(
    answer: bytes, make_client: Callable[..., HttpClient]
) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(answer)

    client = make_client(max_bytes=2 * 10**9)
    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "unreachable"


def test_more_than_was_announced_is_not_read(client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")
        while True:
            line.send(b"x" * 65536)

    with Village(script) as village:
        assert client.get(village.url).body == b"0123456789"
        assert client.get(village.url).body == b"0123456789"
        assert village.connections == 2  # what follows must not be taken for the next answer


def test_a_large_announced_body_is_refused_before_it_is_read(client: HttpClient) -> None:
    with serving(lambda seen: reply(b"x" * (CAP + 1))) as village:
        with pytest.raises(FetchError) as caught:
            client.get(village.url, max_bytes=CAP)
        assert client.get(village.url, max_bytes=CAP + 1).status == 200
    assert (caught.value.reason, caught.value.status) == ("too_large", 200)


@pytest.mark.parametrize("transfer", ["plain", "chunked"])
def test_an_endless_body_is_cut_at_the_cap(transfer: str, client: HttpClient) -> None:
    sent = [0]

    def script(line: Line) -> None:
        line.request()
        line.send(
            b"HTTP/1.1 200 OK\r\n" + (b"" if transfer == "plain" else b"Transfer-Encoding: chunked\r\n")
        )
        line.send(b"\r\n")
        block = b"x" * 65536
        block = block if transfer == "plain" else b"10000\r\n" + block + b"\r\n"
        while True:
            line.send(block)
            sent[0] += len(block)

    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(village.url, max_bytes=CAP)
    assert caught.value.reason == "too_large"
    assert sent[0] < CAP + ON_THE_WAY


def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(200 * MIB), 9)


def _brotli_bomb() -> bytes:
    return brotli.compress(bytes(200 * MIB), quality=3)


def _many_members() -> bytes:
    return gzip.compress(bytes(10 * MIB)) * 40


@pytest.mark.parametrize(
    ("encoding", "bomb"), [("gzip", _gzip_bomb), ("br", _brotli_bomb), ("gzip", _many_members)]
)
def test_a_bomb_goes_off_inside_the_cap(encoding: str, bomb: Callable[[], bytes], client: HttpClient) -> None:
    answer = reply(bomb(), content_encoding=encoding)
    with serving(lambda seen: answer) as village:
        tracemalloc.start()
        try:
            with pytest.raises(FetchError) as caught:
                client.get(village.url, max_bytes=CAP)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert caught.value.reason == "too_large"
    assert peak < 10 * MIB


def test_an_encoding_that_never_gives_anything_out_is_cut_too(client: HttpClient) -> None:
    """Endless empty deflate blocks decode to nothing at all."""

    def script(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n")
        while True:
            line.send(b"\x00\x00\x00\xff\xff" * 8192)

    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(village.url, max_bytes=CAP)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "fields",
    [
        b"X-Long: " + b"a" * 200_000 + b"\r\n",
        b"".join(b"X-%d: a\r\n" % number for number in range(2000)),
        b"".join(b"X-%d: %b\r\n" % (number, b"a" * 2000) for number in range(50)),
    ],
)
def test_a_flood_of_headers_is_refused(fields: bytes, client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 2\r\n\r\nok")

    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "too_large"


def test_endless_interim_answers_are_a_flood_too(client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        while True:
            line.send(b"HTTP/1.1 100 Continue\r\nX-Wait: please\r\n\r\n" * 100)

    with Village(script) as village, pytest.raises(FetchError) as caught:
        client.get(village.url)
    assert caught.value.reason == "too_large"


def test_many_large_but_allowed_headers_are_read(client: HttpClient) -> None:
    fields = {f"x_{number}": "a" * 700 for number in range(80)}
    with serving(lambda seen: reply(b"ok", **fields)) as village:
        assert client.get(village.url).headers["X-79"] == "a" * 700


def test_odd_headers_do_no_harm(client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(
            b"HTTP/1.1 200 OK\r\nX-Bad: a\rSet-Cookie: b\r\nX-Folded: one\r\n  two\r\n"
            b"Link: <a>\r\nLink: <b>\r\n"
            b"X-Name: D\xc3\xa9sa\r\nContent-Length: 2\r\n\r\nok"
        )

    with Village(script) as village:
        answer = client.get(village.url)
    assert answer.body == b"ok"
    assert answer.headers["link"] == "<a>, <b>"
    assert answer.headers["x-folded"] == "one two"
    assert not any("\r" in value or "\n" in value for value in answer.headers.values())


def test_a_client_reads_bodies_that_are_ended_by_hanging_up(client: HttpClient) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml; charset=UTF-8\r\n\r\n" + TEXT)

    with Village(script) as village:
        answer = client.get(village.url)
    assert (answer.body, answer.content_type, answer.charset) == (TEXT, "text/xml", "utf-8")
