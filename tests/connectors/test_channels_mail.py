"""The mail publisher through a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import quote

import pytest

from connectors.mail.publish import MailPublisher
from hub.errors import PublishError
from hub.mail import Mailer
from hub.model import Copy, Notice, Preview
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publisher_harness import correction, words
from hub.testing.publishing import PublishingContext, make_attachment, make_notice, make_target
from tests.connectors.smtp_fake import PASSWORD, USER, Inbox, inbox

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")

LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


def replied_to(mail: EmailMessage) -> str:
    """A long id stands on a line of its own, and then the parser leaves the space before it."""
    return str(mail["In-Reply-To"] or "").strip()


class MailHarness(Harness):
    secrets = (PASSWORD, quote(PASSWORD, safe=""))
    #: The password is the hub's own and nobody reads other people's mailboxes.
    lacks = frozenset(
        {
            "credentials",
            "name_dropped_header",
            "look_up",
            "see_edits",
            "see_removal",
            "public_page",
            "prove_removal",
            "take_back",
            "upload",
        }
    )

    def __init__(self, box: Inbox) -> None:
        self.box = box
        self.publisher = MailPublisher()
        self.target = make_target("mail", options={"to": ["ani@desa.example", "kim@taan.example"]})
        mailer = Mailer(box.url(user=LOGIN), "kim@mamujukab.example", timeout=1.0)
        self.context = PublishingContext(mail=mailer.send)

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        """As a mail program shows it: one conversation for each first mail, its newest reading."""
        threads: dict[str, str] = {}
        for mail in self.box.mails:
            if notice.mark in mail["Message-ID"] and ".withdrawn@" not in mail["Message-ID"]:
                threads[replied_to(mail) or mail["Message-ID"]] = mail.get_content()
        return list(threads.values())

    def same(self, preview: Preview, copy: str) -> bool:
        """But for the link to confirm, which is made when it is sent."""
        text, _, confirm = words(copy).partition(" Sudah dipasang?")
        return text == words(preview.text) and "https://" in confirm

    def broken(self, fault: str) -> AbstractContextManager[None]:
        return self.box.broken(fault)

    def keep_file(self, sha256: str, content: bytes) -> None:
        """The mail has a link."""


@pytest.fixture
def box() -> Iterator[Inbox]:
    with inbox(auth=True) as opened:
        yield opened


class TestMail(PublisherContract):
    @pytest.fixture
    def harness(self, box: Inbox) -> MailHarness:
        return MailHarness(box)


@pytest.fixture
def harness(box: Inbox) -> MailHarness:
    return MailHarness(box)


def test_one_conversation_from_announcement_to_withdrawal(harness: MailHarness) -> None:
    notice = make_notice()
    copy = harness.create(notice)
    copy = harness.apply("update", correction(notice), copy).copy or copy
    harness.apply("withdraw", correction(notice), copy)
    first, second, third = harness.box.mails
    assert first["Message-ID"] == copy.remote_id
    assert first["In-Reply-To"] is None
    for reply in (second, third):
        assert replied_to(reply) == reply["References"].strip() == first["Message-ID"]
    assert len({mail["Message-ID"] for mail in harness.box.mails}) == 3
    assert [mail["Subject"].partition(":")[0] for mail in harness.box.mails] == [
        "Pengumuman",
        "Ralat pengumuman",
        "Pengumuman ditarik",
    ]
    assert first["To"] == "ani@desa.example, kim@taan.example"
    assert first["Auto-Submitted"] == "auto-generated"
    assert harness.context.confirm_url(notice) in first.get_content()
    assert harness.context.confirm_url(notice) not in third.get_content()
    assert notice.withdrawal_text.split("\n")[0] in third.get_content()


def test_each_try_of_one_act_has_the_same_id(harness: MailHarness) -> None:
    notice = make_notice()
    with harness.box.broken("hang_after"):
        assert harness.refused(notice).reason == "timeout"
    harness.create(notice)
    assert len(harness.box.mails) == 2
    assert len({mail["Message-ID"] for mail in harness.box.mails}) == 1
    other = make_target("mail", id=8, options=harness.target.options)
    harness.publisher.apply("create", notice, None, other, harness.context)
    assert len({mail["Message-ID"] for mail in harness.box.mails}) == 2


def test_a_correction_sent_in_place_of_a_lost_first_mail_belongs_to_it(harness: MailHarness) -> None:
    notice = make_notice()
    with harness.box.broken("cut_after"):
        harness.refused(notice)
    harness.apply("create", correction(notice), None)
    assert replied_to(harness.box.mails[1]) == harness.box.mails[0]["Message-ID"]


def test_files_are_links_with_their_names(harness: MailHarness) -> None:
    attachment = make_attachment(b"%PDF", "jadwal.pdf", alt="Jadwal pemadaman")
    harness.create(make_notice(attachments=(attachment,)))
    assert f"- Jadwal pemadaman: {attachment.url}" in harness.box.mails[0].get_content()


def test_in_english_where_asked(harness: MailHarness) -> None:
    target = make_target("mail", options={"to": ["ani@desa.example"], "language": "en"})
    harness.publisher.apply("create", make_notice(), None, target, harness.context)
    assert harness.box.mails[0]["Subject"].startswith("Announcement: ")


def test_a_subject_cannot_begin_a_header(harness: MailHarness) -> None:
    harness.create(make_notice(subject="Rapat\r\nBcc: x@evil.example"))
    assert harness.box.recipients == [["ani@desa.example", "kim@taan.example"]]
    assert harness.box.mails[0]["Bcc"] is None


def test_the_word_of_somebody_is_noted_and_is_no_proof(harness: MailHarness) -> None:
    notice = make_notice()
    copy = harness.create(notice)
    harness.context.confirmed[notice.mark] = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    sight = harness.publisher.verify(notice, copy, harness.target, harness.context)
    assert sight.state == "unproven"
    assert "2026-11-24T03:00" in sight.detail


@pytest.mark.parametrize(
    "wrong", ["ani", "ani@desa", "ani@desa.example bu@desa.example", "ani@@desa.example"]
)
def test_an_address_that_is_none_fails_the_check(harness: MailHarness, wrong: str) -> None:
    right = "Bu Ani <ani@desa.example>"
    assert harness.publisher.check(make_target("mail", options={"to": [right]}), harness.context)
    with pytest.raises(PublishError) as caught:
        harness.publisher.check(make_target("mail", options={"to": [right, wrong]}), harness.context)
    assert caught.value.permanent
    assert wrong in caught.value.detail


def test_a_hub_without_mail_says_so_in_the_check(harness: MailHarness) -> None:
    for context in (PublishingContext(), PublishingContext(mail=Mailer("", "").send)):
        with pytest.raises(PublishError) as caught:
            harness.publisher.check(harness.target, context)
        assert caught.value.permanent
        assert "[mail] url" in caught.value.detail
