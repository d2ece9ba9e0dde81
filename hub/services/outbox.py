"""The outbox: what an editor's decision means for each delivery, inside the transaction of that decision.

::

    waiting -> sending -> delivered -> verified        sending -> unknown -> (looked for) -> delivered
    sending -> failed -> the site's next target        delivered, verified -> edited_there, removed_there
    any -> (withdrawing) -> withdrawn | still_live     any -> (withdrawing) -> expired
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from hub.model import Announcement, Delivery, DeliveryEvent, Site, Target
from hub.services.addressing import Addressing
from hub.store import Transaction

#: Emergencies overtake everything that waits.
PRIORITIES: Final = {"darurat": 0, "penting": 5, "biasa": 10}
#: What a resend takes up again by itself, and what only with leave to overwrite.
AGAIN: Final = ("failed", "still_live", "unknown", "waiting")
OVERWRITTEN: Final = ("edited_there", "removed_there")


class Outbox:
    """Writes delivery rows; nothing here touches the network."""

    def __init__(self, addressing: Addressing) -> None:
        self._addressing = addressing

    def send_out(self, tx: Transaction, announcement: Announcement, now: datetime) -> int:
        """One delivery for each site that ``announcement`` reaches; how many."""
        plan = self._addressing.plan(tx, announcement.to)
        tx.deliveries.add([_row(announcement, site, target, now) for site, target in plan.targets])
        return len(plan.targets)

    def send_correction(self, tx: Transaction, announcement: Announcement, now: datetime) -> None:
        """The new version to every copy, first copies to sites that are reached only now, and the copies of
        sites no longer meant taken back."""
        plan = self._addressing.plan(tx, announcement.to)
        meant = {site.id: (site, target) for site, target in plan.targets}
        there = tx.deliveries.of(announcement.id, lock=True)
        reached = {each.site_id for each in there if not each.carried_by}
        fresh = [pair for site_id, pair in meant.items() if site_id not in reached]
        known = {(each.site_id, each.target_id) for each in there}
        tx.deliveries.add(
            [
                _row(announcement, site, target, now)
                for site, target in fresh
                if (site.id, target.id) not in known
            ]
        )
        flying = tx.deliveries.in_flight(announcement.id, now)
        stale = [each for each in there if each.site_id in meant and not each.carried_by]
        self._update(tx, announcement, stale, flying, now)
        gone = [each for each in there if each.site_id not in meant and not each.withdrawing]
        self._take_back(tx, gone, flying, "withdrawn", now)

    def _update(
        self,
        tx: Transaction,
        announcement: Announcement,
        stale: Sequence[Delivery],
        flying: set[int],
        now: datetime,
    ) -> None:
        # what a village removed stays removed; staff may send it again by hand
        wanted = {"wanted": announcement.version, "priority": PRIORITIES[announcement.nature]}
        tx.deliveries.edit([each.id for each in stale if each.state == "removed_there"], **wanted)
        moving = [each for each in stale if each.state != "removed_there"]
        tx.deliveries.edit(
            [each.id for each in moving],
            **wanted,
            withdrawing=False,
            due_at=now,
            verify_at=None,
            updated_at=now,
        )
        still = [each.id for each in moving if each.id not in flying and each.state != "unknown"]
        tx.deliveries.edit(still, state="waiting", attempts=0, reason=None, problem="")
        # it was we who took these away, so they may be put back
        tx.deliveries.edit([each.id for each in moving if each.state in _OVER], overwrite=True)

    def take_back(self, tx: Transaction, announcement: Announcement, now: datetime) -> None:
        """Nothing of it should stand anywhere: withdrawn, or valid no more."""
        there = [each for each in tx.deliveries.of(announcement.id, lock=True) if each.state not in _OVER]
        state = "expired" if announcement.state == "expired" else "withdrawn"
        self._take_back(tx, there, tx.deliveries.in_flight(announcement.id, now), state, now)

    def _take_back(
        self, tx: Transaction, there: Sequence[Delivery], flying: set[int], state: str, now: datetime
    ) -> None:
        never_sent = [each.id for each in there if each.first_sent_at is None and each.id not in flying]
        nothing_there = [
            each.id
            for each in there
            if each.id not in flying and each.id not in never_sent and not _may_stand(tx, each)
        ]
        done = [*never_sent, *nothing_there]
        tx.deliveries.edit(
            done,
            state=state,
            withdrawing=True,
            due_at=None,
            verify_at=None,
            withdrawn_at=now,
            reason=None,
            problem="",
            updated_at=now,
        )
        for each in never_sent:
            tx.deliveries.log(each, DeliveryEvent(now, "withdraw", "done", 0, "never sent"))
        left = [each for each in there if each.id not in done]
        tx.deliveries.edit(
            [each.id for each in left],
            withdrawing=True,
            due_at=now,
            verify_at=None,
            attempts=0,
            updated_at=now,
        )
        still = [each.id for each in left if each.id not in flying and each.state != "unknown"]
        tx.deliveries.edit(still, state="waiting", reason=None, problem="")

    def again(
        self,
        tx: Transaction,
        announcement: Announcement,
        ids: Sequence[int] | None,
        overwrite: bool,
        now: datetime,
    ) -> int:
        """Take up again what failed; with ``overwrite`` also what the village changed or removed."""
        states = (*AGAIN, *OVERWRITTEN) if overwrite else AGAIN
        flying = tx.deliveries.in_flight(announcement.id, now)
        chosen = [
            each
            for each in tx.deliveries.of(announcement.id, lock=True)
            if each.state in states
            and each.id not in flying
            and not each.carried_by
            and (ids is None or each.id in ids)
        ]
        for each in chosen:
            tx.deliveries.edit(
                [each.id],
                state="waiting",
                attempts=0,
                due_at=now,
                reason=None,
                problem="",
                overwrite=overwrite and each.state in OVERWRITTEN,
                updated_at=now,
            )
            tx.deliveries.log(each.id, DeliveryEvent(now, "resend", "done", each.wanted))
        return len(chosen)

    def next_choice(
        self, tx: Transaction, announcement: Announcement, failed: Delivery, now: datetime
    ) -> str:
        """Hand over to the site's next target, where one is left that was not tried; its publisher's name,
        empty for none."""
        tried = {each.target_id for each in tx.deliveries.at_site(announcement.id, failed.site_id)}
        for target in tx.targets.by_site().get(failed.site_id, ()):
            if target.id not in tried:
                row = _row(announcement, tx.sites.get(failed.site_id), target, now)
                tx.deliveries.add([row])
                return target.publisher
        return ""


#: Taken back already, or on the way there.
_OVER: Final = ("withdrawn", "expired")


def _may_stand(tx: Transaction, delivery: Delivery) -> bool:
    """Whether a copy may be at the target: one is known, or a try ended without an answer."""
    if delivery.remote_id or delivery.state in ("unknown", "sending"):
        return True
    return any(each.result == "unknown" for each in tx.deliveries.events(delivery.id))


def _row(announcement: Announcement, site: Site, target: Target, now: datetime) -> dict[str, Any]:
    return {
        "announcement_id": announcement.id,
        "target_id": target.id,
        "site_id": site.id,
        "site": site.name,
        "village": site.village,
        "publisher": "wordpress" if announcement.rehearsal else target.publisher,
        "state": "waiting",
        "wanted": announcement.version,
        "priority": PRIORITIES[announcement.nature],
        "due_at": now,
        "updated_at": now,
    }
