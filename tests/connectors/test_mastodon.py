"""The mastodon connector: its contract, and statuses as servers send them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.mastodon import Mastodon
from connectors.mastodon.client import account_of
from connectors.mastodon.parse import to_message
from hub.spec import Blocked, FetchError, Link, Message, Probe, Response, Source, entry_of
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_item, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

ME = "109001"
OTHER = "109002"
GRANARY = Path(__file__).parents[2] / "../shared/data/corpora/social/granary"


def number(n: int) -> str:
    return str(111_000_000_000_000_000 + n)


def account(of: str = ME) -> dict[str, Any]:
    name = "kimtaan" if of == ME else "wargalain"
    return {
        "id": of,
        "acct": name,
        "username": name,
        "display_name": f"{name} resmi",
        "url": f"https://s.id/@{name}",
    }


def status(base: str, n: int, content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number(n),
        "uri": f"{base}/users/kimtaan/statuses/{number(n)}",
        "url": f"{base}/@kimtaan/{number(n)}",
        "created_at": (NOW - timedelta(hours=200 - n)).isoformat(),
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "visibility": "public",
        "sensitive": False,
        "spoiler_text": "",
        "language": "id",
        "content": content,
        "reblog": None,
        "account": account(),
        "media_attachments": [],
        "tags": [],
        "card": None,
        "poll": None,
        **more,
    }


def reply(to: int, of: str = ME) -> dict[str, Any]:
    return {"in_reply_to_id": number(to), "in_reply_to_account_id": of}


class Server:
    """What a server answers about one account's statuses, of which it holds ``raws``."""

    def __init__(self, raws: Sequence[dict[str, Any]]) -> None:
        self.raws = sorted(raws, key=lambda raw: int(raw["id"]), reverse=True)

    def answer(self, asked: Asked) -> Answer:
        parts = asked.path.strip("/").split("/")
        if asked.path == "/api/v1/accounts/lookup":
            known = asked.query.get("acct") == "kimtaan"
            return Answer.json(account()) if known else _missing()
        if parts[:3] == ["api", "v1", "accounts"] and parts[3:] == [ME, "statuses"]:
            return Answer.json(self._page(asked))
        if parts[:3] == ["api", "v1", "statuses"]:
            found = next((raw for raw in self.raws if raw["id"] == parts[3]), None)
            if found is None:
                return _missing()
            return Answer.json(self._context(found) if parts[4:] == ["context"] else found)
        return _missing()

    def _page(self, asked: Asked) -> list[dict[str, Any]]:
        query, limit = asked.query, min(40, int(asked.query.get("limit", 20)))
        mine = [raw for raw in self.raws if raw["account"]["id"] == ME]
        if query.get("exclude_replies") == "true":
            mine = [raw for raw in mine if raw["in_reply_to_account_id"] in (None, ME)]
        if query.get("exclude_reblogs") == "true":
            mine = [raw for raw in mine if not raw["reblog"]]
        if "min_id" in query:
            return [raw for raw in mine if int(raw["id"]) > int(query["min_id"])][-limit:]
        return [raw for raw in mine if int(raw["id"]) < int(query.get("max_id", 10**20))][:limit]

    def _context(self, raw: dict[str, Any]) -> dict[str, Any]:
        by_id, before = {each["id"]: each for each in self.raws}, []
        at = raw
        while at["in_reply_to_id"] in by_id:
            at = by_id[at["in_reply_to_id"]]
            before.insert(0, at)
        after, wanted = [], {raw["id"]}
        for each in reversed(self.raws):
            if each["in_reply_to_id"] in wanted:
                wanted.add(each["id"])
                after.append(each)
        return {"ancestors": before, "descendants": after}


def _missing() -> Answer:
    return Answer.json({"error": "Record not found"}, 404)


class MastodonHarness(ConnectorHarness):
    connector = Mastodon()
    url = "{stage}/@kimtaan"
    lacks = frozenset({"auth", "titles", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        base = f"http://{asked.headers['host']}"
        return Server([self.status(base, item) for item in items]).answer(asked)

    def status(self, base: str, item: Item) -> dict[str, Any]:
        changed = item.updated.isoformat() if item.updated else None
        return status(base, item.number, item.html, created_at=item.published.isoformat(), edited_at=changed)


class TestMastodon(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return MastodonHarness()
