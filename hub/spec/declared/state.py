"""The cursor of a declared connector, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hub.model import Cursor
from hub.spec.articles import ArticleState
from hub.spec.http import Validators


@dataclass(slots=True)
class Behind:
    """A page behind the first that is still to be read: its number, the first item of the page before
    it, how many pages in a row had nothing new, and how many visits failed to read it."""

    url: str
    number: int = 0
    last: str = ""
    stale: int = 0
    tries: int = 0


@dataclass(slots=True)
class State(ArticleState):
    """What is remembered between visits: ``lists``, validators of each list's first page; ``behind``,
    pages; ``deep``, lists of which the pages behind are to be read as soon as the first is stored. Items
    are known by their ids and the digests of their values."""

    lists: dict[str, Validators] = field(default_factory=dict)
    behind: list[Behind] = field(default_factory=list)
    deep: list[str] = field(default_factory=list)

    def dump(self) -> Cursor:
        saved = {"lists": {url: each.dump() for url, each in self.lists.items()}, **self.dump_articles()}
        if self.behind:
            saved["behind"] = [asdict(each) for each in self.behind]
        if self.deep:
            saved["deep"] = list(self.deep)
        return saved

    @classmethod
    def load(cls, saved: Cursor) -> State:
        """Anything unexpected counts as absent: at worst items are read again."""
        behind, deep = (_list(saved.get(name)) for name in ("behind", "deep"))
        state = cls(
            lists={str(url): Validators.load(each) for url, each in _mapping(saved.get("lists")).items()},
            behind=[_page(each) for each in behind if _mapping(each).get("url")],
            deep=[str(each) for each in deep],
        )
        state.load_articles(saved)
        return state


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _page(saved: Mapping[Any, Any]) -> Behind:
    number, stale, tries = (saved.get(name) for name in ("number", "stale", "tries"))
    return Behind(
        str(saved["url"]),
        number if isinstance(number, int) else 0,
        str(saved.get("last") or ""),
        stale if isinstance(stale, int) else 0,
        tries if isinstance(tries, int) else 0,
    )
