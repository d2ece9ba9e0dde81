"""The article of a page, taken out of everything around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.model.entry import Image

#: Search engines whose own rules count like those for all.
_ANYBODY = ("", "*", "googlebot", "kimhub")


def leaves_out(directives: str) -> bool:
    """Whether a robots ``meta`` element or an ``X-Robots-Tag`` header asks search engines to leave a page out
    (``noindex``, ``none``); rules for one engine alone count where it is Google or kimhub."""
    for directive in directives.lower().split(","):
        agent, _, rule = directive.rpartition(":")
        if rule.strip() in ("noindex", "none") and agent.strip() in _ANYBODY:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says of its one article; nothing in it is trusted.

    Args:
        html: the text with its paragraphs, headings, lists, links and pictures, without navigation,
            side columns, related posts, comments and footer. Empty where the page has no article.
        url: the page's own address for it (``rel=canonical``), absolute; empty where it names none.
        published, updated: aware UTC, or None.
        noindex: the page asks search engines to leave it out (``robots`` meta with noindex).
        kind: ``og:type`` in lower case, such as ``article`` or ``website``.
    """

    title: str = ""
    html: str = ""
    summary: str = ""
    author: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    images: tuple[Image, ...] = ()
    topics: tuple[str, ...] = ()
    url: str = ""
    language: str = ""
    noindex: bool = False
    kind: str = ""
