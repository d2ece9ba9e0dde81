"""Bad plugins on a real hub: each costs its own source only, is named, switched off, and tried again."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from hub import app
from hub.app import Hub, open_hub
from hub.config import build
from hub.errors import PluginError
from hub.model import Batch, Cursor, Draft, Harvest, SearchRequest, Source, Verdict
from hub.plugins import REST, TRIP_AFTER, Plugins, build_manager
from hub.services import watchdog
from hub.spec import Check, Context, hookimpl
from hub.testing.scripted import ScriptedConnector, ScriptedPlugin, entry
from tests.clock import Clock

Script = Callable[[Context], Iterator[Batch]]
#: What tests let loose must end with the test.
released = threading.Event()


def spins(ctx: Context) -> Iterator[Batch]:
    yield Batch({"n": 1}, (entry(1),))
    while not released.is_set():
        pass


def spins_and_catches(ctx: Context) -> Iterator[Batch]:
    while not released.is_set():
        try:
            sum(range(1000))
        except Exception:
            continue
    yield Batch({}, (entry(66, title="Terlambat datang"),))


def sleeps(ctx: Context) -> Iterator[Batch]:
    released.wait(30)
    yield Batch({}, (entry(77, title="Terlambat datang"),))


def endless(ctx: Context) -> Iterator[Batch]:
    while not released.is_set():
        yield Batch({"n": 1}, (entry(1),))


def exits(ctx: Context) -> Iterator[Batch]:
    yield Batch({"n": 1}, (entry(1),))
    raise SystemExit(1)


def fails(ctx: Context) -> Iterator[Batch]:
    raise ValueError("bug")
    yield


def interrupts(ctx: Context) -> Iterator[Batch]:
    raise KeyboardInterrupt
    yield


def closes(ctx: Context) -> Iterator[Batch]:
    raise GeneratorExit
    yield


def recurses(ctx: Context) -> Iterator[Batch]:
    yield from recurses(ctx)


def starves(ctx: Context) -> Iterator[Batch]:
    raise MemoryError
    yield


def million(ctx: Context) -> Iterator[Batch]:
    yield Batch({"n": 1}, (entry(1),))
    yield Batch({"n": 2}, (entry(2),) * 1_000_000)


def gigantic(ctx: Context) -> Iterator[Batch]:
    yield Batch({"n": 1}, (entry(1),))
    yield Batch({"n": 2}, (entry(2, html="x" * 20_000_000),))


def rubbish(ctx: Context) -> Iterator[Batch]:
    yield {"entries": []}  # type: ignore[misc]


#: Script, the reason that its source then has, a word of the detail, and posts that stay.
BAD: dict[str, tuple[Script, str, str, int]] = {
    "spins": (spins, "plugin", "did not come back", 1),
    "spins_and_catches": (spins_and_catches, "plugin", "did not come back", 0),
    "sleeps": (sleeps, "plugin", "did not come back", 0),
    "endless": (endless, "plugin", "did not come back", 1),
    "exits": (exits, "plugin", "SystemExit", 1),
    "fails": (fails, "plugin", "ValueError: bug", 0),
    "interrupts": (interrupts, "plugin", "KeyboardInterrupt", 0),
    "closes": (closes, "plugin", "GeneratorExit", 0),
    "recurses": (recurses, "plugin", "RecursionError", 0),
    "starves": (starves, "plugin", "MemoryError", 0),
    "million": (million, "too_large", "1000000 entries in one batch", 1),
    "gigantic": (gigantic, "too_large", "characters in one entry", 1),
    "rubbish": (rubbish, "plugin", "AttributeError", 0),
}


class BadConnector(ScriptedConnector):
    def __init__(self, name: str, script: Script) -> None:
        super().__init__()
        self.name, self.script, self.runs = name, script, 0

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        self.runs += 1
        return self.script(ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        return Check(len(list(self.script(ctx))))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    usual = app._policy
    monkeypatch.setattr(
        app,
        "_policy",
        lambda settings: replace(
            usual(settings), visit_seconds=0.5, grace=1.5, hook_seconds=0.5, look_seconds=0.5
        ),
    )
    monkeypatch.setattr(watchdog, "PATIENCE", 0.05)
    released.clear()
    yield
    released.set()


@pytest.fixture
def make(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Hub]]:
    hubs: list[Hub] = []

    def opened(clock: Clock, *plugins: Any) -> Hub:
        manager, _ = build_manager()
        for number, plugin in enumerate(plugins):
            manager.register(plugin, name=f"test{number}")
        url = database_url.replace("postgresql+psycopg://", "postgresql://")
        hub = open_hub(build({"database": {"url": url}}, root=tmp_path), manager=manager, now=clock)
        hubs.append(hub)
        return hub

    yield opened
    released.set()
    for hub in hubs:
        hub.close()


def add(hub: Hub, connector: str, village: str = "76.02.02.2010") -> Source:
    url = f"https://{connector.replace('_', '-')}.example/"
    return hub.registering.add_site(
        f"KIM {connector}", url, village, probe=False, connector=connector
    ).sources[0]


def titles(hub: Hub) -> list[str]:
    return [card.title for card in hub.reading.search(SearchRequest()).results]


def test_every_bad_connector_costs_its_own_source_only(make: Callable[..., Hub], clock: Clock) -> None:
    good = ScriptedConnector()
    hub = make(clock, ScriptedPlugin(good), *(ScriptedPlugin(BadConnector(k, v[0])) for k, v in BAD.items()))
    for name in BAD:
        add(hub, name)
    good.plan(add(hub, "scripted").url, [Batch({}, (entry(5, title="Yang baik tetap jalan"),))])
    run = hub.harvesting.run()
    found = {each.source.connector: each for each in run.harvests}
    assert set(found) == {*BAD, "scripted"}
    assert (found["scripted"].new, found["scripted"].reason) == (1, None)
    for name, (_, reason, detail, stored) in BAD.items():
        harvest, source = found[name], hub.registering.source(found[name].source.id)
        assert (harvest.reason, source.reason, harvest.new) == (reason, reason, stored), name
        assert detail in harvest.problem, name
        assert (source.leased_until, source.failures) == (None, 1), name
        assert harvest.retry_at is not None, name
        assert source.due_at == harvest.retry_at > clock(), name
    released.set()
    assert "Terlambat datang" not in titles(hub)
    problems = {each.name: each.problem for each in hub.plugins.report() if each.problem}
    assert len(problems) == len(BAD)
    # five in a row, however long the queue before them: the pool kept its size
    clock.forward(hours=30)
    good.plan("https://scripted.example/", [Batch({}, (entry(6),))])
    assert {each.source.connector for each in hub.harvesting.run().harvests} == {*BAD, "scripted"}


def test_what_loops_is_ended_and_stores_nothing_late(make: Callable[..., Hub], clock: Clock) -> None:
    hub = make(clock, ScriptedPlugin(BadConnector("spins", spins)))
    add(hub, "spins")
    hub.harvesting.run()
    deadline = time.monotonic() + 20
    while any(each.name == "harvest" for each in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(each.name == "harvest" for each in threading.enumerate())
    assert not released.is_set()


def test_five_hangs_switch_it_off_and_it_is_tried_again(
    make: Callable[..., Hub], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = BadConnector("spins", spins)
    hub = make(clock, ScriptedPlugin(bad))
    for number in range(TRIP_AFTER + 1):
        hub.registering.add_site(
            f"KIM {number}",
            f"https://desa{number}.example/",
            "76.02.02.2010",
            probe=False,
            connector="spins",
        )
    hub.harvesting.run()
    clock.forward(days=2)
    runs = bad.runs
    assert {each.reason for each in hub.harvesting.run().harvests} == {"plugin"}
    assert bad.runs == runs
    (report,) = [each for each in hub.plugins.report() if "connector spins" in each.brings]
    assert not report.running
    assert "did not come back" in report.problem
    monkeypatch.setattr(hub.plugins, "_clock", lambda: time.monotonic() + REST + 1)
    bad.script = lambda ctx: iter([Batch({"n": 1}, (entry(3),))])
    clock.forward(days=2)
    assert {each.reason for each in hub.harvesting.run().harvests} == {None}
    assert all(each.running for each in hub.plugins.report())


def test_a_refiner_that_hangs_is_blamed_and_then_passed_over(make: Callable[..., Hub], clock: Clock) -> None:
    class Hangs:
        name = "hangs"

        def refine(self, draft: Draft, source: Source) -> Verdict:
            released.wait(30)
            return Verdict()

    good = ScriptedConnector()
    hub = make(clock, ScriptedPlugin(good, refiners=[Hangs()]))
    source = add(hub, "scripted")
    for _ in range(TRIP_AFTER):
        good.plan(source.url, [Batch({}, (entry(1),))])
        (harvest,) = hub.harvesting.run(source=source.id).harvests
        assert (harvest.reason, harvest.new) == ("plugin", 0)
        assert "refiner hangs" in harvest.problem
        clock.forward(hours=30)
    good.plan(source.url, [Batch({}, (entry(1),))])
    (harvest,) = hub.harvesting.run(source=source.id).harvests
    assert (harvest.reason, harvest.new) == (None, 1)


def test_a_listener_that_hangs_costs_no_harvest(make: Callable[..., Hub], clock: Clock) -> None:
    class Listener:
        @hookimpl
        def on_harvest(self, harvest: Harvest) -> None:
            released.wait(30)

    good = ScriptedConnector()
    hub = make(clock, ScriptedPlugin(good), Listener())
    source = add(hub, "scripted")
    good.plan(source.url, [Batch({}, (entry(1),))])
    (harvest,) = hub.harvesting.run().harvests
    assert (harvest.reason, harvest.new) == (None, 1)
    assert any("did not come back" in each.problem for each in hub.plugins.report())


def test_a_check_by_hand_comes_back(make: Callable[..., Hub], clock: Clock) -> None:
    hub = make(clock, ScriptedPlugin(BadConnector("sleeps", sleeps)))
    source = add(hub, "sleeps")
    with pytest.raises(PluginError, match="did not come back"):
        hub.registering.check_source(source.id)


def test_a_plugin_that_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kim_exits.py").write_text("raise SystemExit(2)")
    monkeypatch.syspath_prepend(str(tmp_path))
    points = [
        EntryPoint("absent", "no.such.module", "kimhub"),
        EntryPoint("exits", "kim_exits", "kimhub"),
        EntryPoint("feed", "connectors.feed", "kimhub"),
    ]
    plugins = Plugins(*build_manager(points))
    reports = {each.name: each for each in plugins.report()}
    assert reports["feed"].running
    assert not reports["absent"].running
    assert "no" in reports["absent"].problem
    assert not reports["exits"].running
    assert "SystemExit" in reports["exits"].problem


def test_the_process_ends_although_a_thread_hangs(tmp_path: Path) -> None:
    """A hung thread sleeps in C: it cannot be ended, and must not hold the process."""
    code = dedent(
        """
        import time
        from datetime import UTC, datetime
        from hub.services.watchdog import Leash, start
        start(lambda: time.sleep(600), Leash.of(0.1), "harvest")
        print("over")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "over\n"
