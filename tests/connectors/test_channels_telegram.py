"""The telegram publisher against a Bot API and public pages on loopback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from connectors.telegram.message import MAX_UNITS, text_of, units
from connectors.telegram.publish import TelegramPublisher
from hub.errors import AuthError, PublishError, RemoteError
from hub.model import Copy, Notice
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publisher_harness import correction, other_mark, sealed
from hub.testing.publishing import (
    PublishingContext,
    loopback_http,
    make_attachment,
    make_notice,
    make_target,
)
from tests.connectors.channel_fakes import TELEGRAM, TOKEN, Telegram, serving


class TelegramHarness(Harness):
    context: PublishingContext
    secrets = (TOKEN, TOKEN.partition(":")[2], "CNRY")
    lacks = frozenset({"name_dropped_header", "upload"})  # the token stands in the address

    def __init__(self, server: Telegram) -> None:
        self.server = server
        self.publisher = TelegramPublisher()
        self.target = make_target(
            "telegram",
            url=server.url,
            password=TOKEN,
            options={"chat": server.chat, "preview": server.url},
        )
        self.context = PublishingContext(loopback_http(timeout=1.0))

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [text for text in self.server.messages.values() if notice.mark in text]

    def broken(self, fault: str) -> AbstractContextManager[None]:
        return self.server.broken(fault)

    def edit(self, notice: Notice) -> None:
        number = self._number(notice)
        self.server.messages[number] += "\nRonda malam tetap jalan"

    def remove(self, notice: Notice) -> None:
        del self.server.messages[self._number(notice)]

    def keep_file(self, sha256: str, content: bytes) -> None:
        """Telegram gets a link."""

    def _number(self, notice: Notice) -> int:
        return next(number for number, text in self.server.messages.items() if notice.mark in text)


class PrivateHarness(TelegramHarness):
    lacks = TelegramHarness.lacks | {
        "look_up",
        "one_copy",
        "see_edits",
        "public_page",
        "prove_removal",
    }


@pytest.fixture
def server() -> Iterator[Telegram]:
    fake = Telegram()
    with serving(fake, TELEGRAM):
        yield fake


class TestPublicChannel(PublisherContract):
    @pytest.fixture
    def harness(self, server: Telegram) -> TelegramHarness:
        return TelegramHarness(server)


class TestPrivateChannel(PublisherContract):
    @pytest.fixture
    def harness(self, server: Telegram) -> TelegramHarness:
        server.chat, server.username = "-1001234567890", ""
        return PrivateHarness(server)


class TestChannelWithoutPreviews(PublisherContract):
    @pytest.fixture
    def harness(self, server: Telegram) -> TelegramHarness:
        server.previews = False
        return PrivateHarness(server)


@pytest.fixture
def harness(server: Telegram) -> TelegramHarness:
    return TelegramHarness(server)


def test_the_subject_is_bold_and_links_have_no_card(harness: TelegramHarness) -> None:
    notice = make_notice(subject="\N{PARTY POPPER} Pesta panen & pasar")
    copy = harness.create(notice)
    assert harness.server.bold[int(copy.remote_id)] == notice.subject
    body = next(body for _, path, body in harness.server.asked if path.endswith("/sendMessage"))
    assert b'"link_preview_options": {"is_disabled": true}' in body
    assert copy.remote_url == f"{harness.server.url}/kanaltaan/{copy.remote_id}"


def test_a_long_notice_is_cut_at_a_word_and_keeps_source_and_files() -> None:
    source = "Pengumuman resmi dari Kominfo: https://kim.example/pengumuman/12\nKode: " + make_notice().mark
    body = "\N{PARTY POPPER} warga diminta hadir " * 400
    files = tuple(make_attachment(bytes([n]), f"lampiran-{n}.pdf") for n in range(30))
    notice = make_notice(text=f"Pemadaman listrik di Kalukku\n\n{body}\n\n{source}", attachments=files)
    text = text_of(notice)
    assert MAX_UNITS - 300 < units(text) <= MAX_UNITS
    assert text.endswith(source)
    assert "\N{HORIZONTAL ELLIPSIS}\n" in text
    assert files[0].url in text


def test_a_text_without_a_source_line_gets_one() -> None:
    notice = make_notice(text="Listrik padam.")
    assert text_of(notice) == f"{notice.subject}\n\nListrik padam.\n\n{notice.url}\n{notice.mark}"


def test_a_copy_is_found_among_what_others_wrote_since(harness: TelegramHarness) -> None:
    notice = make_notice()
    copy = harness.create(notice)
    for number in range(25):
        harness.server.say(f"Kabar {number}")
    found = harness.publisher.find(notice, harness.target, harness.context)
    assert found is not None
    assert found.remote_id == copy.remote_id
    assert harness.publisher.find(make_notice(mark=other_mark(9)), harness.target, harness.context) is None


def test_an_adopted_copy_gets_the_newest_text(harness: TelegramHarness) -> None:
    notice = make_notice()
    first = harness.create(notice)
    receipt = harness.apply("create", correction(notice), None)
    assert receipt.adopted
    assert receipt.copy is not None
    assert receipt.copy.remote_id == first.remote_id
    assert "16.30" in harness.copies(notice, None)[0]


def test_where_it_cannot_look_it_does_not_send_blindly(harness: TelegramHarness) -> None:
    target = make_target(
        "telegram",
        url=harness.server.url,
        password=TOKEN,
        options={"chat": "@kanaltaan", "preview": "http://127.10.203.9:1"},
    )
    with pytest.raises(PublishError) as caught:
        harness.publisher.apply("create", make_notice(), None, target, harness.context)
    assert not caught.value.permanent
    assert "option preview" in caught.value.detail
    assert not harness.server.messages
    off = replace(target, options={**target.options, "preview": ""})
    receipt = harness.publisher.apply("create", make_notice(), None, off, harness.context)
    assert receipt.copy is not None
    assert receipt.copy.remote_url == f"https://t.me/kanaltaan/{receipt.copy.remote_id}"
    assert harness.publisher.verify(make_notice(), receipt.copy, off, harness.context).state == "unproven"


def test_a_first_try_does_not_look(harness: TelegramHarness) -> None:
    harness.context.untried = True
    harness.create(make_notice())
    methods = [
        (method, path.rpartition("/")[2].partition("?")[0]) for method, path, _ in harness.server.asked
    ]
    assert methods == [("POST", "sendMessage"), ("GET", "41")]


def test_what_may_not_be_deleted_any_more_says_that_it_is_void(harness: TelegramHarness) -> None:
    notice = make_notice()
    copy = harness.create(notice)
    harness.server.deletable = False
    for _ in range(2):
        receipt = harness.apply("withdraw", notice, copy)
        assert (receipt.outcome, receipt.copy) == ("done", None)
        assert "could not be deleted" in receipt.detail
    assert list(harness.server.messages.values()) == [notice.withdrawal_text]
    assert harness.publisher.verify(notice, copy, harness.target, harness.context).state == "gone"


def test_what_can_be_neither_deleted_nor_changed_is_still_live(harness: TelegramHarness) -> None:
    notice = make_notice()
    copy = harness.create(notice)
    harness.server.deletable = harness.server.editable = False
    receipt = harness.apply("withdraw", notice, copy)
    assert (receipt.outcome, receipt.copy) == ("still_live", copy)
    assert "by hand" in receipt.detail


def test_an_emoji_set_as_a_picture_is_no_edit(harness: TelegramHarness) -> None:
    notice = make_notice(subject="\N{PARTY POPPER} Pesta panen")
    copy = harness.create(notice)
    assert harness.publisher.verify(notice, copy, harness.target, harness.context).state == "seen"
    assert harness.apply("update", correction(notice), copy).outcome == "done"


@pytest.mark.parametrize(
    ("status", "said", "reason", "permanent"),
    [
        (400, "Bad Request: chat not found", "bad_url", True),
        (400, "Bad Request: not enough rights to send text messages to the chat", "auth", True),
        (400, "Bad Request: need administrator rights in the channel chat", "auth", True),
        (403, "Forbidden: bot is not a member of the channel chat", "auth", True),
        (403, "Forbidden: bot was kicked from the supergroup chat", "auth", True),
        (404, "Not Found", "auth", True),
        (400, "Bad Request: message text is empty", "http_4xx", True),
        (500, "Internal Server Error", "http_5xx", False),
        (418, "", "degraded", False),
    ],
)
def test_refusals_and_what_they_mean(
    harness: TelegramHarness, status: int, said: str, reason: str, permanent: bool
) -> None:
    harness.server.refusal = (status, said)
    error = harness.refused(make_notice())
    assert (error.reason, error.permanent) == (reason, permanent)
    assert error.detail
    sealed(harness.secrets, error)


def test_a_group_that_got_another_number_names_it(harness: TelegramHarness) -> None:
    def moved(act: str, given: dict[str, Any]) -> Any:
        said = "Bad Request: group chat was upgraded to a supergroup chat"
        raise harness.server._refuse(400, said, {"migrate_to_chat_id": -1009})

    harness.server._act = moved  # type: ignore[method-assign]
    with pytest.raises(RemoteError) as caught:
        harness.publisher.check(harness.target, harness.context)
    assert (caught.value.reason, caught.value.permanent) == ("moved", True)
    assert "-1009" in caught.value.detail


def test_an_answer_in_the_midst_of_rubbish_is_tried_again(harness: TelegramHarness) -> None:
    class Noise:
        def request(self, *given: Any, **more: Any) -> Any:
            answer = harness.context.http.request(*given, **more)
            return type(answer)(answer.url, 200, answer.headers, b"<html>captive portal</html>")

        get = staticmethod(harness.context.http.get)

    notice = make_notice()
    with pytest.raises(PublishError) as caught:
        harness.publisher.apply("create", notice, None, harness.target, PublishingContext(Noise()))
    assert not caught.value.permanent
    assert harness.create(notice)
    assert len(harness.copies(notice, None)) == 1


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("channel", {"status": "member"}),
        ("channel", {"status": "administrator", "can_post_messages": False}),
        ("supergroup", {"status": "left"}),
        ("supergroup", {"status": "restricted", "can_send_messages": False}),
    ],
)
def test_a_bot_without_the_right_to_write_fails_its_check(
    harness: TelegramHarness, kind: str, member: dict[str, Any]
) -> None:
    harness.server.kind, harness.server.member = kind, member
    with pytest.raises(AuthError) as caught:
        harness.publisher.check(harness.target, harness.context)
    assert caught.value.permanent
    harness.server.kind, harness.server.member = "supergroup", {"status": "member"}
    assert harness.publisher.check(harness.target, harness.context).account == "@kim_mamuju_bot"


@pytest.mark.parametrize("token", ["", "123", "7012345678:kurang", f"{TOKEN}/../x", f"x{TOKEN} y"])
def test_what_is_no_token_is_never_put_into_an_address(harness: TelegramHarness, token: str) -> None:
    target = replace(harness.target, password=token)
    with pytest.raises(AuthError) as caught:
        harness.publisher.check(target, harness.context)
    assert "@BotFather" in caught.value.detail
    assert not harness.server.asked


@pytest.mark.parametrize(
    "chat", ["kanaltaan", "@kanaltaan", "https://t.me/kanaltaan", "t.me/s/kanaltaan/", " @kanaltaan "]
)
def test_a_channel_may_be_named_in_any_usual_way(harness: TelegramHarness, chat: str) -> None:
    target = replace(harness.target, options={**harness.target.options, "chat": chat})
    assert harness.publisher.check(target, harness.context)


def test_what_is_no_channel_is_refused(harness: TelegramHarness) -> None:
    target = replace(harness.target, options={**harness.target.options, "chat": "a b/c"})
    with pytest.raises(PublishError) as caught:
        harness.publisher.check(target, harness.context)
    assert (caught.value.reason, caught.value.permanent) == ("bad_url", True)


def test_the_token_goes_over_plain_http_only_where_the_operator_allowed_it(harness: TelegramHarness) -> None:
    proxy = harness.server.url
    http = loopback_http(proxy=proxy, resolver=lambda host: ["93.184.216.34"], timeout=2.0)
    target = replace(harness.target, url="http://bot.example", options={"chat": "-100123"})
    with pytest.raises(RemoteError) as caught:
        harness.publisher.check(target, PublishingContext(http))
    assert "https" in caught.value.detail
    assert not harness.server.asked
    sealed(harness.secrets, caught.value)
