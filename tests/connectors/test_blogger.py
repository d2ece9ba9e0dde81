"""The blogger connector: its contract, and documents as blogs send them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connectors.blogger import Blogger
from connectors.blogger.client import PAGE, home_of
from connectors.blogger.parse import to_entry
from hub.spec import Probe, Response, Source
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_items
from hub.testing.connector_world import World
from hub.testing.context import WITA, TestingContext
from hub.testing.stage import Stage
from hub.text.feeds import parse_feed

BLOG = "tag:blogger.com,1999:blog-7602012010"
SITE = "https://kimtaan.blogspot.com"


def post(item: Item, **more: Any) -> dict[str, Any]:
    changed = item.updated or item.published
    return {
        "id": {"$t": f"{BLOG}.post-{item.number}"},
        "published": {"$t": item.published.isoformat()},
        "updated": {"$t": changed.isoformat()},
        "title": {"type": "text", "$t": item.title},
        "content": {"type": "html", "$t": item.html},
        "link": [
            {
                "rel": "replies",
                "type": "text/html",
                "href": f"{SITE}/2026/01/{item.number}.html#comment-form",
            },
            {"rel": "alternate", "type": "text/html", "href": f"{SITE}/2026/01/{item.number}.html"},
        ],
        "author": [{"name": {"$t": "KIM Taan"}, "uri": {"$t": "https://www.blogger.com/profile/1"}}],
        **more,
    }


def feed(posts: Sequence[dict[str, Any]], total: int, start: int, *, more: bool) -> dict[str, Any]:
    links = [{"rel": "self", "type": "application/atom+xml", "href": f"{SITE}/feeds/posts/default?alt=json"}]
    if more:
        links.append(
            {"rel": "next", "type": "application/atom+xml", "href": "https://www.blogger.com/feeds/1"}
        )
    return {
        "version": "1.0",
        "encoding": "UTF-8",
        "feed": {
            "id": {"$t": BLOG},
            "title": {"type": "text", "$t": "KIM Taan"},
            "link": links,
            "generator": {"version": "7.00", "uri": "http://www.blogger.com", "$t": "Blogger"},
            "openSearch$totalResults": {"$t": str(total)},
            "openSearch$startIndex": {"$t": str(start)},
            "openSearch$itemsPerPage": {"$t": str(PAGE)},
            **({"entry": list(posts)} if posts else {}),
        },
    }


class BloggerHarness(ConnectorHarness):
    connector = Blogger()
    lacks = frozenset({"auth", "charset"})  # JSON is UTF-8
    many = 320

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path != "/feeds/posts/default" or asked.query.get("alt") != "json":
            return Answer(b"Not Found", 404, "text/html")
        start, size = int(asked.query["start-index"]), min(PAGE, int(asked.query["max-results"]))
        ordered = sorted(items, key=lambda item: item.updated or item.published, reverse=True)
        here = ordered[start - 1 : start - 1 + size]
        more = start - 1 + size < len(ordered)
        return Answer.json(feed([post(each) for each in here], len(ordered), start, more=more))


class TestBlogger(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return BloggerHarness()


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(BloggerHarness(), stage)


def entry_of(**more: Any) -> Any:
    (item,) = make_items([1])
    found = to_entry(post(item, **more), f"{SITE}/", TestingContext(None, now=NOW))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_an_edit_of_an_old_post_is_seen_on_the_first_page(world: World) -> None:
    world.items = make_items(range(1, 321))
    world.catch_up()
    world.stage.requests.clear()
    world.change(2, html="<p>Kabar nomor 2: dibetulkan.</p>")
    world.catch_up()
    assert len(world.stage.requests) == 1
    assert "dibetulkan" in world.entry(2).html


def test_a_post_removed_while_the_past_is_read_costs_no_other(world: World) -> None:
    world.items = make_items(range(1, 321))
    batches = world.batches()
    next(batches)
    world.remove(300)
    list(batches)
    assert set(world.numbers()) >= {*range(1, 321)} - {300}


def test_many_gone_at_once_are_not_withdrawn(world: World) -> None:
    world.items = make_items(range(1, 21))
    world.catch_up()
    world.items = world.items[-5:]
    visit = world.visit()
    assert not visit.missing
    assert [each.reason for batch in visit.batches for each in batch.warnings] == ["degraded"]


def test_without_history_only_the_newest_are_read(world: World) -> None:
    world.items = make_items(range(1, 321))
    world.source = Source(1, 1, "blogger", world.source.url, options={"full_history": False})
    world.catch_up()
    assert len(world.entries) == PAGE


def test_a_post_is_the_same_through_the_blogs_atom_feed() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>KIM Taan</title>'
        f"<entry><id>{BLOG}.post-1</id><title>x</title><content>y</content></entry></feed>"
    )
    (read,) = parse_feed(atom.encode(), url=f"{SITE}/feeds/posts/default", zone=WITA).entries
    assert read.id == entry_of().id


@pytest.mark.parametrize(
    ("thumbnail", "picture"),
    [
        (
            "https://blogger.googleusercontent.com/img/b/R29v/AVv/s72-c/jalan.jpg",
            "https://blogger.googleusercontent.com/img/b/R29v/AVv/w1200/jalan.jpg",
        ),
        (
            "https://blogger.googleusercontent.com/img/a/AVvXsE=s72-w400-h300-c",
            "https://blogger.googleusercontent.com/img/a/AVvXsE=w1200",
        ),
        (
            "http://2.bp.blogspot.com/-x/T/AA/s72-c/desa.png",
            "http://2.bp.blogspot.com/-x/T/AA/w1200/desa.png",
        ),
        ("https://img.youtube.com/vi/abc/default.jpg", "https://img.youtube.com/vi/abc/default.jpg"),
    ],
)
def test_the_picture_is_taken_in_a_size_to_look_at(thumbnail: str, picture: str) -> None:
    (image,) = entry_of(**{"media$thumbnail": {"url": thumbnail, "height": "72", "width": "72"}}).images
    assert image.url == picture


def test_a_short_feed_gives_summaries() -> None:
    found = entry_of(content=None, summary={"type": "text", "$t": "Warga memperbaiki ..."})
    assert (found.html, found.summary) == ("", "Warga memperbaiki ...")


def test_categories_and_author() -> None:
    found = entry_of(
        category=[
            {"scheme": "http://www.blogger.com/atom/ns#", "term": "Gotong Royong"},
            {"term": "http://schemas.google.com/blogger/2008/kind#post"},
            {"term": 7},
        ],
        author=[{"name": {"$t": "Unknown"}}],
    )
    assert (found.topics, found.author) == (("Gotong Royong",), "")


@pytest.mark.parametrize("raw", [{}, {"id": "x"}, {"id": {"$t": ""}}, {"id": {"$t": None}}])
def test_what_has_no_identifier_is_left_out(raw: dict[str, Any]) -> None:
    assert to_entry(raw, f"{SITE}/", TestingContext(None, now=NOW)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [f"{SITE}/", f"{SITE}/2026/01/kabar.html?m=1", f"{SITE}/feeds/posts/default?alt=rss"],
)
def test_any_address_of_a_blog_will_do(url: str) -> None:
    assert home_of(url) == f"{SITE}/"


@pytest.mark.parametrize(
    ("host", "generator"), [("kimtaan.blogspot.com", ""), ("kimtaan.example", "blogger")]
)
def test_a_blog_is_known_by_its_generator_or_its_host(host: str, generator: str) -> None:
    with Stage() as stage:
        stage.play(lambda asked: BloggerHarness().answer(asked, make_items(range(1, 4))))
        ctx = TestingContext(stage.http(host), now=NOW)
        page = Response(f"https://{host}/", 200, Headers({}), b"<html></html>")
        (proposal,) = Blogger().detect(Probe(page.url, page, generator=generator), ctx)
    assert (proposal.url, proposal.platform, proposal.title) == (f"https://{host}/", "Blogger", "KIM Taan")
    assert proposal.rank < 50, "before the plain feed"


def test_a_renamed_blog_is_told(world: World) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.host == "lama.blogspot.com":
            query = "&".join(f"{key}={value}" for key, value in asked.query.items())
            location = f"https://baru.blogspot.com/feeds/posts/default?{query}"
            return Answer(status=301, headers={"Location": location})
        return BloggerHarness().answer(asked, make_items(range(1, 4)))

    world.stage.play(answer)
    ctx = TestingContext(world.stage.http("lama.blogspot.com", "baru.blogspot.com"), now=NOW)
    source = Source(1, 1, "blogger", "https://lama.blogspot.com/")
    (batch,) = Blogger().harvest(source, None, ctx)
    assert batch.moved_to == "https://baru.blogspot.com/"
    assert len(json.dumps(batch.cursor)) < 1000
