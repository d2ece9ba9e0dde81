"""Messages, threads, and visits to a timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hub.errors import FetchError
from hub.spec import (
    Image,
    Message,
    Thread,
    TimelinePage,
    TimelineState,
    Validators,
    entry_of,
    read_timeline,
    threads_of,
)
from hub.spec.timeline import MAX_TRIES
from hub.testing.context import TestingContext

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def m(number: int, parent: int | None = None, **more: object) -> Message:
    values: dict[str, object] = {"html": f"<p>Kabar nomor {number} hari ini</p>", **more}
    return Message(str(number), parent="" if parent is None else str(parent), **values)  # type: ignore[arg-type]


def ids(threads: Sequence[Thread]) -> list[list[str]]:
    return [[each.id for each in thread] for thread in threads]


def test_threads_begin_with_their_root_and_stand_by_their_newest_part() -> None:
    assert ids(threads_of([m(5, 2), m(4), m(3, 2), m(2), m(1)])) == [["2", "3", "5"], ["4"], ["1"]]


def test_of_two_with_one_id_the_newest_counts() -> None:
    newest = m(1, html="<p>Diperbaiki</p>")
    assert threads_of([newest, m(2), m(1)]) == ((newest,), (m(2),))


def test_messages_that_answer_each_other_in_a_circle_come_to_an_end() -> None:
    found = threads_of([m(1, 2), m(2, 1)])
    assert sorted(each for thread in ids(found) for each in thread) == ["1", "2"]


def test_a_thread_as_an_entry() -> None:
    picture = Image("https://cdn.example/a.jpg", "Jalan tani")
    parts = (
        m(1, html="<p>1/2 Jalan tani selesai. Alhamdulillah.</p>", published=NOW, topics=("gotongroyong",)),
        m(
            2,
            1,
            html="<p>2/2 Baca #GotongRoyong</p>",
            published=NOW + timedelta(hours=1),
            links=("https://net.example/x", "https://taan.example/a"),
            images=(picture, picture),
        ),
    )
    entry = entry_of(parts, ("net.example",))
    assert entry is not None
    assert (entry.about, entry.topics) == ("https://taan.example/a", ("Gotong Royong",))
    assert entry.images == (picture,)
    assert (entry.published, entry.updated) == (NOW, NOW + timedelta(hours=1))
    assert entry.aliases == ("2",)


def test_a_picture_without_words_is_named_by_its_text_and_nothing_at_all_is_no_entry() -> None:
    entry = entry_of(
        [m(1, html="", images=(Image("https://cdn.example/a.jpg", "Panen raya di Taan. Ramai."),))]
    )
    assert entry is not None
    assert entry.title == "Panen raya di Taan"
    assert entry_of([m(1, html="")]) is None


class Line:
    """A timeline of ``messages`` (newest first) in pages of ten."""

    own: Sequence[str] = ()
    sweep = 10

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = list(messages)
        self.faults: dict[str, FetchError] = {}
        self.asked: list[str] = []

    def newest(self, since: Validators | None) -> TimelinePage:
        return self._page(0)

    def older(self, at: str) -> TimelinePage:
        if at in self.faults:
            raise self.faults[at]
        return self._page(int(at))

    def after(self, known: Sequence[str]) -> str:
        return ""

    def thread(self, part: Thread) -> Sequence[Message] | None:
        self.asked.append(part[0].id)
        line, at = list[Message](), part[0].parent
        while at and (found := next((each for each in self.messages if each.id == at), None)):
            line.insert(0, found)
            at = found.parent
        root = line[0].id if line else ""
        return [
            *line,
            *(each for each in reversed(self.messages) if each.parent == root and each not in line),
        ]

    def gone(self, among: Sequence[str]) -> Mapping[str, bool]:
        there = {each.id for each in self.messages}
        return {each: False for each in among if each not in there}

    def _page(self, start: int) -> TimelinePage:
        older = str(start + 10) if start + 10 < len(self.messages) else ""
        return TimelinePage(tuple(self.messages[start : start + 10]), older)


class Hub:
    def __init__(self, line: Line) -> None:
        self.line, self.shown, self.now = line, dict[str, str](), NOW
        self.cursor: object = None
        self.warned = 0

    def visit(self) -> bool:
        """Whether more waits."""
        ctx = TestingContext(None, now=self.now, known=list(self.shown))  # type: ignore[arg-type]
        more = False
        for batch in read_timeline(self.line, TimelineState.load(self.cursor), ctx):  # type: ignore[arg-type]
            self.cursor, more = batch.cursor, batch.more
            self.warned += len(batch.warnings)
            self.shown |= {each.id: each.html for each in batch.entries}
            for each in batch.missing:
                self.shown.pop(each.id, None)
        self.now += timedelta(hours=1)
        return more


def test_a_part_on_another_page_than_its_beginning_is_joined_once_and_for_all() -> None:
    line = Line([m(40, 3), *(m(n) for n in range(39, 0, -1))])
    hub = Hub(line)
    hub.visit()
    assert set(hub.shown) == {str(n) for n in range(1, 40)}
    assert "nomor 40" in hub.shown["3"], "the page with the beginning must not undo it"
    assert line.asked == ["40"]


def test_parts_on_three_pages() -> None:
    line = Line([m(35, 5), *(m(n) for n in range(34, 20, -1)), m(20, 5), *(m(n) for n in range(19, 0, -1))])
    hub = Hub(line)
    hub.visit()
    assert (
        hub.shown["5"].index("nomor 5") < hub.shown["5"].index("nomor 20") < hub.shown["5"].index("nomor 35")
    )
    assert "20" not in hub.shown


def test_a_late_part_of_a_known_thread_does_not_end_the_way_back() -> None:
    line = Line([m(n) for n in range(20, 0, -1)])
    hub = Hub(line)
    hub.visit()
    line.messages = [
        *(m(n) for n in range(60, 40, -1)),
        m(40, 20),
        *(m(n) for n in range(39, 20, -1)),
        *line.messages,
    ]
    hub.visit()
    assert {str(n) for n in range(21, 61) if n != 40} < set(hub.shown)
    assert "nomor 40" in hub.shown["20"]


def test_a_page_of_the_past_that_fails_is_tried_again_and_then_given_up() -> None:
    line = Line([m(n) for n in range(40, 0, -1)])
    line.faults["20"] = FetchError("http_5xx", "galat")
    hub = Hub(line)
    tries = [hub.visit() for _ in range(MAX_TRIES)]
    assert tries == [True] * (MAX_TRIES - 1) + [False]
    assert len(hub.shown) == 20
    assert hub.warned == MAX_TRIES


def test_a_busy_server_costs_no_try() -> None:
    line = Line([m(n) for n in range(40, 0, -1)])
    line.faults["10"] = FetchError("rate_limited", "pelan", retry_after=60)
    hub = Hub(line)
    assert [hub.visit() for _ in range(MAX_TRIES + 2)] == [True] * (MAX_TRIES + 2)
    line.faults.clear()
    hub.visit()
    assert len(hub.shown) == 40


def test_a_page_that_the_options_leave_empty_hides_nothing_behind_it() -> None:
    line = Line([m(n) for n in range(20, 0, -1)])
    hub = Hub(line)
    hub.visit()

    class Filtered(Line):
        def _page(self, start: int) -> TimelinePage:
            page = super()._page(start)
            kept = tuple(each for each in page.messages if int(each.id) < 100)
            return TimelinePage(kept, page.older, len(page.messages) - len(kept))

    hub.line = Filtered([*(m(n) for n in range(115, 100, -1)), m(21), *line.messages])
    hub.visit()
    assert "21" in hub.shown
    assert len(hub.shown) == 21


def test_the_sweep_asks_about_all_and_believes_no_clearing_out() -> None:
    line = Line([m(n) for n in range(60, 0, -1)])
    hub = Hub(line)
    hub.visit()
    line.messages = [each for each in line.messages if each.id not in ("4", "17", "33")]
    for _ in range(8):
        hub.now += timedelta(hours=23)
        hub.visit()
    assert len(hub.shown) == 57
    line.messages = line.messages[:20]
    for _ in range(8):
        hub.now += timedelta(hours=23)
        hub.visit()
    assert len(hub.shown) == 57
    assert hub.warned
