"""Whom an announcement is for: target expressions, and the sites and targets they come to.

An expression is a conjunction of terms separated by spaces: ``all``, ``kec:CODE``, ``village:CODE``,
``site:ID``, ``tag:NAME``, ``silent:DAYS`` (no post for so many days). An announcement goes to the union of
its expressions. Regions are named by code; the name of a kecamatan is taken where only one bears it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import ConfigError, Fault
from hub.model import Plan, Region, Site, Target
from hub.store import Transaction
from hub.text.faults import fault
from hub.text.regions import Gazetteer

TERMS = ("all", "kec:CODE", "village:CODE", "site:ID", "tag:NAME", "silent:DAYS")


@dataclass(frozen=True, slots=True)
class Address:
    """One expression, read. ``places`` are the villages that it names, None for all; ``sites`` narrows it
    to sites for which every one of these is true."""

    text: str
    places: frozenset[str] | None
    sites: tuple[Callable[[Site, datetime | None], bool], ...]

    def covers(self, site: Site, last_post: datetime | None) -> bool:
        in_place = self.places is None or site.village in self.places
        return in_place and all(holds(site, last_post) for holds in self.sites)


class Addressing:
    """Reads target expressions and finds out whom they reach.

    Args:
        now: the hub's clock, aware UTC.
        lang: of complaints.
    """

    def __init__(self, gazetteer: Gazetteer, now: Callable[[], datetime], lang: str = "id") -> None:
        self._gazetteer, self._now, self._lang = gazetteer, now, lang

    def faults(self, expressions: Sequence[str]) -> list[Fault]:
        """What is wrong with ``expressions``, each with its cure."""
        if not expressions:
            return [fault("to", "manuscript.to_nobody", self._lang, terms=", ".join(TERMS))]
        return [found for each in expressions for found in self._faults_of(each)]

    def read(self, expression: str) -> Address:
        """Raises ConfigError for a term that is unknown or names nothing."""
        places: frozenset[str] | None = None
        conditions: list[Callable[[Site, datetime | None], bool]] = []
        terms = _terms(expression)
        if not terms:
            raise self._wrong(expression, "to_unknown")
        for kind, value in terms:
            if kind in ("kec", "village"):
                named = self._places(kind, value, expression)
                places = named if places is None else places & named
            elif kind != "all":
                conditions.append(self._condition(kind, value, expression))
        return Address(expression, places, tuple(conditions))

    def plan(self, tx: Transaction, expressions: Sequence[str]) -> Plan:
        """The first target of every site that is reached, and the villages that have none.

        Raises:
            ConfigError: an expression is wrong.
        """
        addresses = [self.read(each) for each in expressions]
        last_posts = _last_posts(tx) if any(each.sites for each in addresses) else {}
        reached = [
            site
            for site in tx.sites.all()
            if any(each.covers(site, last_posts.get(site.id)) for each in addresses)
        ]
        by_site = tx.targets.by_site()
        villages = {site.village for site in reached}
        for each in addresses:
            if not each.sites:
                everywhere = (village.code for village in self._gazetteer.villages)
                villages |= each.places if each.places is not None else set(everywhere)
        targets = tuple((site, by_site[site.id][0]) for site in reached if site.id in by_site)
        return self._planned(targets, villages)

    def _planned(self, targets: tuple[tuple[Site, Target], ...], villages: set[str]) -> Plan:
        channels: dict[str, int] = {}
        for _, target in targets:
            channels[target.publisher] = channels.get(target.publisher, 0) + 1
        without = villages - {site.village for site, _ in targets}
        return Plan(
            targets=targets,
            without_channel=tuple(self._gazetteer.get(code) for code in sorted(without)),
            villages=len(villages),
            channels=channels,
        )

    def villages(self, tx: Transaction, expressions: Sequence[str]) -> tuple[Region, ...]:
        """The villages that ``expressions`` reach, by code."""
        plan = self.plan(tx, expressions)
        codes = {site.village for site, _ in plan.targets} | {each.code for each in plan.without_channel}
        return tuple(self._gazetteer.get(code) for code in sorted(codes))

    def reaches(self, tx: Transaction, expressions: Sequence[str], village: str) -> bool:
        """Whether ``expressions`` reach a village, without looking at any other. Wrong ones reach nobody."""
        try:
            addresses = [self.read(each) for each in expressions]
        except ConfigError:
            return False
        if village not in self._gazetteer:
            return False
        near = [each for each in addresses if each.places is None or village in each.places]
        if any(not each.sites for each in near):
            return True
        if not near:
            return False
        last_posts = _last_posts(tx)
        return any(
            each.covers(site, last_posts.get(site.id))
            for site in tx.sites.all()
            if site.village == village
            for each in near
        )

    def _wrong(self, expression: str, what: str, **values: object) -> ConfigError:
        words = {"expression": expression, "terms": ", ".join(TERMS), **values}
        return ConfigError([fault("to", f"manuscript.{what}", self._lang, **words)])

    def _faults_of(self, expression: str) -> tuple[Fault, ...]:
        try:
            self.read(expression)
        except ConfigError as error:
            return error.faults
        return ()

    def _places(self, kind: str, value: str, expression: str) -> frozenset[str]:
        if kind == "village":
            if value.count(".") == 3 and value in self._gazetteer:
                return frozenset({value})
            raise self._wrong(expression, "to_village", value=value)
        codes = [each.code for each in self._gazetteer.kecamatan]
        if value not in codes:
            named = [each.code for each in self._gazetteer.find(value) if each.code in codes]
            if len(named) != 1:
                raise self._wrong(expression, "to_kecamatan", value=value)
            value = named[0]
        return frozenset(each.code for each in self._gazetteer.villages_of(value))

    def _condition(self, kind: str, value: str, expression: str) -> Callable[[Site, datetime | None], bool]:
        if kind == "tag" and value:
            return lambda site, _: value in site.tags
        if not value.isdigit():
            raise self._wrong(expression, "to_unknown")
        number = int(value)
        if kind == "site":
            return lambda site, _: site.id == number
        if kind == "silent":
            since = self._now() - timedelta(days=number)
            return lambda _, last: last is None or last < since
        raise self._wrong(expression, "to_unknown")


def _terms(expression: str) -> list[tuple[str, str]]:
    """Kind and value of each term; a name of several words may stand in quotes or run to the next term."""
    found: list[tuple[str, str]] = []
    for word in expression.replace('"', " ").split():
        kind, colon, value = word.partition(":")
        if colon or word == "all" or not found:
            found.append((kind.lower(), value))
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]} {word}".strip())
    return found


def _last_posts(tx: Transaction) -> dict[int, datetime | None]:
    return {site_id: row.last_post_at for site_id, row in tx.shelf.by_site().items()}
