"""What visits leave behind, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.app import Hub
from hub.errors import FetchError, NotFound, ParseError
from hub.model import Batch, Draft, Harvest, Missing, Oddity, SearchRequest, Source, Topic, Verdict
from hub.services.harvesting import HarvestRun
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from tests.clock import Clock
from tests.services.conftest import FEED


def batch(*numbers: int, cursor: int = 1, **rest: object) -> Batch:
    return Batch({"n": cursor}, entries=tuple(map(entry, numbers)), **rest)  # type: ignore[arg-type]


def run(hub: Hub, clock: Clock) -> Harvest:
    """One visit of the only source, an hour later."""
    clock.forward(hours=1)
    (harvest,) = hub.harvesting.run(everything=True).harvests
    return harvest


def titles(hub: Hub, q: str = "") -> list[str]:
    return [card.title for card in hub.reading.search(SearchRequest(q)).results]


def test_new_posts_are_stored_shown_and_found(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [batch(1, 2)])
    harvest = run(hub, clock)
    assert (harvest.new, harvest.unchanged, harvest.reason) == (2, 0, None)
    assert len(titles(hub)) == 2
    assert len(titles(hub, "gotong royong")) == 2
    page = hub.reading.post(hub.reading.search(SearchRequest()).results[0].id)
    assert page.village.name == "Taan"
    assert page.kecamatan.name == "Tapalang"
    assert hub.registering.source(source.id).cursor == {"n": 1}


def test_a_second_visit_brings_nothing_twice(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [batch(1, 2)], [batch(1, 2, 3)])
    run(hub, clock)
    harvest = run(hub, clock)
    assert (harvest.new, harvest.unchanged) == (1, 2)
    assert connector.cursors == [None, {"n": 1}]
    assert len(titles(hub)) == 3


def test_an_edit_is_shown_with_its_history_and_is_no_news(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    edited = replace(entry(1), title="Jalan tani selesai", html="<p>Jalan tani sudah selesai dikerjakan.</p>")
    connector.plan(FEED, [batch(1, 2)], [Batch({"n": 2}, entries=(edited,))])
    run(hub, clock)
    before = {card.id: card.sort_at for card in hub.reading.search(SearchRequest()).results}
    harvest = run(hub, clock)
    assert (harvest.new, harvest.updated) == (0, 1)
    (card,) = hub.reading.search(SearchRequest("judul:selesai")).results
    assert card.sort_at == before[card.id]
    page = hub.reading.post(card.id)
    assert page.post.version == 2
    assert [version.title for version in page.versions] == ["Kabar nomor 1 dari Desa Taan"]
    assert titles(hub, '"nomor 1"') == []


def test_a_harmless_edit_makes_no_version(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    spaced = replace(entry(1), html=entry(1).html.replace("<p>", "<p>\n  ").replace(" sore", "   sore"))
    connector.plan(FEED, [batch(1)], [Batch({}, entries=(spaced,))])
    run(hub, clock)
    run(hub, clock)
    (card,) = hub.reading.search(SearchRequest()).results
    assert hub.reading.post(card.id).post.version == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "http://www.taan.example/?p=1"},
        {"id": "urn:uuid:1234", "link": "http://taan.example/berita/1/?utm_source=wa&utm_medium=x"},
        {"id": "urn:uuid:1234", "link": "https://taan.example/lain/alamat-baru"},
    ],
    ids=["http-and-www", "link-with-utm", "moved-but-the-same-text"],
)
def test_a_post_that_comes_under_another_identity_is_the_same_post(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock, changed: dict[str, str]
) -> None:
    day = datetime(2026, 11, 20, tzinfo=UTC)
    first, again = replace(entry(1), published=day), replace(entry(1), published=day, **changed)
    connector.plan(FEED, [Batch({}, entries=(first,))], [Batch({}, entries=(again,))])
    run(hub, clock)
    assert run(hub, clock).new == 0
    assert len(titles(hub)) == 1


def test_items_that_all_link_to_one_page_stay_apart(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    entries = tuple(replace(entry(n), link="https://taan.example/berita") for n in (1, 2, 3))
    connector.plan(FEED, [Batch({}, entries=entries)], [Batch({}, entries=entries)])
    assert run(hub, clock).new == 3
    assert run(hub, clock).unchanged == 3


def test_identifiers_that_change_at_every_visit_are_noticed(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    def session(number: int) -> Batch:
        entries = (replace(entry(n), id=f"sess{number}-{n}", aliases=()) for n in (1, 2, 3))
        return Batch({}, entries=tuple(entries))

    connector.plan(FEED, *([session(n)] for n in range(6)))
    harvests = [run(hub, clock) for _ in range(6)]
    assert sum(each.new for each in harvests) == 3
    assert harvests[-1].warning == "unstable_guid"
    assert hub.registering.source(source.id).reason == "unstable_guid"


def test_two_sources_of_a_site_share_a_post(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    other = "https://taan.example/api"
    hub.registering.add_source(source.site_id, "scripted", other)
    through_api = replace(entry(1), id="wp:1", aliases=("https://taan.example/?p=1",))
    connector.plan(FEED, [batch(1)])
    connector.plan(other, [Batch({}, entries=(through_api,))])
    hub.harvesting.run(everything=True)
    assert len(titles(hub)) == 1


def test_the_same_guid_on_two_sites_is_two_posts(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    other = hub.registering.add_site(
        "KIM Kalukku", "https://kalukku.example/", "76.02.03.1003", probe=False, connector="scripted"
    )
    connector.plan(FEED, [Batch({}, entries=(replace(entry(1), id="?p=1"),))])
    stranger = replace(entry(2), id="?p=1", link="https://kalukku.example/berita/2")
    connector.plan(other.sources[0].url, [Batch({}, entries=(stranger,))])
    hub.harvesting.run(everything=True)
    assert len(titles(hub)) == 2


def test_what_was_stored_before_an_error_stays_and_the_visit_resumes_there(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [batch(1, 2, cursor=1), FetchError("timeout", "20 s")], [batch(3, cursor=2)])
    harvest = run(hub, clock)
    assert (harvest.new, harvest.reason) == (2, "timeout")
    assert len(titles(hub)) == 2
    assert run(hub, clock).reason is None
    assert connector.cursors == [None, {"n": 1}]
    assert len(titles(hub)) == 3


@pytest.mark.parametrize("crash", [ValueError("bug"), SystemExit(3), ZeroDivisionError()])
def test_a_crashing_connector_costs_its_own_source_only(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock, crash: BaseException
) -> None:
    other = "https://taan.example/other"
    hub.registering.add_source(source.site_id, "scripted", other)
    connector.plan(FEED, [crash])
    connector.plan(other, [batch(1)])
    harvests = {each.source.url: each for each in hub.harvesting.run(everything=True).harvests}
    assert harvests[FEED].reason == "plugin"
    assert harvests[other].new == 1


def test_failures_back_off_and_success_forgets_them(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, *([FetchError("unreachable")] for _ in range(3)))
    waits = []
    for _ in range(3):
        run(hub, clock)
        stored = hub.registering.source(source.id)
        waits.append((stored.due_at - clock()).total_seconds())  # type: ignore[operator]
    assert waits[0] < waits[1] < waits[2]
    assert hub.reading.site(source.site_id).state == "trouble"
    run(hub, clock)
    assert hub.registering.source(source.id).failures == 0
    assert hub.reading.site(source.site_id).state != "trouble"


def test_retry_after_is_obeyed_within_bounds(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    for asked, least, most in ((120, 120, 140), (1, 60, 70), (10**9, 86400, 96000)):
        connector.plan(FEED, [FetchError("rate_limited", retry_after=asked)])
        harvest = run(hub, clock)
        assert harvest.retry_at is not None
        assert least <= (harvest.retry_at - clock()).total_seconds() <= most


def test_gone_stops_and_posts_stay(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [batch(1)], [FetchError("gone", permanent=True)])
    run(hub, clock)
    run(hub, clock)
    assert hub.registering.source(source.id).state == "gone"
    clock.forward(days=30)
    assert hub.harvesting.run(everything=True).harvests == ()
    assert len(titles(hub)) == 1


def test_a_missing_post_is_withdrawn_at_the_second_sighting_and_comes_back(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    gone = Batch({}, missing=(Missing(entry(1).id),))
    connector.plan(FEED, [batch(1, 2)], [gone], [gone], [batch(1)])
    run(hub, clock)
    (card,) = [each for each in hub.reading.search(SearchRequest()).results if "nomor 1" in each.title]
    assert run(hub, clock).deleted == 0
    assert len(titles(hub)) == 2
    assert run(hub, clock).deleted == 1
    assert titles(hub) == ["Kabar nomor 2 dari Desa Taan"]
    assert titles(hub, '"nomor 1"') == []
    assert hub.reading.post(card.id).post.state == "withdrawn"
    assert run(hub, clock).updated == 1
    assert hub.reading.post(card.id).post.state == "visible"
    assert len(titles(hub)) == 2


def test_a_sighting_between_two_misses_starts_the_count_anew(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    gone = Batch({}, missing=(Missing(entry(1).id),))
    connector.plan(FEED, [batch(1)], [gone], [batch(1)], [gone])
    for _ in range(4):
        harvest = run(hub, clock)
    assert harvest.deleted == 0
    assert len(titles(hub)) == 1


def test_what_the_source_states_as_gone_goes_at_once(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [batch(1)], [Batch({}, missing=(Missing(entry(1).id, certain=True),))])
    run(hub, clock)
    assert run(hub, clock).deleted == 1
    assert titles(hub) == []


def test_a_move_is_adopted_after_seven_days_of_agreeing(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    target = "https://baru.example/feed"
    connector.plan(FEED, *([Batch({}, unchanged=True, moved_to=target)] for _ in range(3)))
    assert run(hub, clock).warning == "moved"
    clock.forward(days=6)
    run(hub, clock)
    assert hub.registering.source(source.id).url == FEED
    clock.forward(days=1)
    run(hub, clock)
    assert hub.registering.source(source.id).url == target


def test_a_move_that_is_taken_back_is_forgotten_and_an_operator_may_confirm(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    moved = Batch({}, unchanged=True, moved_to="https://baru.example/feed")
    connector.plan(FEED, [moved], [Batch({}, unchanged=True)], [moved])
    run(hub, clock)
    run(hub, clock)
    assert hub.registering.source(source.id).moved_to is None
    run(hub, clock)
    assert hub.registering.confirm_move(source.id).url == "https://baru.example/feed"


def test_future_dates_pin_nothing_on_top(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    future = replace(entry(1), published=datetime(2099, 1, 1, tzinfo=UTC), published_as_given="2099-01-01")
    connector.plan(FEED, [Batch({}, entries=(future,))], [batch(2)])
    run(hub, clock)
    run(hub, clock)
    assert titles(hub)[0] == "Kabar nomor 2 dari Desa Taan"
    doubtful = hub.reading.post(hub.reading.search(SearchRequest()).results[1].id).post
    assert doubtful.date_doubtful
    assert doubtful.published_as_given == "2099-01-01"


def test_warnings_are_shown_without_being_errors(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [replace(batch(1), warnings=(Oddity("degraded", "half an item"),))])
    harvest = run(hub, clock)
    assert (harvest.reason, harvest.warning) == (None, "degraded")
    stored = hub.registering.source(source.id)
    assert (stored.reason, stored.problem, stored.failures) == ("degraded", "half an item", 0)


def test_one_failing_source_never_empties_a_page(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    connector.plan(FEED, [batch(1)], [ParseError("not_a_feed", "HTML")])
    run(hub, clock)
    run(hub, clock)
    assert len(titles(hub)) == 1
    assert hub.reading.home().lead is not None


def test_a_post_that_the_database_refuses_costs_its_source_only(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    odd = replace(entry(1), title="Nol \x00 dan \ud800 di judul", author="\x00" * 5, language="x" * 9999)
    connector.plan(FEED, [Batch({}, entries=(odd, entry(2)))])
    harvest = run(hub, clock)
    assert harvest.new == 2
    assert any("Nol" in title for title in titles(hub))


class Careful:
    """A refiner that holds back one word and adds a topic to the rest."""

    name = "careful"

    def refine(self, draft: Draft, source: Source) -> Verdict:
        if "nomor 1" in draft.title:
            return Verdict(quarantine="kata terlarang")
        return Verdict(topics=(Topic("jalan", "Jalan"),))


class Broken:
    name = "broken"

    def refine(self, draft: Draft, source: Source) -> Verdict:
        raise RuntimeError("bug")


def test_refiners_hold_back_and_enrich_and_a_broken_one_is_passed_over(
    tmp_path: object, database_url: str, clock: Clock
) -> None:
    from pathlib import Path

    connector = ScriptedConnector()
    settings = {"database": {"url": database_url.replace("+psycopg", "")}}
    hub = scripted_hub(
        Path(str(tmp_path)), connector, now=clock, refiners=[Broken(), Careful()], settings=settings
    )
    hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, connector="scripted", feed_url=FEED
    )
    connector.plan(FEED, [batch(1, 2)])
    harvest = run(hub, clock)
    assert (harvest.new, harvest.quarantined) == (1, 1)
    assert titles(hub) == ["Kabar nomor 2 dari Desa Taan"]
    assert hub.reading.topic("jalan").posts == 1
    with pytest.raises(NotFound):
        hub.reading.post(1 if hub.reading.search(SearchRequest()).results[0].id == 2 else 2)
    hub.close()


def test_a_lost_lease_stores_nothing_more(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    def overtaken(_: Source) -> None:
        with hub.store.write() as tx:
            tx.sources.edit(source.id, lease="somebody/else", leased_until=clock() + timedelta(hours=1))

    connector.before = overtaken
    connector.plan(FEED, [batch(1)])
    harvest = run(hub, clock)
    assert harvest.reason == "degraded"
    assert titles(hub) == []


def test_a_site_removed_in_the_middle_of_a_visit_stops_nobody_else(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    other = hub.registering.add_site(
        "KIM Kalukku", "https://kalukku.example/", "76.02.03.1003", probe=False, connector="scripted"
    )

    def removed(visited: Source) -> None:
        if visited.id == source.id:
            hub.registering.remove_site(source.site_id)

    connector.before = removed
    connector.plan(FEED, [batch(1)])
    connector.plan(other.sources[0].url, [batch(2)])
    harvests = {each.source.id: each for each in hub.harvesting.run(everything=True).harvests}
    assert harvests[other.sources[0].id].new == 1
    assert len(titles(hub)) == 1


def test_scopes(hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock) -> None:
    hub.registering.add_source(source.site_id, "scripted", "https://taan.example/b")
    first: HarvestRun = hub.harvesting.run()
    assert len(first.harvests) == 2
    assert hub.harvesting.run().harvests == ()
    clock.forward(seconds=1)
    assert [each.source.id for each in hub.harvesting.run(source=source.id).harvests] == [source.id]
    clock.forward(seconds=1)
    assert len(hub.harvesting.run(site=source.site_id).harvests) == 2
    with pytest.raises(NotFound):
        hub.harvesting.run(site=99)
    hub.registering.pause_source(source.id)
    clock.forward(seconds=1)
    assert len(hub.harvesting.run(everything=True).harvests) == 1
