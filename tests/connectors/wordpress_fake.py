"""A WordPress on loopback whose faults can be switched on: the REST routes that the connector uses, with
the statuses and error codes that WordPress gives, and its feed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ADDRESS = "127.10.201.1"
START = datetime(2026, 1, 1, 0, 0)
ZONE = timedelta(hours=8)


@dataclass
class Fake:
    """What the site holds and what is wrong with it.

    ``ignored`` are parameters that have no effect, ``closed`` an answer given to every REST request
    (status, body), ``limit`` the most posts with content that fit the hub's size cap.
    """

    url: str = ""
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    closed: tuple[int, str] | None = None
    only_plain: bool = False
    broken: int = 0
    headers: bool = True
    claimed_pages: int | None = None
    endless: bool = False
    notice: bytes = b""
    limit: int = 100
    answers: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    feed: bytes | None = None

    def write(self, number: int, *, title: str = "", at: datetime | None = None, **fields: Any) -> None:
        date = at or START + timedelta(hours=number)
        self.posts[number] = {"title": title or f"Warta {number}", "date": date, "modified": date} | fields

    def fill(self, count: int) -> None:
        for number in range(1, count + 1):
            self.write(number)

    def lists(self) -> list[dict[str, str]]:
        """The parameters of every list asked for so far."""
        return [params for route, params in self.asked if route == "/wp/v2/posts"]


@contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer((ADDRESS, 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://{ADDRESS}:{server.server_port}/"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        plain = params.pop("rest_route", "")
        if parts.path.startswith("/wp-json/") or plain:
            self._rest(plain or parts.path.removeprefix("/wp-json"), params, plain=bool(plain))
        elif parts.path == "/feed/" and self.fake.feed is not None:
            self._send(200, self.fake.feed, "application/rss+xml")
        else:
            self._send(404 if parts.path != "/" else 200, b"<html><title>Desa</title></html>", "text/html")

    def _rest(self, route: str, params: dict[str, str], *, plain: bool) -> None:
        fake = self.fake
        fake.asked.append((route, params))
        if fake.broken:
            self._send(fake.broken, b"<html>Error</html>", "text/html", {"Retry-After": "120"})
        elif fake.only_plain and not plain:
            self._send(404, b"<html>Not found</html>", "text/html")
        elif fake.closed:
            status, body = fake.closed
            kind = "application/json" if body.startswith("{") else "text/html"
            self._send(status, body.encode(), kind)
        elif route == "/":
            self._json(200, {"name": "KIM Tiruan", "home": fake.url, "namespaces": ["oembed/1.0", "wp/v2"]})
        elif route == "/wp/v2/posts":
            self._list({name: value for name, value in params.items() if name not in fake.ignored})
        else:
            self._one(int(route.rpartition("/")[2]))

    def _list(self, params: dict[str, str]) -> None:
        fake = self.fake
        size, page = int(params.get("per_page", "10")), int(params.get("page", "1"))
        order, down = params.get("orderby", "date"), params.get("order", "desc") == "desc"
        found = self._matching(params)
        found.sort(key=lambda number: number if order == "id" else fake.posts[number][order], reverse=down)
        pages = -(-len(found) // size)
        if page > max(pages, 1) and not fake.endless:
            self._error(400, "rest_post_invalid_page_number")
            return
        chosen = found[(page - 1) * size : page * size] if not fake.endless else found[:size]
        if "content" in params.get("_fields", "content") and len(chosen) > fake.limit:
            self._send(200, b"[" + b" " * (6 * 2**20) + b"]", "application/json")
            return
        claimed = pages if fake.claimed_pages is None else fake.claimed_pages
        counts = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(claimed)}
        self._json(200, [self._post(number) for number in chosen], counts if fake.headers else {})

    def _matching(self, params: dict[str, str]) -> list[int]:
        found = [number for number, post in self.fake.posts.items() if post.get("listed", True)]
        if include := params.get("include"):
            found = [number for number in found if str(number) in include.split(",")]
        if before := params.get("before"):  # site time
            limit = datetime.fromisoformat(before) - ZONE
            found = [number for number in found if self.fake.posts[number]["date"] < limit]
        if after := params.get("modified_after"):
            assert after.endswith("Z")
            limit = datetime.fromisoformat(after.removesuffix("Z"))
            found = [number for number in found if self.fake.posts[number]["modified"] > limit]
        return found

    def _one(self, number: int) -> None:
        if number in self.fake.answers:
            status, body = self.fake.answers[number]
            self._json(status, body)
        elif number in self.fake.posts:
            self._json(200, self._post(number))
        else:
            self._error(404, "rest_post_invalid_id")

    def _post(self, number: int) -> dict[str, Any]:
        post, home = self.fake.posts[number], self.fake.url
        protected = bool(post.get("protected"))
        text = "" if protected else f"<p>Isi {post['title']}</p>"
        return {
            "id": number,
            "date": (post["date"] + ZONE).isoformat(),
            "date_gmt": post["date"].isoformat(),
            "modified_gmt": post["modified"].isoformat(),
            "guid": {"rendered": f"{home}?p={number}"},
            "status": post.get("status", "publish"),
            "link": f"{home}warta-{number}/",
            "title": {"rendered": post["title"]},
            "content": {"rendered": text, "protected": protected},
            "excerpt": {"rendered": "", "protected": protected},
            **post.get("extra", {}),
        }

    def _error(self, status: int, code: str) -> None:
        self._json(status, {"code": code, "message": code, "data": {"status": status}})

    def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        sent = self.fake.notice + json.dumps(body).encode()
        self._send(status, sent, "application/json; charset=UTF-8", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def rss(fake: Fake, numbers: list[int]) -> bytes:
    """The site's feed with these posts, as WordPress writes it."""
    items = "".join(
        f"<item><title>{fake.posts[number]['title']}</title><link>{fake.url}warta-{number}/</link>"
        f'<guid isPermaLink="false">{fake.url}?p={number}</guid>'
        f"<pubDate>{format_datetime(fake.posts[number]['date'])}</pubDate>"
        f"<description>Ringkas</description></item>"
        for number in numbers
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>KIM</title>{items}</channel></rss>'.encode()
    )
