"""One village's site: its items, what happens to them, and how it answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from hub.testing.district import pages, pictures, wordpress
from hub.testing.district.desk import Desk
from hub.testing.district.mishaps import Mishaps
from hub.testing.district.servers import Reply, Request, redirect
from hub.testing.district.texts import Article, Block, Item, localise, tell
from hub.testing.district.villages import Trouble, Village
from hub.testing.district.widget import Widget

if TYPE_CHECKING:
    from hub.testing.district.platforms import Platform

#: What an editor adds when coming back to a post.
UPDATES = (
    "**Pembaruan {tgl}.** Waktu kegiatan pada berita ini sudah disesuaikan dengan pemberitahuan terakhir "
    "dari {kantor}. Warga yang sudah mencatat jadwal lama mohon mengikuti jadwal yang baru.",
    "**Ralat {tgl}.** Pada berita sebelumnya nama {dusun2} tertulis keliru. Redaksi {kim} sudah "
    "memperbaikinya dan meminta maaf kepada warga.",
    "**Tambahan {tgl}.** Bagi warga {dusun3} yang belum sempat hadir, panitia masih menerima pendaftaran "
    "di {kantor} setiap hari kerja pukul 08.00 sampai 14.00 WITA.",
)


class VillageSite:
    """A site that can be read at ``url``.

    ``items`` are newest first and replaced as a whole, so that the serving thread always sees a complete
    state. ``base`` is where the site's own links lead; it differs from ``url`` only for a site that has
    moved. A WordPress site has a ``desk``, where announcements are received, and ``mishaps`` that can be
    switched on; ``names_refusals`` tells whether it says what is wrong with a refused password (sites with
    a login plugin do; plain WordPress takes the asker for anonymous). Any other may have a ``widget`` that
    shows the hub's announcements.
    """

    def __init__(
        self,
        village: Village,
        platform: Platform,
        url: str,
        clock: Callable[[], datetime],
        *,
        moved_to: str = "",
        slow_seconds: float = 3.0,
        seed: object = 0,
    ) -> None:
        self.village, self.platform_kind = village, platform
        self.url, self.base = url, moved_to or url
        self.trouble: Trouble = village.trouble
        self.slow_seconds = slow_seconds
        self.items: tuple[Item, ...] = ()
        self.changed = clock()
        self.on_publish: Callable[[], Item] | None = None
        self.desk = Desk(self, seed) if platform.name == "wordpress" else None
        self.mishaps, self.names_refusals = Mishaps(), True
        self.widget: Widget | None = None
        self.now, self.next_number, self._edits = clock, 101, 0
        self.lock = threading.RLock()

    @property
    def name(self) -> str:
        return self.village.kim

    @property
    def code(self) -> str:
        """The village's Kemendagri code."""
        return self.village.code

    @property
    def platform(self) -> str:
        return self.platform_kind.name

    @property
    def feed_url(self) -> str:
        """The feed's address as a reader would have noted it (the old one of a site that moved)."""
        return self.url.rstrip("/") + self.platform_kind.feed_path(self)

    @property
    def rest_url(self) -> str:
        """The root of the WordPress REST API; empty where there is none to be had."""
        path = self.platform_kind.rest_path(self)
        return self.url.rstrip("/") + path if path else ""

    @property
    def user(self) -> str:
        """Whose Application Password ``password`` is; empty where there is no WordPress."""
        return self.desk.user if self.desk is not None else ""

    @property
    def password(self) -> str:
        return self.desk.password if self.desk is not None else ""

    def copies(self, mark: str) -> int:
        """How many posts that residents can read have ``mark`` in slug or text."""
        return len(self.desk.copies(mark)) if self.desk is not None else 0

    def link(self, item: Item) -> str:
        """Where people read ``item``."""
        return self.base.rstrip("/") + self.platform_kind.path(self, item)

    # What happens at a site

    def add(self, article: Article, when: datetime, *, turn: int = 0) -> Item:
        """Publish ``article`` with the date ``when``."""
        with self.lock:
            item = tell(article, self.village, when, number=self.next_id(), turn=turn)
            if any(other.slug == item.slug for other in self.items):
                item = replace(item, slug=f"{item.slug}-{item.id}")
            self.keep([*self.items, item], when)
        return item

    def edit(self) -> Item | None:
        """An editor comes back to one of the newest posts; None when there are none."""
        with self.lock:
            if not self.items:
                return None
            now = self.now()
            old = self.items[self._edits % min(len(self.items), 5)]
            note = localise(UPDATES[self._edits % len(UPDATES)], self.village, now)
            new = replace(old, blocks=(*old.blocks, Block("p", (note,))), modified=now)
            self._edits += 1
            self.keep([new if item.id == old.id else item for item in self.items], now)
        return new

    def delete(self) -> Item | None:
        """Take down one of the newer posts for good; None when fewer than four are left."""
        with self.lock:
            if len(self.items) < 4:
                return None
            gone = self.items[3]
            self.keep([item for item in self.items if item.id != gone.id], self.now())
        return gone

    def next_id(self) -> int:
        """A number for a new post or file; called with the lock held."""
        self.next_number += 3
        return self.next_number - 3

    def number_from(self, number: int) -> None:
        """Give out no number below ``number`` any more."""
        self.next_number = max(self.next_number, number)

    def keep(self, items: list[Item], now: datetime) -> None:
        """Replace what residents can read; called with the lock held."""
        self.items = tuple(sorted(items, key=lambda item: (item.published, item.id), reverse=True))
        self.changed = max(self.changed, now) if self.items else now

    # How it answers

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer at the site's own address."""
        picture = pictures.match(request.path)
        if picture is not None:
            return self._picture(picture)
        if self.widget is not None and request.path == "/" and self.widget.stale:
            return self._with_news_of_the_hub(request, self.widget)
        return self._answer(request)

    def _answer(self, request: Request) -> Reply:
        rest = self.desk is not None and wordpress.route_of(self, request) is not None
        request = self.mishaps.before(request)
        reply = self.mishaps.instead(request, rest=rest) or self._document(request)
        if self.trouble == "slow":
            reply = replace(reply, delay=self.slow_seconds)
        return self.mishaps.after(request, reply, rest=rest)

    async def _with_news_of_the_hub(self, request: Request, widget: Widget) -> Reply:
        await asyncio.get_running_loop().run_in_executor(None, widget.refresh)
        return self._answer(request)

    def handle_old(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer at the address that the site has left: a notice at its home, 301 for the rest."""
        if self.trouble != "moved":
            return self.handle(request)
        if request.path == "/" and not request.query:
            return Reply(pages.moved(self).encode(), gzip=True)
        return redirect(self.base.rstrip("/") + request.target)

    def _document(self, request: Request) -> Reply:
        if request.method == "POST" and request.path == "/peraga/terbit" and self.on_publish is not None:
            return redirect(self.link(self.on_publish()), 303)
        served = self.platform_kind.serve(self, request)
        if served is not None:
            return served
        if request.method not in ("GET", "HEAD"):
            return Reply(pages.problem(self, "Metode ini tidak dilayani").encode(), status=405)
        if self.trouble == "broken" and self.platform_kind.is_feed(self, request):
            return self._broken(request)
        return self.platform_kind.respond(self, request) or self._page(request)

    def _page(self, request: Request) -> Reply:
        kind = self.platform_kind
        if request.path == "/" and "p" not in request.query:
            html, headers = pages.home(self), kind.page_headers(self)
        else:
            item = kind.find(self, request)
            if item is None:
                return Reply(pages.problem(self, "Halaman tidak ditemukan").encode(), status=404, gzip=True)
            html, headers = pages.article(self, item), kind.page_headers(self, item)
        return Reply(html.encode(), headers=headers, gzip=True)

    def _broken(self, request: Request) -> Reply:
        """An error page with status 200 in place of the feed, or a feed that ends in the middle."""
        if "truncated" in self.village.quirks:
            whole = self.platform_kind.respond(self, request)
            assert whole is not None
            return replace(whole, body=whole.body[: len(whole.body) * 6 // 10], etag="", modified=None)
        return Reply(pages.database_error().encode())

    async def _picture(self, wanted: pictures.Wanted) -> Reply:
        paint = partial(pictures.render, wanted)
        body = await asyncio.get_running_loop().run_in_executor(None, paint)
        return Reply(
            body,
            type=wanted.media_type,
            etag=f'"{len(body):x}-{wanted.variant}"',
            headers={"Cache-Control": "public, max-age=2592000"},
        )
