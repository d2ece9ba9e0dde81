"""One try of one delivery: ask the publisher, store its receipt, decide what comes next."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from hub.errors import Conflict, HubError, NotFound, RemoteError
from hub.model import Action, Announcement, Copy, Delivery, DeliveryEvent, Notice, Receipt, Target
from hub.services import pace, trouble
from hub.services.addressing import Addressing
from hub.services.breaker import Breaker
from hub.services.lending import Confirmations, Lent, SendMail
from hub.services.line import host_of
from hub.services.outbox import Outbox
from hub.services.pace import PublishPolicy
from hub.services.previewing import PublisherCalls
from hub.services.vault import Vault
from hub.spec.http import Http
from hub.spec.publisher import Publisher
from hub.store import Handover, Store, Transaction
from hub.text.notices import House, to_notice

log = logging.getLogger(__name__)

#: Reasons after which a write may have been done all the same.
UNKNOWN_OUTCOMES: Final = ("timeout", "http_5xx", "not_a_feed", "unreachable")
#: Reasons that say something about the whole host.
OF_THE_HOST: Final = ("timeout", "http_5xx", "unreachable", "dns", "bad_tls")
#: After a withdrawal the page is looked at once more, for a village may bring it back.
LOOK_AFTER_WITHDRAWAL: Final = timedelta(days=1)
LOOK_AT_EDITED: Final = timedelta(days=7)


class RehearsalRoom(Protocol):
    """A sample district that stands in for the villages; see ``hub.rehearsal``."""

    @property
    def http(self) -> Http: ...

    def target_for(self, site_id: int) -> Target: ...

    def memory_for(self, site_id: int) -> dict[str, tuple[str, str]]:
        """Uploads at a sample site."""
        ...


@dataclass(frozen=True)
class Errand:
    """All that one call to a publisher needs."""

    publisher: Publisher
    notice: Notice
    target: Target
    lent: Lent
    announcement: Announcement


class Errands:
    """Makes errands out of handovers.

    Args:
        rehearsal: the sample district for rehearsals.
        now: the hub's clock, aware UTC.
    """

    def __init__(
        self,
        store: Store,
        plugins: PublisherCalls,
        vault: Vault,
        http: Http,
        send_mail: SendMail,
        confirmations: Confirmations,
        house: House,
        policy: PublishPolicy,
        addressing: Addressing,
        *,
        now: Callable[[], datetime],
        rehearsal: RehearsalRoom,
    ) -> None:
        self._store, self._plugins, self._vault, self._http = store, plugins, vault, http
        self._send_mail, self._confirmations = send_mail, confirmations
        self._house, self._policy, self._now = house, policy, now
        self._addressing = addressing
        self._rehearsal = rehearsal

    def prepare(self, delivery: Delivery) -> Errand:
        """Raises RemoteError (target gone, password that no key decrypts) and PluginError."""
        with self._store.read() as tx:
            announcement = tx.announcements.get(delivery.announcement_id)
        notice = replace(to_notice(announcement, self._house), to=self._addressing.codes(announcement.to))
        if announcement.rehearsal:
            return self._rehearse(delivery, announcement, notice)
        if delivery.target_id is None:
            raise RemoteError("gone", "the target was removed at the hub", permanent=True)
        publisher = self._plugins.publisher(delivery.publisher)
        with self._store.read() as tx:
            target = tx.targets.get(delivery.target_id)
            secret = tx.targets.secret(delivery.target_id)
        target = replace(target, password=self._vault.decrypt(secret))
        lent = replace(self.lend(target, delivery.village), untried=delivery.first_sent_at is None)
        return Errand(publisher, notice, target, lent, announcement)

    def lend(self, target: Target, village: str) -> Lent:
        """What a publisher is lent for a call about ``target``."""
        return Lent(
            self._http,
            time.monotonic() + self._policy.call_seconds,
            self._now,
            self._store,
            self._send_mail,
            self._confirmations,
            target.id,
            village,
        )

    def _rehearse(self, delivery: Delivery, announcement: Announcement, notice: Notice) -> Errand:
        room = self._rehearsal
        target = room.target_for(delivery.site_id)
        lent = replace(
            self.lend(target, delivery.village), http=room.http, memory=room.memory_for(delivery.site_id)
        )
        return Errand(self._plugins.publisher(target.publisher), notice, target, lent, announcement)


class Handing:
    """Hands announcements over, one delivery a call, from several threads."""

    def __init__(
        self,
        store: Store,
        errands: Errands,
        plugins: PublisherCalls,
        outbox: Outbox,
        policy: PublishPolicy,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._errands, self._plugins = store, errands, plugins
        self._outbox, self._policy, self._now = outbox, policy, now
        self._breaker = Breaker(now)
        self._chance = random.Random()  # noqa: S311 - spreads load, guards nothing

    def hand_over(self, handover: Handover) -> Delivery | None:
        """Try the claimed delivery once and give the lease back. None when the lease was lost meanwhile:
        then nothing is stored, for somebody else knows better.

        Raises:
            StoreError: nothing could be stored; the lease runs out by itself.
        """
        delivery, host = handover.delivery, host_of(handover.url)
        if host and (until := self._breaker.closed_until(host)):
            return self._record(handover, lambda _: {"state": _resting(delivery), "due_at": until})
        action: Action = (
            "withdraw" if delivery.withdrawing else "update" if delivery.done_version else "create"
        )
        try:
            errand = self._errands.prepare(delivery)
            with self._plugins.isolated(f"publisher {delivery.publisher}"):
                receipt = errand.publisher.apply(
                    action,
                    errand.notice,
                    delivery.copy,
                    errand.target,
                    errand.lent,
                    overwrite=delivery.overwrite,
                )
        except HubError as error:
            done = self._failed(handover, action, error, host)
        else:
            if host:
                self._breaker.worked(host)
            done = self._succeeded(handover, action, errand, receipt)
        if done is not None:
            self._plugins.tell("on_delivery", delivery=done)
        return done

    # -- it went well -----------------------------------------------------------------------------

    def _succeeded(
        self, handover: Handover, action: Action, errand: Errand, receipt: Receipt
    ) -> Delivery | None:
        now, version = self._now(), errand.notice.version

        def changes(tx: Transaction) -> dict[str, Any]:
            current = tx.deliveries.get(handover.delivery.id)
            tx.deliveries.log(current.id, _event(now, action, receipt.outcome, version, receipt))
            if current.target_id is not None and not errand.announcement.rehearsal:
                tx.targets.note(current.target_id, None, "", now)
            values = _known_copy(receipt) | self._settled(tx, current, action, version, receipt)
            if _overtaken(current, action, version):
                values |= {"state": "waiting", "due_at": now, "verify_at": None}
            return values | {"overwrite": False}

        return self._record(handover, changes)

    def _settled(
        self, tx: Transaction, current: Delivery, action: Action, version: int, receipt: Receipt
    ) -> dict[str, Any]:
        now = self._now()
        fine = {"due_at": None, "attempts": 0, "reason": None, "problem": receipt.detail[:500]}
        if receipt.outcome == "edited_there":
            return fine | {"state": "edited_there", "verify_at": now + LOOK_AT_EDITED}
        if receipt.outcome == "removed_there":
            return fine | {"state": "removed_there", "verify_at": None}
        if receipt.outcome == "still_live":
            attempts = current.attempts + 1
            again = self._retry(attempts, None) if attempts < self._policy.attempts else None
            return fine | {"state": "still_live", "attempts": attempts, "due_at": again, "verify_at": None}
        if action == "withdraw":
            announcement = tx.announcements.get(current.announcement_id)
            state = "expired" if announcement.state == "expired" else "withdrawn"
            look = now + LOOK_AFTER_WITHDRAWAL if current.remote_url else None
            return fine | {"state": state, "done_version": 0, "withdrawn_at": now, "verify_at": look}
        first = {} if current.delivered_at else {"delivered_at": now}
        return fine | first | {"state": "delivered", "done_version": version, "verify_at": now}

    # -- it did not -------------------------------------------------------------------------------

    def _failed(self, handover: Handover, action: Action, error: HubError, host: str) -> Delivery | None:
        now = self._now()
        met = trouble.read(error)
        if host and met.reason in OF_THE_HOST:
            self._breaker.failed(host)

        def changes(tx: Transaction) -> dict[str, Any]:
            current = tx.deliveries.get(handover.delivery.id)
            attempts = current.attempts + 1
            most = self._policy.auth_attempts if met.reason in ("auth", "auth_key") else self._policy.attempts
            final = met.permanent or attempts >= most
            unknown = action == "create" and met.reason in UNKNOWN_OUTCOMES
            result = "unknown" if unknown else "failed"
            event = DeliveryEvent(now, action, result, current.wanted, met.line)
            tx.deliveries.log(current.id, event)
            announcement = tx.announcements.get(current.announcement_id)
            if current.target_id is not None and not announcement.rehearsal:
                tx.targets.note(current.target_id, met.reason, met.detail, now, met.hint)
            values: dict[str, Any] = {
                "attempts": attempts,
                "reason": met.reason,
                "hint": met.hint,
                "problem": met.detail,
                "due_at": None if final else self._retry(attempts, met.retry_after),
            }
            if current.withdrawing:
                return values | {
                    "state": "still_live" if current.remote_id else "failed" if final else "unknown"
                }
            if not final:
                return values | {"state": "unknown" if unknown else "waiting"}
            carried = ""
            if action == "create" and announcement.state == "published" and not announcement.rehearsal:
                carried = self._outbox.next_choice(tx, announcement, current, now)
            return values | {"state": "failed", "carried_by": carried}

        return self._record(handover, changes)

    def _retry(self, attempts: int, retry_after: float | None) -> datetime:
        return pace.next_delivery(
            self._policy,
            self._now(),
            chance=self._chance.random(),
            attempts=attempts,
            retry_after=retry_after,
        )

    def _record(
        self, handover: Handover, changes: Callable[[Transaction], dict[str, Any]]
    ) -> Delivery | None:
        try:
            with self._store.write() as tx:
                values = changes(tx)
                return tx.deliveries.record(handover, updated_at=self._now(), **values)
        except (Conflict, NotFound) as error:
            log.warning("%s", error)
            return None


def _resting(delivery: Delivery) -> str:
    """The state of one that is put off without a try."""
    return delivery.state if delivery.state not in ("sending",) else "unknown"


def _overtaken(current: Delivery, action: Action, version: int) -> bool:
    """Whether the editor decided otherwise while this was under way."""
    if current.withdrawing:
        return action != "withdraw"
    return action == "withdraw" or current.wanted > version


def _known_copy(receipt: Receipt) -> dict[str, Any]:
    copy: Copy | None = receipt.copy
    if copy is None:
        return {}
    return {
        "remote_id": copy.remote_id,
        "remote_url": copy.remote_url,
        "remote_digest": copy.digest,
    }


def _event(now: datetime, action: str, result: str, version: int, receipt: Receipt) -> DeliveryEvent:
    url = receipt.copy.remote_url if receipt.copy else ""
    detail = receipt.detail
    if receipt.adopted:
        detail = f"found and adopted; {detail}" if detail else "found and adopted"
    return DeliveryEvent(now, action, result, version, detail, url)
