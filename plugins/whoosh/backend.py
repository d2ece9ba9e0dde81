"""A search backend on Whoosh: see ``hub.spec.EmbeddedBackend`` for the folder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh.fields import Schema
from whoosh.index import FileIndex

from hub.spec import Document, EmbeddedBackend, Hits, IndexVersion, Query, SearchWish
from plugins.whoosh.files import DurableStorage
from plugins.whoosh.reader import INDEX_NAME, Segment, Snapshot, generation, open_snapshot
from plugins.whoosh.search import search
from plugins.whoosh.writer import WORD, PostWriter, merge_all, merge_small

#: Nobody else writes where the backend's lock is held: the library's own is free at once, or a fault.
AT_ONCE = 0.0


class WhooshBackend(EmbeddedBackend[Snapshot]):
    """See ``hub.spec.SearchBackend``."""

    def _make_index(self, place: Path) -> None:
        FileIndex.create(DurableStorage(str(place)), Schema(), INDEX_NAME)

    def _state(self, place: Path) -> Hashable:
        return generation(place)

    def _open(self, version: IndexVersion, place: Path, before: Snapshot | None) -> Snapshot:
        return open_snapshot(version, place, before)

    def _write(self, snapshot: Snapshot, place: Path, latest: Mapping[int, Document], gone: Set[int]) -> None:
        opened = _segments(snapshot)
        with _writing(_index(place), merge_small(opened)) as writer:
            writer.drop(gone | latest.keys(), opened)
            writer.put(latest.values())

    def _tidy(self, snapshot: Snapshot, place: Path) -> None:
        """Makes one segment of all."""
        for path in place.glob("_*.toc.*"):
            path.unlink(missing_ok=True)
        if len(snapshot.parts) > 1 or snapshot.documents != snapshot.size:
            with _writing(_index(place), merge_all(_segments(snapshot))):
                pass

    def _filler(self, place: Path) -> Beside:
        return Beside(_index(place))

    def _search(self, snapshot: Snapshot, query: Query, wish: SearchWish) -> Hits:
        return search(snapshot, query, wish)

    def _words(self, snapshot: Snapshot, prefix: str) -> Iterable[tuple[str, int]]:
        counts: dict[str, int] = {}
        for segment, _ in snapshot.parts:
            for key, record in segment.beginning(WORD + prefix.encode("utf-8", "surrogatepass")):
                if record.raw:
                    word = key[1:].decode("utf-8", "surrogatepass")
                    counts[word] = counts.get(word, 0) + record.raw
        return counts.items()

    def _ids(self, snapshot: Snapshot) -> set[int]:
        return snapshot.ids()


class Beside:
    """Fills the index that a rebuild makes: one segment per portion, merged as they become many."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._opened: dict[str, Segment] = {}

    def add(self, documents: Sequence[Document]) -> None:
        self._open()
        latest = {document.id: document for document in documents}
        with _writing(self._index, merge_small(self._opened)) as writer:
            writer.drop(set(latest), self._opened)
            writer.put(latest.values())

    def commit(self) -> None:
        """Each portion was committed as it came."""

    def close(self) -> None:
        for segment in self._opened.values():
            segment.close()

    def _open(self) -> None:
        storage = self._index.storage
        for segment in self._index._segments():
            if segment.segment_id() not in self._opened:
                self._opened[segment.segment_id()] = Segment(storage, segment)


def _index(place: Path) -> Any:
    return FileIndex(DurableStorage(str(place)), indexname=INDEX_NAME)


def _segments(snapshot: Snapshot) -> dict[str, Segment]:
    return {segment.name: segment for segment, _ in snapshot.parts}


@contextmanager
def _writing(index: Any, merge: Callable[..., Any]) -> Iterator[PostWriter]:
    """A writer whose work counts when the block ends without an error."""
    writer = PostWriter(index, AT_ONCE)
    try:
        yield writer
        writer.commit(mergetype=merge)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise
