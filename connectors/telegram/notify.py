"""News to residents by a Telegram bot of the operator's.

A resident opens ``https://t.me/BOT?start=TOKEN``; Telegram then shows a button, and the hub hears of it when
it asks for updates. ``/stop`` or ``/berhenti`` ends everything for that chat, and so does blocking the bot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.telegram.bot import Bot, Refused
from hub.spec import AuthError, Heard, Item, News, NotifyContext, Option, RemoteError, mapping_in, text_in

#: Telegram takes 4,096 characters after parsing.
LONGEST = 4000
PAGE = 100
_NUMBER = re.compile(r"-?\d{1,20}")
_NAME = re.compile(r"[A-Za-z]\w{3,31}")
_TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
_STOP = ("/stop", "/berhenti")
#: Telegram's words for chats that will take nothing any more.
_GONE = re.compile(r"blocked|deactivated|kicked|chat not found|user not found", re.I)


class TelegramNotifier:
    name = "telegram"
    label: Mapping[str, str] = {"id": "Telegram", "en": "Telegram"}
    options = (
        Option(
            "token",
            secret=True,
            help={
                "id": "Token bot dari @BotFather; bot ini dipakai khusus untuk pengikut.",
                "en": "the bot's token from @BotFather; this bot serves followers alone",
            },
        ),
        Option(
            "bot",
            help={
                "id": "Nama pengguna bot, tanpa @.",
                "en": "the bot's user name, without @",
            },
        ),
        Option(
            "api",
            "url",
            default="https://api.telegram.org",
            help={"id": "Alamat server Bot API.", "en": "address of the Bot API server"},
        ),
    )

    def ready(self, ctx: NotifyContext) -> str:
        lacking = [name for name in ("token", "bot") if not ctx.options.get(name)]
        if lacking:
            return f"set {' and '.join(lacking)} in [plugins.telegram]"
        if not _NAME.fullmatch(_bot_name(ctx)):
            return "[plugins.telegram] bot is no user name of a bot, such as KabarMamujuBot"
        return ""

    def clean(self, address: str) -> str:
        address = address.strip()
        if not _NUMBER.fullmatch(address):
            raise ValueError("is no number of a chat")
        return address

    def send(self, news: News, address: str, ctx: NotifyContext) -> None:
        for text in messages_of(news):
            self._say(address, text, ctx, quiet=not news.urgent)

    # -- who opened the bot -------------------------------------------------------------------------

    def invitation(self, token: str, ctx: NotifyContext) -> str:
        return f"https://t.me/{_bot_name(ctx)}?start={token}"

    def listen(self, cursor: int, ctx: NotifyContext) -> Heard:
        asked = {"limit": PAGE, "timeout": 0, "allowed_updates": ["message", "my_chat_member"]}
        found = _bot(ctx).call("getUpdates", **asked, **({"offset": cursor} if cursor else {}))
        if not isinstance(found, list):
            raise RemoteError("degraded", "Telegram's answer holds no updates")
        started: list[tuple[str, str, str]] = []
        stopped: list[str] = []
        puzzled: list[str] = []
        for update in found:
            cursor = max(cursor, int(update["update_id"]) + 1)
            if blocked := _blocked_by(update):
                stopped.append(blocked)
            chat, language, said = _said(update)
            word, _, rest = said.partition(" ")
            if not chat:
                continue
            if word == "/start" and _TOKEN.fullmatch(rest.strip()):
                started.append((rest.strip(), chat, language))
            elif word.lower() in _STOP:
                stopped.append(chat)
            else:
                puzzled.append(chat)
        return Heard(cursor, tuple(started), tuple(stopped), tuple(puzzled))

    def answer(self, address: str, text: str, ctx: NotifyContext) -> None:
        self._say(address, text, ctx)

    def _say(self, address: str, text: str, ctx: NotifyContext, *, quiet: bool = False) -> None:
        try:
            _bot(ctx).call(
                "sendMessage",
                chat_id=int(address),
                text=text,
                link_preview_options={"is_disabled": True},
                disable_notification=quiet,
            )
        except (AuthError, Refused) as error:
            if _GONE.search(error.detail):
                raise RemoteError("gone", error.detail, permanent=True) from None
            raise


def messages_of(news: News) -> Sequence[str]:
    """The news in as few messages as Telegram takes; a part of it never parts an item."""
    foot = [
        f"{words}: {url}" for words, url in ((news.url_words, news.url), (news.stop_words, news.stop_url))
    ]
    pieces = [news.intro, *_items(news.items), "\n".join(foot)]
    whole: list[str] = []
    for piece in pieces:
        piece = piece[: LONGEST // 2]
        if whole and _units(whole[-1]) + 2 + _units(piece) <= LONGEST:
            whole[-1] += f"\n\n{piece}"
        else:
            whole.append(piece)
    return whole


def _units(text: str) -> int:
    """Telegram counts in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def _items(items: tuple[Item, ...]) -> Iterator[str]:
    heading = ""
    for item in items:
        if item.heading != heading:
            heading = item.heading
            yield heading.upper()
        title = f"❗ {item.title}" if item.urgent else item.title
        yield "\n".join(line for line in (title, item.place, item.url) if line)


def _bot(ctx: NotifyContext) -> Bot:
    return Bot(ctx.http, str(ctx.options["api"]), str(ctx.options["token"]))


def _bot_name(ctx: NotifyContext) -> str:
    return str(ctx.options.get("bot") or "").removeprefix("@")


def _blocked_by(update: Mapping[str, Any]) -> str:
    """The chat of somebody who has just blocked the bot, or empty."""
    change = mapping_in(update, "my_chat_member")
    number = mapping_in(change, "chat").get("id")
    left = text_in(mapping_in(change, "new_chat_member"), "status") in ("kicked", "left")
    return str(number) if left and isinstance(number, int) else ""


def _said(update: Mapping[str, Any]) -> tuple[str, str, str]:
    """Chat, language and text of a private message; all empty for anything else."""
    message = mapping_in(update, "message")
    chat = mapping_in(message, "chat")
    number = chat.get("id")
    if chat.get("type") != "private" or not isinstance(number, int):
        return "", "", ""
    language = text_in(mapping_in(message, "from"), "language_code")
    return str(number), language[:2].lower(), text_in(message, "text")
