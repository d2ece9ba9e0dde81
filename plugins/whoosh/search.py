"""From a query to an ordered page of ids with counts."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from hub.spec import HALF_LIFE, RECENCY, Filters, Hit, Hits, Query, SearchWish
from plugins.whoosh.match import Matcher, Scores
from plugins.whoosh.reader import Segment, Snapshot
from plugins.whoosh.stories import Match, Order, repeated, told_once

DAY = 86_400


@dataclass(slots=True)
class Part:
    """One segment's share of the answer: its living, filtered matches."""

    segment: Segment
    groups: list[Scores]
    allowed: Callable[[Collection[int]], list[int]]
    strict: Scores

    def relaxed(self, minimum: int) -> Scores:
        """Documents in at least ``minimum`` groups but not in all."""
        sums: Scores = {}
        held: dict[int, int] = {}
        for group in self.groups:
            for doc, score in group.items():
                sums[doc] = sums.get(doc, 0.0) + score
                held[doc] = held.get(doc, 0) + 1
        enough = [doc for doc, count in held.items() if count >= minimum and doc not in self.strict]
        return {doc: sums[doc] for doc in self.allowed(enough)}


def search(snapshot: Snapshot, query: Query, wish: SearchWish) -> Hits:
    parts = [_part(segment, deleted, Matcher(query, snapshot), wish) for segment, deleted in snapshot.parts]

    def order(segment: Segment, scores: Scores) -> Callable[[int], float]:
        return _order(segment, scores, wish)

    counted = [(part.segment, part.strict) for part in parts]
    matches, told = told_once(counted, order)
    total = sum(len(scores) for _, scores in matches)
    end = wish.offset + wish.limit
    hits = [Hit(id_, score) for score, id_ in _top(matches, order, end)[wish.offset :]]
    if total < end and query.minimum:
        loose = [(part.segment, part.relaxed(query.minimum)) for part in parts]
        once, _ = told_once(loose, order, told)
        page = _top(once, order, end - total)[max(0, wish.offset - total) :]
        hits += [Hit(id_, score, strict=False) for score, id_ in page]
        counted = counted if total else loose
    return Hits(total, tuple(hits), {name: _counts(name, counted) for name in wish.facets})


def _part(segment: Segment, deleted: frozenset[int], matcher: Matcher, wish: SearchWish) -> Part:
    gone = deleted | matcher.excluded(segment)

    def allowed(docs: Collection[int]) -> list[int]:
        kept = _filtered(segment, docs, wish.filters)
        return [doc for doc in kept if doc not in gone] if gone else list(kept)

    if not matcher.query.groups:
        return Part(segment, [], allowed, dict.fromkeys(allowed(range(len(segment))), 0.0))
    groups = matcher.groups(segment)
    first, *others = sorted(groups, key=len)
    strict = {doc: first[doc] for doc in allowed(first)}
    for other in others:
        strict = {doc: score + other[doc] for doc, score in strict.items() if doc in other}
    return Part(segment, groups, allowed, strict)


def _filtered(segment: Segment, docs: Collection[int], filters: Filters) -> Collection[int]:
    columns = segment.columns
    site = None if filters.site is None else str(filters.site)
    wanted = {
        "village": filters.village,
        "kecamatan": filters.kecamatan,
        "site": site,
        "topic": filters.topic,
    }
    for name, value in wanted.items():
        if value is not None:
            column = columns.facets[name]
            codes, right = column.codes, column.codes_of(value)
            docs = [doc for doc in docs if codes[doc] in right]
    sort_at = columns.sort_at
    if filters.since is not None:
        since = filters.since.timestamp()
        docs = [doc for doc in docs if sort_at[doc] >= since]
    if filters.until is not None:
        until = filters.until.timestamp()
        docs = [doc for doc in docs if sort_at[doc] < until]
    return docs


def _top(matches: list[Match], order: Order, count: int) -> list[tuple[float, int]]:
    """The first ``count`` of all segments: (score, id), best first."""
    best: list[tuple[float, int]] = []
    for segment, scores in matches:
        key = order(segment, scores)
        ids = segment.columns.ids
        best += [(key(doc), ids[doc]) for doc in heapq.nlargest(count, scores, key=key)]
    best.sort(reverse=True)
    return best[:count]


def _order(segment: Segment, scores: Scores, wish: SearchWish) -> Callable[[int], float]:
    if wish.sort == "newest" or not any(scores.values()):
        return segment.columns.sort_at.__getitem__
    if not wish.now:
        return scores.__getitem__
    fresh = segment.freshness(wish.now // DAY, HALF_LIFE)
    return lambda doc: scores[doc] * (1.0 + RECENCY * fresh[doc])


def _counts(facet: str, matches: list[Match]) -> dict[str, int]:
    """Value -> number of stories, commonest first; the empty value is not counted."""
    counts: Counter[str] = Counter()
    for segment, scores in matches:
        column = segment.columns.facets[facet]
        for code, count in Counter(map(column.codes.__getitem__, scores)).items():
            for value in column.table[code]:
                counts[value] += count
    counts.subtract(repeated(matches, facet))
    counts.pop("", None)
    return dict(counts.most_common())
