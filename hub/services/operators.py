"""Operators of a query (``desa:Taan``, ``sejak:2026-01-31``) as filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.model import Filters
from hub.store import Transaction
from hub.text.analyse import Analyser
from hub.text.normalise import make_topic
from hub.text.query import ParsedQuery, parse_query
from hub.text.regions import Gazetteer, fold


class Operators:
    """Knows whom the names in a query mean.

    Args:
        zone: of the hub: a resident's days begin at its midnights.
    """

    def __init__(self, analyser: Analyser, gazetteer: Gazetteer, zone: ZoneInfo) -> None:
        self._analyser, self._gazetteer, self._zone = analyser, gazetteer, zone

    def narrow(self, tx: Transaction, parsed: ParsedQuery, given: Filters) -> tuple[ParsedQuery, Filters]:
        """Filters from operators (``desa:Taan``) join those of the form, which win. An operator whose name
        nobody knows is taken as plain words."""
        unknown: list[str] = []
        village = self._region(parsed.village, 4, unknown)
        kecamatan = self._region(parsed.kecamatan, 3, unknown)
        site = self._site(tx, parsed.site, unknown)
        topic = make_topic(parsed.topic) if parsed.topic else None
        since, until = parsed.since, parsed.until
        if since and until and since > until:
            since, until = until, since
        filters = Filters(
            village=given.village or village,
            kecamatan=given.kecamatan or kecamatan,
            site=given.site if given.site is not None else site,
            topic=given.topic or (topic.slug if topic else None),
            since=given.since or self._midnight(since),
            until=given.until or self._midnight(until, days=1),
        )
        if not unknown:
            return parsed, filters
        extra = parse_query(" ".join(unknown), self._analyser, cut=True)
        query = replace(parsed.query, groups=(*parsed.query.groups, *extra.query.groups))
        plain = " ".join([parsed.plain, *unknown]).strip()
        return replace(parsed, query=query, words=(*parsed.words, *extra.words), plain=plain), filters

    def _region(self, name: str, level: int, unknown: list[str]) -> str | None:
        if not name:
            return None
        if name in self._gazetteer:
            return name
        found = [each for each in self._gazetteer.find(name) if each.code.count(".") == level - 1]
        if not found:
            unknown.append(name)
            return None
        return found[0].code

    def _site(self, tx: Transaction, name: str, unknown: list[str]) -> int | None:
        if not name:
            return None
        wanted = fold(name)
        for site in tx.sites.all():
            if wanted in fold(site.name):
                return site.id
        unknown.append(name)
        return None

    def _midnight(self, day: date | None, days: int = 0) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=days), time(), self._zone).astimezone(UTC)
