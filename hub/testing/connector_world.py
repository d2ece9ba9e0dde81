"""A source on the stage, and what the hub would keep of it from visit to visit."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from hub.errors import REASONS, RemoteError
from hub.http.pace import READ_FLOOR
from hub.model import ParsedFeed
from hub.spec import Batch, Check, Cursor, Entry, Http, Missing, Response, Source
from hub.testing.connector_harness import BUSY, NOW, ConnectorHarness, Item, make_items
from hub.testing.context import TestingContext
from hub.testing.stage import Answer, Asked, Stage

#: Visits after which a backfill must have come to its end.
PATIENCE: Final = 40
#: The first visit's items.
FIRST: Final = range(1, 6)
#: Only the stage itself: any other private address is a hole.
ONLY_STAGE: Final = ("127.0.0.1/32",)

_DATES: Final = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    rb"|(?:[A-Z][a-z]{2}, )?\d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)?(?: (?:[+-]\d{4}|[A-Z]{2,4}))?"
)

assert BUSY >= READ_FLOOR


class Lent(TestingContext):
    """The context of one visit; counts what is parsed."""

    parsed = 0

    def parse_feed(
        self, body: bytes, *, url: str, content_type: str = "", known: Collection[str] = ()
    ) -> ParsedFeed:
        self.parsed += 1
        return super().parse_feed(body, url=url, content_type=content_type, known=known)


@dataclass(frozen=True)
class Visit:
    """What one or more visits brought, in order, and what ended the last one."""

    batches: tuple[Batch, ...]
    error: RemoteError | None = None
    parsed: int = 0

    @property
    def entries(self) -> list[Entry]:
        return [entry for batch in self.batches for entry in batch.entries]

    @property
    def missing(self) -> list[Missing]:
        return [each for batch in self.batches for each in batch.missing]

    @property
    def more(self) -> bool:
        return bool(self.batches) and self.batches[-1].more

    @property
    def ids(self) -> set[str]:
        return {entry.id for entry in self.entries}


class World:
    """One source of the connector under test, with ``items`` at the other side.

    Attributes:
        ahead: how far the hub's clock is past :data:`NOW`; every visit takes an hour.
        garble: makes of an answer what is sent.
        entries: kept by the hub, by id; ``cursor``: the last one, as the database gives it back.
    """

    def __init__(self, harness: ConnectorHarness, stage: Stage, items: Sequence[Item] | None = None) -> None:
        self.harness, self.stage = harness, stage
        self.items = list(make_items(FIRST) if items is None else items)
        self.ahead = timedelta()
        self.garble: Callable[[Answer], Answer] = lambda answer: answer
        self.entries: dict[str, Entry] = {}
        self.cursor: Cursor | None = None
        self.not_modified = 0
        self.http: Http = stage.http(*harness.hosts, allow=ONLY_STAGE)
        stage.play(self._play)
        options = {name: _filled(value, stage.url) for name, value in harness.options.items()}
        url = _filled(harness.url, stage.url)
        self.source = Source(1, 1, harness.connector.name, url, options=options)

    # -- visits ---------------------------------------------------------------------------------------

    def context(self, deadline_seconds: float = 60.0) -> Lent:
        context = Lent(
            self.http, now=NOW + self.ahead, known=list(self.entries), deadline_seconds=deadline_seconds
        )
        self.harness.prepare(context, self._newest_first())
        return context

    def batches(self, context: Lent | None = None) -> Iterator[Batch]:
        """One visit, each batch stored before the next is asked for."""
        context = context or self.context()
        self.ahead += timedelta(hours=1)
        for batch in self.harness.connector.harvest(self.source, self.cursor, context):
            for odd in batch.warnings:
                assert odd.reason in REASONS, f"no words for the reason {odd.reason}"
            self.cursor = json.loads(json.dumps(batch.cursor))
            self.entries.update({entry.id: entry for entry in batch.entries})
            for each in batch.missing:
                self.entries.pop(each.id, None)
            yield batch

    def visit(self, deadline_seconds: float = 60.0) -> Visit:
        """One visit to its end; what it raises of the outside world is told in ``error``."""
        context, seen, error = self.context(deadline_seconds), list[Batch](), None
        try:
            for batch in self.batches(context):
                seen.append(batch)
        except RemoteError as caught:
            error = caught
        return Visit(tuple(seen), error, context.parsed)

    def catch_up(self) -> Visit:
        """Visits until no more pages wait. An error fails the test."""
        seen: list[Batch] = []
        for _ in range(PATIENCE):
            visit = self.visit()
            seen += visit.batches
            assert visit.error is None, f"the visit failed: {visit.error!r}"
            assert visit.batches, "a visit yields at least one batch, for its cursor"
            if not visit.more:
                return Visit(tuple(seen))
        raise AssertionError(f"more pages are announced after {PATIENCE} visits")

    def watch(self) -> Watched:
        """From now on the client knows while somebody is inside."""
        self.http = watched = Watched(self.http)
        return watched

    def check(self) -> Check:
        return self.harness.connector.check(self.source, self.context())

    def check_error(self) -> RemoteError:
        """What ``check`` says of a source in trouble."""
        try:
            said = self.check()
        except RemoteError as error:
            return error
        raise AssertionError(f"check takes a source in trouble for well: {said}")

    # -- what is there --------------------------------------------------------------------------------

    def numbers(self) -> list[int]:
        """Of the items that the hub has, one for each entry."""
        return sorted(number for entry in self.entries.values() if (number := self.number(entry)))

    def number(self, entry: Entry) -> int | None:
        return self.harness.number_of(entry)

    def entry(self, number: int) -> Entry:
        return next(entry for entry in self.entries.values() if self.number(entry) == number)

    def wanted(self) -> list[int]:
        return sorted({item.number for item in self.items})

    def add(self, *items: Item) -> None:
        self.items += items

    def change(self, number: int, **changes: Any) -> None:
        """The village edits an item now."""
        now = NOW + self.ahead
        self.items = [
            replace(item, updated=now, **changes) if item.number == number else item for item in self.items
        ]

    def remove(self, number: int) -> None:
        self.items = [item for item in self.items if item.number != number]

    # -- the stage ------------------------------------------------------------------------------------

    def _newest_first(self) -> list[Item]:
        return sorted(self.items, key=lambda item: (item.published, item.number), reverse=True)

    def _play(self, asked: Asked) -> Answer:
        answer = self.garble(self.harness.answer(asked, self._newest_first()))
        if answer.status != 200 or not self.harness.can("conditional") or asked.method != "GET":
            return answer
        named = {name.lower(): value for name, value in answer.headers.items()}
        tag = named.get("etag") or f'"{blake2b(answer.body, digest_size=8).hexdigest()}"'
        if asked.headers.get("if-none-match") == tag:
            self.not_modified += 1
            return Answer(status=304, headers={"ETag": tag})
        return replace(answer, headers={**answer.headers, "ETag": tag})


class Watched:
    """The hub's client, which knows while somebody is inside."""

    def __init__(self, inner: Http) -> None:
        self._inner, self.inside, self.calls = inner, 0, 0

    def get(self, url: str, **more: Any) -> Response:
        return self._passing(lambda: self._inner.get(url, **more))

    def request(self, method: str, url: str, **more: Any) -> Response:
        return self._passing(lambda: self._inner.request(method, url, **more))

    def _passing(self, ask: Callable[[], Response]) -> Response:
        self.inside += 1
        self.calls += 1
        try:
            return ask()
        finally:
            self.inside -= 1


def undated(answer: Answer) -> Answer:
    """``answer`` with every date made unreadable."""
    return replace(answer, body=_DATES.sub(b"kemarin sore", answer.body))


def aware(moment: datetime | None) -> bool:
    return moment is not None and moment.utcoffset() is not None


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def past() -> float:
    """A deadline that is over."""
    return time.monotonic() - 1


def _filled(value: Any, url: str) -> Any:
    return value.replace("{stage}", url) if isinstance(value, str) else value
