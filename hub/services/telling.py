"""The job that tells residents who follow: whom to wake, what is new for each, hand it over, remember it.

What goes to somebody is fixed in the database before the first try and forgotten only when the hand-over is
recorded: a process that is killed in between leads to one more message with the same content under the same
key, never to another and never to none.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from hub.errors import AuthError, HubError, RemoteError, SearchError
from hub.model.following import Following, Telling, TellingRun
from hub.services.following import FollowingService
from hub.services.following_message import compose, remembered, rests
from hub.services.following_pace import BUNDLE, GIVE_UP, next_look, retry_after
from hub.services.following_round import Gathering, Round
from hub.services.notifying import Notifying
from hub.services.tidings import Tidings
from hub.services.vault import Vault
from hub.store import Store, Transaction

log = logging.getLogger(__name__)

#: While one process works on a following, nobody else does.
BUSY = timedelta(minutes=5)
#: Followings taken at once, and messages handed over at the same time.
PORTION, HANDS = 200, 8
#: When the index did not answer, or a key of the vault is lost.
LATER = timedelta(minutes=10)
SHORTLY = timedelta(seconds=30)
#: A notifier by which somebody was told since then works: what fails is the address.
WORKED = timedelta(days=3)


class TellingService:
    """Tells residents what is new."""

    def __init__(
        self,
        store: Store,
        following: FollowingService,
        gathering: Gathering,
        tidings: Tidings,
        notifying: Notifying,
        vault: Vault,
        *,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._following, self._gathering = store, following, gathering
        self._tidings, self._notifying, self._vault = tidings, notifying, vault
        self._zone, self._now = zone, now
        self._stopped = Event()
        # announcements that the sleepers were woken for; after a restart all are woken once more, in vain
        self._announced: set[str] = set()

    def stop(self) -> None:
        """Begin no further message; those under way end."""
        self._stopped.set()

    def run(self) -> TellingRun:
        """Tell everybody who is due.

        Raises:
            StoreError: the database could not even be asked.
        """
        current = self._wake()
        done: Counter[str] = Counter()
        while not self._stopped.is_set():
            now = self._now()
            with self._store.write() as tx:
                lowest = tx.followings.due_since(now) or 0
                taken = tx.followings.claim_due(now, now + BUSY, PORTION, self._notifying.resting())
            if not taken:
                break
            ready = [each for each in taken if each.telling is not None]
            silent = [each for each in taken if each.telling is None]
            if silent:
                after = min(each.seen for each in silent)
                if after < current.after:
                    current = self._gathering.round(min(lowest, after))
                ready += self._look(silent, current)
            done.update(self._hand_over(ready))
        return TellingRun(done["told"], done["failed"], done["ended"])

    # -- whom to wake -------------------------------------------------------------------------------

    def _wake(self) -> Round:
        """Have those who want to hear soon looked at, where something new fits what they follow. What was
        found new, for who is told of it now."""
        with self._store.read() as tx:
            after = tx.followings.woken_upto()
        current = self._gathering.round(after)
        events = [each for each in current.lately if each.key not in self._announced]
        if not (current.fresh or events):
            if current.upto > after:
                with self._store.write() as tx:
                    tx.followings.set_woken(current.upto)
            return current
        with self._store.read() as tx:
            subjects = tx.followings.subjects()
        waking, missed = [], False
        for each in subjects:
            try:
                fits = bool(current.matching(each))
            except SearchError as error:
                log.warning("followings: %s", error)
                fits, missed = False, True
            if fits or any(event.concerns(each.wanted) for event in events):
                waking.append(each.subject)
        urgent = [event for event in events if event.urgent]
        at_once = [each.subject for each in subjects if any(event.concerns(each.wanted) for event in urgent)]
        now = self._now()
        with self._store.write() as tx:
            tx.followings.wake(waking, now)
            tx.followings.wake(at_once, now, urgent=True)
            if not missed:
                tx.followings.set_woken(max(current.upto, after))
        self._announced |= {each.key for each in events}
        return current

    # -- what is new for each -----------------------------------------------------------------------

    def _look(self, taken: Sequence[Following], current: Round) -> list[Following]:
        """Those of ``taken`` that there is something for, with it fixed; the others wait."""
        now = self._now()
        found: dict[int, Telling] = {}
        waiting: list[tuple[int, int, datetime | None]] = []
        for each in taken:
            try:
                telling = compose(each, current, now)
            except SearchError:
                waiting.append((each.id, each.seen, now + LATER))
                continue
            if telling is not None and rests(each, now) and not telling.urgent:
                assert each.told_at is not None
                waiting.append((each.id, each.seen, each.told_at + BUNDLE))
            elif telling is not None:
                found[each.id] = telling
            else:
                upto = max(current.upto, each.seen)
                waiting.append((each.id, upto, next_look(each.rhythm, now, self._zone)))
        with self._store.write() as tx:
            if tx.followings.woken_upto() > current.upto:
                # another process woke for posts that are newer than this round: nobody may sleep over them
                waiting = [(id, upto, due or now + SHORTLY) for id, upto, due in waiting]
            tx.followings.looked(waiting)
            ours = tx.followings.fix(found, now + BUSY)
            return [fixed for id in sorted(ours) if (fixed := tx.followings.get(id)) is not None]

    # -- handing over -------------------------------------------------------------------------------

    def _hand_over(self, ready: Sequence[Following]) -> Counter[str]:
        if not ready:
            return Counter()
        if len(ready) == 1:
            return Counter([self._tell(ready[0])])
        with ThreadPoolExecutor(HANDS, thread_name_prefix="tell") as hands:
            return Counter(hands.map(self._tell, ready))

    def _tell(self, following: Following) -> str:
        """One message: ``told``, ``failed``, ``ended`` or ``later``."""
        telling = following.telling
        assert telling is not None
        name = following.notifier
        if self._stopped.is_set() or self._notifying.rests(name):
            self._put_off(following, self._now() + SHORTLY)
            return "later"
        try:
            address = self._vault.decrypt(following.address)
        except AuthError as error:
            return self._failed(following, str(error), self._now() + LATER)
        try:
            news = self._tidings.news(following, telling)
            if telling.message != "news" or news.items:
                self._notifying.send(name, news, address)
        except RemoteError as error:
            return self._refused(following, error)
        except HubError as error:
            self._notifying.went_wrong(name, following.id)
            return self._failed(following, str(error), self._now() + retry_after(following.failures + 1))
        self._notifying.went_well(name)
        self._record(following, telling)
        return "told"

    def _record(self, following: Following, telling: Telling) -> None:
        """It is there. Of what was changed by the resident in this moment nothing is overwritten."""
        now = self._now()
        with self._store.write() as tx:
            current = tx.followings.get(following.id, lock=True)
            if current is None or current.telling is None or current.telling.key != telling.key:
                return
            changes: dict[str, object] = {"telling": None, "failures": 0, "problem": ""}
            if telling.message == "welcome" and current.state == "waiting":
                changes |= self._following.beginning(tx, current)
            elif current.state == "waiting":
                changes["due_at"] = None
            elif telling.message == "news":
                changes |= remembered(current, telling, now, self._zone)
            else:
                # what came meanwhile is looked at
                changes["due_at"] = (
                    now if current.rhythm == "soon" else next_look(current.rhythm, now, self._zone)
                )
            tx.followings.edit(current.id, **changes)

    # -- what went wrong ----------------------------------------------------------------------------

    def _refused(self, following: Following, error: RemoteError) -> str:
        now = self._now()
        if error.permanent and error.reason == "gone":
            return self._end(following, str(error))
        if error.reason in ("auth", "auth_key"):
            self._notifying.went_wrong(following.notifier, following.id, grave=True)
            self._put_off(following, now + LATER, str(error))
            return "failed"
        self._notifying.went_wrong(following.notifier, following.id, error.retry_after)
        if error.retry_after is not None:
            self._put_off(following, now + timedelta(seconds=error.retry_after), str(error))
            return "failed"
        if following.failures + 1 >= GIVE_UP and self._others_reached(following, now):
            return self._end(following, f"given up after {GIVE_UP} tries: {error}")
        return self._failed(following, str(error), now + retry_after(following.failures + 1))

    def _others_reached(self, following: Following, now: datetime) -> bool:
        """Whether this notifier works: then it is the address that does not."""
        with self._store.read() as tx:
            return tx.followings.told_since(following.notifier, now - WORKED)

    def _failed(self, following: Following, problem: str, due_at: datetime) -> str:
        with self._store.write() as tx:
            if self._is_current(tx, following):
                tx.followings.edit(
                    following.id, failures=following.failures + 1, problem=problem[:500], due_at=due_at
                )
        log.info("following %d: %s", following.id, problem)
        return "failed"

    def _put_off(self, following: Following, due_at: datetime, problem: str | None = None) -> None:
        with self._store.write() as tx:
            if self._is_current(tx, following):
                changes = {} if problem is None else {"problem": problem[:500]}
                tx.followings.edit(following.id, due_at=due_at, **changes)

    def _is_current(self, tx: Transaction, following: Following) -> bool:
        current = tx.followings.get(following.id, lock=True)
        return current is not None and current.telling == following.telling and current.telling is not None

    def _end(self, following: Following, problem: str) -> str:
        with self._store.write() as tx:
            tx.followings.end(following.id, self._now(), problem[:500])
        log.info("following %d ended: %s", following.id, problem)
        return "ended"
