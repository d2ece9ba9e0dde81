"""Markdown as editors write it, into HTML that has been through the one sanitiser."""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt

from hub.model import SafeHtml
from hub.text.sanitise import sanitise

#: CommonMark with tables; raw HTML stays text, single line breaks are kept as they were typed.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


def render(text: str, *, base: str) -> SafeHtml:
    """``text`` (Markdown) as HTML; relative addresses refer to ``base``."""
    return sanitise(_MARKDOWN.render(text), base=base)
