"""What the connector remembers between visits: its cursor, spelled out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import Final, TypeVar

from hub.spec import Cursor

VERSION = 1
#: Posts asked for at once; a page past the hub's size cap is asked for again in a fifth of it.
PAGE = 100
SMALLEST = 4


@dataclass(slots=True)
class Place:
    """Where in a list we are: page (from 1) and posts a page."""

    page: int = 1
    size: int = PAGE

    def shrink(self) -> bool:
        """Ask for smaller pages from here on; False when they are as small as can be."""
        if self.size <= SMALLEST:
            return False
        self.size //= 5
        self.page = (self.page - 1) * 5 + 1
        return True


@dataclass(slots=True)
class Archive(Place):
    """How far back the archive has been read, newest post first.

    ``before`` is the date (site time) of the oldest post taken, ``edge`` the ids already taken of that
    very second, ``taken`` counts posts listed, ``idle`` pages in a row without anything new. ``paged``
    says that the site does not know ``before``, so that page numbers must do.
    """

    before: str = ""
    edge: list[int] = field(default_factory=list)
    taken: int = 0
    requests: int = 0
    idle: int = 0
    paged: bool = False
    done: bool = False


@dataclass(slots=True)
class Changes(Place):
    """The poll for edits. ``seen`` is the newest ``modified_gmt`` taken in (empty before the first),
    ``coming`` what it will be at the end of a poll of several pages, ``recent`` the modification times
    of posts inside the overlap, so that they are not handed over again, and ``prints`` what those of the
    newest second say."""

    seen: str = ""
    coming: str = ""
    recent: dict[str, str] = field(default_factory=dict)
    recent_coming: dict[str, str] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)
    url: str = ""
    validators: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Newest:
    """The poll for the newest by date; ``total`` is how many posts the site last said it has."""

    total: int | None = None
    validators: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Sweep:
    """The sweep for deletions. ``due`` is epoch seconds; while one runs, ``after`` is the last post
    number asked about, ``asked`` how many were, ``gone`` those not listed any more. ``suspects`` wait
    until the hub has seen them missing often enough; ``doubted`` is when more was gone than is likely."""

    due: float = 0.0
    last: float = 0.0
    after: int = 0
    asked: int = 0
    gone: list[int] = field(default_factory=list)
    suspects: list[int] = field(default_factory=list)
    doubted: float = 0.0

    def hurry(self, now: float) -> None:
        """Something was removed: do not wait for the next due time, but sweep no more than hourly."""
        self.due = min(self.due, max(now, self.last + 3600))


@dataclass(slots=True)
class Feed:
    """Reading the feed while REST is closed, until epoch second ``until``; ``why`` is the refusal. What
    was published before ``had`` (epoch seconds) has come through REST."""

    had: float = 0.0
    until: float = 0.0
    why: str = ""
    validators: dict[str, str] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)


Part = TypeVar("Part", Archive, Changes, Newest, Sweep, Feed)


@dataclass(slots=True)
class State:
    """``plain`` remembers that only ``?rest_route=`` is open."""

    plain: bool = False
    archive: Archive = field(default_factory=Archive)
    changes: Changes = field(default_factory=Changes)
    newest: Newest = field(default_factory=Newest)
    sweep: Sweep = field(default_factory=Sweep)
    feed: Feed = field(default_factory=Feed)

    def dump(self) -> Cursor:
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def load(cls, cursor: Cursor | None) -> State:
        """A cursor of another version, or a damaged one, starts anew: the hub recognises what it has."""
        if cursor is None or cursor.get("version") != VERSION:
            return cls()
        try:
            return cls(
                plain=bool(cursor["plain"]),
                archive=_sound(Archive(**cursor["archive"])),
                changes=_sound(Changes(**cursor["changes"])),
                newest=_sound(Newest(**cursor["newest"])),
                sweep=_sound(Sweep(**cursor["sweep"])),
                feed=_sound(Feed(**cursor["feed"])),
            )
        except (KeyError, TypeError):
            return cls()


def _sound(part: Part) -> Part:
    """Raises TypeError: something in it is not what we write."""
    for each in fields(part):
        kind, value = each.type, getattr(part, each.name)
        if not _SOUND[str(kind)](value):
            raise TypeError(f"{each.name} is {value!r}, no {kind}")
    return part


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_list(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(type(each) is kind for each in value)


def _is_words(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for pair in value.items() for each in pair)


_SOUND: Final[dict[str, Callable[[object], bool]]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": _is_count,
    "int | None": lambda value: value is None or _is_count(value),
    "float": lambda value: type(value) in (int, float),
    "str": lambda value: isinstance(value, str),
    "list[int]": partial(_is_list, int),
    "list[str]": partial(_is_list, str),
    "dict[str, str]": _is_words,
}
