"""The inbox holds the contract of connectors, though nothing of it comes over the network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from connectors.inbox import InboxConnector
from connectors.inbox.harvest import PORTION
from hub.model import Source, Submission
from hub.testing import ConnectorContract, ConnectorHarness, Item
from hub.testing.context import TestingContext


class SentIn(ConnectorHarness):
    """Texts that a KIM sent by form. What was sent stays as it is: there is neither edit nor removal."""

    connector = InboxConnector()
    lacks = frozenset({"network", "auth", "conditional", "edits", "deletions", "links", "charset"})

    def prepare(self, context: TestingContext, items: Sequence[Item]) -> None:
        context.sent = [
            Submission(item.number, 1, str(item.number), item.published, item.title, "", item.html)
            for item in reversed([each for each in items if each.updated is None])
        ]


class TestInbox(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return SentIn()


@pytest.mark.parametrize("sent", [0, 1, PORTION, PORTION + 3, 2 * PORTION])
def test_a_check_tells_of_all_that_was_sent(sent: int) -> None:
    context = TestingContext(None)  # type: ignore[arg-type]
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    context.sent = [Submission(n, 1, str(n), moment, f"Kiriman {n}", "") for n in range(1, sent + 1)]
    found = InboxConnector().check(Source(1, 1, "inbox", "https://hub.example/"), context)
    assert (found.entries, found.newest) == (sent, f"Kiriman {sent}" if sent else "")
