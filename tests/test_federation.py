"""Hubs that read one another: what a district's KIM write is read in the province, once, with its origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3

from hub.model import Alert, Entry, Image, Missing
from tests.clock import Clock
from tests.federation import MAMUJU, POLMAN, SULBAR, Federation, Town

TAAN, KARAMPUANG, TINAMBUNG = "76.02.02.2010", "76.02.01.2010", "76.04.01.1001"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def federation(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setattr("web.cache.LOOK_EVERY", 0.0)  # no page is old for even half a second
    with Federation(tmp_path, clock) as running:
        yield running


def story(village: str, number: int = 1, **changes: object) -> Entry:
    host = f"https://kim-{village.replace('.', '-')}.example"
    entry = Entry(
        f"{host}/?p={number}",
        link=f"{host}/kabar/{number}",
        title=f"Kabar {village} nomor {number}",
        html=f"<p>Warga {village} menanam bakau di pantai, hari ke-{number}.</p>",
        topics=("Lingkungan",),
        images=(Image(f"{host}/bakau.jpg", "Bibit bakau"),),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def page(address: str) -> str:
    answer = urllib3.request("GET", address, retries=False)
    assert answer.status == 200, address
    return answer.data.decode()


def test_a_province_reads_its_districts(federation: Federation) -> None:
    mamuju, polman = federation.town("Mamuju", MAMUJU), federation.town("Polman", POLMAN)
    sulbar = federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, story(TAAN, 1), story(TAAN, 2), story(TAAN, 3))
    polman.publish(TINAMBUNG, story(TINAMBUNG))
    mamuju.harvest()
    polman.harvest()
    source = sulbar.read(mamuju)
    sulbar.read(polman)
    sulbar.harvest()
    assert source.connector == "hub"
    assert len(sulbar.cards) == 4
    card = sulbar.cards[story(TINAMBUNG).title]
    assert (card.village.code, card.kecamatan.code) == (TINAMBUNG, TINAMBUNG[:8])
    assert (card.origin, card.site.name, card.via) == (f"KIM {TINAMBUNG}", "Hub Polman", (polman.url,))
    assert card.original_url == story(TINAMBUNG).link
    assert [topic.label for topic in card.topics] == ["Lingkungan"]
    assert card.image == story(TINAMBUNG).images[0]

    # everybody sees whose it is
    post = page(f"{sulbar.url}/berita/{card.id}")
    assert f"Berita ini dari KIM {TINAMBUNG}" in post
    assert "lewat Hub Polman" in post
    assert polman.url in post
    assert f'href="{story(TINAMBUNG).link}"' in post
    assert f"Dari KIM {TINAMBUNG}, lewat Hub Polman" in page(f"{sulbar.url}/desa/{TINAMBUNG}")
    (item,) = json.loads(page(f"{sulbar.url}/feed.json?village={TINAMBUNG}"))["items"]
    assert item["authors"] == [{"name": f"KIM {TINAMBUNG}"}]
    assert item["_kimhub"]["via"] == [polman.url]

    # an edit, a withdrawal, a new one
    changed = story(TAAN, 1, html="<p>Warga Taan menanam dua ribu bakau di pantai.</p>")
    gone = (Missing(story(TAAN, 2).id, certain=True),)
    mamuju.publish(TAAN, changed, story(TAAN, 4), missing=gone)
    mamuju.harvest()
    sulbar.harvest()
    assert set(sulbar.cards) == {story(TINAMBUNG).title, *(story(TAAN, n).title for n in (1, 3, 4))}
    assert "dua ribu bakau" in sulbar.hub.reading.post(sulbar.cards[story(TAAN).title].id).post.text

    # nothing new costs one question
    sulbar.harvest()
    before = sulbar.hub.registering.source(source.id).cursor
    sulbar.clock.forward(hours=1)
    for quiet in sulbar.hub.harvesting.run(everything=True).harvests:
        assert quiet.new + quiet.updated + quiet.deleted == 0
    assert sulbar.hub.registering.source(source.id).cursor == before

    # a KIM leaves the district's hub: the province sees it within two daily looks
    mamuju.hub.registering.remove_site(mamuju.villages[TAAN].site_id)
    for _ in range(2):
        sulbar.harvest(hours=25)
    assert set(sulbar.cards) == {story(TINAMBUNG).title}


def test_more_than_a_page_comes_whole_and_in_portions(federation: Federation) -> None:
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, *(story(TAAN, n) for n in range(230)))
    mamuju.harvest()
    sulbar.read(mamuju)
    sulbar.harvest()
    assert sulbar.hub.reading.numbers().posts == 230
    sulbar.harvest()
    assert sulbar.hub.reading.numbers().posts == 230


def until_quiet(*towns: Town) -> None:
    """Rounds until nothing moves any more; a ring that feeds itself never comes to rest."""
    for _ in range(6):
        moved = 0
        for town in towns:
            town.clock.forward(hours=1)
            for harvest in town.hub.harvesting.run(everything=True).harvests:
                assert harvest.reason is None, harvest
                moved += harvest.new + harvest.updated + harvest.deleted
        if not moved:
            return
    raise AssertionError("the hubs feed one another without end")


def test_two_that_read_each_other_come_to_rest(federation: Federation) -> None:
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, story(TAAN))
    sulbar.publish(TINAMBUNG, story(TINAMBUNG))
    until_quiet(mamuju, sulbar)
    mamuju.read(sulbar)
    sulbar.read(mamuju)
    until_quiet(mamuju, sulbar)
    for town in (mamuju, sulbar):
        assert set(town.cards) == {story(TAAN).title, story(TINAMBUNG).title}
    assert mamuju.cards[story(TAAN).title].origin == ""
    assert sulbar.cards[story(TAAN).title].via == (mamuju.url,)
    assert mamuju.cards[story(TINAMBUNG).title].village.code == "76.02.01.1002", "not a village of Mamuju"


@pytest.mark.parametrize("shortcut", [False, True])
def test_a_ring_of_three(federation: Federation, shortcut: bool) -> None:
    """A reads C, B reads A, C reads B; with a shortcut C reads A too."""
    a, b, c = (federation.town(name, SULBAR) for name in ("A", "B", "C"))
    a.publish(TAAN, story(TAAN, 1))
    b.publish(KARAMPUANG, story(KARAMPUANG, 1))
    a.read(c), b.read(a), c.read(b)
    if shortcut:
        until_quiet(a, b, c)
        c.read(a)
    until_quiet(a, b, c)
    both = {story(TAAN, 1).title, story(KARAMPUANG, 1).title}
    for town in (a, b, c):
        assert set(town.cards) == both
    first, way = story(TAAN, 1).title, (a.url,) if shortcut else (a.url, b.url)
    assert c.cards[first].origin == f"KIM {TAAN}"
    assert c.cards[first].via == way, "of two ways the shorter"

    # an edit and a withdrawal go all the way round
    a.publish(TAAN, story(TAAN, 1, title="Kabar yang dibetulkan"), story(TAAN, 2))
    until_quiet(a, b, c)
    wanted = {"Kabar yang dibetulkan", story(TAAN, 2).title, story(KARAMPUANG, 1).title}
    for town in (a, b, c):
        assert set(town.cards) == wanted
    assert c.cards[story(TAAN, 2).title].via == way
    a.publish(TAAN, missing=(Missing(story(TAAN, 1).id, certain=True),))
    until_quiet(a, b, c)
    for town in (a, b, c):
        assert set(town.cards) == wanted - {"Kabar yang dibetulkan"}


def test_what_a_hub_harvests_itself_it_takes_from_nobody_else(federation: Federation) -> None:
    """The province reads a village directly that its district reads too, before or after."""
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, story(TAAN, 1))
    mamuju.publish(KARAMPUANG, story(KARAMPUANG, 1))
    sulbar.publish(KARAMPUANG, story(KARAMPUANG, 1))
    sulbar.read(mamuju)
    until_quiet(mamuju, sulbar)
    assert sulbar.cards[story(KARAMPUANG, 1).title].origin == ""
    assert sulbar.cards[story(TAAN, 1).title].origin == f"KIM {TAAN}"
    sulbar.publish(TAAN, story(TAAN, 1))
    until_quiet(mamuju, sulbar)
    assert {card.origin for card in sulbar.cards.values()} == {""}


def test_a_warning_is_passed_on_whole_and_once(federation: Federation, clock: Clock) -> None:
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    ring = ((-2.1, 118.7), (-2.2, 118.9), (-2.4, 118.8), (-2.1, 118.7))
    alert = Alert(
        "weather",
        "Hujan lebat",
        "Severe",
        expires=clock() + timedelta(days=1),
        area="Mamuju",
        polygons=(ring,),
    )
    warning = Entry(
        "2.49.0.1.360.0.2026.11.24.7", title="Hujan lebat di Mamuju", html="<p>Waspada.</p>", alert=alert
    )
    mamuju.publish(TAAN, warning)
    sulbar.read(mamuju)
    until_quiet(mamuju, sulbar)
    card = sulbar.cards[warning.title]
    assert card.alert is not None
    assert (card.alert.event, card.alert.severity, card.alert.polygons) == ("Hujan lebat", "Severe", (ring,))
    assert card.alert.expires == alert.expires
    sulbar.publish(TINAMBUNG, warning)
    until_quiet(mamuju, sulbar)
    assert sulbar.cards[warning.title].origin == ""
