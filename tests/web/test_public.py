"""The public side over a harvested sample district: what a client sees."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from lxml import etree
from openapi_spec_validator import validate
from werkzeug.test import Client

from hub.app import Hub
from hub.model import SearchRequest
from hub.testing.harvested import harvested
from tests.web.asking import get
from web.app import make_app

PAGES = [
    "/",
    "/cari?q=posyandu",
    "/cari?q=zzzzqq",
    "/cari?q=" + "sangat+panjang+" * 40,
    "/cari",
    "/desa/76.02.02.2010",
    "/desa/76.02.01.1003",
    "/kecamatan/76.02.03",
    "/topik/kesehatan",
    "/sumber",
    "/sumber/1",
    "/tentang",
    "/bantuan/pencarian",
    "/berita/1",
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with harvested(tmp_path_factory.mktemp("web"), "127.10.7.") as opened:
        yield opened


@pytest.fixture(scope="module")
def client(hub: Hub) -> Client:
    return Client(make_app(hub))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["", "en"])
def test_every_page_answers_with_its_guards(client: Client, path: str, language: str) -> None:
    separator = "&" if "?" in path else "?"
    answer = get(client, f"{path}{separator}lang={language}" if language else path)
    assert answer.status_code == 200, path
    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"]
    page = answer.get_data(as_text=True)
    for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
        json.loads(data)  # data is no script
        page = page.replace(data, "")
    inline = r'<script(?! type="application/ld\+json"></script>)(?![^>]*\bsrc=)'
    assert not re.search(rf"{inline}|\son\w+=|\sstyle=", page), path
    assert f'<html lang="{language or "id"}"' in page


def test_the_same_page_again_is_not_sent_again(client: Client) -> None:
    for path in ("/", "/cari?q=posyandu", "/feed.xml", "/api/v1/search?q=posyandu", "/sitemap.xml"):
        first = get(client, path)
        assert first.headers["ETag"], path
        again = get(client, path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.get_data()) == (304, b""), path


def test_a_changed_store_is_shown(hub: Hub, client: Client) -> None:
    before = get(client, "/sumber").get_data(as_text=True)
    assert "KIM Rantai Nama Baru" not in before
    site = hub.reading.sites()[0].site
    hub.registering.edit_site(site.id, name="KIM Rantai Nama Baru")
    time.sleep(0.6)  # the cache looks at the generation twice a second
    assert "KIM Rantai Nama Baru" in get(client, "/sumber").get_data(as_text=True)
    hub.registering.edit_site(site.id, name=site.name)
    hub.indexing.drain()


def test_a_post_shows_its_body_its_village_and_its_original(hub: Hub, client: Client) -> None:
    card = hub.reading.search(SearchRequest("posyandu")).results[0]
    page = get(client, f"/berita/{card.id}").get_data(as_text=True)
    tree = etree.HTML(page)
    (body,) = tree.xpath("//main//div[@data-post-body]")
    assert len("".join(body.itertext())) > 200
    (canonical,) = tree.xpath("//link[@rel='canonical']/@href")
    assert canonical == card.original_url
    assert tree.xpath("//meta[@property='og:title']/@content") == [card.title]


def test_withdrawn_posts_are_gone_and_unknown_ones_not_found(hub: Hub, client: Client) -> None:
    card = hub.reading.search(SearchRequest()).results[-1]
    with hub.store.write() as tx:
        tx.posts.set_state([card.id], "withdrawn", hub.now())
        tx.changes.append([card.id])
    hub.indexing.drain()
    assert get(client, f"/berita/{card.id}?fresh=1").status_code == 410
    assert get(client, "/berita/999999").status_code == 404
    assert get(client, "/desa/99.99.99.9999").status_code == 404
    assert f"/berita/{card.id}<" not in get(client, "/sitemap-1.xml").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/feed.xml", "/feed.atom", "/feed.json", "/feed.xml?kecamatan=76.02.03"])
def test_feeds_out_can_be_read(client: Client, path: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 200
    if path.startswith("/feed.json"):
        feed = json.loads(answer.get_data())
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert len(feed["items"]) >= 5
        return
    parsed = feedparser.parse(answer.get_data())
    assert not parsed.bozo
    assert len(parsed.entries) >= 5
    assert all(entry.title and entry.link and entry.id for entry in parsed.entries)


def test_an_unchanged_feed_is_an_unchanged_document(hub: Hub) -> None:
    """Nothing in it is the moment of the request: two makings are equal."""
    for path in ("/feed.xml", "/feed.atom", "/feed.json", "/sitemap-places.xml", "/sumber.opml"):
        first, second = (get(Client(make_app(hub)), path).get_data() for _ in range(2))
        assert first == second, path


def test_machines_are_served(client: Client) -> None:
    for path in ("/robots.txt", "/sitemap.xml", "/opensearch.xml", "/manifest.webmanifest", "/sumber.opml"):
        assert get(client, path).status_code == 200, path
    assert etree.fromstring(get(client, "/sumber.opml").get_data()).tag == "opml"
    assert get(client, "/healthz").status_code == 200
    assert get(client, "/readyz").status_code == 200


def test_the_api_answers_as_published(client: Client) -> None:
    validate(json.loads(get(client, "/api/v1/openapi.json").get_data()))
    found = json.loads(get(client, "/api/v1/search?q=posyandu&limit=3").get_data())
    assert set(found) >= {"query", "total", "relaxed", "results", "facets", "suggestion", "next"}
    assert set(found["facets"]) == {"village", "kecamatan", "site", "topic", "month"}
    item = found["results"][0]
    assert set(item) >= {
        "id",
        "url",
        "title",
        "excerpt_html",
        "published",
        "updated",
        "site",
        "village",
        "kecamatan",
        "topics",
        "original_url",
        "also_at",
        "origin",
        "via",
        "alert",
    }
    assert "<mark>" in item["excerpt_html"]
    following = json.loads(
        get(client, f"/api/v1/search?q=posyandu&limit=3&cursor={found['next']}").get_data()
    )
    assert {each["id"] for each in following["results"]}.isdisjoint(each["id"] for each in found["results"])
    for path in ("/api/v1/posts", "/api/v1/sites", "/api/v1/regions"):
        assert set(json.loads(get(client, path).get_data())) >= {"results", "next"}, path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/search?q=" + "a" * 300, 400),
        ("/api/v1/posts?cursor=quatsch", 400),
        ("/api/v1/posts/999999", 404),
        ("/cari?q=<script>alert(1)</script>", 200),
        ("/cari?page=99999999999&q=posyandu", 200),
        ("/cari?page=-1&q=posyandu", 200),
        ('/cari?q="((((~5 OR NOT *', 200),
        ("/tidak/ada/<script>", 404),
    ],
)
def test_bad_input_gets_a_clear_answer(client: Client, path: str, status: int) -> None:
    answer = get(client, path)
    assert answer.status_code == status
    text = answer.get_data(as_text=True)
    assert "<script>alert" not in text
    assert "Traceback" not in text
    if path.startswith("/api/"):
        assert answer.content_type.startswith("application/problem+json")


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get("/", base_url="http://evil.test/").status_code == 400
    assert b"evil.test" not in get(client, "/", X_Forwarded_Host="evil.test").get_data()


def test_metrics_are_not_for_everyone(client: Client) -> None:
    assert get(client, "/metrics", X_Forwarded_For="127.0.0.1").status_code in (401, 403, 404)


def test_the_first_visit_is_light(client: Client) -> None:
    """Front page with its style sheet and script, compressed as sent: under 50 KB."""
    page = get(client, "/", Accept_Encoding="gzip")
    total = len(page.get_data())
    plain = get(client, "/").get_data(as_text=True)
    for path in re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', plain):
        total += len(get(client, path, Accept_Encoding="gzip").get_data())
    assert total < 50_000


def test_static_names_are_hashed_and_kept(client: Client) -> None:
    page = get(client, "/").get_data(as_text=True)
    style = re.search(r'href="(/static/portal\.[0-9a-f]+\.css)"', page)
    assert style
    answer = get(client, style[1])
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(get(client, style[1], Accept_Encoding="gzip").get_data()) < 12 * 1024


def words(catalogue: Catalog) -> dict[str, list[str]]:
    """Key -> its words, one for each plural form."""

    def forms(value: Any) -> list[str]:
        return [value] if isinstance(value, str) else list(value)

    return {forms(each.id)[0]: forms(each.string) for each in catalogue if each.id}


def test_catalogues_are_complete() -> None:
    """Same keys in both languages, each with words, and what is compiled is what is written."""
    folder = Path(__file__).parents[2] / "web" / "translations"
    keys = {}
    for language in ("id", "en"):
        base = folder / language / "LC_MESSAGES" / "messages"
        with base.with_suffix(".po").open("rb") as po, base.with_suffix(".mo").open("rb") as mo:
            written, compiled = words(read_po(po)), words(read_mo(mo))
        assert written == compiled, f"make catalogue ({language})"
        assert all(all(forms) for forms in written.values()), language
        keys[language] = set(written)
    assert keys["id"] == keys["en"]
