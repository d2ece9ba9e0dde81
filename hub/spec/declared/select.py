"""Selectors: CSS with an optional attribute in HTML, dotted paths in JSON.

``h2 a@href`` is an attribute, ``h2 a`` the element; ``@href`` and an empty selector mean the item itself.
``data.items[0].title`` goes through objects and lists; ``tags[].name`` goes through every element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_SPLIT: Final = re.compile(r"^(.*?)(?:@([\w:.-]+))?$", re.DOTALL)
_PART: Final = re.compile(r"([^.\[\]]+)|\[(-?\d*)\]|(\.)")
#: A list that holds more than this is somebody's mistake or an attack.
MAX_ITEMS: Final = 2000


def problem_of(selector: str, kind: Literal["html", "json"]) -> str:
    """What is wrong with a selector; empty where nothing is."""
    if kind == "json":
        try:
            _steps(selector)
        except ValueError as error:
            return str(error)
        return ""
    css, _ = split(selector)
    if not css:
        return ""
    try:
        LexborHTMLParser("<p></p>").css(css)
    except (SelectolaxError, ValueError):
        return "is no CSS selector"
    return ""


def split(selector: str) -> tuple[str, str]:
    """CSS and attribute. An ``@`` inside brackets or quotes belongs to the CSS."""
    found = _SPLIT.match(selector.strip())
    css, attribute = (found[1].strip(), found[2] or "") if found else (selector, "")
    if css.count("[") > css.count("]"):
        return selector.strip(), ""
    return css, attribute


# -- HTML -------------------------------------------------------------------------------------------


def nodes(parent: LexborNode | LexborHTMLParser, css: str) -> list[LexborNode]:
    """What ``css`` matches below ``parent``; the parent itself for an empty one."""
    if not css:
        return [parent] if isinstance(parent, LexborNode) else [parent.root] if parent.root else []
    return list(parent.css(css))[:MAX_ITEMS]


def texts(parent: LexborNode | LexborHTMLParser, selector: str) -> list[str]:
    """The texts, or attribute's values, that ``selector`` matches, without surrounding space."""
    css, attribute = split(selector)
    found = (_value(node, attribute) for node in nodes(parent, css))
    return [value for value in found if value]


def _value(node: LexborNode, attribute: str) -> str:
    if attribute:
        return (node.attributes.get(attribute) or "").strip()
    if node.tag == "meta":
        return (node.attributes.get("content") or "").strip()
    return " ".join(node.text(separator=" ").split())


def markup(parent: LexborNode | LexborHTMLParser, selector: str) -> str:
    """The inner HTML of all that ``selector`` matches; an attribute's value as it stands."""
    css, attribute = split(selector)
    if attribute:
        return next(iter(texts(parent, selector)), "")
    return "\n".join((node.inner_html or "").strip() for node in nodes(parent, css))


# -- JSON -------------------------------------------------------------------------------------------


def _steps(path: str) -> list[str | int | None]:
    """Names, indexes, and None for ``[]``; ``$`` in front is the document itself."""
    rest = path.strip().removeprefix("$").removeprefix(".")
    steps: list[str | int | None] = []
    at = 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if not found or (found[2] is not None and found[2] == "-"):
            raise ValueError("is no path")
        if found[1] is not None:
            steps.append(found[1])
        elif found[2] is not None:
            steps.append(int(found[2]) if found[2] else None)
        at = found.end()
    return steps


def walk(document: Any, path: str) -> list[Any]:
    """All values that ``path`` leads to; none where a part of it is absent."""
    values = [document]
    for step in _steps(path):
        values = [after for value in values for after in _step(value, step)][:MAX_ITEMS]
    return values


def _step(value: Any, step: str | int | None) -> Iterator[Any]:
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield value[step]
    elif isinstance(value, list):
        if step is None:
            yield from value
        elif -len(value) <= step < len(value):
            yield value[step]


def leads_somewhere(document: Any, path: str) -> bool:
    """Whether the list that ``path`` names is there, be it empty."""
    steps = path.rstrip().removesuffix("[]")
    return any(isinstance(value, list) for value in walk(document, steps))


def items_of(document: Any, path: str) -> list[Any]:
    """The elements of the list at ``path``, with or without ``[]`` at its end."""
    found = walk(document, path)
    flat = [each for value in found for each in (value if isinstance(value, list) else [value])]
    return flat[:MAX_ITEMS]


def plain(values: Sequence[Any]) -> list[str]:
    """JSON values as texts; objects, lists and null are none, ``false`` neither."""
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    kept = (each for each in flat if isinstance(each, str | int | float) and not isinstance(each, bool))
    return [text for each in kept if (text := str(each).strip())]
