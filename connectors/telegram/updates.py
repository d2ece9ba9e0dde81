"""The ``telegram-bot`` connector: a channel, private ones too, as a bot that is its administrator hears it.

Telegram keeps what is new for 24 hours, and forgets it once a later number is asked for: so no number is
asked for before what came with the earlier ones is stored. There is no past, and no word of removals.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.telegram.bot import Bot
from connectors.telegram.post import is_passed_on, to_message
from connectors.telegram.preview import HOSTS, name_of
from hub.spec import (
    SOCIAL_OPTIONS,
    Batch,
    Blocked,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Oddity,
    Option,
    Probe,
    Proposal,
    PublishError,
    RemoteError,
    Source,
    entry_of,
    option,
    title_of,
)

API: Final = "https://api.telegram.org"
#: Most that is given at once.
PAGE: Final = 100
VERSION: Final = 1
#: After a week without news Telegram counts from another number, and the old one would forget what is new.
_FORGET_SECONDS: Final = 6 * 86_400
_HEARD: Final = ["channel_post", "edited_channel_post"]
_PRIVATE: Final = re.compile(r"/c/(\d{5,20})(?:/.*)?", re.ASCII)

OPTIONS = (
    Option(
        "token",
        secret=True,
        required=True,
        help={
            "id": "Token bot dari @BotFather; bot itu harus menjadi admin kanal, satu bot untuk satu kanal.",
            "en": "The bot's token from @BotFather; the bot must be an administrator; one for each channel.",
        },
    ),
    *(each for each in SOCIAL_OPTIONS if each.name == "reposts"),
)


@dataclass(frozen=True, slots=True)
class State:
    """The cursor, typed. ``offset`` is the number after the last update that was stored, 0 for none; ``bot``
    whose numbers they are, ``heard`` when it was."""

    bot: str
    offset: int = 0
    heard: float = 0.0

    def dump(self) -> Cursor:
        return {"version": VERSION, "bot": self.bot, "offset": self.offset, "heard": self.heard}

    @classmethod
    def load(cls, saved: Cursor | None, bot: str, now: float) -> State:
        """Anything unexpected, another bot's or too old a number counts as none: what is still kept comes
        again, which does no harm."""
        found = saved or {}
        offset, heard = _number(found.get("offset")), _number(found.get("heard"))
        if found.get("version") != VERSION or found.get("bot") != bot:
            return cls(bot)
        return cls(bot, int(offset), heard) if 0 <= now - heard < _FORGET_SECONDS else cls(bot)


class TelegramBot:
    """Reads a channel by a bot. ``source.url`` is ``https://t.me/name``, of a private channel the beginning
    of the address of its messages, ``https://t.me/c/1234567890``."""

    name = "telegram-bot"
    label: Mapping[str, str] = {"id": "Telegram (lewat bot)", "en": "Telegram (by a bot)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return ()

    def check(self, source: Source, ctx: Context) -> Check:
        ears = _Ears(source, ctx)
        me = ears.call("getMe")
        entries, _ = ears.read(ears.updates(0))
        detail = f"@{me.get('username', '')}" if isinstance(me, Mapping) else ""
        newest = entries[-1].title if entries else ""
        return Check(len(entries), title_of(newest), detail)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        ears, now = _Ears(source, ctx), ctx.now().timestamp()
        state = State.load(cursor, ears.bot, now)
        while True:
            updates = ears.updates(state.offset)
            entries, others = ears.read(updates)
            if updates:
                state = State(ears.bot, max(each["update_id"] for each in updates) + 1, now)
            full = len(updates) >= PAGE
            late = full and time.monotonic() >= ctx.deadline
            warnings = _elsewhere(others)
            skipped = len(updates) - len(entries)
            unchanged = not updates
            yield Batch(
                state.dump(), tuple(entries), skipped, more=late, warnings=warnings, unchanged=unchanged
            )
            if late or not full:
                return


class _Ears:
    """A bot, and the one channel that is listened to."""

    def __init__(self, source: Source, ctx: Context) -> None:
        token = str(option(source, OPTIONS, "token") or "")
        self._bot, self._ctx = Bot(ctx.http, API, token), ctx
        self.bot = token.strip().partition(":")[0][:20]
        parts = urlsplit(source.url)
        private = _PRIVATE.fullmatch(parts.path) if (parts.hostname or "") in HOSTS else None
        self._number, self._name = f"-100{private[1]}" if private else "", name_of(source.url).lower()
        self._reposts = bool(option(source, OPTIONS, "reposts"))
        if not (private or self._name):
            detail = f"{source.url[:200]} is no channel; give https://t.me/name or https://t.me/c/1234567890"
            raise FetchError("bad_url", detail, permanent=True, url=source.url)

    def call(self, method: str, **parameters: Any) -> Any:
        try:
            return self._bot.call(method, **parameters)
        except PublishError as error:
            if "webhook" in error.detail or "other getUpdates" in error.detail:
                detail = f"{error.detail}; another program uses this bot: make a bot for this hub alone"
                raise Blocked(error.reason, detail, permanent=True) from None
            raise

    def updates(self, offset: int) -> list[Mapping[str, Any]]:
        """What is new from ``offset`` on; what was before is forgotten there."""
        asked: dict[str, Any] = {"limit": PAGE, "timeout": 0, "allowed_updates": _HEARD}
        found = self.call("getUpdates", **asked, **({"offset": offset} if offset else {}))
        if not isinstance(found, list):
            raise RemoteError("degraded", "Telegram's answer holds no updates")
        return [each for each in found if isinstance(each, dict) and _number(each.get("update_id"))]

    def read(self, updates: list[Mapping[str, Any]]) -> tuple[list[Entry], set[str]]:
        """The channel's messages, the last version of each, and the names of other channels."""
        entries, others = dict[str, Entry](), set[str]()
        for each in updates:
            post = next((each[name] for name in _HEARD if isinstance(each.get(name), dict)), None)
            if post is None or not isinstance(post.get("chat"), dict):
                continue
            if not self._is_ours(post["chat"]):
                others.add(str(post["chat"].get("title") or post["chat"].get("id"))[:80])
            elif self._reposts or not is_passed_on(post):
                message = to_message(post, self._ctx)
                entry = entry_of([message], HOSTS) if message else None
                if entry is not None:
                    entries[entry.id] = entry
        return list(entries.values()), others

    def _is_ours(self, chat: Mapping[str, Any]) -> bool:
        if self._number:
            return str(chat.get("id")) == self._number
        return str(chat.get("username") or "").lower() == self._name


def _elsewhere(others: set[str]) -> tuple[Oddity, ...]:
    if not others:
        return ()
    names = ", ".join(sorted(others)[:5])
    detail = f"the bot also hears {names}, and what is read here is lost there; give each channel its own bot"
    return (Oddity("degraded", detail),)


def _number(value: object) -> float:
    """0 for what is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if known else 0.0  # type: ignore[arg-type]
