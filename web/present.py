"""Words, dates and numbers as people read them."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from hub.model import Region
from hub.model import iso as iso

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Translations(Protocol):
    """A catalogue, as gettext and Babel have it."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int) -> str: ...


class Wording:
    """One language's words for one request.

    Args:
        lang: ``id`` or ``en``.
        own: the portal's catalogue; its msgids are keys.
        core: the hub's catalogue with ``reason.*`` and ``cure.*``.
        zone: zone of shown dates.
        now: aware; what "2 hours ago" counts from.
    """

    def __init__(
        self, lang: str, own: Translations, core: Translations, *, zone: tzinfo, now: datetime
    ) -> None:
        self.lang, self._own, self._core, self._zone, self.now = lang, own, core, zone, now

    def t(self, key: str, **values: object) -> str:
        """The words for ``key``."""
        words = self._own.gettext(key)
        return words % values if values else words

    def th(self, key: str, **values: object) -> Markup:
        """Words that hold markup of their own; ``values`` are escaped."""
        return Markup(self._own.gettext(key)) % {k: escape(v) for k, v in values.items()}  # noqa: S704 - own catalogue

    def tn(self, key: str, count: int, **values: object) -> str:
        """The words for ``count`` of something, ``%(n)s`` being the number written out."""
        return self._own.ngettext(key, key, count) % {"n": self.number(count), **values}

    def reason(self, name: str) -> str:
        """What is wrong with a source, in words."""
        return self._core.gettext(f"reason.{name}")

    def cure(self, name: str) -> str:
        """What can be done about it."""
        return self._core.gettext(f"cure.{name}")

    def number(self, value: int) -> str:
        return _number(value, self.lang)

    def bytes(self, size: int) -> str:
        """The size of a file, as in "840 kB" or "1,4 MB"."""
        if size < 1_000_000:
            return f"{self.number(max(1, round(size / 1000)))} kB"
        return f"{format_decimal(round(size / 1_000_000, 1), locale=self.lang)} MB"

    def decimal(self, value: float) -> str:
        """As in "1,3"."""
        return format_decimal(round(value, 1), locale=self.lang)

    def ago(self, when: datetime) -> str:
        """How long ago, up to six days; then the day itself."""
        seconds = (self.now - when).total_seconds()
        if seconds < 2 * _MINUTE:
            return self.t("time.now")
        if seconds < _HOUR:
            return self.tn("time.minutes", int(seconds // _MINUTE))
        here, today = when.astimezone(self._zone).date(), self.now.astimezone(self._zone).date()
        days = (today - here).days
        if days < 1 or seconds < 6 * _HOUR:
            return self.tn("time.hours", int(seconds // _HOUR))
        if days == 1:
            return self.t("time.yesterday")
        if days < 7:
            return self.tn("time.days", days)
        return self.day(when)

    def full(self, when: datetime) -> str:
        """As in "Selasa, 24 November 2026, 09.14 WITA"."""
        here = when.astimezone(self._zone)
        return _full(here.replace(second=0, microsecond=0), self.lang)

    def day(self, when: datetime | date) -> str:
        """As in "24 November 2026", in the hub's zone."""
        if isinstance(when, datetime):
            when = when.astimezone(self._zone).date()
        return _day(when, "d MMMM y", self.lang)

    def moment(self, when: datetime) -> str:
        """As in "24 November 2026, 09.14 WITA"; the end of a day is said as the day alone."""
        here = when.astimezone(self._zone)
        if (here.hour, here.minute) in ((0, 0), (23, 59)):
            return self.day(here.date())
        clock = "HH.mm" if self.lang == "id" else "HH:mm"
        return f"{self.day(here.date())}, {format_datetime(here, clock, locale=self.lang)} {here.tzname()}"

    def until(self, when: datetime) -> str:
        """As in "13.30 WITA" today, and with its day on any other."""
        here = when.astimezone(self._zone)
        clock = "HH.mm" if self.lang == "id" else "HH:mm"
        shown = f"{format_datetime(here, clock, locale=self.lang)} {here.tzname()}"
        today = here.date() == self.now.astimezone(self._zone).date()
        return shown if today else f"{self.day(here.date())}, {shown}"

    def weekday(self, when: datetime) -> str:
        """As in "Selasa, 24 November 2026"."""
        return _day(when.astimezone(self._zone).date(), "EEEE, d MMMM y", self.lang)

    def month(self, value: str) -> str:
        """As in "November 2026" for ``2026-11``; anything else comes back as it is."""
        try:
            return _day(date.fromisoformat(f"{value}-01"), "MMMM y", self.lang)
        except ValueError:
            return value

    def place(self, region: Region) -> str:
        """A region with its kind once: "Desa Taan", "Kelurahan Binanga", "Kabupaten Mamuju"."""
        kind = self.t(f"kind.{region.kind}")
        return region.name if region.name.startswith(kind) else f"{kind} {region.name}"


def host_of(url: str) -> str:
    """The true host of an address, as shown beside a link that leaves the portal."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def xml_text(text: str) -> str:
    """``text`` without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("", text)


@lru_cache(4096)
def _full(here: datetime, lang: str) -> str:
    clock = "HH.mm" if lang == "id" else "HH:mm"
    return f"{format_datetime(here, f'EEEE, d MMMM y, {clock}', locale=lang)} {here.tzname()}"


@lru_cache(4096)
def _day(day: date, pattern: str, lang: str) -> str:
    return format_date(day, pattern, locale=lang)


@lru_cache(1024)
def _number(value: int, lang: str) -> str:
    return format_decimal(value, locale=lang)
