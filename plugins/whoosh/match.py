"""Which documents of one segment a query matches, and how well: BM25 over whole posting lists."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hub.spec import Query, Term
from plugins.whoosh.postings import Postings
from plugins.whoosh.reader import Segment, Snapshot
from plugins.whoosh.writer import BODY_FROM, TITLE, WORD

#: BM25's two constants: how soon repetition stops to count, and how much length does.
K1, B = 1.2, 0.75
#: How much more than BM25 says a rare word counts. Whole questions carry many middling words around the one
#: or two that name their subject; found with tests/search/quality.py (1.0: success@10 lower by half a point).
RARITY = 1.4

Scores = dict[int, float]
Group = tuple[Term, ...]


class Matcher:
    """One query on one snapshot. Rarity is that of the whole index, so that scores of segments compare."""

    def __init__(self, query: Query, snapshot: Snapshot) -> None:
        self.query = query
        self._snapshot = snapshot
        self._idf: dict[bytes, float] = {}

    def idf(self, key: bytes) -> float:
        if key not in self._idf:
            df = self._snapshot.df(key)
            idf = math.log(1 + (self._snapshot.size - df + 0.5) / (df + 0.5)) if df else 0.0
            self._idf[key] = idf**RARITY
        return self._idf[key]

    def groups(self, segment: Segment) -> list[Scores]:
        """The documents of each group with their scores."""
        return [self._group(segment, group) for group in self.query.groups]

    def excluded(self, segment: Segment) -> set[int]:
        found: set[int] = set()
        for term in self.query.excluded:
            found.update(self._term(segment, term))
        return found

    def _group(self, segment: Segment, group: Group) -> Scores:
        best: Scores = {}
        for term in group:
            best = _best(best, self._term(segment, term))
        return best

    def _term(self, segment: Segment, term: Term) -> Scores:
        if term.phrase:
            return self._phrase(segment, term)
        kind = TITLE if term.field == "title" else WORD
        best: Scores = {}
        for form, weight in term.forms:
            key = kind + form.encode("utf-8", "surrogatepass")
            postings = segment.postings(key)
            if postings is not None:
                norms = segment.norms(K1, B, self._snapshot.average_length)
                best = _best(best, _scored(postings, norms, weight * self.idf(key)))
        return best

    def _phrase(self, segment: Segment, term: Term) -> Scores:
        keys = [WORD + word.encode("utf-8", "surrogatepass") for word in term.phrase]
        lists = []
        for key in keys:
            postings = segment.postings(key, places=True)
            if postings is None:
                return {}
            lists.append(postings)
        found = phrase_counts(lists, BODY_FROM if term.field == "title" else None)
        rarity = term.weight * sum(map(self.idf, keys))
        norms = segment.norms(K1, B, self._snapshot.average_length)
        return {doc: rarity * count / (count + norms[doc]) for doc, count in found.items()}


def _scored(postings: Postings, norms: list[float], rarity: float) -> Scores:
    return {
        doc: rarity * weight / (weight + norms[doc])
        for doc, weight in zip(postings.ids, postings.weights, strict=True)
    }


def _best(a: Scores, b: Scores) -> Scores:
    """The better score of each document in either."""
    if len(a) < len(b):
        a, b = b, a
    for doc, score in b.items():
        if score > a.get(doc, 0.0):
            a[doc] = score
    return a


def phrase_counts(lists: list[Postings], before: int | None = None) -> dict[int, int]:
    """Document -> how often the words stand in a row, looking only at positions below ``before``.

    A place is one number, document and position together; the places of the word that comes n-th are
    moved back by n, and the rarest word says which documents are worth looking at.
    """
    order = sorted(range(len(lists)), key=lambda n: len(lists[n].positions))
    starts: set[int] | None = None
    docs: set[int] | None = None
    for n in order:
        places = _places(lists[n], n, docs, before)
        starts = places if starts is None else starts & places
        docs = {place >> 16 for place in starts}
        if not starts:
            return {}
    counts: dict[int, int] = {}
    for place in starts or ():
        counts[place >> 16] = counts.get(place >> 16, 0) + 1
    return counts


def _places(postings: Postings, back: int, docs: set[int] | None, before: int | None) -> set[int]:
    found: set[int] = set()
    positions = postings.positions
    at = 0
    for doc, count in zip(postings.ids, postings.counts, strict=True):
        if count and (docs is None or doc in docs):
            base = (doc << 16) - back
            here: Iterable[int] = positions[at : at + count]
            if before is not None:
                here = (position for position in here if position < before)
            found.update([base + position for position in here if position >= back])
        at += count
    return found
