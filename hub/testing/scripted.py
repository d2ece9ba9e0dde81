"""A connector whose visits are scripted by the test, and a hub that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import Batch, Cursor, Entry, Source
from hub.plugins import build_manager
from hub.spec import Check, Context, Http, Option, Probe, Proposal, hookimpl

#: One visit: what it yields, in order; an exception in the list is raised at that point.
Visit = Iterable[Batch | BaseException]


class ScriptedConnector:
    """Plays back visits. ``visits`` maps a source's URL to the visits to come; a URL without any (or with
    none left) has nothing new."""

    name = "scripted"
    label: Mapping[str, str] = {"id": "Naskah uji", "en": "Test script"}
    options: tuple[Option, ...] = ()

    def __init__(self) -> None:
        self.visits: dict[str, list[Visit]] = {}
        self.cursors: list[Cursor | None] = []
        self.before: Callable[[Source], None] = lambda source: None

    def plan(self, url: str, *visits: Visit) -> None:
        self.visits.setdefault(url, []).extend(visits)

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return ()

    def check(self, source: Source, ctx: Context) -> Check:
        return Check(0)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        self.cursors.append(cursor)
        self.before(source)
        coming = self.visits.get(source.url)
        if not coming:
            yield Batch(cursor or {}, unchanged=True)
            return
        for step in coming.pop(0):
            if isinstance(step, BaseException):
                raise step
            yield step


class ScriptedPlugin:
    """Brings the scripted connector and whatever else a test wants tried."""

    def __init__(self, connector: ScriptedConnector, refiners: Iterable[Any] = ()) -> None:
        self._connector, self._refiners = connector, list(refiners)

    @hookimpl
    def register_connectors(self) -> list[Any]:
        return [self._connector]

    @hookimpl
    def register_refiners(self) -> list[Any]:
        return self._refiners


def scripted_hub(
    root: Path,
    connector: ScriptedConnector,
    *,
    now: Callable[[], datetime],
    refiners: Iterable[Any] = (),
    http: Http | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Hub:
    """A hub in ``root`` with the installed plugins and the scripted connector."""
    manager, _ = build_manager()
    manager.register(ScriptedPlugin(connector, refiners), name="scripted")
    return open_hub(build(settings or {}, root=root), manager=manager, http=http, now=now)


def entry(number: int, **changes: Any) -> Entry:
    """An ordinary entry; the same number gives the same entry."""
    values: dict[str, Any] = {
        "id": f"https://taan.example/?p={number}",
        "link": f"https://taan.example/berita/{number}",
        "title": f"Kabar nomor {number} dari Desa Taan",
        "html": f"<p>Warga bergotong royong memperbaiki jalan tani, hari ke-{number}. "
        + "Pekerjaan dimulai pagi hari dan selesai menjelang sore. " * 5
        + "</p>",
    }
    return Entry(**(values | changes))
