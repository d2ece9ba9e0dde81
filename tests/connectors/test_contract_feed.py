"""The contract for the feed connector, in the three languages of feeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from connectors.feed.harvest import FeedConnector
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.recorded import Exchange, Recording, save
from tests.conftest import ROOT

SITE = "https://taan.example"
ATOM = "http://www.w3.org/2005/Atom"
PAGE = 50
#: Feeds of real sites.
REAL = ("AListApart.xml", "FeedBurnerUrlNoAlternate.xml", "JoelonSoftware.xml", "HuffPostCanada.xml")


class FeedHarness(ConnectorHarness):
    connector = FeedConnector()
    url = "{stage}/feed"
    old_cursors = (
        {"validators": {"etag": '"lama"', "digest": "0" * 32}, "items": ["0" * 32]},
        {"validators": {"last_modified": "Thu, 01 Jan 2026 00:00:00 GMT"}, "items": [], "page": 3},
    )
    lacks = frozenset({"auth", "paging", "deletions"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path != "/feed":
            return Answer(b"tidak ada", 404, "text/plain")
        return self.document(items)

    def document(self, items: Sequence[Item]) -> Answer:
        raise NotImplementedError


class Rss(FeedHarness):
    def document(self, items: Sequence[Item]) -> Answer:
        body = "".join(map(self.item, items))
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>KIM Taan</title>'
            f"<link>{SITE}/</link><description>Kabar desa</description>{body}</channel></rss>"
        )
        return Answer(text.encode(), 200, "application/rss+xml; charset=UTF-8")

    @staticmethod
    def item(item: Item) -> str:
        return (
            f"<item><title>{escape(item.title)}</title><link>{SITE}/berita/{item.number}</link>"
            f'<guid isPermaLink="false">{SITE}/?p={item.number}</guid>'
            f"<pubDate>{format_datetime(item.published)}</pubDate>"
            f"<content:encoded><![CDATA[{item.html}]]></content:encoded></item>"
        )


class PagedRss(Rss):
    """The past on further pages (RFC 5005, 4)."""

    lacks = Rss.lacks - {"paging"}

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        page = int(asked.query.get("page", 1))
        answer = super().answer(asked, items[(page - 1) * PAGE : page * PAGE])
        if page * PAGE >= len(items):
            return answer
        link = f'<atom:link xmlns:atom="{ATOM}" rel="next" href="/feed?page={page + 1}"/><item>'
        return replace(answer, body=answer.body.replace(b"<item>", link.encode(), 1))


class Atom(FeedHarness):
    def document(self, items: Sequence[Item]) -> Answer:
        body = "".join(map(self.entry, items))
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="{ATOM}">'
            f"<id>{SITE}/</id><title>KIM Taan</title><updated>2026-02-01T00:00:00Z</updated>{body}</feed>"
        )
        return Answer(text.encode(), 200, "application/atom+xml; charset=utf-8")

    @staticmethod
    def entry(item: Item) -> str:
        updated = item.updated or item.published
        return (
            f"<entry><id>tag:taan.example,2026:{item.number}</id><title>{escape(item.title)}</title>"
            f'<link href="/berita/{item.number}"/><published>{item.published.isoformat()}</published>'
            f"<updated>{updated.isoformat()}</updated>"
            f'<content type="html">{escape(item.html)}</content></entry>'
        )


class JsonFeed(FeedHarness):
    lacks = FeedHarness.lacks | {"charset"}  # JSON is UTF-8 (RFC 8259)

    def document(self, items: Sequence[Item]) -> Answer:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "KIM Taan",
            "home_page_url": f"{SITE}/",
            "items": list(map(self.item, items)),
        }
        return Answer(json.dumps(feed).encode(), 200, "application/feed+json")

    @staticmethod
    def item(item: Item) -> dict[str, Any]:
        return {
            "id": f"{SITE}/?p={item.number}",
            "url": f"{SITE}/berita/{item.number}",
            "title": item.title,
            "content_html": item.html,
            "date_published": item.published.isoformat(),
        }


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The third parties' feeds as recordings; None where the shared test data is absent."""
    folder = ROOT.parent / "shared" / "data" / "corpora" / "feeds-real" / "feedjira"
    if not folder.is_dir():
        return None
    made = tmp_path_factory.mktemp("recorded")
    for name in REAL:
        exchange = Exchange(f"{SITE}/feed", 200, {"content-type": "text/xml"}, (folder / name).read_bytes())
        save(made / name, Recording(f"{SITE}/feed", {}, [exchange]))
    return made


class TestRss(ConnectorContract):
    @pytest.fixture
    def harness(self, recorded: Path | None) -> ConnectorHarness:
        harness = Rss()
        harness.recorded = recorded
        return harness


class TestPagedRss(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return PagedRss()


class TestAtom(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Atom()


class TestJsonFeed(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return JsonFeed()
