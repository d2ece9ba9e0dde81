"""A hub for looking at its map: a few KIM that wrote much, little or nothing, with or without borders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.model import Batch
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.borders import grid
from tests.clock import Clock

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TAAN, BINANGA, KARAMPUANG, SUMARE = "76.02.02.2010", "76.02.01.1002", "76.02.01.2006", "76.02.12.2005"
#: Village -> posts of the last 30 days; one older post besides. Mamunyu has no KIM.
RECENT = {TAAN: 12, BINANGA: 3, KARAMPUANG: 1, SUMARE: 0}
WITHOUT = "76.02.01.1003"


@contextmanager
def opened(root: Path, *, borders: bool, region: str = "76.02") -> Iterator[Hub]:
    connector = ScriptedConnector()
    settings = {"web": {"rate_limit": 0}, "hub": {"region": region}}
    hub = scripted_hub(root, connector, now=Clock(NOW), settings=settings)
    for site, (code, posts) in enumerate(RECENT.items(), 1):
        home = f"https://kim{site}.example"
        hub.registering.add_site(
            f"KIM {site}", f"{home}/", code, probe=False, connector="scripted", feed_url=f"{home}/feed"
        )
        connector.plan(f"{home}/feed", [Batch({"n": 1}, entries=tuple(_entries(home, site, posts)))])
    hub.harvesting.run(everything=True)
    if borders:
        hub.borders.import_file(grid())
    try:
        yield hub
    finally:
        hub.close()


def _entries(home: str, site: int, posts: int) -> Iterator[Any]:
    for number in range(posts + 1):
        age = timedelta(days=number) if number < posts else timedelta(days=50)
        yield entry(
            number,
            id=f"{home}/?p={number}",
            link=f"{home}/{number}",
            title=f"Kabar {number} dari KIM {site}",
            html=f"<p>Musyawarah nomor {site * 100 + number} membahas jalan, air bersih, dan posyandu.</p>",
            published=NOW - age,
        )
