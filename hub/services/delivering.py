"""Deliver what is due: the outbox onto the villages' sites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hub.model import Delivery, DeliveryRun
from hub.services.announcing import Announcing
from hub.services.handing import Handing
from hub.services.line import Line
from hub.services.pace import PublishPolicy
from hub.store import Store

#: States in which a try ended badly.
FAILED = ("failed", "still_live", "unknown")


class Delivering:
    """Runs deliveries."""

    def __init__(
        self,
        store: Store,
        announcing: Announcing,
        handing: Handing,
        policy: PublishPolicy,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._announcing = store, announcing
        self._line = Line(store, policy, now, handing.hand_over, verify=False)

    def stop(self) -> None:
        """Begin no further delivery; those under way end."""
        self._line.stop()

    def run(self, everything: bool = False, on_done: Callable[[Delivery], None] | None = None) -> DeliveryRun:
        """Publish what is scheduled for now, end what is valid no more, and hand over until nothing is due.

        Args:
            everything: waiting retries are tried once now too.

        Raises:
            StoreError: the database could not even be asked.
        """
        self._announcing.tick()
        tried = self._line.run(everything=everything, on_done=on_done)
        with self._store.read() as tx:
            pending = tx.deliveries.pending()
        failed = sum(1 for each in tried if each.state in FAILED or each.reason)
        return DeliveryRun(len(tried) - failed, failed, pending)
