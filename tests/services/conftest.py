from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.app import Hub
from hub.model import Source
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from tests.services.back import Office, open_office

FEED = "https://taan.example/feed"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connector() -> ScriptedConnector:
    return ScriptedConnector()


@pytest.fixture
def hub(tmp_path: Path, database_url: str, connector: ScriptedConnector, clock: Clock) -> Iterator[Hub]:
    """A hub on either database, with the scripted connector and a clock that stands still."""
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    opened = scripted_hub(tmp_path, connector, now=clock, settings={"database": {"url": url}})
    yield opened
    opened.close()


@pytest.fixture
def source(hub: Hub) -> Source:
    added = hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, connector="scripted", feed_url=FEED
    )
    return added.sources[0]


@pytest.fixture
def office(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Office]:
    """A district office on either database; its clock stands still."""
    opened = open_office(tmp_path, database_url, clock)
    yield opened
    opened.hub.close()
