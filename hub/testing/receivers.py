"""Many light sites that take announcements as WordPress's REST API does, for benchmarks and chaos tests.

Run it in a process of its own, so that its CPU time is not the hub's::

    python -m hub.testing.receivers --sites 100 --delay 0.5
    python -m hub.testing.receivers --sites 200 --faults 0.2 --seed 7

It prints one JSON line (``urls``, ``control``) when ready and ends when its parent goes away
(``--watched``); :class:`Receivers` does all that. What it does not try to be is WordPress: wire behaviour
is tested against the real one, this one counts copies.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from types import TracebackType
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from hub.testing.district.servers import listen_all

#: What can go wrong with a write. Before it is done: the site refuses (``error``, ``busy``). After it was
#: done: no answer until the client gives up (``hang``), a 500 all the same (``lost``), a reset (``cut``).
FAULTS: Final = ("error", "busy", "hang", "lost", "cut")
DONE_ALL_THE_SAME: Final = ("hang", "lost", "cut")
CONTROL: Final = "/_receivers/"
_POST: Final = re.compile(r"/wp-json/wp/v2/posts/(\d+)")
_REASONS: Final = {200: "OK", 201: "Created", 404: "Not Found", 429: "Too Many Requests", 500: "Error"}

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """One site: its posts by number, as the API shows them to their editor."""

    number: int
    home: str
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=lambda: {"pengumuman": 2})

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        parts = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told: dict[str, Any] = json.loads(body) if body else {}
        if parts.path == "/wp-json/wp/v2/posts":
            return _json(200, self._listed(asked)) if method == "GET" else _json(201, self._create(told))
        if found := _POST.fullmatch(parts.path):
            return self._one(method, int(found[1]), told)
        if parts.path == "/wp-json/wp/v2/categories":
            return self._category(method, asked, told)
        return self._page(parts.path)

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        text = asked.get("search", "")
        return [
            post
            for post in self.posts.values()
            if (post["slug"] in asked.get("slug", post["slug"]).split(",")) and text in post["content"]["raw"]
        ]

    def _create(self, told: dict[str, Any]) -> dict[str, Any]:
        number = len(self.posts) + 1
        taken = {post["slug"] for post in self.posts.values()}
        wanted = told["slug"]
        slug = next(name for name in _names(wanted) if name not in taken)
        post = {"id": number, "slug": slug, "link": f"{self.home}{slug}/", "status": "draft"}
        self.posts[number] = post | {"featured_media": 0}
        return self._change(number, told)

    def _change(self, number: int, told: dict[str, Any]) -> dict[str, Any]:
        post = self.posts[number]
        for name in ("title", "content"):
            if name in told:
                post[name] = {"raw": told[name], "rendered": told[name]}
        post["status"] = told.get("status", post["status"])
        return post

    def _one(self, method: str, number: int, told: dict[str, Any]) -> Answer:
        post = self.posts.get(number)
        if post is None:
            return _json(404, {"code": "rest_post_invalid_id"})
        if method == "DELETE":
            if post["status"] == "trash":
                return _json(410, {"code": "rest_already_trashed"})
            post |= {"status": "trash", "slug": f"{post['slug']}__trashed"}
        elif method == "POST":
            self._change(number, told)
        return _json(200, post)

    def _category(self, method: str, asked: dict[str, str], told: dict[str, Any]) -> Answer:
        if method == "POST":
            number = self.categories.setdefault(told["slug"], len(self.categories) + 2)
            return _json(201, {"id": number, "slug": told["slug"]})
        slug = asked["slug"]
        known = [{"id": self.categories[slug], "slug": slug}] if slug in self.categories else []
        return _json(200, known)

    def _page(self, path: str) -> Answer:
        """A post as residents read it, or the home page, which says where the API is."""
        slug = path.strip("/")
        links = {"Content-Type": "text/html", "Link": f'<{self.home}wp-json/>; rel="https://api.w.org/"'}
        if not slug:
            return 200, links, b"<title>Situs desa</title>"
        for post in self.posts.values():
            if post["slug"] == slug and post["status"] == "publish":
                title = post["title"]["raw"]
                return 200, links, f"<title>{escape(title)}</title>{post['content']['raw']}".encode()
        return 404, links, b"<title>Tidak ada</title>"


def _names(wanted: str) -> list[str]:
    """``wanted``, then as WordPress calls a second and third of that name."""
    return [wanted, *(f"{wanted}-{number}" for number in range(2, 1000))]


def _json(status: int, document: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


class Farm:
    """The sites and their mishaps.

    Args:
        delay: seconds until an answer.
        faults: share of writes that go wrong, from 0 to 1.
        seed: the same seed gives a site the same mishaps, write for write.
    """

    def __init__(self, sites: int, delay: float, faults: float, seed: int, base: str = "127.10.") -> None:
        addresses = [f"{base}{20 + n // 250}.{1 + n % 250}" for n in range(sites)]
        self.listeners = listen_all(addresses, 0)
        port = self.listeners[0].getsockname()[1]
        self.sites = [Site(n, f"http://{address}:{port}/") for n, address in enumerate(addresses)]
        self.delay, self.faults = delay, faults
        self._dice = [random.Random(f"{seed}/{n}") for n in range(sites)]
        self.counts: Counter[str] = Counter()

    def mishap(self, site: Site, method: str) -> str:
        """What goes wrong with this request, or empty."""
        if method not in ("POST", "DELETE"):
            return ""
        dice = self._dice[site.number]
        return dice.choice(FAULTS) if dice.random() < self.faults else ""

    def told(self, order: str) -> Any:
        """``count``: requests, writes and mishaps by kind; ``posts``: what stands at each site."""
        if order == "count":
            return {"requests": 0, "writes": 0, **self.counts}
        return [
            {"site": site.number, "title": post["title"]["raw"], **{k: post[k] for k in ("slug", "status")}}
            for site in self.sites
            for post in site.posts.values()
        ]

    async def serve(self) -> None:
        """Answer until cancelled."""
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(lambda site=site: _Client(self, site), sock=listener)  # type: ignore[misc]
            for listener, site in zip(self.listeners, self.sites, strict=True)
        ]
        try:
            await asyncio.Event().wait()
        finally:
            for server in servers:
                server.close()


class _Client(asyncio.Protocol):
    """One connection; a client sends its next request when the last was answered."""

    def __init__(self, farm: Farm, site: Site) -> None:
        self.farm, self.site, self.buffer = farm, site, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length:\s*(\d+)", head)
        wanted = int(length[1]) if length else 0
        if not end or len(rest) < wanted:
            return
        self.buffer = rest[wanted:]
        method, target, _ = head.decode("latin-1").split(" ", 2)
        if target.startswith(CONTROL):
            self._write(_json(200, self.farm.told(target.removeprefix(CONTROL))), method)
            return
        loop, body = asyncio.get_running_loop(), rest[:wanted]
        loop.call_later(self.farm.delay, self._take, method, target, body)

    def _take(self, method: str, target: str, body: bytes) -> None:
        farm = self.farm
        farm.counts["requests"] += 1
        mishap = farm.mishap(self.site, method)
        farm.counts[mishap] += bool(mishap)
        if mishap == "busy":
            self._write((429, {"Retry-After": "1"}, b""), method)
            return
        if mishap == "error":
            self._write((500, {}, b"<h1>Error</h1>"), method)
            return
        answer = self.site.answer(method, target, body)
        farm.counts["writes"] += method != "GET" and method != "HEAD"
        if mishap == "lost":
            self._write((500, {}, b"<h1>Error</h1>"), method)
        elif mishap == "cut":
            self.transport.abort()
        elif mishap != "hang":
            self._write(answer, method)

    def _write(self, answer: Answer, method: str) -> None:
        status, headers, body = answer
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Fault')}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head if method == "HEAD" else head + body)


class Receivers:
    """The farm in a process of its own; a context manager. ``urls`` are the sites' addresses."""

    allow_private = ("127.10.0.0/16",)

    def __init__(self, sites: int, *, delay: float = 0.0, faults: float = 0.0, seed: int = 1) -> None:
        options = {"sites": sites, "delay": delay, "faults": faults, "seed": seed}
        self._command = [sys.executable, "-m", "hub.testing.receivers", "--watched"]
        self._command += [part for name, value in options.items() for part in (f"--{name}", str(value))]

    def __enter__(self) -> Receivers:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the receivers did not start")
        self.urls: list[str] = json.loads(line)["urls"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def counts(self) -> dict[str, int]:
        """Requests, writes that were done, and mishaps by kind."""
        found: dict[str, int] = self._told("count")
        return found

    def posts(self) -> list[dict[str, Any]]:
        """Every post of every site: ``site`` (its number), ``slug``, ``status``, ``title``."""
        found: list[dict[str, Any]] = self._told("posts")
        return found

    def _told(self, order: str) -> Any:
        with urllib.request.urlopen(f"{self.urls[0]}{CONTROL[1:]}{order}", timeout=60) as answer:
            return json.load(answer)


async def _serve_until_closed(farm: Farm, *, watched: bool) -> None:
    serving = asyncio.ensure_future(farm.serve())
    await asyncio.sleep(0)
    print(json.dumps({"urls": [site.home for site in farm.sites]}), flush=True)
    if watched:
        asyncio.get_running_loop().add_reader(sys.stdin, lambda: sys.stdin.read(1) or serving.cancel())
    await serving


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sites", type=int, default=100)
    parser.add_argument("--delay", type=float, default=0.5, help="seconds until an answer")
    parser.add_argument("--faults", type=float, default=0.0, help="share of writes that go wrong")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--watched", action="store_true", help="end when standard input is closed")
    wanted = parser.parse_args()
    farm = Farm(wanted.sites, wanted.delay, wanted.faults, wanted.seed)
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_serve_until_closed(farm, watched=wanted.watched))


if __name__ == "__main__":
    main()
