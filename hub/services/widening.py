"""What else there is where a search found nothing: the same with less asked, nearby, or newest."""

from __future__ import annotations

from dataclasses import replace

from hub.errors import SearchError
from hub.model import Card, Facet, Filters, Region, SearchRequest
from hub.model.seeking import Wider
from hub.services.searching import Searching
from hub.spec.search import SearchBackend
from hub.store import Store
from hub.text.analyse import WRITTEN, words
from hub.text.asking import idle
from hub.text.regions import Gazetteer

#: What a reader can take off, in the order that helps most; ``days`` are both dates.
DROPPABLE: dict[str, dict[str, None]] = {
    "days": {"since": None, "until": None},
    "topic": {"topic": None},
    "site": {"site": None},
    "village": {"village": None},
    "kecamatan": {"kecamatan": None},
}
NEARBY, LATEST = 6, 3
#: How far a count of one word is looked for among those that begin with it.
CONSIDERED = 2_000


class Widening:
    """Looks for a way on, by a handful of counts."""

    def __init__(
        self, store: Store, searching: Searching, backend: SearchBackend, gazetteer: Gazetteer
    ) -> None:
        self._store, self._searching, self._backend, self._gazetteer = store, searching, backend, gazetteer

    def wider(self, request: SearchRequest) -> Wider:
        """What to offer beside an empty answer to ``request``."""
        request = replace(request, page=1, cursor=None, limit=1, facets=False, exact=True, cut=True)
        around = self._around(request.filters)
        return Wider(
            without=self._without(request),
            fewer=self._fewer(request),
            nearby=self._nearby(request),
            latest=self._latest(around),
            around=around,
        )

    def _without(self, request: SearchRequest) -> tuple[tuple[str, int], ...]:
        filters = request.filters
        in_force = {
            name: change
            for name, change in DROPPABLE.items()
            if any(getattr(filters, field) is not None for field in change)
        }
        ways = {name: replace(filters, **change) for name, change in in_force.items()}
        if len(ways) > 1:
            ways["all"] = Filters()
        counted = [(name, self._total(replace(request, filters=way))) for name, way in ways.items()]
        return tuple((name, total) for name, total in counted if total)

    def _fewer(self, request: SearchRequest) -> tuple[str, int] | None:
        """The words without the one that fewest posts hold."""
        plain = list(WRITTEN.finditer(request.q))
        mere = idle(["".join(words(match.group())) for match in plain])
        heavy = [match for match, idles in zip(plain, mere, strict=True) if not idles]
        if len(heavy) < 2 or any(sign in request.q for sign in ':"'):
            return None
        try:
            rarest = min(heavy, key=lambda match: self._posts("".join(words(match.group()))))
        except SearchError:
            return None
        left = " ".join((request.q[: rarest.start()] + request.q[rarest.end() :]).split())
        total = self._total(replace(request, q=left))
        return (left, total) if total else None

    def _posts(self, word: str) -> int:
        return next((posts for found, posts in self._backend.words(word, CONSIDERED) if found == word), 0)

    def _nearby(self, request: SearchRequest) -> tuple[Facet, ...]:
        """Villages of the same kecamatan with results, else other kecamatan; the most results first."""
        filters = request.filters
        if filters.village:
            wide, name = _kecamatan(filters.village), "village"
        elif filters.kecamatan:
            wide, name = None, "kecamatan"
        else:
            return ()
        request = replace(request, filters=replace(filters, village=None, kecamatan=wide), facets=True)
        found = self._searching.search(request)
        return found.facets.get(name, ())[:NEARBY] if found.total else ()

    def _around(self, filters: Filters) -> Region | None:
        kecamatan = _kecamatan(filters.village or filters.kecamatan or "")
        return self._gazetteer.get(kecamatan) if kecamatan in self._gazetteer else None

    def _latest(self, around: Region | None) -> tuple[Card, ...]:
        here = SearchRequest(filters=Filters(kecamatan=around.code if around else None), limit=LATEST)
        found = self._searching.search(replace(here, facets=False))
        if not found.results and around:
            found = self._searching.search(replace(here, filters=Filters(), facets=False))
        return found.results

    def _total(self, request: SearchRequest) -> int:
        return self._searching.search(request).total


def _kecamatan(code: str) -> str:
    """The kecamatan's part of a code, be it known or not."""
    return ".".join(code.split(".")[:3])
