"""The article of a page, taken out of everything around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.model.entry import Image


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says of its one article; nothing in it is trusted.

    Args:
        html: the text with its paragraphs, headings, lists, links and pictures, without navigation,
            side columns, related posts, comments and footer. Empty where the page has no article.
        url: the page's own address for it (``rel=canonical``), absolute; empty where it names none.
        published, updated: aware UTC, or None.
        noindex: the page asks not to be shown by others (``robots`` meta with noindex).
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
