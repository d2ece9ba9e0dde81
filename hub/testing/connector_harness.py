"""The outside world of a connector under test, and what the contract suite needs to talk about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hub.model import Entry
from hub.spec import Connector, Cursor
from hub.testing.context import TestingContext
from hub.testing.stage import Answer, Asked

#: What a harness may declare as lacking.
CAPABILITIES = frozenset(
    {
        "network",  # something is asked of another machine
        "auth",  # with credentials that the other side can refuse
        "conditional",  # an unchanged document is answered by 304
        "paging",  # more than one page can be had: `many` items come whole
        "edits",  # a changed item comes again
        "deletions",  # a vanished item is told as missing
        "dates",  # items have a date
        "titles",  # items have a title of their own (else it is left empty or made from the text)
        "links",  # items have an address where people read them
        "full_text",  # items come with all of their text (else a summary)
        "html",  # items' text is markup (else plain text)
        "charset",  # the document may be in another charset than UTF-8
    }
)
#: The hub's clock at the first visit.
NOW = datetime(2026, 2, 1, 4, 0, tzinfo=UTC)
#: Seconds that a busy side asks to be left alone.
BUSY = 120

_NUMBER = re.compile(r"\bnomor (\d+)\b")


@dataclass(frozen=True)
class Item:
    """What a village published. Its number stands in title and text as "nomor N", by which the suite knows
    it again; ``updated`` is None for an item that was never changed."""

    number: int
    title: str
    html: str
    published: datetime
    updated: datetime | None = None


class ConnectorHarness:
    """Plays the protocol of the connector under test. Subclass it; one object serves one test.

    Attributes:
        connector: under test.
        hosts: outside hosts that the stage plays (``graph.example``).
        url: the source's address; ``{stage}`` stands for the stage's own.
        options: of the source; ``{stage}`` in text likewise.
        secrets: texts among ``options`` that may be seen nowhere.
        lacks: of :data:`CAPABILITIES`.
        many: how many items need more than one page.
        old_cursors: as earlier releases of the connector saved them; they must still load.
        recorded: folder with documents recorded from a live site.
    """

    connector: Connector
    hosts: tuple[str, ...] = ()
    url: str = "{stage}/"
    options: ClassVar[dict[str, Any]] = {}
    secrets: tuple[str, ...] = ()
    lacks: frozenset[str] = frozenset()
    many: int = 130
    old_cursors: tuple[Cursor, ...] = ()
    recorded: Path | None = None

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        """The protocol, played truly for these items, newest first. A document without an ETag gets one
        from the suite, and is answered by 304 where the protocol can (``conditional``)."""
        raise NotImplementedError

    def refuse(self, asked: Asked) -> Answer:
        """What the other side says to wrong credentials."""
        return Answer.json({"error": "unauthorized"}, 401)

    def challenge(self, asked: Asked) -> Answer:
        """What a wall in front of the other side says to machines."""
        page = (
            b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking</body></html>"
        )
        return Answer(
            page, 403, "text/html; charset=UTF-8", {"Server": "cloudflare", "Cf-Mitigated": "challenge"}
        )

    def prepare(self, context: TestingContext, items: Sequence[Item]) -> None:
        """Before each visit: for what comes into the hub by other ways than the network."""

    def number_of(self, entry: Entry) -> int | None:
        """Which item an entry is."""
        found = _NUMBER.search(f"{entry.title} {entry.html} {entry.summary}")
        return int(found[1]) if found else None

    # -- short forms for the suite ------------------------------------------------------------------

    def can(self, capability: str) -> bool:
        assert capability in CAPABILITIES, capability
        return capability not in self.lacks


def make_item(number: int, *, hours: float | None = None, **changes: Any) -> Item:
    """An ordinary item; a higher number is newer. ``hours`` before :data:`NOW`."""
    age = timedelta(hours=200 - number if hours is None else hours)
    values: Mapping[str, Any] = {
        "title": f"Kabar nomor {number} dari Desa Taan",
        "html": f"<p>Kabar nomor {number} dari Desa Taan: warga memperbaiki jalan tani.</p>"
        "<p>Pekerjaan dimulai pagi hari dan selesai menjelang sore.</p>",
        "published": NOW - age,
    }
    return Item(number, **{**values, **changes})


def make_items(numbers: Iterable[int]) -> list[Item]:
    """Newest first."""
    return [make_item(number) for number in sorted(numbers, reverse=True)]
