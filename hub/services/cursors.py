"""Where a list goes on, as a word that means nothing to its reader: a place in the list of the newest, or a
number of results to leave out."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from hub.errors import BadQuery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 64


def place(moment: datetime, post_id: int) -> str:
    """After this post in the list of the newest."""
    return _encode(f"n{int(moment.timestamp() * 1_000_000)}.{post_id}")


def read_place(cursor: str) -> tuple[datetime, int]:
    """Raises BadQuery."""
    micros, _, post_id = _decode(cursor, "n").partition(".")
    try:
        return _EPOCH + timedelta(microseconds=int(micros)), int(post_id)
    except (ValueError, OverflowError):
        raise _foreign() from None


def offset(number: int) -> str:
    """After so many results."""
    return _encode(f"o{number}")


def read_offset(cursor: str, most: int) -> int:
    """Raises BadQuery, for one above ``most`` too."""
    text = _decode(cursor, "o")
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise _foreign()
    return int(text)


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, kind: str) -> str:
    cut = cursor[:_LONGEST]
    try:
        text = base64.urlsafe_b64decode(cut + "=" * (-len(cut) % 4)).decode("ascii")
    except ValueError:
        text = ""
    if not text.startswith(kind):
        raise _foreign()
    return text[1:]


def _foreign() -> BadQuery:
    return BadQuery("the cursor is not one that this hub gave out")
