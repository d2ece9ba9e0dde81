"""The map of the district, its list, and the pages of villages and kecamatan."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from werkzeug.test import Client, TestResponse

from hub.app import Hub
from hub.model import PlaceCount, Region, Site, SiteHealth, Source
from tests.borders import corner, grid, square
from tests.web.asking import LOCAL
from tests.web.atlas import BINANGA, KARAMPUANG, SUMARE, TAAN, WITHOUT, opened
from tests.web.test_words import wording
from web.app import make_app, make_flask
from web.portal.channels import Channel, channels
from web.portal.maps import shades

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", params=[False, True], ids=["chart", "borders"])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with opened(tmp_path_factory.mktemp("atlas"), borders=request.param) as found:
        yield found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with opened(tmp_path_factory.mktemp("plain"), borders=False) as found:
        yield found


@pytest.fixture(scope="module")
def bordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with opened(tmp_path_factory.mktemp("bordered"), borders=True) as found:
        yield found


def get(hub: Hub, path: str, **headers: str) -> TestResponse:
    return Client(make_app(hub)).get(path, base_url=LOCAL, headers=headers)


def page(hub: Hub, path: str) -> Any:
    answer = get(hub, path)
    assert answer.status_code == 200, path
    return html.fromstring(answer.get_data(as_text=True))


def words(found: Any) -> str:
    return " ".join(found.text_content().split())


def links(tree: Any) -> dict[str, str]:
    """Address -> accessible name of the links on maps, without those for fingers."""
    found = tree.xpath("//svg//a[not(ancestor::g[@class='by-finger'])]")
    return {each.get("href"): words(each.find("title")) for each in found}


# -- the map ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/peta", "/sumber"])
def test_the_map_links_every_village_by_name_and_number(hub: Hub, path: str) -> None:
    found = links(page(hub, path))
    assert len(found) == 101
    assert found[f"/desa/{TAAN}"] == "Desa Taan, 12 berita 30 hari terakhir"
    assert found[f"/desa/{SUMARE}"] == "Desa Sumare, belum ada berita 30 hari terakhir"
    assert found[f"/desa/{WITHOUT}"] == "Kelurahan Mamunyu, belum punya KIM di portal ini"


def shape_of(tree: Any, code: str) -> Any:
    (link,) = tree.xpath(f"//svg//a[@href='/desa/{code}']")
    return link.xpath("./path | ./rect")[0]


def test_colours_have_words_and_no_kim_is_hatched(hub: Hub) -> None:
    tree = page(hub, "/peta")
    classes = {
        code: shape_of(tree, code).get("class") for code in (TAAN, BINANGA, KARAMPUANG, SUMARE, WITHOUT)
    }
    assert list(classes.values()) == ["m4", "m3", "m2", "m0", "mnone"]
    assert shape_of(tree, WITHOUT).get("fill") == "url(#arsir)"
    assert shape_of(tree, SUMARE).get("fill") is None
    assert len(tree.xpath("//pattern[@id='arsir']")) == 1
    legend = {each.xpath(".//rect/@class")[0]: words(each) for each in tree.xpath("//ul[@class='legend']/li")}
    assert legend == {
        "mnone": "belum punya KIM di portal ini",
        "m0": "punya KIM, belum ada berita",
        "m2": "1–2 berita",
        "m3": "3–11 berita",
        "m4": "12 berita",
    }


def test_the_same_stands_beside_it_as_a_list(hub: Hub) -> None:
    tree = page(hub, "/peta")
    listed = tree.xpath("//details//li/a[starts-with(@href, '/desa/')]")
    assert len(listed) == 101
    assert {each.get("href") for each in listed} == set(links(tree))
    by_address = {each.get("href"): words(each) for each in listed}
    assert by_address[f"/desa/{TAAN}"] == "Desa Taan 12 berita"
    assert by_address[f"/desa/{WITHOUT}"] == "Kelurahan Mamunyu belum ada KIM"
    summaries = [words(each) for each in tree.xpath("//details/summary")]
    assert len(summaries) == 11
    assert "Mamuju 8 desa, 4 berita" in summaries[0]
    assert "Bonehau 9 desa, belum ada KIM" in summaries[9]


def test_a_finger_presses_kecamatan_that_have_maps_of_their_own(plain: Hub, bordered: Hub) -> None:
    tree = page(bordered, "/peta")
    pressed = {
        each.get("href"): words(each.find("title")) for each in tree.xpath("//g[@class='by-finger']/a")
    }
    assert set(pressed) == {f"/peta/{each.code}" for each in bordered.gazetteer.kecamatan}
    assert pressed["/peta/76.02.01"] == "Kecamatan Mamuju, 4 berita 30 hari terakhir"
    assert tree.xpath("//details//a[@href='/peta/76.02.01']"), "the list leads there too"
    assert not page(plain, "/peta").xpath("//g[@class='by-finger']"), "squares are large enough"


def test_the_map_of_a_kecamatan(hub: Hub) -> None:
    tree = page(hub, "/peta/76.02.01")
    members = [f"/desa/{each.code}" for each in hub.gazetteer.villages_of("76.02.01")]
    assert words(tree.xpath("//h1")[0]) == "Peta desa Kecamatan Mamuju"
    assert list(links(tree)) == members
    assert shape_of(tree, BINANGA).get("class") == "m3", "the same colour as on the map of all"
    listed = tree.xpath("//ol[contains(@class, 'numbered')]/li/a")
    assert [each.get("href") for each in listed] == members
    assert "Kelurahan Binanga 3 berita" in words(listed[0]), "of 30 days, as on the map"
    for path in ("/peta", "/kecamatan/76.02.01", "/peta/76.02.02"):
        assert tree.xpath(f"//main//a[@href='{path}']"), path
    assert len(gzip.compress(get(hub, "/peta/76.02.01").get_data())) < 14_000


@pytest.mark.parametrize("code", [TAAN, "76.02", "76.02.99", "76.03.01", "x", "titik"])
def test_only_kecamatan_of_the_hub_have_a_map(hub: Hub, code: str) -> None:
    assert get(hub, f"/peta/{code}").status_code == 404


def test_small_villages_can_be_pressed_beside_themselves(plain: Hub, tmp_path: Path) -> None:
    with opened(tmp_path, borders=False) as hub:
        hub.borders.import_file(grid(**{f"v{BINANGA.replace('.', '_')}": square(*corner(BINANGA), 0.004)}))
        links_ = page(hub, "/peta/76.02.01").xpath("//svg//a")
    assert [each.get("href") for each in links_ if each.xpath("./path[@class='reach']")] == [
        f"/desa/{BINANGA}"
    ]
    assert links_[-1].get("href") == f"/desa/{BINANGA}", "it lies above its neighbours"


def test_the_busiest_are_named(hub: Hub) -> None:
    tree = page(hub, "/peta")
    listed = tree.xpath("//section[@aria-labelledby='ramai']//li/a")
    assert [words(each) for each in listed] == [
        "Desa Taan 12 berita",
        "Kelurahan Binanga 3 berita",
        "Desa Karampuang 1 berita",
    ]


def test_squares_carry_their_number(plain: Hub) -> None:
    tree = page(plain, "/peta")
    shown = {
        code: tree.xpath(f"//svg//a[@href='/desa/{code}']/text/text()") for code in (TAAN, SUMARE, WITHOUT)
    }
    assert shown == {TAAN: ["12"], SUMARE: ["0"], WITHOUT: []}
    titled = [words(each) for each in tree.xpath("//div[@class='blocks']/div/p")]
    assert titled[:3] == ["Mamuju", "Tapalang", "Kalukku"]
    assert len(titled) == 11
    assert all(float(each) <= 328 for each in tree.xpath("//svg[@class='squares']/@width")), (
        "a phone of 360 px"
    )


def test_a_map_is_light(hub: Hub) -> None:
    for path in ("/peta", "/sumber", "/kecamatan/76.02.03"):
        body = get(hub, path).get_data()
        svgs = html.fromstring(body).xpath("//main//svg")
        assert sum(len(html.tostring(each)) for each in svgs) < 30_000, path
        assert len(gzip.compress(body)) < 14_000, path
    assert len(gzip.compress(get(hub, "/").get_data())) < 20_000


@pytest.mark.corpora
def test_the_map_of_mamuju_is_light(plain: Hub, tmp_path: Path, shared_data: Path) -> None:
    with opened(tmp_path, borders=False) as hub:
        hub.borders.import_file(
            (shared_data / "mamuju" / "mamuju_desa_simplified.geojson").read_text("utf-8")
        )
        tree = page(hub, "/peta")
        assert len(links(tree)) == 101
        assert sum(len(html.tostring(each)) for each in tree.xpath("//main//svg")) < 30_000
        assert len(tree.xpath("//svg//circle")) >= 2, "the islands have a mark to press"
        assert len(tree.xpath("//g[@class='names']/text[@class='number']")) == 11
        assert len(gzip.compress(get(hub, "/").get_data())) < 20_000


def test_the_front_page_shows_the_district_and_what_is_new(hub: Hub) -> None:
    tree = page(hub, "/")
    (strip,) = tree.xpath("//section[@aria-labelledby='desa']")
    assert len(strip.xpath(".//ul[@class='district']/li")) == 11
    assert strip.xpath(".//a[@class='more']/@href") == ["/peta"]
    assert ("belum ada KIM" in words(strip)) == bool(strip.xpath(".//svg[@class='map']"))
    hatched = strip.xpath(".//*[@fill='url(#arsir)']")
    assert bool(hatched) == bool(tree.xpath("//pattern[@id='arsir']"))
    assert words(tree.xpath("//p[@class='dateline']/span[2]")[0]) == "3 berita baru hari ini"


def test_no_news_today_is_said_with_the_latest(tmp_path: Path) -> None:
    with opened(tmp_path, borders=False) as hub:
        hub.now.forward(days=2)  # type: ignore[attr-defined] # the clock of the tests
        tree = page(hub, "/")
        said = words(tree.xpath("//p[@class='dateline']/span[2]")[0])
    assert said == "Belum ada berita baru hari ini, yang terakhir 2 hari lalu"
    assert "berita baru hari ini" not in words(tree.xpath("//dl[@class='figures']")[0])


def test_a_province_shows_its_kecamatan(tmp_path: Path) -> None:
    with opened(tmp_path, borders=False, region="76") as hub:
        tree = page(hub, "/peta")
        found = links(tree)
        assert len(found) == len(hub.gazetteer.kecamatan) > 60
        assert found["/kecamatan/76.02.01"] == "Kecamatan Mamuju, 4 berita 30 hari terakhir"
        assert [words(each) for each in tree.xpath("//div[@class='blocks']/div/p")] == [
            each.name for each in hub.gazetteer.districts
        ]
        assert get(hub, "/").status_code == 200


def test_villages_without_a_border_stand_in_the_list(tmp_path: Path) -> None:
    with opened(tmp_path, borders=False) as hub:
        hub.borders.import_file(grid(lambda code: code != TAAN))
        tree = page(hub, "/peta")
    assert f"/desa/{TAAN}" not in links(tree)
    assert len(tree.xpath(f"//details//a[@href='/desa/{TAAN}']")) == 1
    assert "1 desa belum punya batas di peta" in words(tree.xpath("//main")[0])


def test_in_english(hub: Hub) -> None:
    found = links(page(hub, "/peta?lang=en"))
    assert found[f"/desa/{TAAN}?lang=en"] == "Desa Taan, 12 posts in the last 30 days"


# -- near me ----------------------------------------------------------------------------------------


def test_without_borders_nobody_is_asked_where_they_are(plain: Hub) -> None:
    assert page(plain, "/peta").xpath("//*[@data-near]") == []
    assert get(plain, "/peta/titik.json").get_json() == []


def test_the_browser_gets_a_point_in_each_village(bordered: Hub) -> None:
    (section,) = page(bordered, "/peta").xpath("//section[@data-near]")
    assert section.get("hidden") is not None, "shown by the script alone"
    rows = json.loads(get(bordered, section.get("data-near")).get_data())
    assert len(rows) == 101
    name, kecamatan, _, lat, lon = next(row for row in rows if row[2] == f"/desa/{TAAN}")
    assert (name, kecamatan) == ("Desa Taan", "Tapalang")
    west, north = corner(TAAN)
    assert (lat, lon) == (pytest.approx(north - 0.025, abs=0.001), pytest.approx(west + 0.025, abs=0.001))


@pytest.mark.parametrize(
    ("path", "allowed"), [("/peta", True), ("/", False), ("/sumber", False), ("/x", False)]
)
def test_only_the_map_may_ask_where_the_reader_is(bordered: Hub, path: str, *, allowed: bool) -> None:
    policy = get(bordered, path).headers["Permissions-Policy"]
    assert ("geolocation=(self)" in policy) is allowed
    assert ("geolocation=()" in policy) is not allowed


# -- villages and kecamatan -------------------------------------------------------------------------


def test_a_village_tells_of_its_kim_its_numbers_and_its_channels(hub: Hub) -> None:
    tree = page(hub, f"/desa/{TAAN}")
    facts = words(tree.xpath("//p[@class='facts']")[0])
    assert "1 KIM 13 berita 12 dalam 30 hari terakhir Berita terakhir baru saja" in facts
    assert [words(each) for each in tree.xpath("//ul[@class='channels']/li")] == ["Situs web kim1.example"]
    assert tree.xpath("//section[@aria-labelledby='kim']//h3/a/text()") == ["KIM 1"]
    assert tree.xpath("//link[@type='application/rss+xml']/@href")[0] == f"/feed.xml?village={TAAN}"


def test_a_village_without_a_kim_says_so_and_what_to_do(hub: Hub) -> None:
    tree = page(hub, f"/desa/{WITHOUT}")
    assert "belum punya KIM di portal ini" in words(tree.xpath("//p[@class='facts']")[0])
    panel = words(tree.xpath("//section[@aria-labelledby='kim']")[0])
    assert "beri tahu Diskominfosandi" in panel
    assert "formulir" in panel
    assert tree.xpath("//ul[@class='channels']") == []


def sections(tree: Any) -> dict[str, list[str]]:
    return {
        words(each.xpath("./h2")[0]): [words(link) for link in each.xpath(".//li/a")]
        for each in tree.xpath("//section[contains(@class, 'neighbours')]")
    }


def test_neighbours_are_those_beside_it_where_borders_are_known(plain: Hub, bordered: Hub) -> None:
    known, unknown = sections(page(bordered, f"/desa/{TAAN}")), sections(page(plain, f"/desa/{TAAN}"))
    assert list(unknown) == ["Lainnya di Kecamatan Tapalang"]
    assert len(unknown["Lainnya di Kecamatan Tapalang"]) == 9
    beside = known["Tetangga Desa Taan"]
    assert len(beside) == 4
    assert not set(beside) & set(known["Lainnya di Kecamatan Tapalang"]), "nobody twice"


def test_a_village_is_found_on_the_map(plain: Hub, bordered: Hub) -> None:
    (locator,) = page(bordered, f"/desa/{TAAN}").xpath("//figure[@class='locator']")
    assert locator.xpath("./svg/@aria-label") == ["Letak Desa Taan di Kabupaten Mamuju"]
    assert len(locator.xpath(".//path[@class='here']")) == 1
    assert len(locator.xpath(".//path[@class='land']")) == 11
    assert page(plain, f"/desa/{TAAN}").xpath("//figure[@class='locator']") == []


def test_a_kecamatan_shows_its_part_of_the_map(hub: Hub) -> None:
    tree = page(hub, "/kecamatan/76.02.01")
    found = links(tree)
    members = [each.code for each in hub.gazetteer.villages_of("76.02.01")]
    assert list(found) == [f"/desa/{code}" for code in members]
    assert shape_of(tree, BINANGA).get("class") == "m3", "the same colour as on the map of all"
    (listed,) = tree.xpath("//ol[contains(@class, 'numbered')]")
    assert [each.get("href") for each in listed.xpath("./li/a")] == list(found)


# -- parts ------------------------------------------------------------------------------------------


def place(recent: int, sites: int = 1) -> PlaceCount:
    return PlaceCount(Region(TAAN, "Taan", "desa"), recent, sites, recent=recent)


@pytest.mark.parametrize(
    ("counts", "steps"),
    [
        ([], []),
        ([5], ["5 berita"]),
        ([1, 1, 1, 1], ["1 berita"]),
        ([1, 2], ["1 berita", "2 berita"]),
        ([1, 2, 3, 4, 5, 6, 7, 80], ["1–2 berita", "3–4 berita", "5–6 berita", "7 berita atau lebih"]),
        ([1, 1, 1, 1, 1, 1, 9, 30], ["1–8 berita", "9 berita atau lebih"]),
    ],
)
def test_steps_follow_from_the_numbers(counts: list[int], steps: list[str]) -> None:
    found = shades([*map(place, counts), place(0), place(0, sites=0)])
    used = sorted({found.of(place(each)) for each in counts})
    assert [found.said(each, wording()) for each in used] == steps
    assert used == [str(4 - len(steps) + n) for n in range(1, len(steps) + 1)], "the busiest are darkest"
    assert (found.of(place(0)), found.of(place(0, sites=0))) == ("0", "none")


def test_channels_are_named_as_people_name_them(plain: Hub) -> None:
    region = Region(TAAN, "Taan", "desa")
    urls = {
        "wordpress": "https://kim.example.id/wp-json/",
        "youtube": "https://www.youtube.com/feeds/videos.xml?channel_id=UC123",
        "facebook": "https://www.facebook.com/kimtaan",
        "mastodon": "https://desa.social/@taan",
        "inbox": "inbox:7",
        "unplugged": "https://lain.example/",
    }
    sources = tuple(Source(n, 1, name, url) for n, (name, url) in enumerate(urls.items(), 1))
    health = SiteHealth(
        Site(1, "KIM", "https://kim.example.id/", TAAN), region, region, sources, 0, None, "ok"
    )
    with make_flask(plain).test_request_context("/", base_url=LOCAL) as request:
        request.app.preprocess_request()
        found = channels([health])
    assert found == (
        Channel("Situs web", "https://kim.example.id/"),
        Channel("YouTube", "https://www.youtube.com/channel/UC123"),
        Channel("Facebook", "https://www.facebook.com/kimtaan"),
        Channel("Mastodon", "https://desa.social/@taan"),
        Channel("unplugged", "https://lain.example/"),
    )
