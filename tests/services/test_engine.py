"""The search engine as an operator meets it: chosen, changed, measured, and what the doctor says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app import Hub
from hub.model import Batch, Finding, SearchRequest
from hub.schedule import Scheduler
from hub.services.engine import LARGE, SLOW, Engine
from hub.services.latency import KEPT, LEAST, Latency
from hub.store import Store, schema
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock

FEED = "https://taan.example/feed"
REBUILD = "kimhub index rebuild"


@pytest.fixture
def connector() -> ScriptedConnector:
    return ScriptedConnector()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, connector: ScriptedConnector, clock: Clock) -> Path:
    """A hub that ran with Whoosh and has three posts."""
    hub = scripted_hub(tmp_path, connector, now=clock)
    hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, connector="scripted", feed_url=FEED
    )
    connector.plan(FEED, [Batch({}, tuple(map(entry, range(1, 4))))])
    hub.harvesting.run(everything=True)
    assert hub.reading.search(SearchRequest("gotong royong")).total == 3
    hub.close()
    return tmp_path


def opened(folder: Path, connector: ScriptedConnector, backend: str, clock: Clock) -> Hub:
    clock.forward(days=1)
    return scripted_hub(folder, connector, now=clock, settings={"search": {"backend": backend}})


def finding(hub: Hub, part: str) -> Finding:
    [found] = [each for each in hub.upkeep.check() if each.part == part]
    return found


@pytest.fixture
def switched(folder: Path, connector: ScriptedConnector, clock: Clock) -> Iterator[Hub]:
    hub = opened(folder, connector, "tantivy", clock)
    yield hub
    hub.close()


# -- changing it -------------------------------------------------------------------------------------


def test_an_engine_that_was_just_chosen_says_what_to_do(switched: Hub) -> None:
    page = switched.reading.search(SearchRequest("gotong royong"))
    assert (page.results, page.notice) == ((), "index_down")
    fine, message = switched.ready().parts["index"]
    assert not fine
    assert "empty" in message
    assert REBUILD in message
    found = finding(switched, "index")
    assert (found.fine, REBUILD in found.cure) == (False, True)


def test_a_rebuild_switches(switched: Hub) -> None:
    assert switched.indexing.rebuild() == 3
    page = switched.reading.search(SearchRequest("gotong royong"))
    assert (page.total, page.notice) == (3, "")
    assert switched.ready().parts["index"] == (True, "3 documents")
    assert finding(switched, "index").fine


def test_the_mend_job_switches_by_itself(switched: Hub) -> None:
    assert "tantivy" in switched.indexing.mend()
    assert switched.reading.search(SearchRequest("gotong royong")).total == 3
    assert switched.indexing.mend() == ""


def test_a_new_post_in_the_new_index_does_not_hide_that_the_others_are_missing(
    switched: Hub, connector: ScriptedConnector
) -> None:
    connector.plan(FEED, [Batch({}, (entry(4),))])
    switched.harvesting.run(everything=True)
    assert switched.indexing.status().documents == 1
    assert not switched.ready().parts["index"][0]
    switched.indexing.mend()
    assert switched.reading.search(SearchRequest("gotong royong")).total == 4
    assert switched.ready().parts["index"][0]


def test_going_back_finds_what_was_edited_meanwhile(
    folder: Path, switched: Hub, connector: ScriptedConnector, clock: Clock
) -> None:
    switched.indexing.rebuild()
    edited = replace(entry(2), title="Lomba perahu sandeq")
    connector.plan(FEED, [Batch({}, (edited,))])
    switched.harvesting.run(everything=True)
    assert switched.reading.search(SearchRequest("sandeq")).total == 1
    switched.close()
    back = opened(folder, connector, "whoosh", clock)
    try:
        assert back.indexing.status().documents == 3
        fine, message = back.ready().parts["index"]
        assert not fine
        assert "out of date" in message
        back.indexing.mend()
        assert back.reading.search(SearchRequest("sandeq")).total == 1
        assert back.ready().parts["index"][0]
    finally:
        back.close()


def test_an_empty_hub_is_ready(tmp_path: Path, connector: ScriptedConnector, clock: Clock) -> None:
    hub = opened(tmp_path, connector, "tantivy", clock)
    assert hub.ready().parts["index"] == (True, "0 documents")
    assert hub.reading.search(SearchRequest("banjir")).notice == ""
    assert hub.indexing.mend() == ""
    hub.close()


def test_the_folder_of_the_other_engine_is_named(folder: Path, switched: Hub) -> None:
    found = finding(switched, "old index")
    assert found.fine
    assert f"rm -r {switched.settings.data_dir / 'index'}" in found.cure
    assert not [path for path in switched.settings.data_dir.glob("index-*") if str(path) in found.cure]


# -- how fast it is ----------------------------------------------------------------------------------


class Ticks:
    """A clock that moves by what the test says at every look."""

    def __init__(self) -> None:
        self.at, self.step = 0.0, 0.0

    def __call__(self) -> float:
        self.at += self.step
        return self.at


def ask(latency: Latency, ticks: Ticks, seconds: float, times: int) -> None:
    ticks.step = seconds
    for _ in range(times):
        with latency.measured():
            pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    schema.upgrade(store)
    yield store
    store.close()


def engine(store: Store, folder: Path, name: str = "whoosh", latency: Latency | None = None) -> Engine:
    offered = ("whoosh", "tantivy")
    return Engine(store, name, offered=offered, data_dir=folder, latency=latency or Latency())


def test_slow_searches_of_one_process_are_seen_by_the_doctor_in_another(store: Store, tmp_path: Path) -> None:
    ticks = Ticks()
    serving = engine(store, tmp_path, latency=Latency(ticks))
    ask(serving.latency, ticks, 0.02, LEAST)
    serving.note()
    [found] = engine(store, tmp_path).findings()
    assert (found.part, found.fine) == ("search", True)
    assert "20 ms" in found.message
    ask(serving.latency, ticks, 0.3125, 20)
    serving.note()
    [found] = engine(store, tmp_path).findings()
    assert not found.fine
    assert "312 ms" in found.message
    assert f'backend = "{LARGE}"' in found.cure
    assert REBUILD in found.cure


def test_a_fast_time_takes_the_advice_back(store: Store, tmp_path: Path) -> None:
    ticks = Ticks()
    serving = engine(store, tmp_path, latency=Latency(ticks))
    for seconds, fine in ((0.25, False), (0.03125, True)):
        ask(serving.latency, ticks, seconds, KEPT)
        serving.note()
        assert [each.fine for each in engine(store, tmp_path).findings()] == [fine]


def test_the_large_engine_is_measured_and_not_advised_against(store: Store, tmp_path: Path) -> None:
    ticks = Ticks()
    serving = engine(store, tmp_path, "tantivy", Latency(ticks))
    ask(serving.latency, ticks, 2 * SLOW / 1000, LEAST)
    serving.note()
    assert engine(store, tmp_path, "whoosh").findings() == []
    [found] = engine(store, tmp_path, "tantivy").findings()
    assert found.fine


def test_few_searches_say_nothing_and_failed_ones_do_not_count(store: Store, tmp_path: Path) -> None:
    ticks = Ticks()
    latency = Latency(ticks)
    ask(latency, ticks, 3.0, LEAST - 1)
    with pytest.raises(ZeroDivisionError), latency.measured():
        raise ZeroDivisionError
    assert latency.p95() is None
    serving = engine(store, tmp_path, latency=latency)
    serving.note()
    assert serving.findings() == []
    rising, count, spent = latency.histogram()
    assert (count, spent) == (LEAST - 1, pytest.approx(3.0 * (LEAST - 1)))
    assert {below for _, below in rising} == {0}


def test_the_running_hub_measures_and_tells(folder: Path, connector: ScriptedConnector, clock: Clock) -> None:
    hub = opened(folder, connector, "whoosh", clock)
    for number in range(LEAST):
        hub.reading.search(SearchRequest(f"gotong royong {number}"))
    Scheduler(hub)._beat()
    assert finding(hub, "search").fine
    assert hub.engine.latency.histogram()[1] >= LEAST
    hub.close()
