"""A connector and a publisher that do as the test says, and a hub that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import Batch, Cursor, Entry, Source
from hub.plugins import build_manager
from hub.spec import (
    Action,
    Check,
    Context,
    Copy,
    Http,
    News,
    Notice,
    NotifyContext,
    Option,
    Preview,
    Probe,
    Proposal,
    PublishContext,
    Receipt,
    Sight,
    Target,
    TargetCheck,
    hookimpl,
)

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


@dataclass(slots=True)
class Sheet:
    """One copy at a scripted target."""

    mark: str
    text: str
    version: int
    live: bool = True


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong at the next call of ``apply``: before anything was done there, or after."""

    error: Exception
    committed: bool = False


class ScriptedPublisher:
    """Publishes onto sheets of paper, one stack a target, and looks before it creates.

    ``stacks`` maps a target's id to its sheets; tests edit and remove them as a village would. ``mishaps``
    maps it to what goes wrong next, in order. ``before`` is called at the start of every ``apply``.
    """

    label: Mapping[str, str] = {"id": "Naskah uji", "en": "Test script"}
    needs: frozenset[str] = frozenset()
    options: tuple[Option, ...] = (Option("stall"),)

    def __init__(self, name: str = "scripted") -> None:
        self.name = name
        self.stacks: dict[int, list[Sheet]] = {}
        self.mishaps: dict[int, list[Mishap]] = {}
        self.calls: list[tuple[str, int, int]] = []
        self.before: Callable[[str, Target], None] = lambda action, target: None
        self.proves = True

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        return TargetCheck("tester", media=True)

    def preview(self, notice: Notice, target: Target) -> Preview:
        return Preview(self.name, notice.subject, text=notice.text)

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        sheet = self._sheet(notice, target)
        return _copy(sheet) if sheet else None

    def apply(
        self,
        action: Action,
        notice: Notice,
        copy: Copy | None,
        target: Target,
        ctx: PublishContext,
        *,
        overwrite: bool = False,
    ) -> Receipt:
        self.calls.append((action, target.id, notice.version))
        self.before(action, target)
        planned = self.mishaps.get(target.id) or []
        mishap = planned.pop(0) if planned else None
        if mishap and not mishap.committed:
            raise mishap.error
        receipt = self._do(action, notice, copy, target, overwrite)
        if mishap:
            raise mishap.error
        return receipt

    def _do(
        self, action: Action, notice: Notice, copy: Copy | None, target: Target, overwrite: bool
    ) -> Receipt:
        sheet = self._sheet(notice, target)
        if action == "withdraw":
            if sheet:
                sheet.live = False
            return Receipt("done", copy)
        if action == "update" and not overwrite:
            if sheet is None or not sheet.live:
                return Receipt("removed_there", copy)
            if copy and copy.digest != sheet.text:
                return Receipt("edited_there", copy)
        if sheet is None:
            sheet = Sheet(notice.mark, notice.text, notice.version)
            self.stacks.setdefault(target.id, []).append(sheet)
            return Receipt("done", _copy(sheet))
        sheet.text, sheet.version, sheet.live = notice.text, notice.version, True
        return Receipt("done", _copy(sheet), adopted=copy is None)

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        sheet = self._sheet(notice, target)
        if not self.proves:
            return Sight("unproven")
        if sheet is None or not sheet.live:
            return Sight("gone")
        return Sight("seen" if sheet.text == copy.digest else "edited", copy.remote_url)

    def live(self, mark: str) -> int:
        """How many copies residents can read."""
        return sum(sheet.live and sheet.mark == mark for stack in self.stacks.values() for sheet in stack)

    def _sheet(self, notice: Notice, target: Target) -> Sheet | None:
        return next((each for each in self.stacks.get(target.id, ()) if each.mark == notice.mark), None)


def _copy(sheet: Sheet) -> Copy:
    return Copy(sheet.mark, f"https://village.example/{sheet.mark}", sheet.text)


class ScriptedNotifier:
    """Lays messages on a pile. ``mishaps`` are errors raised by the next calls, in order, before anything is
    laid down."""

    label: Mapping[str, str] = {"id": "Naskah uji", "en": "Test script"}
    options: tuple[Option, ...] = ()

    def __init__(self, name: str = "pile") -> None:
        self.name = name
        self.pile: list[tuple[str, News]] = []
        self.mishaps: list[Exception] = []
        self.problem = ""

    def ready(self, ctx: NotifyContext) -> str:
        return self.problem

    def clean(self, address: str) -> str:
        if not address.strip():
            raise ValueError("is empty")
        return address.strip().lower()

    def send(self, news: News, address: str, ctx: NotifyContext) -> None:
        if self.mishaps:
            raise self.mishaps.pop(0)
        self.pile.append((address, news))


class ScriptedPlugin:
    """Brings the scripted connector and whatever else a test wants tried."""

    def __init__(
        self,
        connector: ScriptedConnector,
        refiners: Iterable[Any] = (),
        publishers: Iterable[Any] = (),
        notifiers: Iterable[Any] = (),
    ) -> None:
        self._connector, self._refiners = connector, list(refiners)
        self._publishers, self._notifiers = list(publishers), list(notifiers)

    @hookimpl
    def register_connectors(self) -> list[Any]:
        return [self._connector]

    @hookimpl
    def register_publishers(self) -> list[Any]:
        return self._publishers

    @hookimpl
    def register_notifiers(self) -> list[Any]:
        return self._notifiers

    @hookimpl
    def register_refiners(self) -> list[Any]:
        return self._refiners


def scripted_hub(
    root: Path,
    connector: ScriptedConnector,
    *,
    now: Callable[[], datetime],
    refiners: Iterable[Any] = (),
    publishers: Iterable[Any] = (),
    notifiers: Iterable[Any] = (),
    http: Http | None = None,
    settings: Mapping[str, Any] | None = None,
    plugins: Mapping[str, object] | None = None,
) -> Hub:
    """A hub in ``root`` with the installed plugins and the scripted connector.

    Args:
        plugins: further plugins by name; None leaves an installed one out.
    """
    manager, _ = build_manager()
    manager.register(ScriptedPlugin(connector, refiners, publishers, notifiers), name="scripted")
    for name, plugin in (plugins or {}).items():
        if plugin is None:
            manager.unregister(name=name)
        else:
            manager.register(plugin, name=name)
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
