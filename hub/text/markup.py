"""A linear look at HTML as a string of tags: how wild it is, and what text is in it.

No tree is built here, so nothing a document holds can cost more than one pass over it. The tag syntax
follows the tokeniser of the HTML standard closely enough that quotes and ``>`` in attribute values do not
fool it; where parsers may still differ nothing unsafe can follow, because the sanitisers come after.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

#: The published limits of one item's HTML: bytes, nesting, attributes of one tag.
MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 256
MAX_ATTRIBUTES: Final = 50
#: Sum of the nesting depth over all tags. Tree builders walk their stack of open elements at each tag,
#: and reopen formatting elements in each block, so this is what a document really costs.
MAX_WORK: Final = 300_000
#: Tags and entities in all: each is a step for a parser.
MAX_MARKS: Final = 20_000

#: Documents below these sizes cannot reach the limits above in any harmful way; they are not looked at.
_TAME_MARKS: Final = 200
_TAME_BYTES: Final = 16 * 1024

#: White space as HTML has it; ``\s`` would take more.
_WS: Final = r"[\t\n\f\r ]"
_NO: Final = r"[^\t\n\f\r />"  # left open, to be continued
_ATTRIBUTE: Final = rf"""{_NO}]{_NO}=]*+(?:{_WS}*+={_WS}*+(?:"[^"]*+"?+|'[^']*+'?+|[^\t\n\f\r >]*+))?+"""
_TOKEN: Final = re.compile(
    rf"""<(?:!--(?:>|->|.*?(?:--!?>|\Z))|[!?][^>]*+>?+|/[^a-zA-Z>][^>]*+>?+"""
    rf"""|(?P<end>/?+)(?P<name>[a-zA-Z]{_NO}]*+)(?P<attributes>(?:[\t\n\f\r /]++|{_ATTRIBUTE})*+)>?+)""",
    re.DOTALL,
)
_ATTRIBUTES: Final = re.compile(_ATTRIBUTE)
#: Elements whose content a parser takes as characters, up to their own end tag.
_RAW_END: Final = {
    name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript")
}
#: Of those, the ones whose content is text for people.
_RAW_SHOWN = frozenset({"textarea", "title", "xmp"})


def names(text: str) -> frozenset[str]:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


_VOID = names("area base br col embed hr img input link meta param source track wbr")
#: Elements that another one of their kind closes, so that many of them in a row are not deep.
_SELF_CLOSING = names("p li dt dd option optgroup tr td th thead tbody tfoot colgroup rp rt")
_FLAT = _VOID | _SELF_CLOSING

_BLOCKS = names(
    "address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section summary table tbody td "
    "tfoot th thead title tr ul"
)

#: Surrogates and NUL: what no parser and no database takes.
_FATAL = re.compile(r"[\x00\ud800-\udfff]+")
#: Control characters, marks that turn the reading direction, and characters without width. The joiner
#: of emoji stays where an emoji follows.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
    "|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
#: The same and a little more, as one class: quick to look for.
_SUSPECT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
_BREAK: Final = "\x1f"
_REGULAR_BLOCK: Final = re.compile(
    r"</?(?:p|div|h[2-6]|figure|figcaption|ul|ol|li|dl|dd|dt|blockquote|table|caption|td|th|tr|pre|br|hr)>"
    r"|<(?:ol|td|th) [^<>]*>"
)
_REGULAR_TAG: Final = re.compile(r"<[^<>]*>")


def without_fatal(text: str) -> str:
    """``text`` without NUL and lone surrogates."""
    return text if text.isascii() and "\x00" not in text else _FATAL.sub("", text)


def without_invisible(text: str) -> str:
    """``text`` without characters that nobody sees and that mislead: C0 and C1 controls (tab and line
    ends stay), overrides of direction, zero-width characters, lone surrogates."""
    return _INVISIBLE.sub("", text) if _SUSPECT.search(text) else text


def _tokens(html: str) -> Iterator[re.Match[str]]:
    """All tags and comments in order; the content of raw text elements is passed over."""
    at = 0
    while token := _TOKEN.search(html, at):
        yield token
        at = _raw_end(html, token) or token.end()


def _raw_end(html: str, token: re.Match[str]) -> int:
    """Where the content of the raw text element that ``token`` opens ends; 0 if it opens none."""
    end = None if token["end"] else _RAW_END.get((token["name"] or "").lower())
    if end is None:
        return 0
    closing = end.search(html, token.end())
    return closing.start() if closing else len(html)


def emptied(html: str) -> str:
    """``html`` with nothing in its raw text elements (scripts, frames, ...), all of them closed.

    In what is left, tags are tags for every parser: only a script can hold what is a tag for one reader
    and none for another.
    """
    pieces, at = [], 0
    for token in _tokens(html):
        if end := _raw_end(html, token):
            closing = "" if end < len(html) else f"</{token['name']}>"
            pieces.append(f"{html[at : token.end()]}{closing}")
            at = end
    return "".join([*pieces, html[at:]])


def is_tame(html: str) -> bool:
    """Whether ``html`` is too small to do harm, as nearly all posts are."""
    return len(html) <= _TAME_BYTES and html.count("<") + html.count("&") <= _TAME_MARKS


def is_wild(html: str) -> bool:
    """Whether ``html`` goes past the limits on depth, attributes of one tag, or work in total."""
    if is_tame(html):
        return False
    if html.count("<") + html.count("&") > MAX_MARKS:
        return True
    depth = work = 0
    opened: Counter[str] = Counter()
    for token in _tokens(html):
        if not token["name"]:
            continue
        name = token["name"].lower()
        if not token["end"]:
            work += depth
            if name not in _FLAT:
                opened[name] += 1
                depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MAX_DEPTH or work > MAX_WORK or _overloaded(token["attributes"]):
            return True
    return False


def _overloaded(attributes: str) -> bool:
    if len(attributes) < 2 * MAX_ATTRIBUTES:
        return False
    return sum(1 for _ in _ATTRIBUTES.finditer(attributes)) > MAX_ATTRIBUTES


def truncated(html: str, limit: int = MAX_BYTES) -> str:
    """``html`` cut to ``limit`` bytes of UTF-8, never inside a tag."""
    if len(html) * 4 <= limit:
        return html
    data = html.encode("utf-8", "ignore")
    if len(data) <= limit:
        return html
    cut = data[:limit].decode("utf-8", "ignore")
    opening = cut.rfind("<")
    return cut[:opening] if opening > cut.rfind(">") else cut


def text_of(html: str) -> str:
    """The text for people in ``html``: one line per block, white space folded, entities resolved,
    scripts and styles gone. Linear; any input will do."""
    return _lines("".join(_pieces(html)) if "<" in html else html)


def text_of_regular(html: str) -> str:
    """The same for HTML that came out of the sanitiser, in less time."""
    return _lines(_REGULAR_TAG.sub("", _REGULAR_BLOCK.sub(_BREAK, html)))


def _lines(text: str) -> str:
    """``text`` with entities resolved and white space folded, one line for each part between breaks."""
    if "&" in text:
        text = entities.unescape(text)
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return without_invisible("\n".join(filter(None, lines)))


def _pieces(html: str) -> Iterator[str]:
    at, skipping = 0, False
    for token in _tokens(html):
        if not skipping:
            yield html[at : token.start()]
        name = (token["name"] or "").lower()
        skipping = not token["end"] and name in _RAW_END and name not in _RAW_SHOWN
        if name in _BLOCKS:
            yield _BREAK
        at = token.end()
    if not skipping:
        yield html[at:]
