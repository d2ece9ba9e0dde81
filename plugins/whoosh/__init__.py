"""The embedded search index: Whoosh, nothing to start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hub.spec import SearchBackend, SearchBackendFactory, hookimpl


class WhooshFactory:
    """``[search] backend = "whoosh"``."""

    name = "whoosh"

    def open(self, folder: Path) -> SearchBackend:
        from plugins.whoosh.backend import WhooshBackend

        return WhooshBackend(folder)


@hookimpl
def register_search_backends() -> Sequence[SearchBackendFactory]:
    return [WhooshFactory()]
