"""Posting lists and the sorted table of terms, written and read a whole list at a time.

A list is four arrays: document numbers, weights, and, for words that stand in the text as such, how often
and where. Arrays go to and from disk in one piece, which is what makes an index in pure Python quick;
each list carries a checksum, so that a flipped bit is noticed and never answered from.

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
from typing import Any, NamedTuple

from plugins.whoosh.files import DurableStorage

#: Arrays are in the machine's own byte order; an index made elsewhere is rebuilt, not read.
MAGIC = b"KP1" + sys.byteorder[:1].encode()
HEAD = 12
_RECORD = struct.Struct("=IIQIII")
#: Lists of so many documents are compressed; most have one or two.
COMPRESS_FROM = 128


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


class Record(NamedTuple):
    """``df`` documents hold the term, ``raw`` of them as a word of the text. ``length`` bytes of numbers
    and weights begin at ``offset``, ``places`` bytes of counts and positions follow."""

    df: int
    raw: int
    offset: int
    length: int
    places: int
    checksum: int


def _array(typecode: str, data: bytes) -> array[Any]:
    values: array[Any] = array(typecode)
    values.frombytes(data)
    return values


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
        df = len(postings.ids)
        head, tail, raw = postings.ids.tobytes() + postings.weights.tobytes(), b"", 0
        if postings.positions:
            raw = df - postings.counts.count(0)
            tail = postings.counts.tobytes() + postings.positions.tobytes()
        if df >= COMPRESS_FROM:
            head, tail = zlib.compress(head, 1), zlib.compress(tail, 1) if tail else b""
        data = head + tail
        self._file.write(data)
        self._keys.append(key)
        self._records.append(_RECORD.pack(df, raw, self._offset, len(head), len(tail), zlib.crc32(data)))
        self._offset += len(data)

    def close(self) -> None:
        self.is_closed = True
        if self._file is None:
            return
        self._file.close()
        starts = array("I", [0])
        for key in self._keys:
            starts.append(starts[-1] + len(key))
        body = starts.tobytes() + b"".join(self._records) + b"".join(self._keys)
        terms = self._segment.create_file(self._storage, ".trm")
        terms.write(MAGIC + struct.pack("=II", len(self._keys), zlib.crc32(body)) + body)
        terms.close()


class PostingsReader:
    """Looks terms up and reads their lists; may be used by several threads.

    Raises:
        Corrupt: the table of terms, or later a list, is damaged.
    """

    def __init__(self, storage: DurableStorage, segment: Any) -> None:
        self._terms = storage.map_file(segment.make_filename(".trm"))
        self._lists = storage.map_file(segment.make_filename(".pst"))
        head = self._terms.get(0, HEAD)
        body = self._terms.get(HEAD, self._terms.file.size() - HEAD)
        if len(head) < HEAD or head[:4] != MAGIC:
            raise Corrupt("the list of terms is damaged")
        self._count, checksum = struct.unpack("=II", head[4:])
        if zlib.crc32(body) != checksum:
            raise Corrupt("the list of terms is damaged")
        self._starts = _array("I", body[: 4 * (self._count + 1)])
        self._record_base = HEAD + 4 * (self._count + 1)
        self._key_base = self._record_base + self._count * _RECORD.size

    def find(self, key: bytes) -> Record | None:
        at = self._position(key)
        if at < self._count and self._key(at) == key:
            return self._record(at)
        return None

    def beginning(self, prefix: bytes) -> Iterator[tuple[bytes, Record]]:
        """Terms that begin with ``prefix``, in order."""
        for at in range(self._position(prefix), self._count):
            key = self._key(at)
            if not key.startswith(prefix):
                return
            yield key, self._record(at)

    def read(self, record: Record, places: bool = False) -> Postings:
        """The list of a term, with counts and positions only if asked for."""
        data = self._lists.get(record.offset, record.length + record.places)
        if zlib.crc32(data) != record.checksum:
            raise Corrupt("a list of the index is damaged")
        df = record.df
        head, tail = data[: record.length], data[record.length :] if places else b""
        if df >= COMPRESS_FROM:
            head, tail = zlib.decompress(head), zlib.decompress(tail) if tail else b""
        return Postings(
            _array("I", head[: 4 * df]),
            _array("f", head[4 * df :]),
            _array("H", tail[: 2 * df]),
            _array("H", tail[2 * df :]),
        )

    def all(self) -> Iterator[tuple[bytes, Postings]]:
        """Every term with its list, in order: for merging."""
        size = self._count * _RECORD.size
        records = map(Record._make, _RECORD.iter_unpack(self._terms.get(self._record_base, size)))
        for at, record in enumerate(records):
            yield self._key(at), self.read(record, places=True)

    def close(self) -> None:
        self._terms.close()
        self._lists.close()

    def _key(self, at: int) -> bytes:
        starts = self._starts
        return self._terms.get(self._key_base + starts[at], starts[at + 1] - starts[at])

    def _record(self, at: int) -> Record:
        data = self._terms.get(self._record_base + at * _RECORD.size, _RECORD.size)
        return Record._make(_RECORD.unpack(data))

    def _position(self, key: bytes) -> int:
        """Where ``key`` is or would be."""
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._key(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low
