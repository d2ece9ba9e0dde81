"""The TOML of a declared connector, checked, as frozen values.

Every key is declared once, in the tables below; unknown keys, wrong kinds, selectors that are none and
combinations that cannot work are told together, each with its key and its cure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from hub.errors import ConfigError, Fault
from hub.spec.declared.select import problem_of

Kind = Literal["html", "json"]

#: What may be filled in of an entry. ``text`` is plain text where ``html`` holds markup.
FIELDS: Final = (
    "id", "link", "title", "html", "text", "summary", "published", "updated", "author", "image", "topics",
)  # fmt: skip
#: One address a line; ``{site}`` is scheme and host of the source's address, ``{url}`` the address itself.
PLACES: Final = frozenset({"site", "url", "page"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{1,39}")
_PLACE: Final = re.compile(r"\{(\w*)\}")
_TOP: Final = (
    "name", "label", "kind", "language", "platform", "rank", "date_format",
    "detect", "list", "fields", "article",
)  # fmt: skip
_TABLES: Final[dict[str, dict[str, type]]] = {
    "detect": {"hosts": list, "generator": str, "selector": str},
    "list": {
        "url": list, "items": str, "next": str, "page_url": str, "first_page": int, "max_pages": int,
        "empty": str, "headers": dict,
    },
    "article": {"url": str, "kind": str, "remove": list, "per_visit": int},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListPage:
    """Where the items are listed. ``next`` selects the following page, or ``page_url`` makes its address
    from a number that begins at ``first_page``; ``empty`` selects what stands in a list without items: its
    message, or what holds the items."""

    url: tuple[str, ...] = ("{url}",)
    items: str = ""
    next: str = ""
    page_url: str = ""
    first_page: int = 1
    max_pages: int = 30
    empty: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The page of one item, read only for new and changed ones. ``fields`` select in it; ``html = "auto"``
    finds the text by itself. ``remove`` are taken out first; ``url`` makes its address where that is not
    the link (``{id}``, ``{site}``)."""

    fields: Mapping[str, tuple[str, ...]]
    kind: Kind = "html"
    url: str = ""
    remove: tuple[str, ...] = ()
    per_visit: int = 60

    @property
    def automatic(self) -> bool:
        """Whether the text is to be found without a selector."""
        return self.fields.get("html") == ("auto",)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A whole connector. Field values are alternatives: the first that gives something counts."""

    name: str
    label: Mapping[str, str]
    kind: Kind
    list: ListPage
    fields: Mapping[str, tuple[str, ...]]
    article: ArticlePage | None = None
    language: str = ""
    platform: str = ""
    rank: int = 20
    date_format: str = "auto"
    hosts: tuple[str, ...] = ()
    generator: str = ""
    selector: str = ""


def read_declaration(text: str) -> Declaration:
    """Raises ConfigError with every fault found."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Fault("toml", f"is not TOML: {error}", "correct that line")]) from error
    return _Reader(tree).read()


class _Reader:
    """Collects the faults while it reads."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree, self.faults = tree, list[Fault]()

    def fault(self, key: str, problem: str, cure: str) -> None:
        self.faults.append(Fault(key, problem, cure))

    def read(self) -> Declaration:
        self._unknown("", self.tree, _TOP)
        kind = self._kind("kind", self.tree.get("kind", "html"))
        tables = {name: self._table(name, known) for name, known in _TABLES.items()}
        place = self._list(tables["list"], kind)
        fields = self._fields("fields", self.tree.get("fields"), kind)
        article = self._article(tables["article"], kind)
        self._sense(fields, article)
        detect = tables["detect"]
        declaration = Declaration(
            name=self._name(),
            label=self._label(),
            kind=kind,
            list=place,
            fields=fields,
            article=article,
            language=self._text("language"),
            platform=self._text("platform"),
            rank=self._number("rank", self.tree.get("rank", 20)),
            date_format=self._date_format(self._text("date_format") or "auto"),
            hosts=tuple(map(str, detect.get("hosts", ()))),
            generator=detect.get("generator", ""),
            selector=self._selector("detect.selector", detect.get("selector", ""), "html"),
        )
        if self.faults:
            raise ConfigError(self.faults)
        return declaration

    # -- tables ---------------------------------------------------------------------------------------

    def _unknown(self, where: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in given:
            if key not in known:
                self.fault(f"{where}{key}", "unknown key", f"known are: {', '.join(known)}")

    def _table(self, name: str, known: Mapping[str, type]) -> dict[str, Any]:
        given = self.tree.get(name, {})
        if not isinstance(given, dict):
            self.fault(name, "must be a table", f"write [{name}]")
            return {}
        fields = FIELDS if name == "article" else ()
        self._unknown(f"{name}.", given, (*known, *fields))
        values: dict[str, Any] = {}
        for key, kind in known.items():
            if key not in given:
                continue
            value = [given[key]] if kind is list and isinstance(given[key], str) else given[key]
            if not isinstance(value, kind) or isinstance(value, bool):
                self.fault(f"{name}.{key}", f"must be {_WORDS[kind]}", f"write {_EXAMPLES[kind]}")
                continue
            values[key] = value
        return values

    def _list(self, given: dict[str, Any], kind: Kind) -> ListPage:
        if not given.get("items") and kind == "html":
            self.fault("list.items", "missing", "give the selector that matches each item of the list")
        urls = tuple(map(str, given.get("url", ("{url}",))))
        for url in urls:
            self._address("list.url", url, PLACES - {"page"})
        if page_url := given.get("page_url", ""):
            self._address("list.page_url", page_url, PLACES)
            if "{page}" not in page_url:
                self.fault("list.page_url", "has no {page}", "write {page} where the number stands")
            if given.get("next"):
                self.fault("list.next", "beside page_url", "keep one of the two")
        return ListPage(
            url=urls,
            items=self._selector("list.items", given.get("items", ""), kind, bare=True),
            next=self._selector("list.next", given.get("next", ""), kind),
            page_url=page_url,
            first_page=given.get("first_page", 1),
            max_pages=self._bounded("list.max_pages", given.get("max_pages", 30), 1, 500),
            empty=self._selector("list.empty", given.get("empty", ""), kind),
            headers={str(name): str(value) for name, value in given.get("headers", {}).items()},
        )

    def _article(self, given: dict[str, Any], kind: Kind) -> ArticlePage | None:
        whole = self.tree.get("article")
        if not isinstance(whole, dict):
            return None
        own = self._kind("article.kind", given.get("kind", kind))
        if url := given.get("url", ""):
            self._address("article.url", url, frozenset({"site", "url", "id"}))
        fields = {key: value for key, value in whole.items() if key in FIELDS}
        removed = given.get("remove", ())
        return ArticlePage(
            fields=self._fields("article", fields, own),
            kind=own,
            url=url,
            remove=tuple(self._selector("article.remove", str(each), "html") for each in removed),
            per_visit=self._bounded("article.per_visit", given.get("per_visit", 60), 1, 500),
        )

    def _fields(self, where: str, given: Any, kind: Kind) -> dict[str, tuple[str, ...]]:
        if not isinstance(given, dict):
            if where == "fields":
                self.fault("fields", "missing", "write [fields] with at least title and link")
            return {}
        if where == "fields":
            self._unknown("fields.", given, FIELDS)
        read: dict[str, tuple[str, ...]] = {}
        for key in FIELDS:
            value = given.get(key)
            if value is None:
                continue
            values = value if isinstance(value, list) else [value]
            if not values or not all(isinstance(each, str) for each in values):
                self.fault(f"{where}.{key}", "must be a selector or a list of selectors", 'write "h2 a"')
                continue
            automatic = where == "article" and value == "auto"
            for each in () if automatic else values:
                self._selector(f"{where}.{key}", each, kind)
            read[key] = tuple(values)
        return read

    # -- values ---------------------------------------------------------------------------------------

    def _name(self) -> str:
        name = self.tree.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self.fault("name", f"{name!r} is no name", "lower case letters, figures and - such as desaku")
            return ""
        return name

    def _label(self) -> dict[str, str]:
        label = self.tree.get("label", self.tree.get("name", ""))
        if isinstance(label, str):
            return {"id": label, "en": label}
        if isinstance(label, dict) and {"id", "en"} <= set(label):
            return {str(key): str(value) for key, value in label.items()}
        self.fault(
            "label", "must be a text, or one for id and en", 'write label = { id = "...", en = "..." }'
        )
        return {}

    def _kind(self, key: str, value: Any) -> Kind:
        if value == "json":
            return "json"
        if value != "html":
            self.fault(key, f"{value!r} is unknown", 'write "html" or "json"')
        return "html"

    def _text(self, key: str) -> str:
        value = self.tree.get(key, "")
        if not isinstance(value, str):
            self.fault(key, "must be a text", f'write {key} = "..."')
            return ""
        return value

    def _number(self, key: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.fault(key, "must be a whole number", f"write {key} = 20")
        return 0

    def _bounded(self, key: str, value: Any, least: int, most: int) -> int:
        if least <= self._number(key, value) <= most:
            return int(value)
        self.fault(key, f"must be between {least} and {most}", f"write {most} at most")
        return least

    def _selector(self, key: str, value: str, kind: Kind, *, bare: bool = False) -> str:
        if value and (problem := problem_of(value, kind)):
            cure = "CSS, or CSS@attribute" if kind == "html" else "a path such as data.items[0].title"
            self.fault(key, f"{value!r} {problem}", cure)
        if bare and kind == "html" and "@" in value:
            self.fault(key, "selects an attribute", "leave out what comes after @")
        return value

    def _address(self, key: str, value: str, places: frozenset[str]) -> None:
        for place in _PLACE.findall(value):
            if place not in places:
                known = ", ".join(f"{{{each}}}" for each in sorted(places))
                self.fault(key, f"unknown place {{{place}}}", f"known are: {known}")
        if not value.startswith(("http://", "https://", "{site}", "{url}", "/")):
            self.fault(key, f"{value!r} is no address", "begin with https://, {site} or {url}")

    def _date_format(self, value: str) -> str:
        if value in ("auto", "unix", "unix_ms"):
            return value
        try:
            if "%" not in value:
                raise ValueError(f"{value!r} names no part of a date")
            datetime.strptime(datetime(2026, 11, 24, 9, 14, tzinfo=UTC).strftime(value), value)
        except ValueError as error:
            cure = 'write "auto", "unix", "unix_ms" or codes of strptime such as "%d-%m-%Y %H:%M"'
            self.fault("date_format", str(error), cure)
        return value

    def _sense(self, fields: Mapping[str, tuple[str, ...]], article: ArticlePage | None) -> None:
        """What a resident needs: something to read, and a way to know it again."""
        from_page = article.fields if article else {}
        if not isinstance(self.tree.get("fields"), dict):
            return
        if "link" not in fields and "id" not in fields:
            self.fault("fields.link", "missing, and no id either", "one of them tells the items apart")
        if "title" not in fields and "title" not in from_page:
            self.fault("fields.title", "missing", "give its selector here or in [article]")
        if article and "link" not in fields and not article.url:
            self.fault("article.url", "missing", "without a link it takes an address with {id}")
        if article and not article.fields:
            self.fault("article.html", "missing", 'give the selector of the text, or "auto"')


_WORDS: Final = {str: "a text", list: "a list of texts", int: "a whole number", dict: "a table"}
_EXAMPLES: Final = {str: '"..."', list: '["...", "..."]', int: "30", dict: '{ Name = "value" }'}
