"""Sites and sources: added, checked, edited, paused."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from hub.errors import AuthError, ConfigError, Conflict, Fault, NotFound
from hub.model import Site, Source
from hub.services.probing import MorePluginCalls, Prober, Probing, tidy_url
from hub.services.sealing import Sealing
from hub.services.visiting import VisitContext
from hub.services.watchdog import Leash, Watchdog
from hub.spec.connector import Check
from hub.spec.http import Http
from hub.spec.options import read_options
from hub.store import Store, Transaction
from hub.text.regions import Gazetteer

#: Columns of a site that may be edited.
EDITABLE = ("name", "url", "village", "status", "contacts", "tags")


@dataclass(frozen=True, slots=True)
class Added:
    """A new site with its sources."""

    site: Site
    sources: tuple[Source, ...]
    platform: str


class Registering:
    """The register of sites.

    Args:
        context: makes the context lent to a connector for one source id (0: none).
        interval: seconds between visits to a new source.
    """

    def __init__(
        self,
        store: Store,
        plugins: MorePluginCalls,
        http: Http,
        gazetteer: Gazetteer,
        watchdog: Watchdog,
        sealing: Sealing,
        *,
        context: Callable[[int, Leash], VisitContext],
        now: Callable[[], datetime],
        interval: float,
    ) -> None:
        self._store, self._plugins, self._gazetteer = store, plugins, gazetteer
        self._context, self._now, self._interval = context, now, interval
        self._watchdog, self._sealing = watchdog, sealing
        self._prober = Prober(plugins, http, watchdog, partial(context, 0))

    # -- sites ------------------------------------------------------------------------------------

    def probe(self, url: str) -> Probing:
        """What is to be harvested at an address; stores nothing.

        Raises:
            RemoteError: with the reason it cannot be.
        """
        return self._prober.probe(url)

    def add_site(
        self,
        name: str,
        url: str,
        village: str,
        *,
        contacts: Mapping[str, str] | None = None,
        tags: tuple[str, ...] = (),
        probe: bool = True,
        connector: str | None = None,
        feed_url: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Added:
        """Store a site and one source per stream, the best that connectors propose.

        Args:
            village: Kemendagri code of one of the hub's villages.
            probe: False takes ``feed_url`` (or ``url``) as given, without the network.
            connector, feed_url: name the source instead of looking for one, with its ``options``.

        Raises:
            NotFound: the village is not one of the hub's.
            Conflict: a site with this address exists.
            RemoteError: the address cannot be read or offers nothing.
        """
        self._require_village(village)
        url = tidy_url(url)
        self._require_free(url)
        platform = ""
        if connector or feed_url or not probe:
            kind = connector or "feed"
            given = dict(options or {})
            read_options(self._plugins.connector(kind).options, given, where=f"options of {kind}")
            proposed: list[tuple[str, str, Mapping[str, Any]]] = [(kind, tidy_url(feed_url or url), given)]
            if probe:
                self._check(Source(0, 0, kind, proposed[0][1], given))
        else:
            found = self._prober.probe(url)
            platform = found.platform
            proposed = [(each.connector, each.url, dict(each.options)) for each in found.best()]
        site = Site(0, name.strip(), url, village, platform=platform, contacts=contacts or {}, tags=tags)
        with self._store.write() as tx:
            stored = tx.sites.add(site, self._now())
            sources = tuple(self._store_source(tx, stored.id, *each) for each in proposed)
            tx.changes.advance()
        return Added(stored, sources, platform)

    def edit_site(self, site_id: int, **changes: Any) -> Site:
        """Change name, url, village, status (``active``, ``paused``), contacts or tags.

        Raises:
            NotFound, Conflict, and ConfigError for a field that cannot be changed.
        """
        for name in changes:
            if name not in EDITABLE:
                raise ConfigError([Fault(name, "cannot be edited", f"can be: {', '.join(EDITABLE)}")])
        if "url" in changes:
            changes["url"] = tidy_url(changes["url"])
        if "tags" in changes:
            changes["tags"] = list(changes["tags"])
        if "village" in changes:
            self._require_village(changes["village"])
        with self._store.write() as tx:
            before = tx.sites.get(site_id)
            site = tx.sites.edit(site_id, **changes)
            if "village" in changes:
                kecamatan = self._gazetteer.kecamatan_of(site.village).code
                tx.posts.move_site(site_id, before.village, (site.village, kecamatan))
            if "status" in changes:
                state = "active" if site.status == "active" else "paused"
                for source in tx.sources.all(site_id):
                    if source.state != "gone":
                        tx.sources.edit(source.id, state=state)
            if "village" in changes or "name" in changes:
                tx.changes.append(tx.posts.ids_of_site(site_id))  # both can be searched for
            tx.changes.advance()
        return site

    def remove_site(self, site_id: int) -> None:
        """Remove a site with its sources and posts. Raises NotFound."""
        with self._store.write() as tx:
            ids = tx.posts.ids_of_site(site_id)
            left = tx.stories.leave(ids)
            tx.sites.remove(site_id)
            tx.changes.append([*ids, *left])
            tx.changes.advance()

    # -- sources ----------------------------------------------------------------------------------

    def sources(self, site_id: int | None = None) -> tuple[Source, ...]:
        with self._store.read() as tx:
            return tx.sources.all(site_id)

    def source(self, source_id: int) -> Source:
        """Raises NotFound."""
        with self._store.read() as tx:
            return tx.sources.get(source_id)

    def add_source(
        self, site_id: int, connector: str, url: str, options: Mapping[str, Any] | None = None
    ) -> Source:
        """Add a source to a site, due at once.

        Raises:
            NotFound: no such site. PluginError: no such connector. ConfigError: wrong options.
            Conflict: the site has it already. FetchError: ``bad_url``.
        """
        with self._store.write() as tx:
            tx.sites.get(site_id)
            return self._store_source(tx, site_id, connector, tidy_url(url), dict(options or {}))

    def edit_options(self, source_id: int, given: Mapping[str, Any]) -> Source:
        """Change the ``given`` options, ``None`` goes back to the default; the others stay. The source is
        visited at once, for its trouble may have been a token.

        Raises:
            NotFound. ConfigError: wrong options.
            AuthError: ``auth_key``, where the secret options that are kept cannot be opened and no new ones
                are given.
        """
        with self._store.write() as tx:
            source, sealed = tx.sources.get(source_id), tx.sources.sealed(source_id)
            declared = self._plugins.connector(source.connector).options
            retyped = any(option.secret and given.get(option.name) for option in declared)
            options = {**source.options, **self._opened(sealed, retyped), **given}
            options = {name: value for name, value in options.items() if value is not None}
            read_options(declared, options, where=f"options of {source.connector}")
            shown, sealed = self._sealing.seal(declared, options)
            now = self._now()
            return tx.sources.edit(source_id, options=shown, sealed=sealed, failures=0, due_at=now)

    def _opened(self, sealed: str, retyped: bool) -> dict[str, Any]:
        try:
            return self._sealing.unseal(sealed)
        except AuthError:
            if retyped:
                return {}
            raise

    def check_source(self, source_id: int) -> Check:
        """Read a source once without storing anything.

        Raises:
            NotFound, and RemoteError with what is wrong with it.
        """
        with self._store.read() as tx:
            source, sealed = tx.sources.get(source_id), tx.sources.sealed(source_id)
        return self._check(self._sealing.lend(source, sealed))

    def _check(self, source: Source) -> Check:
        connector = self._plugins.connector(source.connector)
        return self._watchdog.look(
            f"connector {connector.name}",
            lambda leash: connector.check(source, self._context(source.id, leash)),
        )

    def pause_source(self, source_id: int) -> Source:
        """Raises NotFound."""
        return self._edit_source(source_id, state="paused")

    def resume_source(self, source_id: int) -> Source:
        """Visit it again, at once; a source that was ``gone`` too. Raises NotFound."""
        return self._edit_source(source_id, state="active", failures=0, reason=None, due_at=self._now())

    def reset_source(self, source_id: int) -> Source:
        """Forget the cursor and all trouble: the next visit reads everything again, and recognises what is
        stored already. Raises NotFound."""
        return self._edit_source(
            source_id,
            state="active",
            cursor=None,
            failures=0,
            unstable_visits=0,
            reason=None,
            problem="",
            problem_since=None,
            moved_to=None,
            moved_since=None,
            due_at=self._now(),
        )

    def confirm_move(self, source_id: int) -> Source:
        """Adopt the address that the source has moved to.

        Raises:
            NotFound: no such source. Conflict: it has not moved.
        """
        source = self.source(source_id)
        if source.moved_to is None:
            raise Conflict(f"source {source_id} has not moved")
        return self._edit_source(
            source_id, url=source.moved_to, moved_to=None, moved_since=None, reason=None, due_at=self._now()
        )

    def _edit_source(self, source_id: int, **changes: Any) -> Source:
        with self._store.write() as tx:
            source = tx.sources.edit(source_id, **changes)
            tx.changes.advance()
            return source

    def _store_source(
        self, tx: Transaction, site_id: int, connector: str, url: str, options: Mapping[str, Any]
    ) -> Source:
        declared = self._plugins.connector(connector).options
        read_options(declared, options, where=f"options of {connector}")
        shown, sealed = self._sealing.seal(declared, options)
        source = Source(0, site_id, connector, url, options=shown, interval=self._interval)
        return tx.sources.add(source, self._now(), sealed)

    # -- regions ----------------------------------------------------------------------------------

    def import_aliases(self, text: str) -> int:
        """Further names of regions from CSV with the columns ``code`` and ``alias``; returns how many were
        new. They are known from the next start on.

        Raises:
            NotFound: a code that is no region. ConfigError: the columns are missing.
        """
        rows = csv.DictReader(io.StringIO(text))
        if not {"code", "alias"} <= set(rows.fieldnames or ()):
            raise ConfigError([Fault("CSV", "has no columns code and alias", "name them in the first line")])
        pairs = [(row["code"].strip(), row["alias"].strip()) for row in rows if row["alias"].strip()]
        for code, _ in pairs:
            self._gazetteer.get(code)
        with self._store.write() as tx:
            return tx.sites.add_aliases(pairs)

    def _require_village(self, code: str) -> None:
        if code not in {each.code for each in self._gazetteer.villages}:
            raise NotFound(f"village of {self._gazetteer.district.name} with the code", code)

    def _require_free(self, url: str) -> None:
        with self._store.read() as tx:
            for site in tx.sites.all():
                if site.url == url:
                    raise Conflict(f"site {site.id} ({site.name}) has the address {url} already")
