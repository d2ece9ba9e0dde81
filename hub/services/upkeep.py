"""What keeps a hub healthy: migrations, backups, self-checks, nightly housekeeping."""

from __future__ import annotations

import logging
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.errors import HubError, RemoteError
from hub.model import Finding
from hub.services.checkup import Complaint, complaints
from hub.services.engine import Engine
from hub.services.following import ENDED, UNANSWERED
from hub.services.indexing import Indexing
from hub.spec.http import Http
from hub.store import Store, dump, schema
from hub.text.words import say

log = logging.getLogger(__name__)

#: Below this much free space the doctor warns.
LOW_DISK = 500 * 2**20
#: How long files wait for the announcement that they belong to, and idempotency keys for a repetition.
UNUSED_FILES, IDEMPOTENCY = timedelta(days=2), timedelta(days=30)
#: Askers of a village's feed that are remembered.
ASKERS = 100
#: Of so many announcements the doctor looks at what became of them.
RECENT = 200
#: A token that runs out within this time is named.
SOON = timedelta(days=14)


class Upkeep:
    """Housekeeping of one hub.

    Args:
        plugin_problems: plugin name -> what is wrong with it.
        trim_pictures: keeps the folder of pictures within its cap; says what was done.
        more_complaints: what other parts have to say to the doctor; never raises.
        outbound: an address that the doctor fetches to see whether the network works, or empty.
    """

    def __init__(
        self,
        store: Store,
        indexing: Indexing,
        http: Http,
        engine: Engine,
        *,
        data_dir: Path,
        now: Callable[[], datetime],
        plugin_problems: Callable[[], Mapping[str, str]],
        trim_pictures: Callable[[], str],
        more_complaints: Callable[[], Sequence[Complaint]],
    ) -> None:
        self._store, self._indexing, self._http, self._engine = store, indexing, http, engine
        self._data_dir, self._now, self._plugin_problems = data_dir, now, plugin_problems
        self._trim_pictures, self._more_complaints = trim_pictures, more_complaints

    # -- database ---------------------------------------------------------------------------------

    def upgrade(self) -> None:
        """Bring the schema up to date. Raises StoreError; the old schema then stays."""
        schema.upgrade(self._store)

    def backup(self, path: Path) -> Mapping[str, int]:
        """Write everything in the database to one file, while the hub runs; returns rows per table.

        Raises:
            StoreError: the file exists, or database or disk did not do it.
        """
        return dump.write(self._store, path)

    def restore(self, path: Path) -> Mapping[str, int]:
        """Replace everything in the database by a backup and make the index anew; returns rows per table.

        Raises:
            StoreError: the file is no usable backup; nothing was changed.
        """
        sizes = dump.restore(self._store, path)
        self._indexing.rebuild()
        return sizes

    def nightly(self) -> None:
        """Index compared with the store and optimised, leftovers dropped, planner statistics fresh, pictures
        within their cap."""
        for step in (self._indexing.mend, self._indexing.optimise, self._tidy, self._trim_pictures):
            try:
                if done := step():
                    log.info("%s", done)
            except HubError as error:
                log.error("nightly upkeep: %s", error)

    def _tidy(self) -> None:
        now = self._now()
        with self._store.write() as tx:
            tx.files.forget_unused(now - UNUSED_FILES)
            tx.announcements.forget_answers(now - IDEMPOTENCY)
            tx.targets.trim_fetches(ASKERS)
            tx.followings.forget(now - UNANSWERED, now - ENDED)
            tx.upkeep.tidy()

    # -- doctor -----------------------------------------------------------------------------------

    def check(self, outbound: str = "") -> tuple[Finding, ...]:
        """Look at every part; never raises.

        Args:
            outbound: an address to fetch, to see whether the network works; empty skips that.
        """
        checks = [self._check_database, self._check_index, self._check_disk, self._check_clock]
        findings = [self._guarded(check) for check in checks]
        findings += self._engine.findings()
        findings += self._check_plugins()
        troubles = [*complaints(self._store), *self._more_complaints()]
        findings += [Finding(each.part, False, each.message, each.cure) for each in troubles]
        findings += self._check_targets()
        findings.append(self._guarded(self._check_deliveries))
        findings += self._check_tokens()
        findings += self._check_sources()
        findings.append(self._guarded(lambda: self._check_network(outbound)))
        return tuple(findings)

    def _guarded(self, check: Callable[[], Finding]) -> Finding:
        try:
            return check()
        except (HubError, OSError) as error:
            part = getattr(check, "__name__", "network").removeprefix("_check_")
            return Finding(part, False, str(error), "see the message; the log has more")

    def _check_database(self) -> Finding:
        revision, needed = schema.current(self._store), schema.head()
        if revision != needed:
            return Finding(
                "database",
                False,
                f"schema {revision or 'missing'}, needed {needed}",
                "run: kimhub db upgrade",
            )
        with self._store.read() as tx:
            faults = tx.upkeep.faults()
        if faults:
            return Finding("database", False, faults[0], "restore the last backup: kimhub db restore FILE")
        return Finding("database", True, f"{self._store.dialect}, schema {revision}")

    def _check_index(self) -> Finding:
        status = self._indexing.status()
        if not status.healthy:
            return Finding("index", False, status.problem, "run: kimhub index rebuild")
        if status.pending == 0 and status.documents != status.posts:
            return Finding(
                "index",
                False,
                f"{status.documents} documents for {status.posts} posts",
                "run: kimhub index rebuild",
            )
        return Finding(
            "index", True, f"{status.backend}, {status.documents} documents, {status.pending} changes waiting"
        )

    def _check_disk(self) -> Finding:
        free = shutil.disk_usage(self._data_dir).free
        message = f"{free // 2**20} MiB free in {self._data_dir}"
        if free < LOW_DISK:
            return Finding("disk", False, message, "make room, or move data_dir to a larger disk")
        return Finding("disk", True, message)

    def _check_clock(self) -> Finding:
        """A clock that is far behind makes every post look like the future."""
        now = self._now()
        with self._store.read() as tx:
            last = tx.shelf.last_visit()
        if now.year < 2026 or (last is not None and last - now > timedelta(minutes=5)):
            return Finding(
                "clock", False, f"the clock says {now.isoformat()}", "set the clock; let NTP keep it"
            )
        return Finding("clock", True, now.astimezone(UTC).isoformat(timespec="seconds"))

    def _check_plugins(self) -> list[Finding]:
        problems = self._plugin_problems()
        if not problems:
            return [Finding("plugins", True, "all running")]
        cure = "reinstall or remove it; see: kimhub plugins list"
        return [Finding(f"plugin {name}", False, problem, cure) for name, problem in problems.items()]

    def _check_targets(self) -> list[Finding]:
        try:
            with self._store.read() as tx:
                targets, names = tx.targets.all(), {site.id: site.name for site in tx.sites.all()}
        except HubError as error:
            return [Finding("targets", False, str(error), "see the message; the log has more")]
        troubled = [each for each in targets if each.reason and each.state == "active"]
        if not troubled:
            return [Finding("targets", True, f"{len(targets)} targets")]
        return [
            Finding(
                f"target {each.id}",
                False,
                f"{each.publisher} of {names.get(each.site_id, '?')}: {each.reason}: {each.problem}",
                f"{say(f'cure.{each.reason}', 'en')} Then run: kimhub target check {each.id}",
            )
            for each in troubled
        ]

    def _check_deliveries(self) -> Finding:
        """What nobody tries any more, and what can still be read although it was taken back."""
        with self._store.read() as tx:
            recent = tx.announcements.all(states=("published", "withdrawn", "expired"), limit=RECENT)
            counts = tx.deliveries.counts([each.id for each in recent])
        published = {each.id for each in recent if each.state == "published"}
        failed = [key for key, states in counts.items() if key in published and states.get("failed")]
        live = [key for key, states in counts.items() if states.get("still_live")]
        if not (failed or live):
            return Finding("deliveries", True, f"none has failed in the last {RECENT} announcements")
        parts = [
            f"announcement {key}: {counts[key].get('failed', 0)} failed, "
            f"{counts[key].get('still_live', 0)} still live after withdrawal"
            for key in sorted({*failed, *live})
        ]
        cure = "see: kimhub announcement show ID; try again: kimhub announcement resend ID"
        return Finding("deliveries", False, "; ".join(parts), cure)

    def _check_tokens(self) -> list[Finding]:
        """Programs that will stand before a closed door soon."""
        now = self._now()
        try:
            with self._store.read() as tx:
                tokens = [each for each in tx.access.tokens() if each.revoked_at is None and each.expires_at]
        except HubError:
            return []  # said of the database already
        return [
            Finding(
                f"token {each.name}",
                False,
                f"runs out on {each.expires_at:%Y-%m-%d}",
                "make a new one: kimhub token add NAME, then: kimhub token revoke this one",
            )
            for each in tokens
            if each.expires_at and now < each.expires_at < now + SOON
        ]

    def _check_sources(self) -> list[Finding]:
        """Sources that will not be read any more when their token runs out."""
        try:
            with self._store.read() as tx:
                sources = tx.sources.all()
        except HubError:
            return []  # said of the database already
        soon = self._now() + SOON
        return [
            Finding(
                f"source {each.id}",
                False,
                f"{each.connector}: its token runs out on {each.token_ends:%Y-%m-%d}",
                f"make a new one, then: kimhub source edit {each.id} --option token=-",
            )
            for each in sources
            if each.state == "active" and each.token_ends and each.token_ends <= soon
        ]

    def _check_network(self, outbound: str) -> Finding:
        if not outbound:
            return Finding("network", True, f"not asked for; this host is {socket.gethostname()}")
        try:
            response = self._http.get(outbound, ok_only=False)
        except RemoteError as error:
            return Finding(
                "network", False, f"{outbound}: {error}", "check DNS, firewall and [network] proxy"
            )
        return Finding("network", True, f"{outbound} answered {response.status}")
