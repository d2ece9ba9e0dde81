"""A search backend on Tantivy: see ``hub.spec.EmbeddedBackend`` for the folder."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import tantivy

from hub.spec import Document, EmbeddedBackend, Hits, IndexVersion, Query, SearchWish
from plugins.tantivy.fields import schema
from plugins.tantivy.files import META, check, living_files
from plugins.tantivy.search import search
from plugins.tantivy.writer import Beside, put, writing

#: What the library names a file that it has not moved into its place yet.
UNFINISHED = ".tmp*"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """See ``hub.spec.EmbeddedBackend``. ``checked``: files that fit their checksums."""

    version: IndexVersion
    index: tantivy.Index
    searcher: tantivy.Searcher
    checked: frozenset[str]

    @property
    def documents(self) -> int:
        return self.searcher.num_docs


class TantivyBackend(EmbeddedBackend[Snapshot]):
    """See ``hub.spec.SearchBackend``."""

    PANICS = frozenset({"PanicException"})

    def _make_index(self, place: Path) -> None:
        tantivy.Index(schema(), str(place))

    def _state(self, place: Path) -> Hashable:
        found = (place / META).stat()
        return found.st_mtime_ns, found.st_ino

    def _open(self, version: IndexVersion, place: Path, before: Snapshot | None) -> Snapshot:
        """Files that ``before`` has checked are not read again."""
        checked = _checked(place, before.checked if before else frozenset())
        index = before.index if before else _opened(place)
        index.reload()
        return Snapshot(version, index, index.searcher(), checked)

    def _write(self, snapshot: Snapshot, place: Path, latest: Mapping[int, Document], gone: Set[int]) -> None:
        with writing(snapshot.index, place) as writer:
            put(writer, latest, gone)

    def _tidy(self, snapshot: Snapshot, place: Path) -> None:
        """Files become few by themselves as they are written."""
        for path in place.glob(UNFINISHED):
            path.unlink(missing_ok=True)
        with writing(snapshot.index, place) as writer:
            writer.garbage_collect_files()

    def _filler(self, place: Path) -> Beside:
        return Beside(_opened(place))

    def _search(self, snapshot: Snapshot, query: Query, wish: SearchWish) -> Hits:
        return search(snapshot.searcher, query, wish)

    def _words(self, snapshot: Snapshot, prefix: str) -> Iterable[tuple[str, int]]:
        return snapshot.searcher.terms_with_prefix("text", prefix)

    def _ids(self, snapshot: Snapshot) -> set[int]:
        searcher = snapshot.searcher
        if not searcher.num_docs:
            return set()
        every = tantivy.Query.all_query()
        hits = searcher.search(every, searcher.num_docs, count=False, order_by_field="order").hits
        found = searcher.fast_field_values("id", [address for _, address in hits])
        return {int(id_) for id_ in found if id_ is not None}


def _opened(place: Path) -> tantivy.Index:
    """An index that is read anew only when we say so."""
    index = tantivy.Index.open(str(place))
    index.config_reader("manual")
    return index


def _checked(place: Path, before: frozenset[str]) -> frozenset[str]:
    """The files in use, each compared with its checksum once.

    Raises:
        Damaged: one does not fit.
    """
    paths = list(living_files(place))
    for path in paths:
        if path.name not in before:
            check(path)
    return frozenset(path.name for path in paths)
