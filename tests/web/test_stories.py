"""A press release that eight KIM carry, on the pages, in the feeds and in the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html
from werkzeug.test import Client

from hub.app import Hub
from hub.model import Batch, Entry
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from tests.web.asking import LOCAL
from web.app import make_app

TAAN, KALUKKU = "76.02.02.2010", "76.02.03.1003"
#: KIM -> its village, in the order in which they carry it.
KIM = {
    "Taan": TAAN,
    "Bebanga": "76.02.03.1002",
    "Kalukku": KALUKKU,
    "Orobatu": "76.02.02.2003",
    "Galung": "76.02.02.1001",
    "Botteng": "76.02.12.2003",
    "Simboro": "76.02.12.1001",
    "Rangas": "76.02.12.1002",
}
RELEASE = (
    "Dinas Sosial menyalurkan cadangan pangan beras kepada keluarga nelayan yang tidak melaut akibat cuaca"
    " buruk. Data penerima ditempel di kantor desa tiga hari sebelum pembagian. Warga dapat mengajukan"
    " keberatan kepada pendamping sosial selama masa itu, dan melapor bila ada potongan."
)
ALONE = (
    "Regu voli putri menjuarai turnamen antardesa setelah mengalahkan juara bertahan di lapangan kecamatan."
    " Pelatih memuji semangat para pemain muda yang berlatih setiap sore sepulang sekolah."
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    clock, connector = Clock(), ScriptedConnector()
    folder: Path = tmp_path_factory.mktemp("stories")
    opened = scripted_hub(folder, connector, now=clock, settings={"web": {"rate_limit": 0}})
    for n, (name, village) in enumerate(KIM.items()):
        address = f"https://{name.lower()}.example/"
        opened.registering.add_site(
            f"KIM {name}", address, village, probe=False, connector="scripted", feed_url=address
        )
        at = clock() - timedelta(hours=20 - n)
        told = [Entry(f"{address}1", f"{address}1", f"Beras sampai di {name}", RELEASE, published=at)]
        if name == "Taan":
            told.append(Entry(f"{address}2", f"{address}2", "Juara voli", ALONE, published=at))
            # the same KIM once more: it counts once
            again = at + timedelta(hours=30)
            told.append(Entry(f"{address}3", f"{address}3", "Beras, sekali lagi", RELEASE, published=again))
        connector.plan(address, [Batch({}, entries=tuple(told))])
    opened.harvesting.run(everything=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


def page(client: Client, path: str) -> Any:
    answer = client.get(path, base_url=LOCAL)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def data(client: Client, path: str) -> Any:
    return json.loads(client.get(path, base_url=LOCAL).get_data(as_text=True))


def rice(found: Any) -> list[str]:
    """Titles of cards about the rice, in the main part of a page."""
    titles = [each.text_content().strip() for each in found.xpath("//main//h2|//main//h3")]
    return [each for each in dict.fromkeys(titles) if each.startswith("Beras")]


def copy_of(hub: Hub, title: str) -> int:
    with hub.store.read() as tx:
        return next(post.id for post in tx.posts.visible_after(0, 100) if post.title == title)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Beras sampai di Taan"),
        ("/cari", "Beras sampai di Taan"),
        ("/cari?q=cadangan+pangan&sort=newest", "Beras, sekali lagi"),
        (f"/cari?q=cadangan+pangan&village={KALUKKU}", "Beras sampai di Kalukku"),
        (f"/desa/{KALUKKU}", "Beras sampai di Kalukku"),
        ("/kecamatan/76.02.03", "Beras sampai di Bebanga"),
        ("/kecamatan/76.02.12", "Beras sampai di Botteng"),
    ],
    ids=["home", "newest", "search", "search-village", "village", "kecamatan", "another-kecamatan"],
)
def test_a_list_shows_the_story_once_with_its_carriers(client: Client, path: str, title: str) -> None:
    found = page(client, path)
    assert rice(found) == [title]
    assert "juga dimuat di 7 KIM" in found.xpath("string(//main)")


def test_a_post_alone_names_nobody(client: Client) -> None:
    found = page(client, "/cari?q=voli")
    assert "juga dimuat" not in found.xpath("string(//main)")


def test_a_sites_own_page_and_feed_have_all_its_posts(client: Client) -> None:
    for path in ("/sumber/1", "/feed.xml?site=1"):
        text = client.get(path, base_url=LOCAL).get_data(as_text=True)
        assert "Beras sampai di Taan" in text
        assert "Beras, sekali lagi" in text


def test_the_numbers_on_the_pages_agree(client: Client) -> None:
    listed = data(client, "/api/v1/search")
    assert listed["total"] == len(listed["results"]) == 2
    places = {each["value"]: each["count"] for each in listed["facets"]["village"]}
    assert (len(places), places[TAAN], places[KALUKKU]) == (8, 2, 1)
    assert [each["count"] for each in listed["facets"]["month"]] == [2]
    found = data(client, "/api/v1/search?q=cadangan+pangan")
    assert found["total"] == len(found["results"]) == 1
    assert {each["count"] for each in found["facets"]["site"]} == {1}


def test_feeds_and_posts_of_the_api_have_it_once(client: Client) -> None:
    feed = etree.fromstring(client.get("/feed.xml", base_url=LOCAL).get_data())
    assert len(feed.findall(".//item")) == 2
    first = data(client, "/api/v1/posts?limit=1")
    assert first["next"]
    second = data(client, f"/api/v1/posts?limit=1&cursor={first['next']}")
    titles = {each["title"] for each in (*first["results"], *second["results"])}
    assert titles == {"Beras sampai di Taan", "Juara voli"}
    assert second["next"] is None


def test_other_hubs_and_the_sitemap_get_every_post(client: Client) -> None:
    passed_on = data(client, "/api/v1/posts?updated_since=2020-01-01T00:00:00Z")["results"]
    assert len(passed_on) == 10
    whole = client.get("/sitemap-1.xml", base_url=LOCAL).get_data(as_text=True)
    assert all(f"/berita/{each['id']}<" in whole for each in passed_on)


def test_the_page_of_the_first_names_the_others_and_links_their_copies(hub: Hub, client: Client) -> None:
    found = page(client, f"/berita/{copy_of(hub, 'Beras sampai di Taan')}")
    (section,) = found.xpath("//section[@aria-labelledby='juga']")
    assert section.xpath("string(h2)") == "Juga dimuat di 7 KIM"
    assert "pertama" not in section.text_content()
    links = section.xpath(".//li/a")
    assert [each.text for each in links] == [f"KIM {name}" for name in list(KIM)[1:]]
    assert [each.get("href") for each in links] == [
        f"/berita/{copy_of(hub, f'Beras sampai di {name}')}" for name in list(KIM)[1:]
    ]
    assert len(section.xpath("details//li")) == 2
    assert section.xpath("string(details/summary)") == "2 KIM lagi"


def test_the_page_of_a_copy_says_who_told_it_first(hub: Hub, client: Client) -> None:
    first = copy_of(hub, "Beras sampai di Taan")
    found = page(client, f"/berita/{copy_of(hub, 'Beras sampai di Kalukku')}")
    (item,) = found.xpath("//section[@aria-labelledby='juga']//li[span]")
    assert item.text_content() == "KIM Taan yang pertama"
    assert item.xpath("a/@href") == [f"/berita/{first}"]
    english = page(client, f"/berita/{copy_of(hub, 'Beras sampai di Kalukku')}?lang=en")
    assert "Also at 7 KIM" in english.xpath("string(//main)")


def test_what_a_post_page_offers_beside_is_another_story(hub: Hub, client: Client) -> None:
    found = page(client, f"/berita/{copy_of(hub, 'Beras sampai di Taan')}")
    beside = found.xpath("//section[@aria-labelledby='lain']//h3")
    assert [each.text_content().strip() for each in beside] == ["Juara voli"]


def test_the_api_tells_where_else_it_is(hub: Hub, client: Client) -> None:
    key = copy_of(hub, "Beras sampai di Kalukku")
    (found,) = data(client, f"/api/v1/search?q=pangan&village={KALUKKU}")["results"]
    assert found["id"] == key
    assert len(found["also_at"]) == 7
    taan = found["also_at"][0]
    first = copy_of(hub, "Beras sampai di Taan")
    assert taan == {"id": 1, "name": "KIM Taan", "post": first, "url": f"{LOCAL}/berita/{first}"}
    assert data(client, f"/api/v1/posts/{key}")["also_at"] == found["also_at"]
