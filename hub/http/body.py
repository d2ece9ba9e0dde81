"""Reading an answer's body: decoded piece by piece under a cap, complete or an error."""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli

from hub.errors import FetchError
from hub.http.wire import TimedResponse

PIECE = 64 * 1024
_MAX_MEMBERS = 64
ACCEPTED_ENCODINGS = "gzip, deflate, br"


class TooLarge(Exception):
    """The body is larger than the cap; ``start`` is what was read up to it."""

    def __init__(self, start: bytes) -> None:
        super().__init__()
        self.start = start


class _Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes:
        """Decode, giving out at most ``room`` + 1 bytes more; what does not fit is not decoded."""
        ...

    def finished(self) -> bool:
        """Whether the encoded stream came to its proper end."""
        ...


class _Identity:
    def feed(self, data: bytes, room: int) -> bytes:
        return data

    def finished(self) -> bool:
        return True


class _Zlib:
    """gzip (also several members in a row, as RFC 1952 allows) and deflate, with or without zlib header:
    servers disagree about what "deflate" means, so the first two bytes decide."""

    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._stream: zlib._Decompress | None = None
        self._held = b""
        self._members = 1

    def feed(self, data: bytes, room: int) -> bytes:
        data = self._held + data
        self._held = b""
        if self._stream is None:
            if len(data) < 2:
                self._held = data
                return b""
            self._stream = zlib.decompressobj(self._window(data))
        out = self._stream.decompress(data, room + 1)
        while self._gzip and self._stream.eof and self._stream.unused_data[:2] == b"\x1f\x8b":
            self._members += 1
            if self._members > _MAX_MEMBERS:
                raise zlib.error("too many gzip members")
            rest = self._stream.unused_data
            self._stream = zlib.decompressobj(31)
            out += self._stream.decompress(rest, max(room - len(out), 0) + 1)
        return out

    def finished(self) -> bool:
        return self._stream is not None and self._stream.eof

    def _window(self, start: bytes) -> int:
        if self._gzip:
            return 31
        has_header = start[0] & 15 == 8 and int.from_bytes(start[:2], "big") % 31 == 0
        return 15 if has_header else -15


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        out: bytes = self._stream.process(data, output_buffer_limit=room + 1)
        return out

    def finished(self) -> bool:
        return bool(self._stream.is_finished())


def _decoder(encoding: str) -> _Decoder:
    match encoding.strip().lower():
        case "" | "identity":
            return _Identity()
        case "gzip" | "x-gzip":
            return _Zlib(gzip=True)
        case "deflate":
            return _Zlib(gzip=False)
        case "br":
            return _Brotli()
    # Stacked encodings multiply a bomb, and nobody asked for any other.
    raise FetchError("not_a_feed", f"content encoding {encoding[:60]!r} was not asked for")


def read_body(response: TimedResponse, cap: int) -> bytes:
    """The whole decoded body.

    Raises:
        TooLarge: past ``cap`` decoded bytes, or as many encoded ones (an encoding that blows up or that
            never gives anything out is no use either way).
        FetchError: ``not_a_feed`` for an encoding that was not asked for or does not decode;
            ``unreachable`` for a body that ended early.
    """
    encoding = response.getheader("content-encoding", "")
    if response.length is not None and response.length > cap:
        raise TooLarge(b"")
    decoder = _decoder(encoding)
    parts: list[bytes] = []
    room, raw_room = cap, cap
    while data := response.read(PIECE):
        raw_room -= len(data)
        part = _decode(decoder, data, room, encoding)
        room -= len(part)
        parts.append(part)
        if room < 0 or raw_room < 0:
            raise TooLarge(b"".join(parts)[:cap])
    if response.length:
        raise FetchError("unreachable", f"the answer ended {response.length} bytes early")
    if parts and not decoder.finished():
        raise FetchError("unreachable", f"the {encoding} answer ended early")
    return b"".join(parts)


def _decode(decoder: _Decoder, data: bytes, room: int, encoding: str) -> bytes:
    try:
        return decoder.feed(data, room)
    except (zlib.error, brotli.error) as error:
        raise FetchError("not_a_feed", f"the answer is not {encoding}: {error}") from error
