"""The mark of an announcement: how it is known again, wherever it turns up.

``kimhub-<region>-<ULID>`` in lower case, such as ``kimhub-7602-01kb3w5m8q2xv7n4t6r9ycdzfg``. It is the slug
of every copy, stands in the source line that people see, and in a comment of the HTML: a theme may drop the
comment, copying by hand the slug, an editor neither of the two without meaning to. Any hub knows the marks
of all others by their shape.
"""

from __future__ import annotations

import re
from typing import Final

from ulid import ULID

#: The alphabet is Crockford's base 32, as ULID has it.
_MARK: Final = re.compile(r"kimhub-\d{2,10}-[0-9a-hjkmnp-tv-z]{26}(?![0-9a-z])", re.IGNORECASE)
_NOT_KEY: Final = re.compile(r"[^0-9a-z]+")


def new_mark(region: str) -> str:
    """A mark that nothing else bears; ``region`` is the hub's Kemendagri code."""
    return f"kimhub-{region.replace('.', '')}-{str(ULID()).lower()}"


def find_mark(*texts: str) -> str:
    """The first mark in ``texts``, in lower case; empty where there is none."""
    for text in texts:
        found = _MARK.search(text) if "kimhub-" in text.lower() else None
        if found:
            return found[0].lower()
    return ""


def number_key(number: str) -> str:
    """Letters and digits of a letter's number alone: people type ``470 / 12 - 2026`` in many ways."""
    return _NOT_KEY.sub("", number.casefold())
