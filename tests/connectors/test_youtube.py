"""The youtube connector: its contract, and feeds and pages as YouTube sends them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pytest

from connectors.youtube import YouTube
from connectors.youtube.address import FEED, channel_in, feed_of
from hub.spec import FetchError, Probe, Response, Source
from hub.spec.http import Headers
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import NOW, make_items
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

CHANNEL = "UCkimTaan0123456789abcde"
CHANNEL_FEED = f"{FEED}?channel_id={CHANNEL}"
RECORDED = Path(__file__).parents[2] / "../shared/data/corpora/feeds-real/feedjira/youtube_atom.xml"


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "\n", html).strip()


def video(item: Item, link: str = "") -> str:
    """An entry of the feed; titles and descriptions are plain text."""
    link = link or f"https://www.youtube.com/watch?v=kim{item.number:08}"
    return (
        f"<entry><id>yt:video:kim{item.number:08}</id><yt:videoId>kim{item.number:08}</yt:videoId>"
        f'<yt:channelId>{CHANNEL}</yt:channelId><title>{escape(item.title)}</title><link rel="alternate" '
        f'href="{link}"/><author><name>KIM Taan</name></author><published>{item.published.isoformat()}'
        f"</published><updated>{(item.updated or item.published).isoformat()}</updated><media:group>"
        f"<media:title>{escape(item.title)}</media:title><media:content url="
        f'"https://www.youtube.com/v/kim{item.number:08}?version=3" type="application/x-shockwave-flash" '
        f'width="640" height="390"/><media:thumbnail url="https://i1.ytimg.com/vi/kim{item.number:08}/'
        f'hqdefault.jpg" width="480" height="360"/><media:description>{escape(text_of(item.html))}'
        f'</media:description><media:community><media:statistics views="12"/></media:community>'
        "</media:group></entry>"
    )


def feed(entries: str) -> Answer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">'
        '<link rel="self" href="http://www.youtube.com/feeds/videos.xml?channel_id=UCother"/>'
        f"<id>yt:channel:{CHANNEL}</id><title>KIM Taan</title>{entries}</feed>"
    )
    return Answer(text.encode(), 200, "text/xml; charset=UTF-8")


class YouTubeHarness(ConnectorHarness):
    connector = YouTube()
    hosts = ("www.youtube.com",)
    url = f"https://www.youtube.com/channel/{CHANNEL}"
    lacks = frozenset({"auth", "conditional", "paging", "html"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path != "/feeds/videos.xml" or asked.query.get("channel_id") != CHANNEL:
            return Answer(b"Not Found", 404, "text/html")
        return feed("".join(map(video, items[:15])))


class TestYouTube(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return YouTubeHarness()


def read(answer: Answer, **options: object) -> list:  # type: ignore[type-arg]
    with Stage() as stage:
        stage.play(lambda asked: answer)
        ctx = TestingContext(stage.http("www.youtube.com"), now=NOW)
        source = Source(1, 1, "youtube", CHANNEL_FEED, options=options)
        return [entry for batch in YouTube().harvest(source, None, ctx) for entry in batch.entries]


@pytest.mark.corpora
@pytest.mark.skipif(not RECORDED.is_file(), reason="../shared/data is absent")
def test_a_recorded_feed() -> None:
    entries = read(Answer(RECORDED.read_bytes(), 200, "text/xml"))
    assert len(entries) == 15
    first = entries[0]
    assert (first.id, first.link) == ("yt:video:5shykyfmb28", "https://www.youtube.com/watch?v=5shykyfmb28")
    assert first.aliases == (first.link, "https://youtu.be/5shykyfmb28")
    (image,) = first.images
    assert (image.url, image.alt) == ("https://i2.ytimg.com/vi/5shykyfmb28/hqdefault.jpg", first.title)
    assert first.html.startswith("<p>A question is the most powerful force")
    assert not any(entry.enclosures or entry.summary for entry in entries)


def test_a_description_is_text() -> None:
    (item,) = make_items([1])
    html = "Jalan tani <3 selesai.\n\nBaca https://taan.example/berita/1 #GotongRoyong #shorts"
    (entry,) = read(feed(video(item).replace(escape(text_of(item.html)), escape(html))))
    assert "<p>Jalan tani &lt;3 selesai.</p>" in entry.html
    assert entry.about == "https://taan.example/berita/1"
    assert entry.topics == ("Gotong Royong",)


@pytest.mark.parametrize(("shorts", "count"), [(True, 2), (False, 1)])
def test_short_videos_are_left_out_by_option(shorts: bool, count: int) -> None:
    first, second = make_items([1, 2])
    answer = feed(video(first) + video(second, "https://www.youtube.com/shorts/kim00000001"))
    assert len(read(answer, shorts=shorts)) == count


@pytest.mark.parametrize(
    ("url", "query"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", f"channel_id={CHANNEL}"),
        (f"https://m.youtube.com/channel/{CHANNEL}/videos", f"channel_id={CHANNEL}"),
        (f"https://youtube.com/feeds/videos.xml?channel_id={CHANNEL}", f"channel_id={CHANNEL}"),
        ("https://www.youtube.com/playlist?list=PLkim0123456789", "playlist_id=PLkim0123456789"),
        ("https://www.youtube.com/watch?v=abc&list=PLkim0123456789", "playlist_id=PLkim0123456789"),
        (
            f"{FEED}?playlist_id=PLkim0123456789",
            "playlist_id=PLkim0123456789",
        ),
    ],
)
def test_addresses_that_name_their_feed(url: str, query: str) -> None:
    assert feed_of(url) == f"{FEED}?{query}"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/@kimtaan",
        "https://www.youtube.com/channel/",
        "https://www.youtube.com/channel/UCshort",
        f"https://youtube.example/channel/{CHANNEL}",
        "https://www.youtube.com/",
    ],
)
def test_addresses_that_do_not(url: str) -> None:
    assert feed_of(url) == ""


@pytest.mark.parametrize(
    "page",
    [
        f'<link rel="canonical" href="https://www.youtube.com/channel/{CHANNEL}">',
        f'<link rel="alternate" type="application/rss+xml" title="RSS" href="{CHANNEL_FEED}">',
        f'<meta itemprop="identifier" content="{CHANNEL}">',
        f'<script>var ytInitialData = {{"externalId":"{CHANNEL}"}}</script>',
    ],
    ids=["canonical", "alternate", "itemprop", "data"],
)
def test_a_handle_is_looked_up_once(page: str) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/@kimtaan":
            other = '{"browseId":"UCotherotherotherother000"}'
            return Answer(f"<html><head>{other}{page}</head></html>".encode(), 200, "text/html")
        return YouTubeHarness().answer(asked, make_items([1, 2]))

    connector, source = YouTube(), Source(1, 1, "youtube", "https://www.youtube.com/@kimtaan")
    assert connector.push_feed(source) is None
    with Stage() as stage:
        stage.play(answer)
        ctx = TestingContext(stage.http("www.youtube.com"), now=NOW)
        (batch,) = connector.harvest(source, None, ctx)
        assert len(batch.entries) == 2
        list(connector.harvest(source, batch.cursor, ctx))
        assert [asked.path for asked in stage.requests].count("/@kimtaan") == 1
        probed = ctx.http.get("https://www.youtube.com/@kimtaan")
        (proposal,) = connector.detect(Probe(probed.url, probed), ctx)
    assert (proposal.url, proposal.title, proposal.platform) == (CHANNEL_FEED, "KIM Taan", "YouTube")
    pushed = connector.push_feed(Source(1, 1, "youtube", source.url, cursor=batch.cursor))
    assert pushed is not None
    assert pushed.url == CHANNEL_FEED


def test_news_is_told_under_the_whole_address_of_the_feed() -> None:
    pushed = YouTube().push_feed(Source(1, 1, "youtube", f"https://youtube.com/channel/{CHANNEL}"))
    assert pushed is not None
    assert (pushed.url, pushed.hub) == (CHANNEL_FEED, "https://pubsubhubbub.appspot.com/")
    playlist = Source(1, 1, "youtube", "https://www.youtube.com/playlist?list=PLkim0123456789")
    assert YouTube().push_feed(playlist) is None, "playlists are not announced"


def test_a_page_without_a_channel_is_told() -> None:
    with Stage() as stage:
        stage.play(lambda asked: Answer(b"<html><title>Sebelum melanjutkan</title></html>", 200, "text/html"))
        ctx = TestingContext(stage.http("www.youtube.com"), now=NOW)
        with pytest.raises(FetchError) as refused:
            list(YouTube().harvest(Source(1, 1, "youtube", "https://www.youtube.com/@kim"), None, ctx))
    assert refused.value.reason == "bad_url"
    assert "channel/UC" in refused.value.detail
    assert channel_in(b"") == ""


def test_a_page_elsewhere_is_none_of_it() -> None:
    page = Response("https://taan.example/", 200, Headers({}), f"/channel/{CHANNEL}".encode())
    with Stage() as stage:
        ctx = TestingContext(stage.http(), now=NOW)
        assert list(YouTube().detect(Probe(page.url, page), ctx)) == []
