"""One commit: what goes, what comes, and that it is on disk when it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path

import tantivy

from hub.spec import Document, sync
from plugins.tantivy.fields import to_index

#: Bytes that a writer keeps in memory before it begins another file (15 million is the library's least), and
#: one that makes the whole index: fewer and larger files are read faster.
MEMORY, MEMORY_TO_REBUILD = 15_000_000, 60_000_000


@contextmanager
def writing(index: tantivy.Index, place: Path) -> Iterator[tantivy.IndexWriter]:
    """A writer whose work counts when the block ends without an error, and then is on disk."""
    writer = index.writer(MEMORY, 1)
    try:
        yield writer
        writer.commit()
    finally:
        writer.wait_merging_threads()  # what was not committed is forgotten
    sync(place)


def put(writer: tantivy.IndexWriter, latest: Mapping[int, Document], gone: Set[int]) -> None:
    """Takes in documents in place of those with their ids; nothing of those ``gone`` stays."""
    for id_ in gone | latest.keys():
        writer.delete_documents_by_term("id", id_)
    for document in latest.values():
        writer.add_document(to_index(document))


class Beside:
    """Fills the index that a rebuild makes."""

    def __init__(self, index: tantivy.Index) -> None:
        self._writer = index.writer(MEMORY_TO_REBUILD, 1)
        self._written: set[int] = set()

    def add(self, documents: Sequence[Document]) -> None:
        for document in documents:
            if document.id in self._written:
                self._writer.delete_documents_by_term("id", document.id)
            self._written.add(document.id)
            self._writer.add_document(to_index(document))

    def commit(self) -> None:
        self._writer.commit()

    def close(self) -> None:
        """Waits until files are joined; what was not committed is forgotten."""
        self._writer.wait_merging_threads()
