"""What the hub would keep of one source, for tests of connectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.wordpress.connector import WordPress
from hub.spec import Batch, Cursor, Entry, Http, Source
from hub.testing.context import TestingContext


class Shelf:
    """Keeps what the hub would keep of one source: entries by id and the last cursor."""

    def __init__(self, url: str, http: Http, **options: object) -> None:
        self.source = Source(1, 1, "wordpress", url, options=options)
        self.entries: dict[str, Entry] = {}
        self.cursor: Cursor | None = None
        self.ahead = timedelta()
        self._http = http

    def visits(self, deadline_seconds: float = 60.0) -> Iterator[Batch]:
        context = TestingContext(
            self._http,
            known=self.entries,
            now=datetime.now(UTC) + self.ahead,
            deadline_seconds=deadline_seconds,
        )
        for batch in WordPress().harvest(self.source, self.cursor, context):
            self.entries.update({entry.id: entry for entry in batch.entries})
            self.cursor = batch.cursor
            yield batch

    def visit(self, deadline_seconds: float = 60.0) -> list[Batch]:
        return list(self.visits(deadline_seconds))

    def titles(self) -> set[str]:
        return {entry.title for entry in self.entries.values()}


def told(batches: list[Batch]) -> list[str]:
    return [entry.id for batch in batches for entry in batch.entries]
