"""How readers want pages: kept in one small cookie, and in a few variants of each page."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import brotli
import pytest
from lxml import html
from werkzeug.test import Client, TestResponse

from hub.app import Hub
from hub.model import SearchRequest
from hub.testing.bench_pictures import fetched, weight
from hub.testing.harvested import harvested
from hub.testing.serving import served
from tests.web.asking import LOCAL, get, named
from web.app import make_app
from web.display import Choice, changed, of


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with harvested(tmp_path_factory.mktemp("display"), "127.10.45.") as opened:
        yield opened


@pytest.fixture
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


@pytest.fixture
def plain(hub: Hub) -> Client:
    """Sends the cookies that a test says and keeps none."""
    return Client(make_app(hub), use_cookies=False)


def choose(client: Client, form: dict[str, str], **headers: str) -> TestResponse:
    return client.post("/tampilan", base_url=LOCAL, data=form, headers=named(headers))


def root(answer: TestResponse) -> html.HtmlElement:
    return html.fromstring(answer.text)


# -- reading the choice -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cookie", "save_data", "choice"),
    [
        ("", "", Choice()),
        ("tampilan=h", "", Choice(light=True)),
        ("a=b; tampilan=hbg; kimhub=x", "", Choice(True, True, "dark")),
        ("tampilan=t", "", Choice(theme="light")),
        ("tampilan=tg", "", Choice(theme="light")),
        ("tampilan=zzz", "", Choice()),
        ("tampilan=" + "h" * 4000, "", Choice()),
        ("tampilan=<script>", "", Choice()),
        ("xtampilan=h", "", Choice()),
        ("", "on", Choice(light=True)),
        ("", "ON", Choice(light=True)),
        ("", "off", Choice()),
        ("tampilan=n", "on", Choice()),
        ("tampilan=nb", "on", Choice(large=True)),
    ],
    ids=[
        "nothing",
        "light",
        "among others",
        "theme",
        "two themes",
        "unknown letters",
        "endless",
        "markup",
        "another name",
        "browser saves data",
        "in capitals",
        "browser does not",
        "reader wants pictures all the same",
        "and large letters",
    ],
)
def test_what_a_request_asks_for(cookie: str, save_data: str, choice: Choice) -> None:
    assert of({"HTTP_COOKIE": cookie, "HTTP_SAVE_DATA": save_data}) == choice


def test_there_are_twelve_variants_whatever_cookies_say() -> None:
    letters = "hnbtgxyz"
    seen = {
        of({"HTTP_COOKIE": f"tampilan={a}{b}{c}{d}"}).variant
        for a in letters
        for b in letters
        for c in letters
        for d in letters
    }
    assert len(seen) == 12
    assert max(map(len, seen)) == 3


def test_a_choice_survives_its_own_cookie() -> None:
    for light in (False, True):
        for large in (False, True):
            for theme in ("", "light", "dark"):
                choice = Choice(light, large, theme)
                for save_data in ("", "on"):
                    headers = {"HTTP_COOKIE": f"tampilan={choice.letters}", "HTTP_SAVE_DATA": save_data}
                    assert of(headers) == choice


def test_a_form_changes_what_it_states_and_nothing_else() -> None:
    before = Choice(light=True, theme="dark")
    assert changed(before, {}) == before
    assert changed(before, {"hemat": "tidak"}) == Choice(theme="dark")
    assert changed(before, {"hemat": "quatsch", "huruf": "besar", "warna": "ungu"}) == Choice(
        True, True, "dark"
    )
    assert changed(before, {"warna": "perangkat"}) == Choice(light=True)


# -- pages ------------------------------------------------------------------------------------------


def test_choosing_without_a_script(client: Client) -> None:
    page = root(get(client, "/tampilan"))
    assert {each.get("value") for each in page.xpath("//main//input[@checked]")} == {
        "tidak",
        "biasa",
        "perangkat",
    }
    answer = choose(client, {"hemat": "ya", "huruf": "besar", "warna": "gelap"})
    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("tampilan=hbg;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    saved = get(client, answer.headers["Location"])
    assert "sudah disimpan" in saved.text
    element = root(saved)
    assert (element.get("data-theme"), element.get("data-text")) == ("dark", "large")
    assert {each.get("value") for each in element.xpath("//main//input[@checked]")} == {
        "ya",
        "besar",
        "gelap",
    }


def test_the_switch_on_every_page_leads_back_to_it(client: Client) -> None:
    path = "/cari?q=posyandu&sort=newest"
    (form,) = [each for each in root(get(client, path)).forms if each.get("class") == "saver"]
    fields = dict(form.form_values()) | {"hemat": form.xpath(".//button")[0].get("value")}
    answer = choose(client, fields)
    assert answer.status_code == 303
    assert answer.headers["Location"] == path
    page = root(get(client, path))
    assert page.xpath("//main//article")
    assert page.xpath("//main//article//img") == []
    (form,) = [each for each in page.forms if each.get("class") == "saver"]
    assert "nyala" in form.text_content()
    assert (
        choose(client, {"hemat": form.xpath(".//button")[0].get("value")})
        .headers["Set-Cookie"]
        .startswith("tampilan=n;")
    )


@pytest.mark.parametrize(
    "back",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "", "/a\r\nSet-Cookie: b=c"],
    ids=["address", "two slashes", "backslash", "script", "empty", "line break"],
)
def test_nobody_is_sent_elsewhere(client: Client, back: str) -> None:
    answer = choose(client, {"hemat": "ya", "kembali": back})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/tampilan?tersimpan=1"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.test"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"}],
    ids=["origin", "fetch metadata", "no origin"],
)
def test_another_site_changes_nothing(client: Client, headers: dict[str, str]) -> None:
    answer = choose(client, {"hemat": "ya"}, **headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_who_saves_data_gets_no_picture_and_a_way_to_each(hub: Hub, client: Client) -> None:
    card = next(each for each in hub.reading.search(SearchRequest(limit=50)).results if each.image)
    path = f"/berita/{card.id}"
    get(client, root(get(client, path)).xpath("//article//img/@src")[0])
    page = get(Client(make_app(hub)), path, Save_Data="on")
    assert {"Cookie", "Save-Data", "Accept-Encoding"} <= {
        each.strip() for each in page.headers["Vary"].split(",")
    }
    tree = root(page)
    assert tree.xpath("//main//img") == []
    assert tree.xpath("//main//figure[not(normalize-space())]") == []
    (link,) = tree.xpath("//p[@class='held']/a")
    assert "Tampilkan" in link.text_content()
    shown = root(get(client, link.get("href"), Save_Data="on"))
    assert shown.xpath("//article[@class='post']//img/@src")
    (form,) = [each for each in shown.forms if each.get("class") == "saver"]
    assert dict(form.form_values())["kembali"] == path


@pytest.mark.parametrize("path", ["/", "/cari?q=posyandu", "/desa/76.02.02.2010", "/kecamatan/76.02.03"])
def test_lists_without_pictures_have_no_holes(plain: Client, path: str) -> None:
    tree = root(get(plain, path, Cookie="tampilan=h"))
    assert tree.xpath("//main//article//img") == []
    assert tree.xpath("//*[@data-picture]") == []
    assert tree.xpath("//*[contains(@class, '--pictured')]") == []


def test_the_page_cache_holds_one_page_for_each_variant_and_documents_once(plain: Client) -> None:
    def made(path: str, cookie: str) -> TestResponse:
        return get(plain, path, Cookie=cookie)

    full, light = made("/", ""), made("/", "tampilan=h")
    assert full.headers["ETag"] != light.headers["ETag"]
    assert made("/", "tampilan=zz; x=1").headers["ETag"] == full.headers["ETag"]
    assert made("/", "tampilan=hn; other=2").headers["ETag"] == light.headers["ETag"]
    assert get(plain, "/", Cookie="tampilan=h", If_None_Match=full.headers["ETag"]).status_code == 200
    assert get(plain, "/", Cookie="tampilan=h", If_None_Match=light.headers["ETag"]).status_code == 304
    feed = made("/feed.xml", "")
    assert made("/feed.xml", "tampilan=h").headers["ETag"] == feed.headers["ETag"]
    assert "Cookie" not in feed.headers["Vary"]


def test_the_desk_looks_as_before(plain: Client) -> None:
    tree = root(get(plain, "/masuk", Cookie="tampilan=hbg"))
    assert tree.get("data-theme") is None
    assert tree.get("data-text") is None


def test_colours_are_written_once() -> None:
    """Each with its day and its night in one line: nothing can be forgotten in a second list."""
    from importlib.resources import files

    css = files("web").joinpath("static/portal/10-foundation.css").read_text("utf-8")
    names = re.findall(
        r"^\s*(--[a-z-]+): var\(--day, #[0-9a-f]{6}\) var\(--night, #[0-9a-f]{6}\);$", css, re.M
    )
    assert len(names) == len(set(names)) >= 11
    everything = "".join(
        each.read_text("utf-8")
        for each in files("web").joinpath("static/portal").iterdir()
        if each.name.endswith(".css")
    )
    screen = re.sub(r"@media print \{.*", "", everything, flags=re.S)
    for name in names:
        assert len(re.findall(rf"(?<![\w-]){name}:", screen)) == 1, name


# -- weight -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(hub: Hub) -> Iterator[str]:
    with served(make_app(hub)) as found:
        yield found


def test_a_first_visit_weighs_under_fifty_kilobytes(base: str) -> None:
    assert weight(base, "/") < 50_000
    assert weight(base, "/", {"Save-Data": "on"}) < 50_000


def test_style_and_script_are_packed_as_well_as_can_be(base: str) -> None:
    """Once and for good, where a page is packed quickly."""
    _, page = fetched(f"{base}/")
    for link in re.findall(r'"(/static/portal\.[0-9a-f]+\.(?:css|js))"', page):
        with urllib.request.urlopen(
            urllib.request.Request(base + link, headers={"Accept-Encoding": "br"})
        ) as answer:
            packed = answer.read()
        assert len(packed) == len(brotli.compress(brotli.decompress(packed), quality=11))


def test_an_article_weighs_under_thirty_kilobytes(hub: Hub, base: str) -> None:
    """Each of the newest, with style and script, without its pictures."""
    for card in hub.reading.search(SearchRequest(limit=30)).results:
        assert weight(base, f"/berita/{card.id}") < 30_000, card.title
