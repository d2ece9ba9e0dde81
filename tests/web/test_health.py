"""What is wrong with parts of the hub, where staff and monitors look; and what hubs may not learn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from hub.model import Batch
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock
from tests.services.back import Office, open_office
from tests.web.staff import Staff, signed_in, staffed

LOCAL = "http://localhost:8080"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = open_office(tmp_path, f"sqlite:///{tmp_path / 'hub.sqlite3'}", Clock(), web={"rate_limit": 0})
    yield opened
    opened.hub.close()


@pytest.fixture
def siti(office: Office) -> Staff:
    return signed_in(staffed(office.hub), "siti")


def test_the_desk_names_parts_in_trouble_and_only_then(office: Office, siti: Staff) -> None:
    assert "Bagian hub yang bermasalah" not in siti.get("/meja").text
    office.hub.plugins.condemn("plugin whoosh", "ValueError: rahasia123")
    page = siti.get("/meja").text
    assert "Plugin whoosh bermasalah" in page
    assert "rahasia123" not in page


def test_an_alarm_is_on_the_desk_and_in_the_metrics(tmp_path: Path) -> None:
    connector, clock = ScriptedConnector(), Clock()
    hub = scripted_hub(tmp_path, connector, now=clock)
    url = "https://taan.example/feed"
    hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, connector="scripted", feed_url=url
    )
    hub.harvesting.run()
    client = Client(hub.plugins.wsgi(hub))

    def metrics() -> str:
        near = {"REMOTE_ADDR": "127.0.0.1", "SERVER_PORT": "8080"}
        return client.get("/metrics", base_url=LOCAL, environ_overrides=near).text

    connector.plan(url, [Batch({}, tuple(map(entry, range(1, 13))))], [Batch({})])
    hub.canaries.run()
    assert 'kimhub_canary_alarm{alarm="none",connector="scripted"} 0.0' in metrics()
    assert 'kimhub_plugin_running{plugin="feed"} 1.0' in metrics()
    clock.forward(days=1)
    hub.canaries.run()
    assert 'kimhub_canary_alarm{alarm="empty",connector="scripted"} 1.0' in metrics()
    assert 'kimhub_subscriptions{state="active"} 0.0' in metrics()
    staff = signed_in(staffed(hub), "siti")
    assert "Konektor scripted tidak menemukan berita lagi di KIM Taan" in staff.get("/meja").text
    hub.close()


def test_the_health_page_says_when_a_token_ends(tmp_path: Path) -> None:
    connector, clock = ScriptedConnector(), Clock()
    hub = scripted_hub(tmp_path, connector, now=clock)
    url = "https://taan.example/feed"
    hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, connector="scripted", feed_url=url
    )
    connector.plan(url, [Batch({"token_expires": "2026-12-03T00:00:00+00:00"}, (entry(1),))])
    hub.harvesting.run()
    page = Client(hub.plugins.wsgi(hub)).get("/sumber", base_url=LOCAL).text
    assert "Token scripted berlaku sampai 3 Desember 2026" in page
    assert "segera habis masa berlakunya" in page
    hub.close()


def test_how_long_searches_take_is_in_the_metrics(office: Office) -> None:
    client = Client(office.hub.plugins.wsgi(office.hub))
    for word in ("banjir", "longsor"):
        client.get(f"/cari?q={word}", base_url=LOCAL)
    near = {"REMOTE_ADDR": "127.0.0.1", "SERVER_PORT": "8080"}
    lines = client.get("/metrics", base_url=LOCAL, environ_overrides=near).text.splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if line.startswith("kimhub_search_seconds"))
    count = float(figures["kimhub_search_seconds_count"])
    assert count >= 2
    assert float(figures['kimhub_search_seconds_bucket{le="+Inf"}']) == count
    assert float(figures["kimhub_search_seconds_sum"]) > 0
