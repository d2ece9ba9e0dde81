"""Channels that send nothing: WhatsApp's ready text, and the feed that sites fetch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.feed.publish import FeedPublisher
from connectors.whatsapp.publish import WhatsappPublisher
from hub.errors import FetchError, PublishError
from hub.model import Copy, Notice, Receipt
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publishing import PublishingContext, loopback_http, make_notice, make_target
from tests.connectors.channel_fakes import Answer, Server, serving

SITE, HUB = "127.10.205.1", "127.10.206.1"
SENDS_NOTHING = frozenset(
    {
        "network",
        "credentials",
        "name_dropped_header",
        "look_up",
        "see_edits",
        "see_removal",
        "prove_removal",
        "upload",
        "link",
    }
)


class WhatsappHarness(Harness):
    lacks = SENDS_NOTHING | {"public_page", "take_back"}

    def __init__(self) -> None:
        self.publisher = WhatsappPublisher()
        self.target = make_target("whatsapp")
        self.context = PublishingContext()

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [parse_qs(urlsplit(copy.remote_url).query)["text"][0]] if copy else []

    def broken(self, fault: str) -> AbstractContextManager[None]:
        return nullcontext()

    def keep_file(self, sha256: str, content: bytes) -> None:
        """Files are on the notice's page."""


class TestWhatsapp(PublisherContract):
    @pytest.fixture
    def harness(self) -> WhatsappHarness:
        return WhatsappHarness()


@pytest.mark.parametrize(
    ("phone", "number"),
    [("", ""), ("0812 3456-7890", "6281234567890"), ("+62 (812) 3456.7890", "6281234567890")],
)
def test_the_link_opens_whatsapp_with_the_text(phone: str, number: str) -> None:
    notice = make_notice(short="*Rapat* & kue\n100% jadi? #1 +\N{PARTY POPPER}")
    target = make_target("whatsapp", options={"phone": phone} if phone else {})
    receipt = WhatsappPublisher().apply("create", notice, None, target, PublishingContext())
    assert receipt.copy is not None
    parts = urlsplit(receipt.copy.remote_url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "wa.me", f"/{number}")
    assert parse_qs(parts.query) == {"text": [notice.short]}


@pytest.mark.parametrize("phone", ["telepon", "12", "0812345678901234567", "0812/evil.example?x"])
def test_what_is_no_number_is_refused(phone: str) -> None:
    with pytest.raises(PublishError) as caught:
        WhatsappPublisher().check(make_target("whatsapp", options={"phone": phone}), PublishingContext())
    assert caught.value.permanent


# -- the feed -----------------------------------------------------------------------------------------


@dataclass
class Page(Server):
    """One page at any address; ``embed`` answers in its place under the hub's own path."""

    html: str = ""
    embed: str = ""
    status: int = 200

    def handle(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        html = self.embed if path.startswith("/embed/") else self.html
        return Answer(self.status, html.encode(), {"Content-Type": "text/html; charset=utf-8"})


class FeedHarness(Harness):
    lacks = SENDS_NOTHING

    def __init__(self, site: Page) -> None:
        self.site = site
        self.publisher = FeedPublisher()
        self.target = make_target("feed", options={"page": f"{site.url}/"})
        self.context = PublishingContext(loopback_http(timeout=1.0))
        self.shown: dict[str, Notice] = {}

    def apply(self, action: Any, notice: Notice, copy: Copy | None, **more: bool) -> Receipt:
        """The feed itself is the hub's; the site's block shows what is in it after each change."""
        receipt = super().apply(action, notice, copy, **more)
        if action == "withdraw":
            self.shown.pop(notice.mark, None)
        else:
            self.shown[notice.mark] = notice
        items = (f'<li><a href="{each.url}">{each.number}</a></li>' for each in self.shown.values())
        self.site.html = f'<ul class="wp-block-rss">{"".join(items)}</ul>'
        return receipt

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [each.html for mark, each in self.shown.items() if mark == notice.mark]

    def broken(self, fault: str) -> AbstractContextManager[None]:
        return nullcontext()

    def keep_file(self, sha256: str, content: bytes) -> None:
        """Files are on the notice's page."""


class PagelessHarness(FeedHarness):
    lacks = SENDS_NOTHING | {"public_page"}

    def __init__(self, site: Page) -> None:
        super().__init__(site)
        self.target = make_target("feed")


@pytest.fixture
def site() -> Iterator[Page]:
    page = Page()
    with serving(page, SITE):
        yield page


@pytest.fixture
def hub() -> Iterator[Page]:
    page = Page()
    with serving(page, HUB):
        yield page


class TestFeed(PublisherContract):
    @pytest.fixture
    def harness(self, site: Page) -> FeedHarness:
        return FeedHarness(site)


class TestFeedWithoutPage(PublisherContract):
    @pytest.fixture
    def harness(self, site: Page) -> PagelessHarness:
        return PagelessHarness(site)


def look(site: Page, notice: Notice, context: PublishingContext | None = None) -> tuple[str, str]:
    harness = FeedHarness(site)
    copy = Copy(notice.mark, f"{site.url}/")
    sight = harness.publisher.verify(notice, copy, harness.target, context or harness.context)
    return sight.state, sight.detail


def test_the_link_is_that_notices_own(site: Page) -> None:
    notice = make_notice(url="https://kim.example/pengumuman/1")
    site.html = '<a href="https://kim.example/pengumuman/12">lain</a>'
    assert look(site, notice)[0] == "unproven"
    site.html = '<a href="//kim.example/pengumuman/1?utm_source=rss&amp;x=1">itu</a>'
    assert look(site, notice)[0] == "seen"
    site.html = f"<p>Kode: {notice.mark}</p>"
    assert look(site, notice)[0] == "seen"


@pytest.mark.parametrize(
    ("html", "asked"),
    [
        ('<iframe src="{hub}/embed/pengumuman?village=76.02.05.2003"></iframe>', "?village=76.02.05.2003"),
        ('<iframe src="{hub}/embed/pengumuman"></iframe>', ""),
        ('<script src="{hub}/embed/pengumuman.js?village=76.02.05.2003"></script>', "?village=76.02.05.2003"),
        (
            '<p data-kimhub-village="76.02.05.2003"></p><script src="{hub}/embed/pengumuman.js"></script>',
            "?village=76.02.05.2003",
        ),
    ],
)
def test_an_embed_counts_for_what_it_shows_now(site: Page, hub: Page, html: str, asked: str) -> None:
    notice = make_notice(url=f"{hub.url}/pengumuman/12")
    site.html = html.format(hub=hub.url)
    hub.embed = f'<h2><a href="{notice.url}">Pemadaman</a></h2>'
    assert look(site, notice) == ("seen", "an embed on the page shows it")
    assert hub.asked[0][1] == f"/embed/pengumuman{asked}"
    hub.embed = f'<a href="{hub.url}/pengumuman/123">Lain</a>'  # withdrawn, the embed still stands
    state, detail = look(site, notice)
    assert state == "unproven"
    assert "embed" in detail
    hub.status = 500
    assert look(site, notice)[0] == "unproven"


def test_an_embed_of_another_hub_is_not_asked(site: Page, hub: Page) -> None:
    site.html = f'<iframe src="{hub.url}/embed/pengumuman"></iframe><iframe src="http://[x/"></iframe>'
    assert look(site, make_notice())[0] == "unproven"
    assert not hub.asked


def test_fetched_is_told_and_is_no_proof(site: Page) -> None:
    notice = make_notice()
    context = PublishingContext(loopback_http())
    assert look(site, notice, context) == ("unproven", "nobody has fetched the feed since")
    context.fetched[notice.mark] = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    assert look(site, notice, context)[1] == "the feed was fetched at 2026-11-24T03:00+00:00"


def test_the_page_may_be_the_targets_address(site: Page) -> None:
    target = make_target("feed", url=f"{site.url}/pengumuman")
    assert FeedPublisher().check(target, PublishingContext(loopback_http())).account == target.url


def test_a_page_that_is_not_there_fails_the_check(site: Page) -> None:
    site.status = 404
    harness = FeedHarness(site)
    with pytest.raises(FetchError):
        harness.publisher.check(harness.target, harness.context)
