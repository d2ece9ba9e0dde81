"""The telegram connectors: their contracts, pages of the preview and updates of the Bot API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape
from typing import Any

import pytest

from connectors.telegram.channel import TelegramChannel
from connectors.telegram.preview import name_of
from connectors.telegram.updates import PAGE, TelegramBot
from hub.spec import Batch, Blocked, Entry, FetchError, Link, Probe, RemoteError, Response, Source
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_item, make_items
from hub.testing.connector_world import World
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

TOKEN = "7602012010:AAkimtaan0123456789abcdefghijklmnop"


# -- the preview --------------------------------------------------------------------------------------


def message(number: int, body: str, *, at: str = "", classes: str = "") -> str:
    date = at or (NOW - timedelta(hours=200 - number)).isoformat()
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message {classes} text_not_supported_wrap js-widget_message" '
        f'data-post="kimtaan/{number}" data-view="x"><div class="tgme_widget_message_bubble">'
        '<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" '
        'href="https://t.me/kimtaan"><span dir="auto">KIM Taan</span></a></div>'
        f'{body}<div class="tgme_widget_message_footer compact js-message_footer">'
        '<div class="tgme_widget_message_info short js-message_info"><span class="tgme_widget_message_views">'
        f'{number}.1K</span><span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" '
        f'href="https://t.me/kimtaan/{number}"><time datetime="{date}" class="time">12:00</time></a></span>'
        "</div></div></div></div></div>"
    )


def words(html: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{html}</div>'


def page(messages: str) -> Answer:
    text = (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>KIM Taan - Telegram</title></head>'
        '<body class="widget_frame_base tgme_webpreview"><header><div class="tgme_channel_info">'
        '<div class="tgme_channel_info_header_title"><span dir="auto">KIM Taan</span></div></div></header>'
        f'<section class="tgme_channel_history js-message_history">{messages}</section></body></html>'
        "<!-- page generated in 12.3ms -->"
    )
    return Answer(text.encode(), 200, "text/html; charset=utf-8")


def card(extra: str) -> Answer:
    """The page that invites to open Telegram."""
    text = (
        f'<html><body><div class="tgme_page"><div class="tgme_page_extra">{extra}</div></div></body></html>'
    )
    return Answer(text.encode(), 200, "text/html; charset=utf-8")


class Preview:
    """t.me with one channel; ``messages`` by number."""

    def __init__(self, messages: dict[int, str]) -> None:
        self.messages = messages

    def answer(self, asked: Asked) -> Answer:
        steps = asked.path.strip("/").split("/")
        if steps == ["s", "kimtaan"]:
            before = int(asked.query.get("before", 10**9))
            here = sorted(number for number in self.messages if number < before)[-20:]
            return page("".join(self.messages[number] for number in here))
        if steps[0] == "kimtaan" and len(steps) == 2 and "embed" in asked.query:
            found = self.messages.get(int(steps[1]))
            gone = '<div class="tgme_widget_message_error">Post not found</div>'
            return Answer(f"<html><body>{found or gone}</body></html>".encode(), 200, "text/html")
        return card("")


class PreviewHarness(ConnectorHarness):
    connector = TelegramChannel()
    hosts = ("t.me",)
    url = "https://t.me/kimtaan"
    lacks = frozenset({"auth", "titles", "conditional", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        return Preview({item.number: self.message(item) for item in items}).answer(asked)

    def message(self, item: Item) -> str:
        """Telegram knows line breaks and a few tags."""
        parts = re.findall(r"<p>(.*?)</p>", item.html)
        html = "<br/><br/>".join(parts) if parts else escape(item.html)
        return message(item.number, words(html), at=item.published.isoformat())


class TestTelegramPreview(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return PreviewHarness()


# -- the bot ------------------------------------------------------------------------------------------


def told(update: int, number: int, text: str, kind: str = "channel_post", **more: Any) -> dict[str, Any]:
    date = int((NOW - timedelta(hours=200 - number)).timestamp())
    chat = {"id": -1001234567890, "type": "channel", "title": "KIM Taan", "username": "kimtaan"}
    return {
        "update_id": update,
        kind: {"message_id": number, "date": date, "chat": chat, "text": text, **more},
    }


class Api:
    """The Bot API. ``forgets`` as Telegram does what is before the number that is asked for."""

    def __init__(self, updates: Sequence[dict[str, Any]], *, forgets: bool = True) -> None:
        self.updates, self.forgets = list(updates), forgets

    def answer(self, asked: Asked) -> Answer:
        if asked.path == f"/bot{TOKEN}/getMe":
            return self.ok({"id": 7602012010, "is_bot": True, "username": "kimtaan_bot"})
        if asked.path != f"/bot{TOKEN}/getUpdates":
            return Answer.json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        given = json.loads(asked.body)
        assert given["allowed_updates"] == ["channel_post", "edited_channel_post"]
        here = [each for each in self.updates if each["update_id"] >= given.get("offset", 0)]
        if self.forgets:
            self.updates = here
        return self.ok(here[: given["limit"]])

    @staticmethod
    def ok(result: object) -> Answer:
        return Answer.json({"ok": True, "result": result})


class BotHarness(ConnectorHarness):
    """Its other side forgets nothing, so that a first visit can be repeated."""

    connector = TelegramBot()
    hosts = ("api.telegram.org",)
    url = "https://t.me/kimtaan"
    options = {"token": TOKEN}  # noqa: RUF012
    secrets = (TOKEN,)
    lacks = frozenset({"titles", "conditional", "charset", "deletions", "html"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        updates = []
        for item in sorted(items, key=lambda item: item.number):
            text = re.sub(r"</p><p>|<[^>]+>", "\n", item.html).strip()
            post = told(item.number, item.number, text, date=int(item.published.timestamp()))
            updates.append(post)
            if item.updated:
                # in truth both have gone out by then; the later one has the later number
                updates.append(
                    {"update_id": 10_000 + item.number, "edited_channel_post": post["channel_post"]}
                )
        updates.sort(key=lambda each: int(each["update_id"]))
        return Api(updates, forgets=False).answer(asked)


class TestTelegramBot(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return BotHarness()
