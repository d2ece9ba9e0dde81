"""One commit: deletions, new documents, and the merging that keeps the number of segments small."""

from __future__ import annotations

import heapq
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from whoosh.writing import SegmentWriter

from hub.spec import Document
from plugins.whoosh.codec import PostCodec
from plugins.whoosh.columns import Columns
from plugins.whoosh.postings import Postings
from plugins.whoosh.reader import Segment

#: How much more a word counts in the title, and in the names of the place a post comes from.
TITLE_BOOST = 3.0
PLACE_BOOST = 0.5
#: Positions of the body begin here, those of the title at 0: a phrase never runs from one to the other.
BODY_FROM = 1_000
LAST_POSITION = 0xFFFF
#: Merging starts when so many segments are of about one size, each size being so many times the last.
FANOUT = 8
SMALLEST = 32

WORD, TITLE = b"w", b"t"
Mapping = Callable[[Postings], Postings]


#: One document of a list in the making: its number, its weight, the places of the word itself, two bytes
#: each. Nothing in it is a container: hundreds of thousands of them would keep the garbage collector busy.
Entry = tuple[int, float, bytes]
#: Every position as its two bytes, in one string to cut from.
_PLACES = array("H", range(LAST_POSITION + 1)).tobytes()


class Batch:
    """New documents, inverted in memory."""

    def __init__(self) -> None:
        self.columns = Columns()
        self._words: defaultdict[str, list[Entry]] = defaultdict(list)
        self._titles: defaultdict[str, list[Entry]] = defaultdict(list)

    def add(self, document: Document) -> None:
        number = len(self.columns.ids)
        entries, places = self._words, _places(document)
        for form, weight in _weights(document).items():
            entries[form].append((number, weight, places.get(form, b"")))
        for form, count in Counter(chain.from_iterable(document.title)).items():
            self._titles[form].append((number, count, b""))
        self.columns.append(document, len(document.title) + len(document.body))

    def postings(self) -> Iterator[tuple[bytes, Postings]]:
        """Every term with its list, in order."""
        for kind, lists in ((TITLE, self._titles), (WORD, self._words)):
            for key, form in sorted((kind + form.encode("utf-8", "surrogatepass"), form) for form in lists):
                yield key, _postings(lists[form])


def _postings(entries: list[Entry]) -> Postings:
    if len(entries) == 1:  # half of all words occur in one post of a batch
        number, weight, at = entries[0]
        counts = array("H", (len(at) // 2,)) if at else array("H")
        return Postings(array("I", (number,)), array("f", (weight,)), counts, array("H", at))
    ids, weights, places = zip(*entries, strict=True)
    positions = array("H", b"".join(places))
    counts = array("H", [len(at) // 2 for at in places]) if positions else array("H")
    return Postings(array("I", ids), array("f", weights), counts, positions)


def _weights(document: Document) -> dict[str, float]:
    """Form -> how much it stands for in this document."""
    weights: dict[str, float] = Counter(chain.from_iterable(document.body))  # type: ignore[assignment]
    for forms, boost in ((document.title, TITLE_BOOST), (document.place, PLACE_BOOST)):
        for form in chain.from_iterable(forms):
            weights[form] = weights.get(form, 0) + boost
    return weights


def _places(document: Document) -> dict[str, bytes]:
    """Raw word -> its positions, two bytes each."""
    places: dict[str, bytes] = {}
    for first, end, tokens in ((0, BODY_FROM - 1, document.title), (BODY_FROM, LAST_POSITION, document.body)):
        for at, token in enumerate(tokens[: end - first], first):
            word = token[0]
            places[word] = places.get(word, b"") + _PLACES[2 * at : 2 * at + 2]
    return places


class PostWriter(SegmentWriter):  # type: ignore[misc]
    """A Whoosh writer that takes Documents, and merges by streaming whole lists.

    Raises:
        LockError: another writer is at work, and still is after ``timeout`` seconds.
    """

    def __init__(self, index: Any, timeout: float) -> None:
        super().__init__(index, timeout=timeout, delay=0.05, codec=PostCodec(), compound=False)
        self._batch = Batch()
        self._absorbed: list[tuple[Segment, frozenset[int]]] = []

    def put(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._batch.add(document)
        self._note()

    def drop(self, ids: set[int], opened: dict[str, Segment]) -> None:
        """Marks the documents with these post ids as deleted."""
        for segment in self.segments if ids else ():
            for number, id_ in enumerate(opened[segment.segment_id()].columns.ids):
                if id_ in ids:
                    segment.delete_document(number)

    def absorb(self, segment: Segment, deleted: frozenset[int]) -> None:
        """Takes the living documents of a segment over into the one being written."""
        self._absorbed.append((segment, deleted))
        self._note()

    def _note(self) -> None:
        living = sum(len(segment) - len(deleted) for segment, deleted in self._absorbed)
        self.docnum = living + len(self._batch.columns.ids)
        self._added = self.docnum > 0

    def _flush_segment(self) -> None:
        """Whoosh asks for the new segment to be written: merged streams of terms, then the columns."""
        columns: Columns = self.perdocwriter.columns
        streams = []
        for segment, deleted in self._absorbed:
            streams.append(_moved(segment.all_postings(), _renumber(len(columns.ids), len(segment), deleted)))
            for number in range(len(segment)):
                if number not in deleted:
                    columns.copy_from(segment.columns, number)
        new = self._batch.columns
        base = len(columns.ids)
        streams.append(
            _moved(self._batch.postings(), _renumber(base, len(new.ids), frozenset()))
            if base
            else self._batch.postings()
        )
        for number in range(len(new.ids)):
            columns.copy_from(new, number)
        for key, postings in _merged(streams):
            if postings.ids:
                self.fieldwriter.add(key, postings)


def _renumber(base: int, size: int, deleted: frozenset[int]) -> Mapping:
    """A function that moves a list into the new segment's numbers and leaves the deleted out."""
    if not deleted:
        return lambda postings: postings if base == 0 else _shifted(postings, base)
    new = []
    for number in range(size):
        new.append(-1 if number in deleted else base)
        base += number not in deleted
    return lambda postings: _survivors(postings, new)


def _shifted(postings: Postings, base: int) -> Postings:
    ids = array("I", [number + base for number in postings.ids])
    return Postings(ids, postings.weights, postings.counts, postings.positions)


def _survivors(postings: Postings, new: list[int]) -> Postings:
    kept: list[Entry] = []
    at = 0
    for number, weight, count in zip(postings.ids, postings.weights, _counts(postings), strict=True):
        if new[number] >= 0:
            kept.append((new[number], weight, postings.positions[at : at + count].tobytes()))
        at += count
    return _postings(kept) if kept else Postings(array("I"), array("f"), array("H"), array("H"))


def _counts(postings: Postings) -> array[int]:
    return postings.counts or array("H", bytes(2 * len(postings.ids)))


def _moved(items: Iterable[tuple[bytes, Postings]], move: Mapping) -> Iterator[tuple[bytes, Postings]]:
    return ((key, move(postings)) for key, postings in items)


def _merged(streams: list[Iterator[tuple[bytes, Postings]]]) -> Iterator[tuple[bytes, Postings]]:
    """Joins the lists of one term; the streams come in the order of their document numbers."""
    if len(streams) == 1:
        yield from streams[0]
        return
    ordered = heapq.merge(*streams, key=itemgetter(0))
    for key, group in groupby(ordered, key=itemgetter(0)):
        lists = [postings for _, postings in group if postings.ids]
        if lists:
            yield key, lists[0] if len(lists) == 1 else _joined(lists)


def _joined(lists: list[Postings]) -> Postings:
    whole = Postings(array("I"), array("f"), array("H"), array("H"))
    for part in lists:
        whole.ids += part.ids
        whole.weights += part.weights
        whole.counts += _counts(part)
        whole.positions += part.positions
    return whole


def merge_small(opened: dict[str, Segment]) -> Callable[[PostWriter, list[Any]], list[Any]]:
    """Whoosh's merge policy: when FANOUT segments are of about one size they become one of the next size.
    Every document is so rewritten a few times in its life, and their number stays logarithmic."""

    def policy(writer: PostWriter, segments: list[Any]) -> list[Any]:
        levels: dict[int, list[Any]] = {}
        for segment in segments:
            levels.setdefault(_level(segment.doc_count()), []).append(segment)
        chosen = next((full for _, full in sorted(levels.items()) if len(full) >= FANOUT), [])
        return _absorb(writer, chosen, opened, segments)

    return policy


def _level(documents: int) -> int:
    return int(math.log(max(documents, SMALLEST) / SMALLEST, FANOUT))


def merge_all(opened: dict[str, Segment]) -> Callable[[PostWriter, list[Any]], list[Any]]:
    return lambda writer, segments: _absorb(writer, segments, opened, segments)


def _absorb(
    writer: PostWriter, chosen: list[Any], opened: dict[str, Segment], segments: list[Any]
) -> list[Any]:
    for segment in chosen:
        writer.absorb(opened[segment.segment_id()], frozenset(segment.deleted_docs()))
    return [segment for segment in segments if segment not in chosen]
