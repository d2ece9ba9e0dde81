"""From a query to an ordered page of stories with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tantivy
from tantivy import Occur
from tantivy import Query as Wanted

from hub.spec import HALF_LIFE, RECENCY, Hit, Hits, Query, SearchWish
from plugins.tantivy.fields import CODES, SLICES, code, moment, schema, told
from plugins.tantivy.match import Matcher

DAY = 86_400
#: Candidates at first, of many matches one in so many; how much more are taken where they do not suffice, and
#: at most: past that, thousands are about equally good, and the newest of the candidates come first.
FIRST, ONE_IN, MORE, MOST = 400, 20, 6, 20_000
#: Values of one facet, and stories with several matches, that are counted at once; the library lets an answer
#: hold 65,000 of all together.
VALUES, AT_ONCE = 5_000, 9_000

Ranked = list[tuple[float, int]]


@dataclass(slots=True)
class Counted:
    """``total`` stories, and stories per value of each facet."""

    total: int
    facets: dict[str, Counter[str]]


def search(searcher: tantivy.Searcher, query: Query, wish: SearchWish) -> Hits:
    matcher = Matcher(query, searcher)
    end = wish.offset + wish.limit
    strict = matcher.strict(wish.filters)
    counted = _count(searcher, strict, wish.facets)
    total = counted.total
    ranking = Ranking(searcher, wish.sort == "newest" or not query.groups, wish.now // DAY)
    first = ranking.first(strict, min(end, total), total, ())
    hits = [Hit(id_, score) for score, id_ in first[wish.offset :]]
    if total < end and query.minimum:
        relaxed = matcher.relaxed(wish.filters)
        more = ranking.first(relaxed, end - total, 0, _groups(searcher, strict) if total else ())
        hits += [Hit(id_, score, strict=False) for score, id_ in more[max(0, wish.offset - total) :]]
        if not total and wish.facets:
            counted = _count(searcher, relaxed, wish.facets)
    return Hits(total, tuple(hits), {name: _commonest(counts) for name, counts in counted.facets.items()})


# -- order ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order asked for: by date, or the best as seen from ``today`` (days since 1970, 0: whenever). The
    library knows nothing of freshness: what it ranked is ordered anew, until nothing that is left could come
    before if it were of today."""

    searcher: tantivy.Searcher
    by_date: bool
    today: int

    def first(self, query: Wanted, count: int, matches: int, without: Collection[int]) -> Ranked:
        """The first ``count`` stories that are not among ``without``: (score or moment, id). ``matches``: how
        many there are, about."""
        if count <= 0:
            return []
        limit = max(FIRST, 2 * count, 0 if self.by_date else matches // ONE_IN)
        most = self.searcher.num_docs if self.by_date else max(MOST, 2 * count)
        while True:
            limit = min(limit, most)
            found = self._candidates(query, limit)
            stories = found.stories(without, count)
            if len(found.orders) < limit or limit == most or self._enough(found, stories, count):
                return found.ranked(stories)
            limit *= MORE

    def _candidates(self, query: Wanted, limit: int) -> _Candidates:
        by = "order" if self.by_date else None
        hits = self.searcher.search(query, limit, count=False, order_by_field=by).hits
        found = _Candidates(self.searcher, [address for _, address in hits])
        if self.by_date:
            found.scores = [moment(order) for order in found.orders]
        else:
            found.scores = [score for score, _ in hits]
        if not self.by_date and self.today and hits:
            found.highest_left = hits[-1][0] * (1.0 + RECENCY)
            ages = (self.today - moment(order) // DAY for order in found.orders)
            found.scores = [score * _freshness(age) for score, age in zip(found.scores, ages, strict=True)]
        elif hits:
            found.highest_left = found.scores[-1]
        return found

    def _enough(self, found: _Candidates, stories: list[int], count: int) -> bool:
        return len(stories) == count and (self.by_date or found.scores[stories[-1]] > found.highest_left)


class _Candidates:
    """Posts that the library ranked first, with their final ``scores``. ``highest_left``: what the others are
    worth at most."""

    def __init__(self, searcher: tantivy.Searcher, addresses: list[tantivy.DocAddress]) -> None:
        self._searcher, self._addresses = searcher, addresses
        self.orders = self._column("order", addresses)
        self._groups: list[Any] = searcher.fast_field_values("group", addresses)
        self.scores: list[float] = []
        self.highest_left = 0.0

    def stories(self, without: Collection[int], count: int) -> list[int]:
        """Numbers of the first ``count`` candidates in order, one a story."""
        seen = set(without)
        kept: list[int] = []
        key = list(zip(self.scores, self.orders, strict=True)).__getitem__
        for n in sorted(range(len(self.scores)), key=key, reverse=True):
            group = self._groups[n]
            if group is None or group not in seen:
                kept.append(n)
                if len(kept) == count:
                    break
                if group is not None:
                    seen.add(group)
        return kept

    def ranked(self, numbers: Sequence[int]) -> Ranked:
        ids = self._column("id", [self._addresses[n] for n in numbers])
        return [(float(self.scores[n]), id_) for n, id_ in zip(numbers, ids, strict=True)]

    def _column(self, name: str, addresses: list[tantivy.DocAddress]) -> list[int]:
        found: list[Any] = self._searcher.fast_field_values(name, addresses)
        return found


@lru_cache(maxsize=10_000)
def _freshness(age: int) -> float:
    """Of a post of so many days."""
    return float(1.0 + RECENCY * 0.5 ** (max(0, age) / HALF_LIFE))


# -- counts --------------------------------------------------------------------------------------------


def _count(searcher: tantivy.Searcher, query: Wanted, facets: Sequence[str]) -> Counted:
    """Posts counted by the library, less those that tell a story which is counted already."""
    wanted: dict[str, Any] = {name: _terms(name, VALUES) for name in facets}
    found = searcher.aggregate(query, wanted | {"posts": {"value_count": {"field": "id"}}} | _retold(facets))
    values = {name: {each["key"]: each["doc_count"] for each in found[name]["buckets"]} for name in facets}
    counted = Counted(int(found["posts"]["value"]), {name: Counter(each) for name, each in values.items()})
    columns = _retold(facets)
    if any(found[column]["sum_other_doc_count"] for column in columns):
        for number in range(SLICES):
            mine = Wanted.term_query(schema(), "slice", number, index_option="basic")
            part = Wanted.boolean_query([(Occur.Must, query), (Occur.Must, mine)])
            _take_stories(counted, searcher.aggregate(part, columns))
    else:
        _take_stories(counted, found)
    _recount(searcher, query, counted)
    return counted


def _terms(column: str, size: int, least: int = 1) -> dict[str, Any]:
    return {"terms": {"field": column, "size": size, "min_doc_count": least}}


def _retold(facets: Sequence[str]) -> dict[str, Any]:
    """What to count of stories that several posts tell; the others count once anyway."""
    return {column: _terms(column, AT_ONCE, 2) for column in ("group", *map(told, facets))}


def _take_stories(counted: Counted, found: dict[str, Any]) -> None:
    counted.total -= sum(each["doc_count"] - 1 for each in found["group"]["buckets"])
    for name, counts in counted.facets.items():
        values = {code(value): value for value in counts}
        for each in found[told(name)]["buckets"]:
            if value := values.get(each["key"] & CODES):
                counts[value] -= each["doc_count"] - 1


def _recount(searcher: tantivy.Searcher, query: Wanted, counted: Counted) -> None:
    """Counts the stories of values one by one whose codes are the same."""
    for name, counts in counted.facets.items():
        times = Counter(map(code, counts))
        for value in [value for value in counts if times[code(value)] > 1]:
            here = Wanted.term_query(schema(), name, value, index_option="basic")
            both = Wanted.boolean_query([(Occur.Must, query), (Occur.Must, here)])
            counts[value] = _count(searcher, both, ()).total


def _groups(searcher: tantivy.Searcher, query: Wanted) -> set[int]:
    """The stories that a query finds, where it finds few."""
    found = searcher.aggregate(query, {"group": _terms("group", AT_ONCE)})
    return {int(each["key"]) for each in found["group"]["buckets"]}


def _commonest(counts: Counter[str]) -> dict[str, int]:
    return {value: count for value, count in counts.most_common() if count > 0}
