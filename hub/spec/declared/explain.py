"""What each selector of a declaration matches on a page, and a hint where it is nothing."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hub.errors import ParseError
from hub.spec.declared import select
from hub.spec.declared.format import Declaration
from hub.spec.declared.read import html_values, json_values, read_list
from hub.spec.http import read_json

#: Why a selector matches nothing; the words for people are in the catalogue under ``hint.<name>``.
#: ``nearest``: names on the page that are like the missing ones. ``repeated``: what stands there again
#: and again, likely the items. ``javascript``: the page is built in the browser; look for its JSON.
#: ``keys``: what is there in place of the missing part of a path, or in the item. ``no_json``: not JSON
#: at all. ``inside``: it matches elsewhere on the page, but not inside the items.
Hint = Literal["", "nearest", "repeated", "javascript", "keys", "no_json", "inside"]
_NAME: Final = re.compile(r"[.#]([\w-]+)")
_APPLICATION: Final = "#root, #app, #__next, #__nuxt, app-root, [data-reactroot], #___gatsby"
_ADDRESS: Final = re.compile(
    r"[\"'](/?(?:https?://[^\"'\s]{1,80})?/?(?:api|wp-json|graphql)/[^\"'\s]{1,120})[\"']"
)
_SAMPLE: Final = 80


@dataclass(frozen=True, slots=True)
class Matched:
    """One selector: its key (``fields.title``), how many elements it matched (for a field: in how many of
    the items), the first value, and where it matched nothing a hint with the names that belong to it."""

    key: str
    selector: str
    count: int
    sample: str = ""
    hint: Hint = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """``items`` is how many entries the page would give, ``article`` the address of the first one's page,
    ``next`` the list's following page."""

    url: str
    items: int
    matched: tuple[Matched, ...]
    article: str = ""
    next: str = ""

    @property
    def well(self) -> bool:
        """Whether there are items and no selector matched nothing."""
        return bool(self.items) and all(each.count for each in self.matched)


def explain(declaration: Declaration, page: str, url: str) -> Explanation:
    """The list page; ``page`` is its text (``response.text()``). Never raises."""
    if declaration.kind == "json":
        matched = list(_json(declaration, page))
    else:
        matched = list(_html(declaration, page))
    try:
        listing = read_list(declaration, page, url)
    except ParseError:
        return Explanation(url, 0, tuple(matched))
    first = next((item.link for item in listing.items if item.link), "")
    return Explanation(url, len(listing.items), tuple(matched), first, listing.next)


def explain_article(declaration: Declaration, page: str, url: str) -> Explanation:
    """The same for the page of one item."""
    article = declaration.article
    if article is None:
        return Explanation(url, 0, ())
    if article.kind == "json":
        matched = list(_json_fields("article", article.fields, page))
    else:
        tree = LexborHTMLParser(page)
        removed = [  # what is not there needs no removal
            Matched("article.remove", css, len(there), _short(there[0].text()))
            for css in article.remove
            if (there := tree.css(css))
        ]
        matched = removed + [
            _on_page(f"article.{name}", selector, tree)
            for name, wanted in article.fields.items()
            for selector in wanted
            if selector != "auto"
        ]
    return Explanation(url, int(any(each.count for each in matched)), tuple(matched))


# -- HTML -------------------------------------------------------------------------------------------


def _html(declaration: Declaration, page: str) -> Iterator[Matched]:
    tree = LexborHTMLParser(page)
    place = declaration.list
    items = _on_page("list.items", place.items, tree, repeated=True)
    yield items
    nodes = select.nodes(tree, place.items)
    for name, wanted in declaration.fields.items():
        for selector in wanted if nodes else ():
            found = [values for node in nodes if (values := html_values({name: (selector,)}, node))]
            key = f"fields.{name}"
            if found:
                yield Matched(key, selector, len(found), _short(found[0][name][0]))
            else:
                inside = bool(tree.css(select.split(selector)[0] or "*"))
                found_not = _missing(key, selector, tree, inside=inside)
                yield found_not if found_not.hint else replace(found_not, hint="keys", names=_parts(nodes[0]))
    if place.next:
        yield _on_page("list.next", place.next, tree)


def _parts(item: LexborNode) -> tuple[str, ...]:
    """What the first item is made of, each as a selector."""
    found: dict[str, None] = {}
    for node in item.css("*")[1:60]:
        classes = (node.attributes.get("class") or "").split()
        found[f"{node.tag}.{classes[0]}" if classes else str(node.tag)] = None
    return tuple(found)[:12]


def _on_page(key: str, selector: str, tree: LexborHTMLParser, *, repeated: bool = False) -> Matched:
    css, attribute = select.split(selector)
    nodes = select.nodes(tree, css)
    values = select.texts(tree, selector)
    if nodes and (values or not attribute):
        return Matched(key, selector, len(nodes), _short(values[0] if values else ""))
    return _missing(key, selector, tree, repeated=repeated)


def _missing(
    key: str, selector: str, tree: LexborHTMLParser, *, inside: bool = False, repeated: bool = False
) -> Matched:
    if inside:
        return Matched(key, selector, 0, hint="inside")
    if _is_application(tree):
        return Matched(key, selector, 0, hint="javascript", names=_addresses(tree))
    if near := _nearest(selector, tree):
        return Matched(key, selector, 0, hint="nearest", names=near)
    if repeated and (often := _repeated(tree)):
        return Matched(key, selector, 0, hint="repeated", names=often)
    return Matched(key, selector, 0)


def _is_application(tree: LexborHTMLParser) -> bool:
    """A page with hardly any text, a place for an application and scripts."""
    body = tree.body
    words = len((body.text(separator=" ") if body else "").split()) - len(
        " ".join(node.text() for node in tree.css("body script, body noscript, body style")).split()
    )
    return words < 60 and bool(tree.css(_APPLICATION)) and bool(tree.css("script"))


def _addresses(tree: LexborHTMLParser) -> tuple[str, ...]:
    """Addresses in the page's scripts that look like an interface, and where data lies in the page."""
    text = " ".join(node.text() for node in tree.css("script"))
    found = list(dict.fromkeys(_ADDRESS.findall(text)))
    inline = [f"script#{node.attributes['id']}" for node in tree.css('script[type="application/json"][id]')]
    return tuple([*found, *inline][:5])


def _nearest(selector: str, tree: LexborHTMLParser) -> tuple[str, ...]:
    """Class names and ids of the page like those of the selector that the page has not."""
    there = _names(tree)
    wanted = [mark for mark in _NAME.findall(selector) if f".{mark}" not in there and f"#{mark}" not in there]
    plain = {name[1:]: name for name in there}
    close = [plain[each] for mark in wanted for each in difflib.get_close_matches(mark, plain, 3, 0.6)]
    return tuple(dict.fromkeys(close))[:5]


def _names(tree: LexborHTMLParser) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in tree.css("[class], [id]")[:5000]:
        found.update({f".{name}" for name in (node.attributes.get("class") or "").split()})
        if node.attributes.get("id"):
            found[f"#{node.attributes['id']}"] += 1
    return found


def _repeated(tree: LexborHTMLParser) -> tuple[str, ...]:
    """Elements that come again and again, each with a link and a text of some length."""
    found: Counter[str] = Counter()
    for node in tree.css("article, li, tr, div[class], section[class]")[:3000]:
        if node.css_first("a[href]") and 20 < len(node.text()) < 3000:
            classes = (node.attributes.get("class") or "").split()
            found[f"{node.tag}.{classes[0]}" if classes else str(node.tag)] += 1
    return tuple(name for name, count in found.most_common(5) if count >= 3)


# -- JSON -------------------------------------------------------------------------------------------


def _json(declaration: Declaration, page: str) -> Iterator[Matched]:
    place = declaration.list
    try:
        document = read_json(page.encode("utf-8", "replace"))
    except ParseError:
        yield Matched("list.items", place.items, 0, hint="no_json")
        return
    items = select.items_of(document, place.items)
    yield _path("list.items", place.items, items, document)
    if items:
        yield from _in_items(declaration, items)
    if place.next:
        yield _path("list.next", place.next, select.walk(document, place.next), document)


def _in_items(declaration: Declaration, items: Sequence[Any]) -> Iterator[Matched]:
    for name, wanted in declaration.fields.items():
        for path in wanted:
            found = [values for each in items if (values := json_values({name: (path,)}, each))]
            sample = _short(found[0][name][0]) if found else ""
            names = () if found else _keys(items[0], path)
            yield Matched(f"fields.{name}", path, len(found), sample, "keys" if names else "", names)


def _json_fields(where: str, fields: Any, page: str) -> Iterator[Matched]:
    try:
        document = read_json(page.encode("utf-8", "replace"))
    except ParseError:
        yield Matched(where, "", 0, hint="no_json")
        return
    for name, wanted in fields.items():
        for path in wanted:
            yield _path(f"{where}.{name}", path, select.plain(select.walk(document, path)), document)


def _path(key: str, path: str, found: Sequence[Any], document: Any) -> Matched:
    if found:
        return Matched(key, path, len(found), _short(str(found[0])))
    names = _keys(document, path)
    return Matched(key, path, 0, hint="keys" if names else "", names=names)


def _keys(document: Any, path: str) -> tuple[str, ...]:
    """What there is where the path stops leading on."""
    value = document
    for part in re.findall(r"[^.\[\]]+|\[\d*\]", path.removeprefix("$")):
        further = select.walk(value, part)
        if not further:
            break
        value = further[0]
    if isinstance(value, dict):
        return tuple(value)[:12]
    return ("[]",) if isinstance(value, list) else ()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAMPLE else line[: _SAMPLE - 1] + "…"
