"""A feed farm for benchmarks: many sites, each with one WordPress-like feed, at the least possible cost.

Run it in a process of its own, so that its CPU time is not the hub's::

    python -m hub.testing.district.farm --sites 200 --posts 15 --size 3000

It prints one JSON line (``urls``, ``control``) when ready and ends on SIGTERM or Ctrl-C, with ``--watched``
also when its parent goes away. :class:`FarmProcess` does all that. Answers are built in advance, so that a
request costs next to nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import json
import random
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from hub.testing.district.render import Channel, FeedItem, wordpress_rss
from hub.testing.district.servers import listen_all
from hub.testing.district.texts import WITA, Block, articles, localise, plain, to_html
from hub.testing.district.villages import VILLAGES

FEED, CONTROL = b"/feed/", b"/_farm/"
#: Posts are dated before this; those published later follow it by the hour.
_START = datetime.now(WITA).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)


class FarmSite:
    """One site of the farm: its items and its answers, ready to be sent."""

    def __init__(self, number: int, home: str, *, posts: int, size: int) -> None:
        self.number, self.home, self.size = number, home, size
        self.village = VILLAGES[number % len(VILLAGES)]
        self._dice = random.Random(number)
        self._numbers = itertools.count(1)
        self.items: list[FeedItem] = []
        for age in range(posts, 0, -1):
            self.items.insert(0, self._item(_START - timedelta(hours=9 * age, minutes=number)))
        self.render()

    def publish(self, when: datetime) -> None:
        """One new post on top; the oldest falls out of the feed."""
        self.items = [self._item(when), *self.items[:-1]]
        self.render()

    def render(self) -> None:
        """Build the answers with and without validators, and the 304."""
        title = f"KIM {self.village.title} {self.number}"
        channel = Channel(title, self.home, f"{self.home}feed/", "Kabar desa")
        body = wordpress_rss(channel, self.items)
        self.etag = f'"{hashlib.md5(body).hexdigest()}"'.encode()
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=UTF-8\r\nContent-Length: %d\r\n"
        )
        tail = b"\r\n" + body
        self.bare = head % len(body) + tail
        self.full = head % len(body) + b"ETag: " + self.etag + b"\r\n" + tail
        self.same = b"HTTP/1.1 304 Not Modified\r\nETag: " + self.etag + b"\r\n\r\n"

    def _item(self, when: datetime) -> FeedItem:
        number = next(self._numbers)
        source = self._dice.choice(articles())
        title = localise(source.titles[0], self.village, when)
        blocks = tuple(self._blocks(when))
        html = to_html(blocks, lambda picture: "")
        return FeedItem(
            id=f"{self.home}?p={number * 3 + 98}",
            link=f"{self.home}{when:%Y/%m/%d}/kabar-{self.number}-{number}/",
            title=f"{title} ({self.number}.{number})",
            author=self._dice.choice(self.village.authors),
            topics=source.topics,
            published=when,
            modified=when,
            html=html,
            summary=" ".join(plain(blocks[0].lines[0]).split()[:55]),
        )

    def _blocks(self, when: datetime) -> Iterator[Block]:
        """Paragraphs, lists and quotations of the district's articles, up to the wanted size."""
        written = 0
        while written < self.size:
            block = self._dice.choice(self._dice.choice(articles()).blocks)
            if block.kind in ("picture", "h3") or (not written and block.kind != "p"):
                continue
            lines = tuple(localise(line, self.village, when) for line in block.lines)
            written += sum(len(line) + 10 for line in lines)
            yield Block(block.kind, lines)


class Farm:
    """Sites on the addresses ``{address_base}1.1``, ``{address_base}1.2`` ... and the counts of what
    was asked of them."""

    def __init__(
        self,
        sites: int = 200,
        posts: int = 15,
        size: int = 3000,
        address_base: str = "127.10.",
        port: int = 0,
    ) -> None:
        addresses = [f"{address_base}{1 + n // 250}.{1 + n % 250}" for n in range(sites)]
        self.listeners = listen_all(addresses, port)
        self.port = self.listeners[0].getsockname()[1]
        homes = [f"http://{address}:{self.port}/" for address in addresses]
        self.sites = [FarmSite(n, home, posts=posts, size=size) for n, home in enumerate(homes)]
        self.etags = True
        self.published = 0
        self.open = 0
        self.reset()

    @property
    def urls(self) -> list[str]:
        return [site.home + "feed/" for site in self.sites]

    def reset(self) -> None:
        """Begin to count anew."""
        self.requests = self.unchanged = self.connections = self.bytes = 0
        self.most_open = self.open

    def control(self, order: str) -> dict[str, Any]:
        """Carry out ``etags-on``, ``etags-off``, ``publish``, ``reset`` or ``count``."""
        if order.startswith("etags-"):
            self.etags = order == "etags-on"
        elif order == "publish":
            self.published += 1
            for site in self.sites:
                site.publish(_START + timedelta(hours=self.published, seconds=site.number))
        elif order == "reset":
            self.reset()
        return {
            "requests": self.requests,
            "unchanged": self.unchanged,
            "connections": self.connections,
            "most_open": self.most_open,
            "bytes": self.bytes,
            "etags": self.etags,
            "published": self.published,
        }

    async def serve(self) -> None:
        """Answer until cancelled."""
        loop = asyncio.get_running_loop()
        pairs = zip(self.listeners, self.sites, strict=True)
        servers = [await self._listen(loop, listener, site) for listener, site in pairs]
        try:
            await asyncio.Event().wait()
        finally:
            for server in servers:
                server.close()

    async def _listen(
        self, loop: asyncio.AbstractEventLoop, listener: socket.socket, site: FarmSite
    ) -> asyncio.Server:
        return await loop.create_server(lambda: _Client(self, site), sock=listener)


class _Client(asyncio.Protocol):
    """One kept connection. Requests have no body, so a blank line ends each."""

    def __init__(self, farm: Farm, site: FarmSite) -> None:
        self.farm, self.site, self.buffer = farm, site, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.farm.connections += 1
        self.farm.open += 1
        self.farm.most_open = max(self.farm.most_open, self.farm.open)

    def connection_lost(self, exc: Exception | None) -> None:
        self.farm.open -= 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
            self.transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1]
        if path.startswith(CONTROL):
            body = json.dumps(self.farm.control(path[len(CONTROL) :].decode())).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
                len(body),
                body,
            )
        if path != FEED:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        farm, site = self.farm, self.site
        farm.requests += 1
        if farm.etags and site.etag in head:
            farm.unchanged += 1
            return site.same
        answer = site.full if farm.etags else site.bare
        farm.bytes += len(answer)
        return answer


class FarmProcess:
    """The farm in a process of its own; a context manager.

    ``urls`` are the feeds, ``allow_private`` the networks to open for them.
    """

    def __init__(self, sites: int = 200, posts: int = 15, size: int = 3000, port: int = 0) -> None:
        options = {"sites": sites, "posts": posts, "size": size, "port": port}
        self._command = [sys.executable, "-m", "hub.testing.district.farm", "--watched"]
        self._command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
        self.allow_private = ("127.10.0.0/16",)

    def __enter__(self) -> FarmProcess:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the feed farm did not start")
        ready = json.loads(line)
        self.urls: list[str] = ready["urls"]
        self.port: int = ready["port"]
        self._control: str = ready["control"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def order(self, order: str) -> dict[str, Any]:
        """See :meth:`Farm.control`; returns the counts."""
        with urllib.request.urlopen(self._control + order, timeout=60) as answer:
            counts: dict[str, Any] = json.load(answer)
        return counts

    def etags(self, on: bool) -> None:
        """Serve validators and 304, or the same body with 200 every time."""
        self.order("etags-on" if on else "etags-off")

    def publish(self) -> None:
        """One new post in every feed."""
        self.order("publish")

    def count(self, *, reset: bool = False) -> dict[str, Any]:
        """Requests, 304s (``unchanged``), connections made and most open at once since the last reset."""
        counts = self.order("count")
        if reset:
            self.order("reset")
        return counts


async def _serve_until_closed(farm: Farm, *, watched: bool) -> None:
    serving = asyncio.ensure_future(farm.serve())
    await asyncio.sleep(0)
    ready = {"urls": farm.urls, "port": farm.port, "control": farm.sites[0].home + CONTROL.decode()[1:]}
    print(json.dumps(ready), flush=True)
    if watched:
        asyncio.get_running_loop().add_reader(sys.stdin, lambda: sys.stdin.read(1) or serving.cancel())
    await serving


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--posts", type=int, default=15)
    parser.add_argument("--size", type=int, default=3000, help="bytes of HTML per post")
    parser.add_argument("--address-base", default="127.10.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--watched", action="store_true", help="end when standard input is closed")
    wanted = parser.parse_args()
    farm = Farm(wanted.sites, wanted.posts, wanted.size, wanted.address_base, wanted.port)
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_serve_until_closed(farm, watched=wanted.watched))


if __name__ == "__main__":
    main()
