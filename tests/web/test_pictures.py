"""Pictures and cards as they leave the portal, over a harvested sample district."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html
from PIL import Image as Pillow
from werkzeug.test import Client

from hub.app import Hub
from hub.model import Image, SearchRequest
from hub.testing.harvested import harvested
from tests.http.villages import Seen, redirect, reply, serving
from tests.web.asking import LOCAL, get
from web.app import make_app

HOST = "127.10.45.101"
PAGES = [
    "/",
    "/cari?q=posyandu",
    "/desa/76.02.02.2010",
    "/kecamatan/76.02.03",
    "/topik/kesehatan",
    "/sumber/1",
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with harvested(
        tmp_path_factory.mktemp("pictures"),
        "127.10.45.",
        8,
        web={"rate_limit": 60},
        pictures={"timeout": 2.0, "max_bytes": 300_000},
    ) as opened:
        yield opened


@pytest.fixture
def client(hub: Hub) -> Client:
    """A portal whose page cache and limits are new."""
    return Client(make_app(hub))


def address(hub: Hub, url: str) -> str:
    framed = hub.pictures.frame(Image(url))
    assert framed is not None
    return framed.src


def pictured(hub: Hub) -> int:
    """A post with pictures that the villages really have."""
    return next(
        card.id for card in hub.reading.search(SearchRequest(limit=50)).results if card.image is not None
    )


# -- pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_every_picture_on_a_page_is_the_portals_own(client: Client, path: str) -> None:
    page = get(client, path)
    assert page.status_code == 200
    assert "img-src 'self';" in page.headers["Content-Security-Policy"]
    tree = html.fromstring(page.text)
    images = tree.xpath("//main//img")
    for image in images:
        named = [
            image.get("src"),
            *(part.split()[0] for part in (image.get("srcset") or "").split(",") if part),
        ]
        assert all(each.startswith(("/gambar/", "/pengumuman/", "/static/")) for each in named), named
        assert image.get("width")
        assert image.get("height")
        assert image.get("loading") == "lazy" or image.get("fetchpriority") == "high"
    assert sum(image.get("fetchpriority") == "high" for image in images) <= 1


def test_the_pictures_of_pages_are_there(hub: Hub, client: Client) -> None:
    tree = html.fromstring(get(client, "/").text)
    cards = tree.xpath("//main//article//img/@src")
    assert len(cards) > 5
    for path in cards[:6]:
        answer = get(client, path)
        assert (answer.status_code, answer.content_type) == (200, "image/webp"), path
        with Pillow.open(io.BytesIO(answer.get_data())) as picture:
            assert picture.width == int(path.split("/")[3])


def test_a_post_shows_its_pictures_small_and_the_feeds_keep_the_original(hub: Hub, client: Client) -> None:
    key = pictured(hub)
    tree = html.fromstring(get(client, f"/berita/{key}").text)
    shown = tree.xpath("//article//figure//img | //div[@data-post-body]//img")
    assert shown
    assert all(each.get("src").startswith("/gambar/") for each in shown)
    assert all("640w" in each.get("srcset") and "960w" in each.get("srcset") for each in shown)
    api = json.loads(get(client, f"/api/v1/posts/{key}").text)
    assert api["images"]
    assert all(each["url"].startswith("http://127.10.45.") for each in api["images"])


# -- answers ----------------------------------------------------------------------------------------


def test_a_picture_is_sent_with_nothing_that_could_run(hub: Hub, client: Client) -> None:
    out = io.BytesIO()
    Pillow.new("RGB", (700, 400)).save(out, "PNG")
    with serving(lambda _: reply(out.getvalue(), content_type="text/html"), HOST) as village:
        path = address(hub, f"{village.url}a.png")
        for _ in range(2):
            answer = get(client, path)
            assert (answer.status_code, answer.content_type) == (200, "image/webp")
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "sandbox" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert int(answer.headers["Cache-Control"].partition("max-age=")[2]) >= 7 * 86400
            assert "Set-Cookie" not in answer.headers
        assert get(client, path, If_None_Match=answer.headers["ETag"]).status_code == 304
        assert client.head(path, base_url=LOCAL).get_data() == b""
        preview = get(client, path.replace("/640/", "/960.jpg/"))
        assert (preview.content_type, preview.get_data()[:2]) == ("image/jpeg", b"\xff\xd8")
        assert preview.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert len(village.seen) == 1


def html_page(_: Seen) -> bytes:
    return reply(b"<!doctype html><script>alert(1)</script>", content_type="text/html")


def svg(_: Seen) -> bytes:
    return reply(
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        content_type="image/svg+xml",
    )


ANSWERS = {
    "html": html_page,
    "svg": svg,
    "huge": lambda _: reply(b"\xff\xd8" + b"x" * 400_000, content_type="image/jpeg"),
    "missing": lambda _: reply(b"<h1>Tidak ada</h1>", "404 Not Found", content_type="text/html"),
    "inside": lambda seen: redirect("http://127.0.0.1:1/latest/meta-data"),
    "in circles": lambda seen: redirect(seen.path),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_of_a_failure_nothing_of_the_village_is_passed_on(hub: Hub, client: Client, kind: str) -> None:
    with serving(ANSWERS[kind], HOST) as village:
        path = address(hub, f"{village.url}{kind}<script>alert(1)</script>.png")
        for _ in range(2):
            answer = get(client, path)
            assert answer.status_code == 404
            assert answer.content_type == "text/plain; charset=utf-8"
            assert answer.text == "no picture\n"
            assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_address_that_nobody_can_ask_is_an_escaped_failure(hub: Hub, client: Client) -> None:
    """CVE-2023-27592: an error page that says the address back."""
    path = address(hub, "http:" + "//a<script>alert(1)</script>")
    answer = get(client, path)
    assert (answer.status_code, answer.text) == (404, "no picture\n")


def test_unsigned_and_altered_addresses_are_refused(hub: Hub, client: Client) -> None:
    with serving(html_page, HOST) as village:
        _, _, signature, form, wrapped = address(hub, f"{village.url}a.png").split("/")
        other = address(hub, f"{village.url}b.png").rpartition("/")[2]
        for path in (
            f"/gambar/{signature}/{form}/{other}",
            f"/gambar/{'A' * 16}/{form}/{wrapped}",
            f"/gambar/{signature}/641/{wrapped}",
            f"/gambar/{signature}/{form}/%00",
            f"/gambar/{signature}/{form}/http%3A%2F%2F127.0.0.1",
            f"/gambar/{form}/{wrapped}",
            "/gambar/",
        ):
            answer = get(client, path)
            assert answer.status_code == 404, path
            assert "<script" not in answer.text.replace("<script src=", "")
        assert village.seen == []


def test_pictures_at_hand_cost_nobody_their_minute(hub: Hub, client: Client) -> None:
    """One page holds a dozen, and a whole village may share one address."""
    src = html.fromstring(get(client, "/").text).xpath("//main//img/@src")[0]
    assert get(client, src).status_code == 200
    assert {get(client, src).status_code for _ in range(100)} == {200}
    assert get(client, "/tentang").status_code == 200


def test_pictures_that_must_be_fetched_do(hub: Hub, client: Client) -> None:
    with serving(html_page, HOST) as village:
        statuses = [get(client, address(hub, f"{village.url}limit-{n}.png")).status_code for n in range(70)]
    assert statuses.count(404) == 60
    assert statuses[60:] == [429] * 10


def test_a_foreign_host_gets_no_picture(hub: Hub, client: Client) -> None:
    src = html.fromstring(get(client, "/").text).xpath("//main//img/@src")[0]
    assert client.get(src, base_url="http://evil.test").status_code == 400


def test_a_page_leaves_out_what_is_known_not_to_come(hub: Hub, client: Client) -> None:
    card = hub.reading.home().lead
    assert card is not None
    assert card.image is not None
    assert f"{address(hub, card.image.url)} 640w" in get(client, "/").text
    with serving(html_page, HOST) as village:
        bad = Image(f"{village.url}rusak.png")
        get(client, address(hub, bad.url))
    assert hub.pictures.frame(bad) is None


# -- cards and previews -----------------------------------------------------------------------------


def preview(tree: html.HtmlElement) -> dict[str, str]:
    found = tree.xpath("//meta[starts-with(@property, 'og:image') or @name='twitter:card']")
    return {each.get("property") or each.get("name"): each.get("content") for each in found}


def test_a_post_with_a_picture_is_shared_with_it(hub: Hub, client: Client) -> None:
    key = pictured(hub)
    get(client, html.fromstring(get(client, f"/berita/{key}").text).xpath("//article//img/@src")[0])
    found = preview(html.fromstring(get(Client(make_app(hub)), f"/berita/{key}").text))
    assert found["og:image"].startswith(f"{LOCAL}/gambar/")
    assert "/960.jpg/" in found["og:image"]
    assert found["twitter:card"] == "summary_large_image"
    answer = get(client, urlsplit(found["og:image"]).path)
    with Pillow.open(io.BytesIO(answer.get_data())) as picture:
        assert picture.format == "JPEG"
        if "og:image:width" in found:
            told = int(found["og:image:width"]) / int(found["og:image:height"])
            assert told == pytest.approx(picture.width / picture.height, abs=0.02)


def test_a_post_without_a_picture_is_shared_with_a_card(hub: Hub, client: Client) -> None:
    card = next(each for each in hub.reading.search(SearchRequest(limit=100)).results if each.image is None)
    found = preview(html.fromstring(get(client, f"/berita/{card.id}").text))
    assert found["og:image"].startswith(f"{LOCAL}/berita/{card.id}/kartu.png?v=")
    assert (found["og:image:width"], found["og:image:height"]) == ("1200", "630")
    assert found["og:image:alt"] == card.title
    parts = urlsplit(found["og:image"])
    answer = get(client, f"{parts.path}?{parts.query}")
    assert answer.content_type == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(answer.get_data()) < 60_000
    with Pillow.open(io.BytesIO(answer.get_data())) as picture:
        assert picture.size == (1200, 630)
    assert "immutable" not in get(client, f"{parts.path}?v=old").headers["Cache-Control"]


def test_an_edit_makes_another_card(hub: Hub, client: Client) -> None:
    card = next(each for each in hub.reading.search(SearchRequest(limit=100)).results if each.image is None)
    addresses = set()
    for lang in ("", "?lang=en"):
        tree = html.fromstring(get(client, f"/berita/{card.id}{lang}").text)
        addresses.add(preview(tree)["og:image"])
    assert len(addresses) == 2
    assert all(re.search(r"v=[0-9a-f]{12}", each) for each in addresses)


def test_no_card_is_drawn_for_what_is_not_shown(hub: Hub, client: Client) -> None:
    card = hub.reading.search(SearchRequest(limit=100)).results[-1]
    with hub.store.write() as tx:
        tx.posts.set_state([card.id], "withdrawn", hub.now())
        tx.changes.append([card.id])
    assert get(client, f"/berita/{card.id}/kartu.png").status_code == 410
    assert get(client, "/berita/999999/kartu.png").status_code == 404
    assert get(client, "/pengumuman/999999/kartu.png").status_code == 404


def test_the_folder_of_pictures_is_under_the_data_folder(hub: Hub) -> None:
    folder: Path = hub.settings.data_dir / "pictures"
    assert any(each.is_file() for each in folder.rglob("*"))
