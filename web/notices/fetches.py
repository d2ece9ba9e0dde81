"""Who fetches a village's announcements: the proof, for channels without a page of ours to read back, that
they stand where residents look.

Sits before the page cache, so that an answer from the cache counts like any other.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from web.cache import GENERATION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

FEEDS = ("/pengumuman/feed.xml", "/pengumuman/feed.atom", "/pengumuman/feed.json")
EMBEDS = ("/embed/pengumuman", "/embed/pengumuman.js")
#: Seconds in which the same asker is written down once, unless there is something new to see.
AGAIN = 60.0
_REMEMBERED = 4096
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://([^\s;,)/?#]+)", re.IGNORECASE)
_PRODUCT = re.compile(r"[A-Za-z][\w.!-]{0,39}")
_ROBOT = re.compile(r"compatible;\s*([A-Za-z][\w.-]{0,39})")


class FetchLog:
    """WSGI middleware: notes each successful GET of a feed or an embed that names a village.

    Args:
        app: the page cache.
        note: called with the village's code and a short form of who asked.
        generation: number of the shown data; an answer from before the latest change proves nothing.
        own: the hub's own host, whose pages do not count as the village's.
    """

    def __init__(
        self,
        app: WSGIApplication,
        note: Callable[[str, str], object],
        generation: Callable[[], int],
        own: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._note, self._generation, self._own = app, note, generation, own.lower()
        self._clock = clock
        self._noted: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "GET" or path not in FEEDS + EMBEDS:
            return self._app(environ, start_response)
        statuses: list[str] = []

        def watched(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, headers, *rest)

        body = self._app(environ, watched)
        if statuses and statuses[0][:3] in ("200", "304"):
            self._seen(environ, path)
        return body

    def _seen(self, environ: WSGIEnvironment, path: str) -> None:
        village = parse_qs(environ.get("QUERY_STRING", "")).get("village", [""])[0].strip()
        who = asker(environ, self._own) if path in FEEDS else embedder(environ, self._own)
        if not village or not who:
            return
        try:
            shown = self._generation()
            if shown == environ.get(GENERATION) and self._new((village, who), shown):
                self._note(village, who)
        except Exception:  # a busy database; the next fetch is noted, and the reader has the feed
            log.warning("could not note that %s fetched the announcements of %s", who, village, exc_info=True)

    def _new(self, key: tuple[str, str], generation: int) -> bool:
        now = self._clock()
        with self._lock:
            before = self._noted.get(key)
            if before and before[0] == generation and now < before[1] + AGAIN:
                return False
            self._noted[key] = (generation, now)
            self._noted.move_to_end(key)
            if len(self._noted) > _REMEMBERED:
                self._noted.popitem(last=False)
        return True


def asker(environ: WSGIEnvironment, own: str = "") -> str:
    """Who fetched a feed, shortly: ``desa.example.id (WordPress)``, ``Feedly``, ``browser``.

    The User-Agent is a claim; only the shape of a host and of a product's name are let through.
    """
    agent = environ.get("HTTP_USER_AGENT", "")[:500]
    product = _PRODUCT.match(agent)
    name = product[0] if product else ""
    robot = _ROBOT.search(agent)
    if name == "Mozilla":
        name = robot[1] if robot else "browser"
    address = _ADDRESS.search(agent)
    host = _host(address[1]) if address else ""
    if host and host != own:
        return f"{host} ({name})" if name else host
    return name or "?"


def embedder(environ: WSGIEnvironment, own: str = "") -> str:
    """The host of the page that holds the embed, empty when nobody says or it is the hub itself."""
    try:
        host = _host(urlsplit(environ.get("HTTP_REFERER", "")[:2000]).netloc)
    except ValueError:
        return ""
    return f"{host} (embed)" if host and host != own else ""


def _host(text: str) -> str:
    text = text.rpartition("@")[2].lower()
    return text if _HOST.fullmatch(text) else ""
