"""WebSub: asking hubs to tell us of news (https://www.w3.org/TR/websub/); what they say is heard in
``hearing``."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.errors import Conflict, FetchError, HubError, NotFound, RemoteError
from hub.model import Source, Subscription
from hub.services.probing import MorePluginCalls
from hub.services.vault import Vault
from hub.services.watchdog import Watchdog
from hub.services.websub import Offer, Reach, ask, discover
from hub.spec.connector import PushedConnector
from hub.spec.http import Http
from hub.store import Store

log = logging.getLogger(__name__)

#: Seconds that are asked for; hubs may grant less.
LEASE = 864_000
#: How long a hub may take to ask back, and how long until it is tried again, doubled up to a week.
VERIFY_WITHIN, RETRY = timedelta(hours=1), timedelta(hours=1)
WEEK = timedelta(days=7)
#: How long until it is looked again whether a site without a hub offers one now.
LOOK_AGAIN = timedelta(days=30)
#: While one works on it, nobody else does.
BUSY = timedelta(minutes=10)
#: Subscriptions that are looked after in one run.
PORTION = 20


class Subscribing:
    """Subscribes to the hubs that sites offer.

    Args:
        base_url: of this hub; push is only asked for where hubs can reach it: over https, or, for tests
            and inner networks, at an address within ``allow_private``.
    """

    def __init__(
        self,
        store: Store,
        plugins: MorePluginCalls,
        http: Http,
        vault: Vault,
        watchdog: Watchdog,
        *,
        base_url: str,
        allow_private: Sequence[str],
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._plugins, self._http, self._vault = store, plugins, http, vault
        self._watchdog, self._now, self._base_url = watchdog, now, base_url.rstrip("/")
        self._reach = Reach(allow_private)

    @property
    def possible(self) -> bool:
        """Whether hubs can reach us at all."""
        return self._reach.safe(self._base_url)

    # -- seen from the desk -----------------------------------------------------------------------

    def of(self, source_id: int) -> Subscription | None:
        with self._store.read() as tx:
            return tx.subscriptions.get(source_id)

    def all(self) -> tuple[Subscription, ...]:
        with self._store.read() as tx:
            return tx.subscriptions.all()

    def subscribe(self, source_id: int) -> Subscription:
        """Look for a hub of this source now, and ask it; an earlier refusal or switch-off is forgotten.

        Raises:
            NotFound: no such source. Conflict: hubs cannot reach us, or the source's site offers none.
            RemoteError: the site or its hub could not be asked.
        """
        if not self.possible:
            raise Conflict(f"hubs cannot reach {self._base_url}: it must be a public https address")
        with self._store.read() as tx:
            source = tx.sources.get(source_id)
        self._seek(source)
        found = self.of(source_id)
        if found is None or found.state == "none":
            raise Conflict(f"the site of source {source_id} offers no hub")
        if found.state == "failed":
            raise FetchError("unreachable", found.problem)
        return found

    def unsubscribe(self, source_id: int) -> None:
        """Be told no more of this source, until it is subscribed by hand.

        Raises:
            NotFound: no such source.
        """
        with self._store.read() as tx:
            tx.sources.get(source_id)
            known = tx.subscriptions.get(source_id)
        if known and known.state in ("asked", "active"):
            self._leave(known)
        now = self._now()
        with self._store.write() as tx:
            left = tx.subscriptions.get(source_id)
            off = left or Subscription(source_id, "", "", _token(), "off", now)
            # a hub that has yet to ask back finds the callback, and is told that we meant it
            tx.subscriptions.put(replace(off, state="off", due_at=None, problem=""))

    # -- the job ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Look after some: leave, renew, try again, and look for hubs of new sources."""
        if not self.possible:
            return
        now = self._now()
        with self._store.write() as tx:
            orphans = tx.subscriptions.claim_orphans(now, BUSY, PORTION)
            due = tx.subscriptions.claim_due(now, BUSY, PORTION)
            fresh = tx.subscriptions.unasked(self._pushed(), PORTION)
            for source_id in fresh:
                tx.subscriptions.put(
                    Subscription(source_id, "", "", _token(), "none", now, due_at=now + BUSY)
                )
        for each in orphans:
            self._leave(each)
        for each in due:
            self._look_after(each)
        for source_id in fresh:
            self._attend(source_id)

    def _pushed(self) -> list[str]:
        connectors = self._plugins.all_connectors.items()
        return [name for name, connector in connectors if isinstance(connector, PushedConnector)]

    def _look_after(self, known: Subscription) -> None:
        if known.state == "asked":
            self._failed(known.source_id, "the hub did not ask back")
            return
        self._attend(known.source_id)

    def _attend(self, source_id: int) -> None:
        try:
            with self._store.read() as tx:
                source = tx.sources.get(source_id)
            self._seek(source)
        except NotFound:
            return
        except HubError as error:
            self._failed(source_id, str(error))

    def _seek(self, source: Source) -> None:
        """Look where news of the source is announced, and ask to be told.

        Raises:
            RemoteError: the site cannot be read, or the hub does not answer.
        """
        offer = self._offer(source)
        now = self._now()
        if offer is None:
            none = Subscription(source.id, "", "", _token(), "none", now, due_at=now + LOOK_AGAIN)
            with self._store.write() as tx:
                tx.subscriptions.put(none)
            return
        self._ask(source.id, offer)

    def _offer(self, source: Source) -> Offer | None:
        connector = self._plugins.connector(source.connector)
        if not isinstance(connector, PushedConnector):
            return None
        feed = self._watchdog.look(f"connector {source.connector}", lambda _: connector.push_feed(source))
        if feed is None:
            return None
        if feed.hub:
            return Offer(feed.hub, feed.url)
        return discover(self._http, feed.url)

    def _ask(self, source_id: int, offer: Offer) -> None:
        now, secret = self._now(), ""
        with self._store.read() as tx:
            before = tx.subscriptions.get(source_id)
            _, sealed = (before and tx.subscriptions.behind(before.callback)) or (before, "")
        if self._reach.safe(offer.hub):
            secret = secrets.token_urlsafe(48)
        new = Subscription(
            source_id,
            offer.hub,
            offer.topic,
            _token(),
            "asked",
            now,
            due_at=now + VERIFY_WITHIN,
            pushed_at=before.pushed_at if before else None,
            failures=before.failures if before else 0,
        )
        # kept first: some hubs ask back before they answer
        with self._store.write() as tx:
            tx.subscriptions.put(new, self._vault.encrypt(secret))
        try:
            self._post(new, "subscribe", secret)
        except RemoteError:
            if before and before.state == "active" and before.lease_until and before.lease_until > now:
                # what was agreed on before holds until its end
                with self._store.write() as tx:
                    tx.subscriptions.put(replace(before, due_at=now + RETRY), sealed)
            raise

    def _post(self, about: Subscription, mode: str, secret: str = "") -> None:
        """Raises RemoteError: the hub does not take the request."""
        form = {
            "hub.mode": mode,
            "hub.topic": about.topic,
            "hub.callback": f"{self._base_url}/websub/{about.callback}",
            # of PubSubHubbub 0.3, which some hubs still want
            "hub.verify": "async",
        }
        if mode == "subscribe":
            form["hub.lease_seconds"] = str(LEASE)
        if not ask(self._http, about.hub, form, secret, self._reach):
            with self._store.write() as tx:
                tx.subscriptions.edit(about.source_id, secret="")

    def _leave(self, known: Subscription) -> None:
        """Ask the hub to tell us no more; when it does not ask back, it is forgotten the next time."""
        now = self._now()
        with self._store.write() as tx:
            if known.state == "leaving":
                tx.subscriptions.remove(known.source_id)
                return
            tx.subscriptions.edit(known.source_id, state="leaving", due_at=now + VERIFY_WITHIN)
        try:
            self._post(known, "unsubscribe")
        except RemoteError as error:
            log.info("source %d: not unsubscribed: %s", known.source_id, error)

    def _failed(self, source_id: int, problem: str) -> None:
        now = self._now()
        with self._store.write() as tx:
            known = tx.subscriptions.get(source_id)
            if known is None or known.state == "active":
                return  # verified meanwhile
            failures = known.failures + 1
            wait = min(RETRY * 2 ** min(failures - 1, 10), WEEK)
            tx.subscriptions.edit(
                source_id, state="failed", failures=failures, problem=problem[:500], due_at=now + wait
            )
        log.info("source %d: no push: %s", source_id, problem)


def _token() -> str:
    """256 bits: nobody guesses them."""
    return secrets.token_urlsafe(32)
