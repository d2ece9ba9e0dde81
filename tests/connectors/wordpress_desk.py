"""A WordPress on loopback that takes posts, as far as the publisher looks at it, and whose answers can be
replaced one by one. What real WordPress does is tested on real WordPress."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

ADDRESS = "127.10.202.1"


class Reply(NamedTuple):
    """An answer; a body of str is a page, everything else JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}


class Asked(NamedTuple):
    method: str
    route: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        found = json.loads(self.body or b"{}")
        assert isinstance(found, dict)
        return found


@dataclass
class DeskSite:
    """``instead`` holds answers to give once in place of the real one, by method and route (``/wp/v2/posts``;
    a page's path for what is no API); the write is then not done. ``linked`` is the Link header's API root,
    empty for none; ``moved`` a Host that is redirected, and where to; ``pages`` are public pages by path."""

    url: str = ""
    moved: tuple[str, str] = ("", "")
    linked: str | None = None
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    media: list[dict[str, Any]] = field(default_factory=list)
    categories: dict[str, int] = field(default_factory=lambda: {"pengumuman": 3})
    instead: dict[tuple[str, str], list[Reply]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, method: str, route: str, *replies: Reply) -> None:
        self.instead.setdefault((method, route), []).extend(replies)

    def writes(self) -> list[tuple[str, str]]:
        return [(each.method, each.route) for each in self.asked if each.method in ("POST", "DELETE")]

    def shown(self, number: int) -> dict[str, Any]:
        post = self.posts[number]
        link = f"{self.url}{post['slug']}/"
        texts = {name: {"raw": post[name], "rendered": post[name]} for name in ("title", "content")}
        return {"id": number, "link": link, "featured_media": 0, **post, **texts}

    def store(self, number: int | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        number = number or len(self.posts) + 10
        self.posts[number] = {"slug": f"post-{number}", **self.posts.get(number, {}), **fields}
        return self.shown(number)

    def rest(self, asked: Asked) -> Reply:
        method, params = asked.method, asked.params
        parts = asked.route.removeprefix("/wp/v2").strip("/").split("/")
        match method, parts:
            case "GET", ["posts"]:
                posts = [self.shown(number) for number in self.posts]
                wanted = params["slug"].split(",") if "slug" in params else None
                return Reply(200, [each for each in posts if wanted is None or each["slug"] in wanted])
            case "POST", ["posts"]:
                return Reply(201, self.store(None, asked.fields))
            case (("GET" | "POST" | "DELETE"), ["posts", number]) if int(number) not in self.posts:
                return Reply(404, {"code": "rest_post_invalid_id"})
            case "GET", ["posts", number]:
                return Reply(200, self.shown(int(number)))
            case "POST", ["posts", number]:
                return Reply(200, self.store(int(number), asked.fields))
            case "DELETE", ["posts", number]:
                return Reply(200, self.store(int(number), {"status": "trash"}))
            case "GET", ["categories"]:
                slug = params["slug"]
                return Reply(
                    200, [{"id": self.categories[slug], "slug": slug}] if slug in self.categories else []
                )
            case "GET", ["media"]:
                return Reply(200, self.media)
            case "POST", ["media"]:
                number = 70 + len(self.media)
                name = asked.headers["Content-Disposition"].partition('"')[2].rstrip('"')
                self.media.append(
                    {"id": number, "slug": params["slug"], "source_url": f"{self.url}files/{name}"}
                )
                return Reply(201, self.media[-1])
            case "GET", [""]:
                return Reply(200, {"authentication": {"application-passwords": {}}, "namespaces": ["wp/v2"]})
        return Reply(404, {"code": "rest_no_route"})


@contextmanager
def serving(site: DeskSite, address: str = ADDRESS) -> Iterator[DeskSite]:
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer((address, 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.url = f"http://{address}:{server.server_port}/"
    site.linked = f"{site.url}wp-json/" if site.linked is None else site.linked
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: DeskSite
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        is_rest = "rest_route" in params or "/wp-json/" in parts.path
        route = params.pop("rest_route", "") or (
            parts.path.partition("/wp-json")[2] if is_rest else parts.path
        )
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, route, params, dict(self.headers), body)
        self.site.asked.append(asked)
        if self.headers["Host"] == self.site.moved[0]:
            self._send(Reply(301, "", {"Location": self.site.moved[1] + self.path}))
            return
        waiting = self.site.instead.get((self.command, route))
        if waiting:
            self._send(waiting.pop(0))
        else:
            self._send(self.site.rest(asked) if is_rest else self._page(parts.path))

    do_HEAD = do_POST = do_DELETE = do_GET

    def _page(self, path: str) -> Reply:
        links = {"Link": f'<{self.site.linked}>; rel="https://api.w.org/"'} if self.site.linked else {}
        if path == "/":
            return Reply(200, self.site.pages.get("/", "<title>Desa</title>"), links)
        if path in self.site.pages:
            return Reply(200, self.site.pages[path])
        for number, post in self.site.posts.items():
            if path == f"/{post['slug']}/" and post["status"] == "publish":
                return Reply(200, f"<h1>{post['title']}</h1>{self.site.shown(number)['content']['raw']}")
        return Reply(404, "<title>404</title>")

    def _send(self, reply: Reply) -> None:
        is_page = isinstance(reply.body, str)
        body = (reply.body if is_page else json.dumps(reply.body)).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
