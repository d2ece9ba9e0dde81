"""The outbox: what is on its way, claimed by lease, and the history of each delivery."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, insert, or_, select, update

from hub.errors import Conflict, NotFound
from hub.model import Delivery, DeliveryEvent
from hub.store.leased import Leased
from hub.store.tables import announcements, deliveries, delivery_events, targets

_COLUMNS = [each for each in deliveries.c if each.name not in ("lease", "leased_until")]
_NAMES = [each.name for each in _COLUMNS]


@dataclass(frozen=True, slots=True)
class Handover:
    """A delivery that this process may work on while the lease ``token`` holds. ``url`` is its target's
    address, empty where it has none and in a rehearsal, which asks the target nothing."""

    delivery: Delivery
    token: str
    url: str = ""


def _from_row(row: Row[Any]) -> Delivery:
    return Delivery(**{name: row._mapping[name] for name in _NAMES})


class Deliveries(Leased):
    """The deliveries of the hub."""

    _table = deliveries

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New rows, each with at least announcement_id, target_id, site_id, site, village, publisher,
        state, wanted, updated_at."""
        if rows:
            self._db.execute(insert(deliveries), [dict(each) for each in rows])

    def get(self, delivery_id: int) -> Delivery:
        """Raises NotFound."""
        row = self._db.execute(select(*_COLUMNS).where(deliveries.c.id == delivery_id)).one_or_none()
        if row is None:
            raise NotFound("delivery", delivery_id)
        return _from_row(row)

    def of(self, announcement_id: int, *, lock: bool = False) -> tuple[Delivery, ...]:
        """All of one announcement, by village, then site.

        Args:
            lock: keep other writers away from them until the transaction ends.
        """
        query = (
            select(*_COLUMNS)
            .where(deliveries.c.announcement_id == announcement_id)
            .order_by(deliveries.c.village, deliveries.c.site, deliveries.c.id)
        )
        return tuple(map(_from_row, self._db.execute(query.with_for_update() if lock else query)))

    def at_site(self, announcement_id: int, site_id: int) -> tuple[Delivery, ...]:
        query = select(*_COLUMNS).where(
            deliveries.c.announcement_id == announcement_id, deliveries.c.site_id == site_id
        )
        return tuple(map(_from_row, self._db.execute(query.order_by(deliveries.c.id))))

    def edit(self, ids: Iterable[int], **changes: Any) -> None:
        """Change the named columns of some deliveries."""
        wanted = list(ids)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            self._db.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(**changes))

    def hasten(self, village: str, now: datetime) -> None:
        """Look soon at what waits for proof in ``village``: somebody fetched its feed."""
        self._db.execute(
            update(deliveries)
            .where(
                deliveries.c.village == village,
                deliveries.c.state == "delivered",
                deliveries.c.due_at.is_(None),
                deliveries.c.verify_at > now,
            )
            .values(verify_at=now)
        )

    def in_flight(self, announcement_id: int, now: datetime) -> set[int]:
        """Ids of those that somebody is working on."""
        query = select(deliveries.c.id).where(
            deliveries.c.announcement_id == announcement_id,
            deliveries.c.lease.is_not(None),
            deliveries.c.leased_until >= now,
        )
        return set(self._db.execute(query).scalars())

    def rearm(self, target_id: int, reasons: Collection[str], now: datetime) -> int:
        """Try those again that failed at this target for one of ``reasons``; how many."""
        done = self._db.execute(
            update(deliveries)
            .where(
                deliveries.c.target_id == target_id,
                deliveries.c.state.in_(["failed", "waiting", "unknown", "still_live"]),
                deliveries.c.reason.in_(list(reasons)),
                deliveries.c.carried_by == "",
            )
            .values(state="waiting", attempts=0, due_at=now, reason=None, problem="", updated_at=now)
        )
        return done.rowcount

    # -- leases -----------------------------------------------------------------------------------

    def claim(
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        *,
        limit: int,
        everything: bool = False,
        verify: bool = False,
        busy_targets: Collection[int] = (),
        not_again: Collection[int] = (),
    ) -> list[Handover]:
        """Take up to ``limit`` deliveries whose time has come, the most urgent and longest due first, at
        most one for each target.

        Args:
            everything: those that wait for a later time too.
            verify: those whose public page is to be read, in place of those to be handed over.
            busy_targets: targets that this process works on already.
            not_again: deliveries that had their turn.
        """
        when = deliveries.c.verify_at if verify else deliveries.c.due_at
        query = (
            select(deliveries.c.id, deliveries.c.target_id)
            .where(when.is_not(None) if everything else when <= now, self._is_free(now))
            .order_by(deliveries.c.priority, when, deliveries.c.id)
            .limit(4 * limit)
        )
        if verify:
            query = query.where(deliveries.c.due_at.is_(None))
        if not_again:
            query = query.where(deliveries.c.id.not_in(list(not_again)))
        if busy_targets:
            query = query.where(
                or_(deliveries.c.target_id.is_(None), deliveries.c.target_id.not_in(list(busy_targets)))
            )
        candidates = self._db.execute(query.with_for_update(skip_locked=True)).all()
        usable = self._usable_targets({row.target_id for row in candidates}, now)
        chosen: dict[int | None, int] = {}
        ids: list[int] = []
        for row in candidates:
            if row.target_id is None:
                ids.append(row.id)
            elif row.target_id in usable and row.target_id not in chosen:
                chosen[row.target_id] = row.id
                ids.append(row.id)
            if len(ids) == limit:
                break
        if not ids:
            return []
        values: dict[str, Any] = {"lease": owner, "leased_until": now + lease}
        if not verify:
            first = func.coalesce(deliveries.c.first_sent_at, now, type_=deliveries.c.first_sent_at.type)
            values |= {"state": "sending", "first_sent_at": first}
        rows = {row.id: row for row in self._db.execute(_picked(ids))}
        self._db.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**values))
        return [Handover(_from_row(rows[each]), owner, rows[each].target_url or "") for each in ids]

    def _usable_targets(self, wanted: set[int | None], now: datetime) -> set[int]:
        """Targets that nobody works on; locked, so that two processes do not take two deliveries of one
        target at once."""
        ids = [each for each in wanted if each is not None]
        if not ids:
            return set()
        locked = select(targets.c.id).where(targets.c.id.in_(ids)).with_for_update(skip_locked=True)
        free = set(self._db.execute(locked).scalars())
        held = select(deliveries.c.target_id).where(
            deliveries.c.target_id.in_(ids), deliveries.c.lease.is_not(None), deliveries.c.leased_until >= now
        )
        return free - set(self._db.execute(held).scalars())

    def free(self, owner: str) -> None:
        """Give back all leases of ``owner``. What was being sent by then has an unknown outcome."""
        mine = deliveries.c.lease == owner
        self._db.execute(
            update(deliveries).where(mine, deliveries.c.state == "sending").values(state="unknown")
        )
        super().free(owner)

    def record(self, handover: Handover, **changes: Any) -> Delivery:
        """Store how a try went and give the lease back; the delivery as it is now.

        Raises:
            Conflict: the lease was lost meanwhile; nothing of this may be stored.
        """
        done = self._db.execute(
            update(deliveries)
            .where(deliveries.c.id == handover.delivery.id, deliveries.c.lease == handover.token)
            .values(lease=None, leased_until=None, **changes)
        )
        if done.rowcount == 0:
            raise Conflict(f"delivery {handover.delivery.id}: the lease was lost")
        return self.get(handover.delivery.id)

    # -- history ----------------------------------------------------------------------------------

    def log(self, delivery_id: int, event: DeliveryEvent) -> None:
        self._db.execute(
            insert(delivery_events).values(
                delivery_id=delivery_id,
                at=event.at,
                action=event.action,
                result=event.result,
                version=event.version,
                detail=event.detail[:500],
                remote_url=event.remote_url,
            )
        )

    def events(self, delivery_id: int) -> tuple[DeliveryEvent, ...]:
        """The history of one delivery, oldest first."""
        query = (
            select(delivery_events)
            .where(delivery_events.c.delivery_id == delivery_id)
            .order_by(delivery_events.c.id)
        )
        return tuple(
            DeliveryEvent(row.at, row.action, row.result, row.version, row.detail, row.remote_url)
            for row in self._db.execute(query)
        )

    # -- numbers ----------------------------------------------------------------------------------

    def counts(self, announcement_ids: Collection[int]) -> dict[int, dict[str, int]]:
        """Announcement -> state -> number, without failures that another target took over."""
        query = (
            select(deliveries.c.announcement_id, deliveries.c.state, func.count())
            .where(deliveries.c.announcement_id.in_(list(announcement_ids)), deliveries.c.carried_by == "")
            .group_by(deliveries.c.announcement_id, deliveries.c.state)
        )
        found: dict[int, dict[str, int]] = {}
        for announcement_id, state, number in self._db.execute(query):
            found.setdefault(announcement_id, {})[state] = number
        return found

    def states(self) -> dict[str, int]:
        """State -> number of all deliveries, without failures that another target took over."""
        query = (
            select(deliveries.c.state, func.count())
            .where(deliveries.c.carried_by == "")
            .group_by(deliveries.c.state)
        )
        return {row[0]: row[1] for row in self._db.execute(query)}

    def pending(self, *, verify: bool = False) -> int:
        """How many have work left, now or later."""
        when = deliveries.c.verify_at if verify else deliveries.c.due_at
        query = select(func.count()).select_from(deliveries).where(when.is_not(None))
        return self._db.execute(query).scalar_one()


def _picked(ids: list[int]) -> Any:
    return (
        select(*_COLUMNS, case((announcements.c.rehearsal, ""), else_=targets.c.url).label("target_url"))
        .join_from(deliveries, announcements, announcements.c.id == deliveries.c.announcement_id)
        .outerjoin(targets, targets.c.id == deliveries.c.target_id)
        .where(deliveries.c.id.in_(ids))
    )
