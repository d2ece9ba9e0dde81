"""Gold: the connector is economical, and exact about what it knows."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hub.errors import Blocked, FetchError, RemoteError
from hub.testing.connector_harness import ConnectorHarness, make_items
from hub.testing.connector_world import World, past
from hub.testing.stage import Answer, Stage

#: Visits, a day apart, within which an edit or a deletion must be noticed where that is claimed.
_DAYS = 4
_WALL = ("firewall", "browser_wanted")


class Exact:
    def test_check_tells_the_causes_apart(self, world: World, harness: ConnectorHarness) -> None:
        assert world.check().entries
        if not harness.can("network"):
            assert not world.stage.requests
            return
        with world.stage.broken(Answer(reset=True)):
            down = world.check_error()
        assert down.reason == "unreachable", down
        assert not down.permanent, "a side that is down comes back"
        with world.stage.broken(harness.challenge):
            blocked = world.check_error()
        assert blocked.reason not in ("unreachable", "auth", "gone", "not_a_feed"), blocked
        assert _is_wall(blocked), f"not told as a refusal of machines: {blocked!r}"
        if harness.can("auth"):
            with world.stage.broken(harness.refuse):
                refused = world.check_error()
            assert refused.reason in ("auth", "auth_key"), refused
        with world.stage.broken(Answer(b"galat", 500, "text/plain")):
            failed = world.check_error()
        assert failed.reason == "http_5xx", failed
        assert world.check().entries, "after the trouble all is well"

    def test_an_unchanged_source_costs_no_parsing(self, world: World, harness: ConnectorHarness) -> None:
        first = world.catch_up()
        before, asked = world.not_modified, len(world.stage.requests)
        visit = world.visit()
        assert visit.error is None
        new = world.stage.requests[asked:]
        conditional = [each for each in new if {"if-none-match", "if-modified-since"} & set(each.headers)]
        if not harness.can("conditional"):
            assert not conditional, "a condition that the other side never offered"
            return
        assert world.not_modified > before, "no conditional request was sent"
        assert not visit.entries
        assert not visit.parsed
        assert visit.batches[-1].unchanged, "the hub is not told that nothing changed"
        assert first.entries

    def test_the_deadline_is_kept(self, world: World, harness: ConnectorHarness) -> None:
        if not harness.can("paging"):
            late = world.context()
            late.deadline = past()
            batches = list(world.batches(late))
            assert batches
            assert not any(batch.more for batch in batches) or len(world.stage.requests) <= 2
            world.catch_up()
            assert world.numbers() == world.wanted()
            return
        world.items = make_items(range(1, harness.many + 1))
        world.catch_up()
        needed = len(world.stage.requests)
        world.stage.requests.clear()
        world.cursor, world.entries = None, {}
        late = world.context()
        late.deadline = past()
        batches = list(world.batches(late))
        assert batches[-1].more, "more pages wait, but the hub is not told"
        if harness.can("network"):
            assert len(world.stage.requests) < needed, "reads on when its time is over"
        assert len(world.numbers()) < len(world.wanted()), "reads on when its time is over"
        world.catch_up()
        assert world.numbers() == world.wanted()

    def test_all_pages_are_read(self, world: World, harness: ConnectorHarness) -> None:
        world.items = make_items(range(1, harness.many + 1))
        visit = world.catch_up()
        if harness.can("paging"):
            assert world.numbers() == world.wanted()
            assert len(world.entries) == harness.many
            return
        # of one page more may wait too: articles that are fetched one by one
        for number, batch in enumerate(visit.batches, 1):
            brought = any(later.entries for later in visit.batches[number:])
            assert brought or not batch.more, "more of what cannot be had is announced"

    def test_an_edit_keeps_its_id(self, world: World, harness: ConnectorHarness) -> None:
        world.catch_up()
        ids, before = set(world.entries), world.entry(3).digest
        html = "<p>Kabar nomor 3 dari Desa Taan: jadwal kerja bakti pindah ke hari Sabtu.</p>"
        world.change(3, title="Kabar nomor 3 dari Desa Taan (diperbarui)", html=html)
        for _ in range(_DAYS):
            world.catch_up()
            world.ahead += timedelta(days=1)
        assert set(world.entries) == ids, "an edit made another entry of it"
        if harness.can("edits"):
            entry = world.entry(3)
            assert entry.digest != before, "the edit was never noticed"
            assert "Sabtu" in f"{entry.html} {entry.summary}" or "diperbarui" in entry.title

    def test_a_deletion_is_told_or_not_claimed(self, world: World, harness: ConnectorHarness) -> None:
        world.catch_up()
        third = world.entry(3).id
        world.remove(3)
        told: set[str] = set()
        for _ in range(_DAYS):
            told |= {each.id for each in world.catch_up().missing}
            world.ahead += timedelta(days=1)
        assert told == ({third} if harness.can("deletions") else set())

    def test_a_source_that_shows_nothing_withdraws_nothing_for_certain(self, world: World) -> None:
        world.catch_up()
        world.items = []
        visit = world.catch_up()
        assert not any(each.certain for each in visit.missing), "an empty answer is no word about the posts"

    def test_it_keeps_no_state_between_calls(self, world: World, harness: ConnectorHarness) -> None:
        before = _state(harness.connector)
        world.check()
        world.catch_up()
        assert _state(harness.connector) == before, "one object serves all sources, from several threads"

    def test_two_sources_at_once_do_not_mix(self, world: World, harness: ConnectorHarness) -> None:
        with Stage() as stage:
            other = World(harness, stage, make_items(range(21, 26)))
            barrier = threading.Barrier(2)

            def run(each: World) -> list[int]:
                barrier.wait(10)
                each.catch_up()
                each.catch_up()
                return each.numbers()

            with ThreadPoolExecutor(2) as pool:
                assert list(pool.map(run, (world, other))) == [world.wanted(), other.wanted()]


def _is_wall(error: RemoteError) -> bool:
    refused = isinstance(error, FetchError) and error.status == 403
    return refused or isinstance(error, Blocked) or error.hint in _WALL


def _state(connector: object) -> str:
    return repr(sorted(getattr(connector, "__dict__", {}).items()))
