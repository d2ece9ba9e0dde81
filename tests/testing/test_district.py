"""The sample district answers as the real platforms do."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
import urllib3
from PIL import Image

from hub.testing.district import VILLAGES, District, VillageSite
from hub.testing.district.pictures import match, render
from hub.testing.district.scenes import SCENES
from hub.testing.district.texts import articles, localise, parse

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def district(clock: Clock) -> Iterator[District]:
    with District(20, port=0, clock=clock, slow_seconds=0.05) as district:
        yield district


def get(url: str, **headers: str) -> urllib3.BaseHTTPResponse:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.request("GET", url, headers=asked, redirect=False, retries=False, decode_content=False)


def titles(site: VillageSite) -> list[str]:
    """The titles in a site's feed as a feed reader sees them."""
    body = get(site.feed_url).data
    if site.platform == "jsonfeed":
        return [entry["title"] for entry in json.loads(body)["items"]]
    return [entry.title for entry in feedparser.parse(body).entries]


def rest(site: VillageSite, query: str = "") -> Any:
    url = site.rest_url + "wp/v2/posts" + (query.replace("?", "&") if "?" in site.rest_url else query)
    return json.loads(get(url).data)


def of(district: District, platform: str) -> list[VillageSite]:
    return [site for site in district.sites if site.platform == platform]


def test_the_first_twelve_hold_every_platform_and_trouble() -> None:
    twelve = VILLAGES[:12]
    assert {each.platform for each in twelve} == {each.platform for each in VILLAGES}
    assert {each.trouble for each in twelve} == {"ok", "broken", "slow", "moved", "edits"}
    assert len({each.kecamatan for each in twelve}) >= 6
    assert any(each.name == each.kecamatan for each in twelve)
    assert len({each.code for each in VILLAGES}) == 20


def test_codes_and_names_are_those_of_the_gazetteer() -> None:
    from hub.text.regions import Gazetteer

    gazetteer = Gazetteer("76.02")
    for village in VILLAGES:
        region = gazetteer.get(village.code)
        assert region.name.casefold() == village.name.casefold()
        assert gazetteer.kecamatan_of(village.code).name == village.kecamatan
        assert (region.kind == "kelurahan") is village.urban


def test_every_healthy_feed_is_read_with_titles_dates_and_text(district: District) -> None:
    for site in district.sites:
        if site.trouble in ("broken", "moved") or site.platform == "jsonfeed":
            continue
        feed = feedparser.parse(get(site.feed_url).data)
        assert [entry.title for entry in feed.entries] == [item.title for item in site.items[:10]], site.name
        for entry, item in zip(feed.entries, site.items, strict=False):
            assert entry.link.startswith(site.base)
            if "indonesian_dates" not in site.village.quirks:
                given = datetime(*entry.published_parsed[:6], tzinfo=UTC)
                assert given == item.published.replace(microsecond=0)


def test_json_feed_holds_what_the_site_holds(district: District) -> None:
    site = of(district, "jsonfeed")[0]
    feed = json.loads(get(site.feed_url).data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [entry["title"] for entry in feed["items"]] == [item.title for item in site.items[:10]]


def test_indonesian_dates_are_printed_where_promised(district: District) -> None:
    site = district.site("Kalukku")
    text = get(site.feed_url).data.decode()
    assert " WITA</pubDate>" in text
    assert feedparser.parse(text).entries[0].get("published_parsed") is None or "WITA" in text


def test_opensid_has_its_quirks(district: District) -> None:
    site = district.site("Pati'di")
    answer = get(site.feed_url, Accept_Encoding="gzip")
    text = answer.data.decode()
    assert not text.startswith("<?xml")
    assert " & KIM" in text.split("</title>")[0]
    assert '<img src="/desa/upload/artikel/' in text
    assert "ETag" not in answer.headers
    assert "Content-Encoding" not in answer.headers
    deep = district.site("Kalumpang")
    assert get(deep.url + "feed").status == 404
    assert get(deep.url + "index.php/feed").status == 200


@pytest.mark.parametrize("name", ["Taan", "Kalukku", "Tommo", "Bunde", "Sumare", "Topore"])
def test_unchanged_feeds_are_304(district: District, clock: Clock, name: str) -> None:
    site = district.site(name)
    first = get(site.feed_url)
    sent = {}
    if "ETag" in first.headers:
        sent["If_None_Match"] = first.headers["ETag"]
    if "Last-Modified" in first.headers:
        sent["If_Modified_Since"] = first.headers["Last-Modified"]
    assert sent
    again = get(site.feed_url, **sent)
    assert (again.status, again.data) == (304, b"")
    clock.pass_(minutes=5)
    district.publish(site.code)
    assert get(site.feed_url, **sent).status == 200


def test_gzip_is_sent_to_those_who_ask(district: District) -> None:
    url = district.site("Taan").feed_url
    packed = get(url, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == get(url).data


def test_a_published_post_appears_in_every_view(district: District, clock: Clock) -> None:
    for site in district.sites:
        clock.pass_(minutes=1)
        told = district.publish(site.code)
        assert told.site is site
        assert told.title in get(site.base).data.decode().replace("&#x27;", "'").replace("&quot;", '"')
        page = get(told.url)
        assert page.status == 200, told.url
        if site.rest_url:
            assert rest(site, "?orderby=date&order=desc")[0]["link"] == told.url
        if site.trouble not in ("broken", "moved"):
            assert titles(site)[0] == told.title


def test_publishing_takes_turns_among_healthy_sites(district: District, clock: Clock) -> None:
    told = [district.publish() for _ in range(16)]
    assert len({each.site.code for each in told}) == 16
    assert all(each.site.trouble in ("ok", "edits") for each in told)
    assert len({each.url for each in told}) == 16


def test_the_button_on_a_page_publishes(district: District) -> None:
    site = district.site("Topore")
    before = site.items
    answer = urllib3.request("POST", site.url + "peraga/terbit", redirect=False)
    assert answer.status == 303
    assert site.items[0] not in before
    assert get(answer.headers["Location"]).status == 200


def test_an_edit_shows_in_rest_and_page(district: District, clock: Clock) -> None:
    site = district.site("Binanga")
    seen = rest(site, "?orderby=modified&order=desc&_fields=id,modified_gmt")[0]["modified_gmt"]
    clock.pass_(hours=1)
    item = district.edit()
    assert item is not None
    changed = rest(site, f"?modified_after={seen}Z&orderby=modified&order=asc")
    assert [post["id"] for post in changed] == [item.id]
    assert "24/11/2026" in changed[0]["content"]["rendered"]
    assert changed[0]["date_gmt"] < changed[0]["modified_gmt"]


def test_a_deleted_post_is_gone_from_every_view(district: District) -> None:
    site = district.site("Binanga")
    item = district.delete()
    assert item is not None
    one = get(f"{site.rest_url}wp/v2/posts/{item.id}")
    assert (one.status, json.loads(one.data)["code"]) == (404, "rest_post_invalid_id")
    assert rest(site, f"?include={item.id}") == []
    assert get(site.link(item)).status == 404
    assert item.title not in titles(site)


def test_rest_pages_through_the_archive(district: District) -> None:
    site = district.site("Taan")
    seen: list[int] = []
    first = get(site.rest_url + "wp/v2/posts?per_page=2")
    pages = int(first.headers["X-WP-TotalPages"])
    assert int(first.headers["X-WP-Total"]) == len(site.items)
    for page in range(1, pages + 1):
        seen += [post["id"] for post in rest(site, f"?per_page=2&page={page}&orderby=id&order=asc")]
    assert seen == sorted(item.id for item in site.items)
    past = get(site.rest_url + f"wp/v2/posts?per_page=2&page={pages + 1}")
    assert (past.status, json.loads(past.data)["code"]) == (400, "rest_post_invalid_page_number")
    assert get(site.rest_url + "wp/v2/posts?per_page=101").status == 400
    assert 'rel="next"' in first.headers["Link"]


def test_rest_embeds_author_terms_and_picture(district: District) -> None:
    site = district.site("Taan")
    posts = rest(site, "?per_page=100&_embed=author,wp:term,wp:featuredmedia&_fields=id,_links,_embedded")
    by_id = {item.id: item for item in site.items}
    assert all(set(post) == {"id", "_links", "_embedded"} for post in posts)
    for post in posts:
        item, embedded = by_id[post["id"]], post["_embedded"]
        assert embedded["author"][0]["name"] == item.author
        assert [term["name"] for term in embedded["wp:term"][0]] == list(item.topics)
        if item.picture is not None:
            assert get(embedded["wp:featuredmedia"][0]["source_url"]).headers["Content-Type"] == "image/jpeg"


def test_wordpress_advertises_its_api_and_numbers_its_guids(district: District) -> None:
    site = district.site("Taan")
    home = get(site.url)
    assert home.headers["Link"] == f'<{site.url}wp-json/>; rel="https://api.w.org/"'
    assert "wp/v2" in json.loads(get(site.rest_url).data)["namespaces"]
    entry = feedparser.parse(get(site.feed_url).data).entries[0]
    item = site.items[0]
    assert entry.id == f"{site.url}?p={item.id}"
    assert get(entry.id).headers["Location"] == site.link(item)
    assert any("[caption " in post["content"]["rendered"] for post in rest(site, "?per_page=100"))


def test_rest_may_be_closed_or_plain(district: District) -> None:
    closed, plain = district.site("Tadui"), district.site("Salukayu")
    assert closed.rest_url == ""
    assert get(closed.url + "wp-json/wp/v2/posts").status == 401
    assert get(plain.url + "wp-json/").status == 404
    assert rest(plain)[0]["link"] == plain.link(plain.items[0])
    assert get(plain.link(plain.items[0])).status == 200


def test_the_broken_site_sends_a_page_for_a_feed_and_heals(district: District) -> None:
    site = district.site("Bonehau")
    answer = get(site.feed_url)
    assert answer.status == 200
    assert b"<html" in answer.data
    assert not feedparser.parse(answer.data).entries
    assert get(site.url).status == 200
    district.set_trouble("Bonehau", "ok")
    assert titles(site)[0] == site.items[0].title
    half = feedparser.parse(get(district.site("Labuang Rano").feed_url).data)
    assert half.bozo


def test_the_moved_site_redirects_all_but_its_home(district: District) -> None:
    site = district.site("Dungkait")
    answer = get(site.feed_url)
    assert answer.status == 301
    assert answer.headers["Location"] == site.base + "feed/"
    assert site.base != site.url
    assert feedparser.parse(get(answer.headers["Location"]).data).entries
    home = get(site.url)
    assert home.status == 200
    assert site.feed_url in home.data.decode()


def test_the_slow_site_lets_people_wait(clock: Clock) -> None:
    with District(9, port=0, clock=clock, slow_seconds=0.4) as district:
        site = district.site("Karampuang")
        assert site.trouble == "slow"
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            urllib3.request("GET", site.feed_url, timeout=0.1, retries=False)
        assert "utm_source" in get(site.feed_url).data.decode()


def test_stop_frees_the_ports(clock: Clock) -> None:
    district = District(12, port=0, clock=clock).start()
    port = district.port
    kept = socket.create_connection(("127.10.0.1", port), timeout=5)
    district.stop()
    district.stop()
    with contextlib.suppress(ConnectionResetError):
        assert kept.recv(1) == b""
    for n in range(1, 13):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((f"127.10.0.{n}", port), timeout=1)
    with District(12, port=port, clock=clock) as again:
        assert get(again.sites[0].url).status == 200


def test_a_taken_port_is_said_and_nothing_is_left_open(clock: Clock) -> None:
    with District(3, port=0, clock=clock) as district, pytest.raises(OSError, match=r"127\.10\.0\.1"):
        District(3, port=district.port, clock=clock).start()
    with pytest.raises(ValueError, match="1 to 20"):
        District(21)


def test_posts_spread_over_sixty_days_up_to_now(district: District) -> None:
    items = [item for site in district.sites for item in site.items]
    assert len(items) >= 75
    ages = [NOW - item.published for item in items]
    assert timedelta(0) < min(ages) < timedelta(hours=3)
    assert timedelta(days=45) < max(ages) <= timedelta(days=61)
    assert all(len(site.items) >= 3 for site in district.sites)


def test_articles_are_whole_and_of_their_place(district: District) -> None:
    written = articles()
    assert len(written) >= 60
    assert len({title for article in written for title in article.titles}) >= 60
    assert sum(article.live for article in written) >= 10
    for site in district.sites:
        for item in site.items:
            html = site.platform_kind.html(site, item)
            assert "{" not in item.title + html, item.title
            assert len(item.lead.split()) > 8, item.title
    for article in written:
        pictures = [article.picture, *(block.picture for block in article.blocks)]
        assert all(picture.scene in SCENES and picture.alt for picture in pictures if picture), article.titles


def test_a_press_release_appears_in_several_villages_under_other_titles(district: District) -> None:
    release = next(article for article in articles() if article.release > 2)
    names = [localise(title, district.sites[0].village, NOW) for title in release.titles]
    assert len(set(names)) == len(names) >= release.release


def test_an_article_without_text_is_refused() -> None:
    with pytest.raises(ValueError, match="without topics"):
        list(parse("=== Judul\nkicker: x\n\nIsi."))


def test_pictures_are_real_and_light(district: District) -> None:
    signatures = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG", "webp": b"RIFF"}
    for at, scene in enumerate(SCENES):
        kind = ("jpg", "png", "webp")[at % 3]
        wanted = match(f"/gambar/{scene}-{at}.{kind}")
        assert wanted is not None
        body = render(wanted)
        assert body.startswith(signatures[kind])
        assert len(body) < 80_000, (scene, kind, len(body))
        picture = Image.open(io.BytesIO(body)).convert("RGB")
        assert picture.size == (1000, 625)
        assert len(picture.resize((100, 62)).getcolors(10_000) or ()) > 200
    small = get(district.sites[0].url + "wp-content/uploads/x/sawah-1-300x188.jpg")
    assert Image.open(io.BytesIO(small.data)).size == (300, 188)
    assert match("/gambar/tidakada-1.jpg") is None
