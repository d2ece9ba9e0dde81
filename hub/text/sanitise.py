"""The one maker of SafeHtml: caps, then shape, then nh3, then bleach, by one policy.

Two sanitisers whose parsers share no ancestor stand in series, so a payload must get past both; and the
answer is only given when both of them leave it as it is, so that no parser sees in it what another did
not. What they cannot agree on is shown as text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from html import escape
from typing import Final, Literal

import nh3
from bleach.sanitizer import Cleaner

from hub.model import SafeHtml
from hub.text.markup import MAX_BYTES, is_wild, names, text_of, truncated, without_fatal, without_invisible
from hub.text.normalise import absolute
from hub.text.shape import reshaped, tidied

Engine = Literal["both", "nh3"]

# -- the policy --------------------------------------------------------------------------------------

_TEXT: Final = re.compile(r"[^\x00]{0,500}").fullmatch
_PIXELS: Final = re.compile(r"[1-9]\d{0,3}").fullmatch
_SPAN: Final = re.compile(r"[1-9]\d?").fullmatch
_WEB: Final = re.compile(r"https?://[^\s\"'<>`]+").fullmatch

#: Tag -> attribute -> what its value must match in full. No tag and no attribute beside these.
POLICY: Final = {
    "a": {"href": _WEB, "title": _TEXT},
    "img": {"src": _WEB, "alt": _TEXT, "title": _TEXT, "width": _PIXELS, "height": _PIXELS},
    "abbr": {"title": _TEXT},
    "ol": {"start": re.compile(r"\d{1,5}").fullmatch},
    "td": {"colspan": _SPAN, "rowspan": _SPAN},
    "th": {
        "colspan": _SPAN,
        "rowspan": _SPAN,
        "scope": re.compile("row|col|rowgroup|colgroup").fullmatch,
    },
} | {
    tag: {}
    for tag in names(
        "b blockquote br caption cite code dd del dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins "
        "kbd li p pre q s samp small strong sub sup table tbody tfoot thead tr u ul var"
    )
}
#: What every link and every image carries beside; given values are not looked at.
FIXED: Final = {
    "a": {"rel": "nofollow noopener ugc"},
    "img": {"loading": "lazy", "decoding": "async"},
}
#: Elements that go with all that is in them.
_DROPPED: Final = names(
    "applet button canvas embed head iframe math noembed noframes noscript object option script select "
    "style svg template textarea title xmp"
)
_SCHEMES: Final = frozenset({"http", "https"})


def _allowed(tag: str, attribute: str, value: str) -> bool:
    check = POLICY.get(tag, {}).get(attribute)
    return check is not None and check(value) is not None


class _Local(threading.local):
    """What one thread needs: the base of the document at work, and a bleach parser (it keeps state)."""

    def __init__(self) -> None:
        self.base = ""
        self.bleach = Cleaner(
            tags=frozenset(POLICY), attributes=_allowed, protocols=_SCHEMES, strip=True, strip_comments=True
        )


_local = _Local()


#: Signs that a URL may hold but that we want in no attribute.
_QUOTED: Final = (('"', "%22"), ("'", "%27"), ("`", "%60"), ("<", "%3C"), (">", "%3E"))


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """nh3 asks this about each attribute: the value to keep, or None."""
    if attribute == "href" or attribute == "src":
        value = absolute(value, _local.base)
        for sign, code in _QUOTED:
            if sign in value:
                value = value.replace(sign, code)
    return value if _allowed(tag, attribute, value) else None


_NH3: Final = nh3.Cleaner(
    tags=set(POLICY),
    attributes={tag: set(checks) for tag, checks in POLICY.items() if checks},
    attribute_filter=_kept,
    clean_content_tags=set(_DROPPED),
    url_schemes=set(_SCHEMES),
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
    html = truncated(without_fatal(html))
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
    room, paragraphs = MAX_BYTES, []
    for line in filter(None, text_of(html).split("\n")):
        paragraph = f"<p>{escape(line, quote=False)}</p>"
        size = len(paragraph.encode())
        if size > room:
            fitting = line[: room // len("&amp;") - len("<p></p>")]
            return SafeHtml("".join([*paragraphs, f"<p>{escape(fitting, quote=False)}</p>"]))
        room -= size
        paragraphs.append(paragraph)
    return SafeHtml("".join(paragraphs))


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
