"""How search engines find the portal: sitemaps, one address for each page, data about what is on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree, html
from protego import Protego
from werkzeug.test import Client

from hub.app import Hub
from hub.model import Batch, Manuscript
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock
from tests.web.world import EDITOR, NOW, World, portal
from web.app import make_app

SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
TAAN = "76.02.02.2010"
W3C = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d))?")
#: Kinds of pages that are not for search engines.
HIDDEN = {
    *("newest", "search", "search-narrowed", "search-one", "search-none", "search-too-long", "error"),
    *("check-genuine", "check-unknown", "check-withdrawn", "announcement-withdrawn", "embed", "offline"),
    *(
        "display",
        "follow",
        "follow-sent",
        "follow-gone",
        "follow-yes",
        "followed",
        "follow-stop",
        "withdrawn",
    ),
}
#: Kinds whose page is a copy, so that its one address is elsewhere.
COPIES = {"post", "post-without-picture", "post-warning"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("machines"), "127.10.51.") as served:
        yield served


@pytest.fixture(scope="module")
def client(world: World) -> Client:
    return Client(make_app(world.hub))


def body(client: Client, base: str, path: str, status: int = 200) -> bytes:
    answer = client.get(path, base_url=base)
    assert answer.status_code == status, path
    return answer.data


def page(client: Client, world: World, kind: str, **more: str) -> Any:
    path = world.kinds[kind]
    asked = "&".join(f"{name}={value}" for name, value in more.items())
    return html.fromstring(
        client.get(f"{path}{'&' if '?' in path else '?'}{asked}" if asked else path, base_url=world.base).data
    )


# -- sitemaps ---------------------------------------------------------------------------------------


def test_the_index_names_sitemaps_that_are_there_and_robots_txt_names_it(
    client: Client, world: World
) -> None:
    robots = Protego.parse(body(client, world.base, "/robots.txt").decode())
    assert list(robots.sitemaps) == [f"{world.base}/sitemap.xml", f"{world.base}/sitemap-news.xml"]
    assert robots.can_fetch(f"{world.base}/berita/1", "Googlebot")
    assert not robots.can_fetch(f"{world.base}/cari?q=x", "Googlebot")
    index = etree.fromstring(body(client, world.base, "/sitemap.xml"))
    assert index.tag == f"{SITEMAPS}sitemapindex"
    named = [each.text for each in index.iter(f"{SITEMAPS}loc")]
    assert len(named) == len(set(named)) >= 4
    for address in named:
        assert address.startswith(world.base)
        check_urlset(body(client, world.base, urlsplit(address).path), world.base)


def check_urlset(document: bytes, base: str) -> None:
    """The schema of sitemaps 0.9 by hand: at most 50,000 whole addresses of this host, each once, with
    dates of W3C's format; at most 50 MB."""
    root = etree.fromstring(document)
    assert root.tag == f"{SITEMAPS}urlset"
    assert len(document) < 50 * 2**20
    assert 0 < len(root) <= 50_000
    found = []
    for url in root:
        assert url.tag == f"{SITEMAPS}url"
        names = [each.tag for each in url]
        assert names[0] == f"{SITEMAPS}loc"
        assert set(names) <= {f"{SITEMAPS}loc", f"{SITEMAPS}lastmod", f"{NEWS}news"}
        found.append(url.findtext(f"{SITEMAPS}loc"))
        assert found[-1].startswith(f"{base}/")
        assert len(found[-1]) < 2048
        changed = url.findtext(f"{SITEMAPS}lastmod")
        assert changed is None or W3C.fullmatch(changed)
        assert changed is None or datetime.fromisoformat(changed) <= NOW
    assert len(found) == len(set(found))


def test_the_news_sitemap_holds_two_days(client: Client, world: World) -> None:
    root = etree.fromstring(body(client, world.base, "/sitemap-news.xml"))
    titles = []
    for url in root:
        (news,) = url.findall(f"{NEWS}news")
        assert [each.tag for each in news] == [
            f"{NEWS}{n}" for n in ("publication", "publication_date", "title")
        ]
        assert news.findtext(f"{NEWS}publication/{NEWS}name") == world.hub.settings.hub.name
        assert news.findtext(f"{NEWS}publication/{NEWS}language") == "id"
        when = news.findtext(f"{NEWS}publication_date")
        assert W3C.fullmatch(when)
        assert NOW - timedelta(hours=48) <= datetime.fromisoformat(when) <= NOW
        titles.append(news.findtext(f"{NEWS}title"))
    assert all(titles)
    recent = world.hub.reading.headlines(NOW - timedelta(hours=48), 2000)
    assert 0 < len(titles) == len(recent) < world.hub.reading.numbers().posts


# -- a hub with chosen posts --------------------------------------------------------------------------


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    connector, url = ScriptedConnector(), "https://taan.example/"
    opened = scripted_hub(tmp_path, connector, now=Clock(NOW), settings={"web": {"rate_limit": 0}})
    opened.registering.add_site("KIM Taan", url, TAAN, probe=False, connector="scripted", feed_url=url)
    many = [entry(n, title=f"Kabar {n}", published=NOW - timedelta(minutes=n)) for n in range(1, 1010)]
    connector.plan(url, [Batch({}, tuple(many))])
    opened.harvesting.run(everything=True)
    yield opened
    opened.close()


def test_a_thousand_news_at_most(hub: Hub) -> None:
    root = etree.fromstring(Client(make_app(hub)).get("/sitemap-news.xml").data)
    assert len(root) == 1000
    assert root[0].findtext(f"{SITEMAPS}loc") == "http://127.0.0.1:8000/berita/1", "the newest"


def test_no_title_gets_out_of_the_data(hub: Hub) -> None:
    subject = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> \u2028 &amp; \"'"
    key = hub.announcing.announce(Manuscript("1/A", subject, ("all",), text="Isi."), EDITOR).id
    text = Client(make_app(hub)).get(f"/pengumuman/{key}").data.decode()
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert "<" not in block
    assert json.loads(block)["name"] == hub.noticeboard.public(key).subject
    assert "</script>" in json.loads(block)["name"]


def test_pages_of_a_list_have_titles_of_their_own(hub: Hub) -> None:
    client = Client(make_app(hub))
    titles, addresses = set(), set()
    for number in (1, 2, 3):
        root = html.fromstring(client.get(f"/desa/{TAAN}?page={number}&utm_source=wa").data)
        titles.add(root.findtext("head/title"))
        addresses.update(root.xpath("//link[@rel='canonical']/@href"))
    assert len(titles) == 3
    place = f"http://127.0.0.1:8000/desa/{TAAN}"
    assert addresses == {place, f"{place}?page=2", f"{place}?page=3"}


# -- one address for each page ------------------------------------------------------------------------


def test_each_page_has_one_address_in_each_language_or_is_not_for_search_engines(
    client: Client, world: World
) -> None:
    for kind, path in world.kinds.items():
        if kind == "embed":
            continue
        for lang in ("id", "en"):
            root = page(client, world, kind, lang=lang, utm_source="wa")
            canonical = root.xpath("//link[@rel='canonical']/@href")
            robots = root.xpath("//meta[@name='robots']/@content")
            assert len(canonical) + len(robots) == 1, (kind, lang)
            if kind in HIDDEN:
                assert "noindex" in robots[0], kind
                continue
            if kind in COPIES:
                assert not canonical[0].startswith(world.base), kind
                continue
            own = world.base + path.partition("?")[0]
            assert canonical == [own + ("?lang=en" if lang == "en" else "")], kind
            alternates = dict(
                zip(
                    root.xpath("//link[@hreflang and @rel='alternate']/@hreflang"),
                    root.xpath("//link[@hreflang and @rel='alternate']/@href"),
                    strict=True,
                )
            )
            assert alternates == {"id": own, "en": f"{own}?lang=en", "x-default": own}, kind


# -- structured data --------------------------------------------------------------------------------

#: Properties by type: those that search engines want, and others that schema.org has for it.
TYPES: dict[str, tuple[set[str], set[str]]] = {
    "NewsArticle": (
        {
            "headline",
            "datePublished",
            "dateModified",
            "author",
            "publisher",
            "url",
            "inLanguage",
            "description",
        },
        {
            *("mainEntityOfPage", "isBasedOn", "sdPublisher", "image", "articleSection", "contentLocation"),
            "isAccessibleForFree",
        },
    ),
    "SpecialAnnouncement": (
        {"name", "text", "category", "datePosted", "url", "spatialCoverage", "announcementLocation"},
        {"identifier", "expires", "dateModified", "inLanguage", "publisher"},
    ),
    "WebSite": ({"name", "url", "potentialAction"}, {"inLanguage", "publisher"}),
    "SearchAction": ({"target", "query-input"}, set()),
    "EntryPoint": ({"urlTemplate"}, set()),
    "BreadcrumbList": ({"itemListElement"}, set()),
    "ListItem": ({"position", "name", "item"}, set()),
    "NewsMediaOrganization": ({"name", "url"}, set()),
    "Organization": ({"name"}, {"url"}),
    "GovernmentOrganization": ({"name"}, {"url", "email", "areaServed"}),
    "GovernmentOffice": ({"name"}, {"url", "address"}),
    "AdministrativeArea": ({"name"}, {"identifier", "containedInPlace"}),
}
URLS = ("url", "mainEntityOfPage", "isBasedOn", "image", "item")
MOMENTS = ("datePublished", "dateModified", "datePosted", "expires")


def data_of(root: Any) -> list[dict[str, Any]]:
    return [json.loads(each.text) for each in root.xpath("//script[@type='application/ld+json']")]


def check_type(value: Mapping[str, Any]) -> None:
    """Known type, what it must have, nothing that it has not, whole addresses, readable moments."""
    needed, more = TYPES[value["@type"]]
    names = set(value) - {"@type", "@context"}
    assert needed <= names <= needed | more, value["@type"]
    for name in names:
        each = value[name]
        assert each not in ("", [], None), name
        if name in URLS:
            assert all(
                urlsplit(one).scheme in ("http", "https")
                for one in ([each] if isinstance(each, str) else each)
            )
        if name in MOMENTS:
            assert datetime.fromisoformat(each).tzinfo is not None
        for one in each if isinstance(each, list) else [each]:
            if isinstance(one, dict):
                check_type(one)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("home", "WebSite"),
        ("post", "NewsArticle"),
        ("post-without-picture", "NewsArticle"),
        ("post-warning", "NewsArticle"),
        ("village", "BreadcrumbList"),
        ("village-without-kim", "BreadcrumbList"),
        ("kecamatan", "BreadcrumbList"),
        ("announcement", "SpecialAnnouncement"),
        ("announcement-urgent", "SpecialAnnouncement"),
    ],
)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_pages_tell_what_they_are(client: Client, world: World, kind: str, type_: str, lang: str) -> None:
    (found,) = data_of(page(client, world, kind, lang=lang))
    assert (found["@context"], found["@type"]) == ("https://schema.org", type_)
    check_type(found)


def test_a_post_is_the_kims_own_and_ours_a_copy(client: Client, world: World) -> None:
    (found,) = data_of(page(client, world, "post"))
    post = world.hub.reading.post(int(world.kinds["post"].rpartition("/")[2]))
    assert found["url"] == found["isBasedOn"] == post.post.link
    assert (
        found["author"]
        == found["publisher"]
        == {
            "@type": "NewsMediaOrganization",
            "name": post.site.name,
            "url": post.site.url,
        }
    )
    assert found["sdPublisher"]["name"] == world.hub.settings.hub.office
    assert found["image"][0].startswith("http")
    assert found["inLanguage"] == "id"
    place = found["contentLocation"]
    assert place["identifier"] == post.village.code
    assert place["containedInPlace"]["containedInPlace"]["identifier"] == "76.02"


def test_the_search_that_is_told_works(client: Client, world: World) -> None:
    (found,) = data_of(page(client, world, "home"))
    address = found["potentialAction"]["target"]["urlTemplate"].replace("{search_term_string}", "posyandu")
    answer = body(client, world.base, address.removeprefix(world.base))
    assert "posyandu" in html.fromstring(answer).xpath("//h1")[0].text_content()


def test_the_way_to_a_village_is_three_steps(client: Client, world: World) -> None:
    (found,) = data_of(page(client, world, "village"))
    steps = found["itemListElement"]
    assert [each["position"] for each in steps] == [1, 2, 3]
    for each in steps:
        body(client, world.base, each["item"].removeprefix(world.base))


def test_a_withdrawn_announcement_tells_nothing(client: Client, world: World) -> None:
    assert data_of(page(client, world, "announcement-withdrawn")) == []
