"""A search backend on Whoosh: a folder, one writer at a time, any number of readers and processes.

The folder holds a pointer file, the index folder that it names, and a lock. A rebuild makes another index
folder and moves the pointer; searches look at pointer and generation first, so every process takes up a
commit or a rebuild at its next search.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from whoosh.fields import Schema
from whoosh.index import FileIndex, LockError
from whoosh.util.filelock import FileLock, try_for

from hub.spec import Document, Filters, Hits, IndexStatus, Query, SearchError
from plugins.whoosh.files import DurableStorage, replace_text
from plugins.whoosh.reader import (
    INDEX_NAME,
    POINTER,
    Segment,
    Snapshot,
    Version,
    current_version,
    open_snapshot,
)
from plugins.whoosh.search import Wish, search
from plugins.whoosh.writer import WORD, PostWriter, merge_all, merge_small

LOCK = "write.lock"
#: So long a writer waits for another one.
PATIENCE = 10.0
NO_FILTERS = Filters()


class WhooshBackend:
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
            opened = {segment.name: segment for segment, _ in snapshot.parts}
            writer = PostWriter(self._index(snapshot.version[0]), self._patience)
            try:
                writer.drop(gone | latest.keys(), opened)
                writer.put(document for id_, document in latest.items() if id_ not in gone)
                writer.commit(mergetype=merge_small(opened))
            except BaseException:
                _abandon(writer)
                raise

    def optimise(self) -> None:
        """Makes one segment of all, and takes away what killed writers left behind."""
        with self._locked(), self._guarded("optimise"):
            snapshot = self._current()
            self._sweep(snapshot.version)
            if len(snapshot.parts) <= 1 and snapshot.documents == snapshot.size:
                return
            opened = {segment.name: segment for segment, _ in snapshot.parts}
            writer = PostWriter(self._index(snapshot.version[0]), self._patience)
            try:
                writer.commit(mergetype=merge_all(opened))
            except BaseException:
                _abandon(writer)
                raise

    @contextmanager
    def rebuild(self) -> Iterator[Callable[[Sequence[Document]], None]]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            name = self._fresh_name()
            try:
                with self._guarded("rebuild"):
                    self._make_index(name)
                    beside = _Beside(self._index(name), self._patience)
                yield lambda documents: self._fill(beside, documents)
                with self._guarded("rebuild"):
                    replace_text(self._folder / POINTER, name)
            except BaseException:
                shutil.rmtree(self._folder / name, ignore_errors=True)
                raise
            self._broken = None
            self._remove_others(name)

    def _fill(self, beside: _Beside, documents: Sequence[Document]) -> None:
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
            return search(self._current(), query, Wish(filters, limit, offset, sort, now, facets))

    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        counts: dict[str, int] = {}
        with self._guarded("words"):
            for segment, _ in self._current().parts:
                for key, record in segment.beginning(WORD + prefix.encode("utf-8", "surrogatepass")):
                    if record.raw:
                        word = key[1:].decode("utf-8", "surrogatepass")
                        counts[word] = counts.get(word, 0) + record.raw
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]

    def ids(self) -> set[int]:
        with self._guarded("ids"):
            return self._current().ids()

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

    def _current(self) -> Snapshot:
        """The newest snapshot, opened when something was committed since the last one."""
        held = self._snapshot
        try:
            if held is not None and held.version == current_version(self._folder):
                return held
        except FileNotFoundError:
            pass  # a rebuild may be moving the pointer this very moment; opening looks again
        with self._opening:
            held = self._snapshot = open_snapshot(self._folder, self._snapshot)
            return held

    @contextmanager
    def _guarded(self, doing: str) -> Iterator[None]:
        """Whatever goes wrong inside comes out as a SearchError in words; damage is remembered."""
        try:
            yield
        except SearchError:
            raise
        except LockError as error:
            raise SearchError("the search index is being written by another process") from error
        except Exception as error:
            problem = f"the search index does not answer ({doing}): {error or type(error).__name__}"
            if self._snapshot is not None:
                self._broken = (self._snapshot.version, problem)
            raise SearchError(problem) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one writer, optimiser or rebuilder on this folder, in all processes; the lock dies with
        its process."""
        try:
            lock = FileLock(str(self._folder / LOCK))
            taken = try_for(lock.acquire, timeout=self._patience, delay=0.05)
        except OSError as error:
            raise SearchError(f"the search index cannot be locked: {error}") from error
        if not taken:
            raise SearchError("the search index is being written by another process")
        try:
            yield
        finally:
            lock.release()

    def _create(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not (self._folder / POINTER).exists():
                name = self._fresh_name()
                self._make_index(name)
                replace_text(self._folder / POINTER, name)

    def _fresh_name(self) -> str:
        """One that was not in use before: others may still have an older index open by its name."""
        numbers = (path.name.partition("-")[2] for path in self._folder.glob("index-*"))
        return f"index-{1 + max((int(each) for each in numbers if each.isdecimal()), default=0)}"

    def _make_index(self, name: str) -> None:
        place = self._folder / name
        place.mkdir()
        FileIndex.create(DurableStorage(str(place)), Schema(), INDEX_NAME)

    def _index(self, name: str) -> Any:
        return FileIndex(DurableStorage(str(self._folder / name)), indexname=INDEX_NAME)

    def _remove_others(self, name: str) -> None:
        for path in self._folder.glob("index-*"):
            if path.name != name:
                shutil.rmtree(path, ignore_errors=True)

    def _sweep(self, version: Version) -> None:
        self._remove_others(version[0])
        for path in (self._folder / version[0]).glob("_*.toc.*"):
            path.unlink(missing_ok=True)


class _Beside:
    """Fills the index that a rebuild makes: one segment per portion, merged as they become many."""

    def __init__(self, index: Any, patience: float) -> None:
        self._index, self._patience = index, patience
        self._opened: dict[str, Segment] = {}

    def add(self, documents: Sequence[Document]) -> None:
        self._open()
        latest = {document.id: document for document in documents}
        writer = PostWriter(self._index, self._patience)
        try:
            writer.drop(set(latest), self._opened)
            writer.put(latest.values())
            writer.commit(mergetype=merge_small(self._opened))
        except BaseException:
            _abandon(writer)
            raise

    def _open(self) -> None:
        storage = self._index.storage
        for segment in self._index._segments():
            if segment.segment_id() not in self._opened:
                self._opened[segment.segment_id()] = Segment(storage, segment)


def _abandon(writer: PostWriter) -> None:
    if not writer.is_closed:
        writer.cancel()
