"""Searches as residents make them: slips, places, periods, ways on and completions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hub.app import Hub
from hub.errors import BadQuery
from hub.model import Filters, SearchPage, SearchRequest
from tests.clock import Clock
from tests.search.villages import (
    BERU_BERU,
    KALUKKU_KECAMATAN,
    KASAMBANG,
    TAAN,
    TAPALANG,
    open_villages,
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    opened = open_villages(tmp_path_factory.mktemp("villages"), Clock())
    yield opened
    opened.close()


def find(hub: Hub, q: str, exact: bool = False, **filters: object) -> SearchPage:
    return hub.reading.search(SearchRequest(q, Filters(**filters), exact=exact))  # type: ignore[arg-type]


# -- slips ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant", "total"),
    [
        ("posyadu", "posyandu", 13),
        ("bantaun beras", "bantuan beras", 1),
        ("bantaun brras", "bantuan beras", 1),
        ("bantuanberas", "bantuan beras", 1),
        ("musrembang", "musrenbang", 1),
        ("kasambag", "kasambang", 3),
        ("desa:Tan", "desa:Taan", 3),
        ("posyadu desa:Tan", "posyandu desa:Taan", 1),
        ('kec:"Kaluku" longsor', 'kec:"Kalukku" longsor', 1),
    ],
)
def test_a_slip_is_answered_as_it_was_meant(hub: Hub, typed: str, meant: str, total: int) -> None:
    found = find(hub, typed)
    assert (found.corrected, found.suggestion and found.suggestion.lower()) == (True, meant.lower())
    assert (found.query, found.total) == (typed, total)
    assert found.results


def test_the_words_as_typed_can_be_insisted_on(hub: Hub) -> None:
    found = find(hub, "posyadu", exact=True)
    assert (found.corrected, found.total, found.suggestion) == (False, 0, "posyandu")
    assert found.results == ()


def test_a_right_word_is_no_slip_though_nothing_is_told_of_it(hub: Hub) -> None:
    found = find(hub, "gempa")
    assert (found.corrected, found.suggestion, found.total) == (False, None, 0)


def test_a_right_word_is_no_slip_because_filters_leave_nothing(hub: Hub) -> None:
    found = find(hub, "longsor", village=TAAN)
    assert (found.corrected, found.suggestion, found.total) == (False, None, 0)


def test_a_slip_that_filters_leave_nothing_of_is_still_named(hub: Hub) -> None:
    found = find(hub, "longsorr", village=TAAN)
    assert (found.corrected, found.suggestion, found.total) == (False, "longsor", 0)


def test_a_slip_that_others_made_too_is_offered_beside_what_was_found(hub: Hub) -> None:
    found = find(hub, "posiandu")
    assert (found.corrected, found.total, found.suggestion) == (False, 1, "posyandu")
    assert find(hub, "longsor").suggestion is None


def test_two_words_for_one_are_found_as_one(hub: Hub) -> None:
    assert find(hub, "pos yandu").total == 13


def test_the_answer_for_what_was_meant_has_pages(hub: Hub) -> None:
    first = hub.reading.search(SearchRequest("posyadu", limit=5))
    second = hub.reading.search(SearchRequest("posyadu", limit=5, cursor=first.next))
    assert second.corrected
    assert {card.id for card in first.results}.isdisjoint(card.id for card in second.results)


# -- words for one another ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "first", "then"), [("gotong royong", "Gotong", "Kerja"), ("kerja bakti", "Kerja", "Gotong")]
)
def test_another_word_for_it_comes_after_the_word_itself(hub: Hub, q: str, first: str, then: str) -> None:
    titles = [card.title.split()[0] for card in find(hub, q).results]
    assert titles[:2] == [first, then]


# -- operators ----------------------------------------------------------------------------------------


def test_operators_are_told_apart_from_words(hub: Hub) -> None:
    found = find(hub, "posyandu desa:Taan sejak:2026-01-01")
    assert (found.plain, found.filters.village) == ("posyandu", TAAN)
    assert found.filters.since == datetime(2025, 12, 31, 16, tzinfo=UTC)


def test_the_ends_of_a_period_may_come_in_either_order(hub: Hub) -> None:
    right, turned = (
        find(hub, "sejak:2026-11-01 sampai:2026-11-30"),
        find(hub, "sejak:2026-11-30 sampai:2026-11-01"),
    )
    assert right.total == turned.total > 0


@pytest.mark.parametrize("q", ['"', "🎉🎉", "-- !!", "()"])
def test_a_query_without_words_lists_the_newest_and_says_so(hub: Hub, q: str) -> None:
    found = find(hub, q)
    assert (found.notice, found.total) == ("no_words", 22)


@pytest.mark.parametrize("q", ["desa:Taan", "  ", ""])
def test_filters_alone_are_a_list_without_a_notice(hub: Hub, q: str) -> None:
    assert find(hub, q).notice == ""


@pytest.mark.parametrize(("q", "total"), [("-posyandu", 9), ("di yang ke dari", 0)])
def test_odd_queries_are_answered(hub: Hub, q: str, total: int) -> None:
    assert find(hub, q).total == total


@pytest.mark.parametrize("cursor", ["o", "n1", "x" * 500, "bjEuMQ", "é", "bzk5OTk5OTk5OTk"])
def test_a_cursor_of_another_list_is_refused(hub: Hub, cursor: str) -> None:
    with pytest.raises(BadQuery):
        hub.reading.search(SearchRequest("posyandu", cursor=cursor))


# -- ways on from an empty answer ---------------------------------------------------------------------


def test_each_filter_may_be_dropped_with_what_there_is_then(hub: Hub) -> None:
    filters = Filters(village=TAAN, topic="bencana", since=datetime(2026, 1, 1, tzinfo=UTC))
    wider = hub.reading.wider(SearchRequest("posyandu", filters))
    assert dict(wider.without) == {"topic": 1, "all": 13}


def test_the_rarest_word_may_be_left_out(hub: Hub) -> None:
    assert hub.reading.wider(SearchRequest("posyandu gempa")).fewer == ("posyandu", 13)
    assert hub.reading.wider(SearchRequest("gempa")).fewer is None
    asked = "apa yang dimaksud dengan posyandu gempa"
    assert hub.reading.wider(SearchRequest(asked)).fewer == ("apa yang dimaksud dengan posyandu", 13)


def test_villages_nearby_that_have_it_are_named(hub: Hub) -> None:
    wider = hub.reading.wider(SearchRequest("banjir", Filters(village=TAAN)))
    assert [(each.value, each.count) for each in wider.nearby] == [(KASAMBANG, 1)]
    wider = hub.reading.wider(SearchRequest("banjir", Filters(kecamatan=KALUKKU_KECAMATAN)))
    assert [(each.value, each.count) for each in wider.nearby] == [(TAPALANG, 1)]


def test_the_latest_from_around_end_every_empty_answer(hub: Hub) -> None:
    wider = hub.reading.wider(SearchRequest("zzzz", Filters(village=KASAMBANG)))
    assert wider.around is not None
    assert wider.around.code == TAPALANG
    assert {card.village.code for card in wider.latest} == {TAAN, KASAMBANG}
    nowhere = hub.reading.wider(SearchRequest("zzzz"))
    assert (nowhere.around, len(nowhere.latest)) == (None, 3)


def test_an_unheard_of_place_is_no_error(hub: Hub) -> None:
    wider = hub.reading.wider(SearchRequest("posyandu", Filters(village="99.99.99.9999")))
    assert dict(wider.without) == {"village": 13}
    assert len(wider.latest) == 3


# -- completions ----------------------------------------------------------------------------------------


def rows(hub: Hub, typed: str) -> list[tuple[str, str]]:
    return [
        (each.kind, each.key if each.kind != "post" else each.label) for each in hub.reading.complete(typed)
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("taa", ("village", TAAN)),
        ("DESA TAA", ("village", TAAN)),
        ("pati'di", ("village", "76.02.12.2009")),
        ("PATIDI", ("village", "76.02.12.2009")),
        ("beru beru", ("village", BERU_BERU)),
        ("beru-be", ("village", BERU_BERU)),
        ("beruberu", ("village", BERU_BERU)),
        ("kec kalu", ("kecamatan", KALUKKU_KECAMATAN)),
        ("bencan", ("topic", "bencana")),
        ("kim kasam", ("site", "2")),
        ("posy", ("words", "posyandu")),
        ("bantuan ber", ("words", "bantuan beras")),
        ("musren", ("post", "Musrenbang kelurahan tetapkan usulan")),
        ("kerja bakti memper", ("post", "Kerja bakti memperbaiki jembatan")),
        ("banjir kalu", ("within", KALUKKU_KECAMATAN)),
    ],
)
def test_what_is_typed_is_completed(hub: Hub, typed: str, expected: tuple[str, str]) -> None:
    assert expected in rows(hub, typed)


@pytest.mark.parametrize("typed", ["", "p", " ", "'", "🎉", "\0\0", "zzzz", "x" * 5000])
def test_nothing_is_offered_where_nothing_fits(hub: Hub, typed: str) -> None:
    assert rows(hub, typed) == []


def test_rows_are_few_and_none_comes_twice(hub: Hub) -> None:
    found = rows(hub, "pos")
    assert len(found) == len(set(found)) <= 8
    assert found[0] == ("words", "posyandu")


def test_names_are_offered_while_the_index_is_down(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("down")
    hub = open_villages(folder, Clock())
    try:
        for pointer in folder.rglob("current"):
            pointer.unlink()
        assert rows(hub, "taa") == [("village", TAAN), ("site", "1")]
        assert find(hub, "posyadu").notice == "index_down"
    finally:
        hub.close()
