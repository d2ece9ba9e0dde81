"""The bluesky connector: its contract, and posts as the network shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.bluesky import Bluesky
from connectors.bluesky.client import actor_of
from connectors.bluesky.parse import is_repost, to_message
from hub.spec import Blocked, FetchError, Link, Probe, Response, Source, entry_of
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_item, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

DID, OTHER = "did:plc:kimtaan0123456789", "did:plc:oranglain"
PROFILE = "https://bsky.app/profile/kim.taan.example"
GRANARY = Path(__file__).parents[2] / "../shared/data/corpora/social/granary"


def uri(n: int, did: str = DID) -> str:
    return f"at://{did}/app.bsky.feed.post/3k{n:011}"


def post(n: int, words: str, did: str = DID, **more: Any) -> dict[str, Any]:
    """A postView; ``record`` is laid over its record."""
    at = (NOW - timedelta(hours=200 - n)).isoformat()
    record = {"$type": "app.bsky.feed.post", "text": words, "createdAt": at, "langs": ["id"]}
    return {
        "uri": uri(n, did),
        "cid": f"bafy{n}",
        "author": {"did": did, "handle": "kim.taan.example", "displayName": "KIM Taan"},
        "indexedAt": at,
        "record": record | more.pop("record", {}),
        **more,
    }


def reply(parent: int, root: int, did: str = DID) -> dict[str, Any]:
    ends = {"parent": {"uri": uri(parent, did), "cid": "b"}, "root": {"uri": uri(root, did), "cid": "b"}}
    return {"reply": ends}


class Network:
    """What the public view answers about one account; ``posts`` are feedViewPosts, newest first."""

    def __init__(self, feed: Sequence[dict[str, Any]]) -> None:
        self.feed = list(feed)

    def answer(self, asked: Asked) -> Answer:
        method = asked.path.removeprefix("/xrpc/")
        if method == "app.bsky.actor.getProfile":
            if asked.query["actor"] not in ("kim.taan.example", DID):
                return Answer.json({"error": "InvalidRequest", "message": "Profile not found"}, 400)
            return Answer.json({"did": DID, "handle": "kim.taan.example", "displayName": "KIM Taan"})
        if method == "app.bsky.feed.getAuthorFeed" and asked.query["actor"] == DID:
            start, limit = int(asked.query.get("cursor", "0")), int(asked.query["limit"])
            more = {"cursor": str(start + limit)} if start + limit < len(self.feed) else {}
            return Answer.json({"feed": self.feed[start : start + limit], **more})
        if method == "app.bsky.feed.getPosts":
            found = [each["post"] for each in self.feed if each["post"]["uri"] == asked.query["uris"]]
            return Answer.json({"posts": found})
        if method == "app.bsky.feed.getPostThread":
            return self._thread(asked.query["uri"])
        return Answer.json({"error": "XRPCNotSupported", "message": method}, 404)

    def _thread(self, of: str) -> Answer:
        posts = {each["post"]["uri"]: each["post"] for each in self.feed}
        if of not in posts:
            return Answer.json({"error": "NotFound", "message": f"Post not found: {of}"}, 400)

        def parent(each: dict[str, Any]) -> str:
            return str(each["record"].get("reply", {}).get("parent", {}).get("uri", ""))

        def down(each: dict[str, Any]) -> dict[str, Any]:
            answers = [down(other) for other in posts.values() if parent(other) == each["uri"]]
            return {"$type": "app.bsky.feed.defs#threadViewPost", "post": each, "replies": answers}

        found, at = down(posts[of]), posts[of]
        node = found
        while parent(at) in posts:
            at = posts[parent(at)]
            node["parent"] = {"post": at}
            node = node["parent"]
        return Answer.json({"thread": found})


class BlueskyHarness(ConnectorHarness):
    connector = Bluesky()
    hosts = ("public.api.bsky.app",)
    url = PROFILE
    # posts cannot be edited
    lacks = frozenset({"auth", "titles", "charset", "html", "edits"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        return Network(
            [{"post": self.post(item)} for item in sorted(items, key=lambda each: -each.number)]
        ).answer(asked)

    def post(self, item: Item) -> dict[str, Any]:
        words = re.sub(r"<[^>]+>", "\n", item.html).strip()
        return post(item.number, words, record={"createdAt": item.published.isoformat()})


class TestBluesky(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return BlueskyHarness()
