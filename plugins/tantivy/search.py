"""From a query to an ordered page of stories with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import tantivy
from tantivy import Occur
from tantivy import Query as Wanted

from hub.spec import Filters, Hit, Hits, Query
from plugins.tantivy.fields import SLICES, moment, read_story, schema
from plugins.tantivy.match import Matcher, unscored, within

#: A post of today may gain so much over an old one of the same words, and loses half of it in so many days.
RECENCY, HALF_LIFE = 0.2, 60.0
DAY = 86_400
#: Ages in days at which bands of about equally fresh posts begin.
BANDS = (0, 20, 50, 100, 200)
#: Candidates beside those asked for, how much more are taken where they do not suffice, and at most. Past
#: that the order within thousands of equally good posts is that of the candidates.
SPARE, MORE, MOST = 40, 6, 20_000
#: Values of one facet, and posts with a story, that are counted at once; the library counts 65,000 at most.
VALUES, AT_ONCE = 5_000, 40_000

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
    """``total`` stories, the ``groups`` that some of them are, and stories per value of each facet."""

    total: int
    facets: dict[str, Counter[str]]
    groups: set[int] = field(default_factory=set)


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
        more = ranking(searcher, relaxed, end - total, counted.groups)
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
    """The best as seen from ``now``. The library ranks with the freshness of a whole band; what it ranked is
    ordered by each post's own, until nothing that is left can come before."""

    def best(searcher: tantivy.Searcher, query: Wanted, count: int, without: Collection[int]) -> Ranked:
        wanted = _fading(query, now // DAY) if now else query

        def ask(limit: int) -> list[tuple[Any, tantivy.DocAddress]]:
            return searcher.search(wanted, limit, count=False).hits

        def enough(found: _Candidates) -> bool:
            stories = found.stories(without)
            return len(stories) >= count and found.scores[stories[count - 1]] > found.lowest

        found = _candidates(searcher, ask, enough, count, MOST, now // DAY)
        chosen = found.stories(without)[:count]
        return [(found.scores[n], id_) for n, id_ in zip(chosen, found.ids(chosen), strict=True)]

    return best


class _Candidates:
    """Posts that the library ranked first, in the final order. ``lowest``: no other can be worth more."""

    def __init__(
        self, searcher: tantivy.Searcher, hits: list[tuple[Any, tantivy.DocAddress]], today: int
    ) -> None:
        self._searcher = searcher
        self._addresses = [address for _, address in hits]
        self.orders = self._column("order", self._addresses)
        self._groups = self._column("group", self._addresses)
        self.lowest = hits[-1][0] if hits else 0.0
        fresh = [_share(today - moment(order) // DAY) if today else 1.0 for order in self.orders]
        self.scores = [score * share for (score, _), share in zip(hits, fresh, strict=True)]

    def stories(self, without: Collection[int]) -> list[int]:
        """Numbers of the candidates in order, one a story."""
        seen = set(without)
        kept = []
        key = list(zip(self.scores, self.orders, strict=True)).__getitem__
        for n in sorted(range(len(self.scores)), key=key, reverse=True):
            group = self._groups[n]
            if group not in seen:
                kept.append(n)
                if group:
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
    limit = count + SPARE
    while True:
        limit = min(limit, max(most, count + SPARE))
        hits = ask(limit)
        found = _Candidates(searcher, hits, today)
        if len(hits) < limit or limit >= most or enough(found):
            return found
        limit *= MORE


def _fading(query: Wanted, today: int) -> Wanted:
    """Scores multiplied by the freshness of the youngest of each band."""
    bands = []
    for young, old in zip(BANDS, (*BANDS[1:], None), strict=True):
        since = None if old is None else (today - old + 1) * DAY
        until = None if young == 0 else (today - young + 1) * DAY
        part = Wanted.boolean_query([(Occur.Must, query), (Occur.Must, unscored(within(since, until)))])
        bands.append((Occur.Should, Wanted.boost_query(part, _freshness(young))))
    return Wanted.boolean_query(bands)


def _freshness(age: int) -> float:
    return float(1.0 + RECENCY * 0.5 ** (max(0, age) / HALF_LIFE))


def _share(age: int) -> float:
    """What a post of so many days has of the freshness of its band."""
    return _freshness(age) / _freshness(max((band for band in BANDS if band <= age), default=0))


# -- counts --------------------------------------------------------------------------------------------


def _count(searcher: tantivy.Searcher, query: Wanted, facets: Sequence[str]) -> Counted:
    """Posts counted by the library, less those that tell a story which is counted already."""
    wanted: dict[str, Any] = {name: _terms(name, VALUES) for name in facets}
    wanted |= {"posts": {"value_count": {"field": "id"}}, "story": _terms("story", AT_ONCE)}
    found = searcher.aggregate(query, wanted)
    counted = Counted(
        int(found["posts"]["value"]),
        {
            name: Counter({each["key"]: each["doc_count"] for each in found[name]["buckets"]})
            for name in facets
        },
    )
    portions = [found["story"]]
    if found["story"]["sum_other_doc_count"]:
        portions = [_slice(searcher, query, number) for number in range(SLICES)]
    for portion in portions:
        _take_stories(counted, portion["buckets"])
    return counted


def _terms(column: str, size: int) -> dict[str, Any]:
    return {"terms": {"field": column, "size": size}}


def _slice(searcher: tantivy.Searcher, query: Wanted, number: int) -> dict[str, Any]:
    mine = Wanted.term_query(schema(), "slice", number, index_option="basic")
    part = Wanted.boolean_query([(Occur.Must, query), (Occur.Must, mine)])
    found: dict[str, Any] = searcher.aggregate(part, {"story": _terms("story", AT_ONCE)})["story"]
    return found


def _take_stories(counted: Counted, buckets: list[dict[str, Any]]) -> None:
    seen: dict[str, set[tuple[int, str]]] = {name: set() for name in counted.facets}
    for bucket in buckets:
        posts = bucket["doc_count"]
        group, values = read_story(bucket["key"])
        counted.total -= posts - (group not in counted.groups)
        counted.groups.add(group)
        for name, known in seen.items():
            counts = counted.facets[name]
            for value in filter(None, values[name]):
                counts[value] -= posts - ((group, value) not in known)
                known.add((group, value))


def _commonest(counts: Counter[str]) -> dict[str, int]:
    return {value: count for value, count in counts.most_common() if count > 0}
