"""The instagram connector: its contract by either kind of token, and posts of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from connectors.meta import Instagram
from connectors.meta.media import to_entry
from hub.spec import Entry, FetchError, Source
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage
from tests.connectors.graph_fake import ACCOUNT, TOKEN, GraphHarness, message, when

OWN = "IGQVJcanary0123456789token"


class InstagramHarness(GraphHarness):
    """By the token of the Facebook page that the account is connected to."""

    connector = Instagram()
    url = "https://www.instagram.com/kimtaan/"
    path = f"{ACCOUNT}/media"

    def item(self, item: Item) -> dict[str, Any]:
        return {
            "id": f"1784{item.number:010}",
            "caption": message(item),
            "media_type": "IMAGE",
            "media_product_type": "FEED",
            "media_url": f"https://scontent.cdninstagram.com/v/t51/{item.number}_n.jpg?oh=1&oe=69E0B834",
            "permalink": f"https://www.instagram.com/p/C{item.number:06}/",
            "timestamp": when(item),
        }

    def node(self, path: str) -> Answer:
        if path == "me":
            return Answer.json({"instagram_business_account": {"id": ACCOUNT}, "id": "104567890123456"})
        return super().node(path)


class OwnTokenHarness(InstagramHarness):
    """By a token of Instagram itself."""

    hosts = ("graph.instagram.com",)
    options: Mapping[str, Any] = {"token": OWN, "expires": "2026-05-01"}  # type: ignore[assignment]
    secrets = (OWN,)
    path = "me/media"

    def answer(self, asked: Asked, items: Any) -> Answer:
        if asked.headers.get("authorization") == f"Bearer {OWN}":
            headers = {**asked.headers, "authorization": f"Bearer {TOKEN}"}
            asked = Asked(asked.method, asked.host, asked.path, asked.query, headers, asked.body)
        assert "debug_token" not in asked.path, "Instagram knows no such question"
        return super().answer(asked, items)


class TestInstagram(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return InstagramHarness()


class TestInstagramByItsOwnToken(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return OwnTokenHarness()


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(InstagramHarness(), stage)


def read(**raw: Any) -> Entry | None:
    post = {"id": "17", "timestamp": "2026-01-05T08:14:00+0000", **raw}
    return to_entry(post, TestingContext(None, now=NOW))  # type: ignore[arg-type]


def test_a_caption_becomes_a_post() -> None:
    found = read(
        caption="Panen raya di Taan! Baca https://taan.example/berita/7\n\n#PanenRaya #kimtaan",
        permalink="https://www.instagram.com/p/C1/",
        media_type="IMAGE",
        media_url="https://scontent.cdninstagram.com/1.jpg",
    )
    assert found is not None
    assert (found.id, found.link, found.title) == (
        "instagram:17",
        "https://www.instagram.com/p/C1/",
        "Panen raya di Taan!",
    )
    assert found.topics == ("Panen Raya", "kimtaan")
    assert found.about == "https://taan.example/berita/7"
    assert [each.url for each in found.images] == ["https://scontent.cdninstagram.com/1.jpg"]


def test_an_album_gives_its_parts_and_a_video_its_first_frame() -> None:
    parts = [
        {"id": "1", "media_type": "IMAGE", "media_url": "https://cdn.example/1.jpg"},
        {"id": "2", "media_type": "VIDEO", "media_url": "https://cdn.example/2.mp4"},
        {
            "id": "3",
            "media_type": "VIDEO",
            "media_url": "https://cdn.example/3.mp4",
            "thumbnail_url": "https://cdn.example/3.jpg",
        },
        None,
    ]
    found = read(caption="Album panen", media_type="CAROUSEL_ALBUM", children={"data": parts})
    assert found is not None
    assert [each.url for each in found.images] == ["https://cdn.example/1.jpg", "https://cdn.example/3.jpg"]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"caption": ""},
        {"caption": "  \u2764\ufe0f  "},
        {"caption": 7},
        {"caption": "x", "media_product_type": "STORY"},
    ],
    ids=["none", "empty", "heart", "number", "story"],
)
def test_what_says_nothing_is_left_out(raw: dict[str, Any]) -> None:
    assert read(**raw) is None


@pytest.mark.parametrize("children", [None, 7, [], {"data": 7}, {"data": [7]}])
def test_odd_children_harm_nothing(children: object) -> None:
    found = read(caption="Kabar", children=children)
    assert found is not None
    assert found.images == ()


def test_the_account_is_looked_up_once(world: World) -> None:
    world.catch_up()
    world.catch_up()
    assert sum(asked.path.endswith("/me") for asked in world.stage.requests) == 1


def test_an_account_given_by_option_is_not_looked_up(world: World) -> None:
    options = {"token": TOKEN, "account": ACCOUNT}
    world.source = Source(1, 1, "instagram", world.source.url, options=options)
    world.catch_up()
    assert not any(asked.path.endswith("/me") for asked in world.stage.requests)


def test_a_page_without_an_account_is_told(world: World) -> None:
    lone = Answer.json({"id": "104567890123456"})
    world.stage.fault(lone, times=None, when=lambda asked: asked.path.endswith("/me"))
    found = world.visit().error
    assert isinstance(found, FetchError)
    assert found.reason == "bad_url"
    assert "account=NUMBER" in found.detail


def test_the_end_of_an_own_token_is_what_was_entered() -> None:
    with Stage() as stage:
        world = World(OwnTokenHarness(), stage, make_items([1]))
        world.catch_up()
        assert world.cursor is not None
        assert str(world.cursor["token_expires"]).startswith("2026-04-30T16:00")
