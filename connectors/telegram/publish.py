"""Announcements in a Telegram channel or group: send, edit, delete.

Telegram has no idempotency key and bots cannot look messages up. Before a message is sent that may have
been sent before, the channel's public page is read for the mark; where there is none (private channels,
groups, previews off) a time-out in the very moment of sending can lead to a second message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.telegram.bot import Bot, Refused
from connectors.telegram.message import entities_of, text_of
from connectors.telegram.page import Seen, find_message, print_of, read_message
from hub.spec import (
    Action,
    AuthError,
    Copy,
    Notice,
    Option,
    Preview,
    PublishContext,
    PublishError,
    Receipt,
    RemoteError,
    Sight,
    Target,
    TargetCheck,
    read_options,
)

#: Where Bot API requests go; a target with an address has a Bot API server of its own there.
API = "https://api.telegram.org"
_LINK = re.compile(r"^(?:https?://)?(?:t\.me|telegram\.me)/(?:s/)?", re.IGNORECASE)
_NAME = re.compile(r"@?([A-Za-z]\w{3,31})")
_NUMBER = re.compile(r"-?\d{1,20}")
_GONE = re.compile(
    r"message to (?:edit|delete) not found|MESSAGE_ID_INVALID|message not found", re.IGNORECASE
)
_UNCHANGED = "message is not modified"


class TelegramPublisher:
    name = "telegram"
    label: Mapping[str, str] = {"id": "Telegram (kanal atau grup)", "en": "Telegram (channel or group)"}
    needs = frozenset({"password"})
    options = (
        Option(
            "chat",
            required=True,
            help={
                "id": "Nama kanal (@kanaldesa) atau nomornya. Kanal publik bisa dibuktikan tayang; di kanal "
                "tertutup dan grup, sambungan yang putus saat mengirim bisa membuat pesan terkirim dua kali.",
                "en": "The channel's name (@kanaldesa) or number. Public channels can be proven; in private "
                "channels and groups a connection lost while sending can lead to a second message.",
            },
        ),
        Option(
            "preview",
            default="https://t.me",
            help={
                "id": "Alamat halaman publik Telegram; kosongkan bila tidak bisa dibuka dari server ini.",
                "en": "Address of Telegram's public pages; empty where this server cannot open them.",
            },
        ),
    )

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        channel = _Channel(target, ctx)
        me = _mapping(channel.bot.call("getMe"))
        chat = _mapping(channel.bot.call("getChat", chat_id=channel.chat))
        member = _mapping(channel.bot.call("getChatMember", chat_id=channel.chat, user_id=me.get("id")))
        _demand_rights(chat, member)
        worry = ""
        if not chat.get("username"):
            worry = "no public page: what is sent here cannot be proven, and a time-out may send it twice"
        return TargetCheck(f"@{me.get('username', '')}", detail=worry)

    def preview(self, notice: Notice, target: Target) -> Preview:
        return Preview(self.name, notice.subject, text=text_of(notice))

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        return _Channel(target, ctx).find(notice)

    def apply(
        self,
        action: Action,
        notice: Notice,
        copy: Copy | None,
        target: Target,
        ctx: PublishContext,
        *,
        overwrite: bool = False,
    ) -> Receipt:
        channel = _Channel(target, ctx)
        adopted = copy is None
        if copy is None and not ctx.untried:
            copy = channel.find(notice)
        if action == "withdraw":
            return channel.withdraw(notice, copy) if copy else Receipt("done", detail="nothing was there")
        if copy is None:
            return Receipt("done", channel.send(notice))
        return channel.edit(notice, copy, adopted=adopted, overwrite=overwrite)

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        seen = _Channel(target, ctx).read(copy)
        if seen is None:
            return Sight("unproven", copy.remote_url, "Telegram shows no public page of this message")
        if seen.text is None:
            return Sight("gone", copy.remote_url)
        if notice.withdrawal_text and print_of(seen.text) == print_of(notice.withdrawal_text):
            return Sight("gone", copy.remote_url, "its text says that it was withdrawn")
        known = copy.digest or print_of(text_of(notice))
        ours = print_of(seen.text) == known or (not copy.digest and notice.mark in seen.text)
        return Sight("seen" if ours else "edited", copy.remote_url)


class _Channel:
    """One chat as one bot sees it."""

    def __init__(self, target: Target, ctx: PublishContext) -> None:
        options = read_options(TelegramPublisher.options, target.options, where="options")
        self.chat = _chat(options["chat"])
        # The server's address is the target's own, not an option: the hub forgets a password whose target
        # moves to another host, and this one stands in every request.
        self.bot = Bot(ctx.http, target.url or API, target.password)
        self._base = (options["preview"] or "").rstrip("/")
        self._http = ctx.http

    def find(self, notice: Notice) -> Copy | None:
        name = self._name() if self._base else ""
        if not name:
            return None
        try:
            number = find_message(self._http, self._base, name, notice.mark)
        except RemoteError as error:
            cure = "if this server may not open t.me, leave option preview empty"
            detail = f"could not look whether it was sent before: {error.detail}; {cure}"
            raise PublishError(error.reason, detail, retry_after=error.retry_after) from None
        return Copy(str(number), self._url(name, number)) if number else None

    def send(self, notice: Notice) -> Copy:
        sent = _mapping(self.bot.call("sendMessage", chat_id=self.chat, **_content(notice)))
        number = sent.get("message_id")
        if not isinstance(number, int):
            raise PublishError("degraded", "Telegram took the message without telling its number")
        name = str(_mapping(sent.get("chat") or {}).get("username") or "")
        return self._as_shown(Copy(str(number), self._url(name, number) if name else ""))

    def edit(self, notice: Notice, copy: Copy, *, adopted: bool, overwrite: bool) -> Receipt:
        if copy.digest and not overwrite:
            there = self._try_read(copy)
            if there and there.text is None:
                return Receipt("removed_there", detail="the message was deleted in the channel")
            if there and there.text is not None and print_of(there.text) != copy.digest:
                return Receipt("edited_there", copy, detail="the message was changed in the channel")
        try:
            self.bot.call(
                "editMessageText",
                chat_id=self.chat,
                message_id=int(copy.remote_id),
                **_content(notice),
            )
        except Refused as error:
            if _GONE.search(error.detail):
                if overwrite:
                    return Receipt("done", self.send(notice))
                return Receipt("removed_there", detail="the message was deleted in the channel")
            if _UNCHANGED not in error.detail:
                raise
        return Receipt("done", self._as_shown(copy), adopted=adopted)

    def withdraw(self, notice: Notice, copy: Copy) -> Receipt:
        """Deleted; where Telegram does not let the bot delete any more, its text says that it is void."""
        try:
            self.bot.call("deleteMessage", chat_id=self.chat, message_id=int(copy.remote_id))
        except Refused as error:
            if _GONE.search(error.detail):
                return Receipt("done", detail="it was deleted already")
            return self._void(notice, copy, error.detail)
        return Receipt("done")

    def _void(self, notice: Notice, copy: Copy, why: str) -> Receipt:
        try:
            self.bot.call(
                "editMessageText",
                chat_id=self.chat,
                message_id=int(copy.remote_id),
                text=notice.withdrawal_text,
                link_preview_options={"is_disabled": True},
            )
        except Refused as error:
            if _GONE.search(error.detail):
                return Receipt("done", detail="it was deleted already")
            if _UNCHANGED not in error.detail:
                cure = "delete it by hand in the channel"
                return Receipt("still_live", copy, detail=f"{why}; {error.detail}; {cure}")
        return Receipt("done", detail=f"could not be deleted ({why}); its text now says that it is withdrawn")

    def read(self, copy: Copy) -> Seen | None:
        return read_message(self._http, copy.remote_url) if copy.remote_url and self._base else None

    def _try_read(self, copy: Copy) -> Seen | None:
        try:
            return self.read(copy)
        except RemoteError:  # the page is a help here; what has to be done can be done without it
            return None

    def _as_shown(self, copy: Copy) -> Copy:
        """``copy`` with the digest of what the public page makes of our text."""
        seen = self._try_read(copy)
        return Copy(copy.remote_id, copy.remote_url, print_of(seen.text) if seen and seen.text else "")

    def _name(self) -> str:
        """The public name of the chat, empty for a private one."""
        if self.chat.startswith("@"):
            return self.chat[1:]
        return str(_mapping(self.bot.call("getChat", chat_id=self.chat)).get("username") or "")

    def _url(self, name: str, number: int) -> str:
        return f"{self._base or 'https://t.me'}/{name}/{number}"


def _chat(given: str) -> str:
    """``@name`` or a number, from any of the ways in which people give it."""
    text = _LINK.sub("", given.strip()).rstrip("/")
    if _NUMBER.fullmatch(text):
        return text
    if name := _NAME.fullmatch(text):
        return f"@{name[1]}"
    cure = "write @name of a public channel, or the number that begins with -100"
    raise PublishError("bad_url", f"option chat {given[:80]!r} is no channel; {cure}", permanent=True)


def _content(notice: Notice) -> dict[str, Any]:
    text = text_of(notice)
    return {
        "text": text,
        "entities": entities_of(notice, text),
        # with several addresses in the text, a card for the first of them says nothing
        "link_preview_options": {"is_disabled": True},
    }


def _demand_rights(chat: Mapping[str, Any], member: Mapping[str, Any]) -> None:
    status = member.get("status")
    if chat.get("type") == "channel":
        if status == "creator" or (status == "administrator" and member.get("can_post_messages")):
            return
        cure = "make the bot an administrator of the channel that may post messages"
        raise AuthError("auth", f"the bot may not post in this channel; {cure}", permanent=True)
    if status in ("left", "kicked") or (status == "restricted" and not member.get("can_send_messages")):
        cure = "add the bot to the group and let it send messages"
        raise AuthError("auth", f"the bot may not write in this group; {cure}", permanent=True)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PublishError("degraded", "Telegram gave an answer of another shape than documented")
    return value
