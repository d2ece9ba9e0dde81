"""A connector that brings less than it used to is told of, and nothing of the look is stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.app import Hub
from hub.errors import FetchError, ParseError, PublishError
from hub.model import Batch, Canary, SearchRequest, Source
from hub.services import canary as canaries
from hub.services.alarm_mail import AlarmMail
from hub.services.canary import RESIGN, Sight, judge, learn
from hub.testing.scripted import ScriptedConnector, entry
from tests.clock import Clock
from tests.services.conftest import FEED

Look = Callable[..., Canary | None]


def full(numbers: int = 12, words: int = 60) -> list[Any]:
    text = f"<p>{'kata ' * words}</p>"
    return [Batch({}, tuple(entry(n, html=text) for n in range(1, numbers + 1)))]


@pytest.fixture
def look(hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock) -> Look:
    """Looks at what is given, a day later; what is then known of the source."""
    hub.harvesting.run()

    def looked(visit: list[Any] | None = None, url: str = FEED) -> Canary | None:
        clock.forward(days=1)
        if visit is not None:
            connector.plan(url, visit)
        hub.canaries.run()
        return next((each for each in hub.canaries.all() if each.source_id == source.id), None)

    return looked


def test_a_look_stores_no_post_and_no_cursor(hub: Hub, source: Source, look: Look) -> None:
    found = look(full())
    assert found is not None
    assert (found.entries, found.looks, found.alarm) == (12, 1, "")
    assert 290 <= found.characters <= 300
    assert hub.reading.search(SearchRequest()).results == ()
    assert hub.registering.source(source.id).cursor == {}


@pytest.mark.parametrize(
    ("visit", "alarm"),
    [
        ([Batch({})], "empty"),
        ([], "empty"),
        (full(words=28), "short"),
        ([ParseError("not_a_feed", "an error page")], "unreadable"),
        ([ValueError("bug")], "unreadable"),
        (full(words=35), ""),
        (full(numbers=5), ""),
        ([FetchError("unreachable")], ""),
    ],
    ids=["empty-batch", "no-batch", "teasers", "no-feed", "crash", "shorter", "fewer", "site-down"],
)
def test_what_gives_alarm_and_that_it_ends_by_itself(
    hub: Hub, look: Look, visit: list[Any], alarm: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    look(full())
    caplog.set_level(logging.WARNING)
    found = look(visit)
    assert found is not None
    assert found.alarm == alarm
    assert [each.alarm for each in hub.canaries.alarms()] == ([alarm] if alarm else [])
    parts = {each.part: each for each in hub.upkeep.check()}
    assert ("canary scripted" in parts) is bool(alarm)
    assert ("canary: connector scripted" in caplog.text) is bool(alarm)
    if alarm:
        assert found.alarm_since == clock()
        assert found.usual_entries == 12
        again = look(visit)
        assert again is not None
        assert again.alarm_since == clock() - timedelta(days=1)
    assert look(full()) is not None
    assert hub.canaries.alarms() == ()
    assert "canary scripted" not in {each.part for each in hub.upkeep.check()}


def test_few_entries_prove_nothing_at_once(hub: Hub, look: Look) -> None:
    look(full(numbers=4))
    assert look([Batch({})]) is not None
    assert hub.canaries.alarms() == ()


def test_an_alarm_that_nobody_ends_is_the_new_usual(look: Look, clock: Clock) -> None:
    look(full())
    for _ in range(RESIGN.days):
        found = look(full(words=20))
        assert found is not None
        assert found.alarm == "short"
    found = look(full(words=20))
    assert found is not None
    assert (found.alarm, found.looks) == ("", 1)
    assert found.usual_characters <= 101


def test_one_look_a_day_and_by_hand_at_any_time(
    hub: Hub, source: Source, look: Look, connector: ScriptedConnector, clock: Clock
) -> None:
    look(full())
    clock.forward(hours=2)
    assert hub.canaries.run() == ()
    connector.plan(FEED, full())
    (found,) = hub.canaries.run(everything=True)
    assert found.looks == 2


def test_the_best_sources_take_turns_and_a_paused_one_is_left_alone(
    hub: Hub, source: Source, look: Look, connector: ScriptedConnector, clock: Clock
) -> None:
    urls = [FEED, *(f"https://taan.example/{n}" for n in range(4))]
    for url in urls[1:]:
        hub.registering.add_source(source.site_id, "scripted", url)
    for number, url in enumerate(urls):
        posts = [Batch({}, tuple(entry(100 * number + n) for n in range(10 - number)))]
        connector.plan(url, posts)
    clock.forward(days=1)
    hub.harvesting.run(everything=True)
    looked: list[int] = []
    for _ in range(7):
        clock.forward(days=1)
        for url in urls:
            connector.visits[url] = [full()]
        looked += [each.source_id for each in hub.canaries.run()]
    assert looked == [*looked[:3], *looked[:3], looked[0]]
    assert len(set(looked)) == 3
    hub.registering.pause_source(source.id)
    clock.forward(days=1)
    assert source.id not in [each.source_id for each in hub.canaries.run()]


def test_an_endless_connector_does_not_hold_the_night_up(
    hub: Hub, look: Look, connector: ScriptedConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless() -> Iterator[Batch]:
        while True:
            yield Batch({})

    look(full())
    found = look(endless())  # type: ignore[arg-type]
    assert found is not None
    assert found.alarm == "empty"


def test_the_operator_is_mailed_once_at_the_beginning_and_once_at_the_end(
    hub: Hub, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, ...]] = []
    mail = AlarmMail(lambda *parts: sent.append(parts), "operator@mamuju.example", "Kabar Mamuju", "id")
    monkeypatch.setattr(hub.canaries, "_tell", mail)
    look(full())
    look([Batch({})])
    look([Batch({})])
    look(full())
    assert [(to, subject) for to, subject, _, _ in sent] == [
        (["operator@mamuju.example"], "[Kabar Mamuju] Konektor scripted perlu diperiksa"),
        (["operator@mamuju.example"], "[Kabar Mamuju] Konektor scripted sudah baik lagi"),
    ]
    assert "KIM Taan" in sent[0][2]
    assert FEED in sent[0][2]
    assert "biasanya 12 berita" in sent[0][2]


def test_mail_that_fails_is_logged_and_the_alarm_stays(
    hub: Hub, look: Look, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any) -> None:
        raise PublishError("unreachable", "no mail server")

    monkeypatch.setattr(hub.canaries, "_tell", refuse)
    look(full())
    look([Batch({})])
    assert "no mail server" in caplog.text
    assert [each.alarm for each in hub.canaries.alarms()] == ["empty"]


def test_a_single_slip_does_not_move_what_is_usual_far(source: Source, clock: Clock) -> None:
    known = learn(None, source, Sight(20, 1000), clock())
    for _ in range(3):
        known = learn(known, source, Sight(20, 600), clock.forward(days=1))
        assert known.alarm == ""
    assert known.usual_characters > 750
    assert judge(known, Sight(20, 370)) == "short"
    assert canaries.NEWEST < 0.5
