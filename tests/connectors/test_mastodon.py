"""The mastodon connector: its contract, and statuses as servers send them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.mastodon import Mastodon
from connectors.mastodon.client import account_of
from connectors.mastodon.parse import to_message
from hub.spec import Blocked, FetchError, Link, Message, Probe, Response, Source, entry_of
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_item, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

ME = "109001"
OTHER = "109002"
GRANARY = Path(__file__).parents[2] / "../shared/data/corpora/social/granary"


def number(n: int) -> str:
    return str(111_000_000_000_000_000 + n)


def account(of: str = ME) -> dict[str, Any]:
    name = "kimtaan" if of == ME else "wargalain"
    return {
        "id": of,
        "acct": name,
        "username": name,
        "display_name": f"{name} resmi",
        "url": f"https://s.id/@{name}",
    }


def status(base: str, n: int, content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number(n),
        "uri": f"{base}/users/kimtaan/statuses/{number(n)}",
        "url": f"{base}/@kimtaan/{number(n)}",
        "created_at": (NOW - timedelta(hours=200 - n)).isoformat(),
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "sensitive": False,
        "spoiler_text": "",
        "language": "id",
        "content": content,
        "reblog": None,
        "account": account(),
        "media_attachments": [],
        "tags": [],
        "card": None,
        "poll": None,
        **more,
    }


def reply(to: int, of: str = ME) -> dict[str, Any]:
    return {"in_reply_to_id": number(to), "in_reply_to_account_id": of}


class Server:
    """What a server answers about one account's statuses, of which it holds ``raws``."""

    def __init__(self, raws: Sequence[dict[str, Any]]) -> None:
        self.raws = sorted(raws, key=lambda raw: int(raw["id"]), reverse=True)

    def answer(self, asked: Asked) -> Answer:
        parts = asked.path.strip("/").split("/")
        if asked.path == "/api/v1/accounts/lookup":
            known = asked.query.get("acct") == "kimtaan"
            return Answer.json(account()) if known else _missing()
        if parts[:3] == ["api", "v1", "accounts"] and parts[3:] == [ME, "statuses"]:
            return Answer.json(self._page(asked))
        if parts[:3] == ["api", "v1", "statuses"]:
            found = next((raw for raw in self.raws if raw["id"] == parts[3]), None)
            if found is None:
                return _missing()
            return Answer.json(self._context(found) if parts[4:] == ["context"] else found)
        return _missing()

    def _page(self, asked: Asked) -> list[dict[str, Any]]:
        query, limit = asked.query, min(40, int(asked.query.get("limit", 20)))
        mine = [raw for raw in self.raws if raw["account"]["id"] == ME]
        if query.get("exclude_replies") == "true":
            mine = [raw for raw in mine if raw["in_reply_to_account_id"] in (None, ME)]
        if query.get("exclude_reblogs") == "true":
            mine = [raw for raw in mine if not raw["reblog"]]
        if "min_id" in query:
            return [raw for raw in mine if int(raw["id"]) > int(query["min_id"])][-limit:]
        return [raw for raw in mine if int(raw["id"]) < int(query.get("max_id", 10**20))][:limit]

    def _context(self, raw: dict[str, Any]) -> dict[str, Any]:
        by_id, before = {each["id"]: each for each in self.raws}, []
        at = raw
        while at["in_reply_to_id"] in by_id:
            at = by_id[at["in_reply_to_id"]]
            before.insert(0, at)
        after, wanted = [], {raw["id"]}
        for each in reversed(self.raws):
            if each["in_reply_to_id"] in wanted:
                wanted.add(each["id"])
                after.append(each)
        return {"ancestors": before, "descendants": after}


def _missing() -> Answer:
    return Answer.json({"error": "Record not found"}, 404)


class MastodonHarness(ConnectorHarness):
    connector = Mastodon()
    url = "{stage}/@kimtaan"
    lacks = frozenset({"auth", "titles", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        base = f"http://{asked.headers['host']}"
        return Server([self.status(base, item) for item in items]).answer(asked)

    def status(self, base: str, item: Item) -> dict[str, Any]:
        changed = item.updated.isoformat() if item.updated else None
        return status(base, item.number, item.html, created_at=item.published.isoformat(), edited_at=changed)


class TestMastodon(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return MastodonHarness()


# -- documents of servers -------------------------------------------------------------------------------


def read(raws: Sequence[dict[str, Any]], **options: object) -> dict[str, Any]:
    """The entries of a first visit, by the last two figures of their number."""
    with Stage() as stage:
        server = Server([json.loads(json.dumps(raw).replace("https://s.id", stage.url)) for raw in raws])
        stage.play(server.answer)
        source = Source(1, 1, "mastodon", f"{stage.url}/@kimtaan", options=options)
        ctx = TestingContext(stage.http(), now=NOW)
        batches = list(Mastodon().harvest(source, None, ctx))
    return {entry.id[-2:]: entry for batch in batches for entry in batch.entries}


def s(n: int, content: str, **more: Any) -> dict[str, Any]:
    return status("https://s.id", n, content, **more)


PHOTO = {
    "id": "1",
    "type": "image",
    "url": "https://s.id/media/original/jalan.jpg",
    "preview_url": "https://s.id/media/small/jalan.jpg",
    "description": "Warga mengecor jalan",
    "meta": {"original": {"width": 1280, "height": 960}},
}
FILM = {
    **PHOTO,
    "id": "2",
    "type": "video",
    "url": "https://s.id/media/original/pesta.mp4",
    "description": None,
}


def test_a_status_becomes_a_post() -> None:
    content = (
        "<p>Jalan tani selesai dicor. Terima kasih warga!</p><p>Selengkapnya "
        '<a href="https://taan.desa.id/berita/1"><span class="invisible">https://</span>'
        '<span class="ellipsis">taan.desa.id/berita</span><span class="invisible">/1</span></a> '
        '<a href="https://s.id/tags/GotongRoyong" class="mention hashtag">#<span>GotongRoyong</span></a></p>'
    )
    tags = [{"name": "gotongroyong"}, {"name": "pembangunan"}]
    entry = read([s(10, content, media_attachments=[PHOTO, FILM], tags=tags)])["10"]
    assert entry.title == "Jalan tani selesai dicor"
    assert entry.about == "https://taan.desa.id/berita/1"
    assert set(entry.topics) == {"Gotong Royong", "pembangunan"}
    assert [(image.url[-9:], image.alt, image.width) for image in entry.images] == [
        ("jalan.jpg", "Warga mengecor jalan", 1280),
        ("jalan.jpg", "", None),
    ]
    assert [each.type for each in entry.enclosures] == ["video/mp4"]
    assert (entry.language, entry.author) == ("id", "")


def test_the_card_names_the_article_also_where_the_text_does_not() -> None:
    card = {"url": "https://taan.desa.id/berita/2", "title": "Judul"}
    assert read([s(10, "<p>Baca kabar ini</p>", card=card)])["10"].about == card["url"]


def test_a_content_warning_is_the_title_and_hides_pictures() -> None:
    raw = s(10, "<p>Rinciannya.</p>", spoiler_text="Kecelakaan di <b>jalan</b>", sensitive=True)
    entry = read([{**raw, "media_attachments": [PHOTO]}])["10"]
    assert entry.title.startswith("Kecelakaan di")
    assert "<strong>Kecelakaan di &lt;b&gt;" in entry.html
    assert not entry.images


def test_a_poll_shows_its_choices() -> None:
    poll = {"options": [{"title": "Sabtu <3"}, {"title": "Minggu"}], "votes_count": 12}
    assert (
        "<ul><li>Sabtu &lt;3</li><li>Minggu</li></ul>" in read([s(10, "<p>Kapan?</p>", poll=poll)])["10"].html
    )


def conversation() -> list[dict[str, Any]]:
    other = {"account": account(OTHER), "uri": f"https://lain.id/statuses/{number(13)}"}
    return [
        s(10, "<p>1/3 Panen raya dimulai hari ini.</p>"),
        s(11, "<p>2/3 Warga bergotong royong.</p>", **reply(10)),
        s(12, "<p>3/3 Malamnya ada pesta.</p>", **reply(11)),
        s(13, "<p>Di mana?</p>", **other, **reply(12)),
        s(14, "<p>@wargalain di balai desa.</p>", **reply(13, OTHER)),
        s(15, "<p>Dan bawa tikar.</p>", **reply(14)),
        s(16, "", reblog=s(17, "<p>Kabar kecamatan.</p>", account=account(OTHER))),
        s(18, "<p>Hanya pengikut</p>", visibility="private"),
    ]


def test_threads_are_joined_and_talk_is_left_out() -> None:
    entries = read(conversation())
    assert set(entries) == {"10"}
    html = entries["10"].html
    assert html.index("Panen raya") < html.index("bergotong") < html.index("pesta")
    assert "1/3" not in html
    assert entries["10"].title == "Panen raya dimulai hari ini" or "Panen raya" in entries["10"].title


def test_replies_and_reposts_by_option() -> None:
    entries = read(conversation(), replies=True, reposts=True)
    assert set(entries) == {"10", "14", "17"}
    assert "tikar" in entries["14"].html
    assert entries["17"].author == "wargalain resmi"


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(MastodonHarness(), stage)


def test_more_than_a_page_between_two_visits_is_read_forwards(world: World) -> None:
    world.catch_up()
    for n in range(6, 141):
        world.add(make_item(n))
    world.stage.requests.clear()
    world.catch_up()
    assert world.numbers() == world.wanted()
    assert any("min_id" in asked.query for asked in world.stage.requests)
    assert not any("max_id" in asked.query for asked in world.stage.requests)


def test_the_account_is_looked_up_once(world: World) -> None:
    world.catch_up()
    world.add(make_item(6))
    world.catch_up()
    assert [asked.path for asked in world.stage.requests].count("/api/v1/accounts/lookup") == 1


def test_an_old_removal_is_found_by_the_days_sweep(world: World) -> None:
    world.items = make_items(range(1, 101))
    world.catch_up()
    world.remove(7)
    for _ in range(6):
        world.ahead += timedelta(days=1)
        world.catch_up()
    assert world.numbers() == world.wanted()


def test_the_servers_limit_is_heeded_before_it_refuses(world: World) -> None:
    def nearly(asked: Asked) -> Answer:
        answer = MastodonHarness().answer(asked, make_items(range(1, 131)))
        reset = (NOW + timedelta(seconds=200)).isoformat()
        headers = {"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": reset}
        return Answer(answer.body, answer.status, answer.type, headers)

    world.stage.fault(nearly, times=None, when=lambda asked: asked.path.endswith("/statuses"))
    visit = world.visit()
    assert visit.error is None
    assert visit.more
    assert visit.batches[-1].wait == 200
    assert sum(asked.path.endswith("/statuses") for asked in world.stage.requests) == 1


@pytest.mark.parametrize(("status_code", "known"), [(401, False), (403, False), (401, True)])
def test_a_closed_server_is_told_as_such(world: World, status_code: int, known: bool) -> None:
    if known:
        world.catch_up()
    closed = Answer.json({"error": "This method requires an authenticated user"}, status_code)
    with world.stage.broken(closed):
        error = world.visit().error
    assert isinstance(error, Blocked)
    assert error.reason == "not_public"


def test_an_unknown_account_is_told(world: World) -> None:
    world.source = Source(1, 1, "mastodon", f"{world.stage.url}/@taada")
    error = world.visit().error
    assert isinstance(error, FetchError)
    assert error.reason == "bad_url"
    world.source = Source(1, 1, "mastodon", f"{world.stage.url}/")
    assert "https://server/@name" in world.check_error().detail


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://s.id/@kim", ("https://s.id", "kim")),
        ("https://s.id/@kim/with_replies", ("https://s.id", "kim")),
        ("https://s.id/@kim@lain.id", ("https://s.id", "kim@lain.id")),
        ("https://s.id/web/@kim", ("https://s.id", "kim")),
        ("https://s.id/users/kim", ("https://s.id", "kim")),
        ("https://s.id/about", ("", "")),
        ("ftp://s.id/@kim", ("", "")),
    ],
)
def test_addresses_of_profiles(url: str, found: tuple[str, str]) -> None:
    assert account_of(url) == found


def test_a_page_names_its_account(world: World) -> None:
    links = (
        Link("me", f"{world.stage.url}/@kimtaan"),
        Link("me", f"{world.stage.url}/@taada"),
        Link("me", "https://orang.example/"),
    )
    page = Response("https://taan.desa.id/", 200, Headers({}), b"<html></html>")
    (proposal,) = Mastodon().detect(Probe(page.url, page, links), world.context())
    assert (proposal.url, proposal.stream) == (f"{world.stage.url}/@kimtaan", "mastodon")
    assert proposal.title == "kimtaan resmi"


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["STATUS", "STATUS_REMOTE", "REPLY_STATUS", "REBLOG_STATUS", "MEDIA_STATUS"])
def test_recorded_statuses(name: str) -> None:
    path = GRANARY / "inline-mastodon.json"
    if not path.is_file():
        pytest.skip("../shared/data is absent")
    raw = json.loads(path.read_text())[name]
    ctx = TestingContext(None, now=NOW)  # type: ignore[arg-type]
    message = to_message(raw, "http://foo.com", "23507", ctx)
    entry = entry_of([message], ("foo.com",))
    assert isinstance(message, Message)
    assert entry is not None
    assert entry.id.startswith("http")
    assert entry.title
    if name == "STATUS":
        assert (entry.about, entry.title, entry.topics) == ("https://an/article", "foo bar", ("indieweb",))
        assert entry.published is not None
