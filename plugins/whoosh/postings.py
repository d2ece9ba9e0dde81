"""Posting lists and the sorted table of terms, written and read a whole list at a time.

A list is four parallel or consecutive arrays: document numbers, weights, and, for words that stand in
the text as such, how often and where. Arrays go to and from disk in one piece, which is what makes an
index in pure Python quick; each list carries a checksum.

Files of a segment: ``.pst`` the lists one after another; ``.trm`` the terms in order, each with a record
of where its list is.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plugins.whoosh.files import DurableStorage

MAGIC = b"KPST"
_RECORD = struct.Struct("<IIQIII")
#: Lists above this many bytes are compressed; most are far below.
COMPRESS_FROM = 1024


class Corrupt(Exception):
    """The bytes on disk are not what was written."""


@dataclass(slots=True)
class Postings:
    """The documents of one term. ``counts`` and ``positions`` are empty for a mere stem; else
    ``counts[n]`` positions of document ``ids[n]`` follow one another in ``positions``."""

    ids: array[int]
    weights: array[float]
    counts: array[int]
    positions: array[int]


@dataclass(frozen=True, slots=True)
class Record:
    """``df`` documents hold the term, ``raw`` of them as a word of the text."""

    df: int
    raw: int
    offset: int
    length: int
    places: int
    checksum: int


def _pack(data: bytes) -> bytes:
    return b"z" + zlib.compress(data, 1) if len(data) > COMPRESS_FROM else b"-" + data


def _unpack(data: bytes) -> bytes:
    return zlib.decompress(data[1:]) if data[:1] == b"z" else data[1:]


def _array(typecode: str, data: bytes) -> array[Any]:
    values: array[Any] = array(typecode)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _bytes(values: array[Any]) -> bytes:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


class PostingsWriter:
    """Takes terms in order. Nothing is created on disk before the first one."""

    def __init__(self, storage: DurableStorage, segment: Any) -> None:
        self._storage, self._segment = storage, segment
        self._file: Any = None
        self._keys: list[bytes] = []
        self._records: list[bytes] = []
        self._offset = len(MAGIC)
        self.is_closed = False

    def add(self, key: bytes, postings: Postings) -> None:
        if self._file is None:
            self._file = self._segment.create_file(self._storage, ".pst")
            self._file.write(MAGIC)
        head = _pack(_bytes(postings.ids) + _bytes(postings.weights))
        tail = b""
        raw = 0
        if postings.positions:
            raw = len(postings.counts) - postings.counts.count(0)
            tail = _pack(_bytes(postings.counts) + _bytes(postings.positions))
        data = head + tail
        self._file.write(data)
        self._keys.append(key)
        self._records.append(
            _RECORD.pack(len(postings.ids), raw, self._offset, len(head), len(tail), zlib.crc32(data))
        )
        self._offset += len(data)

    def close(self) -> None:
        self.is_closed = True
        if self._file is None:
            return
        self._file.close()
        starts = array("I", [0])
        for key in self._keys:
            starts.append(starts[-1] + len(key))
        body = _bytes(starts) + b"".join(self._records) + b"".join(self._keys)
        terms = self._segment.create_file(self._storage, ".trm")
        terms.write(MAGIC + struct.pack("<II", len(self._keys), zlib.crc32(body)) + body)
        terms.close()


class PostingsReader:
    """Looks terms up and reads their lists; may be used by several threads."""

    def __init__(self, storage: DurableStorage, segment: Any) -> None:
        self._terms = storage.map_file(segment.make_filename(".trm"))
        self._lists = storage.map_file(segment.make_filename(".pst"))
        count, checksum = struct.unpack("<II", self._terms.get(4, 8))
        size = self._terms.file.size() - 12
        if self._terms.get(0, 4) != MAGIC or zlib.crc32(self._terms.get(12, size)) != checksum:
            raise Corrupt("the list of terms is damaged")
        self._starts = _array("I", self._terms.get(12, 4 * (count + 1)))
        self._record_base = 12 + 4 * (count + 1)
        self._key_base = self._record_base + count * _RECORD.size

    def _key(self, at: int) -> bytes:
        starts = self._starts
        return self._terms.get(self._key_base + starts[at], starts[at + 1] - starts[at])

    def _record(self, at: int) -> Record:
        data = self._terms.get(self._record_base + at * _RECORD.size, _RECORD.size)
        return Record(*_RECORD.unpack(data))

    def _position(self, key: bytes) -> int:
        """Where ``key`` is or would be."""
        low, high = 0, len(self._starts) - 1
        while low < high:
            middle = (low + high) // 2
            if self._key(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, key: bytes) -> Record | None:
        at = self._position(key)
        if at < len(self._starts) - 1 and self._key(at) == key:
            return self._record(at)
        return None

    def beginning(self, prefix: bytes) -> Iterator[tuple[bytes, Record]]:
        """Terms that begin with ``prefix``, in order."""
        for at in range(self._position(prefix), len(self._starts) - 1):
            key = self._key(at)
            if not key.startswith(prefix):
                return
            yield key, self._record(at)

    def read(self, record: Record) -> Postings:
        """Raises Corrupt where the list is damaged."""
        data = self._lists.get(record.offset, record.length + record.places)
        if zlib.crc32(data) != record.checksum:
            raise Corrupt("a list of the index is damaged")
        head = _unpack(data[: record.length])
        ids, weights = _array("I", head[: 4 * record.df]), _array("f", head[4 * record.df :])
        if not record.places:
            return Postings(ids, weights, array("H"), array("H"))
        tail = _unpack(data[record.length :])
        return Postings(ids, weights, _array("H", tail[: 2 * record.df]), _array("H", tail[2 * record.df :]))

    def all(self) -> Iterator[tuple[bytes, Postings]]:
        """Every term with its list, in order: for merging."""
        for key, record in self.beginning(b""):
            yield key, self.read(record)

    def close(self) -> None:
        self._terms.close()
        self._lists.close()
