"""The query language of the search box: what a resident types -> what an index is asked.

``posyandu taan`` · ``"bantuan langsung tunai"`` · ``-judi`` · ``banjir OR longsor`` · ``judul:musrenbang`` ·
``desa:Taan`` ``kec:Kalukku`` ``kim:Maju`` ``topik:kesehatan`` · ``sejak:2026-01-31`` ``sampai:2026-02-28``.

Whatever cannot be read that way is taken as plain words; only a query past the published limits is an
error. No part of a query ever reaches an index's own query parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from hub.errors import BadQuery
from hub.model import Query, Term
from hub.text.analyse import Analyser, stop_words, words
from hub.text.asking import idle
from hub.text.highlight import highlight
from hub.text.suggest import suggest
from hub.text.terms import Item, exact, plain_words, terms

__all__ = ["MAX_LENGTH", "MAX_TERMS", "ParsedQuery", "highlight", "parse_query", "suggest"]

MAX_LENGTH = 256
MAX_TERMS = 16
#: Share of the groups that a post of the relaxed answer must hold. Low, as the ranking sees to it that more
#: of them come first: at a third, one question of a hundred lost its answer (tests/search/quality.py).
RELAXED_SHARE = 0.2

#: Operators that narrow the list; the value is the field of ParsedQuery.
PLACES = {"desa": "village", "kec": "kecamatan", "kim": "site", "topik": "topic"}
DATES = {"sejak": "since", "sampai": "until"}

_PIECE = re.compile(
    r"""(?P<minus>(?<!\S)-)?
        (?:(?P<key>[^\W\d_]{2,9}):(?=\S))?
        (?: "(?P<phrase>[^"]*)" | (?P<word>[^\s"]+) )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query taken apart.

    ``village``, ``kecamatan``, ``site`` and ``topic`` are as typed: the caller, who knows the regions,
    resolves them. ``since`` and ``until`` are whole days in the hub's zone, both inclusive. ``words`` are
    the folded words looked for, ``phrases`` sequences of them that were asked for as such. ``faults`` are
    parts that could not be read and were taken as words (``sejak:kemarin``), and ``too_long``. ``plain``
    is the text without the operators that set one of the six fields.
    """

    text: str
    query: Query = Query()
    village: str = ""
    kecamatan: str = ""
    site: str = ""
    topic: str = ""
    since: date | None = None
    until: date | None = None
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    faults: tuple[str, ...] = ()
    plain: str = ""


@dataclass(slots=True)
class _Reading:
    """What has been understood so far."""

    groups: list[list[Item]]
    excluded: list[Term]
    found: dict[str, str | date]
    faults: list[str]
    spans: list[tuple[int, int]]
    either: bool = False

    def add(self, items: list[Item]) -> None:
        """Takes in words that stand side by side; after OR the first joins the group before it."""
        if self.either and self.groups and len(items) == 1:
            self.groups[-1] += items
        else:
            self.groups += [[item] for item in items]
        self.either = False

    def set(self, name: str, value: str | date, span: tuple[int, int]) -> None:
        """Takes in what an operator says; said twice, the first counts."""
        self.either = False
        self.found.setdefault(name, value)
        self.spans.append(span)


def parse_query(q: str, analyser: Analyser, *, cut: bool = False) -> ParsedQuery:
    """Reads ``q``; words that carry no meaning do not count as terms. ``cut``: read a query past the
    limits as far as they go, and say so in ``faults`` (``too_long``), for a page that answers anyway.

    Raises:
        BadQuery: more than 256 characters or 16 terms, and not ``cut``.
    """
    text = " ".join(q[: MAX_LENGTH * 8].replace("\0", " ").split())
    too_long = len(q) > MAX_LENGTH * 8 or len(text) > MAX_LENGTH
    if too_long and not cut:
        raise BadQuery(f"a query may have {MAX_LENGTH} characters")
    reading = _read(text[:MAX_LENGTH])
    groups = _meaningful(reading.groups)
    kept = _within_limit(groups, MAX_TERMS - len(reading.excluded) - len(reading.found))
    if len(kept) < len(groups) or len(reading.excluded) > MAX_TERMS:
        if not cut:
            raise BadQuery(f"a query may have {MAX_TERMS} terms")
        too_long, groups = True, kept
    if too_long:
        reading.faults.append("too_long")
        del reading.excluded[MAX_TERMS:]
    items = [item for group in groups for item in group]
    parsed = ParsedQuery(
        text,
        Query(terms(groups, analyser), tuple(reading.excluded), _minimum(len(groups))),
        words=tuple(dict.fromkeys(word for item in items for word in item.words)),
        phrases=tuple(item.words for item in items if item.phrase),
        faults=tuple(reading.faults),
        plain=_cut_out(text, reading.spans),
    )
    return replace(parsed, **reading.found)  # type: ignore[arg-type]


def _cut_out(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + " " + text[end:]
    return " ".join(text.split())


def _within_limit(groups: list[list[Item]], room: int) -> list[list[Item]]:
    """The first groups whose words fit into ``room``."""
    kept = []
    for group in groups:
        room -= sum(len(item.words) for item in group)
        if room < 0:
            break
        kept.append(group)
    return kept


def _minimum(groups: int) -> int:
    """How many groups suffice for the relaxed answer; a single group has nothing to relax."""
    return max(1, round(groups * RELAXED_SHARE)) if groups > 1 else 0


def _read(text: str) -> _Reading:
    reading = _Reading([], [], {}, [], [])
    pieces = list(_PIECE.finditer(text))
    for at, piece in enumerate(pieces):
        if piece.group() == "OR" and 0 < at < len(pieces) - 1:
            reading.either = True
        else:
            _take(piece, reading)
    return reading


def _take(piece: re.Match[str], reading: _Reading) -> None:
    key = (piece["key"] or "").casefold()
    value = piece["phrase"] if piece["phrase"] is not None else piece["word"]
    if key in PLACES and not piece["minus"] and value.strip():
        reading.set(PLACES[key], value.replace("_", " ").strip(), piece.span())
    elif key in DATES and not piece["minus"] and (day := _day(value)):
        reading.set(DATES[key], day, piece.span())
    else:
        _take_words(piece, key, value, reading)


def _take_words(piece: re.Match[str], key: str, value: str, reading: _Reading) -> None:
    field: Literal["title"] | None = "title" if key == "judul" else None
    if key and not field:
        if key in DATES:
            reading.faults.append(piece.group())
        value = f"{key} {value}"
    found = tuple(words(value))
    if not found:
        return
    phrase = piece["phrase"] is not None and len(found) > 1
    items = [Item(found, True, field)] if phrase else [Item((word,), False, field) for word in found]
    if piece["minus"]:
        reading.excluded += [exact(item) for item in items]
    else:
        reading.add(items)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def _meaningful(groups: list[list[Item]]) -> list[list[Item]]:
    """The groups that say what is looked for, each once; all of them where nothing else was asked."""
    mere = idle(plain_words(groups))
    heavy = [group for group, idles in zip(groups, mere, strict=True) if not (idles or _stops(group))]
    return list({tuple(group): group for group in heavy or groups}.values())


def _stops(group: list[Item]) -> bool:
    return all(item.plain() and item.words[0] in stop_words() for item in group)
