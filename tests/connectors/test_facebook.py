"""The facebook connector: its contract, posts of every kind, refusals, and the token's end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.meta import Facebook
from connectors.meta.facebook import page_of
from connectors.meta.post import to_entry
from hub.spec import AuthError, Entry, FetchError, RemoteError, Source
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage
from tests.connectors.graph_fake import ENDS, PAGE_ID, TOKEN, GraphHarness, error, message, when

CDN = "https://scontent.xx.fbcdn.net/v/t39.30808-6/1_2_3_n.jpg"


class FacebookHarness(GraphHarness):
    connector = Facebook()
    url = f"https://www.facebook.com/profile.php?id={PAGE_ID}"
    path = f"{PAGE_ID}/published_posts"

    def item(self, item: Item) -> dict[str, Any]:
        return {
            "id": f"{PAGE_ID}_{item.number:06}",
            "message": message(item),
            "created_time": when(item),
            "permalink_url": f"https://www.facebook.com/{PAGE_ID}/posts/{item.number:06}",
            "is_published": True,
        }

    def node(self, path: str) -> Answer:
        return Answer.json({"name": "KIM Taan", "id": PAGE_ID}) if path == PAGE_ID else super().node(path)


class TestFacebook(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return FacebookHarness()


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(FacebookHarness(), stage)


def read(reposts: bool = False, **raw: Any) -> Entry | None:
    post = {"id": "1_2", "created_time": "2026-01-05T08:14:00+0000", **raw}
    ctx = TestingContext(None, now=NOW)  # type: ignore[arg-type]
    return to_entry(post, ctx, reposts=reposts)


def attached(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(parts)}


def photo(number: int, **more: Any) -> dict[str, Any]:
    src = f"https://scontent.xx.fbcdn.net/v/{number}_n.jpg?oh=ab{number}&oe=69E0B834"
    return {"type": "photo", "media": {"image": {"src": src, "width": 720, "height": 405}}, **more}


# -- posts ------------------------------------------------------------------------------------------


def test_a_message_becomes_a_post() -> None:
    found = read(
        message="Warga Taan memperbaiki jalan tani. Mulai pagi!\n\nTerima kasih semua #GotongRoyong",
        permalink_url="https://www.facebook.com/kimtaan/posts/2",
    )
    assert found is not None
    assert (found.id, found.link) == ("facebook:1_2", "https://www.facebook.com/kimtaan/posts/2")
    assert found.title == "Warga Taan memperbaiki jalan tani"
    assert found.html.startswith("<p>Warga Taan memperbaiki jalan tani. Mulai pagi!</p>")
    assert found.topics == ("Gotong Royong",)
    assert found.published == datetime(2026, 1, 5, 8, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "link",
    [
        {"unshimmed_url": "https://taan.example/berita/7", "url": "https://l.facebook.com/l.php?u=x"},
        {"url": "https://l.facebook.com/l.php?u=https%3A%2F%2Ftaan.example%2Fberita%2F7&h=AT0"},
        {"url": "https://taan.example/berita/7"},
    ],
    ids=["unshimmed", "wrapped", "plain"],
)
def test_a_shared_article_is_what_the_post_is_about(link: dict[str, str]) -> None:
    share = {"type": "share", "title": "Jalan tani diperbaiki", "description": "Warga ...", **link}
    found = read(message="Baca beritanya", attachments=attached(share))
    assert found is not None
    assert found.about == "https://taan.example/berita/7"
    assert found.title == "Baca beritanya"
    assert "Jalan tani diperbaiki" in found.html
    alone = read(attachments=attached(share))
    assert alone is not None
    assert alone.title == "Jalan tani diperbaiki"


def test_a_link_in_the_text_will_do() -> None:
    found = read(message="Baca di https://taan.example/berita/7 ya. Video: https://fb.watch/abc")
    assert found is not None
    assert found.about == "https://taan.example/berita/7"
    inside = read(message="Lihat https://www.facebook.com/kimtaan/photos/1")
    assert inside is not None
    assert inside.about == ""


def test_an_album_gives_all_pictures_with_their_texts() -> None:
    parts = {"data": [photo(1, description="Kerja bakti"), photo(2), photo(1)]}
    album = {"type": "album", **photo(9), "subattachments": parts}
    found = read(message="Foto kegiatan hari ini", full_picture=CDN, attachments=attached(album))
    assert found is not None
    shown = [(each.url.partition("?")[0][-7:], each.alt, each.width) for each in found.images]
    assert shown == [("1_n.jpg", "Kerja bakti", 720), ("2_n.jpg", "", 720)]
    single = read(message="Satu foto saja", full_picture=CDN)
    assert single is not None
    assert [each.url for each in single.images] == [CDN]


@pytest.mark.parametrize(
    "raw",
    [
        {"story": "KIM Taan updated their cover photo.", "attachments": attached(photo(1))},
        {"story": "KIM Taan memperbarui foto profil."},
        {"message": "   "},
        {"message": "Belum tayang", "is_published": False},
        {"message": "Kiriman orang lain", "parent_id": "9_9"},
        {"message": ["x"], "attachments": "x"},
    ],
    ids=["cover", "profile", "blank", "draft", "repost", "odd"],
)
def test_what_is_no_news_of_the_page_is_left_out(raw: dict[str, Any]) -> None:
    assert read(**raw) is None


def test_reposts_are_taken_by_option() -> None:
    found = read(message="Dari kecamatan", parent_id="9_9", reposts=True)
    assert found is not None


@pytest.mark.parametrize("garbage", [None, 7, "x", [], [None], {"data": [None, {"media": 7}]}])
def test_odd_attachments_harm_nothing(garbage: object) -> None:
    found = read(message="Kabar dari desa", attachments=garbage)
    assert found is not None
    assert found.images == ()


def test_a_new_signature_of_a_picture_is_no_edit(world: World) -> None:
    signed = "oh=1&oe=69E0B834"

    def item(self: object, item: Item) -> dict[str, Any]:
        return {**plain(item), "full_picture": f"{CDN}?{signed}"}

    plain = world.harness.item  # type: ignore[attr-defined]
    world.harness.item = item.__get__(world.harness)  # type: ignore[attr-defined]
    assert len(world.catch_up().entries) == 5
    signed = "oh=2&oe=69E0B999"
    assert not world.catch_up().entries
    signed = "oh=3&oe=69F3B834"  # two weeks later
    assert len(world.catch_up().entries) == 5


# -- what is kept of the token ----------------------------------------------------------------------


def test_the_token_is_in_no_address_and_no_cursor(world: World) -> None:
    world.items = make_items(range(1, 231))
    late = world.context(deadline_seconds=-1)
    (_, batch) = world.batches(late)
    assert batch.more
    assert batch.cursor["next"] == "after=QVFI100"
    assert TOKEN not in json.dumps(batch.cursor)
    assert not any(TOKEN in str(asked.query) for asked in world.stage.requests if "debug" not in asked.path)


def test_the_tokens_end_is_asked_once_a_day(world: World) -> None:
    def questions() -> int:
        return sum(asked.path.endswith("/debug_token") for asked in world.stage.requests)

    world.catch_up()
    world.catch_up()
    assert questions() == 1
    assert world.cursor is not None
    assert world.cursor["token_expires"] == datetime.fromtimestamp(ENDS, UTC).isoformat()
    world.ahead += timedelta(days=1)
    world.catch_up()
    assert questions() == 2
    assert "2026-04-12" in world.check().detail


def test_an_entered_end_goes_before(world: World) -> None:
    world.source = Source(1, 1, "facebook", world.source.url, {"token": TOKEN, "expires": "2026-03-01"})
    world.catch_up()
    assert world.cursor is not None
    assert str(world.cursor["token_expires"]).startswith("2026-02-28T16:00")
    assert not any("debug_token" in asked.path for asked in world.stage.requests)


def test_a_token_that_may_not_be_asked_about_is_used_all_the_same(world: World) -> None:
    refused = error(100, "You must provide an app access token")
    world.stage.fault(refused, times=None, when=lambda asked: "debug_token" in asked.path)
    assert len(world.catch_up().entries) == 5
    assert world.cursor is not None
    assert "token_expires" not in world.cursor


def test_without_a_token_it_says_so() -> None:
    with Stage() as stage:
        ctx = TestingContext(stage.http("graph.facebook.com"), now=NOW)
        with pytest.raises(AuthError, match="no token"):
            list(Facebook().harvest(Source(1, 1, "facebook", FacebookHarness.url), None, ctx))
        assert not stage.requests


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (error(190, "Error validating access token: Session has expired", 463), "auth", "run out"),
        (error(190, "The session has been invalidated", 460), "auth", "password"),
        (error(10, "(#10) This endpoint requires pages_read_engagement"), "auth", "permission"),
        (error(200, "(#200) Provide valid app ID", status=403), "auth", "permission"),
        (error(4, "(#4) Application request limit reached", status=403), "rate_limited", "limit"),
        (error(32, "(#32) Page request limit reached"), "rate_limited", "limit"),
        (error(80001, "There have been too many calls to this Page account"), "rate_limited", "calls"),
        (error(803, "(#803) Some of the aliases you requested do not exist"), "bad_url", "no such page"),
        (error(100, "Unsupported get request", 33), "bad_url", "no such page"),
        (error(100, "(#100) Tried accessing nonexisting field (x)"), "http_4xx", "nonexisting"),
        (error(2, "Service temporarily unavailable", status=500), "http_5xx", "temporarily"),
        (error(1, "An unknown error has occurred", status=400), "http_5xx", "unknown"),
        (Answer(b"{}", 400), "http_4xx", ""),
        (Answer(b"[]", 200), "not_a_feed", ""),
    ],
)
def test_refusals_are_told_apart(world: World, answer: Answer, reason: str, words: str) -> None:
    with world.stage.broken(answer):
        found = world.visit().error
    assert found is not None
    assert found.reason == reason
    assert words in str(found)
    assert TOKEN not in str(found)
    assert (found.retry_after == 3600) is (reason == "rate_limited")
    assert not (found.permanent and reason in ("gone", "rate_limited", "http_5xx"))


def test_a_token_repeated_in_a_message_is_hidden(world: World) -> None:
    with world.stage.broken(error(190, f"Malformed access token {TOKEN}")):
        found: RemoteError = world.check_error()
    assert "***" in str(found)


# -- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://www.facebook.com/kimtaan", "kimtaan"),
        ("https://web.facebook.com/kim.taan/?locale=id_ID", "kim.taan"),
        ("https://www.facebook.com/profile.php?id=104567890123456", "104567890123456"),
        ("https://www.facebook.com/pages/KIM-Taan/104567890123456", "104567890123456"),
        ("https://www.facebook.com/people/KIM-Taan/104567890123456/", "104567890123456"),
        ("https://www.facebook.com/KIM-Taan-104567890123456/", "104567890123456"),
    ],
)
def test_the_page_is_read_from_its_address(url: str, page: str) -> None:
    assert page_of(Source(1, 1, "facebook", url)) == page
    given = Source(1, 1, "facebook", url, options={"page": "99999"})
    assert page_of(given) == "99999"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.facebook.com/",
        "https://www.facebook.com/groups/kimtaan",
        "https://www.facebook.com/profile.php",
        "https://www.facebook.com/../me",
    ],
)
def test_addresses_without_a_page_are_refused(url: str) -> None:
    with pytest.raises(FetchError) as refused:
        page_of(Source(1, 1, "facebook", url))
    assert refused.value.reason == "bad_url"


def test_another_version_is_asked_by_option() -> None:
    paths: list[str] = []

    def answer(asked: Asked) -> Answer:
        paths.append(asked.path)
        return Answer.json({"data": []})

    with Stage() as stage:
        stage.play(answer)
        ctx = TestingContext(stage.http("graph.facebook.com"), now=NOW)
        source = Source(1, 1, "facebook", FacebookHarness.url, {"token": TOKEN, "version": "v25.0"})
        list(Facebook().harvest(source, None, ctx))
    assert {path.split("/")[1] for path in paths} == {"v25.0"}
