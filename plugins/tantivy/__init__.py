"""The embedded search index for hubs past some 20,000 posts: Tantivy, nothing to start either."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hub.spec import SearchBackend, SearchBackendFactory, hookimpl


class TantivyFactory:
    """``[search] backend = "tantivy"``."""

    name = "tantivy"

    def open(self, folder: Path) -> SearchBackend:
        from plugins.tantivy.backend import TantivyBackend

        return TantivyBackend(folder)


@hookimpl
def register_search_backends() -> Sequence[SearchBackendFactory]:
    return [TantivyFactory()]
