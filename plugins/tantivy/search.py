"""From a query to an ordered page of stories with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import tantivy
from tantivy import Occur
from tantivy import Query as Wanted

from hub.spec import Filters, Hit, Hits, Query
from plugins.tantivy.fields import CODES, SLICES, code, moment, schema, told
from plugins.tantivy.match import Matcher

#: A post of today may gain so much over an old one of the same words, and loses half of it in so many days.
RECENCY, HALF_LIFE = 0.2, 60.0
DAY = 86_400
#: Candidates at first, how much more are taken where they do not suffice, and at most: past that, thousands
#: are about equally good, and the newest of the candidates come first.
FIRST, MORE, MOST = 400, 6, 20_000
#: Values of one facet, and stories with several matches, that are counted at once; the library lets an answer
#: hold 65,000 of all together.
VALUES, AT_ONCE = 5_000, 9_000

Sort = Literal["relevance", "newest"]
Ranked = list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked, apart from the words."""

    filters: Filters
    limit: int
    offset: int
    sort: Sort
    now: int
    facets: Sequence[str]


@dataclass(slots=True)
class Counted:
    """``total`` stories, and stories per value of each facet."""

    total: int
    facets: dict[str, Counter[str]]


def search(searcher: tantivy.Searcher, query: Query, wish: Wish) -> Hits:
    matcher = Matcher(query, searcher)
    end = wish.offset + wish.limit
    strict = matcher.strict(wish.filters)
    counted = _count(searcher, strict, wish.facets)
    total = counted.total
    ranking = _by_date if wish.sort == "newest" or not query.groups else _by_score(wish.now)
    first = ranking(searcher, strict, min(end, total), ())
    hits = [Hit(id_, score) for score, id_ in first[wish.offset :]]
    if total < end and query.minimum:
        relaxed = matcher.relaxed(wish.filters)
        more = ranking(searcher, relaxed, end - total, _groups(searcher, strict) if total else ())
        hits += [Hit(id_, score, strict=False) for score, id_ in more[max(0, wish.offset - total) :]]
        if not total and wish.facets:
            counted = _count(searcher, relaxed, wish.facets)
    return Hits(total, tuple(hits), {name: _commonest(counts) for name, counts in counted.facets.items()})


# -- order ---------------------------------------------------------------------------------------------


def _by_date(searcher: tantivy.Searcher, query: Wanted, count: int, without: Collection[int]) -> Ranked:
    """The newest ``count`` stories that are not among ``without``: (moment, id)."""

    def ask(limit: int) -> list[tuple[Any, tantivy.DocAddress]]:
        return searcher.search(query, limit, count=False, order_by_field="order").hits

    def enough(found: _Candidates) -> bool:
        return len(found.stories(without)) >= count

    found = _candidates(searcher, ask, enough, count, searcher.num_docs)
    chosen = found.stories(without)[:count]
    return [(float(moment(found.orders[n])), id_) for n, id_ in zip(chosen, found.ids(chosen), strict=True)]


def _by_score(now: int) -> Callable[[tantivy.Searcher, Wanted, int, Collection[int]], Ranked]:
    """The best as seen from ``now``. The library knows nothing of freshness: what it ranked is ordered anew,
    until nothing that is left could come before if it were of today."""

    def best(searcher: tantivy.Searcher, query: Wanted, count: int, without: Collection[int]) -> Ranked:
        def ask(limit: int) -> list[tuple[Any, tantivy.DocAddress]]:
            return searcher.search(query, limit, count=False).hits

        def enough(found: _Candidates) -> bool:
            stories = found.stories(without)
            return len(stories) >= count and found.scores[stories[count - 1]] > found.highest_left

        found = _candidates(searcher, ask, enough, count, MOST, now // DAY)
        chosen = found.stories(without)[:count]
        return [(found.scores[n], id_) for n, id_ in zip(chosen, found.ids(chosen), strict=True)]

    return best


class _Candidates:
    """Posts that the library ranked first, and their final order. ``highest_left``: what the others are worth
    at most."""

    def __init__(
        self, searcher: tantivy.Searcher, hits: list[tuple[Any, tantivy.DocAddress]], today: int
    ) -> None:
        self._searcher = searcher
        self._addresses = [address for _, address in hits]
        self.orders = self._column("order", self._addresses)
        self._groups: list[Any] = searcher.fast_field_values("group", self._addresses)
        self.highest_left = hits[-1][0] * (1.0 + RECENCY if today else 1.0) if hits else 0.0
        fresh = [_freshness(today - moment(order) // DAY) if today else 1.0 for order in self.orders]
        self.scores = [score * factor for (score, _), factor in zip(hits, fresh, strict=True)]

    def stories(self, without: Collection[int]) -> list[int]:
        """Numbers of the candidates in order, one a story."""
        seen = set(without)
        kept = []
        key = list(zip(self.scores, self.orders, strict=True)).__getitem__
        for n in sorted(range(len(self.scores)), key=key, reverse=True):
            group = self._groups[n]
            if group is None or group not in seen:
                kept.append(n)
                if group is not None:
                    seen.add(group)
        return kept

    def ids(self, numbers: Sequence[int]) -> list[int]:
        return self._column("id", [self._addresses[n] for n in numbers])

    def _column(self, name: str, addresses: list[tantivy.DocAddress]) -> list[int]:
        found: list[Any] = self._searcher.fast_field_values(name, addresses)
        return found


def _candidates(
    searcher: tantivy.Searcher,
    ask: Callable[[int], list[tuple[Any, tantivy.DocAddress]]],
    enough: Callable[[_Candidates], bool],
    count: int,
    most: int,
    today: int = 0,
) -> _Candidates:
    """As many as it takes."""
    if count <= 0:
        return _Candidates(searcher, [], today)
    limit = max(FIRST, 2 * count)
    while True:
        limit = min(limit, max(most, 2 * count))
        hits = ask(limit)
        found = _Candidates(searcher, hits, today)
        if len(hits) < limit or limit >= most or enough(found):
            return found
        limit *= MORE


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
