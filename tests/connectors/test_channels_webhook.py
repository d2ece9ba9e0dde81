"""The webhook publisher against a receiver that checks signatures by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import pytest

from connectors.webhook.publish import WebhookPublisher
from hub.errors import AuthError, RemoteError
from hub.model import Copy, Notice
from hub.testing import faults
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publisher_harness import correction
from hub.testing.publishing import PublishingContext, loopback_http, make_attachment, make_notice, make_target
from tests.connectors.channel_fakes import SECRET, WEBHOOK, Receiver, serving


class WebhookHarness(Harness):
    secrets = (SECRET, SECRET.removeprefix("whsec_"))
    #: Files travel as addresses in the event, not in its text.
    lacks = frozenset({"name_dropped_header", "look_up", "see_edits", "see_removal", "upload", "link"})

    def __init__(self, server: Receiver) -> None:
        self.server = server
        self.publisher = WebhookPublisher()
        self.target = make_target("webhook", url=f"{server.url}/masuk", password=SECRET)
        self.context = PublishingContext(loopback_http(timeout=1.0))

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [post["html"] for post in self.server.shown if post["id"] == notice.mark]

    def broken(self, fault: str) -> AbstractContextManager[None]:
        return self.server.broken(fault)

    def remove(self, notice: Notice) -> None:
        self.server.shown = [post for post in self.server.shown if post["id"] != notice.mark]

    def keep_file(self, sha256: str, content: bytes) -> None:
        """The receiver gets a link."""


class SilentHarness(WebhookHarness):
    """A receiver that says nothing of what it did."""

    lacks = WebhookHarness.lacks | {"public_page", "prove_removal"}


@pytest.fixture
def server() -> Iterator[Receiver]:
    fake = Receiver()
    with serving(fake, WEBHOOK):
        yield fake


class TestWebhook(PublisherContract):
    @pytest.fixture
    def harness(self, server: Receiver) -> WebhookHarness:
        return WebhookHarness(server)


class TestReceiverWithoutPages(PublisherContract):
    @pytest.fixture
    def harness(self, server: Receiver) -> WebhookHarness:
        server.pages = False
        return SilentHarness(server)


@pytest.fixture
def harness(server: Receiver) -> WebhookHarness:
    return WebhookHarness(server)


def test_the_event_says_all_that_is_public(harness: WebhookHarness) -> None:
    attachment = make_attachment(b"%PDF", "jadwal.pdf", alt="Jadwal")
    notice = make_notice(attachments=(attachment,))
    copy = harness.create(notice)
    harness.apply("update", correction(notice), copy)
    harness.apply("withdraw", correction(notice), copy)
    created, corrected, withdrawn = harness.server.events
    assert [event["type"] for event in harness.server.events] == [
        "announcement.published",
        "announcement.corrected",
        "announcement.withdrawn",
    ]
    data = created["data"]
    assert data["id"] == notice.mark
    assert data["date"] == "2026-11-24"
    assert (data["html"], data["text"], data["short"]) == (notice.html, notice.text, notice.short)
    assert data["attachments"][0]["url"] == attachment.url
    assert corrected["data"]["version"] == 2
    assert withdrawn["data"]["html"] == notice.withdrawal
    assert withdrawn["data"]["attachments"] == []
    assert harness.server.ids == [
        f"{notice.mark}-v1-published",
        f"{notice.mark}-v2-corrected",
        f"{notice.mark}-v2-withdrawn",
    ]


def test_staff_who_want_it_done_again_are_not_taken_for_a_repetition(harness: WebhookHarness) -> None:
    notice = make_notice()
    copy = harness.create(notice)
    harness.apply("create", notice, copy, overwrite=True)
    assert len(harness.server.events) == 2


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [
        (301, "moved", True),
        (400, "http_4xx", True),
        (404, "http_4xx", True),
        (403, "auth", True),
        (408, "http_4xx", False),
        (409, "http_4xx", False),
        (410, "gone", True),
        (413, "too_large", True),
        (425, "http_4xx", False),
        (500, "http_5xx", False),
    ],
)
def test_statuses_and_what_they_mean(
    harness: WebhookHarness, status: int, reason: str, permanent: bool
) -> None:
    harness.server.status = status
    error = harness.refused(make_notice())
    assert (error.reason, error.permanent) == (reason, permanent)


@pytest.mark.parametrize(
    "said",
    [b"[]", b"ok", b'{"url": "javascript:alert(1)"}', b'{"id": {}, "url": 7}', b'{"id": "", "url": ""}'],
)
def test_an_answer_of_any_shape_is_an_answer(harness: WebhookHarness, said: bytes) -> None:
    harness.server.answer = lambda mark: said
    notice = make_notice()
    assert harness.create(notice) == Copy(notice.mark)


def test_the_receivers_own_number_is_kept(harness: WebhookHarness) -> None:
    harness.server.answer = lambda mark: json.dumps({"id": 77}).encode()
    copy = harness.create(make_notice())
    assert copy.remote_id == "77"
    assert harness.server.pages


@pytest.mark.parametrize("secret", ["", "pendek", "whsec_", "whsec_!!!", "whsec_YWJj"])
def test_a_secret_that_is_none_is_refused_before_anything_is_sent(
    harness: WebhookHarness, secret: str
) -> None:
    target = make_target("webhook", url=harness.target.url, password=secret)
    with pytest.raises(AuthError) as caught:
        harness.publisher.check(target, harness.context)
    assert caught.value.permanent
    assert not harness.server.asked


def test_a_secret_may_be_any_long_text(harness: WebhookHarness) -> None:
    target = make_target("webhook", url=harness.target.url, password="kata rahasia bersama kami")
    with pytest.raises(AuthError):  # signed with it, and so not with what the receiver has
        harness.publisher.apply("create", make_notice(), None, target, harness.context)
    assert harness.server.asked


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://10.0.0.1/"]
)
def test_internal_addresses_are_refused(harness: WebhookHarness, url: str) -> None:
    target = make_target("webhook", url=url, password=SECRET)
    with pytest.raises(RemoteError) as caught:
        harness.publisher.apply("create", make_notice(), None, target, harness.context)
    assert (caught.value.reason, caught.value.permanent) == ("blocked_address", True)


def test_a_page_of_the_receivers_choice_passes_the_same_guard(harness: WebhookHarness) -> None:
    with faults.Canary() as canary:
        harness.server.answer = lambda mark: json.dumps({"url": canary.url}).encode()
        notice = make_notice()
        copy = harness.create(notice)
        with pytest.raises(RemoteError):
            harness.publisher.verify(notice, copy, harness.target, harness.context)
        assert canary.connects == 0
