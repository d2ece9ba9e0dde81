"""The hub's query in the library's terms: which posts match, and how well.

Nothing here reads text: forms and phrases become term and phrase queries one by one, so that no word of a
resident is ever taken for an operator.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as Wanted

from hub.spec import Filters, Query, Term
from plugins.tantivy.fields import order, schema

#: What a word in the names of a post's place is worth beside one in its text, and beside both.
PLACE_BOOST, PLACE_TOO = 0.5, 0.5
#: How much more than BM25 says a rare word counts. Whole questions carry many middling words around the one
#: or two that name their subject; found with tests/search/quality.py.
RARITY = 1.4


class Matcher:
    """One query on one state of the index."""

    def __init__(self, query: Query, searcher: tantivy.Searcher) -> None:
        self.query = query
        self._searcher = searcher
        self._size = max(searcher.num_docs, 1)
        self._groups = [best([self._term(term) for term in group]) for group in query.groups]
        self._excluded = [(Occur.MustNot, self._term(term)) for term in query.excluded]

    def strict(self, filters: Filters) -> Wanted:
        """All groups, none of what is excluded, within the filters."""
        return self._within(filters, [(Occur.Must, group) for group in self._groups])

    def relaxed(self, filters: Filters) -> Wanted:
        """At least ``query.minimum`` groups but not all."""
        groups = [(Occur.Should, group) for group in self._groups]
        some = Wanted.boolean_query(groups, minimum_number_should_match=self.query.minimum)
        every = Wanted.boolean_query([(Occur.Must, group) for group in self._groups])
        return self._within(filters, [(Occur.Must, some), (Occur.MustNot, every)])

    def _within(self, filters: Filters, parts: list[tuple[Occur, Wanted]]) -> Wanted:
        parts = [*parts, *self._excluded, *((Occur.Must, unscored(each)) for each in _filters(filters))]
        if not any(occur == Occur.Must for occur, _ in parts):
            parts.append((Occur.Must, unscored(Wanted.all_query())))
        return Wanted.boolean_query(parts)

    def _term(self, term: Term) -> Wanted:
        if term.phrase:
            return self._phrase(term)
        return best([self._anywhere(term, form, weight) for form, weight in term.forms])

    def _anywhere(self, term: Term, form: str, weight: float) -> Wanted:
        if term.field == "title":
            return self._form("title", form, weight)
        places = self._form("place", form, weight * PLACE_BOOST)
        return Wanted.disjunction_max_query([self._form("words", form, weight), places], PLACE_TOO)

    def _form(self, field: str, form: str, weight: float) -> Wanted:
        found = Wanted.term_query(schema(), field, form, index_option="freq")
        rare = self._idf("words" if field == "title" else field, form) ** (RARITY - 1)
        return Wanted.boost_query(found, weight * rare)

    def _phrase(self, term: Term) -> Wanted:
        field = "heading" if term.field == "title" else "text"
        if len(term.phrase) == 1:
            return self._form(field, term.phrase[0], term.weight)
        each = [self._idf("text", word) for word in term.phrase]
        rare = sum(idf**RARITY for idf in each) / (sum(each) or 1.0)
        return Wanted.boost_query(Wanted.phrase_query(schema(), field, list(term.phrase)), term.weight * rare)

    def _idf(self, field: str, form: str) -> float:
        """BM25's rarity of a word; deleted posts count until their segment is merged, as in the library."""
        held = min(self._searcher.doc_freq(field, form), self._size)
        return math.log(1 + (self._size - held + 0.5) / (held + 0.5))


def unscored(query: Wanted) -> Wanted:
    """Matches as before and adds nothing to the score."""
    return Wanted.const_score_query(query, 0.0)


def within(since: int | None, until: int | None) -> Wanted:
    """Posts from ``since`` on and before ``until``, seconds since the epoch."""
    return Wanted.range_query(
        schema(),
        "order",
        FieldType.Integer,
        lower_bound=None if since is None else order(since, 0),
        upper_bound=None if until is None else order(until, 0) - 1,
    )


def best(found: Sequence[Wanted]) -> Wanted:
    """The better score of each post that any finds."""
    return found[0] if len(found) == 1 else Wanted.disjunction_max_query(found)


def _filters(filters: Filters) -> Iterable[Wanted]:
    wanted = {
        "village": filters.village,
        "kecamatan": filters.kecamatan,
        "site": None if filters.site is None else str(filters.site),
        "topic": filters.topic,
    }
    for field, value in wanted.items():
        if value is not None:
            yield Wanted.term_query(schema(), field, value, index_option="basic")
    if filters.since is not None or filters.until is not None:
        since = None if filters.since is None else math.ceil(filters.since.timestamp())
        until = None if filters.until is None else math.ceil(filters.until.timestamp())
        yield within(since, until)
