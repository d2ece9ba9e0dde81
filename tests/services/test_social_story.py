"""A KIM that writes on its own site and passes it on in its channel: one story is one post."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest

from hub.app import Hub
from hub.model import Card, SearchRequest
from hub.testing import Answer, Asked
from hub.testing.scripted import ScriptedConnector, scripted_hub
from hub.testing.stage import Stage
from tests.clock import Clock

SITE, CHANNEL = "https://taan.example", "https://t.me/kimtaan"
ARTICLE = f"{SITE}/berita/jalan-tani"
BODY = "Warga bergotong royong memperbaiki jalan tani sepanjang 400 meter. " * 5


class Village:
    """Its site's feed and its Telegram channel; ``articles`` and ``messages`` newest last."""

    def __init__(self, now: datetime) -> None:
        self.now = self.opened = now
        self.articles: list[tuple[str, str, str]] = []
        self.messages: dict[int, str] = {}
        self.down = False

    def answer(self, asked: Asked) -> Answer:
        if (asked.host, asked.path) == ("taan.example", "/feed") and not self.down:
            return Answer(self._feed().encode(), 200, "application/rss+xml; charset=UTF-8")
        if (asked.host, asked.path) == ("t.me", "/s/kimtaan"):
            return Answer(self._channel().encode(), 200, "text/html; charset=utf-8")
        return Answer(b"", 404, "text/html")

    def _feed(self) -> str:
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(self.opened - timedelta(hours=2))}</pubDate>"
            f"<description>{escape(html)}</description></item>"
            for title, link, html in reversed(self.articles)
        )
        return (
            f'<rss version="2.0"><channel><title>KIM Taan</title><link>{SITE}/</link>{items}</channel></rss>'
        )

    def _channel(self) -> str:
        messages = "".join(
            f'<div class="tgme_widget_message js-widget_message" data-post="kimtaan/{number}">'
            f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
            f'<a class="tgme_widget_message_date" href="{CHANNEL}/{number}">'
            f'<time datetime="{(self.now - timedelta(hours=1)).isoformat()}">12:00</time></a></div>'
            for number, text in self.messages.items()
        )
        return (
            '<html><body><div class="tgme_channel_info"><div class="tgme_channel_info_header_title">'
            f'KIM Taan</div></div><section class="tgme_channel_history">{messages}</section></body></html>'
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def village(clock: Clock) -> Village:
    return Village(clock())


@pytest.fixture
def hub(tmp_path: Path, database_url: str, clock: Clock, village: Village) -> Iterator[Hub]:
    """A hub with one site that has two sources, on either database."""
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    with Stage() as stage:
        stage.play(village.answer)
        http = stage.http("taan.example", "t.me")
        settings = {"database": {"url": url}}
        opened = scripted_hub(tmp_path, ScriptedConnector(), now=clock, settings=settings, http=http)
        added = opened.registering.add_site(
            "KIM Taan",
            f"{SITE}/",
            "76.02.02.2010",
            probe=False,
            connector="feed",
            feed_url=f"{SITE}/feed",
        )
        opened.registering.add_source(added.sources[0].site_id, "telegram", CHANNEL)
        yield opened
        opened.close()


def visit(hub: Hub, clock: Clock) -> list[Card]:
    """What the portal shows after a visit to both."""
    clock.forward(hours=1)
    harvests = hub.harvesting.run(everything=True).harvests
    assert [(each.reason, each.detail) for each in harvests if each.reason] == []
    return sorted(hub.reading.search(SearchRequest()).results, key=lambda card: card.title)


def link(address: str) -> str:
    return f'<a href="{address}" target="_blank">{address}</a>'


def message_first(village: Village) -> None:
    village.messages[1] = f"Jalan tani diperbaiki warga, baca: {link(ARTICLE + '?utm_source=telegram')}"


def article_first(village: Village) -> None:
    village.articles.append(("Warga Taan memperbaiki jalan tani", ARTICLE, f"<p>{BODY}</p>"))


@pytest.mark.parametrize("order", [(message_first, article_first), (article_first, message_first)])
def test_a_shared_article_is_one_post_and_the_article_is_what_is_read(
    hub: Hub, village: Village, clock: Clock, order: tuple[type, ...]
) -> None:
    for publish in order:
        publish(village)
        (card,) = visit(hub, clock)
    assert card.title == "Warga Taan memperbaiki jalan tani"
    post = hub.reading.post(card.id).post
    assert post.link == ARTICLE
    assert "400 meter" in str(post.body)
    assert [each.id for each in visit(hub, clock)] == [card.id]


@pytest.mark.parametrize("heading", ["{title}. ", "<b>{title}</b><br/><br/>"], ids=["sentence", "heading"])
def test_the_same_words_without_a_link_are_one_post(
    hub: Hub, village: Village, clock: Clock, heading: str
) -> None:
    title = "Panen raya padi di Dusun Salulekbo dimulai hari ini"
    village.articles.append((title, f"{SITE}/berita/panen", f"<p>{BODY}</p>"))
    visit(hub, clock)
    village.messages[1] = heading.format(title=title) + BODY
    assert len(visit(hub, clock)) == 1


def test_what_only_the_channel_tells_is_a_post_of_its_own(hub: Hub, village: Village, clock: Clock) -> None:
    article_first(village)
    village.messages[1] = "Listrik padam di Dusun Baru sampai sore. Mohon bersabar."
    village.messages[2] = "Kabar kecamatan: " + link("https://tapalang.example/berita/1")
    titles = [card.title for card in visit(hub, clock)]
    assert titles == [
        "Kabar kecamatan",
        "Listrik padam di Dusun Baru sampai sore",
        "Warga Taan memperbaiki jalan tani",
    ]


def test_an_article_that_is_recalled_later_stays_one_post(hub: Hub, village: Village, clock: Clock) -> None:
    article_first(village)
    visit(hub, clock)
    message_first(village)
    village.messages[2] = f"Sudah baca kabar jalan tani? {link(ARTICLE)}"
    assert len(visit(hub, clock)) == 1
    village.messages[3] = f"Sekali lagi, kabar jalan tani: {link(ARTICLE)}"
    assert len(visit(hub, clock)) == 1


def test_what_is_recalled_after_months_is_told_again(hub: Hub, village: Village, clock: Clock) -> None:
    article_first(village)
    assert len(visit(hub, clock)) == 1
    village.now = clock.forward(days=60)
    message_first(village)
    titles = [card.title for card in visit(hub, clock)]
    assert titles == ["Jalan tani diperbaiki warga, baca", "Warga Taan memperbaiki jalan tani"]


def test_a_message_never_takes_the_place_of_an_article(hub: Hub, village: Village, clock: Clock) -> None:
    """Not even while the article's site is down, or when the message is edited."""
    article_first(village)
    message_first(village)
    visit(hub, clock)
    village.down = True
    for _ in range(4):
        clock.forward(days=1)
        hub.harvesting.run(everything=True)
    village.messages[1] = f"Diralat: jalan tani belum selesai, {link(ARTICLE)}"
    clock.forward(hours=2)
    hub.harvesting.run(everything=True)
    (card,) = hub.reading.search(SearchRequest()).results
    assert card.title == "Warga Taan memperbaiki jalan tani"


def test_messages_that_all_link_to_one_page_stay_apart(hub: Hub, village: Village, clock: Clock) -> None:
    """A channel with the address of its site below each message."""
    below = f"<br/><br/>Layanan desa: {link(SITE + '/layanan')}"
    for number, text in enumerate(("Posyandu hari Senin", "Rapat desa hari Selasa", "Vaksin hari Rabu"), 1):
        village.messages[number] = text + below
        assert len(visit(hub, clock)) == number
    titles = [card.title for card in visit(hub, clock)]
    assert titles == ["Posyandu hari Senin", "Rapat desa hari Selasa", "Vaksin hari Rabu"]


def test_an_article_linked_below_every_message_takes_none_of_them(
    hub: Hub, village: Village, clock: Clock
) -> None:
    article_first(village)
    visit(hub, clock)
    for number, text in enumerate(("Posyandu Senin", "Rapat Selasa", "Vaksin Rabu", "Panen Kamis"), 1):
        village.messages[number] = f"{text} di balai desa<br/><br/>Baca juga: {link(ARTICLE)}"
    assert len(visit(hub, clock)) == 5
