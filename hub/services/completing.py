"""What somebody may mean who has typed so far: words, places, topics, sites and titles of posts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from itertools import islice

from hub.errors import SearchError
from hub.model import Filters, Query, Term
from hub.model.seeking import Completion
from hub.spec.search import SearchBackend
from hub.store import Store, Transaction
from hub.text.analyse import Analyser, stop_words, words
from hub.text.regions import Gazetteer

#: Nothing is offered before so many letters; words and titles, which cost more, wait for one letter more.
SHORTEST, SHORTEST_WORD = 2, 3
#: What is read of what was typed.
LONGEST, MOST_WORDS = 100, 8
#: Offered at most of each kind; titles take what is left, and at least LEAST_TITLES.
MOST_NAMES, MOST_OF_A_KIND, MOST_WORDS_OFFERED, LEAST_TITLES = 4, 2, 2, 2
#: Words that the last one may become, as a search for titles has them.
ENDINGS = 8
#: Topics looked through, the commonest.
TOPICS = 500
#: What stands before a name without being part of it, and whose name it then is.
KINDS = {
    "desa": "village",
    "kelurahan": "village",
    "kel": "village",
    "kecamatan": "kecamatan",
    "kec": "kecamatan",
    "kim": "site",
}
#: An ending is offered unless the commonest one is so many times commoner.
RARER = 50

#: A name in words, and what it stands for.
Named = tuple[list[str], Completion]


class Completing:
    """Completes what is typed; a few milliseconds, as it is asked at every letter."""

    def __init__(
        self,
        store: Store,
        backend: SearchBackend,
        analyser: Analyser,
        gazetteer: Gazetteer,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._backend, self._analyser, self._gazetteer = store, backend, analyser, gazetteer
        self._now = now
        self._held: tuple[int, list[Named]] = -1, []

    def complete(self, typed: str, limit: int) -> tuple[Completion, ...]:
        """At most ``limit`` completions: words first, then names, then titles. While the index is down,
        names alone."""
        known = words(typed[:LONGEST].replace("\0", " "))[:MOST_WORDS]
        if len("".join(known)) < SHORTEST:
            return ()
        endings = self._endings(known[-1])
        queries = list(islice(self._queries(typed, known, endings), MOST_WORDS_OFFERED))
        queries[:0] = islice(self._within(known), 1)
        with self._store.read() as tx:
            names = list(islice(_few_of_each(self._names(tx, known)), MOST_NAMES))
            room = max(limit - len(queries) - len(names), LEAST_TITLES)
            titles = self._titles(tx, known, endings, room)
        return (*queries, *names, *titles)[:limit]

    # -- words ------------------------------------------------------------------------------------

    def _endings(self, start: str) -> list[str]:
        """The commonest indexed words that begin so and mean something, the word itself among them."""
        if len(start) < SHORTEST_WORD:
            return []
        try:
            found = self._backend.words(start, 2 * ENDINGS)
        except SearchError:
            return []
        heavy = [(word, posts) for word, posts in found if word not in stop_words()]
        return [word for word, posts in heavy[:ENDINGS] if posts * RARER > heavy[0][1]]

    def _queries(self, typed: str, known: list[str], endings: list[str]) -> Iterator[Completion]:
        if typed[-1:].isspace():
            return
        before = " ".join(known[:-1])
        places = {"".join(name) for name, _ in self._places} if not before else ()
        for ending in endings:
            if ending != known[-1] and ending not in places:
                query = f"{before} {ending}".strip()
                yield Completion("words", query, query)

    def _within(self, known: list[str]) -> Iterator[Completion]:
        """The words before the last one, in the village or kecamatan whose name the last one begins."""
        before = [word for word in known[:-1] if word not in KINDS and word not in stop_words()]
        if before and len(known[-1]) >= SHORTEST_WORD:
            for name, place in self._places:
                if _fits(known[-1:], name) == 0:
                    yield Completion("within", place.key, " ".join(before))

    # -- names ------------------------------------------------------------------------------------

    def _names(self, tx: Transaction, known: list[str]) -> list[Completion]:
        """Names that begin so before those that hold it, each kind in its order; of one kind alone where
        that was typed before the name."""
        wanted = [word for word in known if word not in KINDS] or known
        kind = KINDS.get(known[0]) if wanted != known else None
        found = []
        for order, (name, completion) in enumerate((*self._places, *self._changing(tx))):
            rank = _fits(wanted, name) if kind in (None, completion.kind) else None
            if rank is not None:
                found.append((rank, order, completion))
        return [completion for _, _, completion in sorted(found, key=lambda each: each[:2])]

    @cached_property
    def _places(self) -> list[Named]:
        gazetteer = self._gazetteer
        places = []
        for each in (*gazetteer.kecamatan, *gazetteer.villages):
            village = each.code.count(".") == 3
            above = each.parent if village else ""
            completion = Completion("village" if village else "kecamatan", each.code, each.name, above)
            places += [
                (words(name), completion) for name in (each.name, *gazetteer.aliases.get(each.code, ()))
            ]
        return places

    def _changing(self, tx: Transaction) -> list[Named]:
        """Topics and sites, looked up anew when something shown has changed."""
        generation = tx.changes.generation()
        if self._held[0] != generation:
            topics = tx.shelf.commonest_topics(TOPICS)
            named = [(words(topic.label), Completion("topic", topic.slug, topic.label)) for topic in topics]
            for site in tx.sites.all():
                name = [word for word in words(site.name) if word not in KINDS]
                named.append((name, Completion("site", str(site.id), site.name, site.village)))
            self._held = generation, named
        return self._held[1]

    # -- titles -----------------------------------------------------------------------------------

    def _titles(self, tx: Transaction, known: list[str], endings: list[str], room: int) -> list[Completion]:
        """Posts with all words in the title, the last one as far as it goes."""
        if len(known[-1]) < SHORTEST_WORD and len(known) == 1:
            return []
        groups = [self._term(word) for word in known[:-1] if word not in stop_words()]
        last = {form: 1.0 for word in (known[-1], *endings) for form in self._analyser.forms(word)[:1]}
        groups.append(Term(forms=tuple(last.items()), field="title"))
        query = Query(tuple((term,) for term in groups))
        try:
            now = int(self._now().timestamp())
            hits = self._backend.search(query, Filters(), limit=2 * room, now=now).hits
        except SearchError:
            return []
        rows = tx.shelf.light([hit.id for hit in hits])
        once = {
            row.title.casefold(): row for row in (rows[hit.id] for hit in reversed(hits) if hit.id in rows)
        }
        return [Completion("post", str(row.id), row.title, row.village) for row in reversed(once.values())][
            :room
        ]

    def _term(self, word: str) -> Term:
        return Term(forms=tuple((form, 1.0) for form in self._analyser.forms(word)), field="title")


def _fits(wanted: list[str], name: list[str]) -> int | None:
    """0 where ``name`` begins with what is wanted, spaces or not; 1 where its words begin with all of it;
    None where they do not."""
    if "".join(name).startswith("".join(wanted)):
        return 0
    return 1 if all(any(part.startswith(word) for part in name) for word in wanted) else None


def _few_of_each(found: Iterable[Completion]) -> Iterator[Completion]:
    """No kind crowds out the others."""
    shown: dict[str, int] = {}
    seen = set()
    for each in found:
        if (each.kind, each.key) not in seen and shown.get(each.kind, 0) < MOST_OF_A_KIND:
            seen.add((each.kind, each.key))
            shown[each.kind] = shown.get(each.kind, 0) + 1
            yield each
