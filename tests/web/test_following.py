"""Following from outside: the form, double opt-in, one click that ends it, what a stranger can do with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from werkzeug.test import Client, TestResponse

from hub.app import Hub
from hub.model import Batch
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock
from tests.connectors.smtp_fake import Inbox, inbox
from tests.web.asking import LOCAL
from web.app import make_app

TAAN, KECAMATAN = "76.02.02.2010", "76.02.02"
FEED = "https://taan.example/feed"


@pytest.fixture
def box() -> Iterator[Inbox]:
    with inbox() as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connector() -> ScriptedConnector:
    return ScriptedConnector()


@pytest.fixture
def hub(tmp_path: Path, box: Inbox, clock: Clock, connector: ScriptedConnector) -> Iterator[Hub]:
    settings = {
        "mail": {"url": box.url(), "sender": "Kabar <kabar@mamuju.example>"},
        "hub": {"contact": "ops@mamuju.example"},
        "plugins": {"telegram": {"token": "7012345678:CNRY-abcdEFGHijklMNOPqrs", "bot": "KabarMamujuBot"}},
    }
    opened = scripted_hub(tmp_path, connector, now=clock, settings=settings)
    url = "https://taan.example/"
    opened.registering.add_site("KIM Taan", url, TAAN, probe=False, connector="scripted", feed_url=FEED)
    yield opened
    opened.close()


@pytest.fixture
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


def get(client: Client, path: str) -> TestResponse:
    return client.get(path.removeprefix(LOCAL), base_url=LOCAL)


def post(client: Client, path: str, data: Any = None, **headers: str) -> TestResponse:
    return client.post(path.removeprefix(LOCAL), base_url=LOCAL, data=data or {}, headers=headers)


def form_of(page: TestResponse, action: str = "/ikuti") -> Any:
    found = [each for each in html.fromstring(page.text).forms if str(each.action).startswith(action)]
    assert found, page.text[:500]
    return found[0]


def fill(client: Client, path: str, **values: str) -> TestResponse:
    """The form as a browser without script sends it."""
    form = form_of(get(client, path))
    return post(client, form.action, dict(form.form_values()) | values)


def links(mail: EmailMessage) -> list[str]:
    return re.findall(r"http://\S+", mail.get_content())


def write(hub: Hub, connector: ScriptedConnector, clock: Clock, number: int, title: str) -> None:
    connector.plan(FEED, [Batch({}, (entry(number, title=title, html=f"<p>{title} di balai desa.</p>"),))])
    hub.harvesting.run(everything=True)
    hub.indexing.drain()
    clock.forward(minutes=2)


def test_a_resident_follows_posyandu_by_mail(
    client: Client, hub: Hub, box: Inbox, connector: ScriptedConnector, clock: Clock
) -> None:
    """The whole way: form, letter, button, news, one click."""
    write(hub, connector, clock, 1, "Posyandu lama")
    page = get(client, "/cari?q=posyandu")
    (follow,) = html.fromstring(page.text).xpath(
        "//aside[contains(@class, 'follow')]//a[@class='button']/@href"
    )
    sent = fill(client, follow, cara="mail", alamat="Ani@contoh.id", irama="soon")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/ikuti/terkirim")
    assert box.mails == [], "a request never touches the network"
    assert "buka surel Anda" in get(client, sent.headers["Location"]).text
    hub.telling.run()
    (question,) = box.mails
    yes = next(url for url in links(question) if "/ikuti/ya/" in url)
    write(hub, connector, clock, 2, "Posyandu sebelum ya")
    asked = get(client, yes)
    assert asked.status_code == 200
    hub.telling.run()
    assert len(box.mails) == 1, "opening the link says nothing yet"
    confirmed = post(client, form_of(asked, "/ikuti/ya/").action)
    assert confirmed.status_code == 303
    assert "Terima kasih" in get(client, confirmed.headers["Location"]).text
    write(hub, connector, clock, 3, "Posyandu buka Senin")
    hub.telling.run()
    _, news = box.mails
    assert "Posyandu buka Senin" in str(news["Subject"])
    assert any(url.startswith(f"{LOCAL}/berita/") for url in links(news))
    assert get(client, next(url for url in links(news) if "/berita/" in url)).status_code == 200
    stop = str(news["List-Unsubscribe"]).strip().strip("<>")
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # as a mail program does it: from anywhere, without a cookie, the body that RFC 8058 gives
    one_click = post(client, stop, {"List-Unsubscribe": "One-Click"}, Origin="https://mail.example")
    assert one_click.status_code == 200
    clock.forward(hours=2)
    write(hub, connector, clock, 4, "Posyandu lagi")
    hub.telling.run()
    assert len(box.mails) == 2
    (row,) = hub.following.all(("ended",))
    assert row.address == ""


@pytest.mark.parametrize(
    ("path", "what", "rhythm"),
    [
        ("/ikuti?q=posyandu", "berita “posyandu”", "daily"),
        (f"/ikuti?village={TAAN}", "kabar Desa Taan", "weekly"),
        (f"/ikuti?kecamatan={KECAMATAN}", "kabar Kecamatan Tapalang", "weekly"),
        (f"/ikuti?q=posyandu&village={TAAN}", "berita “posyandu” di Desa Taan", "daily"),
        ("/ikuti?site=1", "berita dari KIM Taan", "daily"),
        ("/ikuti?topic=kesehatan", "berita topik kesehatan", "daily"),
        ("/ikuti?apa=pengumuman", "pengumuman", "soon"),
        (f"/ikuti?apa=pengumuman&village={TAAN}", "pengumuman untuk Desa Taan", "soon"),
        ("/ikuti", "semua berita", "daily"),
        ("/ikuti?village=99.99.99.9999&site=77&sort=newest&page=3", "semua berita", "daily"),
    ],
    ids=[
        "words",
        "village",
        "kecamatan",
        "words-in",
        "kim",
        "topic",
        "notices",
        "notices-of",
        "all",
        "nonsense",
    ],
)
def test_what_the_form_says_will_come(client: Client, path: str, what: str, rhythm: str) -> None:
    page = html.fromstring(get(client, path).text)
    assert page.xpath("string(//main//p[@class='intro']/strong)") == what
    assert page.xpath("//input[@name='irama'][@checked]/@value") == [rhythm]


def test_only_ways_that_work_are_offered_and_the_browser_needs_a_script(client: Client) -> None:
    page = html.fromstring(get(client, "/ikuti?q=posyandu").text)
    assert page.xpath("//input[@name='cara']/@value") == ["mail", "telegram", "webpush"]
    (hidden,) = page.xpath("//label[@data-push-choice]")
    assert "hidden" in hidden.attrib
    assert page.xpath("//form[@data-push]/@data-push")[0].startswith("B")


def test_a_hub_without_any_way_points_to_the_feed(tmp_path: Path) -> None:
    hub = scripted_hub(tmp_path, ScriptedConnector(), now=Clock())
    client = Client(make_app(hub))
    page = html.fromstring(get(client, "/ikuti?q=posyandu").text)
    assert page.xpath("//main//form") == []
    assert "/feed.xml?q=posyandu" in page.xpath("//main//a/@href")
    assert (
        post(client, "/ikuti", {"cara": "mail", "alamat": "ani@contoh.id", "irama": "soon"}).status_code
        == 422
    )
    hub.close()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"cara": "mail", "alamat": "bukan alamat", "irama": "soon"}, "alamat ini tidak dikenali"),
        ({"cara": "mail", "alamat": "", "irama": "soon"}, "alamat ini tidak dikenali"),
        ({"cara": "merpati", "alamat": "ani@contoh.id", "irama": "soon"}, "cara ini tidak tersedia"),
        ({"cara": "mail", "alamat": "ani@contoh.id", "irama": "tiap jam"}, "seberapa sering"),
    ],
    ids=["address", "empty", "way", "rhythm"],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client: Client, hub: Hub, values: dict[str, str], words: str
) -> None:
    answer = fill(client, "/ikuti?q=posyandu", **values)
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert words in page.xpath("string(//*[@role='alert'])")
    assert page.xpath("//input[@name='q'][@type='hidden']/@value") == ["posyandu"]
    if values["cara"] == "mail":
        assert page.xpath("//input[@name='alamat']/@value") == [values["alamat"]]
    assert hub.following.all(("waiting",)) == ()


def test_by_telegram_without_a_script(client: Client, hub: Hub) -> None:
    sent = fill(client, f"/ikuti?village={TAAN}", cara="telegram", irama="weekly")
    page = html.fromstring(get(client, sent.headers["Location"]).text)
    (url,) = page.xpath("//main//a[@class='button']/@href")
    assert re.fullmatch(r"https://t\.me/KabarMamujuBot\?start=[\w-]{1,64}", url)
    (waiting,) = hub.following.all(("waiting",))
    assert (waiting.notifier, waiting.rhythm, waiting.due_at) == ("telegram", "weekly", None)


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(
    client: Client, hub: Hub, box: Inbox
) -> None:
    values = {"cara": "mail", "irama": "soon"}
    answers = [fill(client, "/ikuti?q=beras", alamat="baru@contoh.id", **values)]
    answers += [fill(client, "/ikuti?q=beras", alamat="ani@contoh.id", **values) for _ in range(8)]
    shown = {(each.status_code, each.headers["Location"], each.text) for each in answers}
    assert len(shown) == 1
    hub.telling.run()
    assert [mail["To"] for mail in box.mails].count("ani@contoh.id") <= 3


def test_a_mailbox_cannot_be_bombed(client: Client, hub: Hub, box: Inbox) -> None:
    for number in range(12):
        fill(client, f"/ikuti?q=kata{number}", cara="mail", alamat="korban@contoh.id", irama="soon")
        hub.telling.run()
    assert len(box.mails) == 3


def test_one_asker_cannot_ask_for_ever(client: Client, hub: Hub) -> None:
    statuses = [
        post(
            client, "/ikuti", {"q": "a", "cara": "mail", "irama": "soon", "alamat": f"a{n}@contoh.id"}
        ).status_code
        for n in range(40)
    ]
    assert statuses.count(303) == 30
    assert set(statuses[30:]) == {429}
    assert len(hub.following.all(("waiting",))) == 30


def test_another_site_cannot_ask_in_a_visitors_name(client: Client, hub: Hub) -> None:
    values = {"q": "a", "cara": "mail", "irama": "soon", "alamat": "korban@contoh.id"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://jahat.example"}):
        assert post(client, "/ikuti", values, **headers).status_code == 403
    assert hub.following.all(("waiting",)) == ()


def test_a_program_that_fills_in_everything_gets_nowhere(client: Client, hub: Hub) -> None:
    answer = fill(client, "/ikuti?q=a", cara="mail", irama="soon", alamat="ani@contoh.id", nama="Ani")
    assert answer.status_code == 303
    assert hub.following.all(("waiting",)) == ()


@pytest.fixture
def tokens(client: Client, hub: Hub) -> dict[str, str]:
    """Of one waiting following."""
    fill(client, "/ikuti?q=posyandu", cara="mail", alamat="ani@contoh.id", irama="soon")
    return {purpose: hub.following.links.token(purpose, 1) for purpose in ("yes", "manage", "stop", "start")}


PAGES = {"yes": "/ikuti/ya/", "manage": "/ikuti/", "stop": "/ikuti/berhenti/", "start": "/ikuti/buka/"}


@pytest.mark.parametrize("purpose", PAGES)
def test_tampered_links_are_a_friendly_404(client: Client, tokens: dict[str, str], purpose: str) -> None:
    token = tokens[purpose]
    other = tokens["stop" if purpose != "stop" else "manage"]
    for wrong in (token[:-1] + "!", "2" + token[1:], token + "A", other, "1-", "%00"):
        page = get(client, PAGES[purpose] + wrong)
        assert page.status_code == 404, wrong
        assert "tidak berlaku" in page.text
        assert post(client, PAGES[purpose] + wrong).status_code in (404, 405)


@pytest.mark.parametrize("purpose", ["yes", "manage", "stop"])
def test_secret_pages_are_for_nobody_else(client: Client, tokens: dict[str, str], purpose: str) -> None:
    page = get(client, PAGES[purpose] + tokens[purpose])
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert 'name="robots" content="noindex"' in page.text
    assert "ani@contoh.id" not in page.text, "who finds a link learns no address"
    assert "Set-Cookie" not in page.headers


def test_looking_at_a_link_changes_nothing(client: Client, hub: Hub, tokens: dict[str, str]) -> None:
    before = hub.following.get(1)
    for purpose, path in PAGES.items():
        for method in (client.get, client.head):
            method(path + tokens[purpose], base_url=LOCAL)
    assert hub.following.get(1) == before


def test_the_page_of_a_following(client: Client, hub: Hub, tokens: dict[str, str]) -> None:
    post(client, PAGES["yes"] + tokens["yes"])
    page = get(client, PAGES["manage"] + tokens["manage"])
    form = form_of(page, "/ikuti/1-")
    saved = post(client, form.action, {"irama": "weekly"})
    assert "Sudah disimpan" in get(client, saved.headers["Location"]).text
    assert hub.following.get(1).rhythm == "weekly"
    stopped = post(client, form_of(page, "/ikuti/berhenti/").action)
    assert "Sudah berhenti" in stopped.text
    assert "/ikuti?q=posyandu" in html.fromstring(stopped.text).xpath("//main//a/@href")
    again = get(client, PAGES["manage"] + tokens["manage"])
    assert "sudah dihapus" in again.text
    assert post(client, PAGES["stop"] + tokens["stop"]).status_code == 200, "a second click is no error"


def test_in_english_all_the_way(client: Client, hub: Hub, box: Inbox) -> None:
    sent = fill(client, "/ikuti?q=posyandu&lang=en", cara="mail", alamat="ann@contoh.id", irama="daily")
    assert sent.headers["Location"] == "/ikuti/terkirim?lang=en"
    hub.telling.run()
    (mail,) = box.mails
    assert "Do you want to receive" in str(mail["Subject"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/desa/{TAAN}",
        f"/kecamatan/{KECAMATAN}",
        "/topik/kesehatan",
        "/sumber/1",
        "/cari?q=warga",
        "/pengumuman",
    ],
    ids=["front", "village", "kecamatan", "topic", "kim", "search", "notices"],
)
def test_every_list_names_its_feed_and_how_to_follow_it(
    client: Client, hub: Hub, connector: ScriptedConnector, clock: Clock, path: str
) -> None:
    connector.plan(FEED, [Batch({}, (entry(1, topics=("Kesehatan",)),))])
    hub.harvesting.run(everything=True)
    hub.indexing.drain()
    page = html.fromstring(get(client, path).text)
    feeds = page.xpath("//link[@rel='alternate'][@type='application/rss+xml']/@href")
    assert feeds
    for address in feeds:
        feed = get(client, address)
        assert feed.status_code == 200
        assert feed.mimetype == "application/rss+xml"
    linked = page.xpath("//body//a/@href")
    assert any("feed.xml" in each for each in linked)
    follow = [each for each in linked if each.startswith("/ikuti")]
    assert follow
    assert all(get(client, each).status_code == 200 for each in follow)


def test_figures(client: Client, hub: Hub, tokens: dict[str, str]) -> None:
    text = client.get("/metrics", base_url=LOCAL, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).text
    assert 'kimhub_followings{notifier="mail",state="waiting"} 1.0' in text
    assert 'kimhub_notifier_ready{notifier="telegram"} 1.0' in text
