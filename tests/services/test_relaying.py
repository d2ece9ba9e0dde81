"""What a site only passes on: it stands where it is from, and it stands once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.app import Hub
from hub.errors import ConfigError
from hub.model import Alert, Batch, Card, Entry, SearchRequest, Source
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


def hub_source(hub: Hub, url: str, village: str = TAAN) -> Source:
    """Another hub among our sites."""
    return hub.registering.add_site(
        f"Hub {url}", url, village, probe=False, connector="scripted", feed_url=f"{url}/api"
    ).sources[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"via": (DISTRICT, "http://127.0.0.1:8000")},
        {"via": ("http://127.0.0.1:8000/",)},
        {"id": "http://127.0.0.1:8000/berita/7"},
        {"via": tuple(f"https://hub{n}.example" for n in range(9))},
    ],
)
def test_what_was_here_before_does_not_come_again(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock, changes: dict[str, object]
) -> None:
    connector.plan(FEED, [Batch({}, (relayed(1, **changes), relayed(2)))])
    harvest(hub, clock)
    assert [card.title for card in cards(hub)] == [relayed(2).title]


def test_a_post_of_a_site_of_our_own_is_never_taken_from_another_hub(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    """Whether the village's site was read before, is read after, or has not shown it yet."""
    own = Entry("77", link="https://taan.example/artikel/1", title="Panen di Taan", html="<p>Panen.</p>")
    again = relayed(1, TAAN, link="http://www.taan.example/artikel/1?utm_source=hub")
    elsewhere = relayed(2, TAAN, link="https://blog.example/taan/2")
    district = hub_source(hub, DISTRICT)
    connector.plan(district.url, [Batch({}, (again, elsewhere))])
    harvest(hub, clock)
    assert [card.title for card in cards(hub)] == [elsewhere.title]
    later = Entry("78", link="https://taan.example/x", title="Kabar blog", html="<p>Blog.</p>")
    blogged = replace(later, id="https://blog.example/taan/2")
    connector.plan(FEED, [Batch({}, (own, blogged))])
    harvest(hub, clock)
    assert {(card.title, card.origin) for card in cards(hub)} == {("Panen di Taan", ""), ("Kabar blog", "")}
    connector.plan(
        district.url, [Batch({}, (replace(again, title="Baru"), replace(elsewhere, title="Baru")))]
    )
    harvest(hub, clock)
    assert len(cards(hub)) == 2


def test_of_two_ways_the_shorter_wins(hub: Hub, connector: ScriptedConnector, clock: Clock) -> None:
    long, short = hub_source(hub, "https://c.example"), hub_source(hub, DISTRICT)
    around = relayed(1, via=(DISTRICT, "https://c.example"))
    connector.plan(long.url, [Batch({}, (around,))])
    harvest(hub, clock)
    connector.plan(short.url, [Batch({}, (relayed(1),))])
    connector.plan(long.url, [Batch({}, (replace(around, title="Lewat jauh"),))])
    for _ in range(2):
        harvest(hub, clock)
        (card,) = cards(hub)
        assert card.via == (DISTRICT,)


def test_villages_that_write_the_same_stay_apart_in_one_hub(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    """A press release, and OpenSID's addresses that differ in the host alone."""
    text = f"<p>{'Bupati membuka pekan olahraga desa. ' * 8}</p>"
    addresses = {f"KIM {n}": f"https://desa{n}.example/artikel/2026/1/1/pekan" for n in (1, 2)}
    same = [
        relayed(n, title="Pekan olahraga", html=text, origin=name, link=address)
        for n, (name, address) in enumerate(addresses.items())
    ]
    connector.plan(FEED, [Batch({}, tuple(same))])
    harvest(hub, clock)
    with hub.store.read() as tx:
        assert len(tx.posts.visible_ids()) == 2
    (card,) = cards(hub)
    (other,) = card.also_at
    assert {card.origin, other.name} == {"KIM 1", "KIM 2"}
    assert card.id != other.post


def test_a_warning_that_two_ways_bring_is_one(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    warning = Alert("weather", "Hujan lebat", expires=clock() + timedelta(hours=9), area="Mamuju")
    page = "https://cuaca.example/peringatan"
    own = Entry("2.49.0.1.360.0.2026.11.24", link=page, title="Hujan lebat di Mamuju", alert=warning)
    passed = [
        relayed(
            n, title=f"Hujan lebat {n}", link=page, alert=warning, aliases=(f"2.49.0.1.360.0.2026.11.{n}",)
        )
        for n in (24, 25)
    ]
    connector.plan(FEED, [Batch({}, (own,))])
    harvest(hub, clock)
    connector.plan(hub_source(hub, DISTRICT).url, [Batch({}, tuple(passed))])
    harvest(hub, clock)
    assert {card.title for card in cards(hub)} == {"Hujan lebat di Mamuju", "Hujan lebat 25"}
