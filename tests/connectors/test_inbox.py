"""The inbox holds the contract of connectors, though nothing of it comes over the network."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.inbox import InboxConnector
from hub.model import Submission
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
