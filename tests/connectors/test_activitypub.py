"""The activitypub connector: its contract, and documents of several kinds of servers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.activitypub import ActivityPub
from connectors.activitypub.parse import KINDS, identifier, to_message
from hub.spec import Blocked, FetchError, Link, Probe, Response, Source, entry_of
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_item, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

GRANARY = Path(__file__).parents[2] / "../shared/data/corpora/social/granary"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
TYPE = "application/activity+json; charset=utf-8"
PAGE = 20


def activity(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status, TYPE)


def note(base: str, n: int, content: str, **more: Any) -> dict[str, Any]:
    actor = f"{base}/users/kimtaan"
    return {
        "id": f"{actor}/statuses/{n}",
        "type": "Note",
        "url": f"{base}/@kimtaan/{n}",
        "attributedTo": actor,
        "published": (NOW - timedelta(hours=200 - n)).isoformat(),
        "to": [PUBLIC],
        "content": content,
        **more,
    }


def create(made: dict[str, Any], kind: str = "Create") -> dict[str, Any]:
    return {"id": f"{made['id']}/activity", "type": kind, "actor": made["attributedTo"], "object": made}


class Server:
    """One actor, ``kimtaan``, with ``items`` in the outbox, newest first."""

    def __init__(self, base: str, items: Sequence[Any]) -> None:
        self.base, self.items = base, list(items)

    def actor(self) -> dict[str, Any]:
        me = f"{self.base}/users/kimtaan"
        names = {"preferredUsername": "kimtaan", "name": "KIM Taan", "url": f"{self.base}/@kimtaan"}
        return {"id": me, "type": "Person", "outbox": f"{me}/outbox", "inbox": f"{me}/inbox", **names}

    def answer(self, asked: Asked) -> Answer:
        box = f"{self.base}/users/kimtaan/outbox"
        if asked.path == "/.well-known/webfinger":
            host = self.base.partition("//")[2]
            if asked.query.get("resource") != f"acct:kimtaan@{host}":
                return Answer(b"", 404, "text/plain")
            me = {"rel": "self", "type": "application/activity+json", "href": f"{self.base}/users/kimtaan"}
            return Answer.json({"subject": f"acct:kimtaan@{host}", "links": [{"rel": "x"}, me]})
        if "activity+json" not in asked.headers.get("accept", ""):
            return Answer(b"<html>halaman</html>", 200, "text/html")
        if asked.path == "/users/kimtaan":
            return activity(self.actor())
        if asked.path == "/users/kimtaan/outbox":
            return activity(self._outbox(box, asked))
        objects = [item.get("object", item) for item in self.items]
        for made in objects:
            if isinstance(made, dict) and made["id"] == f"{self.base}{asked.path}":
                return activity(made)
        return activity({"error": "Record not found"}, 404)

    def _outbox(self, box: str, asked: Asked) -> dict[str, Any]:
        if "page" not in asked.query:
            total = len(self.items)
            return {"id": box, "type": "OrderedCollection", "totalItems": total, "first": f"{box}?page=1"}
        page = int(asked.query["page"])
        here = self.items[(page - 1) * PAGE : page * PAGE]
        more = {"next": f"{box}?page={page + 1}"} if page * PAGE < len(self.items) else {}
        whole = {"id": f"{box}?page={page}", "type": "OrderedCollectionPage", "partOf": box}
        return {**whole, "orderedItems": here, **more}


class ActivityPubHarness(ConnectorHarness):
    connector = ActivityPub()
    url = "{stage}/@kimtaan"
    lacks = frozenset({"auth", "titles", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        base = f"http://{asked.headers['host']}"
        ordered = sorted(items, key=lambda item: -item.number)
        return Server(base, [create(self.note(base, item)) for item in ordered]).answer(asked)

    def note(self, base: str, item: Item) -> dict[str, Any]:
        changed = {"updated": item.updated.isoformat()} if item.updated else {}
        return note(base, item.number, item.html, published=item.published.isoformat(), **changed)


class TestActivityPub(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return ActivityPubHarness()
