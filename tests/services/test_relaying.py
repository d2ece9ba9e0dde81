"""What a site only passes on: it stands where it is from, and it stands once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.app import Hub
from hub.errors import ConfigError
from hub.model import Batch, Card, Entry, SearchRequest, Source
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock

FEED = "https://taan.example/feed"
TAAN, KARAMPUANG = "76.02.02.2010", "76.02.01.2010"
DISTRICT = "https://kabar.polman.example"


def relayed(number: int, village: str = KARAMPUANG, **changes: object) -> Entry:
    entry = Entry(
        f"{DISTRICT}/berita/{number}",
        link=f"https://karampuang.example/artikel/{number}",
        title=f"Panen rumput laut nomor {number}",
        html=f"<p>Warga menjemur rumput laut sejak pagi, kabar nomor {number}.</p>",
        origin="KIM Karampuang",
        via=(DISTRICT,),
        village=village,
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def cards(hub: Hub) -> tuple[Card, ...]:
    return hub.reading.search(SearchRequest(facets=False)).results


def harvest(hub: Hub, clock: Clock) -> None:
    clock.forward(hours=1)
    hub.harvesting.run(everything=True)


@pytest.mark.parametrize(
    ("village", "stands_in"),
    [(KARAMPUANG, KARAMPUANG), ("73.11.01.2001", TAAN), ("76.02.01.9999", TAAN), ("", TAAN)],
)
def test_a_relayed_post_stands_in_its_own_village_if_the_hub_has_it(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock, village: str, stands_in: str
) -> None:
    connector.plan(FEED, [Batch({}, (relayed(1, village),))])
    harvest(hub, clock)
    (card,) = cards(hub)
    assert card.village.code == stands_in
    assert card.kecamatan.code == stands_in[:8]
    assert (card.origin, card.via, card.site.name) == ("KIM Karampuang", (DISTRICT,), "KIM Taan")
    assert hub.reading.place(stands_in).posts == hub.reading.place(stands_in[:8]).posts == 1


def test_an_edit_may_move_it_and_the_site_may_not(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    own = Entry("1", title="Kabar sendiri", html="<p>Dari Taan.</p>")
    moved = relayed(1, "76.02.01.1002", html="<p>Warga Binanga menjemur rumput laut.</p>")
    connector.plan(FEED, [Batch({}, (relayed(1), relayed(2), own))], [Batch({}, (moved,))])
    harvest(hub, clock)
    harvest(hub, clock)
    hub.registering.edit_site(source.site_id, village="76.02.01.1003")
    places = {card.title: card.village.code for card in cards(hub)}
    assert places == {
        relayed(1).title: "76.02.01.1002",
        relayed(2).title: KARAMPUANG,
        "Kabar sendiri": "76.02.01.1003",
    }


def test_a_provinces_hub_opens_and_shows_its_districts(
    tmp_path: Path, connector: ScriptedConnector, clock: Clock
) -> None:
    settings = {"hub": {"region": "76", "name": "Kabar Sulbar"}}
    hub = scripted_hub(tmp_path, connector, now=clock, settings=settings)
    feed = "https://kabar.example/feed"
    hub.registering.add_site(
        "Hub Mamuju",
        "https://kabar.example/",
        "76.02.01.1002",
        probe=False,
        connector="scripted",
        feed_url=feed,
    )
    polman = "76.04.01.1001"
    connector.plan(feed, [Batch({}, (relayed(1), relayed(2, polman)))])
    harvest(hub, clock)
    home = hub.reading.home()
    assert home.numbers.villages == len(hub.gazetteer.villages) > 600
    assert hub.reading.place(polman).parent.code == polman[:8]
    assert hub.reading.place(polman[:8]).posts == 1
    assert hub.reading.place(polman[:8]).parent.code == "76.04"
    assert hub.announcing.plan(["kec:76.04.01"]).villages == len(hub.gazetteer.villages_of("76.04.01"))
    hub.close()


@pytest.mark.parametrize("code", ["0", "ID"])
def test_a_nations_hub_is_not_offered(
    tmp_path: Path, connector: ScriptedConnector, clock: Clock, code: str
) -> None:
    with pytest.raises(ConfigError, match=r"hub\.region"):
        scripted_hub(tmp_path, connector, now=clock, settings={"hub": {"region": code}})
