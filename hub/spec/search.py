"""What a search backend is: it takes ready tokens, answers with ids, and decides nothing about language.

The hub's analyser (``hub.text.analyse``) turns posts and queries into tokens; a backend only stores,
matches, ranks and counts. It is a derived view: everything in it can be made again from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

from hub.model import Document, Filters, Hits, IndexStatus, Query


class SearchBackend(Protocol):
    """An index bound to one place. Calls may come from several threads; ``write`` and ``rebuild`` from
    one at a time (the hub holds a lease while it calls them)."""

    def write(self, documents: Sequence[Document], deleted: Iterable[int]) -> None:
        """Take in ``documents`` (replacing those with the same id) and drop ``deleted``; durable when it
        returns; applying twice equals once. A kill at any moment leaves the index as it was before or
        after.

        Raises:
            SearchError: locked by another writer, or broken (then ``status`` says so).
        """
        ...

    def search(
        self,
        query: Query,
        filters: Filters,
        *,
        limit: int,
        offset: int = 0,
        sort: Literal["relevance", "newest"] = "relevance",
        now: int = 0,
        facets: Sequence[str] = (),
    ) -> Hits:
        """The best ``limit`` ids from ``offset``. ``relevance`` mixes in recency as seen from ``now``
        (epoch seconds).

        Raises:
            SearchError: the index is missing or broken.
        """
        ...

    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Indexed raw words beginning with ``prefix`` and the number of posts that hold them, commonest
        first: what spelling suggestions are made from."""
        ...

    def ids(self) -> set[int]:
        """All post ids in the index: what the hub compares with the store."""
        ...

    def rebuild(self) -> AbstractContextManager[Callable[[Sequence[Document]], None]]:
        """A new index beside the present one: call the given function with portions of documents; on
        leaving the context without an error it takes the place of the old one at once, searches go on
        all through. After an error the old one stays."""
        ...

    def optimise(self) -> None:
        """Nightly housekeeping; may do nothing."""
        ...

    def status(self) -> IndexStatus: ...

    def close(self) -> None: ...


class SearchBackendFactory(Protocol):
    """What a plugin registers: a name for ``[search] backend`` and how to open an index in a folder."""

    @property
    def name(self) -> str: ...

    def open(self, folder: Path) -> SearchBackend: ...
