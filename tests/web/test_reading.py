"""The page of a post for those who read, listen, print and pass it on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import html
from playwright.sync_api import Browser, Page, expect
from werkzeug.test import Client

from hub.app import Hub
from hub.model import Actor, Alert, Batch, Image, Manuscript, SearchRequest
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from hub.testing.serving import served
from tests.web.asking import LOCAL
from web.app import make_app

URL = "https://kim-taan.example.id/"
AGENCY = "https://data.bmkg.go.id/"
TAAN, TAPALANG = "76.02.02.2010", "76.02.02"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LONG = "Pertanggungjawabanpelaksanaanpembangunandesaberkelanjutantahunanggaran" * 2
#: What editors paste: a table of ten columns, a wide picture, lists in lists, lines without a space.
BODY = (
    f"<p>{LONG} https://kim-taan.example.id/{LONG}</p>"
    "<table><tr>" + "".join(f"<th>Kolom{number}</th>" for number in range(10)) + "</tr><tr>"
    "" + "".join(f"<td>Rp{number}.000.000,00</td>" for number in range(10)) + "</tr></table>"
    "<ul><li>satu<ul><li>dua<ul><li>tiga<ol><li>empat</li></ol></li></ul></li></ul></li></ul>"
    f"<blockquote><p>{LONG}</p></blockquote><pre>{'kode ' * 60}</pre>"
    "<p>Rapat dihadiri 40 warga. Anggarannya Rp 300.000 per keluarga! Kapan mulai? Bulan depan.</p>"
)
PLAIN = "<p>Rapat dihadiri 40 warga. Anggarannya Rp 300.000 per keluarga! Kapan mulai? Bulan depan.</p>"
ALERT = Alert(
    kind="weather",
    event="Hujan lebat",
    severity="Severe",
    onset=NOW,
    expires=NOW + timedelta(hours=2),
    attribution="BMKG (Badan Meteorologi, Klimatologi, dan Geofisika)",
    regions=(TAPALANG,),
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Posts 1 (plain), 2 (all that breaks pages), 3 (two pictures), 4 (of an authority); one announcement."""
    connector = ScriptedConnector()
    folder = tmp_path_factory.mktemp("reading")
    opened = scripted_hub(folder, connector, now=lambda: NOW, settings={"web": {"rate_limit": 0}})
    for name, url in (("KIM Taan", URL), ("BMKG", AGENCY)):
        opened.registering.add_site(name, url, TAAN, probe=False, connector="scripted", feed_url=url)
    pictures = tuple(Image(f"{URL}{name}.jpg", f"Foto {name}") for name in ("rapat", "warga"))
    posts = (
        entry(1, title="Rapat & musyawarah", html=PLAIN),
        entry(2, title=f"Laporan {LONG}", html=BODY),
        entry(3, title="Dua foto", html="<p>Foto dari desa.</p>", images=pictures),
    )
    connector.plan(URL, [Batch({}, entries=posts)])
    connector.plan(
        AGENCY, [Batch({}, entries=(entry(4, title="Hujan lebat", html="<p>Waspada.</p>", alert=ALERT),))]
    )
    opened.harvesting.run(everything=True)
    editor = Actor("siti", "editor", "10.0.0.7")
    opened.announcing.announce(Manuscript("1/A", "Jadwal posyandu", ("all",), PLAIN), editor)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def keys(hub: Hub) -> dict[str, int]:
    """First word of the title -> id."""
    return {card.title.split()[0]: card.id for card in hub.reading.search(SearchRequest()).results}


@pytest.fixture(scope="module")
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


def read(client: Client, path: str) -> Any:
    answer = client.get(path, base_url=LOCAL)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def words(found: Any) -> str:
    return " ".join(found.text_content().split())


def test_a_post_is_told_in_the_order_in_which_it_is_read(client: Client, keys: dict[str, int]) -> None:
    (article,) = read(client, f"/berita/{keys['Dua']}").xpath("//main//article[contains(@class, 'post')]")
    order = article.xpath(
        ".//h1 | .//*[@class='where'] | .//header//time | .//*[@data-post-body] | .//figcaption"
        " | .//section[@aria-labelledby='asal'] | .//*[@class='share']"
    )
    assert [each.tag for each in order] == [
        "h1",
        "p",
        "time",
        "div",
        "figcaption",
        "figcaption",
        "section",
        "div",
    ]
    assert [words(each) for each in article.xpath(".//figcaption")] == ["Foto rapat", "Foto warga"]


def test_a_kim_writes_and_an_authority_does_not(client: Client, keys: dict[str, int]) -> None:
    kim = read(client, f"/berita/{keys['Rapat']}")
    assert "Berita ini dari KIM Taan" in words(kim)
    assert "KIM ini menulis dari Desa Taan" in words(kim)
    agency = read(client, f"/berita/{keys['Hujan']}")
    (box,) = agency.xpath("//section[@aria-labelledby='asal']")
    assert words(box).startswith("Peringatan ini dari BMKG")
    assert "KIM ini" not in words(agency)
    assert not agency.xpath("//article//header//*[@class='where']"), (
        "it is not from the village it is filed under"
    )


def test_what_is_passed_on_is_title_place_and_short_address(client: Client, keys: dict[str, int]) -> None:
    page = read(client, f"/berita/{keys['Rapat']}")
    address = f"http://127.0.0.1:8000/b/{keys['Rapat']}"
    (whatsapp,) = page.xpath("//a[contains(@href, 'wa.me')]/@href")
    told = "Rapat & musyawarah\nDesa Taan, Kecamatan Tapalang"
    assert parse_qs(urlsplit(whatsapp).query) == {"text": [f"{told}\n{address}"]}
    assert "+" not in whatsapp
    (telegram,) = page.xpath("//a[contains(@href, 't.me')]/@href")
    assert parse_qs(urlsplit(telegram).query) == {"url": [address], "text": [told]}
    assert page.xpath("//*[@class='short']/a/@href") == [address]
    (copied,) = page.xpath("//button/@data-text")
    assert copied == f"Rapat & musyawarah\n{address}"


@pytest.mark.parametrize(("given", "lands"), [("", ""), ("?lang=en", "?lang=en"), ("?lang=xx", "")])
def test_the_short_address_leads_to_the_post(client: Client, given: str, lands: str) -> None:
    answer = client.get(f"/b/7{given}", base_url=LOCAL)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/berita/7{lands}"
    assert client.get("/b/x", base_url=LOCAL).status_code == 404
    assert client.get(f"/b/{10**30}", base_url=LOCAL).status_code == 404


# -- in a browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(hub: Hub) -> Iterator[str]:
    with served(make_app(hub)) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, service_workers="block")
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_nothing_that_editors_paste_breaks_a_narrow_page(
    base: str,
    browser: Browser,
    keys: dict[str, int],
    script: bool,
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{base}/berita/{keys['Laporan']}")
    devtools = context.new_cdp_session(page)
    assert devtools.send("Page.getLayoutMetrics")["cssContentSize"]["width"] == 360
    box = page.locator("[data-post-body] > p").first.bounding_box()
    assert box
    assert box["x"] >= 16
    assert box["x"] + box["width"] <= 344
    context.close()


@pytest.mark.browser
def test_a_wide_table_is_scrolled_by_itself(base: str, page: Page, keys: dict[str, int]) -> None:
    page.goto(f"{base}/berita/{keys['Laporan']}")
    table = page.locator("[data-post-body] table")
    assert table.evaluate("each => each.scrollWidth > each.clientWidth")
    table.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(100):
        if table.evaluate("each => each.scrollLeft") > 0:
            break
        page.wait_for_timeout(20)
    assert table.evaluate("each => each.scrollLeft") > 0
    result = Axe().run(page)
    assert [each["id"] for each in result.response["violations"]] == []


@pytest.mark.browser
def test_text_is_large_and_lines_are_short_enough(base: str, page: Page, keys: dict[str, int]) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{base}/berita/{keys['Rapat']}")
    body = page.locator("[data-post-body] p").first
    assert body.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") == 18
    letters = body.evaluate(
        """each => {
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = getComputedStyle(each).font;
            const sample = "Warga desa menanam padi di sawah dan menjual hasilnya ke pasar kecamatan";
            return each.parentElement.clientWidth / (pen.measureText(sample).width / sample.length);
        }"""
    )
    assert 60 <= letters <= 75, letters


#: The voices are the device's, and a headless browser has none. This one has said what it was given when the
#: test says so.
VOICE = """
    const said = window.said = [];
    class Utterance { constructor(text) { this.text = text; } }
    let now = null;
    const engine = {
        getVoices: () => window.voices || [{ lang: "en-US" }, { lang: "id_ID", localService: true }],
        speak(utterance) {
            sessionStorage.last = "speak";
            now = utterance;
            said.push([utterance.text, utterance.lang]);
        },
        cancel() {
            const was = now;
            sessionStorage.last = "cancel";
            now = null;
            if (was && was.onerror) was.onerror({ error: "canceled" });
        },
    };
    window.finish = () => { const was = now; now = null; was.onend({}); };
    window.speaking = () => Boolean(now);
    Object.defineProperty(window, "speechSynthesis", { value: engine });
    window.SpeechSynthesisUtterance = Utterance;
"""


@pytest.mark.browser
def test_a_text_is_read_aloud_paused_and_stopped(base: str, page: Page, keys: dict[str, int]) -> None:
    page.add_init_script(VOICE)
    page.goto(f"{base}/berita/{keys['Laporan']}")
    listen = page.get_by_role("button", name="Dengarkan")
    status = page.locator(".listen [role=status]")
    expect(listen).to_have_attribute("aria-pressed", "false")
    listen.focus()
    page.keyboard.press("Enter")
    expect(listen).to_have_attribute("aria-pressed", "true")
    expect(status).to_have_text("Sedang dibacakan. Ketuk lagi untuk jeda.")
    page.evaluate("finish()")
    listen.click()
    expect(listen).to_have_attribute("aria-pressed", "false")
    expect(status).to_have_text("Dijeda. Ketuk lagi untuk lanjut.")
    assert not page.evaluate("speaking()")
    listen.click()
    said = page.evaluate("said")
    assert said[1] == said[2], "after a pause the piece begins again"
    while page.evaluate("speaking()"):
        page.evaluate("finish()")
    expect(listen).to_have_attribute("aria-pressed", "false")
    expect(status).to_have_text("")
    said = page.evaluate("said")
    assert {lang for _, lang in said} == {"id_ID"}
    assert max(len(text) for text, _ in said) <= 200, "Chrome falls silent in longer ones"
    whole = " ".join(text for text, _ in said)
    assert "Rp 300.000 per keluarga! Kapan mulai? Bulan depan." in re.sub(r"\s+", " ", whole)
    listen.click()
    page.get_by_role("button", name="Berhenti").click()
    assert not page.evaluate("speaking()")
    expect(page.get_by_role("button", name="Berhenti")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Dengarkan", "focus is not lost"


@pytest.mark.browser
@pytest.mark.parametrize("voices", ["[]", "[{lang: 'en-US'}]"], ids=["none", "english"])
def test_without_a_voice_of_the_language_nothing_is_offered(
    base: str, page: Page, keys: dict[str, int], voices: str
) -> None:
    page.add_init_script(f"window.voices = {voices};{VOICE}")
    page.goto(f"{base}/berita/{keys['Rapat']}")
    expect(page.get_by_role("button", name="Salin tautan")).to_be_visible()
    expect(page.get_by_role("button", name="Dengarkan")).to_be_hidden()


@pytest.mark.browser
def test_leaving_ends_the_voice(base: str, page: Page) -> None:
    page.add_init_script(VOICE)
    page.goto(f"{base}/pengumuman/1")
    page.get_by_role("button", name="Dengarkan").click()
    assert page.evaluate("sessionStorage.last") == "speak"
    page.goto(f"{base}/tentang")
    assert page.evaluate("sessionStorage.last") == "cancel"


@pytest.mark.browser
def test_the_link_is_copied_and_the_devices_own_sheet_opened(
    base: str, page: Page, keys: dict[str, int]
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("navigator.share = given => { window.given = given; return Promise.resolve(); };")
    page.goto(f"{base}/berita/{keys['Rapat']}")
    page.get_by_role("button", name="Salin tautan").click()
    expect(page.locator("[data-text]")).to_have_text("Sudah disalin")
    address = f"http://127.0.0.1:8000/b/{keys['Rapat']}"
    assert page.evaluate("navigator.clipboard.readText()") == f"Rapat & musyawarah\n{address}"
    page.get_by_role("button", name="Aplikasi lain").click()
    assert page.evaluate("given") == {
        "title": "Rapat & musyawarah",
        "text": "Rapat & musyawarah\nDesa Taan, Kecamatan Tapalang",
        "url": address,
    }


@pytest.mark.browser
def test_without_script_the_ways_to_share_are_links_and_text(
    base: str,
    browser: Browser,
    keys: dict[str, int],
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/berita/{keys['Rapat']}")
    share = page.locator(".share")
    expect(share.get_by_role("link")).to_have_count(3)
    expect(share.get_by_role("button")).to_have_count(0)
    expect(share).to_contain_text(f"127.0.0.1:8000/b/{keys['Rapat']}")
    context.close()


@pytest.mark.browser
def test_on_paper_only_what_is_worth_paper(base: str, page: Page, keys: dict[str, int]) -> None:
    page.goto(f"{base}/berita/{keys['Rapat']}")
    page.emulate_media(media="print")
    for seen in ("h1", "[data-post-body]", "#asal", ".share .short", ".original"):
        expect(page.locator(seen)).to_be_visible()
    for unseen in (".ask", ".nav", "footer", ".share .chip >> nth=0", ".listen"):
        expect(page.locator(unseen)).to_be_hidden()
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1


@pytest.mark.browser
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(
    base: str, page: Page, keys: dict[str, int], motion: Any
) -> None:
    page.emulate_media(reduced_motion=motion)
    page.add_init_script(VOICE)
    page.goto(f"{base}/berita/{keys['Rapat']}")
    behaviour = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
    assert behaviour == ("auto" if motion == "reduce" else "smooth")
    reached, unmarked = [], []
    for _ in range(80):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return ["", true];
                const label = at.getAttribute("aria-label") || at.textContent.trim() || at.name;
                // a card shows the focus of the link that covers it
                const marked = [at, at.closest(".card")].some(each => each &&
                    getComputedStyle(each).outlineStyle !== "none" &&
                    parseFloat(getComputedStyle(each).outlineWidth) >= 2);
                return [label, marked];
            }"""
        )
        if reached and name == reached[0]:
            break
        reached.append(name)
        if not outline:
            unmarked.append(name)
    wanted = ["Dengarkan", "Baca aslinya", "WhatsApp", "Telegram", "Salin tautan"]
    assert [name for name in reached if name in wanted] == wanted
    assert unmarked == []
