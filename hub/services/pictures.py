"""Pictures of villages as the portal sends them: fetched once, made small, kept on disk.

::

    page -> frame(image) -> /gambar/<signature>/<form>/<address>     hub/services/picture_address.py
    browser asks that address
      -> kept: from disk                                             hub/store/pictures.py
      -> made: a place free, nobody else at it, then                 hub/services/darkroom.py
           fetch through hub/http, decode and encode                 hub/text/raster.py
           keep all forms, or remember that there is none

Only what the hub itself signed is fetched, so nobody can send it anywhere; where it goes is checked by
``hub/http`` like every request (internal addresses, redirects, size, time).
"""

from __future__ import annotations

import threading
from typing import Final

from hub.errors import HubError
from hub.model import Filters, Framed, Image, Raster, SafeHtml, ShareCard
from hub.services.darkroom import Darkroom, busy
from hub.services.picture_address import MAX_URL, MIDDLE, PREVIEW, SMALL, WIDE, PictureAddresses
from hub.store import Store
from hub.store.pictures import Head, PictureFiles
from hub.text import sanitise
from hub.text.framing import pictures_of

#: Seconds that a reader's request waits for a place or for another's fetch, and is then told to wait.
PATIENCE: Final = 1.5
#: Pictures of one post that are fetched ahead, and of one turn.
AHEAD_PER_POST, AHEAD_AT_ONCE = 4, 20


class Pictures:
    """The portal's pictures.

    Args:
        ahead: so many of the newest posts have their pictures fetched before anybody asks.
        places: readers' requests that may be fetching or waiting at the same time; the others are told to
            ask again, so that pages always find a thread.
    """

    def __init__(
        self,
        store: Store,
        darkroom: Darkroom,
        addresses: PictureAddresses,
        files: PictureFiles,
        *,
        ahead: int,
        places: int,
    ) -> None:
        self._store, self._darkroom, self._addresses, self._files = store, darkroom, addresses, files
        self._ahead = ahead
        self._places = threading.BoundedSemaphore(places)
        self._stopping = threading.Event()

    # -- pages ------------------------------------------------------------------------------------

    def frame(self, image: Image) -> Framed | None:
        """``image`` as a page shows it; None where it is known that there is none to be had."""
        if len(image.url) > MAX_URL or not image.url.startswith(("http://", "https://")):
            return None
        head = self._darkroom.head(image.url)
        if head is not None and head.failed:
            return None
        middle, wide = (self._addresses.make(image.url, form) for form in (MIDDLE, WIDE))
        width, height = _size(image, head)
        return Framed(
            src=middle,
            srcset=f"{middle} {MIDDLE}w, {wide} {WIDE}w",
            small=self._addresses.make(image.url, SMALL),
            preview=self._addresses.make(image.url, PREVIEW),
            alt=image.alt,
            width=width,
            height=height,
            weight=head.forms[MIDDLE][2] if head and MIDDLE in head.forms else 0,
        )

    def body(self, body: SafeHtml, *, shown: bool = True) -> SafeHtml:
        """A post's body with its pictures as the portal sends them, or without any."""
        return sanitise.framed(body, self.frame if shown else lambda _: None)

    def in_body(self, body: SafeHtml) -> tuple[Framed, ...]:
        """The pictures that ``body`` shows."""
        return tuple(framed for image in pictures_of(body) if (framed := self.frame(image)))

    def card(self, card: ShareCard) -> bytes:
        """The drawn card, as PNG, for a page that has no picture."""
        return self._darkroom.card(card)

    # -- requests ---------------------------------------------------------------------------------

    def kept(self, signature: str, form: str, wrapped: str) -> Raster | None:
        """The picture behind an address, where it is at hand; else it has to be made.

        Raises:
            NotFound: the address is not one of ours, or there is no such picture to be had.
        """
        return self._darkroom.kept(self._addresses.open(signature, form, wrapped), form)

    def made(self, signature: str, form: str, wrapped: str) -> Raster:
        """The picture behind an address, fetched and made where it is not at hand.

        Raises:
            NotFound: see ``kept``.
            RemoteError: too much is being fetched; ``retry_after`` says when to ask again.
        """
        url = self._addresses.open(signature, form, wrapped)
        if not self._places.acquire(timeout=PATIENCE):
            raise busy()
        try:
            return self._darkroom.made(url, form, PATIENCE)
        finally:
            self._places.release()

    # -- ahead and upkeep -------------------------------------------------------------------------

    def fetch_ahead(self) -> int:
        """Make the pictures of the newest posts that are not at hand, newest first, one after the other; how
        many were made."""
        made = tried = 0
        for url in self._of_newest():
            if self._stopping.is_set() or tried == AHEAD_AT_ONCE:
                break
            if self._darkroom.head(url) is not None:
                continue
            tried += 1
            try:
                self._darkroom.made(url, MIDDLE, 0)
                made += 1
            except HubError:
                continue  # remembered, and not shown
        return made

    def _of_newest(self) -> dict[str, None]:
        if not self._ahead:
            return {}
        with self._store.read() as tx:
            rows = tx.shelf.newest(Filters(), self._ahead)
        return dict.fromkeys(each["url"] for row in rows for each in row.images[:AHEAD_PER_POST])

    def trim(self) -> str:
        """Keep the folder within its cap; says what was done."""
        gone = self._files.trim()
        return f"{gone} pictures that nobody looked at for longest were dropped" if gone else ""

    def stop(self) -> None:
        """Begin no further fetch ahead."""
        self._stopping.set()


def _size(image: Image, head: Head | None) -> tuple[int | None, int | None]:
    """Width and height as given, else as the picture was seen to be, so that nothing moves when it comes."""
    if image.width and image.height:
        return image.width, image.height
    if head is None or WIDE not in head.forms:
        return image.width, None
    width, height, _ = head.forms[WIDE]
    if image.width and image.width < width:
        return image.width, max(1, round(image.width * height / width))
    return width, height
