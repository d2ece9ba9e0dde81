"""What anybody sees of a public channel without Telegram: the preview pages at t.me.

A channel's owner can switch them off, and then there is nothing to read: None, never "gone".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hub.spec import Http

_PAGES = 2  # of about 20 messages each
_MORE_THAN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """A message on its own page; ``text`` is None where Telegram says that there is none."""

    text: str | None


def read_message(http: Http, url: str) -> Seen | None:
    """The message at ``url`` (``https://t.me/name/7``), None where the page does not tell."""
    page = LexborHTMLParser(http.get(f"{url}?embed=1&mode=tme", accept="text/html").body)
    text = _text(page.root)
    if text is not None:
        return Seen(text)
    error = page.css_first(".tgme_widget_message_error")
    return Seen(None) if error and "post not found" in error.text().lower() else None


def find_message(http: Http, base: str, name: str, mark: str) -> int | None:
    """Id of the newest message of the channel that holds ``mark``, among the last forty or so."""
    url = f"{base}/s/{name}"
    for _ in range(_PAGES):
        answer = http.get(url, accept="text/html")
        messages = dict(_messages(answer.body, name))
        found = [number for number, text in messages.items() if mark in text]
        if found:
            return max(found)
        if not messages:
            return None
        url = f"{base}/s/{name}?before={min(messages)}"
    return None


def print_of(text: str) -> str:
    """A digest of the words alone: the page sets emoji, links and line breaks in its own way."""
    return hashlib.blake2b(_MORE_THAN_WORDS.sub("", text).encode(), digest_size=16).hexdigest()


def _messages(body: bytes, name: str) -> Iterator[tuple[int, str]]:
    for node in LexborHTMLParser(body).css("[data-post]"):
        channel, _, number = (node.attributes.get("data-post") or "").rpartition("/")
        if channel.lower() == name.lower() and number.isdecimal():
            yield int(number), _text(node) or ""


def _text(node: LexborNode | None) -> str | None:
    found = node.css_first(".tgme_widget_message_text.js-message_text") if node else None
    return found.text() if found else None
