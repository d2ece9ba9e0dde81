"""The contract for the WordPress connector: REST as WordPress 6 plays it, and the feed where it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.wordpress.connector import WordPress
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.context import WITA
from tests.connectors.test_contract_feed import Rss

LIST = "/wp-json/wp/v2/posts"
SITE = "https://desa.example"


class Rest(ConnectorHarness):
    """Names of parameters, codes and statuses as in the REST API's handbook; posts have no ETag there."""

    connector = WordPress()
    hosts = ("desa.example",)
    url = f"{SITE}/wp-json/"
    lacks = frozenset({"auth", "conditional", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        path = asked.path
        if asked.query.get("rest_route"):
            path = "/wp-json" + asked.query["rest_route"]
        if path == LIST:
            return self._list(asked.query, items)
        if path.startswith(f"{LIST}/"):
            number = path.rpartition("/")[2]
            found = [item for item in items if str(item.number) == number]
            return Answer.json(_post(found[0])) if found else _error(404, "rest_post_invalid_id")
        return Answer(b"<html><title>Tidak ada</title></html>", 404, "text/html")

    def _list(self, query: Any, items: Sequence[Item]) -> Answer:
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        found = sorted(filter(_chosen(query), items), key=_order(query), reverse=query.get("order") != "asc")
        pages = -(-len(found) // size)
        if page > max(pages, 1):
            return _error(400, "rest_post_invalid_page_number")
        posts = [_post(item) for item in found[(page - 1) * size : page * size]]
        counts = {"X_WP_Total": str(len(found)), "X_WP_TotalPages": str(pages)}
        return Answer.json(posts, 200, **counts)


def _chosen(query: Any) -> Any:
    def chosen(item: Item) -> bool:
        if query.get("include") and str(item.number) not in query["include"].split(","):
            return False
        if query.get("before") and _local(item.published) >= query["before"]:
            return False
        after = query.get("modified_after", "").removesuffix("Z")
        return not after or _gmt(item.updated or item.published) > after

    return chosen


def _order(query: Any) -> Any:
    if query.get("orderby") == "modified":
        return lambda item: (item.updated or item.published, item.number)
    if query.get("orderby") == "id":
        return lambda item: item.number
    return lambda item: (item.published, item.number)


def _post(item: Item) -> dict[str, Any]:
    return {
        "id": item.number,
        "date": _local(item.published),
        "date_gmt": _gmt(item.published),
        "modified_gmt": _gmt(item.updated or item.published),
        "guid": {"rendered": f"{SITE}/?p={item.number}"},
        "status": "publish",
        "link": f"{SITE}/berita-{item.number}/",
        "title": {"rendered": item.title},
        "content": {"rendered": item.html, "protected": False},
        "excerpt": {"rendered": "", "protected": False},
    }


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _local(moment: datetime) -> str:
    return moment.astimezone(WITA).strftime("%Y-%m-%dT%H:%M:%S")


def _error(status: int, code: str) -> Answer:
    return Answer.json({"code": code, "message": code, "data": {"status": status}}, status)


class ClosedRest(ConnectorHarness):
    """A security plugin closed REST; the feed is open."""

    connector = WordPress()
    hosts = ("desa.example",)
    url = f"{SITE}/wp-json/"
    lacks = frozenset({"auth", "paging", "deletions"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path == "/feed/":
            return Rss().document(items)
        if asked.path.startswith("/wp-json/") or "rest_route" in asked.query:
            return _error(401, "rest_login_required")
        return Answer(b"<html><title>Tidak ada</title></html>", 404, "text/html")


class TestClosedRest(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return ClosedRest()


class TestRest(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Rest()
