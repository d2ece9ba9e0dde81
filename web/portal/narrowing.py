"""What a search is narrowed to, and how it can be narrowed: chips, lists of values, months and periods.

Everything is a link to the same search with one thing changed.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import quote_plus

from hub.errors import NotFound
from hub.model import Facet, SearchPage
from web import current
from web.asking import Asked

#: Lists of values, in the order of the page; months are shown apart.
FACETS = ("kecamatan", "village", "topic", "site")
#: Values that are shown at once, and months; the rest opens on demand.
SHOWN, MONTHS_SHOWN = 7, 6
#: Months back that are shown at all.
MONTHS = 24
PERIODS = ("week", "month", "year")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value as a link, empty where there is nothing to see. ``chosen`` values are those of the present
    search; ``share`` is the count in per cent of the greatest, for a bar."""

    label: str
    count: int
    url: str
    chosen: bool
    share: int = 0


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address of the same search without it."""

    label: str
    url: str


class Narrowing:
    """One search and the ways on from it.

    Args:
        asked: the search as ``settled``.
        found: its answer, for the values.
    """

    def __init__(self, asked: Asked, found: SearchPage) -> None:
        self._asked, self._found = asked, found
        self._say, self._paths = current.say(), current.paths()

    # -- what is in force -------------------------------------------------------------------------

    def labels(self) -> dict[str, str]:
        """What each filter in force is called; both ends of a period are one, ``days``."""
        asked = self._asked
        named = {
            "kecamatan": region_name(asked.kecamatan) if asked.kecamatan else "",
            "village": region_name(asked.village) if asked.village else "",
            "topic": self._topic(asked.topic) if asked.topic else "",
            "site": _site_name(asked.site) if asked.site else "",
            "days": self._period(),
        }
        return {name: label for name, label in named.items() if label}

    def chips(self) -> list[Chip]:
        return [Chip(label, self.without(name)) for name, label in self.labels().items()]

    def places(self) -> list[str]:
        """Where the search looks, as named in the answer's sentence."""
        return [region_name(code) for code in (self._asked.village, self._asked.kecamatan) if code][:1]

    def without(self, name: str) -> str:
        """The address of the same search with one filter less."""
        changes = {"since": None, "until": None} if name == "days" else {name: None}
        return self._paths.search(self._asked.params(**changes))

    def _period(self) -> str:
        words, since, until = self._say, self._asked.since, self._asked.until
        if since and until and (since, until) == month_days(f"{since:%Y-%m}"):
            return words.month(f"{since:%Y-%m}")
        if since and until:
            return words.t("search.period.between", since=words.day(since), until=words.day(until))
        if since:
            return words.t("search.period.since", since=words.day(since))
        return words.t("search.period.until", until=words.day(until)) if until else ""

    def _topic(self, slug: str) -> str:
        labels = {each.value: each.label for each in self._found.facets.get("topic", ())}
        return labels.get(slug, slug.replace("-", " "))

    # -- lists of values --------------------------------------------------------------------------

    def facets(self) -> list[tuple[str, list[Choice]]]:
        """Name -> values, the chosen one first."""
        found = self._found.facets
        return [(name, self._choices(name, found[name])) for name in FACETS if found.get(name)]

    def _choices(self, name: str, facet: tuple[Facet, ...]) -> list[Choice]:
        in_force = str(getattr(self._asked, name) or "")
        # a page holds a hundred of these addresses, which differ in one value
        head, _, tail = self._paths.search(self._asked.params(**{name: "\0"})).partition(f"{name}=%00")
        choices = []
        for each in facet:
            chosen = each.value == in_force
            url = self.without(name) if chosen else f"{head}{name}={quote_plus(each.value)}{tail}"
            label = region_name(each.value) if name == "village" else each.label
            choices.append(Choice(label, each.count, url, chosen))
        return sorted(choices, key=lambda choice: not choice.chosen)

    # -- time ---------------------------------------------------------------------------------------

    def months(self, counts: tuple[Facet, ...]) -> list[Choice]:
        """Month by month from the newest with posts back to the oldest of them, gaps included."""
        by_month = {each.value: each.count for each in counts}
        if not by_month:
            return []
        most, oldest = max(by_month.values()), min(by_month)
        choices: list[Choice] = []
        month = max(by_month)
        while month >= oldest and len(choices) < MONTHS:
            choices.append(self._month(month, by_month.get(month, 0), most))
            month = f"{_first(month) - timedelta(days=1):%Y-%m}"
        return choices

    def _month(self, month: str, count: int, most: int) -> Choice:
        first, last = month_days(month)
        chosen = (self._asked.since, self._asked.until) == (first, last)
        url = self._during(None, None) if chosen else self._during(first, last) if count else ""
        return Choice(self._say.month(month), count, url, chosen, -(-100 * count // most))

    def periods(self) -> list[Choice]:
        """The last week, the last month, this year."""
        asked, hub = self._asked, current.hub()
        today = hub.now().astimezone(hub.settings.zone).date()
        since = {
            "week": today - timedelta(days=6),
            "month": today - timedelta(days=29),
            "year": today.replace(month=1, day=1),
        }
        choices = []
        for name, first in since.items():
            chosen = (asked.since, asked.until) == (first, None)
            url = self._during(None if chosen else first, None)
            choices.append(Choice(self._say.t(f"facet.period.{name}"), 0, url, chosen))
        return choices

    def _during(self, since: date | None, until: date | None) -> str:
        return self._paths.search(self._asked.params(since=since, until=until))


def settled(asked: Asked, found: SearchPage) -> Asked:
    """The search that was answered, in the spelling that was meant, its operators turned into filters: each
    of them can be taken off."""
    filters, zone = found.filters, current.hub().settings.zone
    return replace(
        asked,
        q=found.plain,
        village=filters.village,
        kecamatan=filters.kecamatan,
        site=filters.site,
        topic=filters.topic,
        since=filters.since.astimezone(zone).date() if filters.since else None,
        until=(filters.until - timedelta(seconds=1)).astimezone(zone).date() if filters.until else None,
    )


def all_months(asked: Asked, found: SearchPage) -> tuple[Facet, ...]:
    """The months of ``found``, or those of the same search at any time: a month that was chosen stands
    among the others."""
    if not (asked.since or asked.until) or not found.total:
        return found.facets.get("month", ())
    zone = current.hub().settings.zone
    wide = replace(replace(asked, since=None, until=None).request(zone, limit=1), cut=True)
    return current.hub().reading.search(wide).facets.get("month", ())


def month_days(month: str) -> tuple[date, date]:
    """The first and the last day of ``2026-11``."""
    first = _first(month)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def region_name(code: str) -> str:
    """With its kind; a code that nobody knows as it is."""
    try:
        return current.say().place(current.hub().gazetteer.get(code))
    except NotFound:
        return code


def _site_name(key: int) -> str:
    try:
        return current.hub().reading.site(key).site.name
    except NotFound:
        return f"KIM {key}"


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
