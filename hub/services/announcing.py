"""From manuscript to outbox: announcements are written, approved, published, corrected and withdrawn here.

Everything that a decision means is stored in one transaction: the announcement in its new state, a delivery
for each site that it reaches, the audit row. Nothing here touches the network; ``delivering`` does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hub.errors import ConfigError, Conflict, Fault, Forbidden
from hub.model import (
    HUB,
    INFORMATION_CLASSES,
    NATURES,
    Actor,
    Announcement,
    Attachment,
    Manuscript,
    Plan,
    Preview,
    Received,
)
from hub.services import attachments
from hub.services.addressing import Addressing
from hub.services.audit import Audit
from hub.services.outbox import Outbox
from hub.services.previewing import Previewing
from hub.services.rights import demand
from hub.store import Store, Transaction
from hub.store.announcements import saved
from hub.text.faults import fault
from hub.text.identity import canonical
from hub.text.markdown import render
from hub.text.marks import new_mark, number_key
from hub.text.normalise import fold
from hub.text.notices import House

#: Longest fields, in characters.
LIMITS: Final = {"number": 100, "subject": 200, "agency": 150, "contact": 300, "text": 50_000}


class Announcing:
    """What editors do with announcements.

    Args:
        region: the hub's Kemendagri code, for marks.
        approval: ``never``, ``urgent`` or ``always``: when a second person must approve.
        now: the hub's clock, aware UTC.
    """

    def __init__(
        self,
        store: Store,
        addressing: Addressing,
        outbox: Outbox,
        previewing: Previewing,
        audit: Audit,
        house: House,
        *,
        region: str,
        approval: str,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._addressing, self._outbox = store, addressing, outbox
        self._previewing, self._audit, self._house = previewing, audit, house
        self._region, self._approval, self._now = region, approval, now

    # -- writing ----------------------------------------------------------------------------------

    def save(
        self,
        manuscript: Manuscript,
        by: Actor,
        announcement_id: int | None = None,
        rehearsal: bool = False,
    ) -> Announcement:
        """A new draft, or a draft that has not been published yet in its new reading. One that waited for
        approval or its time is a draft again.

        Raises:
            ConfigError: with every fault of the manuscript, keys being its fields.
            Conflict: it was published meanwhile.
            Forbidden, NotFound
        """
        demand(by, "write")
        with self._store.write() as tx:
            return self._save(tx, manuscript, by, announcement_id, rehearsal)

    def keep_file(self, name: str, content: bytes, alt: str = "") -> Attachment:
        """Check an uploaded file and keep it; it belongs to an announcement once that is saved with it.

        Raises:
            ConfigError: neither picture nor PDF, damaged, or too large.
        """
        attachment, file = attachments.examine(name, content, alt, lang=self._house.language)
        with self._store.write() as tx:
            tx.files.put(file, self._now())
        return attachment

    def discard(self, announcement_id: int, by: Actor) -> None:
        """Throw away what was never published. Raises Conflict, Forbidden, NotFound."""
        demand(by, "write")
        with self._store.write() as tx:
            old = self._unpublished(tx, announcement_id)
            tx.announcements.remove(announcement_id)
            self._note(tx, by, "announcement.discard", old)

    def plan(self, to: Sequence[str]) -> Plan:
        """Whom these target expressions reach. Raises ConfigError."""
        with self._store.read() as tx:
            return self._addressing.plan(tx, to)

    def previews(self, manuscript: Manuscript) -> tuple[Preview, ...]:
        """What each kind of target that it reaches will get.

        Raises:
            ConfigError: with every fault of the manuscript.
        """
        manuscript = self._checked(manuscript)
        plan = self.plan(manuscript.to)
        sample = self._sample(manuscript)
        return self._previewing.previews(sample, plan)

    # -- sending ----------------------------------------------------------------------------------

    def announce(
        self,
        manuscript: Manuscript,
        by: Actor,
        at: datetime | None = None,
        draft: bool = False,
        rehearsal: bool = False,
        idempotency_key: str | None = None,
        received: Received | None = None,
    ) -> Announcement:
        """Save and submit in one go.

        Args:
            at: publish then; None means now.
            idempotency_key: a repeated call with it by the same actor gives back the first one's result.
            received: it comes from a hub above; what came before, by whatever way, is given back.

        Raises:
            Conflict: the key was used for something else, or it began here or came through here.
            ConfigError, Forbidden
        """
        demand(by, "write")
        if not draft:
            demand(by, "submit")
        request = _digest([saved(manuscript), at.isoformat() if at else None, draft, rehearsal])
        with self._store.write() as tx:
            if idempotency_key and (known := tx.announcements.answered(by.name, idempotency_key)):
                if known[1] != request:
                    raise Conflict("this Idempotency-Key was used for another announcement")
                return tx.announcements.get(known[0])
            if received and (there := self._received(tx, received)):
                return there
            made = self._save(tx, manuscript, by, None, rehearsal, received)
            if idempotency_key:
                tx.announcements.answer(by.name, idempotency_key, request, made.id, self._now())
            return made if draft else self._submit(tx, made, by, at)

    def submit(self, announcement_id: int, by: Actor, at: datetime | None = None) -> Announcement:
        """Publish a draft, now or at a time; where the rules want a second person it waits for one.

        Raises:
            Conflict: it was published already.
            Forbidden, NotFound
        """
        demand(by, "submit")
        with self._store.write() as tx:
            return self._submit(tx, self._unpublished(tx, announcement_id), by, at)

    def needs_approval(self, announcement: Announcement) -> bool:
        """Whether the rules want a second person for it."""
        if announcement.rehearsal:
            return False
        return self._approval == "always" or (self._approval == "urgent" and announcement.urgent)

    def approve(self, announcement_id: int, by: Actor) -> Announcement:
        """The second person agrees: it is published (or scheduled), or its correction is.

        Raises:
            Forbidden: the one who wrote or submitted it may not be the second person.
            Conflict: nothing waits for approval.
        """
        demand(by, "approve")
        with self._store.write() as tx:
            old = tx.announcements.get(announcement_id, lock=True)
            if old.state == "published" and old.proposed is not None:
                if by.name == old.proposed_by:
                    raise Forbidden("approve what they proposed", by.role)
                return self._correct(tx, old, old.proposed, by, approved_by=by.name)
            if old.state != "pending":
                raise Conflict(f"announcement {announcement_id} does not wait for approval")
            if by.name in (old.submitted_by, old.created_by):
                raise Forbidden("approve what they wrote", by.role)
            tx.announcements.edit(old.id, self._now(), approved_by=by.name)
            self._note(tx, by, "announcement.approve", old)
            return self._release(tx, old, by, old.scheduled_at)

    def reject(self, announcement_id: int, by: Actor, why: str) -> Announcement:
        """The second person disagrees: a draft again, or the correction dropped.

        Raises:
            Conflict: nothing waits for approval.
        """
        demand(by, "approve")
        with self._store.write() as tx:
            old = tx.announcements.get(announcement_id, lock=True)
            said = {"rejected_why": fold(why)[:500]}
            if old.proposed is not None and old.state == "published":
                changed = tx.announcements.edit(old.id, self._now(), proposed=None, proposed_by="", **said)
            elif old.state == "pending":
                changed = tx.announcements.edit(old.id, self._now(), state="draft", scheduled_at=None, **said)
            else:
                raise Conflict(f"announcement {announcement_id} does not wait for approval")
            self._note(tx, by, "announcement.reject", old, {"why": why[:500]})
            return changed

    # -- afterwards -------------------------------------------------------------------------------

    def correct(self, announcement_id: int, manuscript: Manuscript, by: Actor) -> Announcement:
        """A new reading for everybody: copies are changed, sites that are reached only now get one, sites
        no longer meant lose theirs. Where the rules want a second person it waits for one.

        Raises:
            Conflict: it is not published (any more).
            ConfigError, Forbidden, NotFound
        """
        demand(by, "submit")
        manuscript = self._checked(manuscript)
        with self._store.write() as tx:
            old = tx.announcements.get(announcement_id, lock=True)
            if old.state != "published":
                raise Conflict(
                    f"announcement {announcement_id} is {old.state}, only published ones are corrected"
                )
            self._require_files(tx, manuscript)
            wanted = self._sample(manuscript)
            if self.needs_approval(old) or (not old.rehearsal and self.needs_approval(wanted)):
                self._note(tx, by, "announcement.propose", old)
                return tx.announcements.edit(old.id, self._now(), proposed=manuscript, proposed_by=by.name)
            return self._correct(tx, old, manuscript, by)

    def withdraw(self, announcement_id: int, by: Actor, why: str = "") -> Announcement:
        """It holds no more: every copy is taken away. Doing it again changes nothing.

        Raises:
            Conflict: it was never published.
            Forbidden, NotFound
        """
        demand(by, "withdraw")
        now = self._now()
        with self._store.write() as tx:
            old = tx.announcements.get(announcement_id, lock=True)
            if old.state == "withdrawn":
                return old
            if old.unpublished:
                raise Conflict(f"announcement {announcement_id} was never published; discard it")
            changed = tx.announcements.edit(
                old.id, now, state="withdrawn", withdrawn_at=now, withdrawn_why=fold(why)[:500]
            )
            self._outbox.take_back(tx, changed, now)
            self._note(tx, by, "announcement.withdraw", old, {"state": "withdrawn", "why": why[:500]})
            tx.changes.advance()
            return changed

    def resend(
        self,
        announcement_id: int,
        by: Actor,
        delivery_ids: Sequence[int] | None = None,
        overwrite: bool = False,
    ) -> int:
        """Try again what failed or is still live; how many.

        Args:
            delivery_ids: these alone.
            overwrite: replace copies that a village changed, and make those again that it removed.

        Raises:
            Forbidden, NotFound
        """
        demand(by, "resend")
        with self._store.write() as tx:
            old = tx.announcements.get(announcement_id, lock=True)
            number = self._outbox.again(tx, old, delivery_ids, overwrite, self._now())
            self._note(tx, by, "announcement.resend", old, {"deliveries": number, "overwrite": overwrite})
            return number

    def tick(self) -> int:
        """Publish what is scheduled for now and end what is valid no more; how many."""
        now = self._now()
        with self._store.read() as tx:
            due, overdue = tx.announcements.due(now), tx.announcements.overdue(now)
        for each in due:
            with self._store.write() as tx:
                old = tx.announcements.get(each, lock=True)
                if old.state == "scheduled":
                    self._release(tx, old, HUB, None)
        for each in overdue:
            with self._store.write() as tx:
                old = tx.announcements.get(each, lock=True)
                if old.state == "published":
                    changed = tx.announcements.edit(each, now, state="expired")
                    self._outbox.take_back(tx, changed, now)
                    self._note(tx, HUB, "announcement.expire", old, {"state": "expired"})
                    tx.changes.advance()
        return len(due) + len(overdue)

    # -- inside -----------------------------------------------------------------------------------

    def _save(
        self,
        tx: Transaction,
        manuscript: Manuscript,
        by: Actor,
        announcement_id: int | None,
        rehearsal: bool,
        received: Received | None = None,
    ) -> Announcement:
        manuscript = self._checked(manuscript)
        self._require_files(tx, manuscript)
        values = self._content(manuscript) | {"rehearsal": rehearsal}
        now = self._now()
        if announcement_id is None:
            if received:
                values |= {"origin": received.origin, "via": received.via}
            made = tx.announcements.add(
                now, mark=new_mark(self._region), state="draft", created_by=by.name, **values
            )
            self._note(tx, by, "announcement.write", made)
            return made
        old = self._unpublished(tx, announcement_id)
        self._note(tx, by, "announcement.write", old)
        return tx.announcements.edit(
            announcement_id,
            now,
            state="draft",
            scheduled_at=None,
            submitted_by="",
            created_by=by.name,
            **values,
        )

    def _received(self, tx: Transaction, received: Received) -> Announcement | None:
        """What a hub above sent before, None where it is new here.

        Raises:
            Conflict: it began here or came through here.
        """
        home = canonical(self._house.base_url)
        if tx.announcements.by_mark(received.origin) or home in map(canonical, received.via):
            raise Conflict("it began at this hub or came through it already")
        known = tx.announcements.by_origin(received.origin)
        if known and received.again and known.state in ("withdrawn", "expired"):
            tx.announcements.edit(known.id, self._now(), origin=None)
            return None
        return known

    def _submit(self, tx: Transaction, old: Announcement, by: Actor, at: datetime | None) -> Announcement:
        now = self._now()
        if old.valid_until is not None and old.valid_until <= (at or now):
            raise ConfigError([self._fault("valid_until", "over_before")])
        if self.needs_approval(old):
            self._note(tx, by, "announcement.submit", old, {"state": "pending"})
            return tx.announcements.edit(
                old.id,
                now,
                state="pending",
                scheduled_at=at,
                submitted_by=by.name,
                approved_by="",
                rejected_why="",
            )
        tx.announcements.edit(old.id, now, submitted_by=by.name)
        return self._release(tx, old, by, at)

    def _release(self, tx: Transaction, old: Announcement, by: Actor, at: datetime | None) -> Announcement:
        """Out it goes, or onto the calendar."""
        now = self._now()
        if at is not None and at > now:
            self._note(tx, by, "announcement.schedule", old, {"state": "scheduled", "at": at.isoformat()})
            return tx.announcements.edit(old.id, now, state="scheduled", scheduled_at=at)
        made = tx.announcements.edit(old.id, now, state="published", published_at=now, scheduled_at=None)
        tx.announcements.keep_version(made, now, made.submitted_by or by.name)
        number = self._outbox.send_out(tx, made, now)
        self._note(tx, by, "announcement.publish", old, {"state": "published", "deliveries": number})
        tx.changes.advance()
        return made

    def _correct(
        self, tx: Transaction, old: Announcement, manuscript: Manuscript, by: Actor, approved_by: str = ""
    ) -> Announcement:
        now = self._now()
        made = tx.announcements.edit(
            old.id,
            now,
            version=old.version + 1,
            corrected_at=now,
            proposed=None,
            proposed_by="",
            approved_by=approved_by or old.approved_by,
            **self._content(manuscript),
        )
        tx.announcements.keep_version(made, now, old.proposed_by or by.name)
        self._outbox.send_correction(tx, made, now)
        self._note(tx, by, "announcement.correct", old, {"version": made.version, "subject": made.subject})
        tx.changes.advance()
        return made

    def _unpublished(self, tx: Transaction, announcement_id: int) -> Announcement:
        found = tx.announcements.get(announcement_id, lock=True)
        if not found.unpublished:
            raise Conflict(f"announcement {announcement_id} is {found.state} already; correct or withdraw it")
        return found

    def _checked(self, manuscript: Manuscript) -> Manuscript:
        """The manuscript with its lines tidied.

        Raises:
            ConfigError: with all its faults.
        """
        tidy = _tidied(manuscript)
        faults = [*self._faults(tidy), *self._addressing.faults(tidy.to)]
        if faults:
            raise ConfigError(faults)
        return tidy

    def _faults(self, manuscript: Manuscript) -> list[Fault]:
        empty = [name for name in ("number", "subject") if not getattr(manuscript, name)]
        faults = [self._fault(name, "empty") for name in empty]
        faults += [
            self._fault(name, "too_long", most=most)
            for name, most in LIMITS.items()
            if len(getattr(manuscript, name)) > most
        ]
        if manuscript.number and not number_key(manuscript.number):
            faults.append(self._fault("number", "no_number"))
        for name, choices in (("nature", NATURES), ("information_class", INFORMATION_CLASSES)):
            value = getattr(manuscript, name)
            if value not in choices:
                faults.append(self._fault(name, "not_one_of", value=value, choices=", ".join(choices)))
        begin, end = manuscript.valid_from, manuscript.valid_until
        if begin and end and end <= begin:
            faults.append(self._fault("valid_until", "ends_first"))
        if len(manuscript.attachments) > attachments.MAX_FILES:
            faults.append(self._fault("attachments", "too_many", most=attachments.MAX_FILES))
        return faults

    def _fault(self, key: str, what: str, **values: object) -> Fault:
        return fault(key, f"manuscript.{what}", self._house.language, **values)

    def _require_files(self, tx: Transaction, manuscript: Manuscript) -> None:
        if gone := tx.files.missing({each.sha256 for each in manuscript.attachments}):
            raise ConfigError([self._fault("attachments", "files_gone", number=len(gone))])

    def _content(self, manuscript: Manuscript) -> dict[str, Any]:
        """The columns that a manuscript fills."""
        return {
            "number": manuscript.number,
            "number_key": number_key(manuscript.number),
            "date": manuscript.date or self._now().astimezone(self._house.zone).date(),
            "nature": manuscript.nature,
            "subject": manuscript.subject,
            "agency": manuscript.agency,
            "text": manuscript.text,
            "body": render(manuscript.text, base=self._house.base_url),
            "to": manuscript.to,
            "contact": manuscript.contact,
            "valid_from": manuscript.valid_from,
            "valid_until": manuscript.valid_until,
            "information_class": manuscript.information_class,
            "attachments": manuscript.attachments,
        }

    def _sample(self, manuscript: Manuscript) -> Announcement:
        """The manuscript as if it were published, for looking at."""
        content = {name: value for name, value in self._content(manuscript).items() if name != "number_key"}
        mark = f"kimhub-{self._region.replace('.', '')}-{'0' * 26}"
        return Announcement(id=0, mark=mark, state="draft", version=1, published_at=self._now(), **content)

    def _note(
        self,
        tx: Transaction,
        by: Actor,
        action: str,
        before: Announcement,
        after: dict[str, Any] | None = None,
    ) -> None:
        known = {"number": before.number, "state": before.state, "version": before.version}
        self._audit.record(tx, by, action, f"announcement:{before.id}", known, after)


def _digest(request: object) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def _tidied(manuscript: Manuscript) -> Manuscript:
    return replace(
        manuscript,
        number=fold(manuscript.number),
        subject=fold(manuscript.subject),
        agency=fold(manuscript.agency),
        contact=fold(manuscript.contact),
        to=tuple(each.strip() for each in manuscript.to),
    )
