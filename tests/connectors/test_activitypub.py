"""The activitypub connector: its contract, and documents of several kinds of servers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.activitypub import ActivityPub
from connectors.activitypub.parse import KINDS, identifier, to_message
from hub.spec import Blocked, FetchError, Link, Probe, Response, Source, entry_of
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

GRANARY = Path(__file__).parents[2] / "../shared/data/corpora/social/granary"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
TYPE = "application/activity+json; charset=utf-8"
PAGE = 20


def activity(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, TYPE)


def note(base: str, n: int, content: str, **more: Any) -> dict[str, Any]:
    actor = f"{base}/users/kimtaan"
    return {
        "id": f"{actor}/statuses/{n}",
        "type": "Note",
        "url": f"{base}/@kimtaan/{n}",
        "attributedTo": actor,
        "published": (NOW - timedelta(hours=200 - n)).isoformat(),
        "to": [PUBLIC],
        "content": content,
        **more,
    }


def create(made: dict[str, Any], kind: str = "Create") -> dict[str, Any]:
    return {"id": f"{made['id']}/activity", "type": kind, "actor": made["attributedTo"], "object": made}


class Server:
    """One actor, ``kimtaan``, with ``items`` in the outbox, newest first."""

    def __init__(self, base: str, items: Sequence[Any]) -> None:
        self.base, self.items = base, list(items)

    def actor(self) -> dict[str, Any]:
        me = f"{self.base}/users/kimtaan"
        names = {"preferredUsername": "kimtaan", "name": "KIM Taan", "url": f"{self.base}/@kimtaan"}
        return {"id": me, "type": "Person", "outbox": f"{me}/outbox", "inbox": f"{me}/inbox", **names}

    def answer(self, asked: Asked) -> Answer:
        box = f"{self.base}/users/kimtaan/outbox"
        if asked.path == "/.well-known/webfinger":
            host = self.base.partition("//")[2]
            if asked.query.get("resource") != f"acct:kimtaan@{host}":
                return Answer(b"", 404, "text/plain")
            me = {"rel": "self", "type": "application/activity+json", "href": f"{self.base}/users/kimtaan"}
            return Answer.json({"subject": f"acct:kimtaan@{host}", "links": [{"rel": "x"}, me]})
        if "activity+json" not in asked.headers.get("accept", ""):
            return Answer(b"<html>halaman</html>", 200, "text/html")
        if asked.path == "/users/kimtaan":
            return activity(self.actor())
        if asked.path == "/users/kimtaan/outbox":
            return activity(self._outbox(box, asked))
        for item in self.items:
            made = item.get("object", item) if isinstance(item, dict) else item
            if isinstance(made, dict) and made.get("id") == f"{self.base}{asked.path}":
                return activity(made)
        return activity({"error": "Record not found"}, 404)

    def _outbox(self, box: str, asked: Asked) -> dict[str, Any]:
        if "page" not in asked.query:
            total = len(self.items)
            return {"id": box, "type": "OrderedCollection", "totalItems": total, "first": f"{box}?page=1"}
        page = int(asked.query["page"])
        here = self.items[(page - 1) * PAGE : page * PAGE]
        more = {"next": f"{box}?page={page + 1}"} if page * PAGE < len(self.items) else {}
        whole = {"id": f"{box}?page={page}", "type": "OrderedCollectionPage", "partOf": box}
        return {**whole, "orderedItems": here, **more}


class ActivityPubHarness(ConnectorHarness):
    connector = ActivityPub()
    url = "{stage}/@kimtaan"
    lacks = frozenset({"auth", "titles", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        base = f"http://{asked.headers['host']}"
        ordered = sorted(items, key=lambda item: -item.number)
        return Server(base, [create(self.note(base, item)) for item in ordered]).answer(asked)

    def note(self, base: str, item: Item) -> dict[str, Any]:
        changed = {"updated": item.updated.isoformat()} if item.updated else {}
        return note(base, item.number, item.html, published=item.published.isoformat(), **changed)


class TestActivityPub(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return ActivityPubHarness()


# -- documents of servers -------------------------------------------------------------------------------


def read(items: Sequence[Any], **options: object) -> dict[str, Any]:
    """The entries of a first visit to an outbox with ``items``, newest first, by their last two characters.
    ``https://s.id`` stands for the server itself."""
    with Stage() as stage:
        local = json.loads(json.dumps(list(items)).replace("https://s.id", stage.url))
        stage.play(Server(stage.url, local).answer)
        source = Source(1, 1, "activitypub", f"{stage.url}/@kimtaan", options=options)
        ctx = TestingContext(stage.http(), now=NOW)
        batches = list(ActivityPub().harvest(source, None, ctx))
    return {entry.id[-2:]: entry for batch in batches for entry in batch.entries}


def n(number: int, content: str, **more: Any) -> dict[str, Any]:
    return note("https://s.id", number, content, **more)


ME = "https://s.id/users/kimtaan"


def test_a_note_becomes_a_post() -> None:
    content = (
        '<p>Panen raya dimulai. <a href="https://taan.desa.id/berita/1">taan.desa.id/be...</a> '
        '<a href="https://s.id/tags/panenraya" class="mention hashtag" rel="tag">#PanenRaya</a></p>'
    )
    picture = {
        "type": "Document",
        "mediaType": "image/jpeg",
        "url": "https://s.id/f.jpg",
        "name": "Warga di sawah",
        "width": 800,
        "height": 600,
    }
    film = {"type": "Document", "mediaType": "video/mp4", "url": "https://s.id/f.mp4"}
    tags = [{"type": "Hashtag", "name": "#panenraya"}, {"type": "Mention", "name": "@x"}]
    entry = read([create(n(10, content, attachment=[picture, film], tag=tags))])["10"]
    assert (entry.title, entry.about) == ("Panen raya dimulai", "https://taan.desa.id/berita/1")
    assert entry.topics == ("Panen Raya",)
    assert [(image.alt, image.width) for image in entry.images] == [("Warga di sawah", 800)]
    assert [each.type for each in entry.enclosures] == ["video/mp4"]


def test_an_article_has_its_own_title_and_its_summary_is_no_warning() -> None:
    article = n(
        10, "<p>Isi lengkap berita.</p>", type="Article", name="Musdes &amp; RKP", summary="Ringkasan"
    )
    article["url"] = [
        {"type": "Link", "mediaType": "application/json", "href": "https://s.id/x.json"},
        {"type": "Link", "mediaType": "text/html", "href": "https://s.id/musdes"},
    ]
    article["image"] = {"type": "Image", "url": {"type": "Link", "href": "/musdes.jpg"}, "name": "Musdes"}
    entry = read([create(article)])["10"]
    assert entry.title == "Musdes & RKP"
    assert entry.link.endswith("/musdes")
    assert "Ringkasan" not in entry.html
    assert entry.images[0].url.endswith("/musdes.jpg")


def test_a_content_warning_is_the_title() -> None:
    entry = read([create(n(10, "<p>Rincian</p>", summary="Kecelakaan", sensitive=True))])["10"]
    assert entry.title == "Kecelakaan"
    assert entry.html.startswith("<p><strong>Kecelakaan</strong></p>")


def test_what_is_not_for_everybody_is_left_out() -> None:
    private = create(n(10, "<p>Pengikut</p>", to=[f"{ME}/followers"]))
    unlisted = create(n(11, "<p>Tak terdaftar</p>", to=[f"{ME}/followers"], cc=["as:Public"]))
    assert set(read([unlisted, private])) == {"11"}


def test_activities_by_name_and_other_kinds() -> None:
    items = [
        {"type": "Like", "object": "https://lain.id/1"},
        {"type": "Follow", "object": "https://lain.id/users/x"},
        {"type": "Create", "object": {"type": "Note"}},
        "https://s.id/users/kimtaan/statuses/99",
        7,
        None,
        n(10, "<p>Tanpa aktivitas</p>"),
    ]
    assert set(read(items)) == {"10"}


def test_threads_are_joined_and_talk_is_left_out() -> None:
    items = [
        create(n(15, "<p>Di balai desa</p>", inReplyTo="https://lain.id/9")),
        create(n(14, "<p>Untuk tetangga</p>", inReplyTo="https://s.id/users/lain/statuses/4")),
        create(n(12, "<p>Malamnya pesta</p>", inReplyTo=f"{ME}/statuses/11")),
        create(n(11, "<p>Warga gotong royong</p>", inReplyTo=f"{ME}/statuses/10")),
        create(n(10, "<p>Panen raya</p>")),
    ]
    entries = read(items)
    assert set(entries) == {"10"}
    assert entries["10"].html.index("gotong") < entries["10"].html.index("pesta")
    assert set(read(items, replies=True)) == {"10", "14", "15"}


def test_what_is_passed_on_only_by_option() -> None:
    other = {
        "type": "Article",
        "id": "https://lain.id/99",
        "content": "Kabar kecamatan",
        "attributedTo": {"type": "Person", "name": "Kecamatan"},
    }
    items = [{"type": "Announce", "id": "https://s.id/a/1", "object": other}, create(n(10, "<p>Kabar</p>"))]
    assert set(read(items)) == {"10"}
    entries = read(items, reposts=True)
    assert entries["99"].author == "Kecamatan"


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(ActivityPubHarness(), stage)


def test_a_removal_that_the_outbox_tells_is_certain(world: World) -> None:
    world.catch_up()
    base, items = world.stage.url, [*world.items]
    harness = ActivityPubHarness()
    gone = {"type": "Tombstone", "id": f"{base}/users/kimtaan/statuses/3"}
    kept = [create(harness.note(base, item)) for item in items if item.number != 3]
    told = {"type": "Delete", "id": f"{base}/d", "object": gone}
    world.stage.play(lambda asked: Server(base, [told, *kept]).answer(asked))
    (missing,) = world.visit().missing[:1]
    assert missing.id.endswith("/3")
    assert missing.certain


def test_pages_that_lead_in_a_circle_come_to_an_end(world: World) -> None:
    def circle(asked: Asked) -> Answer:
        answer = Server(
            world.stage.url, [create(note(world.stage.url, k, f"<p>nomor {k}</p>")) for k in (2, 1)]
        )
        found = json.loads(answer.answer(asked).body)
        if "page" in asked.query:
            turned = {"1": "2", "2": "3", "3": "1"}[asked.query["page"]]
            found["next"] = f"{world.stage.url}/users/kimtaan/outbox?page={turned}"
        return activity(found)

    world.stage.play(circle)
    world.catch_up()
    assert len(world.stage.requests) <= 7


def test_a_next_page_elsewhere_is_not_followed(world: World) -> None:
    def leading_away(asked: Asked) -> Answer:
        found = json.loads(Server(world.stage.url, []).answer(asked).body)
        if "page" in asked.query:
            found["orderedItems"] = [create(note(world.stage.url, 1, "<p>nomor 1</p>"))]
            found["next"] = "https://jahat.example/outbox?page=2"
        return activity(found)

    world.stage.play(leading_away)
    assert world.visit().error is None


def test_items_within_the_outbox_itself(world: World) -> None:
    """Small servers give no pages."""

    def flat(asked: Asked) -> Answer:
        if asked.path.endswith("/outbox"):
            items = [create(note(world.stage.url, k, f"<p>Kabar nomor {k}</p>")) for k in (2, 1)]
            return activity({"type": "OrderedCollection", "orderedItems": items})
        return Server(world.stage.url, []).answer(asked)

    world.stage.play(flat)
    world.catch_up()
    assert world.numbers() == [1, 2]


def test_a_server_that_wants_signatures_is_told_as_such(world: World) -> None:
    with world.stage.broken(activity({"error": "Request not signed"}, 401)):
        error = world.visit().error
    assert isinstance(error, Blocked)
    assert error.reason == "not_public"
    assert "secure mode" in error.detail


def test_a_profile_without_an_account_is_told(world: World) -> None:
    world.source = Source(1, 1, "activitypub", f"{world.stage.url}/@taada")
    error = world.visit().error
    assert isinstance(error, FetchError)
    assert error.reason == "bad_url"


def test_a_page_names_its_actor(world: World) -> None:
    base = world.stage.url
    links = (
        Link("alternate", f"{base}/users/kimtaan", "application/activity+json"),
        Link("alternate", f"{base}/users/kimtaan/statuses/3", "application/activity+json"),
        Link("alternate", f"{base}/feed", "application/rss+xml"),
    )
    page = Response(f"{base}/", 200, Headers({}), b"<html></html>")
    (proposal,) = ActivityPub().detect(Probe(page.url, page, links), world.context())
    assert (proposal.url, proposal.title) == (f"{base}/users/kimtaan", "KIM Taan")


RECORDED = sorted(path.name for path in GRANARY.glob("*.as2.json")) if GRANARY.is_dir() else []


@pytest.mark.corpora
@pytest.mark.skipif(not RECORDED, reason="../shared/data is absent")
@pytest.mark.parametrize("name", RECORDED or ["none"])
def test_recorded_objects(name: str) -> None:
    """Each as it stands in an outbox: it is read or left out, and never an error."""
    given = json.loads((GRANARY / name).read_text())
    entries = read([given, create(n(10, "<p>Kabar desa</p>"))], replies=True, reposts=True)
    assert "10" in entries
    others = [entry for key, entry in entries.items() if key != "10"]
    kept = given.get("type") in KINDS and identifier(given) and len(given) > 2
    if not kept:
        return
    ctx = TestingContext(None, now=NOW)  # type: ignore[arg-type]
    entry = entry_of([to_message(given, ctx)])
    assert entry is None or others
    if name == "article_with_image_attachment_with_alt.as2.json":
        assert entry is not None
        assert any(image.alt for image in entry.images)
    if name == "question.as2.json":
        assert entry is not None
        assert "<li>I am indifferent</li>" in entry.html
