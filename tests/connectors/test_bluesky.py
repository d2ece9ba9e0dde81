"""The bluesky connector: its contract, and posts as the network shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.bluesky import Bluesky
from connectors.bluesky.client import actor_of
from connectors.bluesky.parse import is_repost, to_message
from hub.spec import Blocked, FetchError, Link, Probe, Response, Source, entry_of
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_item, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

DID, OTHER = "did:plc:kimtaan0123456789", "did:plc:oranglain"
PROFILE = "https://bsky.app/profile/kim.taan.example"
GRANARY = Path(__file__).parents[2] / "../shared/data/corpora/social/granary"


def uri(n: int, did: str = DID) -> str:
    return f"at://{did}/app.bsky.feed.post/3k{n:011}"


def post(n: int, words: str, did: str = DID, **more: Any) -> dict[str, Any]:
    """A postView; ``record`` is laid over its record."""
    at = (NOW - timedelta(hours=200 - n)).isoformat()
    record = {"$type": "app.bsky.feed.post", "text": words, "createdAt": at, "langs": ["id"]}
    return {
        "uri": uri(n, did),
        "cid": f"bafy{n}",
        "author": {"did": did, "handle": "kim.taan.example", "displayName": "KIM Taan"},
        "indexedAt": at,
        "record": record | more.pop("record", {}),
        **more,
    }


def reply(parent: int, root: int, did: str = DID) -> dict[str, Any]:
    ends = {"parent": {"uri": uri(parent, did), "cid": "b"}, "root": {"uri": uri(root, did), "cid": "b"}}
    return {"reply": ends}


class Network:
    """What the public view answers about one account; ``posts`` are feedViewPosts, newest first."""

    def __init__(self, feed: Sequence[dict[str, Any]]) -> None:
        self.feed = list(feed)

    def answer(self, asked: Asked) -> Answer:
        method = asked.path.removeprefix("/xrpc/")
        if method == "app.bsky.actor.getProfile":
            if asked.query["actor"] not in ("kim.taan.example", DID):
                return Answer.json({"error": "InvalidRequest", "message": "Profile not found"}, 400)
            return Answer.json({"did": DID, "handle": "kim.taan.example", "displayName": "KIM Taan"})
        if method == "app.bsky.feed.getAuthorFeed" and asked.query["actor"] == DID:
            start, limit = int(asked.query.get("cursor", "0")), int(asked.query["limit"])
            more = {"cursor": str(start + limit)} if start + limit < len(self.feed) else {}
            return Answer.json({"feed": self.feed[start : start + limit], **more})
        if method == "app.bsky.feed.getPosts":
            found = [each["post"] for each in self.feed if each["post"]["uri"] == asked.query["uris"]]
            return Answer.json({"posts": found})
        if method == "app.bsky.feed.getPostThread":
            return self._thread(asked.query["uri"])
        return Answer.json({"error": "XRPCNotSupported", "message": method}, 404)

    def _thread(self, of: str) -> Answer:
        posts = {each["post"]["uri"]: each["post"] for each in self.feed}
        if of not in posts:
            return Answer.json({"error": "NotFound", "message": f"Post not found: {of}"}, 400)

        def parent(each: dict[str, Any]) -> str:
            return str(each["record"].get("reply", {}).get("parent", {}).get("uri", ""))

        def down(each: dict[str, Any]) -> dict[str, Any]:
            answers = [down(other) for other in posts.values() if parent(other) == each["uri"]]
            return {"$type": "app.bsky.feed.defs#threadViewPost", "post": each, "replies": answers}

        found, at = down(posts[of]), posts[of]
        node = found
        while parent(at) in posts:
            at = posts[parent(at)]
            node["parent"] = {"post": at}
            node = node["parent"]
        return Answer.json({"thread": found})


class BlueskyHarness(ConnectorHarness):
    connector = Bluesky()
    hosts = ("public.api.bsky.app",)
    url = PROFILE
    # posts cannot be edited
    lacks = frozenset({"auth", "titles", "charset", "html", "edits"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        return Network(
            [{"post": self.post(item)} for item in sorted(items, key=lambda each: -each.number)]
        ).answer(asked)

    def post(self, item: Item) -> dict[str, Any]:
        words = re.sub(r"<[^>]+>", "\n", item.html).strip()
        return post(item.number, words, record={"createdAt": item.published.isoformat()})


class TestBluesky(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return BlueskyHarness()


# -- posts ----------------------------------------------------------------------------------------------


def read(posts: Sequence[dict[str, Any]], **options: object) -> dict[str, Any]:
    """The entries of a first visit to an account with ``posts``, newest first, by their last two figures."""
    feed = [each if "post" in each else {"post": each} for each in posts]
    with Stage() as stage:
        stage.play(Network(feed).answer)
        source = Source(1, 1, "bluesky", PROFILE, options=options)
        ctx = TestingContext(stage.http("public.api.bsky.app"), now=NOW)
        batches = list(Bluesky().harvest(source, None, ctx))
    return {entry.id[-2:]: entry for batch in batches for entry in batch.entries}


def facet(words: str, shown: str, **feature: str) -> dict[str, Any]:
    start = len(words[: words.index(shown)].encode())
    kind = {"uri": "link", "tag": "tag", "did": "mention"}[next(iter(feature))]
    found = {"$type": f"app.bsky.richtext.facet#{kind}", **feature}
    return {"index": {"byteStart": start, "byteEnd": start + len(shown.encode())}, "features": [found]}


def test_facets_count_bytes() -> None:
    words = "Panen raya \U0001f33e di Désa. Baca taan.desa.id/ber... #PanenRaya @bupati.example <b>"
    facets = [
        facet(words, "taan.desa.id/ber...", uri="https://taan.desa.id/berita/panen?a=1&b=2"),
        facet(words, "#PanenRaya", tag="PanenRaya"),
        facet(words, "@bupati.example", did=OTHER),
    ]
    entry = read([post(10, words, record={"facets": facets, "tags": ["pertanian"]})])["10"]
    assert entry.title == "Panen raya di Désa"
    link = '<a href="https://taan.desa.id/berita/panen?a=1&amp;b=2">taan.desa.id/ber...</a>'
    assert link in entry.html
    assert f'<a href="https://bsky.app/profile/{OTHER}">@bupati.example</a> &lt;b&gt;' in entry.html
    assert entry.about == "https://taan.desa.id/berita/panen?a=1&b=2"
    assert set(entry.topics) == {"Panen Raya", "pertanian"}
    assert entry.link == f"https://bsky.app/profile/{DID}/post/3k{10:011}"


@pytest.mark.parametrize(
    "index",
    [{"byteStart": 5, "byteEnd": 2}, {"byteStart": -1, "byteEnd": 4}, {"byteStart": 0, "byteEnd": 999}, {}],
)
def test_facets_out_of_place_are_passed_over(index: dict[str, int]) -> None:
    bad = {"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.id"}]}
    assert read([post(10, "Kabar desa", record={"facets": [bad]})])["10"].html == "<p>Kabar desa</p>"


def test_pictures_and_cards() -> None:
    pictures = {
        "$type": "app.bsky.embed.images#view",
        "images": [
            {"thumb": "https://cdn/t.jpg", "fullsize": "https://cdn/f.jpg", "alt": "Warga di sawah"},
            {"thumb": "https://cdn/t2.jpg", "fullsize": "https://cdn/f2.jpg", "alt": ""},
        ],
    }
    card = {
        "$type": "app.bsky.embed.external#view",
        "external": {"uri": "https://taan.desa.id/berita/1", "title": "Berita <1>", "description": ""},
    }
    entries = read([post(11, "Lihat", embed=card), post(10, "Foto panen", embed=pictures)])
    assert [(image.url, image.alt) for image in entries["10"].images] == [
        ("https://cdn/f.jpg", "Warga di sawah"),
        ("https://cdn/f2.jpg", ""),
    ]
    assert entries["11"].about == "https://taan.desa.id/berita/1"
    assert '<a href="https://taan.desa.id/berita/1">Berita &lt;1&gt;</a>' in entries["11"].html


def test_a_quotation_with_pictures() -> None:
    quoted = {
        "$type": "app.bsky.embed.recordWithMedia#view",
        "record": {
            "record": {
                "uri": uri(3, OTHER),
                "author": {"displayName": "Kecamatan"},
                "value": {"text": "Jadwal imunisasi"},
            }
        },
        "media": {"$type": "x#view", "images": [{"fullsize": "https://cdn/f.jpg", "alt": "Jadwal"}]},
    }
    entry = read([post(10, "Simak jadwal ini", embed=quoted)])["10"]
    assert "<blockquote><p>Jadwal imunisasi</p>" in entry.html
    assert "Kecamatan</a>" in entry.html
    assert len(entry.images) == 1


def conversation() -> list[dict[str, Any]]:
    """Newest first. What another one said (13) is not in the feed."""
    in_talk = reply(14, 14)
    in_talk["reply"]["root"]["uri"] = uri(13, OTHER)
    by_other = {"reason": {"$type": "app.bsky.feed.defs#reasonRepost", "by": {"did": DID}}}
    return [
        {"post": post(16, "Kabar kecamatan", OTHER), **by_other},
        {"post": post(15, "Bawa tikar", record=in_talk)},
        {"post": post(14, "Di balai desa", record=reply(13, 13, OTHER))},
        {"post": post(12, "Malamnya pesta", record=reply(11, 10))},
        {"post": post(11, "Warga gotong royong", record=reply(10, 10))},
        {"post": post(10, "Panen raya dimulai")},
    ]


def test_threads_are_joined_and_talk_is_left_out() -> None:
    entries = read(conversation())
    assert set(entries) == {"10"}
    assert (
        entries["10"].html.index("raya")
        < entries["10"].html.index("gotong")
        < entries["10"].html.index("pesta")
    )
    assert entries["10"].aliases == (uri(11), uri(12))


def test_replies_and_reposts_by_option() -> None:
    entries = read(conversation(), replies=True, reposts=True)
    assert set(entries) == {"10", "14", "16"}
    assert "tikar" in entries["14"].html
    assert entries["16"].author == "KIM Taan"


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(BlueskyHarness(), stage)


def test_the_account_stays_when_its_handle_moves(world: World) -> None:
    world.catch_up()
    world.stage.requests.clear()
    world.add(make_item(6))
    world.source = Source(1, 1, "bluesky", "https://bsky.app/profile/kim.baru.example")
    world.catch_up()
    assert 6 in world.numbers()
    assert not any("getProfile" in asked.path for asked in world.stage.requests)


def test_it_goes_back_to_the_first_that_is_known(world: World) -> None:
    world.items = make_items(range(1, 131))
    world.catch_up()
    for n in range(131, 262):
        world.add(make_item(n, hours=0.5))
    world.stage.requests.clear()
    world.catch_up()
    assert world.numbers() == world.wanted()
    pages = [asked for asked in world.stage.requests if "getAuthorFeed" in asked.path]
    assert len(pages) == 2


def test_a_late_part_of_a_thread_finds_its_beginning(world: World) -> None:
    feed = [{"post": post(n, f"Kabar nomor {n} hari ini")} for n in range(130, 0, -1)]
    world.stage.play(lambda asked: Network(feed).answer(asked))
    world.catch_up()
    feed.insert(0, {"post": post(131, "Lanjutan kabar", record=reply(2, 2))})
    world.catch_up()
    assert len(world.entries) == 130
    assert "Lanjutan kabar" in world.entries[uri(2)].html


@pytest.mark.parametrize("code", ["BlockedActor", "BlockedByActor", "AccountTakedown"])
def test_accounts_that_are_kept_back_are_told_as_such(world: World, code: str) -> None:
    with world.stage.broken(Answer.json({"error": code, "message": "Requester is blocked"}, 400)):
        error = world.visit().error
    assert isinstance(error, Blocked)
    assert error.reason == "not_public"


def test_an_unknown_account_is_told(world: World) -> None:
    world.source = Source(1, 1, "bluesky", "https://bsky.app/profile/taada.example")
    error = world.visit().error
    assert isinstance(error, FetchError)
    assert error.reason == "bad_url"
    world.source = Source(1, 1, "bluesky", "https://bsky.app/search")
    assert "profile" in world.check_error().detail


@pytest.mark.parametrize(
    ("url", "actor"),
    [
        (PROFILE, "kim.taan.example"),
        ("https://bsky.app/profile/@kim.taan.example", "kim.taan.example"),
        (f"https://bsky.app/profile/{DID}/post/3k", DID),
        ("https://bsky.app/profile/kim", ""),
        ("https://bsky.app/search?q=kim.id", ""),
        ("https://bsky.example/profile/kim.id", ""),
    ],
)
def test_addresses_of_profiles(url: str, actor: str) -> None:
    assert actor_of(url) == actor


def test_a_page_names_its_account(world: World) -> None:
    links = (Link("me", PROFILE), Link("me", "https://bsky.app/profile/taada.example"))
    page = Response("https://taan.desa.id/", 200, Headers({}), b"<html></html>")
    (proposal,) = Bluesky().detect(Probe(page.url, page, links), world.context())
    assert (proposal.url, proposal.stream) == (f"https://bsky.app/profile/{DID}", "bluesky")


RECORDED = sorted(path.name for path in GRANARY.glob("*.bsky.json")) if GRANARY.is_dir() else []


@pytest.mark.corpora
@pytest.mark.skipif(not RECORDED, reason="../shared/data is absent")
@pytest.mark.parametrize("name", RECORDED or ["none"])
def test_recorded_documents(name: str) -> None:
    """Posts become entries; profiles, likes and follows never do."""
    given = json.loads((GRANARY / name).read_text())
    kind = str(given["$type"])
    view = given.get("post") or {"uri": "at://did:plc:x/app.bsky.feed.post/1", "record": given}
    ctx = TestingContext(None, now=NOW)  # type: ignore[arg-type]
    message = to_message(view, ctx, passed_on=is_repost(given))
    entry = entry_of([message], ("bsky.app",))
    if not kind.startswith("app.bsky.feed") or kind == "app.bsky.feed.like":
        assert entry is None
        return
    words = view["record"]["text"]
    assert entry is not None
    assert entry.title
    assert words.startswith(entry.title[:5])
    if name.startswith("quote"):
        assert "An original post" in entry.html
    if name == "quote_and_attachment.bsky.json":
        assert entry.about == "https://youtu.be/6rgStv12dwA"
    if name == "note.bsky.json":
        assert 'href="http://my/link"' in entry.html
        assert [image.url for image in entry.images] == ["http://example.com/blog-post-123/image"]
    if name == "note_with_article_tag_indices.bsky.json":
        assert '<a href="http://xyz/foo">foo</a>' in entry.html, "offsets count bytes"
    if name == "repost.bsky.json":
        assert is_repost(given)
        assert entry.author == "Bob"
