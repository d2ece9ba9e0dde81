"""The search engine as an operator meets it: where its index lies, how fast it is, when another is due."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hub.errors import HubError
from hub.model import Finding
from hub.services.latency import Latency
from hub.store import Store

#: The engine that was once the only one: its folder does not carry its name.
FIRST = "whoosh"
#: The engine for many posts, and the p95 in milliseconds at which it is due (docs/portal.md has figures).
LARGE, SLOW = "tantivy", 200


def index_folder(data_dir: Path, name: str) -> Path:
    """Each engine has a folder of its own: one can be tried, and the other is still there."""
    return data_dir / ("index" if name == FIRST else f"index-{name}")


class Engine:
    """The engine of one hub.

    Args:
        name: as in ``[search] backend``.
        offered: names of all that plugins bring.
        latency: of the process that serves; what it says is kept in the database for the others.
    """

    def __init__(
        self, store: Store, name: str, *, offered: Collection[str], data_dir: Path, latency: Latency
    ) -> None:
        self._store, self._name, self._offered, self._data_dir = store, name, offered, data_dir
        self.latency = latency
        self._noted = -1

    @property
    def _figure(self) -> str:
        """Under what name p95 is kept: that of one engine says nothing of another."""
        return f"search_p95_ms.{self._name}"[:64]

    def note(self) -> None:
        """Tell other processes how long searches take here, once it is known."""
        p95 = self.latency.p95()
        if p95 is None or (milliseconds := max(1, round(p95 * 1000))) == self._noted:
            return
        with self._store.write() as tx:
            tx.upkeep.note(self._figure, milliseconds)
        self._noted = milliseconds

    def findings(self) -> list[Finding]:
        """What the doctor says of it; never raises."""
        try:
            with self._store.read() as tx:
                p95 = tx.upkeep.noted(self._figure)
        except HubError:
            p95 = 0  # said of the database already
        return [*self._pace(p95), *self._unused()]

    def _pace(self, p95: int) -> list[Finding]:
        if not p95:
            return []
        message = f"{self._name} answers 95 of 100 searches within {p95} ms"
        if p95 <= SLOW or self._name == LARGE or LARGE not in self._offered:
            return [Finding("search", True, message)]
        cure = f'set backend = "{LARGE}" under [search] in the configuration, then run: kimhub index rebuild'
        return [Finding("search", False, f"{message}, which residents feel", cure)]

    def _unused(self) -> list[Finding]:
        mine = index_folder(self._data_dir, self._name)
        others = [self._data_dir / "index", *sorted(self._data_dir.glob("index-*"))]
        return [
            Finding(
                "old index",
                True,
                f"{path} is the index of another search engine and takes {_size(path) // 2**20} MiB",
                f"if you do not go back to it, remove it: rm -r {path}",
            )
            for path in others
            if path.is_dir() and path != mine
        ]


def _size(folder: Path) -> int:
    """Bytes of all files in it; those that vanish meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
