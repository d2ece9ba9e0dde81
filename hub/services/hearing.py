"""WebSub: what hubs say (https://www.w3.org/TR/websub/).

A push is a hint and nothing more: a source that is told of becomes due at once, and what is new is fetched
from the site itself. So no push can bring in, change or delete a post, whoever sends it.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from hub.errors import HubError, NotFound
from hub.model import Subscription
from hub.services import pace
from hub.services.subscribing import LEASE, WEEK
from hub.services.vault import Vault
from hub.store import Store

log = logging.getLogger(__name__)

#: A lease is renewed when this part of it is over. Longest lease that is believed.
RENEW_AT, LONGEST = 0.8, timedelta(days=30)
#: Methods of X-Hub-Signature that are taken from anybody, and hubs that are known to have no better one than
#: SHA-1.
METHODS = ("sha256", "sha384", "sha512")
SHA1_ONLY = ("pubsubhubbub.appspot.com", "superfeedr.com")


class Hearing:
    """Hears what hubs say at the secret addresses that they were given."""

    def __init__(self, store: Store, vault: Vault, now: Callable[[], datetime]) -> None:
        self._store, self._vault, self._now = store, vault, now

    def confirm(self, callback: str, mode: str, topic: str, lease: str) -> None:
        """A hub asks whether we meant it.

        Raises:
            NotFound: we did not.
        """
        now = self._now()
        with self._store.write() as tx:
            known, _ = tx.subscriptions.behind(callback) or (None, "")
            if known is None or known.topic != topic:
                raise NotFound("subscription", callback)
            if mode == "unsubscribe" and known.state in ("leaving", "off"):
                if known.state == "leaving":
                    tx.subscriptions.remove(known.source_id)
                return
            if mode != "subscribe" or known.state not in ("asked", "active", "failed"):
                raise NotFound("subscription", callback)
            granted = min(timedelta(seconds=_seconds(lease, callback)), LONGEST)
            tx.subscriptions.edit(
                known.source_id,
                state="active",
                lease_until=now + granted,
                due_at=now + granted * RENEW_AT,
                failures=0,
                problem="",
            )

    def deny(self, callback: str, topic: str, reason: str) -> None:
        """A hub does not want to tell us, or no more.

        Raises:
            NotFound: no such subscription.
        """
        now = self._now()
        with self._store.write() as tx:
            known, _ = tx.subscriptions.behind(callback) or (None, "")
            if known is None or known.topic != topic or known.state not in ("asked", "active", "failed"):
                raise NotFound("subscription", callback)
            problem = " ".join(reason.split())[:200]
            tx.subscriptions.edit(
                known.source_id, state="denied", lease_until=None, problem=problem, due_at=now + WEEK
            )

    def hear(self, callback: str, body: bytes, signature: str) -> bool:
        """A hub tells of news: the source is visited at once, or in a minute where it was just visited.
        What is not signed as agreed on is passed over; the body is not read further.

        Returns:
            whether it was believed.

        Raises:
            NotFound: nobody wants to hear it any more.
        """
        now = self._now()
        with self._store.read() as tx:
            known, sealed = tx.subscriptions.behind(callback) or (None, "")
            if known is None or known.state in ("leaving", "off", "denied"):
                raise NotFound("subscription", callback)
            source = tx.sources.get(known.source_id)
        if known.state != "active" or not self._signed(known, sealed, body, signature):
            return False
        due = max(now, source.last_attempt_at + pace.TOLD) if source.last_attempt_at else now
        coming = source.due_at is not None and source.due_at <= due
        if coming and not source.leased_until and known.pushed_at:
            return True  # a storm of pushes writes nothing
        if known.pushed_at and now - known.pushed_at < timedelta(seconds=1):
            return True
        with self._store.write() as tx:
            tx.subscriptions.told(known.source_id, now, due)
        return True

    def _signed(self, known: Subscription, sealed: str, body: bytes, signature: str) -> bool:
        if not sealed:
            return True  # nothing was agreed on; the address is secret and the effect a visit
        method, _, given = signature.strip().partition("=")
        method = method.lower()
        host = urlsplit(known.hub).hostname or ""
        weak = method == "sha1" and any(host == each or host.endswith(f".{each}") for each in SHA1_ONLY)
        if method not in METHODS and not weak:
            log.warning("source %d: push with signature %r passed over", known.source_id, method[:20])
            return False
        try:
            secret = self._vault.decrypt(sealed)
        except HubError as error:
            self._failed_key(known, error)
            return False
        right = hmac.new(secret.encode(), body, method).hexdigest()
        return hmac.compare_digest(right.encode(), given.strip().lower().encode("utf-8", "replace"))

    def _failed_key(self, known: Subscription, error: HubError) -> None:
        """Without its secret a subscription is of no use: agree on a new one."""
        with self._store.write() as tx:
            tx.subscriptions.edit(known.source_id, state="failed", problem=str(error), due_at=self._now())


def _seconds(lease: str, callback: str) -> int:
    """Raises NotFound: no lease at all."""
    if not lease:
        return LEASE
    if not lease.isascii() or not lease.isdigit() or not int(lease[:12]):
        raise NotFound("subscription", callback)
    return int(lease[:9])
