"""Where the two ways meet: an announcement of ours that comes home with a harvest.

It is proof that the copy stands, and never news: not of our own site, not of another hub's. It is known by
the mark, which stands in the slug, in a comment and in the source line, so that a theme, a copy by hand or
an edit takes away one of them at most; a copy without any is known by its subject and number.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.model import Announcement, Batch, DeliveryEvent, Entry, Site
from hub.services.pace import next_look
from hub.store import Store, Transaction
from hub.text.marks import find_mark, number_key
from hub.text.markup import text_of
from hub.text.normalise import clean_title

#: How many of the latest announcements are looked for by subject and number.
_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Homecomer:
    """An entry that is an announcement: ``announcement`` is None for another hub's."""

    entry: Entry
    mark: str
    announcement: int | None


class Homecoming:
    """Sorts announcements out of harvests.

    Args:
        now: the hub's clock, aware UTC.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._lock = threading.Lock()
        self._known: tuple[int, dict[str, tuple[Announcement, ...]]] = (-1, {})

    def sort_out(self, tx: Transaction, batch: Batch) -> tuple[Batch, tuple[Homecomer, ...]]:
        """``batch`` without announcements, and those."""
        found = []
        news = []
        for entry in batch.entries:
            homecomer = self._recognise(tx, entry)
            if homecomer is None:
                news.append(entry)
            else:
                found.append(homecomer)
        if not found:
            return batch, ()
        return replace(batch, entries=tuple(news)), tuple(found)

    def prove(self, tx: Transaction, site: Site, found: Sequence[Homecomer]) -> int:
        """Note on the site's deliveries that the copies were seen; how many that proved anew."""
        now, proved = self._now(), 0
        for each in found:
            if each.announcement is None:
                continue
            for delivery in tx.deliveries.at_site(each.announcement, site.id):
                if delivery.carried_by:
                    continue
                if delivery.withdrawing or delivery.state == "removed_there":
                    if delivery.due_at is None and delivery.remote_id:  # is it back?
                        tx.deliveries.edit([delivery.id], verify_at=now)
                elif delivery.state in ("delivered", "unknown", "waiting", "failed"):
                    self._proved(tx, delivery.id, delivery.delivered_at or now, each, now)
                    proved += 1
        return proved

    def _proved(
        self, tx: Transaction, delivery_id: int, delivered: datetime, found: Homecomer, now: datetime
    ) -> None:
        delivery = tx.deliveries.get(delivery_id)
        tx.deliveries.log(
            delivery_id,
            DeliveryEvent(now, "harvest", "seen", delivery.done_version, "", found.entry.link),
        )
        if delivery.due_at is not None:
            return  # a version is still to be handed over; its own proof follows
        tx.deliveries.edit(
            [delivery_id],
            state="verified",
            verified_at=now,
            verify_at=next_look(now, delivered),
            remote_url=delivery.remote_url or found.entry.link,
            reason=None,
            problem="",
            updated_at=now,
        )

    def _recognise(self, tx: Transaction, entry: Entry) -> Homecomer | None:
        mark = find_mark(entry.link, entry.id, *entry.aliases, entry.html, entry.summary, entry.title)
        if mark:
            announcement = tx.announcements.by_mark(mark)
            return Homecomer(entry, mark, announcement.id if announcement else None)
        for announcement in self._by_subject(tx).get(clean_title(entry.title).casefold(), ()):
            text = number_key(text_of(entry.html or entry.summary))
            if number_key(announcement.number) in text:
                return Homecomer(entry, announcement.mark, announcement.id)
        return None

    def _by_subject(self, tx: Transaction) -> dict[str, tuple[Announcement, ...]]:
        """The latest announcements by subject, read again when shown data changed."""
        generation = tx.changes.generation()
        with self._lock:
            known, subjects = self._known
            if known == generation:
                return subjects
        found: dict[str, tuple[Announcement, ...]] = {}
        states = ("published", "withdrawn", "expired")
        for each in tx.announcements.all(states=states, limit=_REMEMBERED):
            key = each.subject.casefold()
            found[key] = (*found.get(key, ()), each)
        with self._lock:
            self._known = (generation, found)
        return found
