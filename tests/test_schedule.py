"""The running hub: jobs that harvest, index and mend by themselves, seen on a real clock."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app import SCHEDULER, Hub
from hub.model import Batch, SearchRequest
from hub.schedule import Scheduler
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub

FEED = "https://taan.example/feed"


@pytest.fixture
def connector() -> ScriptedConnector:
    return ScriptedConnector()


@pytest.fixture
def hub(tmp_path: Path, connector: ScriptedConnector) -> Iterator[Hub]:
    opened = scripted_hub(tmp_path, connector, now=lambda: datetime.now(UTC))
    opened.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, connector="scripted", feed_url=FEED
    )
    yield opened
    opened.close()


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


def test_what_is_due_is_harvested_and_found_without_being_asked(
    hub: Hub, connector: ScriptedConnector
) -> None:
    connector.plan(FEED, [Batch({}, entries=(entry(1), entry(2)))])
    scheduler = Scheduler(hub)
    scheduler.start()
    try:
        assert eventually(lambda: hub.reading.search(SearchRequest("gotong royong")).total == 2)
        assert scheduler.alive
        assert hub.ready().parts["scheduler"] == (True, "running")
    finally:
        scheduler.stop()
    assert not scheduler.alive
    assert hub.ready().ready


def test_an_index_that_is_gone_is_made_anew_by_itself(hub: Hub, connector: ScriptedConnector) -> None:
    connector.plan(FEED, [Batch({}, entries=(entry(1), entry(2)))])
    hub.harvesting.run()
    shutil.rmtree(hub.settings.data_dir / "index")
    scheduler = Scheduler(hub)
    scheduler.start()
    try:
        assert eventually(lambda: hub.reading.search(SearchRequest("gotong royong")).total == 2)
    finally:
        scheduler.stop()


def test_a_scheduler_that_died_turns_readiness_red(hub: Hub) -> None:
    past = hub.now() - timedelta(minutes=5)
    with hub.store.write() as tx:
        tx.changes.take_lease(SCHEDULER, "somebody", past, past + timedelta(seconds=30))
    assert not hub.ready().ready
    assert "no sign of life" in hub.ready().parts["scheduler"][1]
