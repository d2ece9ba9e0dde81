"""Snapshots of the index: what one search sees from beginning to end."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh.index import TOC

from hub.spec import IndexVersion
from plugins.whoosh.columns import Columns
from plugins.whoosh.files import DurableStorage
from plugins.whoosh.postings import Postings, PostingsReader, Record

INDEX_NAME = "MAIN"
#: Decoded lists kept per segment, in postings; one takes eight bytes, more with its positions.
CACHED_POSTINGS = 2_000_000


class Segment:
    """An immutable part of the index, shared by all snapshots that hold it."""

    def __init__(self, storage: DurableStorage, segment: Any) -> None:
        codec = segment.codec()
        self.name: str = segment.segment_id()
        self.columns: Columns = codec.per_document_reader(storage, segment)
        self._terms: PostingsReader = codec.terms_reader(storage, segment)
        self._lists: dict[tuple[bytes, bool], Postings] = {}
        self._cached = 0
        self._norms: tuple[float, list[float]] = (0.0, [])
        self._fresh: tuple[int, list[float]] = (-1, [])
        self.total_length = sum(self.columns.lengths)
        #: document -> the story it tells with others
        self.groups = {doc: group for doc, group in enumerate(self.columns.groups) if group}

    def __len__(self) -> int:
        return len(self.columns.ids)

    def find(self, key: bytes) -> Record | None:
        return self._terms.find(key)

    def beginning(self, prefix: bytes) -> Iterable[tuple[bytes, Record]]:
        return self._terms.beginning(prefix)

    def all_postings(self) -> Iterable[tuple[bytes, Postings]]:
        return self._terms.all()

    def postings(self, key: bytes, places: bool = False) -> Postings | None:
        """The list of a term, from memory where it was asked for lately; with its positions if asked."""
        found = self._lists.get((key, places))
        if found is None:
            record = self._terms.find(key)
            if record is None or (places and not record.raw):
                return None
            found = self._terms.read(record, places)
            self._keep((key, places), found)
        return found

    def _keep(self, key: tuple[bytes, bool], postings: Postings) -> None:
        self._cached += len(postings.ids) + len(postings.positions)
        if self._cached > CACHED_POSTINGS:
            self._lists.clear()
            self._cached = len(postings.ids)
        self._lists[key] = postings

    def norms(self, k1: float, b: float, average: float) -> list[float]:
        """BM25's length norm of every document. The average is taken in steps of five per cent, so that
        a commit elsewhere seldom makes this anew."""
        step = 1.05 ** round(math.log(max(average, 1.0), 1.05))
        if self._norms[0] != step:
            by_length = [k1 * (1 - b + b * length / step) for length in range(max(self.columns.lengths) + 1)]
            self._norms = (step, [by_length[length] for length in self.columns.lengths])
        return self._norms[1]

    def freshness(self, day: int, half_life: float) -> list[float]:
        """1 for a post of today, halving every ``half_life`` days."""
        if self._fresh[0] != day:
            values = [0.5 ** (max(0, day - at // 86_400) / half_life) for at in self.columns.sort_at]
            self._fresh = (day, values)
        return self._fresh[1]

    def close(self) -> None:
        self._terms.close()


class Snapshot:
    """The segments of one generation with the documents deleted from each."""

    def __init__(self, version: IndexVersion, parts: list[tuple[Segment, frozenset[int]]]) -> None:
        self.version = version
        self.parts = parts
        self.size = sum(len(segment) for segment, _ in parts)
        self.documents = self.size - sum(len(deleted) for _, deleted in parts)
        length = sum(segment.total_length for segment, _ in parts)
        self.average_length = length / self.size if self.size else 1.0

    def df(self, key: bytes) -> int:
        records = (segment.find(key) for segment, _ in self.parts)
        return sum(record.df for record in records if record)

    def ids(self) -> set[int]:
        found: set[int] = set()
        for segment, deleted in self.parts:
            ids = segment.columns.ids
            found.update(id_ for number, id_ in enumerate(ids) if number not in deleted)
        return found


def generation(place: Path) -> int:
    """Of the last commit.

    Raises:
        FileNotFoundError: there is no index.
    """
    found: int = TOC._latest_generation(DurableStorage(str(place)), INDEX_NAME)
    if found < 0:
        raise FileNotFoundError(f"no index in {place}")
    return found


def open_snapshot(version: IndexVersion, place: Path, before: Snapshot | None = None) -> Snapshot:
    """That state of the index, with the segments that ``before`` has open already."""
    storage = DurableStorage(str(place))
    toc = TOC.read(storage, INDEX_NAME, gen=version[1])
    known = {segment.name: segment for segment, _ in before.parts} if before else {}
    parts = [
        (known.get(segment.segment_id()) or Segment(storage, segment), frozenset(segment.deleted_docs()))
        for segment in toc.segments
    ]
    return Snapshot(version, parts)
