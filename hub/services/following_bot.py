"""What residents tell their messengers: an invitation opened, the wish to hear nothing any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.errors import HubError, NotFound, RemoteError
from hub.services.following import FollowingService
from hub.services.lease import new_owner
from hub.services.notifying import Notifying
from hub.services.tidings import Tidings
from hub.spec.notify import Heard
from hub.store import Store
from hub.text.words import LANGUAGES, say

log = logging.getLogger(__name__)

#: For so long one process alone listens; a dead one is followed then.
LISTENING = timedelta(minutes=2)


class ListeningService:
    """Listens to messengers, one process at a time. What was heard twice is done once."""

    def __init__(
        self,
        store: Store,
        following: FollowingService,
        tidings: Tidings,
        notifying: Notifying,
        *,
        hub_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._following, self._tidings, self._notifying = store, following, tidings, notifying
        self._hub_url, self._now, self._owner = hub_url, now, new_owner()

    def run(self) -> int:
        """Hear what is new; how many began or ended something."""
        return sum(self._listen_to(name) for name in self._notifying.listeners())

    def _listen_to(self, name: str) -> int:
        lease, now = f"listen.{name}"[:64], self._now()
        with self._store.write() as tx:
            if not tx.changes.take_lease(lease, self._owner, now, now + LISTENING):
                return 0
            cursor = tx.followings.cursor(name)
        try:
            heard = self._notifying.listen(name, cursor)
        except HubError as error:
            if isinstance(error, RemoteError):
                self._notifying.went_wrong(name, "listening", error.retry_after, grave=error.reason == "auth")
            log.warning("%s is not heard: %s", name, error)
            return 0
        self._heed(name, heard)
        if heard.cursor != cursor:
            with self._store.write() as tx:
                tx.followings.set_cursor(name, heard.cursor)
        return len(heard.started) + len(heard.stopped)

    def _heed(self, name: str, heard: Heard) -> None:
        for token, address, language in heard.started:
            self._started(name, token, address, language)
        for address in dict.fromkeys(heard.stopped):
            ended = self._following.stop_address(name, address)
            self._answer(name, address, say("follow.bot.stopped" if ended else "follow.bot.nothing", "id"))
        for address in dict.fromkeys(heard.puzzled):
            self._answer(name, address, say("follow.bot.puzzled", "id", url=self._hub_url))

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
