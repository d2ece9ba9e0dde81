"""The text of an announcement as a row of blocks, for where there is no HTML: paper and CAP.

Reads sanitised HTML only. Pictures are left out: nothing here goes to the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import html

from hub.model import SafeHtml

_SPACE = re.compile(r"\s+")
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {"p", "div", "section", "article", "figure", "figcaption", "dl", "dt", "dd", "blockquote", "pre"}
_BOLD = {"b", "strong", "th"}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one weight."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """``kind``: ``text``, ``heading``, ``item`` (``marker`` is its bullet or number, ``depth`` its level
    from 1), ``rule`` or ``table`` (``rows`` of cells, the first of them the head when ``bold``)."""

    kind: str
    runs: tuple[Run, ...] = ()
    marker: str = ""
    depth: int = 0
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def blocks(body: SafeHtml) -> tuple[Block, ...]:
    """The blocks of ``body`` in reading order; none is empty."""
    if not body.strip():
        return ()
    reader = _Reader()
    reader.walk(html.fragment_fromstring(f"<div>{body}</div>"))
    reader.close()
    return tuple(reader.done)


def plain(body: SafeHtml) -> str:
    """``body`` as text, a blank line between paragraphs."""
    lines = []
    for block in blocks(body):
        if block.kind == "table":
            lines.append("\n".join(" | ".join(row) for row in block.rows))
        elif block.kind == "item":
            lines.append(f"{block.marker} {block.text}")
        elif block.kind != "rule":
            lines.append(block.text)
    return "\n\n".join(lines)


class _Reader:
    """Collects runs until a block ends."""

    def __init__(self) -> None:
        self.done: list[Block] = []
        self._runs: list[Run] = []
        self._next = ("text", "", 0)
        self._depth = 0

    def close(self) -> None:
        """End the present block."""
        runs = _trimmed(self._runs)
        self._runs = []
        kind, marker, depth = self._next
        self._next = ("text", "", 0)
        if runs:
            self.done.append(Block(kind, runs, marker, depth))

    def walk(self, element: Any, bold: bool = False) -> None:
        self._say(element.text, bold)
        for child in element:
            if isinstance(child.tag, str):
                self._enter(child, bold)
            self._say(child.tail, bold)

    def _enter(self, child: Any, bold: bool) -> None:
        tag = child.tag
        if tag == "br":
            self._runs.append(Run("\n"))
        elif tag == "hr":
            self.close()
            self.done.append(Block("rule"))
        elif tag == "table":
            self.close()
            rows = tuple(_rows(child))
            if rows:
                self.done.append(Block("table", rows=rows))
        elif tag in ("ul", "ol"):
            self._list(child, bold)
        elif tag in _HEADINGS:
            self._block(child, True, "heading")
        elif tag in _BLOCKS:
            self._block(child, bold)
        elif tag == "a":
            self._link(child, bold)
        else:
            self.walk(child, bold or tag in _BOLD)

    def _block(self, element: Any, bold: bool, kind: str = "") -> None:
        if self._runs:
            self.close()
        if kind:
            self._next = (kind, "", 0)
        self.walk(element, bold)
        if self._runs:  # an empty paragraph at an item's start does not use up its marker
            self.close()

    def _list(self, element: Any, bold: bool) -> None:
        self.close()
        self._depth += 1
        number = _start(element)
        for child in element:
            if child.tag != "li":
                continue
            self._next = ("item", f"{number}." if element.tag == "ol" else "•", self._depth)
            self.walk(child, bold)
            self.close()
            number += 1
        self._depth -= 1

    def _link(self, element: Any, bold: bool) -> None:
        """A link with its address where the words do not say it: paper cannot be clicked."""
        self.walk(element, bold)
        address = str(element.get("href") or "")
        shown = "".join(element.itertext())
        plain_address = re.sub(r"^(https?://|mailto:|tel:)", "", address).rstrip("/")
        if plain_address and plain_address not in shown:
            self._say(f" ({plain_address})", bold)

    def _say(self, text: str | None, bold: bool) -> None:
        if text:
            self._runs.append(Run(_SPACE.sub(" ", text), bold))


def _start(element: Any) -> int:
    try:
        return int(element.get("start") or 1)
    except ValueError:
        return 1


def _rows(table: Any) -> Iterator[tuple[str, ...]]:
    for row in table.iter("tr"):
        cells = tuple(
            _SPACE.sub(" ", "".join(cell.itertext())).strip() for cell in row if cell.tag in ("td", "th")
        )
        if any(cells):
            yield cells


def _trimmed(runs: list[Run]) -> tuple[Run, ...]:
    """The runs without white space at both ends and around line breaks."""
    kept: list[Run] = []
    for run in runs:
        text = run.text
        if (not kept or kept[-1].text.endswith(("\n", " "))) and text != "\n":
            text = text.lstrip(" ")
        if text:
            kept.append(Run(text, run.bold))
    while kept and not kept[-1].text.rstrip():
        kept.pop()
    if kept:
        kept[-1] = Run(kept[-1].text.rstrip(), kept[-1].bold)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    return tuple(kept)
