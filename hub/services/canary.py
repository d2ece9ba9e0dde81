"""Once a day a look at one living source of each connector: does it still bring what it used to?

A connector whose site was rebuilt rarely fails: it finds nothing, or only teasers. That is told to the
operator before residents notice. Nothing of what a canary sees is stored as a post.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from statistics import median
from typing import Protocol

from hub.errors import ConfigError, HubError, ParseError, PluginError, RemoteError
from hub.model import Canary, Entry, Source
from hub.services.probing import MorePluginCalls
from hub.services.sealing import Sealing
from hub.services.visiting import VisitContext
from hub.services.watchdog import Leash, Watchdog
from hub.spec.connector import Connector
from hub.store import Store
from hub.text.normalise import plain

log = logging.getLogger(__name__)

#: Sources of a connector that take turns, by what they brought in so many days.
TURNS, BY = 3, timedelta(days=90)
#: A source is looked at again after this time; a night's job must not wait for the very minute.
PAUSE = timedelta(hours=20)
#: Weight of the newest look in what is usual.
NEWEST = 0.2
#: Below these, nothing can be concluded: entries at once, or in several looks; characters.
MANY, SOME, SEVERAL, TEXT = 10, 3, 3, 100
#: Characters of markup of one entry that are measured.
MOST = 500_000
#: Portions that are read in search of the first entries.
PORTIONS = 5
#: After this time an alarm that nobody could end is taken for the new usual.
RESIGN = timedelta(days=14)


class Tell(Protocol):
    """Tells the operator by mail; raises HubError when it cannot."""

    def __call__(self, canary: Canary, source: Source, site: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look saw: entries, and the median of the characters of their texts. ``unreadable`` says
    that it was not what the connector knows."""

    entries: int = 0
    characters: int = 0
    unreadable: bool = False


def judge(before: Canary | None, sight: Sight) -> str:
    """The alarm that a look gives, compared with what was usual; empty: all is well."""
    if before is None:
        return ""
    many = before.usual_entries >= MANY or (before.usual_entries >= SOME and before.looks >= SEVERAL)
    if sight.unreadable:
        return "unreadable" if many else ""
    if sight.entries == 0:
        return "empty" if many else ""
    if before.usual_characters >= TEXT and sight.characters <= before.usual_characters / 2:
        return "short"
    return ""


def learn(before: Canary | None, source: Source, sight: Sight, now: datetime) -> Canary:
    """What is known after a look. While it gives alarm, what is usual stays as it was; an alarm of a
    fortnight is the new usual."""
    alarm = judge(before, sight)
    since = (before.alarm_since or now) if before and before.alarm else now
    if before is None or (alarm and now - since >= RESIGN):
        usual = (float(sight.entries), float(sight.characters))
        looks = 0 if sight.unreadable else 1
        return Canary(source.id, source.connector, now, sight.entries, sight.characters, *usual, looks)
    after = replace(before, looked_at=now, entries=sight.entries, characters=sight.characters)
    if alarm:
        return replace(after, alarm=alarm, alarm_since=since)
    return replace(
        after,
        usual_entries=_mean(before.usual_entries, sight.entries),
        usual_characters=_mean(before.usual_characters, sight.characters)
        if sight.entries
        else before.usual_characters,
        looks=before.looks + 1,
        alarm="",
        alarm_since=None,
    )


def _mean(usual: float, newest: float) -> float:
    return (1 - NEWEST) * usual + NEWEST * newest


class Canaries:
    """Looks, compares, and raises the alarm.

    Args:
        tell: mails the operator; None where there is no mail.
    """

    def __init__(
        self,
        store: Store,
        plugins: MorePluginCalls,
        watchdog: Watchdog,
        sealing: Sealing,
        *,
        context: Callable[[int, Leash], VisitContext],
        now: Callable[[], datetime],
        tell: Tell | None,
    ) -> None:
        self._store, self._plugins, self._watchdog, self._sealing = store, plugins, watchdog, sealing
        self._context, self._now, self._tell = context, now, tell

    def alarms(self) -> tuple[Canary, ...]:
        """What gives alarm now, by connector."""
        with self._store.read() as tx:
            return tx.canaries.all(alarmed=True)

    def all(self) -> tuple[Canary, ...]:
        """What is known of every source that was looked at, by connector."""
        with self._store.read() as tx:
            return tx.canaries.all()

    def run(self, *, everything: bool = False) -> tuple[Canary, ...]:
        """Look at one source of each connector.

        Args:
            everything: connectors that were looked at today are looked at again.

        Raises:
            StoreError: the database could not be asked.
        """
        now = self._now()
        with self._store.read() as tx:
            best = tx.canaries.best(now - BY, TURNS)
            known = {each.source_id: each for each in tx.canaries.all()}
        looks: list[Canary] = []
        for connector, ids in sorted(best.items()):
            if connector not in self._plugins.all_connectors:
                continue
            of_it = [each for each in known.values() if each.connector == connector]
            if not everything and any(now - each.looked_at < PAUSE for each in of_it):
                continue
            looks += self._look_at(_in_turn(ids, of_it))
        return tuple(looks)

    def _look_at(self, ids: Sequence[int]) -> list[Canary]:
        """The first of these that can be looked at; one in alarm leaves room for a second opinion."""
        looks: list[Canary] = []
        for source_id in ids:
            try:
                found = self._look(source_id)
            except HubError as error:
                # that a site is down is what harvesting says, and says nothing of the connector
                log.info("canary: source %d: %s", source_id, error)
                continue
            looks.append(found)
            if not found.alarm:
                break
        return looks

    def _look(self, source_id: int) -> Canary:
        with self._store.read() as tx:
            source, sealed = tx.sources.get(source_id), tx.sources.sealed(source_id)
        connector = self._plugins.connector(source.connector)
        lent = self._sealing.lend(source, sealed)
        try:
            sight = self._watchdog.look(
                f"connector {source.connector}",
                lambda leash: _see(connector, lent, self._context(source_id, leash)),
            )
        except (ParseError, PluginError):
            sight = Sight(unreadable=True)
        now = self._now()
        with self._store.write() as tx:
            before = tx.canaries.get(source_id)
            after = learn(before, source, sight, now)
            tx.canaries.put(after)
            site = tx.sites.get(source.site_id).name
        if after.alarm != (before.alarm if before else ""):
            self._announce(after, source, site)
        return after

    def _announce(self, canary: Canary, source: Source, site: str) -> None:
        if canary.alarm:
            log.warning(
                "canary: connector %s, source %d: %s (%d entries, usually %.0f; %d characters, usually %.0f)",
                canary.connector,
                canary.source_id,
                canary.alarm,
                canary.entries,
                canary.usual_entries,
                canary.characters,
                canary.usual_characters,
            )
        else:
            log.info("canary: connector %s, source %d: well again", canary.connector, canary.source_id)
        if self._tell is None:
            return
        try:
            self._tell(canary, source, site)
        except (RemoteError, ConfigError) as error:
            log.warning("canary: no mail was sent: %s", error)


def _in_turn(best: Sequence[int], known: Sequence[Canary]) -> list[int]:
    """Those in alarm first, so that it ends when all is well again; then who waits longest."""
    looked = {each.source_id: each.looked_at.timestamp() for each in known}
    alarmed = [each.source_id for each in known if each.alarm]
    rest = sorted((each for each in best if each not in alarmed), key=lambda each: looked.get(each, 0.0))
    return [*alarmed, *rest]


def _see(connector: Connector, source: Source, ctx: VisitContext) -> Sight:
    """The first entries that a first visit would bring."""
    for batch in islice(connector.harvest(source, None, ctx), PORTIONS):
        if batch.entries:
            sizes = [len(plain(_text(entry)[:MOST])) for entry in batch.entries]
            return Sight(len(sizes), int(median(sizes)))
    return Sight()


def _text(entry: Entry) -> str:
    return entry.html or entry.summary
