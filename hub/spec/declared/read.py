"""A list page into items, an item into an entry: pure functions of text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hub.errors import ParseError
from hub.model import Article, Entry, Image
from hub.spec.declared import select
from hub.spec.declared.format import ArticlePage, Declaration
from hub.spec.http import read_json

#: Field -> what its selector gave, several values where several elements matched.
Values = Mapping[str, Sequence[str]]
#: A moment from a text, or None.
Dates = Callable[[str], datetime | None]

_PARAGRAPH: Final = re.compile(r"\n\s*\n|\r\n\s*\r\n")


@dataclass(frozen=True, slots=True)
class Item:
    """One item as the list shows it. ``id`` is stable, ``digest`` that of all values selected: view
    counters and such that nobody selects do not make an item new."""

    id: str
    link: str
    values: Values
    digest: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page read. ``present`` tells an empty list from a page without one."""

    items: tuple[Item, ...]
    next: str = ""
    present: bool = True


def read_list(declaration: Declaration, page: str, url: str) -> Listing:
    """Raises ParseError: a JSON list that is no JSON."""
    if declaration.kind == "json":
        return _json_list(declaration, page, url)
    tree = LexborHTMLParser(page)
    base = base_of(tree, url)
    nodes = select.nodes(tree, declaration.list.items)
    items = _items(declaration, [html_values(declaration.fields, node) for node in nodes], base)
    place = declaration.list
    following = next(iter(select.texts(tree, place.next)), "") if place.next else ""
    present = bool(nodes) or bool(place.empty and select.nodes(tree, select.split(place.empty)[0]))
    return Listing(items, _followed(base, following), present)


def _json_list(declaration: Declaration, page: str, url: str) -> Listing:
    document = read_json(page.encode("utf-8", "replace"))
    place = declaration.list
    found = select.items_of(document, place.items)
    items = _items(declaration, [json_values(declaration.fields, each) for each in found], url)
    following = next(iter(select.plain(select.walk(document, place.next))), "") if place.next else ""
    present = bool(found) or select.leads_somewhere(document, place.items)
    return Listing(items, _followed(url, following), present)


def base_of(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")
    return urljoin(url, (node.attributes.get("href") or "") if node else "")


def _followed(base: str, link: str) -> str:
    """The next page, on the same host only."""
    address = _joined(base, link) if link else ""
    return address if urlsplit(address).hostname == urlsplit(base).hostname else ""


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""


# -- items ------------------------------------------------------------------------------------------


def html_values(fields: Mapping[str, tuple[str, ...]], node: LexborNode | LexborHTMLParser) -> Values:
    return {name: values for name, wanted in fields.items() if (values := _html_value(name, wanted, node))}


def _html_value(name: str, wanted: Sequence[str], node: LexborNode | LexborHTMLParser) -> list[str]:
    for selector in wanted:
        if name == "html":
            values = [each for each in (select.markup(node, selector),) if each]
        else:
            values = select.texts(node, _implied(name, selector))
        if values:
            return values
    return []


def _implied(name: str, selector: str) -> str:
    """A link's and a picture's selector means its address where no attribute is named."""
    css, attribute = select.split(selector)
    if attribute or name not in ("link", "image") or css.startswith("meta"):
        return selector
    return f"{css}@href" if name == "link" else f"{css}@src"


def json_values(fields: Mapping[str, tuple[str, ...]], item: Any) -> Values:
    found = {}
    for name, paths in fields.items():
        values = (select.plain(select.walk(item, path)) for path in paths)
        if first := next(filter(None, values), None):
            found[name] = first
    return found


def _items(declaration: Declaration, found: Sequence[Values], base: str) -> tuple[Item, ...]:
    """Items with something to know them by. One that stands there twice (its picture and its headline are
    links of their own, or it is pinned) is one, with the values of both, the first ones first."""
    merged: dict[str, tuple[str, Values]] = {}
    for values in found:
        link = _joined(base, values["link"][0]) if values.get("link") else ""
        if urlsplit(link).scheme not in ("http", "https"):
            link = ""
        given = values["id"][0] if values.get("id") else ""
        known_by = f"{declaration.name}:{given}" if given else link.partition("#")[0]
        if known_by:
            before = merged.get(known_by, (link, {}))
            merged[known_by] = (before[0], {**values, **before[1]})
    return tuple(Item(known_by, link, values, _digest(values)) for known_by, (link, values) in merged.items())


def _digest(values: Values) -> str:
    seen = json.dumps({name: list(each) for name, each in values.items()}, sort_keys=True)
    return hashlib.blake2b(seen.encode(), digest_size=6).hexdigest()


# -- article pages ----------------------------------------------------------------------------------


def read_page(declared: ArticlePage, page: str) -> Values:
    """What the article's own page says; empty where it is something else.

    Raises:
        ParseError: declared as JSON and none.
    """
    if declared.kind == "json":
        return json_values(declared.fields, read_json(page.encode("utf-8", "replace")))
    tree = LexborHTMLParser(page)
    for css in declared.remove:
        for node in tree.css(css):
            node.decompose()
    wanted = {name: each for name, each in declared.fields.items() if each != ("auto",)}
    return html_values(wanted, tree)


def from_article(article: Article) -> dict[str, list[str]]:
    """What was found without selectors, as values for the fields that the declaration leaves open."""
    moments = {"published": article.published, "updated": article.updated}
    texts = {"html": article.html, "title": article.title, "author": article.author}
    found = {name: [text] for name, text in texts.items() if text}
    found |= {name: [moment.isoformat()] for name, moment in moments.items() if moment}
    if article.images:
        found["image"] = [each.url for each in article.images]
    return found


# -- entries ----------------------------------------------------------------------------------------


def to_entry(declaration: Declaration, item: Item, page: Values, dates: Dates, base: str) -> Entry:
    """The entry of an item, the page's values before the list's.

    Raises:
        ParseError: there is no text and no title in it.
    """
    values = {**item.values, **page}
    one = {name: each[0] for name, each in values.items() if each}
    published, updated = (_moment(declaration, one.get(name, ""), dates) for name in ("published", "updated"))
    entry = Entry(
        id=item.id,
        link=item.link,
        title=one.get("title", ""),
        html=one.get("html", "") or _paragraphs(values.get("text", ())),
        summary=one.get("summary", ""),
        author=one.get("author", ""),
        published=published,
        updated=updated,
        published_as_given="" if published else one.get("published", ""),
        topics=tuple(dict.fromkeys(values.get("topics", ()))),
        images=tuple(Image(address) for each in values.get("image", ()) if (address := _joined(base, each))),
        language=declaration.language,
        base=item.link or base,
    )
    if not (entry.title or entry.html or entry.summary):
        raise ParseError("not_a_feed", f"no title and no text were found for {item.id}"[:300])
    return entry if entry.link else replace(entry, base=base)


def _paragraphs(texts: Sequence[str]) -> str:
    parts = [part.strip() for text in texts for part in _PARAGRAPH.split(text)]
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def _moment(declaration: Declaration, text: str, dates: Dates) -> datetime | None:
    """As the declared format says, else as anybody would read it; without a zone in the hub's."""
    form = declaration.date_format
    if not text:
        return None
    try:
        if form in ("unix", "unix_ms"):
            return datetime.fromtimestamp(float(text) / (1000 if form == "unix_ms" else 1), UTC)
        if form != "auto":
            return dates(datetime.strptime(text.strip(), form).isoformat())
    except (ValueError, OverflowError, OSError):
        pass
    return dates(text)
