"""A search index that lives in a folder of the hub's own machine: the base of such backends.

One writer at a time, any number of readers and processes. The folder holds a pointer file, the index folder
that it names, and a lock. A rebuild makes another index folder and moves the pointer; every search looks at
the pointer and at the state of the index first, so every process takes up a commit or a rebuild at its next
search.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

from hub.errors import SearchError
from hub.model import Document, Filters, Hits, IndexStatus, Query

#: The file that names the folder of the index in use, and the one that writers hold.
POINTER, LOCK = "current", "write.lock"
#: So many seconds a writer waits for another one, and looks whether it is done.
PATIENCE, LOOK = 10.0, 0.05
#: A commit or a rebuild may take a file away between our reading of its name and our opening it: look again.
ATTEMPTS, PAUSE = 20, 0.02
NO_FILTERS = Filters()

#: How freshness counts in an embedded index: a post of today may gain so much over an old one of the same
#: words, and loses half of it in so many days.
RECENCY, HALF_LIFE = 0.2, 60.0

Sort = Literal["relevance", "newest"]
#: Name of the index folder in use, and what tells one commit in it from another.
IndexVersion = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class SearchWish:
    """What is asked, apart from the words. See ``SearchBackend.search``."""

    filters: Filters
    limit: int
    offset: int
    sort: Sort
    now: int
    facets: Sequence[str]


class Snapshot(Protocol):
    """What one search sees from beginning to end. ``documents``: how many there are."""

    @property
    def version(self) -> IndexVersion: ...

    @property
    def documents(self) -> int: ...


S = TypeVar("S", bound=Snapshot)


class Filler(Protocol):
    """Fills the index that a rebuild makes."""

    def add(self, documents: Sequence[Document]) -> None: ...

    def commit(self) -> None:
        """All of it counts, and is on disk."""
        ...

    def close(self) -> None:
        """Lets go, whatever happened before."""
        ...


class EmbeddedBackend(ABC, Generic[S]):
    """See ``hub.spec.SearchBackend``. What an engine does differs in the methods below ``the engine's own``;
    they may raise whatever the library raises.

    Args:
        patience: seconds to wait for another writer.
    """

    #: Names of classes outside Exception that the library raises where it fails.
    PANICS: Set[str] = frozenset()

    def __init__(self, folder: Path, *, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._patience = patience
        self._snapshot: S | None = None
        self._opening = threading.Lock()
        self._broken: tuple[IndexVersion, str] | None = None
        if not folder.exists() or not any(folder.iterdir()):
            self._create()

    # -- the engine's own ----------------------------------------------------------------------------

    @abstractmethod
    def _make_index(self, place: Path) -> None:
        """Make an empty index in an empty folder."""

    @abstractmethod
    def _state(self, place: Path) -> Hashable:
        """What tells one commit from another, by a short look on disk.

        Raises:
            FileNotFoundError: there is no index.
        """

    @abstractmethod
    def _open(self, version: IndexVersion, place: Path, before: S | None) -> S:
        """Open the newest state; what ``before`` has open of the same files need not be opened again.

        Raises:
            FileNotFoundError: a file was taken away meanwhile.
        """

    @abstractmethod
    def _write(self, snapshot: S, place: Path, latest: Mapping[int, Document], gone: Set[int]) -> None:
        """One durable commit: ``latest`` in place of those with their ids, nothing of ``gone``."""

    @abstractmethod
    def _tidy(self, snapshot: S, place: Path) -> None:
        """Nightly housekeeping; leftovers of killed writers go."""

    @abstractmethod
    def _filler(self, place: Path) -> Filler:
        """For the empty index there."""

    @abstractmethod
    def _search(self, snapshot: S, query: Query, wish: SearchWish) -> Hits: ...

    @abstractmethod
    def _words(self, snapshot: S, prefix: str) -> Iterable[tuple[str, int]]:
        """Raw words and the number of posts with each, each word once."""

    @abstractmethod
    def _ids(self, snapshot: S) -> set[int]: ...

    # -- writing -------------------------------------------------------------------------------------

    def write(self, documents: Sequence[Document], deleted: Iterable[int]) -> None:
        gone = set(deleted)
        latest = {document.id: document for document in documents if document.id not in gone}
        with self._locked(), self._guarded("write"):
            snapshot = self._current()
            self._write(snapshot, self._folder / snapshot.version[0], latest, gone)

    def optimise(self) -> None:
        with self._locked(), self._guarded("optimise"):
            snapshot = self._current()
            self._remove_others(snapshot.version[0])
            self._tidy(snapshot, self._folder / snapshot.version[0])

    @contextmanager
    def rebuild(self) -> Iterator[Callable[[Sequence[Document]], None]]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            place = self._folder / self._fresh_name()
            try:
                with self._guarded("rebuild"):
                    place.mkdir()
                    self._make_index(place)
                    filler = self._filler(place)
                try:
                    yield lambda documents: self._fill(filler, documents)
                    with self._guarded("rebuild"):
                        filler.commit()
                finally:
                    filler.close()
                with self._guarded("rebuild"):
                    self._point_to(place)
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
            self._broken = None
            self._remove_others(place.name)

    def _fill(self, filler: Filler, documents: Sequence[Document]) -> None:
        with self._guarded("rebuild"):
            filler.add(documents)

    # -- reading -------------------------------------------------------------------------------------

    def search(
        self,
        query: Query,
        filters: Filters = NO_FILTERS,
        *,
        limit: int,
        offset: int = 0,
        sort: Sort = "relevance",
        now: int = 0,
        facets: Sequence[str] = (),
    ) -> Hits:
        with self._guarded("search"):
            return self._search(self._current(), query, SearchWish(filters, limit, offset, sort, now, facets))

    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        with self._guarded("words"):
            found = list(self._words(self._current(), prefix))
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]

    def ids(self) -> set[int]:
        with self._guarded("ids"):
            return self._ids(self._current())

    def status(self) -> IndexStatus:
        try:
            with self._guarded("status"):
                snapshot = self._current()
        except SearchError as error:
            return IndexStatus(0, healthy=False, problem=str(error))
        if self._broken and self._broken[0] == snapshot.version:
            return IndexStatus(snapshot.documents, healthy=False, problem=self._broken[1])
        return IndexStatus(snapshot.documents)

    def close(self) -> None:
        """Lets go of the files; they close when the last search that uses them ends."""
        self._snapshot = None

    # -- inside --------------------------------------------------------------------------------------

    def _current(self) -> S:
        """The newest snapshot, opened when something was committed since the last one."""
        held = self._snapshot
        try:
            if held is not None and held.version == self._version():
                return held
        except FileNotFoundError:
            pass  # a rebuild may be moving the pointer this very moment; opening looks again
        with self._opening:
            held = self._snapshot = self._newest(self._snapshot)
            return held

    def _newest(self, before: S | None) -> S:
        for attempt in range(ATTEMPTS):
            try:
                version = self._version()
                same = before if before is not None and before.version[0] == version[0] else None
                return self._open(version, self._folder / version[0], same)
            except FileNotFoundError:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(PAUSE)
        raise AssertionError("unreachable")

    def _version(self) -> IndexVersion:
        name = (self._folder / POINTER).read_text("utf-8").strip()
        return name, self._state(self._folder / name)

    @contextmanager
    def _guarded(self, doing: str) -> Iterator[None]:
        """Whatever goes wrong inside comes out as a SearchError in words; damage is remembered."""
        try:
            yield
        except SearchError:
            raise
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ not in self.PANICS:
                raise
            problem = f"the search index does not answer ({doing}): {error or type(error).__name__}"
            if self._snapshot is not None:
                self._broken = (self._snapshot.version, problem)
            raise SearchError(problem) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one writer, optimiser or rebuilder on this folder, in all threads and processes; the lock dies
        with its process.

        Raises:
            SearchError: another one holds it, and still does after ``patience`` seconds.
        """
        from filelock import FileLock, Timeout  # loads much; who only searches does without

        lock = FileLock(self._folder / LOCK, timeout=self._patience, poll_interval=LOOK)
        try:
            lock.acquire()
        except Timeout as error:
            raise SearchError("the search index is being written by another process") from error
        except OSError as error:
            raise SearchError(f"the search index cannot be locked: {error}") from error
        try:
            yield
        finally:
            lock.release()

    def _create(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not (self._folder / POINTER).exists():
                place = self._folder / self._fresh_name()
                place.mkdir()
                self._make_index(place)
                self._point_to(place)

    def _fresh_name(self) -> str:
        """One that was not in use before: others may still have an older index open by its name."""
        numbers = (path.name.partition("-")[2] for path in self._folder.glob("index-*"))
        return f"index-{1 + max((int(each) for each in numbers if each.isdecimal()), default=0)}"

    def _point_to(self, place: Path) -> None:
        """Puts an index in use, in one step that reaches the disk."""
        sync(place)
        temporary = self._folder / f"{POINTER}.{os.getpid()}.new"
        temporary.write_text(place.name, "utf-8")
        sync(temporary)
        temporary.replace(self._folder / POINTER)
        sync(self._folder)

    def _remove_others(self, name: str) -> None:
        for path in self._folder.glob("index-*"):
            if path.name != name:
                shutil.rmtree(path, ignore_errors=True)


def sync(path: str | Path) -> None:
    """Waits until a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
