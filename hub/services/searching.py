"""One search: the query language, the filters, the index, and what is shown of the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.errors import SearchError
from hub.model import Card, Facet, Filters, Hits, SearchPage, SearchRequest
from hub.services import cursors
from hub.services.cards import Cards
from hub.services.latency import Latency
from hub.services.operators import Operators
from hub.services.spelling import Spelling
from hub.spec.search import SearchBackend
from hub.store import Store, Transaction
from hub.text.analyse import Analyser
from hub.text.highlight import Highlighter, Spellings
from hub.text.query import ParsedQuery, parse_query
from hub.text.regions import Gazetteer
from hub.text.sanitise import mark

FACETS = ("village", "kecamatan", "site", "topic", "month")
#: Published limits (docs/portal.md): pages, and results a page.
MAX_PAGE, MAX_LIMIT = 100, 100
EXCERPT = 220
#: Values shown per facet.
FACET_VALUES = 60
#: So few results are looked at twice: a much commoner word may have been meant.
FEW = 5


class Searching:
    """Answers searches.

    Args:
        zone: of the hub: a resident's days begin at its midnights.
        latency: notes how long the index takes.
    """

    def __init__(
        self,
        store: Store,
        backend: SearchBackend,
        analyser: Analyser,
        gazetteer: Gazetteer,
        *,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        latency: Latency,
    ) -> None:
        self._store, self._backend, self._analyser, self._gazetteer = store, backend, analyser, gazetteer
        self._zone, self._now, self._latency = zone, now, latency
        self._spelling = Spelling(backend, analyser, gazetteer)
        self._operators = Operators(analyser, gazetteer, zone)
        self._spellings = Spellings(analyser)

    def search(self, request: SearchRequest) -> SearchPage:
        """Where nothing holds all words and one of them is a slip, the answer is that for the right
        spelling (``corrected``), unless ``request.exact``.

        Raises:
            BadQuery: past the published limits (unless ``request.cut``), or a cursor that is none.
        """
        request = replace(
            request, page=min(max(request.page, 1), MAX_PAGE), limit=min(max(request.limit, 1), MAX_LIMIT)
        )
        parsed = parse_query(request.q, self._analyser, cut=request.cut)
        with self._store.read() as tx:
            parsed, filters = self._operators.narrow(tx, parsed, request.filters)
            names = tx.sites.names()
            cards = Cards(self._gazetteer, names)
            if not parsed.query.groups and not parsed.query.excluded:
                unread = request.q.strip() and filters == request.filters
                found = self._list(tx, cards, names, request, filters)
                return replace(found, notice="no_words" if unread else "", plain=parsed.plain)
            found = self._find(tx, cards, names, request, parsed, filters)
        found = replace(found, plain=parsed.plain)
        return found if found.total or found.notice == "index_down" else self._spelt(request, parsed, found)

    def matching(self, q: str, filters: Filters, limit: int) -> tuple[int, ...]:
        """Ids of posts with all the words, newest first, one of each story: for those who follow a search.

        Raises:
            SearchError: the index does not answer.
        """
        parsed = parse_query(q, self._analyser, cut=True)
        with self._store.read() as tx:
            parsed, filters = self._operators.narrow(tx, parsed, filters)
            if not parsed.query.groups and not parsed.query.excluded:
                return tuple(row.id for row in tx.shelf.newest(filters, limit))
        all_words = replace(parsed.query, minimum=0)
        now = int(self._now().timestamp())
        hits = self._backend.search(all_words, filters, limit=limit, sort="newest", now=now)
        self._check_filled(hits)
        return tuple(hit.id for hit in hits.hits if hit.strict)

    def _spelt(self, request: SearchRequest, parsed: ParsedQuery, found: SearchPage) -> SearchPage:
        """``found``, which holds no post with all words, or the answer for the spelling that was meant."""
        try:
            better = self._spelling.better(parsed)
        except SearchError:
            return found
        if better is None or better == parsed.text:
            return found
        if not request.exact:
            meant = self.search(replace(request, q=better, exact=True))
            if meant.results:
                return replace(meant, query=request.q, suggestion=better, corrected=True)
        return replace(found, suggestion=better)

    # -- without words: the newest from the database ----------------------------------------------

    def _list(
        self,
        tx: Transaction,
        cards: Cards,
        names: Mapping[int, str],
        request: SearchRequest,
        filters: Filters,
    ) -> SearchPage:
        total = tx.shelf.total(filters)
        pages = max(1, math.ceil(total / request.limit))
        page = min(request.page, pages)
        before = cursors.read_place(request.cursor) if request.cursor else None
        offset = 0 if before else (page - 1) * request.limit
        rows = tx.shelf.newest(filters, request.limit + 1, offset=offset, before=before)
        shown = rows[: request.limit]
        return SearchPage(
            query=request.q,
            total=total,
            results=cards.from_rows(tx, shown),
            facets=self._listed_facets(tx, names, filters) if request.facets else {},
            next=cursors.place(shown[-1].sort_at, shown[-1].id) if len(rows) > request.limit else None,
            page=page,
            pages=min(pages, MAX_PAGE),
            filters=filters,
            sort="newest",
        )

    def _listed_facets(
        self, tx: Transaction, names: Mapping[int, str], filters: Filters
    ) -> dict[str, tuple[Facet, ...]]:
        counts: dict[str, Mapping[str, int]] = {
            name: tx.shelf.facet(name, filters, FACET_VALUES) for name in FACETS if name != "month"
        }
        counts["month"] = tx.shelf.by_month(filters, self._zone)
        return self._facets(tx, names, counts)

    # -- with words: the index ---------------------------------------------------------------------

    def _find(
        self,
        tx: Transaction,
        cards: Cards,
        names: Mapping[int, str],
        request: SearchRequest,
        parsed: ParsedQuery,
        filters: Filters,
    ) -> SearchPage:
        offset = (
            cursors.read_offset(request.cursor, MAX_PAGE * MAX_LIMIT)
            if request.cursor
            else (request.page - 1) * request.limit
        )
        try:
            hits = self._ask(parsed, filters, request, offset)
            if not hits.hits and offset:
                pages = max(1, math.ceil(hits.total / request.limit))
                request, offset = replace(request, page=pages), (pages - 1) * request.limit
                hits = self._ask(parsed, filters, request, offset)
            self._check_filled(hits)
            better = self._spelling.commoner(parsed) if 0 < hits.total <= FEW and not offset else None
        except SearchError:
            return SearchPage(request.q, 0, (), notice="index_down", filters=filters, sort=request.sort)
        ids = [hit.id for hit in hits.hits]
        rows, texts = tx.shelf.light(ids), tx.shelf.texts(ids)
        cards.look_up(tx, rows.values())
        highlighter = Highlighter(parsed, self._spellings)
        more = len(ids) == request.limit and offset + len(ids) < MAX_PAGE * MAX_LIMIT
        return SearchPage(
            query=request.q,
            total=hits.total,
            results=tuple(
                self._result(cards, rows[each], texts[each], highlighter) for each in ids if each in rows
            ),
            relaxed=any(not hit.strict for hit in hits.hits),
            facets=self._facets(tx, names, hits.facets) if request.facets else {},
            notice="too_long" if "too_long" in parsed.faults else "",
            suggestion=better,
            next=cursors.offset(offset + len(ids)) if more else None,
            page=offset // request.limit + 1,
            pages=min(max(1, math.ceil(max(hits.total, offset + len(ids)) / request.limit)), MAX_PAGE),
            filters=filters,
            sort=request.sort,
        )

    def _ask(self, parsed: ParsedQuery, filters: Filters, request: SearchRequest, offset: int) -> Hits:
        with self._latency.measured():
            return self._backend.search(
                parsed.query,
                filters,
                limit=request.limit,
                offset=offset,
                sort="newest" if request.sort == "newest" else "relevance",
                now=int(self._now().timestamp()),
                facets=FACETS if request.facets else (),
            )

    def _check_filled(self, hits: Hits) -> None:
        """That nothing was found says something only where the index holds anything: one that was never
        filled (another engine was chosen) must not pass for a hub without news.

        Raises:
            SearchError: it holds nothing, and what waits for it are not all posts.
        """
        if hits.hits or self._backend.status().documents:
            return
        with self._store.read() as tx:
            if tx.shelf.total(Filters()) > tx.changes.pending():
                raise SearchError("the index is empty")

    def _result(self, cards: Cards, row: object, text: str, highlighter: Highlighter) -> Card:
        stretch, spans = highlighter.highlight(text, EXCERPT)
        return cards.from_row(row, mark(stretch, spans))

    def _facets(
        self, tx: Transaction, names: Mapping[int, str], counts: Mapping[str, Mapping[str, int]]
    ) -> dict[str, tuple[Facet, ...]]:
        """Counts with words for people, commonest first; months newest first."""
        topics = tx.shelf.topic_labels(counts.get("topic", ()))
        labels: dict[str, Callable[[str], str]] = {
            "village": lambda value: self._gazetteer.get(value).name,
            "kecamatan": lambda value: self._gazetteer.get(value).name,
            "site": lambda value: names.get(int(value), value),
            "topic": lambda value: topics.get(value, value),
            "month": lambda value: value,
        }
        facets = {}
        for name in FACETS:
            found = counts.get(name, {})
            if name == "month":
                order = sorted(found, reverse=True)
            else:
                order = sorted(found, key=lambda value: (-found[value], value))
            facets[name] = tuple(
                Facet(str(value), labels[name](str(value)), found[value]) for value in order[:FACET_VALUES]
            )
        return facets
