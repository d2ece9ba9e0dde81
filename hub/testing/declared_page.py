"""Documents that a declaration would read: HTML made from its selectors, JSON from its paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"(?P<join>\s*[>+~]\s*|\s+)|(?P<tag>[a-zA-Z][\w-]*|\*)|\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)"
    r"|\[(?P<name>[\w:-]+)\s*(?:[~|^$*]?=\s*[\"']?(?P<value>[^\"'\]]*)[\"']?\s*)?\]"
    r"|::?(?P<pseudo>[\w-]+)(?:\([^)]*\))?"
)
_VOID: Final = {"meta", "img", "link", "input", "br", "hr", "source"}
#: What the parser of HTML wants around some elements.
_AROUND: Final = {"tr": ("table", "tbody", "thead"), "td": ("tr",), "th": ("tr",)}
_PATH: Final = re.compile(r"([^.\[\]]+)|\[(\d*)\]")


@dataclass
class Node:
    """An element; ``inner`` is markup that stands before its children."""

    tag: str = "div"
    attributes: dict[str, str] = field(default_factory=dict)
    inner: str = ""
    children: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        named = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        if self.tag in _VOID:
            return f"<{self.tag}{named}>"
        return f"<{self.tag}{named}>{self.inner}{''.join(map(str, self.children))}</{self.tag}>"

    def below(self) -> Iterator[Node]:
        for child in self.children:
            yield child
            yield from child.below()

    def is_like(self, wanted: Node) -> bool:
        """Whether a selector for ``wanted`` matches it."""
        classes = set(self.attributes.get("class", "").split())
        mine = {**self.attributes, "class": ""}
        return (
            wanted.tag in ("*", self.tag)
            and set(wanted.attributes.get("class", "").split()) <= classes
            and all(mine.get(name) == value for name, value in wanted.attributes.items() if name != "class")
        )

    def append(self, node: Node, *, first: bool = False) -> Node:
        parent = self
        around = _AROUND.get(node.tag)
        if around and self.tag not in around:
            parent = self.append(Node(around[0]), first=first)
        parent.children.insert(0 if first else len(parent.children), node)
        return node

    def reach(self, css: str, *, fresh: bool = False) -> Node:
        """The element below that ``css`` selects, made where it is missing; with ``fresh`` the last one
        anyhow. An empty selector is the element itself."""
        steps = list(compounds(css))
        at = self
        for number, (join, wanted) in enumerate(steps):
            last = number == len(steps) - 1
            near = at.children if join in (">", "+", "~") else list(at.below())
            found = next((each for each in near if each.is_like(wanted)), None)
            if found is None or (last and fresh):
                found = at.append(Node("div" if wanted.tag == "*" else wanted.tag, dict(wanted.attributes)))
            at = found
        return at

    def hold(self, css: str, attribute: str, value: str) -> None:
        """Let ``css`` (with ``attribute``) give ``value``, which is markup where no attribute is named."""
        node = self.reach(css)
        attribute = attribute or ("content" if node.tag == "meta" else "")
        if attribute:
            node.attributes[attribute] = re.sub(r"<[^>]+>", "", value) if "<" in value else value
            return
        if node.inner:  # taken by another field: the first in the document is what is selected
            parent = next((each for each in (self, *self.below()) if node in each.children), self)
            node = parent.append(Node(node.tag, dict(node.attributes)), first=True)
        node.inner = value


def compounds(css: str) -> Iterator[tuple[str, Node]]:
    """The parts of the first alternative of a selector: how each is joined to the one before, and what it
    wants. Pseudo-classes are not played."""
    first = re.split(r",(?![^\[(]*[\])])", css)[0].strip()
    join, node, begun = " ", Node("*"), False
    for token in _TOKEN.finditer(first):
        if token["join"] is not None:
            if begun:
                yield join, node
            join, node, begun = token["join"].strip() or " ", Node("*"), False
            continue
        begun = True
        _want(node, token)
    if begun:
        yield join, node


def _want(node: Node, token: re.Match[str]) -> None:
    if token["tag"]:
        node.tag = token["tag"].lower()
    elif token["class"]:
        node.attributes["class"] = f"{node.attributes.get('class', '')} {token['class']}".strip()
    elif token["id"]:
        node.attributes["id"] = token["id"]
    elif token["name"]:
        node.attributes.setdefault(token["name"], token["value"] or "")


def put(document: Any, path: str, value: Any) -> Any:
    """``document`` with ``value`` where ``path`` leads, objects and lists made on the way."""
    steps = [found[1] or int(found[2] or 0) for found in _PATH.finditer(path.strip().removeprefix("$"))]
    return _put(document, steps, value)


def _put(document: Any, steps: Sequence[str | int], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        whole: Mapping[str, Any] = document if isinstance(document, dict) else {}
        return {**whole, step: _put(whole.get(step), rest, value)}
    items = list(document) if isinstance(document, list) else []
    items += [None] * (step + 1 - len(items))
    items[step] = _put(items[step], rest, value)
    return items
