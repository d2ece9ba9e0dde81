"""Addresses of pictures at the portal: signed, so that only what the hub itself shows is ever fetched."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import Final

from hub.errors import NotFound

PREFIX: Final = "/gambar"
#: Forms of a picture: its width in pixels, of a card's square that of its side; and for programs that preview
#: links and read no WebP.
SMALL, MIDDLE, WIDE, PREVIEW = "208", "640", "960", "960.jpg"
FORMS: Final = (SMALL, MIDDLE, WIDE, PREVIEW)
MAX_URL: Final = 2000
#: Bytes of the signature: nobody guesses 96 bits.
_SIGNED: Final = 12


class PictureAddresses:
    """Makes and opens addresses.

    Args:
        secret: the hub's key, asked for at first use; the signing key is derived from it.
    """

    def __init__(self, secret: Callable[[], str]) -> None:
        self._secret = secret
        self._key = b""

    def make(self, url: str, form: str) -> str:
        """Where the portal shows the picture at ``url``. The address is wrapped, so that no proxy between
        here and the reader takes its slashes and dots for ours."""
        wrapped = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        return f"{PREFIX}/{self._sign(url)}/{form}/{wrapped}"

    def open(self, signature: str, form: str, wrapped: str) -> str:
        """The url behind an address.

        Raises:
            NotFound: it is none of ours: unsigned, altered, or of an unknown form.
        """
        try:
            padded = wrapped + "=" * (-len(wrapped) % 4)
            url = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            raise NotFound("picture", "address") from None
        if form not in FORMS or not hmac.compare_digest(signature.encode(), self._sign(url).encode()):
            raise NotFound("picture", "address")
        return url

    def _sign(self, url: str) -> str:
        if not self._key:
            self._key = hmac.digest(self._secret().encode(), b"kimhub.pictures", "sha256")
        return base64.urlsafe_b64encode(hmac.digest(self._key, url.encode(), "sha256")[:_SIGNED]).decode()
