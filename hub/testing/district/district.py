"""The sample district: village sites on loopback addresses, alive while it runs."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from hub.testing.district import shelf
from hub.testing.district.platforms import PLATFORMS
from hub.testing.district.servers import Servers, listen_all
from hub.testing.district.site import VillageSite
from hub.testing.district.texts import WITA, Article, Item, articles
from hub.testing.district.villages import VILLAGES, Trouble, Village
from hub.testing.district.widget import Widget

SPAN = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Published:
    """What appeared: the site, the post's title and where people read it."""

    site: VillageSite
    title: str
    url: str


def _utc_now() -> datetime:
    return datetime.now(UTC)


class District:
    """Village sites as real HTTP servers: ``http://127.10.0.1:8100/`` and so on.

    Args:
        villages: how many, 1 to 20; the first twelve hold every platform and every kind of trouble.
        host_base: first three bytes of the addresses; a site that moved answers at its number plus 200.
        port: 0 takes a free one.
        clock: the time of everything that happens here.
        seed: another seed spreads the articles otherwise.
        edits_every: seconds between edits (every third a deletion) at the site that edits; None leaves
            that to :meth:`edit` and :meth:`delete`.
        slow_seconds: how long the slow site lets people wait.
        folder: keeps what is written to the WordPress sites, so that it is there at the next start.
    """

    def __init__(
        self,
        villages: int = 12,
        host_base: str = "127.10.0.",
        port: int = 8100,
        *,
        clock: Callable[[], datetime] = _utc_now,
        seed: int = 7602,
        edits_every: float | None = None,
        slow_seconds: float = 3.0,
        folder: Path | None = None,
    ) -> None:
        if not 1 <= villages <= len(VILLAGES):
            raise ValueError(f"a district of 1 to {len(VILLAGES)} villages, not {villages}")
        self.villages = VILLAGES[:villages]
        self.sites: tuple[VillageSite, ...] = ()
        self._host_base, self._port, self._clock, self._seed = host_base, port, clock, seed
        self._edits_every, self._slow_seconds = edits_every, slow_seconds
        self._folder = folder
        self._servers: Servers | None = None
        self._turns = itertools.count()

    @property
    def allow_private(self) -> tuple[str, ...]:
        """Networks that a hub must be allowed to visit, in CIDR notation."""
        return (f"{self._host_base}0/24",)

    @property
    def agency_host(self) -> str:
        """An address that no village has."""
        return f"{self._host_base}250"

    @property
    def port(self) -> int:
        """The port in use; before ``start`` the one asked for."""
        return self._port

    def start(self) -> District:
        """Open all sites; returns when they answer.

        Raises:
            OSError: an address is taken, or this system does not answer on all of 127.0.0.0/8.
        """
        old = [f"{self._host_base}{n}" for n in range(1, len(self.villages) + 1)]
        new = {
            n: f"{self._host_base}{n + 201}"
            for n, each in enumerate(self.villages)
            if each.trouble == "moved"
        }
        sockets = listen_all([*old, *new.values()], self._port)
        self._port = sockets[0].getsockname()[1]
        self.sites = tuple(self._site(n, village, new.get(n, "")) for n, village in enumerate(self.villages))
        self._fill()
        self._unpack()
        answers = [(sock, site.handle_old) for sock, site in zip(sockets, self.sites, strict=False)]
        answers += [(sockets[len(old) + at], self.sites[n].handle) for at, n in enumerate(new)]
        self._servers = Servers(answers)
        self._servers.start()
        if self._edits_every is not None:
            self._servers.call_every(self._edits_every, partial(self._edit_now_and_then, itertools.count(1)))
        return self

    def stop(self) -> None:
        """Close all sites; their ports are free when this returns. A second call does nothing."""
        if self._servers is not None:
            self._servers.stop()
            self._servers = None

    def __enter__(self) -> District:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def site(self, village: str) -> VillageSite:
        """The site of a village by its code or name.

        Raises:
            KeyError: no such village here.
        """
        for site in self.sites:
            if village in (site.code, site.village.name):
                return site
        raise KeyError(village)

    def publish(self, village: str | None = None) -> Published:
        """A new post appears now, in ``village`` or in one whose turn it is."""
        turn = next(self._turns)
        site = self.site(village) if village else self._whose_turn(turn)
        pool = [article for article in articles() if article.live]
        fitting = [each for each in pool if not each.where or each.where & site.village.tags]
        told = {(*item.topics, item.kicker) for item in site.items}
        fresh = [each for each in fitting if (*each.topics, each.kicker) not in told] or fitting
        item = site.add(fresh[turn % len(fresh)], self._clock(), turn=turn // len(pool))
        return Published(site, item.title, site.link(item))

    def edit(self, village: str | None = None) -> Item | None:
        """An editor changes a recent post (at the site that edits, unless ``village`` is named)."""
        return self._editing(village).edit()

    def delete(self, village: str | None = None) -> Item | None:
        """A recent post is taken down for good."""
        return self._editing(village).delete()

    def set_trouble(self, village: str, trouble: Trouble) -> None:
        """Break or heal a site while it runs; ``moved`` only where a site was built to move."""
        site = self.site(village)
        if trouble == "moved" and site.base == site.url:
            raise ValueError(f"{village} has no other address to move to")
        site.trouble = trouble

    def follow(self, hub_url: str, sites: Iterable[VillageSite] | None = None, *, kept: float = 2.0) -> None:
        """From now on ``sites`` (all that are not WordPress) show the hub's announcements on their front
        pages, fetched when somebody looks and ``kept`` so many seconds."""
        for site in sites if sites is not None else self.sites:
            if site.desk is None:
                site.widget = Widget(hub_url, site.code, urlsplit(site.url).hostname or "", kept)

    def copies(self, mark: str) -> dict[str, int]:
        """Village code -> how many posts with ``mark`` residents can read there, where there are any."""
        counts = {site.code: site.copies(mark) for site in self.sites}
        return {code: count for code, count in counts.items() if count}

    def _editing(self, village: str | None) -> VillageSite:
        if village is not None:
            return self.site(village)
        return next((site for site in self.sites if site.trouble == "edits"), self.sites[0])

    def _edit_now_and_then(self, count: Iterator[int]) -> None:
        site = self._editing(None)
        if next(count) % 3 == 0:
            site.delete()
        else:
            site.edit()

    def _whose_turn(self, turn: int) -> VillageSite:
        healthy = [site for site in self.sites if site.trouble in ("ok", "edits")] or list(self.sites)
        return healthy[turn * 5 % len(healthy)]

    def _site(self, n: int, village: Village, moved_to: str) -> VillageSite:
        site = VillageSite(
            village,
            PLATFORMS[village.platform],
            f"http://{self._host_base}{n + 1}:{self._port}/",
            self._clock,
            moved_to=f"http://{moved_to}:{self._port}/" if moved_to else "",
            slow_seconds=self._slow_seconds,
            seed=self._seed,
        )
        site.on_publish = lambda: self._publish_at(site)
        return site

    def _publish_at(self, site: VillageSite) -> Item:
        self.publish(site.code)
        return site.items[0]

    def _fill(self) -> None:
        """Give every site its past: each article where it fits, the newest a few hours ago."""
        plan = list(self._assign())
        dice = random.Random(self._seed)
        dice.shuffle(plan)
        now = self._clock()
        for rank, (site, article, turn) in enumerate(plan):
            share = 1 - (rank + 1) / len(plan)  # the oldest first, so that ids grow with the dates
            age = timedelta(minutes=40) + SPAN * share**1.8 + timedelta(minutes=dice.randrange(25))
            site.add(article, _in_daytime(now - age, now), turn=turn)

    def _unpack(self) -> None:
        """Put back what was written to the sites in an earlier run."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for site in self.sites:
            if site.desk is not None:
                shelf.keep(site.desk, self._folder / f"{site.code}.json")

    def _assign(self) -> Iterator[tuple[VillageSite, Article, int]]:
        load = dict.fromkeys(self.sites, 0)
        for article in (each for each in articles() if not each.live):
            fitting = [s for s in self.sites if not article.where or article.where & s.village.tags]
            fitting.sort(key=lambda site: load[site])
            for turn, site in enumerate((fitting or list(self.sites))[: max(article.release, 1)]):
                load[site] += 1
                yield site, article, turn


def _in_daytime(when: datetime, now: datetime) -> datetime:
    """Village editors write between six and ten; what would be older than half a day is moved there."""
    local = when.astimezone(WITA)
    if now - when < timedelta(hours=12) or 6 <= local.hour < 22:
        return when
    return when - timedelta(hours=(local.hour - 20) % 24)
