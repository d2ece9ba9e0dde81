"""The other side of a declared connector, made from its declaration: no code by its author.

It shows that the declaration holds together: dates, paging, identity, texts. Whether the site is as the
declaration says only the site itself can tell, and documents recorded from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from hub.spec import DeclaredConnector
from hub.spec.declared.format import ArticlePage, Declaration
from hub.spec.declared.select import split
from hub.testing.connector_harness import ConnectorHarness, Item
from hub.testing.context import WITA
from hub.testing.declared_page import Node, put
from hub.testing.stage import Answer, Asked

#: Items on a page of the list.
PAGE: Final = 20
_PARAMETER: Final = "halaman_uji"
_TEXTS: Final = {"html", "text"}
_NOT_FOUND: Final = Answer(b"tidak ada", 404, "text/plain")


class DeclaredHarness(ConnectorHarness):
    """Plays the site that ``connector``'s declaration describes."""

    def __init__(self, connector: DeclaredConnector, recorded: Path | None = None) -> None:
        self.connector, self.recorded = connector, recorded
        self.declaration = declaration = connector.declaration
        fixed = [urlsplit(each).hostname or "" for each in declaration.list.url if "://" in each]
        self.hosts = tuple(dict.fromkeys(filter(None, fixed)))
        self.url = f"https://{self.hosts[0]}/berita" if self.hosts else "{stage}/berita"
        self.lacks = lacking(declaration)

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        page = self._page(asked)
        if page is not None:
            size = PAGE if self.can("paging") else len(items)
            shown = items[page * size : (page + 1) * size]
            if page and not shown:
                return _NOT_FOUND
            more = self.can("paging") and len(items) > (page + 1) * size
            return self._list(shown, f"{asked.path}?{_PARAMETER}={page + 1}" if more else "")
        for item in items:
            if asked.path == self._article_path(item):
                return self._article(item)
        return _NOT_FOUND

    # -- the list ---------------------------------------------------------------------------------------

    def _page(self, asked: Asked) -> int | None:
        """Which page of the list is asked for, from 0; None where it is something else."""
        place = self.declaration.list
        if _PARAMETER in asked.query:
            return int(asked.query[_PARAMETER])
        whole = asked.path + (
            "?" + "&".join(f"{k}={v}" for k, v in asked.query.items()) if asked.query else ""
        )
        if place.page_url and (found := re.fullmatch(_pattern(place.page_url), whole)):
            return int(found[1]) - place.first_page
        return 0 if asked.path in {_path_of(each) for each in place.url} else None

    def _list(self, items: Sequence[Item], following: str) -> Answer:
        place = self.declaration.list
        if self.declaration.kind == "json":
            shown = [self._object(self.declaration.fields, item) for item in items]
            document = put(None, place.items.strip().removesuffix("[]"), shown)
            return Answer.json(put(document, place.next, following) if place.next and following else document)
        body = Node("body")
        for item in items:
            self._fill(body.reach(place.items, fresh=True), self.declaration.fields, item)
        if not items and place.empty:
            body.hold(*split(place.empty), "Belum ada berita.")
        if place.next and following:
            body.hold(*split(place.next), following)
        return _page_of(body)

    # -- one item ---------------------------------------------------------------------------------------

    def _article_path(self, item: Item) -> str:
        page = self.declaration.article
        template = page.url if page and page.url else "{site}/berita/{id}"
        return _path_of(template.replace("{id}", str(item.number)))

    def _article(self, item: Item) -> Answer:
        page = self.declaration.article
        if page is None:
            return _NOT_FOUND
        if page.kind == "json":
            return Answer.json(self._object(page.fields, item))
        return _page_of(self._article_body(page, item))

    def _article_body(self, page: ArticlePage, item: Item) -> Node:
        body = Node("body")
        if page.automatic:
            body.inner = f"<main><article><h1>{escape(item.title)}</h1>{item.html}</article></main>"
        self._fill(body, {name: each for name, each in page.fields.items() if each != ("auto",)}, item)
        return body

    def _fill(self, node: Node, fields: Any, item: Item) -> None:
        for name, selectors in fields.items():
            css, attribute = split(selectors[0])
            implied = {"link": "href", "image": "src"}.get(name, "") if not css.startswith("meta") else ""
            value = self.value(name, item)
            markup = value if name in _TEXTS else escape(value, quote=False)
            node.hold(css, attribute or implied, value if attribute or implied else markup)

    def _object(self, fields: Any, item: Item) -> Any:
        found: Any = {}
        for name, paths in fields.items():
            text = self.value("html" if name == "text" else name, item)
            found = put(found, paths[0], _plain(text) if name == "text" else text)
        return found

    def value(self, name: str, item: Item) -> str:
        """What the site shows of an item in this field."""
        if name in ("published", "updated"):
            moment = ((item.updated if name == "updated" else None) or item.published).astimezone(WITA)
            form = self.declaration.date_format
            if form in ("unix", "unix_ms"):
                return str(int(moment.timestamp() * (1000 if form == "unix_ms" else 1)))
            return moment.isoformat() if form == "auto" else moment.strftime(form)
        return {
            "id": str(item.number),
            "link": self._article_path(item),
            "title": item.title,
            "summary": f"{item.title}.",
            "author": "Redaksi",
            "image": f"/foto/{item.number}.jpg",
            "topics": "Pertanian",
        }.get(name, item.html)


def lacking(declaration: Declaration) -> frozenset[str]:
    """What the declared site cannot do."""
    article = declaration.article.fields if declaration.article else {}
    everywhere = {*declaration.fields, *article}
    lacks = {"auth", "deletions"}
    lacks |= set() if declaration.list.next or declaration.list.page_url else {"paging"}
    lacks |= set() if "published" in everywhere else {"dates"}
    lacks |= set() if "link" in declaration.fields else {"links"}
    lacks |= set() if _TEXTS & everywhere else {"full_text"}
    lacks |= set() if "html" in everywhere else {"html"}
    lacks |= {"charset"} if declaration.kind == "json" else set()  # JSON is UTF-8 (RFC 8259)
    # an edit is noticed by what the list shows of an item
    lacks |= set() if {"title", "html", "text", "updated"} & set(declaration.fields) else {"edits"}
    return frozenset(lacks)


def _page_of(body: Node) -> Answer:
    page = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>KIM</title></head>{body}</html>'
    return Answer(page.encode(), 200, "text/html; charset=utf-8")


def _path_of(template: str) -> str:
    address = template.replace("{site}", "").replace("{url}", "/berita")
    return urlsplit(urljoin("https://desa.example/", address)).path


def _pattern(template: str) -> str:
    """Of path and parameters of a page's address; its group is the number."""
    address = template.replace("{site}", "").replace("{url}", "/berita")
    parts = urlsplit(urljoin("https://desa.example/", address.replace("{page}", "00page00")))
    whole = parts.path + (f"?{parts.query}" if parts.query else "")
    return re.escape(whole).replace("00page00", r"(\d+)")


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html.replace("</p><p>", "\n\n"))
