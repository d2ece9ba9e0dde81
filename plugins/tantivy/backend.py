"""A search backend on Tantivy: a folder, one writer at a time, any number of readers and processes.

The folder holds a pointer file, the index folder that it names, and a lock. A rebuild makes another index
folder and moves the pointer; searches look at the pointer and at the index's own list of files first, so
every process takes up a commit or a rebuild at its next search.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tantivy

from hub.spec import Document, Filters, Hits, IndexStatus, Query, SearchError
from plugins.tantivy.fields import schema
from plugins.tantivy.files import (
    POINTER,
    Version,
    check,
    current_version,
    living_files,
    only_writer,
    point_to,
    sync,
)
from plugins.tantivy.search import Wish, search
from plugins.tantivy.writer import Beside, put, writing

#: So long a writer waits for another one.
PATIENCE = 10.0
#: A rebuild may take a folder away between our reading of its name and our opening it: look again.
ATTEMPTS, PAUSE = 20, 0.02
#: What the library names a file that it has not moved into its place yet.
UNFINISHED = ".tmp*"
NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one search sees from beginning to end. ``checked``: files that fit their checksums."""

    version: Version
    index: tantivy.Index
    searcher: tantivy.Searcher
    checked: frozenset[str]


class TantivyBackend:
    """See ``hub.spec.SearchBackend``. ``patience``: seconds to wait for another writer."""

    def __init__(self, folder: Path, *, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._patience = patience
        self._snapshot: Snapshot | None = None
        self._opening = threading.Lock()
        self._broken: tuple[Version, str] | None = None
        if not folder.exists() or not any(folder.iterdir()):
            self._create()

    # -- writing -------------------------------------------------------------------------------------

    def write(self, documents: Sequence[Document], deleted: Iterable[int]) -> None:
        latest = {document.id: document for document in documents}
        gone = set(deleted)
        with self._locked(), self._guarded("write"):
            snapshot = self._current()
            with writing(snapshot.index, self._folder / snapshot.version[0]) as writer:
                put(writer, latest, gone)

    def optimise(self) -> None:
        """Takes away what killed writers left behind; files become few by themselves as they are written."""
        with self._locked(), self._guarded("optimise"):
            snapshot = self._current()
            self._remove_others(snapshot.version[0])
            place = self._folder / snapshot.version[0]
            for path in place.glob(UNFINISHED):
                path.unlink(missing_ok=True)
            with writing(snapshot.index, place) as writer:
                writer.garbage_collect_files()

    @contextmanager
    def rebuild(self) -> Iterator[Callable[[Sequence[Document]], None]]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            name = self._fresh_name()
            try:
                with self._guarded("rebuild"):
                    beside = Beside(self._make_index(name))
                try:
                    yield lambda documents: self._fill(beside, documents)
                    with self._guarded("rebuild"):
                        beside.commit()
                finally:
                    beside.close()
                with self._guarded("rebuild"):
                    sync(self._folder / name)
                    point_to(self._folder, name)
            except BaseException:
                shutil.rmtree(self._folder / name, ignore_errors=True)
                raise
            self._broken = None
            self._remove_others(name)

    def _fill(self, beside: Beside, documents: Sequence[Document]) -> None:
        with self._guarded("rebuild"):
            beside.add(documents)

    # -- reading -------------------------------------------------------------------------------------

    def search(
        self,
        query: Query,
        filters: Filters = NO_FILTERS,
        *,
        limit: int,
        offset: int = 0,
        sort: Literal["relevance", "newest"] = "relevance",
        now: int = 0,
        facets: Sequence[str] = (),
    ) -> Hits:
        with self._guarded("search"):
            wish = Wish(filters, limit, offset, sort, now, facets)
            return search(self._current().searcher, query, wish)

    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        with self._guarded("words"):
            found = self._current().searcher.terms_with_prefix("text", prefix)
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def ids(self) -> set[int]:
        with self._guarded("ids"):
            searcher = self._current().searcher
            if not searcher.num_docs:
                return set()
            every = tantivy.Query.all_query()
            hits = searcher.search(every, searcher.num_docs, count=False, order_by_field="order").hits
            found = searcher.fast_field_values("id", [address for _, address in hits])
            return {int(id_) for id_ in found if id_ is not None}

    def status(self) -> IndexStatus:
        try:
            with self._guarded("status"):
                snapshot = self._current()
        except SearchError as error:
            return IndexStatus(0, healthy=False, problem=str(error))
        if self._broken and self._broken[0] == snapshot.version:
            return IndexStatus(snapshot.searcher.num_docs, healthy=False, problem=self._broken[1])
        return IndexStatus(snapshot.searcher.num_docs)

    def close(self) -> None:
        """Lets go of the files; they close when the last search that uses them ends."""
        self._snapshot = None

    # -- inside --------------------------------------------------------------------------------------

    def _current(self) -> Snapshot:
        """The newest snapshot, opened when something was committed since the last one."""
        held = self._snapshot
        try:
            if held is not None and held.version == current_version(self._folder):
                return held
        except FileNotFoundError:
            pass  # a rebuild may be moving the pointer this very moment; opening looks again
        with self._opening:
            held = self._snapshot = self._open(self._snapshot)
            return held

    def _open(self, before: Snapshot | None) -> Snapshot:
        """The newest state of the index. Files that ``before`` has checked are not read again."""
        for attempt in range(ATTEMPTS):
            try:
                version = current_version(self._folder)
                place = self._folder / version[0]
                same = before if before is not None and before.version[0] == version[0] else None
                checked = _checked(place, same.checked if same else frozenset())
                index = same.index if same else _opened(place)
                index.reload()
                return Snapshot(version, index, index.searcher(), checked)
            except FileNotFoundError:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(PAUSE)
        raise AssertionError("unreachable")

    @contextmanager
    def _guarded(self, doing: str) -> Iterator[None]:
        """Whatever goes wrong inside comes out as a SearchError in words; damage is remembered. A panic of
        the library is no Exception, so that one looks at its name."""
        try:
            yield
        except SearchError:
            raise
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            problem = f"the search index does not answer ({doing}): {error or type(error).__name__}"
            if self._snapshot is not None:
                self._broken = (self._snapshot.version, problem)
            raise SearchError(problem) from error

    def _locked(self) -> AbstractContextManager[None]:
        return only_writer(self._folder, self._patience)

    def _create(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not (self._folder / POINTER).exists():
                name = self._fresh_name()
                self._make_index(name)
                point_to(self._folder, name)

    def _fresh_name(self) -> str:
        """One that was not in use before: others may still have an older index open by its name."""
        numbers = (path.name.partition("-")[2] for path in self._folder.glob("index-*"))
        return f"index-{1 + max((int(each) for each in numbers if each.isdecimal()), default=0)}"

    def _make_index(self, name: str) -> tantivy.Index:
        place = self._folder / name
        place.mkdir()
        index = tantivy.Index(schema(), str(place))
        index.config_reader("manual")
        return index

    def _remove_others(self, name: str) -> None:
        for path in self._folder.glob("index-*"):
            if path.name != name:
                shutil.rmtree(path, ignore_errors=True)


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
