"""The one maker of SafeHtml: caps, then shape, then nh3, then bleach, by one policy.

Two sanitisers whose parsers share no ancestor stand in series, so a payload must get past both; and the
answer is only given when both of them leave it as it is, so that no parser sees in it what another did
not. What they cannot agree on is shown as text.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from html import escape
from typing import Final, Literal

import nh3
from bleach.sanitizer import Cleaner

from hub.model import SafeHtml
from hub.text.framing import Frame, reframed
from hub.text.markup import (
    MAX_BYTES,
    emptied,
    is_tame,
    is_wild,
    text_of,
    truncated,
    without_fatal,
    without_invisible,
)
from hub.text.normalise import absolute
from hub.text.policy import DROPPED, FIXED, MAX_ATTRIBUTE_TEXT, POLICY, SCHEMES, URLS, allowed
from hub.text.shape import renamed, reshaped, tidied

Engine = Literal["both", "nh3"]


class _Local(threading.local):
    """What one thread needs: the base of the document at work, and a bleach parser (it keeps state)."""

    def __init__(self) -> None:
        self.base = ""
        self.bleach = Cleaner(
            tags=frozenset(POLICY), attributes=allowed, protocols=SCHEMES, strip=True, strip_comments=True
        )


_local = _Local()


#: Signs that a URL may hold but that we want in no attribute.
_QUOTED: Final = (('"', "%22"), ("'", "%27"), ("`", "%60"), ("<", "%3C"), (">", "%3E"))


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """nh3 asks this about each attribute: the value to keep, or None."""
    if attribute in URLS:
        value = absolute(value, _local.base)
        for sign, code in _QUOTED:
            if sign in value:
                value = value.replace(sign, code)
    else:
        value = value[:MAX_ATTRIBUTE_TEXT]
    return value if allowed(tag, attribute, value) else None


_NH3: Final = nh3.Cleaner(
    tags=set(POLICY),
    attributes={tag: set(checks) for tag, checks in POLICY.items() if checks},
    attribute_filter=_kept,
    clean_content_tags=set(DROPPED),
    url_schemes=set(SCHEMES),
    url_relative="pass_through",
    link_rel=None,
)

# -- the work ----------------------------------------------------------------------------------------

#: Rounds after which a document that still changes is shown as text.
_ROUNDS: Final = 4


def sanitise(html: str, *, base: str, engine: Engine = "both") -> SafeHtml:
    """``html`` as it may be shown to anybody.

    Args:
        base: URL that relative addresses refer to; without one they are dropped.
        engine: ``both`` (nh3, then bleach) or ``nh3`` alone.

    Returns:
        At most 256 KiB. Larger input is cut; input nested too deep, with too many attributes, or read
        differently by the two parsers, is given as paragraphs of text. Sanitising twice changes nothing.
    """
    html = renamed(truncated(without_fatal(html)))
    if not is_tame(html):
        html = emptied(html)
        if is_wild(html):
            return _as_text(html)
    _local.base = base
    clean = _fitting(html)
    for _ in range(_ROUNDS):
        if is_wild(clean):
            break
        result = _local.bleach.clean(clean) if engine == "both" else clean
        if result == clean == _NH3.clean(clean):
            return _finished(result)
        clean = _first(result)
    return _as_text(html)


def _fitting(html: str) -> str:
    """``html`` through the first sanitiser, cut until the answer fits: escaping makes text longer."""
    clean = _first(reshaped(html))
    while (size := len(_finished(clean).encode())) > MAX_BYTES:
        html = truncated(html, int(len(html.encode()) * 0.9 * MAX_BYTES / size))
        clean = _first(reshaped(html))
    return clean


def _first(html: str) -> str:
    return tidied(without_invisible(_NH3.clean(html)))


def _finished(html: str) -> SafeHtml:
    """``html`` with the fixed attributes. Both sanitisers escape ``<`` wherever it is no tag, so the
    beginning of a tag is only ever that."""
    for tag, attributes in FIXED.items():
        written = "".join(f' {name}="{value}"' for name, value in attributes.items())
        html = html.replace(f"<{tag} ", f"<{tag}{written} ")
    return SafeHtml(html)


def _as_text(html: str) -> SafeHtml:
    """The text of ``html`` in paragraphs, as far as there is room for it."""
    room = MAX_BYTES
    paragraphs: list[str] = []
    for line in filter(None, text_of(html).split("\n")):
        paragraph = f"<p>{escape(line, quote=False)}</p>"
        size = len(paragraph.encode())
        if size > room:
            fitting = line[: max(0, room // len("&amp;") - len("<p></p>"))]
            paragraph = f"<p>{escape(fitting, quote=False)}</p>" if fitting else ""
        paragraphs.append(paragraph)
        room -= size
        if room < 0:
            break
    return SafeHtml("".join(paragraphs))


def framed(body: SafeHtml, frame: Frame) -> SafeHtml:
    """``body`` with each of its pictures as ``frame`` has it: an address of the portal's own, or left out.
    Nothing else is touched."""
    return SafeHtml(reframed(body, frame))


def mark(text: str, spans: Sequence[tuple[int, int]]) -> SafeHtml:
    """``text`` escaped, with each span of characters ``[start, end)`` in ``<mark>``. Spans may come in
    any order and overlap."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        pieces += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    return SafeHtml("".join([*pieces, escape(text[at:])]))
