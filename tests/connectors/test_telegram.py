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
    options = {"token": TOKEN}
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


# -- pages of the preview -----------------------------------------------------------------------------


def read(messages: dict[int, str], **options: object) -> dict[int, Entry]:
    """The entries of a first visit, by number."""
    with Stage() as stage:
        stage.play(Preview(messages).answer)
        source = Source(1, 1, "telegram", "https://t.me/s/kimtaan", options=options)
        ctx = TestingContext(stage.http("t.me"), now=NOW)
        batches = list(TelegramChannel().harvest(source, None, ctx))
    return {int(entry.id.rpartition("/")[2]): entry for batch in batches for entry in batch.entries}


def photo(name: str, classes: str = "") -> str:
    return (
        f'<a class="tgme_widget_message_photo_wrap {classes} 12_34" href="https://t.me/kimtaan/5" '
        f"style=\"width:800px;background-image:url('https://cdn4.telesco.pe/file/{name}.jpg')\">"
        '<div class="tgme_widget_message_photo" style="padding-top:75%"></div></a>'
    )


def test_a_message_becomes_a_post() -> None:
    html = (
        '<i class="emoji" style="background-image:url(\'//telegram.org/img/emoji/40/F09F8CBE.png\')"><b>'
        "\U0001f33e</b></i> <b>Panen raya</b> dimulai.<br/>Ayo datang!<br/><br/>"
        'Baca: <a href="https://taan.desa.id/berita/1" target="_blank" rel="noopener">di sini</a> '
        '<a href="?q=%23GotongRoyong">#GotongRoyong</a>'
    )
    preview = (
        '<a class="tgme_widget_message_link_preview" href="https://taan.desa.id/berita/1">'
        '<i class="link_preview_image" style="background-image:url(\'https://cdn4.telesco.pe/file/c.jpg\')"></i>'
        '<div class="link_preview_title">Panen raya</div></a>'
    )
    entry = read({5: message(5, words(html) + preview)})[5]
    assert entry.title == "Panen raya dimulai"
    assert entry.about == "https://taan.desa.id/berita/1"
    assert entry.topics == ("Gotong Royong",)
    assert entry.html.count("<p>") == 2
    assert "\U0001f33e <b>Panen raya</b>" in entry.html
    assert "#GotongRoyong</p>" in entry.html
    assert [image.url for image in entry.images] == ["https://cdn4.telesco.pe/file/c.jpg"]
    assert (entry.id, entry.link) == ("https://t.me/kimtaan/5",) * 2
    assert "1K" not in entry.html


def test_an_album_is_one_post_with_all_its_photos() -> None:
    album = '<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap">'
    album += photo("a", "grouped_media_wrap") + photo("b", "grouped_media_wrap") + "</div>"
    entry = read({5: message(5, album + words("Foto kerja bakti"))})[5]
    assert [image.url[-5:] for image in entry.images] == ["a.jpg", "b.jpg"]


def test_a_film_shows_its_still() -> None:
    film = (
        '<a class="tgme_widget_message_video_player js-message_video_player" href="https://t.me/kimtaan/5">'
        '<i class="tgme_widget_message_video_thumb" style="background-image:url(\'https://cdn/v.jpg\')"></i>'
        '<video src="https://cdn/v.mp4?token=1" class="tgme_widget_message_video"></video></a>'
    )
    entry = read({5: message(5, film + words("Video pesta panen"))})[5]
    assert [image.url for image in entry.images] == ["https://cdn/v.jpg"]
    assert not entry.enclosures, "the film's own address does not last"


def test_files_polls_and_answers() -> None:
    file = (
        '<a class="tgme_widget_message_document_wrap" href="https://t.me/kimtaan/5">'
        '<div class="tgme_widget_message_document_title" dir="auto">APBDes_2026.pdf</div></a>'
    )
    poll = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Kapan kerja '
        'bakti?</div><div class="tgme_widget_message_poll_option_text">Sabtu</div>'
        '<div class="tgme_widget_message_poll_option_text">Minggu</div></div>'
    )
    answer = (
        '<a class="tgme_widget_message_reply" href="https://t.me/kimtaan/2"><div class="'
        'tgme_widget_message_text js-message_reply_text" dir="auto">Listrik padam besok. Siap</div></a>'
    )
    entries = read(
        {5: message(5, file), 6: message(6, poll), 7: message(7, answer + words("Listrik sudah menyala."))}
    )
    assert "APBDes" in entries[5].title
    assert entries[6].title == "Kapan kerja bakti?"
    assert "<li>Minggu</li>" in entries[6].html
    assert entries[7].title == "Listrik sudah menyala"
    assert '<a href="https://t.me/kimtaan/2">Listrik padam besok</a>' in entries[7].html


def test_forwarded_messages_only_by_option() -> None:
    def forwarded(name: str) -> str:
        return (
            '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
            f'<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/{name}/1">'
            f'<span dir="auto">{name}</span></a></div>'
        )

    messages = {
        5: message(5, forwarded("bupati") + words("Kabar kabupaten")),
        6: message(6, forwarded("kimtaan") + words("Kabar kami lagi")),
        7: message(7, words("Channel photo updated"), classes="service_message"),
    }
    assert set(read(messages)) == {6}
    entries = read(messages, reposts=True)
    assert set(entries) == {5, 6}
    assert entries[5].author == "bupati"


@pytest.fixture
def world() -> Iterator[World]:
    with Stage() as stage:
        yield World(PreviewHarness(), stage)


@pytest.mark.parametrize(
    ("extra", "reason", "said"),
    [
        ("1 234 subscribers", "not_public", "preview is switched off"),
        ("34 members, 2 online", "bad_url", "group"),
        ("", "bad_url", "no channel"),
    ],
)
def test_no_preview_is_told_for_what_it_is(world: World, extra: str, reason: str, said: str) -> None:
    world.catch_up()
    with world.stage.broken(card(extra)):
        visit = world.visit()
    assert visit.error is not None
    assert (visit.error.reason, said in visit.error.detail) == (reason, True)
    assert not visit.missing
    assert isinstance(visit.error, Blocked) is (reason == "not_public")


def test_a_page_cut_off_is_no_page(world: World) -> None:
    answer = page(message(5, words("Kabar nomor 5 yang panjang")))
    with world.stage.broken(Answer(answer.body[:-60], 200, answer.type)):
        error = world.visit().error
    assert error is not None
    assert "cut off" in error.detail


def test_more_than_a_page_between_two_visits(world: World) -> None:
    world.catch_up()
    for n in range(6, 71):
        world.add(make_item(n))
    world.catch_up()
    assert world.numbers() == world.wanted()


def test_only_the_newest_without_history(world: World) -> None:
    world.items = make_items(range(1, 71))
    world.source = Source(1, 1, "telegram", world.source.url, options={"full_history": False})
    world.catch_up()
    assert len(world.entries) == 20


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://t.me/kimtaan", "kimtaan"),
        ("https://t.me/s/kimtaan/12", "kimtaan"),
        ("https://telegram.me/kimtaan?x=1", "kimtaan"),
        ("https://t.me/share/url?url=https://a.id", ""),
        ("https://t.me/+AbCdEf", ""),
        ("https://t.me/joinchat/AbCd", ""),
        ("https://t.me/c/1234567890/5", ""),
        ("https://example.com/kimtaan", ""),
    ],
)
def test_addresses_of_channels(url: str, name: str) -> None:
    assert name_of(url) == name


def test_a_page_names_its_channel(world: World) -> None:
    links = (Link("me", "https://t.me/kimtaan"), Link("me", "https://t.me/orang_lain"))
    html = Response("https://taan.desa.id/", 200, Headers({}), b"<html></html>")
    (proposal,) = TelegramChannel().detect(Probe(html.url, html, links), world.context())
    assert (proposal.url, proposal.stream, proposal.title) == ("https://t.me/kimtaan", "telegram", "KIM Taan")


# -- updates of the bot -------------------------------------------------------------------------------


class Bot:
    """A hub's memory of one source that a bot reads."""

    def __init__(self, stage: Stage, api: Api, **source: Any) -> None:
        self.api, self.cursor, self.now = api, None, NOW
        self.http = stage.http("api.telegram.org")
        self.source = Source(
            1, 1, "telegram-bot", "https://t.me/kimtaan", **{"options": {"token": TOKEN}} | source
        )
        stage.play(api.answer)

    def batches(self) -> Iterator[Batch]:
        ctx = TestingContext(self.http, now=self.now)
        for batch in TelegramBot().harvest(self.source, self.cursor, ctx):
            self.cursor = json.loads(json.dumps(batch.cursor))
            yield batch

    def visit(self) -> list[Entry]:
        return [entry for batch in self.batches() for entry in batch.entries]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as found:
        yield found


def test_nothing_is_forgotten_before_it_is_stored(stage: Stage) -> None:
    bot = Bot(stage, Api([told(n, n, f"Kabar nomor {n} hari ini") for n in range(1, 2 * PAGE + 11)]))
    visit = bot.batches()
    next(visit)
    assert len(bot.api.updates) == 2 * PAGE + 10, "the first page is stored and not yet confirmed"
    next(visit)
    assert len(bot.api.updates) == PAGE + 10, "what was stored is"
    kept = bot.cursor
    visit.close()  # type: ignore[attr-defined]
    bot.cursor = kept
    assert [entry.id.rpartition("/")[2] for entry in bot.visit()] == [str(2 * PAGE + n) for n in range(1, 11)]
    assert bot.visit() == []


def test_an_edit_is_the_same_post(stage: Stage) -> None:
    bot = Bot(
        stage,
        Api(
            [
                told(1, 7, "Listrik padam Sabtu."),
                told(2, 7, "Listrik padam Minggu.", "edited_channel_post", edit_date=1),
            ]
        ),
    )
    (entry,) = bot.visit()
    assert (entry.title, entry.id) == ("Listrik padam Minggu", "https://t.me/kimtaan/7")


def test_the_same_message_is_one_post_through_both_connectors(stage: Stage) -> None:
    (heard,) = Bot(stage, Api([told(1, 5, "Kabar desa hari ini")])).visit()
    seen = read({5: message(5, words("Kabar desa hari ini"))})[5]
    assert (heard.id, heard.link, heard.title) == (seen.id, seen.link, seen.title)


def test_links_count_utf16(stage: Stage) -> None:
    text = "\U0001f33e Panen raya di sini\n\nAyo <datang> taan.desa.id #GotongRoyong"
    entities = [
        {"type": "text_link", "offset": 14, "length": 7, "url": "https://taan.desa.id/berita/1"},
        {"type": "url", "offset": 36, "length": 12},
        {"type": "text_link", "offset": 900, "length": 7, "url": "https://jahat.example/"},
    ]
    (entry,) = Bot(stage, Api([told(1, 5, text, entities=entities)])).visit()
    assert '<a href="https://taan.desa.id/berita/1">di sini</a>' in entry.html
    assert "&lt;datang&gt;" in entry.html
    assert entry.about == "https://taan.desa.id/berita/1"
    assert entry.topics == ("Gotong Royong",)


def test_pictures_are_left_out_because_their_address_holds_the_token(stage: Stage) -> None:
    picture = [{"file_id": "AgAC", "width": 90, "height": 67}]
    bot = Bot(
        stage, Api([told(1, 5, "", caption="Foto panen raya", photo=picture), told(2, 6, "", photo=picture)])
    )
    (entry,) = bot.visit()
    assert (entry.title, entry.images) == ("Foto panen raya", ())
    assert TOKEN not in repr(entry) + repr(bot.cursor)
    assert not any("getFile" in asked.path for asked in stage.requests)


def test_forwarded_and_other_channels(stage: Stage) -> None:
    origin = {"type": "channel", "chat": {"title": "Bupati"}}
    elsewhere = told(3, 9, "Kabar desa lain")
    elsewhere["channel_post"]["chat"] = {"id": -100999, "title": "KIM Lain", "username": "kimlain"}
    updates = [told(1, 5, "Kabar kabupaten", forward_origin=origin), told(2, 6, "Kabar kami"), elsewhere]
    (batch,) = Bot(stage, Api(updates)).batches()
    assert [entry.title for entry in batch.entries] == ["Kabar kami"]
    assert "KIM Lain" in batch.warnings[0].detail
    entries = Bot(stage, Api(updates), options={"token": TOKEN, "reposts": True}).visit()
    assert [entry.author for entry in entries] == ["Bupati", ""]


def test_a_private_channel_has_no_page(stage: Stage) -> None:
    update = told(1, 5, "Kabar dari kanal tertutup")
    del update["channel_post"]["chat"]["username"]
    bot = Bot(stage, Api([update]))
    bot.source = Source(1, 1, "telegram-bot", "https://t.me/c/1234567890/5", options={"token": TOKEN})
    (entry,) = bot.visit()
    assert (entry.link, entry.id) == ("", "telegram:-1001234567890:5")


def test_an_old_number_is_not_asked_for(stage: Stage) -> None:
    """After a quiet week Telegram counts anew, and a higher number would forget what is new."""
    bot = Bot(stage, Api([told(900, 5, "Kabar lama sekali")]))
    bot.visit()
    bot.api.updates = [told(12, 6, "Kabar baru sekali")]
    bot.now += timedelta(days=7)
    assert [entry.title for entry in bot.visit()] == ["Kabar baru sekali"]


def test_another_bots_numbers_are_not_its_own(stage: Stage) -> None:
    bot = Bot(stage, Api([told(12, 6, "Kabar baru sekali")]))
    bot.cursor = {"version": 1, "bot": "111", "offset": 5000, "heard": NOW.timestamp()}
    assert [entry.title for entry in bot.visit()] == ["Kabar baru sekali"]


def test_a_bot_that_others_use_is_told(stage: Stage) -> None:
    bot = Bot(stage, Api([]))
    said = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
    conflict = Answer.json({"ok": False, "error_code": 409, "description": said}, 409)
    with stage.broken(conflict), pytest.raises(RemoteError) as refused:
        bot.visit()
    assert "another program uses this bot" in refused.value.detail
    assert TOKEN not in str(refused.value)


def test_an_address_that_is_no_channel_is_told(stage: Stage) -> None:
    bot = Bot(stage, Api([]))
    bot.source = Source(1, 1, "telegram-bot", "https://taan.desa.id/", options={"token": TOKEN})
    with pytest.raises(FetchError):
        bot.visit()
