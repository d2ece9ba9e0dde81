"""What a resident or a program asked for, read from a query string.

One reading for pages, feeds and API. On pages anything unusable is dropped, so that a mangled link still
shows news; the API is strict and says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from hub.model import Filters
from hub.model.view import SearchRequest

MAX_LIMIT = 100
#: Ids and pages beyond this are nobody's; PostgreSQL's integer ends here too.
MAX_ID = 2**31 - 1
MAX_PAGE = 10_000
SORTS = ("relevance", "newest")

_VILLAGE = re.compile(r"\d\d\.\d\d\.\d\d\.\d{4}", re.ASCII)
_KECAMATAN = re.compile(r"\d\d\.\d\d\.\d\d", re.ASCII)
_TOPIC = re.compile(r"[\w-]{1,80}")
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")

T = TypeVar("T")


class Unreadable(ValueError):
    """A parameter that the API refuses; ``name`` says which."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of ``/cari``, feeds and lists. ``until`` is the last day wanted, inclusive. ``exact`` keeps
    to the words as typed."""

    q: str = ""
    village: str | None = None
    kecamatan: str | None = None
    site: int | None = None
    topic: str | None = None
    since: date | None = None
    until: date | None = None
    sort: str = ""
    page: int = 1
    limit: int = 20
    cursor: str | None = None
    exact: bool = False

    def filters(self, zone: tzinfo) -> Filters:
        return Filters(
            village=self.village,
            kecamatan=self.kecamatan,
            site=self.site,
            topic=self.topic,
            since=_midnight(self.since, zone),
            until=_midnight(self.until + timedelta(days=1) if self.until else None, zone),
        )

    def request(self, zone: tzinfo, *, limit: int | None = None, facets: bool = True) -> SearchRequest:
        return SearchRequest(
            q=self.q,
            filters=self.filters(zone),
            sort=self.sort or ("relevance" if self.q else "newest"),
            page=self.page,
            limit=limit or self.limit,
            cursor=self.cursor,
            facets=facets,
            exact=self.exact,
        )

    def params(self, **changes: object) -> dict[str, object]:
        """The query string of this search with ``changes``; a page is kept only when given."""
        values: dict[str, object] = {
            "q": self.q,
            "village": self.village,
            "kecamatan": self.kecamatan,
            "site": self.site,
            "topic": self.topic,
            "since": self.since,
            "until": self.until,
            "sort": self.sort,
            "persis": "1" if self.exact else None,
        }
        values.update(changes)
        return {key: value for key, value in values.items() if value not in (None, "")}

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return any((self.village, self.kecamatan, self.site, self.topic, self.since, self.until))


def read(args: Mapping[str, str], *, strict: bool = False) -> Asked:
    """What was asked for.

    Raises:
        Unreadable: in strict reading, for the first parameter that makes no sense.
    """

    def take(name: str, convert: Callable[[str], T | None]) -> T | None:
        text = args.get(name, "").strip()
        if not text:
            return None
        value = convert(text)
        if value is None and strict:
            raise Unreadable(name)
        return value

    since, until = take("since", _day), take("until", _day)
    if since and until and since > until:
        since, until = until, since
    return Asked(
        q=line(args.get("q", "")),
        village=take("village", _matching(_VILLAGE)),
        kecamatan=take("kecamatan", _matching(_KECAMATAN)),
        site=take("site", _whole(MAX_ID)),
        topic=take("topic", _matching(_TOPIC)),
        since=since,
        until=until,
        sort=take("sort", lambda text: text if text in SORTS else None) or "",
        page=take("page", _whole(MAX_PAGE)) or 1,
        limit=min(take("limit", _whole(MAX_ID)) or 20, MAX_LIMIT),
        cursor=args.get("cursor") or None,
        exact=take("persis", lambda text: text if text in ("0", "1") else None) == "1",
    )


def line(text: str) -> str:
    """One line without control characters."""
    return _CONTROL.sub(" ", text).strip()


def control_free(text: str) -> str:
    """Text of several lines without other control characters than their ends."""
    return _CONTROL_IN_TEXT.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_region(code: str) -> bool:
    """Whether ``code`` has the shape of a village's or kecamatan's Kemendagri code."""
    return bool(_VILLAGE.fullmatch(code) or _KECAMATAN.fullmatch(code))


def page_number(args: Mapping[str, str]) -> int:
    """The page asked for, from 1; anything unusable is the first."""
    return _whole(MAX_PAGE)(args.get("page", "")) or 1


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.fullmatch(text) else None


def _whole(most: int) -> Callable[[str], int | None]:
    def convert(text: str) -> int | None:
        if not _NUMBER.fullmatch(text):
            return None
        return min(int(text), most) or None

    return convert


def _day(text: str) -> date | None:
    """A calendar day; years outside 1970-2199 would only break zone arithmetic further down."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone) if day else None
