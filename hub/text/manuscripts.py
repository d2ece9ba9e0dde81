"""What an editor or a program wrote down, read into a :class:`Manuscript`.

A file is Markdown after a TOML head between two lines ``+++``; a request to the API holds the same fields
as JSON. Both are read by the same rules and complain about everything at once.
"""

from __future__ import annotations

import binascii
import difflib
import re
import tomllib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, tzinfo
from typing import Any

from hub.errors import ConfigError, Fault
from hub.model import INFORMATION_CLASSES, NATURES, Manuscript
from hub.text import faults
from hub.text.dates import parse_date

#: The fields of a head and of a JSON body, in the order of documents; ``text`` is what follows the head.
REQUIRED = ("number", "subject", "to")
FIELDS = (
    *REQUIRED,
    "date",
    "nature",
    "agency",
    "contact",
    "valid_from",
    "valid_until",
    "information_class",
    "attachments",
    "text",
)
_EXAMPLES = {"number": '"440/123/DINKES"', "subject": '"Jadwal imunisasi"', "to": '["all"]'}
_FENCE = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
_ATTACHMENT = frozenset({"file", "name", "content", "sha256", "alt"})
#: More unknown names than this are no slip of the pen.
_MOST_UNKNOWN = 20
#: Zone arithmetic is safe inside, and nobody's letter is outside.
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An attachment as named by whoever wrote: a ``file`` to be read, or a ``name`` and its ``content``, or
    the ``sha256`` of one that the hub has already."""

    file: str = ""
    name: str = ""
    content: bytes | None = None
    sha256: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A manuscript still without attachments, the attachments it names, and every fault found. With
    faults the manuscript is only good for looking for more of them."""

    manuscript: Manuscript
    enclosed: tuple[Enclosed, ...] = ()
    faults: tuple[Fault, ...] = ()


def split(text: str, lang: str = "id") -> dict[str, Any]:
    """The fields of a file, ``text`` among them.

    Raises:
        ConfigError: there is no head, its end is missing, or it is not TOML.
    """
    text = text.replace("\r\n", "\n").lstrip("\ufeff").lstrip()
    fences = list(_FENCE.finditer(text))
    if not fences or fences[0].start() > 0:
        raise ConfigError([fault("+++", "no_head", lang)])
    if len(fences) < 2:
        raise ConfigError([fault("+++", "open_head", lang)])
    try:
        head = tomllib.loads(text[fences[0].end() : fences[1].start()])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([fault("+++", "no_toml", lang, problem=error)]) from error
    body = text[fences[1].end() :].strip()
    return {"text": body, **head} if body else head


def read(fields: Mapping[str, Any], zone: tzinfo, lang: str = "id") -> Letter:
    """A manuscript from its fields. Values may be TOML's or JSON's: dates and times as such or as texts.

    Args:
        zone: of times that state none. ``valid_until`` given as a day means the end of that day.
        lang: of the complaints.
    """
    return _Reader(fields, zone, lang).letter()


def moment(value: Any, zone: tzinfo, *, end: bool = False) -> datetime | None:
    """The instant that ``value`` (datetime, date or text) names, aware; None where it names none. A day
    alone is its first moment, or with ``end`` its last second."""
    found = _instant(value, zone)
    if found is None:
        return None
    when, whole_day = found
    if when.astimezone(zone).year not in _YEARS:
        return None
    return datetime.combine(when.astimezone(zone), time(23, 59, 59), zone) if whole_day and end else when


def _instant(value: Any, zone: tzinfo) -> tuple[datetime, bool] | None:
    """An aware time and whether only a day was named."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=zone)
        return (aware, False) if aware.year in _YEARS else None
    if isinstance(value, date):
        return (datetime.combine(value, time(), zone), True) if value.year in _YEARS else None
    if not isinstance(value, str):
        return None
    for kind in (date, datetime):
        try:
            return _instant(kind.fromisoformat(value.strip()), zone)
        except ValueError:
            continue
    when = parse_date(value, zone=zone)
    # where no time is named, one put behind the day is understood
    return (when, when != parse_date(f"{value} 12:34", zone=zone)) if when else None


def fault(key: str, what: str, lang: str, **values: object) -> Fault:
    """A fault at ``key`` in the words of ``manuscript.<what>``."""
    return faults.fault(key, f"manuscript.{what}", lang, **values)


class _Reader:
    """Reads the fields one by one and collects the faults."""

    def __init__(self, fields: Mapping[str, Any], zone: tzinfo, lang: str) -> None:
        # JSON's null is a field left out
        self._fields = {name: value for name, value in fields.items() if value is not None}
        self._zone, self._lang = zone, lang
        self._faults: list[Fault] = []

    def letter(self) -> Letter:
        self._check_names()
        manuscript = Manuscript(
            number=self._text("number"),
            subject=self._text("subject"),
            to=self._expressions(),
            text=self._text("text"),
            date=self._day("date"),
            nature=self._choice("nature", NATURES, "biasa"),
            agency=self._text("agency"),
            contact=self._text("contact"),
            valid_from=self._moment("valid_from"),
            valid_until=self._moment("valid_until", end=True),
            information_class=self._choice("information_class", INFORMATION_CLASSES, "berkala"),
        )
        enclosed = tuple(filter(None, map(self._enclosed, self._list("attachments"))))
        return Letter(manuscript, enclosed, tuple(self._faults))

    def _complain(self, key: str, what: str, **values: object) -> None:
        self._faults.append(fault(key, what, self._lang, **values))

    def _check_names(self) -> None:
        unknown = [str(name) for name in self._fields if name not in FIELDS]
        for name in unknown[:_MOST_UNKNOWN]:
            near = difflib.get_close_matches(name[:40].lower(), FIELDS, 1)
            self._complain(name, "unknown", known=", ".join(near or FIELDS))
        for name in REQUIRED:
            if self._fields.get(name) in (None, "", [], ()) or not str(self._fields[name]).strip():
                self._complain(name, "missing", example=f"{name} = {_EXAMPLES[name]}")

    def _text(self, name: str) -> str:
        value = self._fields.get(name, "")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # number = 12
        if not isinstance(value, str):
            self._complain(name, "not_text")
            return ""
        return value if name == "text" else value.strip()

    def _choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._text(name).lower() or default
        if value not in choices:
            self._complain(name, "not_one_of", value=value, choices=", ".join(choices))
        return value

    def _list(self, name: str) -> list[Any]:
        value = self._fields.get(name, [])
        if isinstance(value, str | Mapping):
            return [value] if value else []
        if isinstance(value, list | tuple):
            return list(value)
        self._complain(name, "not_list")
        return []

    def _expressions(self) -> tuple[str, ...]:
        parts = self._list("to")
        if not all(isinstance(part, str) for part in parts):
            self._complain("to", "not_list")
            return ()
        return tuple(part.strip() for part in parts if part.strip())

    def _moment(self, name: str, *, end: bool = False) -> datetime | None:
        value = self._fields.get(name, "")
        if value == "":
            return None
        found = moment(value, self._zone, end=end)
        if found is None:
            self._complain(name, "not_time", value=value)
        return found

    def _day(self, name: str) -> date | None:
        value = self._fields.get(name, "")
        if value == "":
            return None
        found = moment(value, self._zone)
        if found is None:
            self._complain(name, "not_day", value=value)
        return found.astimezone(self._zone).date() if found else None

    def _enclosed(self, entry: Any) -> Enclosed | None:
        given = {"file": entry} if isinstance(entry, str) else entry
        if (
            not isinstance(given, Mapping)
            or not given.keys() <= _ATTACHMENT
            or not all(isinstance(value, str) for value in given.values())
            or sum(bool(given.get(key)) for key in ("file", "content", "sha256")) != 1
        ):
            self._complain("attachments", "no_attachment")
            return None
        try:
            content = b64decode(given["content"], validate=True) if "content" in given else None
        except (binascii.Error, ValueError):
            self._complain("attachments", "not_base64", name=given.get("name", "?"))
            return None
        return Enclosed(
            file=given.get("file", ""),
            name=given.get("name", ""),
            content=content,
            sha256=given.get("sha256", "").lower(),
            alt=given.get("alt", ""),
        )


def fields_of(manuscript: Manuscript) -> dict[str, Any]:
    """An existing manuscript as fields, its attachments by their digest."""
    values = {each.name: getattr(manuscript, each.name) for each in fields(manuscript)}
    kept = [{"sha256": each.sha256} for each in manuscript.attachments]
    return {**values, "to": list(manuscript.to), "attachments": kept}
