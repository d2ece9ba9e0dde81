"""The page cache: answers kept as finished bytes, in front of Flask.

A page exists in a few variants, by how readers want it to look (``web.display``); the answer says whether it
is such a page (``Vary: Cookie``). Everything else is one for all.

Kept are only answers of 200 to GET (HEAD is served from them) that set no cookie and call themselves
public; pictures are kept by others, on disk. An entry is good while the shown data has not changed
(``hub.reading.generation``), and for as long as its words are true: "2 hours ago" wants a page made anew
every minute. When making it fails, the old page is shown: yesterday's news is better than an error.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
from werkzeug.datastructures import Headers
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

from web import display
from web.security import REFUSED, over_limit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Seconds between two looks at the generation.
LOOK_EVERY = 0.5
#: Seconds for which the words of a page stay true; feeds and documents hold no such words.
PAGE_SECONDS, DOCUMENT_SECONDS = 60.0, 600.0
MAX_BYTES = 48 * 2**20
MAX_ENTRY = 2 * 2**20
#: Where the cache leaves the generation of its answer for the middleware before it.
GENERATION = "kimhub.generation"
_WORTH_COMPRESSING = 500
#: Below it are pictures: they count against nobody's limit and come from a place of their own.
_PASSED = "/gambar/"
_TEXT = ("text/", "application/", "image/svg")
#: Of a 304, by RFC 9110: what a 200 would say about caching, and nothing about the body.
_NOT_ON_304 = frozenset({"content-type", "content-length", "content-encoding", "content-language"})


#: Path, query string, and the variant of a page; empty for what is one for all.
Key = tuple[str, str, str]


@dataclass(slots=True)
class Page:
    """One finished answer in every encoding asked for so far."""

    generation: int
    made_at: float
    keep: float
    etag: str
    headers: list[tuple[str, str]]
    compressible: bool
    for_good: bool
    bodies: dict[str, bytes]

    def body(self, accepted: str) -> tuple[str, bytes]:
        """The encoding chosen for a client that accepts ``accepted``, and the body in it, compressed at
        most once."""
        encoding = _encoding(accepted) if self.compressible else ""
        body = self.bodies.get(encoding)
        if body is None:
            compress = _compress_for_good if self.for_good else _compress
            body = self.bodies[encoding] = compress(self.bodies[""], encoding)
        return encoding, body

    @property
    def size(self) -> int:
        return 1024 + sum(map(len, self.bodies.values()))


class Generation:
    """The number of the shown data, looked up at most every half second. While the database does not
    answer, the last known number stands: old pages are better than none."""

    def __init__(self, look: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._look, self._clock = look, clock
        self._value, self._next = -1, float("-inf")

    def __call__(self) -> int:
        now = self._clock()
        if now >= self._next:
            self._next = now + LOOK_EVERY
            try:
                self._value = self._look()
            except Exception:  # any failure of the database; the page itself will say so
                return self._value
        return self._value


class PageCache:
    """WSGI middleware.

    Args:
        app: what makes the pages.
        generation: a number that grows with every change of the shown data.
        max_bytes: bound of all kept bodies; the least recently used go first.
    """

    def __init__(
        self,
        app: WSGIApplication,
        generation: Callable[[], int],
        *,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._generation = Generation(generation, clock)
        self._clock = clock
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._bytes = 0
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if REFUSED in environ or path.startswith(_PASSED):
            return self._app(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return (
                self._refuse(environ, start_response)
                if over_limit(environ)
                else self._app(environ, start_response)
            )
        plain = (path, environ.get("QUERY_STRING", ""), "")
        key = (*plain[:2], display.of(environ).variant or "-")
        generation = environ[GENERATION] = self._generation()
        page = self._pages.get(key)
        if page is None and (page := self._pages.get(plain)):
            key = plain
        if page and page.generation == generation and self._clock() < page.made_at + page.keep:
            self.counts["hit"] += 1
            if not _unchanged(environ, page) and over_limit(environ):
                return self._refuse(environ, start_response)
            return self._answer(page, key, environ, start_response)
        if over_limit(environ):
            return self._refuse(environ, start_response)
        self.counts["miss"] += 1
        return self._make(key, generation, environ, start_response)

    def _refuse(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[REFUSED] = 429
        return self._app(environ, start_response)

    def _make(
        self,
        key: Key,
        generation: int,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        made = Response.from_app(self._app, {**environ, "REQUEST_METHOD": "GET"}, buffered=True)
        body = made.get_data()
        old = self._pages.get(key)
        if made.status_code >= 500 and old:
            return self._answer(old, key, environ, start_response)
        if not _keepable(made.status_code, made.headers, len(body)):
            start_response(made.status, made.headers.to_wsgi_list())
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        if "cookie" not in made.vary:
            key = (*key[:2], "")
        page = _finish(made.headers, body, generation, self._clock())
        page.body(environ.get("HTTP_ACCEPT_ENCODING", ""))
        self._keep(key, page)
        return self._answer(page, key, environ, start_response)

    def _answer(
        self, page: Page, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if _unchanged(environ, page):
            start_response("304 Not Modified", [h for h in page.headers if h[0].lower() not in _NOT_ON_304])
            return []
        with self._lock:
            before = page.size
            encoding, body = page.body(environ.get("HTTP_ACCEPT_ENCODING", ""))
            if self._pages.get(key) is page:
                self._bytes += page.size - before
                self._pages.move_to_end(key)
        extra = [("Content-Length", str(len(body)))]
        if encoding:
            extra.append(("Content-Encoding", encoding))
        start_response("200 OK", page.headers + extra)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _keep(self, key: Key, page: Page) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            if old:
                self._bytes -= old.size
            self._pages[key] = page
            self._bytes += page.size
            while self._bytes > self._max_bytes and self._pages:
                _, oldest = self._pages.popitem(last=False)
                self._bytes -= oldest.size

    @property
    def size(self) -> int:
        """Bytes kept at the moment."""
        return self._bytes


def _finish(headers: Headers, body: bytes, generation: int, now: float) -> Page:
    kind = headers.get("Content-Type", "")
    html = kind.startswith("text/html")
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers.remove("Content-Length")
    headers["ETag"] = etag
    headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))
    return Page(
        generation=generation,
        made_at=now,
        keep=PAGE_SECONDS if html else DOCUMENT_SECONDS,
        etag=etag,
        headers=headers.to_wsgi_list(),
        for_good="immutable" in headers.get("Cache-Control", ""),
        compressible=kind.startswith(_TEXT) and len(body) >= _WORTH_COMPRESSING,
        bodies={"": body},
    )


def _keepable(status: int, headers: Headers, size: int) -> bool:
    control, kind = headers.get("Cache-Control", ""), headers.get("Content-Type", "")
    if kind.startswith("image/") and "svg" not in kind:
        return False
    return status == 200 and size <= MAX_ENTRY and "public" in control and "Set-Cookie" not in headers


def _unchanged(environ: WSGIEnvironment, page: Page) -> bool:
    """Whether the client names the version it would get (weak comparison, RFC 9110 13.1.2)."""
    given = environ.get("HTTP_IF_NONE_MATCH")
    if not given:
        return False
    opaque = page.etag.removeprefix("W/")
    return given.strip() == "*" or opaque in {tag.strip().removeprefix("W/") for tag in given.split(",")}


@lru_cache(256)
def _encoding(accepted: str) -> str:
    """The best encoding the client takes: br, gzip or none."""
    offered = parse_accept_header(accepted)
    if offered.quality("br") > 0 and offered.find("br") >= 0:
        return "br"
    return "gzip" if offered.quality("gzip") > 0 and offered.find("gzip") >= 0 else ""


def _compress(body: bytes, encoding: str, quality: int = 6) -> bytes:
    """At quality 6 a front page takes 2 ms; 11 makes it a tenth smaller in 200 ms, which is too long for what
    lives a minute."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=quality))
    return gzip.compress(body, 7, mtime=0) if encoding == "gzip" else body


@lru_cache(64)
def _compress_for_good(body: bytes, encoding: str) -> bytes:
    """Style and script, which outlive every change of the shown data."""
    return _compress(body, encoding, quality=11)
