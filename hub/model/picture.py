"""Pictures as the portal itself sends and draws them."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Raster:
    """A finished picture: its bytes, and its size in pixels."""

    body: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Framed:
    """A picture of a village as a page shows it, from the portal's own address.

    ``srcset`` names the two widths that phones and desktops choose from, ``small`` the one for a card.
    ``width`` and ``height`` are None until the picture was fetched once; ``weight`` are the bytes of the
    middle width then, else 0.
    """

    src: str
    srcset: str
    small: str
    preview: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True)
class ShareCard:
    """What is drawn for a page without a picture of its own, for programs that preview links.

    ``name`` of the portal, ``place`` as in "Desa Taan · Kecamatan Kalukku", ``date`` in words; ``alarm`` is
    the word in red over an urgent announcement, empty else.
    """

    name: str
    title: str
    place: str
    date: str
    alarm: str = ""

    @property
    def digest(self) -> str:
        """Another one for another card."""
        return hashlib.blake2b("\x00".join(astuple(self)).encode(), digest_size=6).hexdigest()
