"""Meta's Graph API as the two connectors see it: lists, the token's data, refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hub.testing import Answer, Asked, ConnectorHarness, Item

TOKEN = "EAAGcanary0123456789token"
PAGE_ID = "104567890123456"
ACCOUNT = "17841400000000001"
#: Seconds since 1970: 2026-04-12, after the clock of the contract.
ENDS = 1_775_952_000


def message(item: Item) -> str:
    """An item as people write it there: plain text."""
    text = re.sub(r"</p>\s*<p>", "\n\n", item.html)
    return re.sub(r"<[^>]+>", "", text)


def when(item: Item) -> str:
    return item.published.strftime("%Y-%m-%dT%H:%M:%S+0000")


def error(code: int, text: str, subcode: int = 0, status: int = 400) -> Answer:
    found: dict[str, Any] = {"message": text, "type": "OAuthException", "code": code, "fbtrace_id": "AbCd"}
    if subcode:
        found["error_subcode"] = subcode
    return Answer.json({"error": found}, status)


class GraphHarness(ConnectorHarness):
    """``path`` is the list's; ``node`` answers for single objects."""

    hosts = ("graph.facebook.com",)
    options: Mapping[str, Any] = {"token": TOKEN}  # type: ignore[assignment]
    secrets = (TOKEN,)
    lacks = frozenset({"titles", "charset", "html"})
    many = 230
    path = ""

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}" or "access_token" in asked.query:
            return error(190, "Invalid OAuth access token.", status=401)
        path = asked.path.partition("/v24.0/")[2]
        if path == "debug_token":
            assert asked.query["input_token"] == TOKEN
            return Answer.json({"data": {"is_valid": True, "expires_at": 0, "data_access_expires_at": ENDS}})
        if path == self.path:
            return self.listed(asked, items)
        return self.node(path)

    def listed(self, asked: Asked, items: Sequence[Item]) -> Answer:
        """Positions are opaque; the addresses of further pages hold the token, as they really do."""
        after, limit = asked.query.get("after", ""), int(asked.query["limit"])
        if after and not re.fullmatch(r"QVFI\d+", after):
            return error(100, "Invalid cursors values in the query parameters")
        start = int(after.removeprefix("QVFI") or 0)
        found: dict[str, Any] = {"data": [self.item(each) for each in items[start : start + limit]]}
        if start + limit < len(items):
            host = f"https://graph.facebook.com/v24.0/{self.path}"
            position = f"QVFI{start + limit}"
            found["paging"] = {
                "cursors": {"before": f"QVFI{start}", "after": position},
                "next": f"{host}?access_token={TOKEN}&fields=x&limit={limit}&after={position}",
            }
        return Answer.json(found)

    def item(self, item: Item) -> dict[str, Any]:
        raise NotImplementedError

    def node(self, path: str) -> Answer:
        return error(803, f"Some of the aliases you requested do not exist: {path}", status=404)

    def refuse(self, asked: Asked) -> Answer:
        return error(190, f"Malformed access token {TOKEN}", 463, status=400)
