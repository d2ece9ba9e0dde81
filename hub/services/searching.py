"""One search: the query language, the filters, the index, and what is shown of the answer."""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.errors import BadQuery, SearchError
from hub.model import Card, Facet, Filters, Hits, SearchPage, SearchRequest
from hub.services.cards import Cards
from hub.spec.search import SearchBackend
from hub.store import Store, Transaction
from hub.text.analyse import Analyser
from hub.text.normalise import make_topic
from hub.text.query import ParsedQuery, highlight, parse_query, suggest
from hub.text.regions import Gazetteer, fold
from hub.text.sanitise import mark

FACETS = ("village", "kecamatan", "site", "topic", "month")
#: Published limits (docs/portal.md): pages, and results a page.
MAX_PAGE, MAX_LIMIT = 100, 100
EXCERPT = 220
#: Values shown per facet.
FACET_VALUES = 60


class Searching:
    """Answers searches.

    Args:
        zone: of the hub: a resident's days begin at its midnights.
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
    ) -> None:
        self._store, self._backend, self._analyser, self._gazetteer = store, backend, analyser, gazetteer
        self._zone, self._now = zone, now

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises BadQuery: past the published limits (unless ``request.cut``), or a cursor that is none."""
        request = replace(
            request, page=min(max(request.page, 1), MAX_PAGE), limit=min(max(request.limit, 1), MAX_LIMIT)
        )
        parsed = parse_query(request.q, self._analyser, cut=request.cut)
        with self._store.read() as tx:
            parsed, filters = self._narrow(tx, parsed, request.filters)
            names = {site.id: site.name for site in tx.sites.all()}
            cards = Cards(self._gazetteer, names)
            if not parsed.query.groups and not parsed.query.excluded:
                return self._list(tx, cards, names, request, filters)
            return self._find(tx, cards, names, request, parsed, filters)

    def words(self, prefix: str, limit: int) -> tuple[str, ...]:
        """Words and village names that begin so, for completing what is typed."""
        start = fold(prefix)
        if len(start) < 2:
            return ()
        regions = (*self._gazetteer.villages, *self._gazetteer.kecamatan)
        places = [each.name for each in regions if fold(each.name).startswith(start)]
        words = [word for word, _ in self._backend.words(start, limit)]
        return tuple(dict.fromkeys([*sorted(places), *words]))[:limit]

    # -- filters ----------------------------------------------------------------------------------

    def _narrow(self, tx: Transaction, parsed: ParsedQuery, given: Filters) -> tuple[ParsedQuery, Filters]:
        """Filters from operators (``desa:Taan``) join those of the form, which win. An operator whose name
        nobody knows is taken as plain words."""
        unknown: list[str] = []
        village = self._region(parsed.village, 4, unknown)
        kecamatan = self._region(parsed.kecamatan, 3, unknown)
        site = self._site(tx, parsed.site, unknown)
        topic = make_topic(parsed.topic) if parsed.topic else None
        filters = Filters(
            village=given.village or village,
            kecamatan=given.kecamatan or kecamatan,
            site=given.site if given.site is not None else site,
            topic=given.topic or (topic.slug if topic else None),
            since=given.since or self._midnight(parsed.since),
            until=given.until or self._midnight(parsed.until, days=1),
        )
        if not unknown:
            return parsed, filters
        extra = parse_query(" ".join(unknown), self._analyser, cut=True)
        query = replace(parsed.query, groups=(*parsed.query.groups, *extra.query.groups))
        return replace(parsed, query=query, words=(*parsed.words, *extra.words)), filters

    def _region(self, name: str, level: int, unknown: list[str]) -> str | None:
        if not name:
            return None
        if name in self._gazetteer:
            return name
        found = [each for each in self._gazetteer.find(name) if each.code.count(".") == level - 1]
        if not found:
            unknown.append(name)
            return None
        return found[0].code

    def _site(self, tx: Transaction, name: str, unknown: list[str]) -> int | None:
        if not name:
            return None
        wanted = fold(name)
        for site in tx.sites.all():
            if wanted in fold(site.name):
                return site.id
        unknown.append(name)
        return None

    def _midnight(self, day: date | None, days: int = 0) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=days), time(), self._zone).astimezone(UTC)

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
        before = _read_place(request.cursor) if request.cursor else None
        offset = 0 if before else (page - 1) * request.limit
        rows = tx.shelf.newest(filters, request.limit + 1, offset=offset, before=before)
        shown = rows[: request.limit]
        return SearchPage(
            query=request.q,
            total=total,
            results=tuple(cards.from_row(row) for row in shown),
            facets=self._listed_facets(tx, names, filters) if request.facets else {},
            next=_place(shown[-1].sort_at, shown[-1].id) if len(rows) > request.limit else None,
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
        moments = tx.shelf.moments(filters)
        counts["month"] = Counter(moment.astimezone(self._zone).strftime("%Y-%m") for moment in moments)
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
        offset = _read_offset(request.cursor) if request.cursor else (request.page - 1) * request.limit
        try:
            hits = self._ask(parsed, filters, request, offset)
            if not hits.hits and offset:
                pages = max(1, math.ceil(hits.total / request.limit))
                request, offset = replace(request, page=pages), (pages - 1) * request.limit
                hits = self._ask(parsed, filters, request, offset)
            better = None if hits.hits else suggest(parsed, self._backend.words)
        except SearchError:
            return SearchPage(request.q, 0, (), notice="index_down", filters=filters, sort=request.sort)
        ids = [hit.id for hit in hits.hits]
        rows, texts = tx.shelf.light(ids), tx.shelf.texts(ids)
        more = len(ids) == request.limit and offset + len(ids) < MAX_PAGE * MAX_LIMIT
        return SearchPage(
            query=request.q,
            total=hits.total,
            results=tuple(
                self._result(cards, rows[each], texts[each], parsed) for each in ids if each in rows
            ),
            relaxed=any(not hit.strict for hit in hits.hits),
            facets=self._facets(tx, names, hits.facets) if request.facets else {},
            notice="too_long" if "too_long" in parsed.faults else "",
            suggestion=better,
            next=_encode(f"o{offset + len(ids)}") if more else None,
            page=offset // request.limit + 1,
            pages=min(max(1, math.ceil(max(hits.total, offset + len(ids)) / request.limit)), MAX_PAGE),
            filters=filters,
            sort=request.sort,
        )

    def _ask(self, parsed: ParsedQuery, filters: Filters, request: SearchRequest, offset: int) -> Hits:
        return self._backend.search(
            parsed.query,
            filters,
            limit=request.limit,
            offset=offset,
            sort="newest" if request.sort == "newest" else "relevance",
            now=int(self._now().timestamp()),
            facets=FACETS if request.facets else (),
        )

    def _result(self, cards: Cards, row: object, text: str, parsed: ParsedQuery) -> Card:
        stretch, spans = highlight(text, parsed, self._analyser, EXCERPT)
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


# -- cursors: opaque to callers ---------------------------------------------------------------------


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, kind: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor[:64] + "=" * (-len(cursor[:64]) % 4)).decode("ascii")
    except ValueError:
        text = ""
    if not text.startswith(kind):
        raise BadQuery("the cursor is not one that this hub gave out")
    return text[1:]


def _place(moment: datetime, post_id: int) -> str:
    return _encode(f"n{int(moment.timestamp() * 1_000_000)}.{post_id}")


def _read_place(cursor: str) -> tuple[datetime, int]:
    micros, _, post_id = _decode(cursor, "n").partition(".")
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros)), int(post_id)
    except (ValueError, OverflowError):
        raise BadQuery("the cursor is not one that this hub gave out") from None


def _read_offset(cursor: str) -> int:
    text = _decode(cursor, "o")
    if not text.isdigit() or int(text) > MAX_PAGE * MAX_LIMIT:
        raise BadQuery("the cursor is not one that this hub gave out")
    return int(text)
