"""What is to be read about announcements: by residents, by the desk, by programs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from hub.errors import ConfigError, HubError, NotFound
from hub.model import (
    LIVE,
    Announcement,
    AnnouncementVersion,
    Board,
    BoardRow,
    Checked,
    Delivery,
    DeliveryEvent,
    Notice,
    Region,
    StoredFile,
)
from hub.services.addressing import Addressing
from hub.services.lending import Confirmations
from hub.store import Store, Transaction
from hub.text.marks import find_mark, number_key
from hub.text.notices import House, to_notice
from hub.text.regions import Gazetteer

#: What is due within this time is watched on the board; a retry in some hours is not.
SOON: Final = timedelta(minutes=1)
#: A line of a forwarded text that gives the number: "Nomor: 470/12/2026".
_LABELS: Final = ("nomor", "no.", "no ", "number")


class Noticeboard:
    """Reads announcements.

    Args:
        now: the hub's clock, aware UTC.
    """

    def __init__(
        self,
        store: Store,
        addressing: Addressing,
        confirmations: Confirmations,
        gazetteer: Gazetteer,
        house: House,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._addressing, self._confirmations = store, addressing, confirmations
        self._gazetteer, self._house, self._now = gazetteer, house, now

    # -- for everybody ----------------------------------------------------------------------------

    def public(self, announcement_id: int) -> Announcement:
        """Raises NotFound, also for what was never published and for rehearsals."""
        found = self.get(announcement_id)
        if not found.public:
            raise NotFound("announcement", announcement_id)
        return found

    def current(
        self, village: str | None = None, limit: int = 20, nature: str | None = None
    ) -> tuple[Announcement, ...]:
        """What residents should know now (of one village), urgent ones first, then the newest."""
        with self._store.read() as tx:
            found = [
                each
                for each in tx.announcements.in_force(self._now())
                if (nature is None or each.nature == nature)
                and (village is None or self._addressing.reaches(tx, each.to, village))
            ]
        return tuple(found[:limit])

    def archive(
        self,
        q: str = "",
        agency: str = "",
        nature: str = "",
        village: str = "",
        year: int | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> tuple[tuple[Announcement, ...], int]:
        """One page of all public ones, newest first, and how many there are in all. ``q`` are words of
        number, subject or text, all of which must occur."""
        words = q.casefold().split()
        with self._store.read() as tx:
            found = [
                each
                for each in tx.announcements.public()
                if (not agency or each.agency == agency)
                and (not nature or each.nature == nature)
                and (year is None or each.date.year == year)
                and all(word in _haystack(each) for word in words)
                and (not village or self._addressing.reaches(tx, each.to, village))
            ]
        start = (max(page, 1) - 1) * limit
        return tuple(found[start : start + limit]), len(found)

    def agencies(self) -> tuple[str, ...]:
        with self._store.read() as tx:
            return tx.announcements.agencies()

    def check(self, asked: str) -> Checked:
        """Whether a forwarded announcement is real.

        Args:
            asked: its number in any spelling, its mark, or the whole forwarded text.
        """
        asked = asked.strip()
        matches: tuple[Announcement, ...]
        with self._store.read() as tx:
            if mark := find_mark(asked):
                found = tx.announcements.by_mark(mark)
                matches = (found,) if found is not None and found.public else ()
            else:
                matches = next(
                    filter(None, (tx.announcements.by_number(key) for key in _number_keys(asked))), ()
                )
        if not matches:
            return Checked("unknown", asked)
        first = matches[0]
        return Checked(self._verdict(first), asked, first, matches[1:])

    def _verdict(self, announcement: Announcement) -> str:
        now = self._now()
        if announcement.state == "withdrawn":
            return "withdrawn"
        if announcement.state == "expired" or (
            announcement.valid_until is not None and announcement.valid_until <= now
        ):
            return "expired"
        if announcement.valid_from is not None and announcement.valid_from > now:
            return "not_yet_valid"
        return "corrected" if announcement.version > 1 else "genuine"

    def public_file(self, announcement_id: int, sha256: str) -> StoredFile:
        """An attachment of a public announcement. Raises NotFound."""
        announcement = self.public(announcement_id)
        if all(each.sha256 != sha256 for each in announcement.attachments):
            raise NotFound("file", sha256)
        return self.file(sha256)

    def villages_of(self, announcement: Announcement) -> tuple[Region, ...]:
        """The villages that it is meant for, by code."""
        with self._store.read() as tx:
            try:
                return self._addressing.villages(tx, announcement.to)
            except ConfigError:
                return ()  # a region that was merged away since

    def note_fetch(self, village: str, asker: str) -> None:
        """Somebody fetched the announcement feed of ``village``; who, in one short line."""
        if village not in self._gazetteer or not asker:
            return
        with self._store.write() as tx:
            tx.targets.note_fetch(village, asker[:200], self._now())
            tx.deliveries.hasten(village, self._now())

    # -- for the desk -----------------------------------------------------------------------------

    def received(self, origin: str) -> Announcement | None:
        """The one that a hub above sent under its own mark, in whatever state; None where there is none."""
        with self._store.read() as tx:
            return tx.announcements.by_origin(origin)

    def get(self, announcement_id: int) -> Announcement:
        """Raises NotFound."""
        with self._store.read() as tx:
            return tx.announcements.get(announcement_id)

    def list(
        self, states: Collection[str] | None = None, limit: int = 50, before: int | None = None
    ) -> tuple[Announcement, ...]:
        """All, newest first; ``before`` is the id where the last page ended."""
        with self._store.read() as tx:
            return tx.announcements.all(states=states, limit=limit, before=before)

    def versions(self, announcement_id: int) -> tuple[AnnouncementVersion, ...]:
        """Every published reading, newest first."""
        with self._store.read() as tx:
            return tx.announcements.versions(announcement_id)

    def notice(self, announcement_id: int) -> Notice:
        """Its present reading, worded for publishers and people. Raises NotFound."""
        return to_notice(self.get(announcement_id), self._house)

    def file(self, sha256: str) -> StoredFile:
        """Raises NotFound."""
        with self._store.read() as tx:
            return tx.files.get(sha256)

    def board(self, announcement_id: int) -> Board:
        """Where it stands, village by village. Raises NotFound."""
        with self._store.read() as tx:
            announcement = tx.announcements.get(announcement_id)
            there = [each for each in tx.deliveries.of(announcement_id) if not each.carried_by]
            without = self._without_channel(tx, announcement, there)
        rows = [BoardRow(self._region(each.village), self._kecamatan(each.village), each) for each in there]
        rows += [BoardRow(each, self._kecamatan(each.code), None) for each in without]
        rows.sort(key=lambda row: (row.kecamatan.code, row.village.code, row.delivery is None))
        counts: dict[str, int] = {}
        for each in there:
            counts[each.state] = counts.get(each.state, 0) + 1
        if without:
            counts["without_channel"] = len(without)
        return Board(
            announcement=announcement,
            rows=tuple(rows),
            counts=counts,
            sites=len(there),
            live=sum(1 for each in there if each.state in LIVE),
            gone=sum(1 for each in there if each.state in ("withdrawn", "expired")),
            moving=sum(_moves(each, self._now()) for each in there),
        )

    def totals(self) -> dict[str, int]:
        """State -> number of all deliveries."""
        with self._store.read() as tx:
            return tx.deliveries.states()

    def counts(self, announcement_ids: Collection[int]) -> dict[int, dict[str, int]]:
        """Announcement -> state -> number of deliveries, for lists."""
        with self._store.read() as tx:
            return tx.deliveries.counts(announcement_ids)

    def deliveries(self, announcement_id: int) -> tuple[Delivery, ...]:
        """All deliveries, failures that another target took over included. Raises NotFound."""
        with self._store.read() as tx:
            tx.announcements.get(announcement_id)
            return tx.deliveries.of(announcement_id)

    def without_channel(self, announcement_id: int) -> tuple[Region, ...]:
        """Villages that it is meant for and that have no target. Raises NotFound."""
        return tuple(row.village for row in self.board(announcement_id).rows if row.delivery is None)

    def delivery(self, delivery_id: int) -> Delivery:
        """Raises NotFound."""
        with self._store.read() as tx:
            return tx.deliveries.get(delivery_id)

    def events(self, delivery_id: int) -> tuple[DeliveryEvent, ...]:
        """The history of one delivery, oldest first."""
        with self._store.read() as tx:
            return tx.deliveries.events(delivery_id)

    # -- confirmed by hand ------------------------------------------------------------------------

    def confirmation(self, token: str) -> tuple[Announcement, str]:
        """What a signed link is about: the announcement and the site's name. Raises NotFound."""
        announcement_id, target_id, _ = self._confirmations.read(token)
        with self._store.read() as tx:
            target = tx.targets.get(target_id)
            return tx.announcements.get(announcement_id), tx.sites.get(target.site_id).name

    def confirm(self, token: str) -> tuple[Announcement, str]:
        """A KIM says that it has published the announcement. A second time changes nothing.

        Raises:
            NotFound: the link is not one of ours.
        """
        about = self.confirmation(token)
        announcement_id, target_id, version = self._confirmations.read(token)
        now = self._now()
        with self._store.write() as tx:
            if tx.targets.confirm(announcement_id, target_id, version, now):
                for each in tx.deliveries.of(announcement_id):
                    if each.target_id == target_id:
                        tx.deliveries.log(each.id, DeliveryEvent(now, "confirm", "done", version))
                        if each.due_at is None and not each.withdrawing:
                            tx.deliveries.edit([each.id], verify_at=now)
        return about

    # -- inside -----------------------------------------------------------------------------------

    def _without_channel(
        self, tx: Transaction, announcement: Announcement, there: Collection[Delivery]
    ) -> tuple[Region, ...]:
        try:
            villages = self._addressing.villages(tx, announcement.to)
        except ConfigError:
            return ()
        reached = {each.village for each in there}
        reached |= self._addressing.beneath(tx, {each.target_id for each in there})
        return tuple(each for each in villages if each.code not in reached)

    def _region(self, code: str) -> Region:
        try:
            return self._gazetteer.get(code)
        except HubError:
            return Region(code, code, "desa")

    def _kecamatan(self, code: str) -> Region:
        return self._region(".".join(code.split(".")[:3]))


def _moves(delivery: Delivery, now: datetime) -> bool:
    """Whether it will change any moment: the board then keeps an eye on it."""
    waits = delivery.verify_at if delivery.state == "delivered" else None
    when = delivery.due_at or waits
    return when is not None and when <= now + SOON


def _haystack(announcement: Announcement) -> str:
    return f"{announcement.number} {announcement.subject} {announcement.text}".casefold()


def _number_keys(asked: str) -> list[str]:
    """What in ``asked`` may be a number: all of it, or what follows "Nomor" in a forwarded text."""
    lines = [line.strip(" *_\t") for line in asked.splitlines() if line.strip()]
    candidates = lines[:1] if len(lines) == 1 else []
    for line in lines[:200]:
        lower = line.casefold()
        for label in _LABELS:
            at = lower.find(label)
            if at >= 0:
                candidates.append(line[at + len(label) :].lstrip(" :.*_"))
    return [key for key in map(number_key, candidates) if key and len(key) <= 200]
