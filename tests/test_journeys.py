"""The way in, as stories: from a bare address to a resident who finds the news, and through kill -9."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.app import Hub, open_hub
from hub.config import load, toml
from hub.model import Filters, SearchRequest
from hub.testing.district import District

if TYPE_CHECKING:
    from tests.servers.wordpress import WordPress

PRIVATE = ("127.10.0.0/16",)


def configuration(root: Path) -> Path:
    path = root / "config.toml"
    path.write_text(
        f"[network]\nallow_private = {toml(PRIVATE)}\n[harvest]\nhost_delay = 0.0\ntombstone_after = 0\n"
    )
    return path


@pytest.fixture
def district() -> Iterator[District]:
    with District(12, "127.10.3.", 0, slow_seconds=0.2) as running:
        yield running


def register(hub: Hub, district: District) -> None:
    for site in district.sites:
        hub.registering.add_site(
            site.name,
            site.url,
            site.code,
            probe=site.trouble != "broken",
            feed_url=site.feed_url if site.trouble == "broken" else None,
        )


def everything(hub: Hub) -> dict[str, int]:
    """Title and village of all that is shown -> how often: site by site, for what several KIM carry stands
    once in other lists."""
    shown: dict[str, int] = {}
    for site in hub.reading.sites():
        cursor = None
        while True:
            wish = SearchRequest(filters=Filters(site=site.site.id), limit=100, cursor=cursor, facets=False)
            page = hub.reading.search(wish)
            for card in page.results:
                name = f"{card.village.code} {card.title}"
                shown[name] = shown.get(name, 0) + 1
            cursor = page.next
            if cursor is None:
                break
    return shown


def in_index(hub: Hub) -> bool:
    with hub.store.read() as tx:
        return hub.indexing.backend.ids() == tx.posts.visible_ids()


def test_twelve_villages_are_read_searched_and_followed(tmp_path: Path, district: District) -> None:
    hub = open_hub(load(configuration(tmp_path), {}))
    register(hub, district)
    run = hub.harvesting.run()
    troubled = [each for each in run.harvests if each.reason]
    assert [each.reason for each in troubled] == ["not_a_feed"]
    found = hub.reading.search(SearchRequest("posyandu"))
    assert found.total > 0
    assert hub.reading.search(SearchRequest("musrenbang")).total > 0
    assert hub.reading.search(SearchRequest("posyadu")).suggestion == "posyandu"
    page = hub.reading.post(found.results[0].id)
    assert page.post.link.startswith("http://127.10.3.")
    assert max(everything(hub).values()) == 1

    news = district.publish()
    hub.harvesting.run(everything=True)
    newest = hub.reading.search(SearchRequest()).results
    assert news.title in [card.title for card in newest[:5]]

    again = hub.harvesting.run(everything=True)
    assert sum(each.new + each.updated for each in again.harvests) == 0
    assert in_index(hub)
    hub.close()


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path: Path, district: District) -> None:
    config = configuration(tmp_path)
    hub = open_hub(load(config, {}))
    register(hub, district)
    hub.close()
    command = [sys.executable, "-m", "hub", "--config", str(config), "harvest", "--all", "--json"]
    chance = random.Random(7602)
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.6, 2.2))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        district.publish()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr

    hub = open_hub(load(config, {}))
    shown = everything(hub)
    assert max(shown.values()) == 1
    readable = [site for site in district.sites if site.trouble != "broken"]
    expected = sum(len(site.items) for site in readable)
    assert sum(shown.values()) == expected
    assert in_index(hub)
    with hub.store.read() as tx:
        assert tx.upkeep.faults() == []
        assert tx.changes.pending() == 0
    hub.close()


@pytest.mark.wordpress
def test_a_real_wordpress_by_its_address_alone(tmp_path: Path, wordpress: WordPress) -> None:
    site = wordpress.site("journey", "KIM Taan", posts=120)
    hub = open_hub(load(configuration(tmp_path), {}))
    added = hub.registering.add_site("KIM Taan", site.url, "76.02.02.2010")
    assert [source.connector for source in added.sources] == ["wordpress"]
    (first,) = hub.harvesting.run().harvests
    assert first.reason is None
    assert first.new == 120

    number = site.write("Posyandu Melati dibuka kembali", content="<p>Dibuka tiap Rabu pagi.</p>")
    assert [each.new for each in hub.harvesting.run(everything=True).harvests] == [1]
    (card,) = hub.reading.search(SearchRequest('"Posyandu Melati dibuka kembali"')).results

    site.edit(number, title="Posyandu Melati dibuka tiap Kamis")
    assert [each.updated for each in hub.harvesting.run(everything=True).harvests] == [1]
    page = hub.reading.post(card.id)
    assert page.post.title == "Posyandu Melati dibuka tiap Kamis"
    assert [each.title for each in page.versions] == ["Posyandu Melati dibuka kembali"]
    hub.close()
