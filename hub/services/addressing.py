"""Whom an announcement is for: target expressions, and the sites and targets they come to.

An expression is a conjunction of terms separated by spaces: ``all``, ``kab:CODE``, ``kec:CODE``,
``village:CODE``, ``site:ID``, ``tag:NAME``, ``silent:DAYS`` (no post for so many days). An announcement
goes to the union of its expressions. Regions are named by code; the name of a kecamatan is taken where
only one bears it.

A target may stand for a whole region (its option ``region``): another hub, which reaches the villages below
it by its own targets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import ConfigError, Fault
from hub.model import Plan, Region, Site, Target
from hub.store import Transaction
from hub.text.faults import fault
from hub.text.regions import Gazetteer

TERMS = ("all", "kab:CODE", "kec:CODE", "village:CODE", "site:ID", "tag:NAME", "silent:DAYS")


@dataclass(frozen=True, slots=True)
class Address:
    """One expression, read. ``places`` are the villages that it names, None for all; ``sites`` narrows it
    to sites for which every one of these is true."""

    text: str
    places: frozenset[str] | None
    sites: tuple[Callable[[Site, datetime | None], bool], ...]

    def covers(self, site: Site, last_post: datetime | None, region: str = "") -> bool:
        """Args:
        region: that the site's target stands for; empty for its own village alone.
        """
        in_place = self.places is None or bool(self.reached(site, region))
        return in_place and all(holds(site, last_post) for holds in self.sites)

    def reached(self, site: Site, region: str) -> set[str]:
        """Of the villages it names those that the site reaches."""
        places = self.places or frozenset()
        return set(_below(region, places) if region else places & {site.village})


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
            if kind in ("kab", "kec", "village"):
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
        return self._reach(tx, expressions)[0]

    def villages(self, tx: Transaction, expressions: Sequence[str]) -> tuple[Region, ...]:
        """The villages that ``expressions`` reach, by code."""
        return tuple(self._gazetteer.get(code) for code in sorted(self._reach(tx, expressions)[1]))

    def codes(self, expressions: Sequence[str]) -> tuple[str, ...]:
        """The places that ``expressions`` name, for another hub: ``all``, or whole kecamatan and villages by
        code. What narrows them to sites of this hub means nothing there and is left out.

        Raises:
            ConfigError: an expression is wrong.
        """
        named: set[str] = set()
        for each in map(self.read, expressions):
            if each.places is None:
                return ("all",)
            named |= each.places
        codes: list[str] = []
        for kecamatan in sorted({".".join(code.split(".")[:3]) for code in named}):
            inside = {each.code for each in self._gazetteer.villages_of(kecamatan)}
            whole = inside <= named
            codes += [f"kec:{kecamatan}"] if whole else [f"village:{code}" for code in sorted(inside & named)]
        return tuple(codes)

    def beneath(self, tx: Transaction, target_ids: Collection[int | None]) -> set[str]:
        """The villages below the regions that these targets stand for."""
        regions = {_region_of(each) for each in tx.targets.all() if each.id in target_ids} - {""}
        return {code for region in regions for code in self._below(region)}

    def _reach(self, tx: Transaction, expressions: Sequence[str]) -> tuple[Plan, set[str]]:
        """The plan, and the villages that it is about."""
        addresses = [self.read(each) for each in expressions]
        last_posts = _last_posts(tx) if any(each.sites for each in addresses) else {}
        by_site = tx.targets.by_site()
        targets: list[tuple[Site, Target]] = []
        villages: set[str] = set()
        covered: set[str] = set()
        for site in tx.sites.all():
            first = by_site[site.id][0] if site.id in by_site else None
            region = _region_of(first) if first else ""
            meant = [each for each in addresses if each.covers(site, last_posts.get(site.id), region)]
            if not meant:
                continue
            reached = {site.village} if not region else self._reached_below(meant, site, region)
            villages |= reached
            if first:
                targets.append((site, first))
                covered |= reached
        for each in addresses:
            if not each.sites:
                villages |= each.places if each.places is not None else self._everywhere
        return self._planned(tuple(targets), villages, covered), villages

    def _reached_below(self, meant: Sequence[Address], site: Site, region: str) -> set[str]:
        if any(each.places is None for each in meant):
            return set(self._below(region))
        return {code for each in meant for code in each.reached(site, region)}

    def _planned(
        self, targets: tuple[tuple[Site, Target], ...], villages: set[str], covered: set[str]
    ) -> Plan:
        channels: dict[str, int] = {}
        for _, target in targets:
            channels[target.publisher] = channels.get(target.publisher, 0) + 1
        return Plan(
            targets=targets,
            without_channel=tuple(self._gazetteer.get(code) for code in sorted(villages - covered)),
            villages=len(villages),
            channels=channels,
        )

    @property
    def _everywhere(self) -> set[str]:
        return {village.code for village in self._gazetteer.villages}

    def _below(self, region: str) -> list[str]:
        return _below(region, self._everywhere)

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
        if kind == "kab":
            if value.count(".") == 1 and (inside := self._below(value)):
                return frozenset(inside)
            raise self._wrong(expression, "to_district", value=value)
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


def _region_of(target: Target) -> str:
    """The region that a target stands for; empty for a site of one village."""
    return str(target.options.get("region") or "")


def _below(region: str, codes: Iterable[str]) -> list[str]:
    return [code for code in codes if code == region or code.startswith(f"{region}.")]


def _last_posts(tx: Transaction) -> dict[int, datetime | None]:
    return {site_id: row.last_post_at for site_id, row in tx.shelf.by_site().items()}
