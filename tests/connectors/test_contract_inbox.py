"""The contract for the inbox, which asks nobody: what was sent is at the hub already."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.inbox.harvest import InboxConnector
from hub.model import Submission
from hub.testing import ConnectorContract, ConnectorHarness, Item, TestingContext


class Inbox(ConnectorHarness):
    connector = InboxConnector()
    url = "https://hub.example/kiriman/1"
    lacks = frozenset({"network", "auth", "conditional", "paging", "edits", "deletions", "links", "charset"})

    def prepare(self, context: TestingContext, items: Sequence[Item]) -> None:
        sent = {item.number: item for item in items}
        context.sent = [
            Submission(number, 1, str(number), item.published, item.title, "", item.html)
            for number, item in sorted(sent.items())
        ]


class TestInbox(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Inbox()
