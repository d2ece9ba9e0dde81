"""What pages, feeds and commands show, as model values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.errors import NotFound
from hub.model import (
    SEVERITIES,
    Alert,
    Card,
    Changed,
    Facet,
    Filters,
    Headline,
    Home,
    Numbers,
    Place,
    PlaceCount,
    PostPage,
    Region,
    SearchPage,
    SearchRequest,
    SiteHealth,
    TopicView,
)
from hub.model.seeking import Completion, Wider
from hub.services.cards import Cards, health
from hub.services.completing import Completing
from hub.services.searching import Searching
from hub.services.widening import Widening
from hub.store import Store, Transaction
from hub.text.regions import Gazetteer

#: Cards on the front page: after the lead, and per kecamatan.
NEWEST, PER_KECAMATAN = 8, 4
#: Kecamatan on the front page, the most recently active; a province has hundreds.
SECTIONS = 24
#: The lead needs a picture and must be among so many newest.
LEAD_AMONG = 12
MORE = 4
#: How far back a place's recent posts are counted.
RECENT = timedelta(days=30)


class Reading:
    """The reading side of the hub."""

    def __init__(
        self,
        store: Store,
        searching: Searching,
        completing: Completing,
        widening: Widening,
        gazetteer: Gazetteer,
        *,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._searching, self._gazetteer = store, searching, gazetteer
        self._completing, self._widening = completing, widening
        self._zone, self._now = zone, now

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises BadQuery."""
        return self._searching.search(request)

    def complete(self, typed: str, limit: int = 8) -> tuple[Completion, ...]:
        """What ``typed`` may become: words, places, topics, sites, posts."""
        return self._completing.complete(typed, limit)

    def wider(self, request: SearchRequest) -> Wider:
        """What else there is where a search found nothing."""
        return self._widening.wider(request)

    def generation(self) -> int:
        """Grows with every change of what is shown."""
        with self._store.read() as tx:
            return tx.changes.generation()

    # -- pages ------------------------------------------------------------------------------------

    def home(self) -> Home:
        with self._store.read() as tx:
            cards = self._cards(tx)
            warnings = {row.id for row in tx.shelf.warnings(self._now())}  # these stand above the news
            rows = tx.shelf.newest(Filters(), 200, leave_out=warnings)
            lead = next((row for row in rows[:LEAD_AMONG] if row.images), rows[0] if rows else None)
            others = [row for row in rows if row is not lead]
            newest = others[:NEWEST]
            taken = {row.id for row in newest} | ({lead.id} if lead else set()) | warnings
            cards.look_up(tx, [lead, *newest] if lead else ())
            sections = self._sections(tx, cards, others[NEWEST:], taken)
            topics = tx.shelf.facet("topic", Filters(), 12)
            return Home(
                lead=cards.from_row(lead) if lead else None,
                newest=tuple(map(cards.from_row, newest)),
                by_kecamatan=sections,
                topics=self._topics(tx, topics),
                places=self._places(tx, self._gazetteer.villages),
                numbers=self._numbers(tx),
            )

    def _sections(
        self, tx: Transaction, cards: Cards, rows: list[Any], taken: set[int]
    ) -> tuple[tuple[Region, tuple[Card, ...]], ...]:
        """Each kecamatan with posts not shown yet, most recently active first, SECTIONS at most."""
        by_kecamatan: dict[str, list[Any]] = {}
        for row in rows:
            by_kecamatan.setdefault(row.kecamatan, []).append(row)
        for code in tx.shelf.by_place("kecamatan"):
            if len(by_kecamatan.get(code, ())) < PER_KECAMATAN:
                # another copy of what stands in another section would be the same once more
                others = (found[:PER_KECAMATAN] for place, found in by_kecamatan.items() if place != code)
                left_out = taken.union(row.id for found in others for row in found)
                by_kecamatan[code] = tx.shelf.newest(
                    Filters(kecamatan=code), PER_KECAMATAN, leave_out=left_out
                )
        sections = [(code, found[:PER_KECAMATAN]) for code, found in by_kecamatan.items() if found]
        sections.sort(key=lambda section: section[1][0].sort_at, reverse=True)
        return tuple(
            (self._gazetteer.get(code), cards.from_rows(tx, found)) for code, found in sections[:SECTIONS]
        )

    def warnings(self, region: str = "") -> tuple[Card, ...]:
        """Warnings of authorities that stand now, the gravest first.

        Args:
            region: only those for this village or kecamatan; a warning for all of a kecamatan is for each of
                its villages.
        """
        with self._store.read() as tx:
            cards = self._cards(tx)
            found = [cards.from_row(row) for row in tx.shelf.warnings(self._now())]
        near = [each for each in found if each.alert and (not region or _concerns(each.alert, region))]
        return tuple(sorted(near, key=_gravity))

    def post(self, post_id: int) -> PostPage:
        """A visible or withdrawn post (look at ``post.state``).

        Raises:
            NotFound: no such post, or it is in quarantine.
        """
        with self._store.read() as tx:
            post = tx.shelf.post(post_id)
            if post is None or post.state == "quarantined":
                raise NotFound("post", post_id)
            cards = self._cards(tx)
            cards.look_up(tx, [post])
            more = tx.shelf.newest(Filters(village=post.village), MORE, leave_out=[post_id])
            if len(more) < MORE:
                known = [post_id, *(row.id for row in more)]
                kecamatan = Filters(kecamatan=self._gazetteer.kecamatan_of(post.village).code)
                more += tx.shelf.newest(kecamatan, MORE - len(more), leave_out=known)
            return PostPage(
                post=post,
                card=cards.from_post(post),
                site=tx.sites.get(post.site_id),
                village=self._gazetteer.get(post.village),
                kecamatan=self._gazetteer.kecamatan_of(post.village),
                versions=tx.posts.versions(post_id) if post.version > 1 else (),
                more=cards.from_rows(tx, more),
                also_at=cards.also_at(post),
                first_at=cards.first_at(post),
            )

    def changed(self, since: datetime, after: int = 0, limit: int = 100) -> tuple[Changed, ...]:
        """Posts by the time of their latest change, withdrawn ones too; ``after`` is the id of the last
        one known that changed at ``since``."""
        with self._store.read() as tx:
            cards = self._cards(tx)
            found = tx.shelf.changed(since, after, limit)
            return tuple(Changed(post, cards.from_post(post), given) for post, given in found)

    def identifiers(self, before: int, limit: int) -> tuple[tuple[int, str], ...]:
        """(id, identifier at the hub it began at, '' for our own) of all visible posts below an id."""
        with self._store.read() as tx:
            return tuple(tx.shelf.identifiers(before, limit))

    def place(self, code: str) -> Place:
        """A village or kecamatan of the hub.

        Raises:
            NotFound: the hub has no such region.
        """
        if code not in self._gazetteer or code == self._gazetteer.district.code or code.count(".") < 2:
            raise NotFound("place", code)
        region = self._gazetteer.get(code)
        is_village = code.count(".") == 3
        wanted = Filters(village=code) if is_village else Filters(kecamatan=code)
        with self._store.read() as tx:
            sites = tuple(
                each for each in self._health(tx) if code in (each.village.code, each.kecamatan.code)
            )
            if is_village:
                parent = self._gazetteer.kecamatan_of(code)
                children: tuple[PlaceCount, ...] = ()
                around = [each for each in self._gazetteer.villages_of(parent.code) if each.code != code]
                neighbours = self._places(tx, around)
            else:
                parent = self._gazetteer.get(region.parent)
                children = self._places(tx, self._gazetteer.villages_of(code))
                beside = (each for each in self._gazetteer.kecamatan if each.parent == parent.code)
                neighbours = self._places(tx, [each for each in beside if each.code != code])
            return Place(
                region=region,
                parent=parent,
                posts=tx.shelf.total(wanted),
                sites=sites,
                children=children,
                neighbours=neighbours,
                aliases=self._gazetteer.aliases.get(code, ()),
                recent=tx.shelf.total(replace(wanted, since=self._now() - RECENT)),
            )

    def topic(self, slug: str) -> TopicView:
        """Raises NotFound."""
        with self._store.read() as tx:
            topic = tx.shelf.topic(slug)
            if topic is None:
                raise NotFound("topic", slug)
            return TopicView(topic, tx.shelf.total(Filters(topic=slug)))

    def topics(self, limit: int = 50) -> tuple[Facet, ...]:
        """The commonest subjects."""
        with self._store.read() as tx:
            return self._topics(tx, tx.shelf.facet("topic", Filters(), limit))

    def sites(self) -> tuple[SiteHealth, ...]:
        """Every site with its health, by village code."""
        with self._store.read() as tx:
            return self._health(tx)

    def site(self, site_id: int) -> SiteHealth:
        """Raises NotFound."""
        with self._store.read() as tx:
            tx.sites.get(site_id)
            return next(each for each in self._health(tx) if each.site.id == site_id)

    def places(self) -> tuple[PlaceCount, ...]:
        """All villages of the hub, those without a site too, by code."""
        with self._store.read() as tx:
            return self._places(tx, self._gazetteer.villages)

    def numbers(self) -> Numbers:
        with self._store.read() as tx:
            return self._numbers(tx)

    def sitemap(self, page: int, size: int = 5000) -> tuple[tuple[int, datetime], ...]:
        """(post id, updated) of posts that search engines may find, newest id first; ``page`` counts from
        1."""
        with self._store.read() as tx:
            return tuple(tx.shelf.sitemap((max(page, 1) - 1) * size, size))

    def indexable(self) -> int:
        """How many posts search engines may find."""
        with self._store.read() as tx:
            return tx.shelf.indexable()

    def headlines(self, since: datetime, limit: int) -> tuple[Headline, ...]:
        """Posts since a moment that search engines may find, newest first."""
        with self._store.read() as tx:
            return tuple(Headline(*row) for row in tx.shelf.news(since, limit))

    def counts(self) -> dict[str, int]:
        """Numbers for the metrics: posts and sources by state, sites, changes that wait for the index, and
        how many seconds the longest waiting source is overdue."""
        now = self._now()
        with self._store.read() as tx:
            oldest = tx.sources.oldest_due(now)
            found = {f"posts_{state}": number for state, number in tx.shelf.states().items()}
            found |= {f"sources_{state}": number for state, number in tx.sources.counts().items()}
            found["sites"] = len(tx.sites.all())
            found["changes_pending"] = tx.changes.pending()
            found["overdue_seconds"] = int((now - oldest).total_seconds()) if oldest else 0
        return found

    # -- parts ------------------------------------------------------------------------------------

    def _cards(self, tx: Transaction) -> Cards:
        return Cards(self._gazetteer, {site.id: site.name for site in tx.sites.all()})

    def _health(self, tx: Transaction) -> tuple[SiteHealth, ...]:
        sources: dict[int, list[Any]] = {}
        for source in tx.sources.all():
            sources.setdefault(source.site_id, []).append(source)
        rows, now = tx.shelf.by_site(), self._now()
        return tuple(
            health(site, sources.get(site.id, ()), rows.get(site.id), self._gazetteer, now)
            for site in tx.sites.all()
        )

    def _places(self, tx: Transaction, regions: tuple[Region, ...] | list[Region]) -> tuple[PlaceCount, ...]:
        by_village, by_kecamatan = tx.shelf.by_place("village"), tx.shelf.by_place("kecamatan")
        lately = Filters(since=self._now() - RECENT)
        sites = _with_those_above(tx.shelf.sites_by_village())
        recent = _with_those_above(tx.shelf.facet("village", lately, limit=None))
        counted = []
        for region in regions:
            posts, newest = (by_village.get(region.code) or by_kecamatan.get(region.code)) or (0, None)
            counted.append(PlaceCount(region, posts, sites[region.code], newest, recent[region.code]))
        return tuple(counted)

    def _topics(self, tx: Transaction, counts: dict[str, int]) -> tuple[Facet, ...]:
        labels = tx.shelf.topic_labels(counts)
        return tuple(Facet(slug, labels.get(slug, slug), number) for slug, number in counts.items())

    def _numbers(self, tx: Transaction) -> Numbers:
        local = self._now().astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        sites = tx.shelf.sites_by_village()
        return Numbers(
            posts=tx.shelf.total(Filters()),
            today=tx.shelf.total(Filters(since=midnight)),
            sites=sum(sites.values()),
            villages=len(self._gazetteer.villages),
            villages_with_site=len(sites),
            last_change_at=tx.shelf.last_change(),
        )


def _with_those_above(by_village: Mapping[str, int]) -> Counter[str]:
    """Numbers of villages, and with them those of their kecamatan, district and province."""
    found: Counter[str] = Counter()
    for code, number in by_village.items():
        while code:
            found[code] += number
            code = code.rpartition(".")[0]
    return found


def _concerns(alert: Alert, region: str) -> bool:
    """Whether a warning is for a region, for one that it lies in, or for a part of it."""
    return any(
        region == each or region.startswith(f"{each}.") or each.startswith(f"{region}.")
        for each in alert.regions
    )


def _gravity(card: Card) -> int:
    severity = card.alert.severity if card.alert else ""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
