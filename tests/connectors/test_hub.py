"""The ``hub`` connector against the contract and against what a hub's API may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hub.harvest import HubConnector
from connectors.hub.state import OVERLAP, State
from hub.model import Batch, Source
from hub.spec import Headers, ParseError, Probe, Response
from hub.testing.connector_contract import ConnectorContract, ConnectorHarness, Item
from hub.testing.context import TestingContext
from hub.testing.stage import Answer, Asked, Stage

BASE = "https://kabar.polman.example"
EARLY = datetime(2026, 1, 20, tzinfo=UTC)


def shown(number: int, updated: datetime, base: str = BASE, **changes: Any) -> dict[str, Any]:
    """A post as ``/api/v1/posts?updated_since=`` has it."""
    return {
        "id": number,
        "url": f"{base}/berita/{number}",
        "origin_id": f"{base}/berita/{number}",
        "updated": updated.isoformat(),
        "state": "visible",
        "title": f"Kabar nomor {number}",
        "body_html": f"<p>Kabar nomor {number} dari balai desa.</p>",
        "published": EARLY.isoformat(),
        "site": {"id": 3, "name": "KIM Karampuang"},
        "village": {"code": "76.02.01.2010", "name": "Karampuang"},
        "topics": [{"slug": "panen", "label": "Panen"}],
        "images": [{"url": "https://karampuang.example/panen.jpg", "alt": "Panen"}],
        "enclosures": [],
        "original_url": f"https://karampuang.example/artikel/{number}",
        "author": "",
        "version": 1,
        "language": "id",
        "origin": "",
        "via": [],
        "alert": None,
    } | changes


class ApiHarness(ConnectorHarness):
    """Plays the API: what is new or changed bears the time of the visit, what vanished is a tombstone."""

    connector = HubConnector()
    lacks = frozenset({"auth", "charset"})

    def __init__(self) -> None:
        self.kept: dict[int, tuple[Item | None, datetime]] = {}
        self.now = EARLY

    def prepare(self, context: TestingContext, items: Sequence[Item]) -> None:
        self.now = context.now() - timedelta(minutes=30)

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        self._keep(items)
        if asked.path == "/api/v1/posts/ids":
            there = [self._address(asked, n) for n, (item, _) in self.kept.items() if item]
            return Answer.json({"results": there, "next": None})
        if asked.path != "/api/v1/posts":
            return Answer.json({}, 404)
        if "updated_since" not in asked.query:
            return Answer.json({"results": [{"title": item.title} for item in items], "next": None})
        since = datetime.fromisoformat(asked.query["updated_since"])
        found = sorted((at, n) for n, (_, at) in self.kept.items() if at >= since)
        start, limit = int(asked.query.get("cursor", 0)), int(asked.query["limit"])
        results = [self._shape(asked, n) for _, n in found[start : start + limit]]
        following = str(start + limit) if start + limit < len(found) else None
        return Answer.json({"results": results, "next": following})

    def _keep(self, items: Sequence[Item]) -> None:
        if not items:
            self.kept.clear()  # another database; a tombstone would be a word about the post
        there = {item.number: item for item in items}
        for number in {*self.kept, *there}:
            item = there.get(number)
            if number not in self.kept or self.kept[number][0] != item:
                self.kept[number] = (item, self.now)

    def _address(self, asked: Asked, number: int) -> str:
        return f"http://{asked.headers['host']}/berita/{number}"

    def _shape(self, asked: Asked, number: int) -> Mapping[str, Any]:
        item, updated = self.kept[number]
        base = f"http://{asked.headers['host']}"
        if item is None:
            gone = {"id": number, "url": self._address(asked, number), "state": "withdrawn"}
            return gone | {"origin_id": self._address(asked, number), "updated": updated.isoformat()}
        text = {"title": item.title, "body_html": item.html, "published": item.published.isoformat()}
        return shown(number, updated, base, **text, version=2 if item.updated else 1)


class TestHub(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return ApiHarness()


# -- of its own -------------------------------------------------------------------------------------


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


def visit(stage: Stage, *items: dict[str, Any], cursor: Any = None, **context: Any) -> list[Batch]:
    stage.play(lambda asked: Answer.json({"results": list(items), "next": None}))
    lent = TestingContext(stage.http("kabar.polman.example"), now=EARLY + timedelta(days=1), **context)
    return list(HubConnector().harvest(Source(1, 1, "hub", f"{BASE}/"), cursor, lent))


def test_provenance_is_kept(stage: Stage) -> None:
    far = shown(
        2,
        EARLY,
        origin="KIM Salassa",
        via=["https://luwu.example"],
        origin_id="https://luwu.example/berita/9",
    )
    (near, passed) = visit(stage, shown(1, EARLY), far)[0].entries
    assert (near.id, near.origin, near.via) == (f"{BASE}/berita/1", "KIM Karampuang", (BASE,))
    assert near.link == "https://karampuang.example/artikel/1"
    assert near.village == "76.02.01.2010"
    assert near.topics == ("Panen",)
    assert near.images[0].alt == "Panen"
    assert near.updated is None
    assert (passed.id, passed.origin) == ("https://luwu.example/berita/9", "KIM Salassa")
    assert passed.via == ("https://luwu.example", BASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"via": ["https://kabar.example", "https://x.example"]},
        {"via": ["http://KABAR.example/"]},
        {"origin_id": "https://kabar.example/berita/5"},
    ],
)
def test_what_was_here_is_left_out(stage: Stage, changes: dict[str, Any]) -> None:
    batches = visit(stage, shown(1, EARLY, **changes), shown(2, EARLY))
    assert [entry.title for batch in batches for entry in batch.entries] == ["Kabar nomor 2"]


def test_a_warning_comes_whole_with_its_identifier(stage: Stage) -> None:
    alert = {
        "identifier": "2.49.0.1.360.0.2026",
        "kind": "weather",
        "event": "Hujan lebat",
        "severity": "Severe",
        "expires": "2026-01-21T00:00:00Z",
        "onset": None,
        "polygons": [[[-2.5, 118.8], [-2.6, 118.9], ["x", 1]]],
    }
    (entry,) = visit(stage, shown(1, EARLY, alert=alert))[0].entries
    assert entry.aliases == ("2.49.0.1.360.0.2026",)
    assert entry.alert is not None
    assert entry.alert.polygons == (((-2.5, 118.8), (-2.6, 118.9)),)
    assert entry.alert.expires == datetime(2026, 1, 21, tzinfo=UTC)


@pytest.mark.parametrize("item", [{"id": 1, "title": "lama"}, 7])
def test_a_hub_that_does_not_tell_what_changed_is_named(stage: Stage, item: Any) -> None:
    with pytest.raises(ParseError, match="must be updated"):
        visit(stage, item)


def test_odd_values_harm_nothing(stage: Stage) -> None:
    odd = {"topics": None, "images": [1, {}], "via": "x", "site": None, "village": 7, "updated": "kapan"}
    (entry, *_) = visit(stage, shown(1, EARLY, enclosures=[{"length": True}]) | odd)[0].entries
    assert entry.village == ""
    assert entry.via == (BASE,)


def test_a_cursor_of_anything_loads() -> None:
    for saved in ({"since": 7}, {"edge": [1, ["a"], ["a", "b"]]}, {"validators": 3, "swept": "nie"}):
        assert State.load(saved) == State()


def test_what_is_removed_with_its_site_is_found_once_a_day(stage: Stage) -> None:
    connector, source = HubConnector(), Source(1, 1, "hub", f"{BASE}/")
    known = [f"{BASE}/berita/{n}" for n in (1, 2)]

    def play(asked: Asked) -> Answer:
        if asked.path.endswith("/ids"):
            following = None if asked.query else "2"
            return Answer.json({"results": known[1:] if following else [], "next": following})
        return Answer.json({"results": [], "next": None})

    stage.play(play)
    lent = TestingContext(stage.http("kabar.polman.example"), now=EARLY, known=known)
    cursor = list(connector.harvest(source, None, lent))[-1].cursor
    assert not any(asked.path.endswith("/ids") for asked in stage.requests)
    tomorrow = TestingContext(
        stage.http("kabar.polman.example"), now=EARLY + timedelta(hours=25), known=known
    )
    last = list(connector.harvest(source, cursor, tomorrow))[-1]
    assert [(each.id, each.certain) for each in last.missing] == [(known[0], False)]
    assert sum(asked.path.endswith("/ids") for asked in stage.requests) == 2


def test_a_fresh_change_is_asked_for_again_and_an_old_one_is_not(stage: Stage) -> None:
    fresh = EARLY + timedelta(days=1) - OVERLAP / 2
    for updated, since in ((EARLY, EARLY), (fresh, fresh - OVERLAP)):
        batches = visit(stage, shown(1, updated))
        assert State.load(batches[-1].cursor).since == since
        assert sum(len(batch.entries) for batch in batches) == 1


@pytest.mark.parametrize(
    ("generator", "title", "found"),
    [("kimhub 1.0", "kimhub", True), ("kimhub", "Petstore", False), ("WordPress 6.8", "kimhub", False)],
)
def test_a_hub_is_detected(stage: Stage, generator: str, title: str, found: bool) -> None:
    stage.play(lambda asked: Answer.json({"info": {"title": title}}))
    lent = TestingContext(stage.http("kabar.polman.example"))
    page = Response(f"{BASE}/sumber", 200, Headers())
    probe = Probe(f"{BASE}/sumber", page, generator=generator, title="Kabar Polman")
    proposals = list(HubConnector().detect(probe, lent))
    assert [(each.connector, each.url, each.rank) for each in proposals] == [("hub", f"{BASE}/", 5)] * found
    own = replace(probe, url="https://kabar.example/")
    assert not list(HubConnector().detect(own, lent))
