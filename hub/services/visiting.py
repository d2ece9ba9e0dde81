"""One visit to one source: ask the connector, store what it yields, and note how it went."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from hub.errors import Conflict, Excess, HubError, PluginError, StoreError
from hub.model import (
    Article,
    Batch,
    Draft,
    Entry,
    Harvest,
    ParsedFeed,
    Region,
    Source,
    Submission,
    Topic,
    Verdict,
)
from hub.services import pace, trouble
from hub.services.homecoming import Homecoming
from hub.services.keeping import Desk, Tally, at_home, prepare
from hub.services.pace import HarvestPolicy
from hub.services.relaying import Relaying
from hub.services.sealing import Sealing
from hub.services.warning import Warnings
from hub.services.watchdog import Leash, LeashedHttp, Whereabouts
from hub.spec.connector import Connector
from hub.spec.hooks import Refiner
from hub.spec.http import Http
from hub.store import Claim, Store
from hub.text.dates import parse_date
from hub.text.feeds import parse_feed
from hub.text.sanitise import Engine

log = logging.getLogger(__name__)

#: A token that runs out within this time is warned of.
TOKEN_ENDS_SOON = timedelta(days=14)


class PluginCalls(Whereabouts, Protocol):
    """What visiting needs of ``hub.plugins``."""

    def connector(self, name: str) -> Connector: ...

    def works(self, what: str) -> bool: ...

    def tell(self, hook: str, **facts: Any) -> None: ...

    @property
    def all_refiners(self) -> Mapping[str, Refiner]: ...


@dataclass(frozen=True)
class VisitContext:
    """``hub.spec.Context`` for one visit."""

    http: Http
    deadline: float
    zone: tzinfo
    clock: Callable[[], datetime]
    store: Store
    source_id: int
    hub_url: str = ""

    def now(self) -> datetime:
        return self.clock()

    def parse_feed(
        self, body: bytes, *, url: str, content_type: str = "", known: Collection[str] = ()
    ) -> ParsedFeed:
        return parse_feed(body, url=url, content_type=content_type, known=known, zone=self.zone)

    def parse_date(self, text: str) -> datetime | None:
        return parse_date(text, zone=self.zone)

    def read_article(self, page: str, *, url: str) -> Article:
        from hub.text.article import read_article  # the extractor is slow to import and few visits need it

        return read_article(page, url=url, zone=self.zone)

    def known_ids(self) -> list[str]:
        with self.store.read() as tx:
            return tx.posts.known_ids(self.source_id)

    def submissions(self, last: int, limit: int) -> Sequence[Submission]:
        with self.store.read() as tx:
            return tx.submissions.after(self.source_id, last, limit)


@dataclass(slots=True)
class Course:
    """How a visit went so far. ``harvest`` is set when it is over and only listeners are still told."""

    leash: Leash
    tally: Tally
    cursor: Mapping[str, Any] | None
    began: datetime
    entries: int = 0
    harvest: Harvest | None = None
    cursor_stored: bool = True
    last: Batch | None = None
    warning: tuple[str, str] | None = None
    moved_to: str | None = None


class Visitor:
    """Visits claimed sources, one per call, from several threads.

    Args:
        now: the hub's clock, aware UTC.
        zone: of dates that name none.
        villages: codes of the hub's regions, see ``at_home``.
        kecamatan_of: village code -> its kecamatan.
        engine: of the sanitiser, see ``[text]``.
    """

    def __init__(
        self,
        store: Store,
        plugins: PluginCalls,
        http: Http,
        policy: HarvestPolicy,
        homecoming: Homecoming,
        relaying: Relaying,
        warnings: Warnings,
        sealing: Sealing,
        *,
        now: Callable[[], datetime],
        zone: tzinfo,
        villages: Container[str],
        kecamatan_of: Callable[[str], Region],
        engine: Engine,
    ) -> None:
        self._store, self._plugins, self._http, self._policy = store, plugins, http, policy
        self._homecoming, self._relaying, self._warnings = homecoming, relaying, warnings
        self._sealing = sealing
        self._now, self._zone, self._kecamatan_of = now, zone, kecamatan_of
        self._villages = villages
        self._desk = Desk(zone, engine, self._judge)
        self._chance = random.Random()  # noqa: S311 - spreads load, guards nothing

    def context(self, source_id: int, leash: Leash) -> VisitContext:
        """What is lent to a connector for one source (0: none yet), as long as the leash holds."""
        deadline = min(leash.ends, time.monotonic() + self._policy.visit_seconds)
        http = LeashedHttp(self._http, leash, self._plugins)
        home = self._relaying.hub_url
        return VisitContext(http, deadline, self._zone, self._now, self._store, source_id, home)

    def set_out(self, claim: Claim) -> Course:
        """The course of a visit that is about to begin."""
        leash = Leash.of(self._policy.visit_seconds + self._policy.grace)
        return Course(leash, Tally(), claim.source.cursor, self._now())

    def visit(self, claim: Claim, course: Course) -> Harvest:
        """Visit the claimed source and give the lease back.

        Never raises for what the source or its connector does; a lost lease or a failing database ends
        in the returned Harvest too, with nothing stored that contradicts the new holder.

        Raises:
            Abandoned: the visit was given up meanwhile.
        """
        source = claim.source
        try:
            connector = self._plugins.connector(source.connector)
            with self._plugins.isolated(f"connector {source.connector}"):
                context = self.context(source.id, course.leash)
                lent = self._sealing.lend(source, claim.sealed)
                for batch in connector.harvest(lent, source.cursor, context):
                    course.leash.check()
                    self._measure(batch, course)
                    with self._plugins.ours():
                        self._keep(claim, batch, course)
                course.leash.check()
            harvest = self._succeeded(claim, course)
        except Conflict as error:
            log.warning("%s", error)
            return _harvest(source, course.tally, reason="degraded", problem=str(error))
        except HubError as error:
            harvest = self._failed(claim, course, error)
        course.harvest = harvest
        self._plugins.tell("on_harvest", harvest=harvest)
        return harvest

    def give_up(self, claim: Claim, course: Course, error: HubError) -> Harvest:
        """End a visit whose thread was abandoned. What it stored stays; without the lease it can store no
        more."""
        return course.harvest or self._failed(claim, course, error)

    def _measure(self, batch: Batch, course: Course) -> None:
        """Raises Excess: more than the hub takes."""
        policy, entries = self._policy, len(batch.entries)
        course.entries += entries
        _bound("entries in one batch", entries + len(batch.missing), policy.batch_entries)
        _bound("entries in one visit", course.entries, policy.visit_entries)
        sizes = [_characters(entry) for entry in batch.entries]
        _bound("characters in one entry", max(sizes, default=0), policy.entry_characters)
        _bound("characters in one batch", sum(sizes), policy.batch_characters)

    # -- storing ----------------------------------------------------------------------------------

    def _keep(self, claim: Claim, batch: Batch, course: Course) -> None:
        now = self._now()
        course.last = batch
        course.cursor, course.moved_to = batch.cursor, batch.moved_to or course.moved_to
        if batch.warnings and course.warning is None:
            course.warning = (batch.warnings[0].reason, batch.warnings[0].detail)
        course.cursor_stored = False
        if batch.unchanged or not (batch.entries or batch.missing):
            course.tally.unchanged += batch.skipped
            return  # the cursor goes with the visit's end
        with self._store.read() as tx:
            site = tx.sites.get(claim.source.site_id)
            batch, homecomers = self._homecoming.sort_out(tx, batch)
            batch = self._warnings.sort_out(tx, claim.source, batch)
            batch, relayed = self._relaying.sort_out(tx, site, batch)
            portion = prepare(tx, self._desk, site, claim.source, batch, now)
        course.tally.unchanged += len(homecomers) + relayed.left_out
        if portion.empty and not homecomers and not relayed.replaced:
            course.tally.unchanged += portion.known
            return
        place_of = at_home(site, self._villages, self._kecamatan_of)
        stable = claim.unstable_visits < self._policy.unstable_after
        with self._store.write() as tx:
            tx.sources.record(claim, release=False, cursor=dict(batch.cursor))
            relayed = self._relaying.settle(tx, site, portion)
            tally = portion.store(tx, place_of, self._policy.tombstone_after, stable)
            self._homecoming.prove(tx, site, homecomers)
            tx.posts.set_state(relayed.replaced, "withdrawn", now)
            tx.changes.append(relayed.replaced)
        course.cursor_stored = True
        course.tally.add(tally)

    def _judge(self, draft: Draft, source: Source) -> Verdict:
        """All refiners' verdicts in one; the strictest wins. A refiner that fails is passed over."""
        quarantine = ""
        topics: list[Topic] = []
        for name, refiner in self._plugins.all_refiners.items():
            if not self._plugins.works(f"refiner {name}"):
                continue
            try:
                with self._plugins.isolated(f"refiner {name}"):
                    verdict = refiner.refine(draft, source)
            except PluginError:
                log.exception("refiner %s failed", name)
                continue
            quarantine = quarantine or verdict.quarantine
            topics += verdict.topics
        return Verdict(quarantine, tuple(topics))

    # -- outcomes ---------------------------------------------------------------------------------

    def _succeeded(self, claim: Claim, course: Course) -> Harvest:
        source, tally, now = claim.source, course.tally, self._now()
        policy, last = self._policy, course.last
        move = pace.judge_move(
            policy, now, seen=course.moved_to, known=source.moved_to, since=source.moved_since
        )
        if move.adopt and claim.sealed:
            # a token goes to no other address unless the operator says so
            move = pace.Move(move.adopt, source.moved_since)
        unstable = self._unstable_visits(claim, tally)
        warning = course.warning or _ending(source, course.cursor, now)
        if unstable >= policy.unstable_after:
            warning = ("unstable_guid", "identifiers change at every visit; posts are told by their link")
        elif move.moved_to and not warning:
            warning = ("moved", move.moved_to)
        told, interval = self._pushed(source, course.began)
        due = pace.next_visit(
            policy,
            now,
            interval,
            chance=self._chance.random(),
            wait=last.wait if last else None,
            more=bool(last and last.more),
            urgent=bool(last and last.urgent),
        )
        if told:
            due = min(due, now + pace.TOLD)
        changes: dict[str, Any] = {
            "due_at": due,
            "failures": 0,
            "unstable_visits": unstable,
            "reason": warning[0] if warning else None,
            "problem": self._sealing.masked(warning[1], claim.sealed)[:500] if warning else "",
            "problem_since": _since(source, warning[0] if warning else None, now),
            "last_attempt_at": now,
            "last_success_at": now,
            "moved_to": move.moved_to,
            "moved_since": move.moved_since,
        }
        if tally.new:
            changes["last_new_at"] = now
        if move.adopt:
            changes["url"] = move.adopt
        self._close(claim, course, changes)
        return _harvest(source, tally, warning=warning[0] if warning else None)

    def _pushed(self, source: Source, began: datetime) -> tuple[bool, float]:
        """Whether news was announced during the visit, which may have come too late for it; and seconds
        until the next visit, long where a hub is known to tell of news."""
        with self._store.read() as tx:
            known = tx.subscriptions.get(source.id)
        if known is None or known.pushed_at is None:
            return False, source.interval
        works = known.state == "active" and known.lease_until is not None and known.lease_until > began
        return known.pushed_at > began, max(source.interval, pace.PUSHED) if works else source.interval

    def _unstable_visits(self, claim: Claim, tally: Tally) -> int:
        """Visits in a row at which at least half of what was looked at bore new identifiers."""
        looked_at = tally.renamed + tally.new + tally.updated
        if tally.renamed >= 2 and tally.renamed * 2 >= looked_at:
            return claim.unstable_visits + 1
        renewed = tally.new or tally.updated or tally.renamed
        return 0 if renewed and not tally.renamed else claim.unstable_visits

    def _failed(self, claim: Claim, course: Course, error: HubError) -> Harvest:
        source, now = claim.source, self._now()
        met = trouble.read(error)
        met = replace(met, detail=self._sealing.masked(met.detail, claim.sealed))
        failures = source.failures + 1
        retry_at = pace.next_try(
            self._policy,
            now,
            source.interval,
            chance=self._chance.random(),
            failures=failures,
            retry_after=met.retry_after,
        )
        changes: dict[str, Any] = {
            "due_at": retry_at,
            "failures": failures,
            "reason": met.reason,
            "problem": met.detail,
            "problem_since": _since(source, met.reason, now),
            "last_attempt_at": now,
        }
        stopped = met.permanent and met.reason == "gone"
        if stopped:
            changes["state"] = "gone"
        try:
            self._close(claim, course, changes)
        except (StoreError, Conflict) as failure:
            # the source was removed or overtaken meanwhile, or its lease runs out by itself
            log.error("source %d: %s", source.id, failure)
        return _harvest(
            source,
            course.tally,
            reason=met.reason,
            problem=met.detail,
            retry_at=None if stopped else retry_at,
        )

    def _close(self, claim: Claim, course: Course, changes: dict[str, Any]) -> None:
        if not course.cursor_stored and course.cursor is not None:
            changes["cursor"] = dict(course.cursor)
        with self._store.write() as tx:
            tx.sources.record(claim, release=True, **changes)


def _bound(what: str, size: int, most: int) -> None:
    if size > most:
        raise Excess("too_large", f"{size} {what}, at most {most} are taken")


def _characters(entry: Entry) -> int:
    lists = len(entry.images) + len(entry.topics) + len(entry.enclosures) + len(entry.aliases)
    return len(entry.html) + len(entry.summary) + len(entry.title) + 100 * lists


def _ending(source: Source, cursor: Mapping[str, Any] | None, now: datetime) -> tuple[str, str] | None:
    """The warning that the source's token runs out soon."""
    ends = replace(source, cursor=cursor).token_ends
    return ("token_ends", f"{ends:%Y-%m-%d}") if ends and ends - now <= TOKEN_ENDS_SOON else None


def _since(source: Source, reason: str | None, now: datetime) -> datetime | None:
    """Since when a source has this trouble."""
    if reason is None:
        return None
    return source.problem_since if source.reason == reason and source.problem_since else now


def _harvest(source: Source, tally: Tally, **outcome: Any) -> Harvest:
    return Harvest(
        source,
        new=tally.new,
        updated=tally.updated,
        deleted=tally.deleted,
        unchanged=tally.unchanged,
        quarantined=tally.quarantined,
        **outcome,
    )
