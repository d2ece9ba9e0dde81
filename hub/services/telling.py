"""The job that tells residents who follow: whom to wake, what is new for each, hand it over, remember it.

What goes to somebody is fixed in the database before the first try and forgotten only when the hand-over is
recorded: a process that is killed in between leads to one more message with the same content under the same
key, never to another and never to none.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from hub.errors import AuthError, HubError, NotFound, RemoteError, SearchError
from hub.model.following import Following, Telling, TellingRun
from hub.services.following import FollowingService
from hub.services.following_pace import BUNDLE, GIVE_UP, next_look, retry_after
from hub.services.following_round import Gathering, Round
from hub.services.lease import new_owner
from hub.services.notifying import Notifying
from hub.services.tidings import Tidings
from hub.services.vault import Vault
from hub.store import Store, Transaction
from hub.store.followings import Fresh
from hub.text.words import LANGUAGES, say

log = logging.getLogger(__name__)

#: While one process works on a following, nobody else does.
BUSY = timedelta(minutes=5)
#: Followings taken at once, and messages handed over at the same time.
PORTION, HANDS = 200, 8
#: Posts in one message, and stories and announcements that are remembered.
SHOWN, REMEMBERED = 30, 300
HOLDING = 10
#: When the index did not answer, or a key of the vault is lost.
LATER = timedelta(minutes=10)
SHORTLY = timedelta(seconds=30)
_DAY = timedelta(days=1)
_LISTENING = timedelta(minutes=2)


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
        hub_url: str,
        zone: ZoneInfo,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._following, self._gathering = store, following, gathering
        self._tidings, self._notifying, self._vault = tidings, notifying, vault
        self._hub_url, self._zone, self._now = hub_url, zone, now
        self._owner = new_owner()
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
                telling = self._compose(each, current, now)
            except SearchError:
                waiting.append((each.id, each.seen, now + LATER))
                continue
            if telling is not None and self._rests(each, now) and not telling.urgent:
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

    def _compose(self, following: Following, current: Round, now: datetime) -> Telling | None:
        if following.state != "active":
            return None
        notices = current.notices(following)
        urgent = [each for each in notices if each.urgent and not each.withdrawn]
        posts: list[Fresh] = current.news(following)
        if following.rhythm == "soon" and urgent and self._rests(following, now):
            notices, posts = urgent, []  # the rest keeps its hour
        if not (notices or posts):
            return None
        holding = current.holding(following, notices) if following.rhythm == "weekly" else []
        only_urgent = bool(urgent) and not posts and len(notices) == len(urgent)
        return Telling(
            key=secrets.token_hex(12),
            message="news",
            posts=tuple(each.id for each in posts[:SHOWN]),
            more=max(0, len(posts) - SHOWN),
            notices=tuple(each.key for each in notices),
            holding=tuple(each.announcement.id for each in holding[:HOLDING]),
            told=(*(each.key for each in posts[:SHOWN]), *(f"n{each.key}" for each in notices)),
            upto=following.seen if only_urgent else max(current.upto, following.seen),
            urgent=bool(urgent) and following.rhythm == "soon",
        )

    def _rests(self, following: Following, now: datetime) -> bool:
        """Whether its hour between two ordinary messages is not over."""
        told_at = following.told_at
        return following.rhythm == "soon" and told_at is not None and told_at + BUNDLE > now

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
            self._notifying.went_wrong(name)
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
                changes |= self._remembered(current, telling, now)
            else:
                # what came meanwhile is looked at
                changes["due_at"] = (
                    now if current.rhythm == "soon" else next_look(current.rhythm, now, self._zone)
                )
            tx.followings.edit(current.id, **changes)

    def _remembered(self, current: Following, telling: Telling, now: datetime) -> dict[str, object]:
        told = list(dict.fromkeys([*telling.told, *current.told]))
        posts = [each for each in told if each.startswith("p")][:REMEMBERED]
        notices = [each for each in told if each.startswith("n")][:REMEMBERED]
        return {
            "told": (*notices, *posts),
            "seen": max(current.seen, telling.upto),
            # an emergency does not hold up the rest
            "told_at": now if not telling.urgent or current.told_at is None else current.told_at,
            "due_at": now if current.rhythm == "soon" else next_look(current.rhythm, now, self._zone),
        }

    # -- what went wrong ----------------------------------------------------------------------------

    def _refused(self, following: Following, error: RemoteError) -> str:
        now = self._now()
        if error.permanent and error.reason == "gone":
            return self._end(following, str(error))
        if error.reason in ("auth", "auth_key"):
            self._notifying.went_wrong(following.notifier, grave=True)
            self._put_off(following, now + LATER, str(error))
            return "failed"
        self._notifying.went_wrong(following.notifier, error.retry_after)
        if error.retry_after is not None:
            self._put_off(following, now + timedelta(seconds=error.retry_after), str(error))
            return "failed"
        if following.failures + 1 >= GIVE_UP and self._others_reached(following, now):
            return self._end(following, f"given up after {GIVE_UP} tries: {error}")
        return self._failed(following, str(error), now + retry_after(following.failures + 1))

    def _others_reached(self, following: Following, now: datetime) -> bool:
        """Whether this notifier works: then it is the address that does not."""
        with self._store.read() as tx:
            return tx.followings.told_since(following.notifier, now - _DAY)

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

    # -- messengers ---------------------------------------------------------------------------------

    def listen(self) -> int:
        """Hear what residents told their messengers; how many began or ended something."""
        return sum(self._listen_to(name) for name in self._notifying.listeners())

    def _listen_to(self, name: str) -> int:
        lease, now = f"listen.{name}"[:64], self._now()
        with self._store.write() as tx:
            if not tx.changes.take_lease(lease, self._owner, now, now + _LISTENING):
                return 0
            cursor = tx.followings.cursor(name)
        try:
            heard = self._notifying.listen(name, cursor)
        except RemoteError as error:
            self._notifying.went_wrong(name, error.retry_after, grave=error.reason == "auth")
            log.warning("%s is not heard: %s", name, error)
            return 0
        except HubError as error:
            log.warning("%s is not heard: %s", name, error)
            return 0
        for token, address, language in heard.started:
            self._started(name, token, address, language)
        for address in dict.fromkeys(heard.stopped):
            ended = self._following.stop_address(name, address)
            self._answer(name, address, say("follow.bot.stopped" if ended else "follow.bot.nothing", "id"))
        for address in dict.fromkeys(heard.puzzled):
            self._answer(name, address, say("follow.bot.puzzled", "id", url=self._hub_url))
        if heard.cursor != cursor:
            with self._store.write() as tx:
                tx.followings.set_cursor(name, heard.cursor)
        return len(heard.started) + len(heard.stopped)

    def _started(self, name: str, token: str, address: str, language: str) -> None:
        spoken = language if language in LANGUAGES else "id"
        try:
            found = self._following.begin(token, address)
        except NotFound:
            found = None
        if found is None:
            self._answer(name, address, say("follow.bot.too_late", spoken, url=self._hub_url))
            return
        what = self._tidings.title(found.wanted, found.language)
        rhythm = say(f"follow.rhythm.{found.rhythm}", found.language)
        self._answer(name, address, say("follow.bot.started", found.language, what=what, rhythm=rhythm))

    def _answer(self, name: str, address: str, text: str) -> None:
        """Good manners, not more: one who cannot be answered is not asked again."""
        try:
            self._notifying.answer(name, address, text)
        except HubError as error:
            log.info("%s: no answer given: %s", name, error)
