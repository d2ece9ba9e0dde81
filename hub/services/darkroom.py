"""One picture: fetched, made small, kept; or why there is none, remembered for a while.

Bounded wherever somebody could lean on it: one fetch for all who want the same picture, one picture
decoded or encoded at a time in a process, a short deadline and a cap on bytes in the client that is handed
in, a cap on pixels before anything is decoded.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from hub.errors import FetchError, NotFound, RemoteError
from hub.model import Raster, ShareCard
from hub.services.picture_address import MIDDLE, PREVIEW, SMALL, WIDE
from hub.spec.http import Http
from hub.store.pictures import Head, PictureFiles
from hub.text import raster
from hub.text.share_card import draw

log = logging.getLogger(__name__)

_WIDTHS: Final = {form: int(form) for form in (SMALL, MIDDLE, WIDE)}
_ACCEPT: Final = "image/webp,image/jpeg,image/png,image/gif,image/avif;q=0.9"
DAY: Final = 86400.0
#: A picture older than this is looked at again: a KIM may have put another one, or none, in its place.
FRESH: Final = 30 * DAY
#: Seconds for which a failure is believed, by reason; DEFAULT_FAILURE for those that may pass.
DEFAULT_FAILURE: Final = 1800.0
FAILURES: Final = {
    "not_a_picture": DAY,
    "too_large": DAY,
    "gone": DAY,
    "bad_url": DAY,
    "blocked_address": DAY / 4,
    "http_4xx": DAY / 12,
}
#: Failures that end a picture that was shown before; after others the old one stays.
_TAKEN_DOWN: Final = ("gone", "http_4xx")
#: Seconds after which somebody may ask again who was told to wait.
ASK_AGAIN: Final = 3.0

Forms = dict[str, Raster]


class Darkroom:
    """Makes pictures.

    Args:
        http: the way out for pictures: large bodies, short deadline.
        own: the bytes behind an address of the hub itself, None where there is nothing (any more).
        base_url: the hub's public address, without a slash at its end.
    """

    def __init__(
        self,
        http: Http,
        files: PictureFiles,
        *,
        own: Callable[[str], bytes | None],
        base_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._http, self._files, self._own = http, files, own
        self._own_begins, self._now = f"{base_url}/", now
        self._drawing = threading.Lock()
        self._under_way: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def head(self, url: str) -> Head | None:
        """What is known of a picture; None also where a failure is over or a picture too old."""
        head = self._files.head(_key(url))
        return head if head is not None and self._stands(head) else None

    def kept(self, url: str, form: str) -> Raster | None:
        """A picture that is at hand; None where it has to be made.

        Raises:
            NotFound: it is known that there is none.
        """
        self._demand_own(url)
        head = self.head(url)
        if head is None or form == PREVIEW:
            return None
        if head.failed:
            raise NotFound("picture", head.failed)
        return self._files.form(_key(url), form)

    def made(self, url: str, form: str, patience: float) -> Raster:
        """A picture, fetched and made where it is not at hand.

        Args:
            patience: seconds to wait where somebody else is fetching it.

        Raises:
            NotFound: there is none.
            RemoteError: the other's fetch takes longer; ``retry_after`` says when to ask again.
        """
        self._demand_own(url)
        forms = self._forms(url, patience)
        if form != PREVIEW:
            return forms[form]
        with self._drawing:
            return Raster(raster.as_jpeg(forms[WIDE].body), forms[WIDE].width, forms[WIDE].height)

    def card(self, card: ShareCard) -> bytes:
        """A drawn card, as PNG."""
        key = f"card{card.digest}"
        if kept := self._files.form(key, "png"):
            return kept.body
        with self._drawing:
            drawn = draw(card)
        self._keep(key, {"png": drawn}, self._seconds())
        return drawn.body

    # -- one picture ------------------------------------------------------------------------------

    def _forms(self, url: str, patience: float) -> Forms:
        """All widths of a picture. Two who want the same wait for one fetch."""
        key = _key(url)
        with self._lock:
            theirs = self._under_way.get(key)
            if theirs is None:
                mine = self._under_way[key] = threading.Event()
        if theirs is not None:
            if not theirs.wait(patience):
                raise busy()
            return self._found(url) or self._forms(url, 0)
        try:
            return self._found(url) or self._make(url, key)
        finally:
            with self._lock:
                del self._under_way[key]
            mine.set()

    def _found(self, url: str) -> Forms | None:
        """What is at hand. Raises NotFound: it is known that there is none."""
        head = self.head(url)
        if head is None:
            return None
        if head.failed:
            raise NotFound("picture", head.failed)
        return self._saved(_key(url))

    def _saved(self, key: str) -> Forms | None:
        found = {name: form for name in _WIDTHS if (form := self._files.form(key, name))}
        return found if len(found) == len(_WIDTHS) else None

    def _make(self, url: str, key: str) -> Forms:
        try:
            content = self._content(url)
            with self._drawing:
                made = raster.shrink(content, _WIDTHS.values())
        except raster.NotRaster as refused:
            log.info("%s is not shown: %s", url, refused)
            raise self._failure(key, "not_a_picture", FAILURES["not_a_picture"]) from None
        except FetchError as error:
            return self._instead(key, error)
        forms = {name: made[width] for name, width in _WIDTHS.items()}
        self._keep(key, forms, self._seconds())
        return forms

    def _content(self, url: str) -> bytes:
        if not url.startswith(self._own_begins):
            return self._http.get(url, accept=_ACCEPT).body
        content = self._own(url)
        if content is None:
            raise NotFound("picture", "of the hub")
        return content

    def _instead(self, key: str, error: FetchError) -> Forms:
        """After a fetch that failed: the picture as it was, unless it was taken down. Raises NotFound."""
        forms = self._saved(key)
        if forms and error.reason not in _TAKEN_DOWN:
            # looked for again in a while, not at each request
            self._keep(key, forms, self._seconds() - FRESH + DEFAULT_FAILURE)
            return forms
        lasts = error.retry_after or FAILURES.get(error.reason, DEFAULT_FAILURE)
        raise self._failure(key, error.reason, min(lasts, DAY)) from None

    def _keep(self, key: str, forms: Mapping[str, Raster], made: float) -> None:
        try:
            self._files.put(key, forms, made)
        except OSError as error:
            log.error("pictures cannot be kept: %s", error)

    def _failure(self, key: str, why: str, lasts: float) -> NotFound:
        try:
            self._files.put_failure(key, why, self._seconds() + lasts)
        except OSError as error:
            log.error("pictures cannot be kept: %s", error)
        return NotFound("picture", why)

    def _demand_own(self, url: str) -> None:
        """A file of the hub's own is looked for each time: what was withdrawn is not shown any more."""
        if url.startswith(self._own_begins) and self._own(url) is None:
            self._files.drop(_key(url))
            raise NotFound("picture", "of the hub")

    def _stands(self, head: Head) -> bool:
        until = head.until if head.failed else head.made + FRESH
        return self._seconds() < until

    def _seconds(self) -> float:
        return self._now().timestamp()


def busy() -> RemoteError:
    """Too much is being fetched at the moment."""
    return RemoteError("rate_limited", "many pictures are being fetched", retry_after=ASK_AGAIN)


def _key(url: str) -> str:
    return hashlib.blake2b(url.encode(), digest_size=16).hexdigest()
