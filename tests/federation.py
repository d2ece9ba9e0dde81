"""Real hubs on loopback: each with its own data, its pages served by the hub's own server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.cli.serving import Server
from hub.model import Batch, Card, Entry, SearchRequest, Source
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from web.app import make_app

MAMUJU, POLMAN, SULBAR = "76.02", "76.04", "76"
#: A village of each region, where other hubs are registered.
SEAT = {MAMUJU: "76.02.01.1002", POLMAN: "76.04.01.1001", SULBAR: "76.02.01.1003"}


@dataclass
class Town:
    """One hub, and a KIM that publishes in it as the test says."""

    name: str
    hub: Hub
    connector: ScriptedConnector
    clock: Clock
    villages: dict[str, Source] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.hub.settings.hub.base_url

    def publish(
        self, village: str, *entries: Entry, cursor: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        """What the village's site shows at the next visit."""
        if village not in self.villages:
            site = f"https://kim-{village.replace('.', '-')}.example/"
            added = self.hub.registering.add_site(
                f"KIM {village}", site, village, probe=False, connector="scripted", feed_url=f"{site}feed"
            )
            self.villages[village] = added.sources[0]
        self.connector.plan(self.villages[village].url, [Batch(cursor or {}, entries, **more)])

    def read(self, other: Town) -> Source:
        """Register the other hub as anybody would: by its address alone."""
        region = self.hub.settings.hub.region
        added = self.hub.registering.add_site(f"Hub {other.name}", other.url, SEAT[region])
        assert added.platform == "kimhub"
        return added.sources[0]

    def harvest(self, **forward: float) -> None:
        self.clock.forward(**(forward or {"hours": 1}))
        for harvest in self.hub.harvesting.run(everything=True).harvests:
            assert harvest.reason is None, harvest

    @property
    def cards(self) -> dict[str, Card]:
        """Title -> card; a story that stands twice fails."""
        found = self.hub.reading.search(SearchRequest(facets=False, limit=100)).results
        titles = [card.title for card in found]
        assert len(titles) == len(set(titles)), titles
        return {card.title: card for card in found}


@contextmanager
def served(hub: Hub) -> Iterator[None]:
    """The hub's own pages at its ``base_url``."""
    port = int(hub.settings.hub.base_url.rpartition(":")[2])
    server, stopping = Server(make_app(hub), "127.0.0.1", port, threads=4), threading.Event()
    thread = threading.Thread(target=server.run, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Federation:
    """A context manager that opens and closes hubs."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root, self._clock, self._stack = root, clock, ExitStack()

    def __enter__(self) -> Federation:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def town(self, name: str, region: str, **settings: Mapping[str, Any]) -> Town:
        connector = ScriptedConnector()
        given: dict[str, Any] = {
            "hub": {"name": f"Kabar {name}", "region": region, "base_url": f"http://127.0.0.1:{free_port()}"},
            "network": {"allow_private": ["127.0.0.0/8"]},
            "harvest": {"host_delay": 0.0},
            "publish": {"retry_base": 0.01},
            "web": {"rate_limit": 0},
        }
        for section, values in settings.items():
            given[section] = {**given.get(section, {}), **values}
        hub = scripted_hub(self._root / name, connector, now=self._clock, settings=given)
        self._stack.callback(hub.close)
        self._stack.enter_context(served(hub))
        return Town(name, hub, connector, self._clock)
