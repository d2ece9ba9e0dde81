"""The search page: the answer in words first, ways to narrow and to widen, and never an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from selectolax.lexbor import LexborHTMLParser
from werkzeug.test import Client

from hub.app import Hub
from tests.clock import Clock
from tests.search.villages import KALUKKU, KALUKKU_KECAMATAN, KASAMBANG, TAAN, TAPALANG, open_villages
from tests.web.asking import get
from web.app import make_app


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    opened = open_villages(tmp_path_factory.mktemp("search"), Clock())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


@dataclass(frozen=True)
class Page:
    """A page as a reader has it."""

    tree: Any

    def text(self, css: str) -> list[str]:
        return [" ".join(each.text().split()) for each in self.tree.css(css)]

    def links(self, css: str) -> dict[str, dict[str, list[str]]]:
        """Words -> what the link asks for."""
        found = self.tree.css(css)
        return {
            " ".join(each.text().split()): parse_qs(urlsplit(each.attributes["href"]).query) for each in found
        }


def page(client: Client, **params: object) -> Page:
    answer = get(client, f"/cari?{urlencode(params)}")
    assert answer.status_code == 200
    return Page(LexborHTMLParser(answer.get_data(as_text=True)))


def heading(client: Client, **params: object) -> str:
    return page(client, **params).text("h1")[0]


# -- the answer -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "posyandu"}, "13 berita tentang posyandu"),
        ({"q": "posyandu", "village": TAAN}, "1 berita tentang posyandu di Desa Taan"),
        ({"q": "posyandu desa:Taan"}, "1 berita tentang posyandu di Desa Taan"),
        ({"q": "", "kecamatan": TAPALANG}, "Berita terbaru di Kecamatan Tapalang"),
        ({"q": "longsor", "village": TAAN}, "Belum ada berita tentang longsor di Desa Taan"),
        (
            {"q": "posyandu jagung"},
            "Tidak ada berita dengan semua kata posyandu jagung; ini yang paling mendekati",
        ),
        ({"q": '"'}, "Berita terbaru"),
        ({"q": "posyandu", "lang": "en"}, "13 stories about posyandu"),
    ],
)
def test_the_answer_stands_first_in_words(client: Client, params: dict[str, object], words: str) -> None:
    assert heading(client, **params) == words


def test_a_slip_is_answered_at_once_and_can_be_insisted_on(client: Client) -> None:
    shown = page(client, q="posyadu")
    assert shown.text("h1") == ["13 berita tentang posyandu"]
    notice = "Tidak ada berita dengan “posyadu”. Ini hasil untuk “posyandu”. Tetap cari “posyadu”"
    assert shown.text("p.notice") == [notice]
    assert shown.tree.css("input#q")[0].attributes["value"] == "posyadu"
    exactly = shown.links("p.notice a")["Tetap cari “posyadu”"]
    assert exactly == {"q": ["posyadu"], "persis": ["1"]}
    insisted = page(client, q="posyadu", persis=1)
    assert insisted.text("h1") == ["Belum ada berita tentang posyadu"]
    assert insisted.links("p.notice a") == {"posyandu": {"q": ["posyandu"]}}
    assert "persis" not in {each.attributes["name"] for each in insisted.tree.css("form.ask input")}


def test_the_pages_of_what_was_meant_ask_for_it(client: Client) -> None:
    narrowed = page(client, q="posyadu").links(".wide .facet a")
    assert all(asked["q"] == ["posyandu"] for asked in narrowed.values())


def test_a_commoner_word_is_offered_beside_what_was_found(client: Client) -> None:
    shown = page(client, q="posiandu")
    assert shown.text("h1") == ["1 berita tentang posiandu"]
    assert shown.text("p.notice") == ["Mungkin maksud Anda posyandu?"]


def test_a_long_question_is_answered_as_far_as_it_goes(client: Client) -> None:
    question = "posyandu " + " ".join(f"kata{n}" for n in range(30))
    shown = page(client, q=question)
    assert "Pencarian ini terlalu panjang." in shown.text(".notice")[0]
    assert "Posyandu Taan layani 42 balita" in shown.text("article h3")


def test_the_same_search_as_a_feed(client: Client) -> None:
    shown = page(client, q="posyandu", village=TAAN)
    feeds = [each.attributes["href"] for each in shown.tree.css("main a[href*='feed.xml']")]
    assert [parse_qs(urlsplit(feed).query) for feed in feeds] == [{"q": ["posyandu"], "village": [TAAN]}]
    items = etree.fromstring(get(client, feeds[0]).get_data()).findall(".//item/title")
    assert [each.text for each in items] == ["Posyandu Taan layani 42 balita"]


# -- narrowing --------------------------------------------------------------------------------------


def test_values_narrow_combine_and_can_be_taken_off(client: Client) -> None:
    first = page(client, q="posyandu").links(".wide .facet a")
    assert first["Kalukku 11"] == {"q": ["posyandu"], "kecamatan": [KALUKKU_KECAMATAN]}
    both = page(client, q="posyandu", kecamatan=TAPALANG, topic="kesehatan")
    assert both.text("h1") == ["2 berita tentang posyandu di Kecamatan Tapalang"]
    assert both.links(".chips a") == {
        "Kecamatan Tapalang hapus saringan ini": {"q": ["posyandu"], "topic": ["kesehatan"]},
        "Kesehatan hapus saringan ini": {"q": ["posyandu"], "kecamatan": [TAPALANG]},
    }
    assert both.text(".wide .facet [aria-current]") == ["Tapalang 2", "Kesehatan 2"]


def test_counts_are_what_a_click_shows(client: Client) -> None:
    shown = page(client, q="posyandu").links(".wide .facet li a")
    counted = {label: asked for label, asked in shown.items() if label.split()[-1].isdigit()}
    assert len(counted) > 8
    for label, asked in counted.items():
        there = heading(client, **{name: values[0] for name, values in asked.items()})
        assert there.startswith(f"{label.split()[-1]} berita"), label


def test_operators_become_chips_that_can_be_taken_off(client: Client) -> None:
    shown = page(client, q="posyandu kec:Tapalang sejak:2026-11-01")
    assert shown.links(".chips a") == {
        "Kecamatan Tapalang hapus saringan ini": {"q": ["posyandu"], "since": ["2026-11-01"]},
        "Sejak 1 November 2026 hapus saringan ini": {"q": ["posyandu"], "kecamatan": [TAPALANG]},
    }
    assert shown.tree.css("input#q")[0].attributes["value"] == "posyandu kec:Tapalang sejak:2026-11-01"


def test_months_stand_in_a_row_with_their_gaps(client: Client) -> None:
    shown = page(client, q="kasambang OR saluran OR beras")
    assert shown.text(".wide .months li") == ["November 2026 3", "Oktober 2026 2", "September 2026 1"]
    assert page(client, q="saluran OR jagung OR vitamin").text(".wide .months li")[:3] == [
        "November 2026 2",
        "Oktober 2026 2",
        "September 2026 0",
    ]
    asked = shown.links(".wide .months a")["Oktober 2026 2"]
    assert asked == {
        "q": ["kasambang OR saluran OR beras"],
        "since": ["2026-10-01"],
        "until": ["2026-10-31"],
    }


def test_a_chosen_month_stands_among_the_others(client: Client) -> None:
    shown = page(client, q="posyandu", since="2026-11-01", until="2026-11-30")
    assert shown.text("h1") == ["2 berita tentang posyandu"]
    assert shown.text(".chips a") == ["November 2026 hapus saringan ini"]
    months = shown.links(".wide .months a")
    assert months["November 2026 2"] == {"q": ["posyandu"]}
    assert "since" in months["Agustus 2026 1"]


def test_bars_are_as_long_as_the_months_are_full(client: Client) -> None:
    bars = page(client).tree.css(".wide .months rect")
    shares = [int(bar.attributes["width"]) for bar in bars]
    assert shares[0] == max(shares) == 100
    assert all(0 <= share <= 100 for share in shares)


def test_usual_periods_are_one_click_away(client: Client) -> None:
    shown = page(client, q="posyandu").links(".wide .periods a")
    assert {label: asked["since"] for label, asked in shown.items()} == {
        "7 hari terakhir": ["2026-11-18"],
        "30 hari terakhir": ["2026-10-26"],
        "Tahun ini": ["2026-01-01"],
    }
    chosen = page(client, q="posyandu", since="2026-11-18")
    assert chosen.text(".wide .periods [aria-current]") == ["7 hari terakhir"]
    assert chosen.links(".wide .periods [aria-current]") == {"7 hari terakhir": {"q": ["posyandu"]}}


def test_a_turned_period_is_put_right(client: Client) -> None:
    chips = page(client, since="2026-11-30", until="2026-11-01").text(".chips a")
    assert chips == ["November 2026 hapus saringan ini"]


# -- where nothing was found ------------------------------------------------------------------------


def test_an_empty_answer_leads_on(client: Client) -> None:
    shown = page(client, q="banjir", village=TAAN, topic="bencana")
    assert shown.text("h1") == ["Belum ada berita tentang banjir di Desa Taan"]
    assert shown.text(".ways li") == [
        "Tanpa saringan “Desa Taan” 1 berita",
        "Tanpa saringan apa pun 1 berita",
        "Kelurahan Kasambang 1 berita",
    ]
    assert shown.links(".ways a")["Kelurahan Kasambang 1 berita"] == {
        "q": ["banjir"],
        "village": [KASAMBANG],
        "topic": ["bencana"],
    }
    assert shown.text("section h2") == ["Terbaru dari Kecamatan Tapalang"]
    assert len(shown.text("section article")) == 3


def test_offers_keep_what_they_promise(client: Client) -> None:
    shown = page(client, q="posyandu kec:Tapalang topik:bencana", since="2026-11-20")
    offers = shown.links(".ways a")
    assert len(offers) >= 2
    for label, asked in offers.items():
        count = re.findall(r"(\d+) berita", label)[-1]
        there = heading(client, **{name: values[0] for name, values in asked.items()})
        assert there.startswith(f"{count} berita"), label


def test_the_rarest_word_may_go(client: Client) -> None:
    offers = page(client, q="posyandu gempa", village=KALUKKU).links(".ways a")
    assert offers["Cari “posyandu” saja 11 berita"] == {"q": ["posyandu"], "village": [KALUKKU]}


def test_a_search_that_finds_nothing_yet_can_be_followed(client: Client) -> None:
    assert page(client, q="gempa").tree.css("main a[href='/feed.xml?q=gempa']")


def test_while_the_index_is_down_the_newest_stand_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("down")
    hub = open_villages(folder, Clock())
    try:
        for pointer in folder.rglob("current"):
            pointer.unlink()
        answer = get(Client(make_app(hub)), f"/cari?q=posyadu&village={TAAN}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        shown = Page(LexborHTMLParser(answer.get_data(as_text=True)))
        assert "Pencarian sedang tidak bisa dipakai." in shown.text(".notice")[0]
        assert len(shown.text("article h3")) == 3
    finally:
        hub.close()


# -- nothing is an error ----------------------------------------------------------------------------

ODD = {
    "a page far beyond": "q=posyandu&page=999999",
    "a page that is no number": "q=posyandu&page=abc",
    "a negative page": "q=posyandu&page=-1",
    "a page beyond of a list": "page=999999",
    "a cursor of another search": "q=posyandu&cursor=bjEuMQ",
    "a turned period": "since=2026-12-01&until=2026-01-01",
    "an unknown village": "village=99.99.99.9999",
    "an unknown village with words": "q=posyandu&village=99.99.99.9999",
    "an unknown kecamatan": "kecamatan=99.99.99",
    "an unknown site": "site=4711",
    "an unknown topic": "topic=tidak-ada",
    "300 letters": "q=" + "a" * 300,
    "100 words": "q=" + quote(" ".join(f"kata{n}" for n in range(100))),
    "100 exclusions": "q=" + quote(" ".join(f"-kata{n}" for n in range(100))),
    "null bytes": "q=pos%00yandu%00",
    "only null bytes": "q=%00",
    "broken UTF-8": "q=%ff%fe",
    "emoji": "q=" + quote("🎉🎉🎉"),
    "only stop words": "q=di+yang+ke+dari",
    "only an exclusion": "q=-posyandu",
    "a lone quote": "q=%22",
    "an empty phrase": "q=%22%22",
    "operators without values": "q=desa:+kec:+judul:+sejak:",
    "an unknown village by name": "q=desa:Jakarta",
    "dates that are none": "q=sejak:kemarin+sampai:2026-13-45",
    "everything at once": "q=%22posyandu+-OR+desa:%22&page=0&sort=x&since=x&site=-1&village=x&persis=2",
}


@pytest.mark.parametrize("query", ODD.values(), ids=ODD)
def test_odd_searches_are_answered(client: Client, query: str) -> None:
    answer = get(client, f"/cari?{query}")
    assert answer.status_code == 200
    assert Page(LexborHTMLParser(answer.get_data())).text("h1")[0]


def test_a_page_beyond_the_last_is_the_last(client: Client) -> None:
    assert "Halaman 2 dari 2" in page(client, page=999999).text(".pages")[0]


PARAMETERS = [
    "q",
    "village",
    "kecamatan",
    "site",
    "topic",
    "since",
    "until",
    "sort",
    "page",
    "cursor",
    "persis",
    "lang",
]
PIECES = st.sampled_from(
    [
        "posyandu",
        "posyadu",
        '"',
        "-",
        "OR",
        "desa:",
        "kec:Kaluku",
        "judul:",
        "sejak:2026-01-01",
        "sampai:",
        "'",
        "(",
        "*",
    ]
)
QUERIES = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=20).map(" ".join),
    st.sampled_from([TAAN, TAPALANG, "99.99.99.9999", "2026-02-30", "2026-01-01", "-1", "999999999999", "é"]),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(PARAMETERS), QUERIES, max_size=5))
def test_no_search_is_an_error(client: Client, params: dict[str, str]) -> None:
    query = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in params.items()})
    assert get(client, f"/cari?{query}").status_code == 200
    assert get(client, f"/cari/saran?{query}").status_code == 200


# -- help, suggestions, API -------------------------------------------------------------------------


def test_every_example_of_the_help_finds_something(client: Client) -> None:
    shown = Page(LexborHTMLParser(get(client, "/bantuan/pencarian").get_data(as_text=True)))
    examples = [each.attributes["href"] for each in shown.tree.css(".examples a")]
    typed = " ".join(shown.text(".examples code"))
    for operator in ('"', " OR ", " -", "judul:", "desa:", "kec:", "kim:", "topik:", "sejak:", "sampai:"):
        assert operator in typed
    for example in examples:
        found = json.loads(get(client, example.replace("/cari", "/api/v1/search")).get_data())
        assert found["total"] > 0, example
        assert not found["corrected"], example
    assert page(client, q="posyandu").links(".bar a.more").keys() == {"Cara mencari"}


def test_suggestions_come_as_json_that_caches_keep(client: Client) -> None:
    answer = get(client, "/cari/saran?q=taa")
    assert answer.content_type == "application/json"
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    rows = json.loads(answer.get_data())["results"]
    assert rows[0] == {
        "kind": "village",
        "label": "Desa Taan",
        "detail": "Kecamatan Tapalang",
        "url": f"/desa/{TAAN}",
    }
    for row in rows:
        assert get(client, row["url"]).status_code == 200


def test_suggestions_keep_the_readers_language(client: Client) -> None:
    (row,) = json.loads(get(client, "/cari/saran?q=bencan&lang=en").get_data())["results"][:1]
    assert (row["detail"], row["url"]) == ("Topic", "/topik/bencana?lang=en")


def test_a_search_within_a_place_is_suggested(client: Client) -> None:
    rows = json.loads(get(client, "/cari/saran?q=posyandu%20taa").get_data())["results"]
    assert (rows[0]["label"], rows[0]["url"]) == (
        "posyandu di Desa Taan",
        f"/cari?q=posyandu&village={TAAN}",
    )


def test_the_api_suggests_too_and_describes_it(client: Client) -> None:
    rows = json.loads(get(client, "/api/v1/suggest?q=taa").get_data())["results"]
    assert rows[0]["url"] == f"http://127.0.0.1:8000/desa/{TAAN}"
    described = json.loads(get(client, "/api/v1/openapi.json").get_data())
    kinds = described["components"]["schemas"]["Completion"]["properties"]["kind"]["enum"]
    assert {row["kind"] for row in rows} <= set(kinds)
    assert "/suggest" in described["paths"]


def test_the_api_says_that_it_corrected(client: Client) -> None:
    found = json.loads(get(client, "/api/v1/search?q=posyadu&limit=2").get_data())
    assert (found["query"], found["suggestion"], found["corrected"], found["total"]) == (
        "posyadu",
        "posyandu",
        True,
        13,
    )
    found = json.loads(get(client, "/api/v1/search?q=posyadu&persis=1").get_data())
    assert (found["suggestion"], found["corrected"], found["total"]) == ("posyandu", False, 0)
    assert json.loads(get(client, "/api/v1/search?q=posyandu").get_data())["corrected"] is False


@pytest.mark.parametrize("q", ["a" * 300, " ".join(f"kata{n}" for n in range(20))])
def test_the_api_refuses_what_is_too_long(client: Client, q: str) -> None:
    assert get(client, f"/api/v1/search?{urlencode({'q': q})}").status_code == 400
