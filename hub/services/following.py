"""Residents who follow, seen from the portal: asking, saying yes, changing one's mind.

Nothing here touches the network. An address is asked by the job (:mod:`hub.services.telling`), and until it
says yes nothing goes there but that one question.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import AuthError, ConfigError, Fault, NotFound
from hub.model.following import FOLLOWED, RHYTHMS, Asked, Following, Offer, Telling, Wish
from hub.services.following_links import MANAGE, START, STOP, YES, FollowingLinks, path_of, subject_of
from hub.services.following_pace import next_look
from hub.services.notice_events import NoticeEvents
from hub.services.notifying import Notifying
from hub.services.vault import Vault
from hub.store import Store, Transaction
from hub.text.faults import fault

#: How often one address is asked in a day, and how long an unanswered question is kept.
ASKS_A_DAY = 3
UNANSWERED, ENDED = timedelta(days=3), timedelta(days=30)
_DAY = timedelta(days=1)
#: Followings of one address that are not ended.
MOST = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """A following as its page shows it. ``token`` is that of the page, ``stop`` ends it."""

    following: Following
    token: str
    stop: str
    label: str


class FollowingService:
    """Wishes of residents. Complaints are in the language of whoever asks."""

    def __init__(
        self,
        store: Store,
        notifying: Notifying,
        vault: Vault,
        links: FollowingLinks,
        events: NoticeEvents,
        *,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._notifying, self._vault, self.links = store, notifying, vault, links
        self._events, self._zone, self._now = events, zone, now

    def offers(self) -> tuple[Offer, ...]:
        """The ways to be told that work on this hub."""
        return self._notifying.offers()

    # -- asking -------------------------------------------------------------------------------------

    def ask(self, wish: Wish, notifier: str, rhythm: str, language: str, address: str = "") -> Asked:
        """Somebody wants ``wish`` told. The answer is the same whether an address that was typed is known or
        not, and however often it was asked.

        Raises:
            ConfigError: keys ``notifier``, ``rhythm``, ``address``, ``wish``.
        """
        offer = self._offer(wish, notifier, rhythm, language)
        if offer.way == "invitation":
            return self._invite(wish, notifier, rhythm, language)
        try:
            address = self._notifying.clean(notifier, address)
        except ValueError:
            raise ConfigError([fault("address", "follow.address.wrong", language)]) from None
        sealed = self._vault.encrypt(address)
        with self._store.write() as tx:
            found = self._take(tx, wish, notifier, rhythm, language, address, sealed, offer.way)
        return Asked(offer.way, token=self.links.token(MANAGE, found) if found else "")

    def _offer(self, wish: Wish, notifier: str, rhythm: str, language: str) -> Offer:
        offer = next((each for each in self.offers() if each.notifier == notifier), None)
        if offer is None:
            raise ConfigError([fault("notifier", "follow.notifier.none", language)])
        if rhythm not in RHYTHMS:
            raise ConfigError([fault("rhythm", "follow.rhythm.none", language)])
        if wish.what not in FOLLOWED:
            raise ConfigError([Fault("wish", "is nothing that can be followed", "begin at a page again")])
        return offer

    def _take(
        self,
        tx: Transaction,
        wish: Wish,
        notifier: str,
        rhythm: str,
        language: str,
        address: str,
        sealed: str,
        way: str,
    ) -> int:
        """Note the wish; its number where the asker is the address itself (a browser), else 0."""
        now = self._now()
        key, wanted = self.links.address_key(notifier, address), self.links.wish_key(notifier, address, wish)
        known = tx.followings.of_wish(wanted)
        if way == "browser":
            if known:
                tx.followings.edit(known.id, rhythm=rhythm, language=language, address=sealed)
                return known.id
            values = self._new(wish, notifier, rhythm, language, "welcome")
            if len(tx.followings.of_address(notifier, key)) >= MOST:
                raise ConfigError([fault("address", "follow.too_many", language)])
            return tx.followings.add(**values, address=sealed, address_key=key, wish=wanted).id
        if tx.followings.asks_since(key, now - _DAY) >= ASKS_A_DAY:
            return 0
        if known is None:
            values = self._new(wish, notifier, rhythm, language, "ask")
            asked = {"asks": 1, "asked_at": now}
            tx.followings.add(**values, **asked, address=sealed, address_key=key, wish=wanted)
        elif known.telling is None:
            self._again(tx, known, rhythm, language)
        return 0

    def _new(self, wish: Wish, notifier: str, rhythm: str, language: str, message: str) -> dict[str, object]:
        now = self._now()
        return {
            "notifier": notifier,
            "what": wish.what,
            "search": wish.search,
            "subject": subject_of(wish),
            "rhythm": rhythm,
            "language": language,
            "state": "waiting",
            "created_at": now,
            "telling": Telling(_key(), message) if message else None,
            "due_at": now if message else None,
        }

    def _again(self, tx: Transaction, known: Following, rhythm: str, language: str) -> None:
        """The same wish of the same address once more: asked again, or told that it is known. What was agreed
        on changes only by the links in the mail."""
        now = self._now()
        changes: dict[str, object] = {"telling": Telling(_key(), "known"), "due_at": now}
        if known.state == "waiting":
            changes |= {"telling": Telling(_key(), "ask"), "rhythm": rhythm, "language": language}
            changes |= {"created_at": now}
        today = known.asked_at is not None and known.asked_at > now - _DAY
        tx.followings.edit(known.id, asks=known.asks + 1 if today else 1, asked_at=now, **changes)

    def _invite(self, wish: Wish, notifier: str, rhythm: str, language: str) -> Asked:
        values = self._new(wish, notifier, rhythm, language, "")
        with self._store.write() as tx:
            added = tx.followings.add(**values, address_key="")
        token = self.links.token(START, added.id)
        return Asked("invitation", self._notifying.invitation(notifier, token), token)

    def invited(self, token: str) -> tuple[Following, str]:
        """What an invitation is about, and the messenger's address to open. Raises NotFound."""
        found = self._get(START, token)
        if found.state != "waiting":
            raise NotFound("following", "link")
        return found, self._notifying.invitation(found.notifier, token)

    # -- saying yes ---------------------------------------------------------------------------------

    def waiting(self, token: str) -> Following:
        """What a link to say yes is about. Raises NotFound: it is none of ours, or was forgotten."""
        return self._get(YES, token)

    def confirm(self, token: str) -> Seen:
        """The address says yes; a second time changes nothing. Raises NotFound."""
        following_id = self.links.read(YES, token)
        with self._store.write() as tx:
            found = tx.followings.get(following_id, lock=True)
            if found is None or found.state == "ended":
                raise NotFound("following", "link")
            if found.state == "waiting":
                tx.followings.edit(found.id, **self.beginning(tx, found))
        return self.seen(self.links.token(MANAGE, following_id))

    def begin(self, token: str, address: str) -> Following | None:
        """Somebody opened a messenger with this invitation; None where it is good for nothing any more. The
        same wish of the same address goes on as it is."""
        following_id = self.links.read(START, token)
        sealed = self._vault.encrypt(address)
        with self._store.write() as tx:
            found = tx.followings.get(following_id, lock=True)
            if found is None or found.state == "ended":
                return None
            key = self.links.address_key(found.notifier, address)
            if found.state == "active":
                return found if found.address_key == key else None
            wanted = self.links.wish_key(found.notifier, address, found.wanted)
            known = tx.followings.of_wish(wanted)
            if known is not None:
                tx.followings.end(found.id, self._now())
                return known
            if len(tx.followings.of_address(found.notifier, key)) >= MOST:
                return None
            values = {"address": sealed, "address_key": key, "wish": wanted}
            tx.followings.edit(found.id, **values, **self.beginning(tx, found))
            return tx.followings.get(found.id)

    def beginning(self, tx: Transaction, following: Following) -> dict[str, object]:
        """The changes by which a wish becomes a following: what is there already is not news."""
        now = self._now()
        return {
            "state": "active",
            "confirmed_at": now,
            "seen": tx.followings.newest_post(),
            "told": self._events.standing(tx, now),
            "telling": None,
            "failures": 0,
            "problem": "",
            "due_at": next_look(following.rhythm, now, self._zone),
        }

    # -- changing one's mind ------------------------------------------------------------------------

    def seen(self, token: str) -> Seen:
        """The following of a page's link. Raises NotFound."""
        found = self._get(MANAGE, token)
        return Seen(found, token, self.links.token(STOP, found.id), found.notifier)

    def stopping(self, token: str) -> Following:
        """What a link to end it is about. Raises NotFound."""
        return self._get(STOP, token)

    def change(self, token: str, rhythm: str, language: str) -> None:
        """Raises NotFound; ConfigError for a rhythm that is none."""
        found = self._get(MANAGE, token)
        if rhythm not in RHYTHMS:
            raise ConfigError([fault("rhythm", "follow.rhythm.none", language)])
        now = self._now()
        with self._store.write() as tx:
            current = tx.followings.get(found.id, lock=True)
            if current is None or current.state == "ended" or current.rhythm == rhythm:
                return
            changes: dict[str, object] = {"rhythm": rhythm}
            if current.state == "active" and current.telling is None:
                # one that waited for its morning may have something to tell at once
                changes["due_at"] = now if rhythm == "soon" else next_look(rhythm, now, self._zone)
            tx.followings.edit(found.id, **changes)

    def stop(self, token: str) -> Following:
        """End it; a second time changes nothing. Raises NotFound."""
        found = self._get(STOP, token)
        if found.state != "ended":
            with self._store.write() as tx:
                tx.followings.end(found.id, self._now())
        return found

    def stop_address(self, notifier: str, address: str) -> int:
        """End all that goes to an address; how many there were."""
        key = self.links.address_key(notifier, address)
        with self._store.write() as tx:
            living = tx.followings.of_address(notifier, key)
            for each in living:
                tx.followings.end(each.id, self._now())
        return len(living)

    def page(self, following: Following) -> str:
        """The path of the page that shows what is followed."""
        return path_of(following.wanted)

    def _get(self, purpose: str, token: str) -> Following:
        following_id = self.links.read(purpose, token)
        with self._store.read() as tx:
            found = tx.followings.get(following_id)
        if found is None:
            raise NotFound("following", "link")
        return found

    # -- for the operator ---------------------------------------------------------------------------

    def all(
        self, states: tuple[str, ...], limit: int = 100, before: int | None = None
    ) -> tuple[Following, ...]:
        """Newest first."""
        with self._store.read() as tx:
            return tx.followings.all(states, limit, before)

    def get(self, following_id: int) -> Following:
        """Raises NotFound."""
        with self._store.read() as tx:
            found = tx.followings.get(following_id)
        if found is None:
            raise NotFound("following", following_id)
        return found

    def remove(self, following_id: int) -> None:
        """End it in the resident's place. Raises NotFound."""
        self.get(following_id)
        with self._store.write() as tx:
            tx.followings.end(following_id, self._now())

    def masked(self, following: Following) -> str:
        """Its address, fit to be seen: enough to recognise one that was told to you."""
        if not following.address:
            return ""
        try:
            address = self._vault.decrypt(following.address)
        except AuthError:
            return "?"  # its key is lost
        local, at, domain = address.rpartition("@")
        if at:
            return f"{local[:1]}***@{domain}"
        return f"***{address[-3:]}" if len(address) < 30 else "***"

    def counts(self) -> dict[tuple[str, str], int]:
        """(notifier, state) -> number."""
        with self._store.read() as tx:
            return tx.followings.counts()

    def forget(self) -> int:
        """Remove questions that nobody answered, and what ended long ago."""
        now = self._now()
        with self._store.write() as tx:
            return tx.followings.forget(now - UNANSWERED, now - ENDED)


def _key() -> str:
    """Names one message for ever."""
    return secrets.token_hex(12)
