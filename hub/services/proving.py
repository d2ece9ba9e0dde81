"""Read the public pages back: is each copy there, as we sent it?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from hub.errors import Conflict, HubError, NotFound
from hub.model import Delivery, DeliveryEvent, DeliveryRun, Sight
from hub.services import pace, trouble
from hub.services.handing import Errands
from hub.services.line import Line
from hub.services.pace import PublishPolicy
from hub.services.previewing import PublisherCalls
from hub.store import Handover, Store, Transaction

log = logging.getLogger(__name__)

#: When to look again at a page that could not be read, or at a channel that has proved nothing yet.
AGAIN: Final = timedelta(minutes=10)
UNPROVEN: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


class Proving:
    """Verifies deliveries: now, after a day, then every week while the announcement is valid."""

    def __init__(
        self,
        store: Store,
        errands: Errands,
        plugins: PublisherCalls,
        policy: PublishPolicy,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._errands, self._plugins, self._now = store, errands, plugins, now
        self._line = Line(store, policy, now, self.look, verify=True)

    def stop(self) -> None:
        """Begin nothing further."""
        self._line.stop()

    def run(self, everything: bool = False, on_done: Callable[[Delivery], None] | None = None) -> DeliveryRun:
        """Look at every page whose time has come; ``everything``: at all that stand."""
        looked = self._line.run(everything=everything, on_done=on_done)
        with self._store.read() as tx:
            pending = tx.deliveries.pending(verify=True)
        failed = sum(1 for each in looked if each.state in ("removed_there", "edited_there", "still_live"))
        return DeliveryRun(len(looked) - failed, failed, pending)

    def look(self, handover: Handover) -> Delivery | None:
        """Look at one page and give the lease back."""
        delivery = handover.delivery
        try:
            errand = self._errands.prepare(delivery)
            copy = delivery.copy
            if copy is None:
                raise NotFound("copy", delivery.id)
            with self._plugins.isolated(f"publisher {delivery.publisher}"):
                sight = errand.publisher.verify(errand.notice, copy, errand.target, errand.lent)
        except HubError as error:
            met = trouble.read(error)
            wait = timedelta(seconds=met.retry_after) if met.retry_after else AGAIN
            event = DeliveryEvent(self._now(), "verify", "failed", delivery.done_version, met.line)
            later = None if met.permanent and met.reason in ("gone", "plugin") else self._now() + wait
            return self._record(handover, event, lambda _: {"verify_at": later})
        return self._seen(handover, sight)

    def _seen(self, handover: Handover, sight: Sight) -> Delivery | None:
        now = self._now()
        event = DeliveryEvent(
            now, "verify", sight.state, handover.delivery.done_version, sight.detail, sight.url
        )

        def changes(tx: Transaction) -> dict[str, Any]:
            current = tx.deliveries.get(handover.delivery.id)
            if current.due_at is not None:
                return {"verify_at": None}  # overtaken by the editor; the next delivery is looked at
            if current.withdrawing:
                return _after_withdrawal(current, sight, now)
            return _while_valid(tx, current, sight, now)

        return self._record(handover, event, changes)

    def _record(
        self, handover: Handover, event: DeliveryEvent, changes: Callable[[Transaction], dict[str, Any]]
    ) -> Delivery | None:
        try:
            with self._store.write() as tx:
                values = changes(tx)
                done = tx.deliveries.record(handover, updated_at=self._now(), **values)
                tx.deliveries.log(done.id, event)
                return done
        except (Conflict, NotFound) as error:
            log.warning("%s", error)
            return None


def _after_withdrawal(current: Delivery, sight: Sight, now: datetime) -> dict[str, Any]:
    """What was taken back should be gone; when it is back, it is taken away once more."""
    if sight.state in ("seen", "edited"):
        return {"state": "still_live", "due_at": now, "verify_at": None, "attempts": 0}
    return {"verify_at": None}


def _while_valid(tx: Transaction, current: Delivery, sight: Sight, now: datetime) -> dict[str, Any]:
    later = pace.next_look(now, current.delivered_at or now)
    fine: dict[str, Any] = {"reason": None, "verify_at": later}
    if sight.url and not current.remote_url:
        fine["remote_url"] = sight.url
    if sight.state == "seen":
        return fine | {"state": "verified", "verified_at": now, "problem": ""}
    if sight.state == "edited":
        return fine | {"state": "edited_there", "problem": sight.detail[:500]}
    if sight.state == "gone":
        return {"state": "removed_there", "verify_at": None, "problem": sight.detail[:500]}
    looked = sum(1 for each in tx.deliveries.events(current.id) if each.result == "unproven")
    wait = UNPROVEN[min(looked, len(UNPROVEN) - 1)]
    return {"state": "delivered", "problem": sight.detail[:500], "verify_at": now + wait}
