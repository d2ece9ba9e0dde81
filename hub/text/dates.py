"""Dates as village sites write them: RFC 822, RFC 3339 and W3CDTF, and what people type in Indonesian.

Feeds from Indonesian themes carry Indonesian month names and the zones WIB, WITA and WIT, which general
parsers reject or, worse, silently take for UTC: seven to nine hours wrong.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

#: Longer texts are no dates.
_MAX_LENGTH: Final = 120

_MONTH_NAMES: Final = (
    "januari jan january",
    "februari pebruari feb peb february",
    "maret mar mrt march",
    "april apr",
    "mei mey may",
    "juni jun june",
    "juli jul july",
    "agustus agu agt ags agst aug august",
    "september sep sept",
    "oktober okt oct october",
    "november nopember nov nop",
    "desember des dec december",
)
MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}

#: Zones by name. Of the North American names those of RFC 822, section 5; single letters but Z are
#: of unknown meaning and count as UTC (RFC 5322, section 4.3).
_ZONE_NAMES: Final = (
    "WIB+7 WITA+8 WIT+9 Z+0 UT+0 UTC+0 GMT+0 EST-5 EDT-4 CST-6 CDT-5 MST-7 MDT-6 PST-8 PDT-7 "
    "WET+0 BST+1 CET+1 CEST+2 EET+2 EEST+3 MSK+3 SGT+8 MYT+8 HKT+8 JST+9 KST+9 AEST+10 AEDT+11"
)
ZONES: Final = {
    name: timezone(timedelta(hours=int(hours)))
    for name, hours in re.findall(r"([A-Z]+)([+-]\d+)", _ZONE_NAMES)
}

_RFC822: Final = re.compile(
    r"(?:[A-Za-z']{3,7}, ?)?(\d{1,2}) ([A-Za-z]{3,9}) (\d{4}) "
    r"(\d\d):(\d\d)(?::(\d\d))? ([+-]\d{4}|[A-Za-z]{1,5})"
)
_MONTH: Final = rf"({'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?)?(?=\D|$)")
_DAY_FIRST: Final = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s./-]{{1,3}}{_MONTH}[\s.,/-]{{1,3}}(\d{{4}}|\d\d)(?!\d|[:.]\d\d)",
    re.IGNORECASE,
)
_MONTH_FIRST: Final = re.compile(
    rf"\b{_MONTH}\.?\s{{1,3}}(\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,3}}(\d{{4}})(?!\d)", re.IGNORECASE
)
#: What C's ``ctime`` and Unix ``date`` print: the year comes last.
_CTIME: Final = re.compile(
    rf"\b{_MONTH}\s{{1,3}}(\d{{1,2}})\s{{1,3}}(\d{{1,2}}:[\d:]{{2,5}}(?:\s[a-z]{{1,5}}|\s[+-]\d{{4}})?)\s(\d{{4}})$",
    re.IGNORECASE,
)
_NUMBERS: Final = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")
_YEAR_MONTH: Final = re.compile(r"(\d{4})(?:-(\d\d))?")
_TIME: Final = re.compile(
    r"(?<![\d+.:-])(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:[.,]\d+)?)?(?![\d:])\s*([AaPp]\.?[Mm]\b\.?)?"
)
_OFFSET: Final = re.compile(r"(?:(?<=[\s\d(a-zA-Z])|^)([+-])(\d{1,2})(?::?(\d\d))?(?!\d)")
_WORD: Final = re.compile(r"[A-Za-z]+")


def parse_date(text: str, *, zone: tzinfo) -> datetime | None:
    """The instant that ``text`` names, aware UTC; None where it names none (``31 Februari``).

    Args:
        zone: of dates that state none. A day without a time is its midnight.

    Two-digit years are read as RFC 5322 says (50-99: 19xx); dates in figures with the day first, as
    Indonesians write them, unless only the other order is possible. Never raises.
    """
    text = text.strip()[:_MAX_LENGTH]
    try:
        moment = _parse_exact(text) or _parse_loose(text)
        if moment is None:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_exact(text: str) -> datetime | None:
    """The two standard forms, without search: this is called for every entry of every feed."""
    if text[4:5] == "-" and text[13:14] != ".":  # it would take 09.14 for nine hours and a fraction
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    found = _RFC822.fullmatch(text)
    if not found:
        return None
    day, name, year, hour, minute, second, zone = found.groups()
    month = MONTHS.get(name.lower())
    fixed = ZONES.get(zone.upper()) or (_offset(zone) if zone[0] in "+-" else None)
    if month is None or fixed is None:
        return None
    return _moment(int(year), month, int(day), int(hour), int(minute), int(second or 0), fixed)


def _parse_loose(text: str) -> datetime | None:
    found = _find_day(text)
    if found is None:
        return None
    (year, month, day), rest = found
    hour, minute, second, after = _find_time(rest)
    return _moment(year, month, day, hour, minute, second, _find_zone(after))


def _moment(
    year: int, month: int, day: int, hour: int, minute: int, second: int, zone: tzinfo | None
) -> datetime:
    """A datetime; 24:00 is the next midnight and a leap second the one before it."""
    whole_day = hour == 24 and minute == second == 0
    moment = datetime(year, month, day, 0 if whole_day else hour, minute, min(second, 59), tzinfo=zone)
    return moment + timedelta(days=1) if whole_day else moment


def _find_day(text: str) -> tuple[tuple[int, int, int], str] | None:
    """Year, month and day named in ``text``, and the rest of it."""
    if found := _YEAR_FIRST.search(text):
        return (int(found[1]), int(found[3]), int(found[4])), _rest(text, found)
    if found := _DAY_FIRST.search(text):
        return (_full_year(found[3]), MONTHS[found[2].lower()], int(found[1])), _rest(text, found)
    if found := _MONTH_FIRST.search(text):
        return (int(found[3]), MONTHS[found[1].lower()], int(found[2])), _rest(text, found)
    if found := _CTIME.search(text):
        return (int(found[4]), MONTHS[found[1].lower()], int(found[2])), found[3]
    if found := _NUMBERS.search(text):
        day, month = int(found[1]), int(found[3])
        if month > 12 >= day:
            day, month = month, day
        return (_full_year(found[4]), month, day), _rest(text, found)
    if found := _COMPACT.match(text):
        time = f" {found[4]}:{found[5]}:{found[6] or '00'}" if found[4] else ""
        return (int(found[1]), int(found[2]), int(found[3])), time + text[found.end() :]
    if found := _YEAR_MONTH.fullmatch(text):
        return (int(found[1]), int(found[2] or 1), 1), ""
    return None


def _rest(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :].lstrip('T')}"


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 50 else 1900)


def _find_time(text: str) -> tuple[int, int, int, str]:
    """Hour, minute, second, and the text after them; midnight where no time is named."""
    found = _TIME.search(text)
    if not found:
        return 0, 0, 0, text
    hour = int(found[1])
    if half := (found[4] or "").lower().replace(".", ""):
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour, int(found[2]), int(found[3] or 0), text[found.end() :]


def _find_zone(text: str) -> timezone | None:
    """The zone named in ``text``: an offset in figures before a name, since ``GMT+8`` is not GMT."""
    if found := _OFFSET.search(text):
        return _offset(f"{found[1]}{int(found[2]):02}{found[3] or '00'}")
    for word in _WORD.findall(text):
        if (zone := ZONES.get(word.upper())) and word.upper() == word:
            return zone
    return None


def _offset(text: str) -> timezone:
    """``+HHMM`` as a zone.

    Raises:
        ValueError: 24 hours or more.
    """
    east = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return timezone(-east if text[0] == "-" else east)
