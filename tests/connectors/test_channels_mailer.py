"""hub.mail against a real SMTP server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import quote

import pytest

from hub.errors import PublishError
from hub.mail import Mailer
from hub.testing import faults
from tests.connectors.smtp_fake import ADDRESS, PASSWORD, USER, Inbox, certificate, inbox

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")

SENDER = "Kominfo Mamuju <kim@mamujukab.example>"
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


@pytest.fixture
def box() -> Iterator[Inbox]:
    with inbox() as opened:
        yield opened


def mailer(box: Inbox, **more: str) -> Mailer:
    return Mailer(box.url(**more), SENDER, timeout=5)


def refusal(sender: Mailer, *to: str, subject: str = "Uji", **headers: str) -> PublishError:
    with pytest.raises(PublishError) as caught:
        sender.send(to or ("a@desa.example",), subject, "Isi", headers)
    return caught.value


def test_a_mail_arrives_as_it_was_written(box: Inbox) -> None:
    to = ("Bu Ani Ñoer <ani@desa.example>", "kim@taan.example")
    mailer(box).send(
        to, "Pemadaman listrik 🎉 é", "Baris satu\n.titik\nBaris “tiga”", {"Message-ID": "<1@x>"}
    )
    mail = box.mails[0]
    assert mail["Subject"] == "Pemadaman listrik 🎉 é"
    assert mail["Message-ID"] == "<1@x>"
    assert mail["Date"]
    assert parseaddr(mail["From"]) == ("Kominfo Mamuju", "kim@mamujukab.example")
    assert "Bu Ani Ñoer" in mail["To"]
    assert box.recipients == [["ani@desa.example", "kim@taan.example"]]
    assert mail.get_content().replace("\r\n", "\n") == "Baris satu\n.titik\nBaris “tiga”\n"


def test_without_an_id_of_the_caller_each_mail_has_its_own(box: Inbox) -> None:
    for _ in range(2):
        mailer(box).send(["a@desa.example"], "Uji", "Isi", {})
    first, second = (mail["Message-ID"] for mail in box.mails)
    assert first != second
    assert first.endswith("@mamujukab.example>")


@pytest.mark.parametrize(
    "wrong",
    [
        "a@desa.example\r\nBcc: x@evil.example",
        "a@desa.example\nX: y",
        "a@desa.example, x@evil.example",
        "a@desa",
        "desa.example",
        "",
        "<a@desa.example> <x@evil.example>",
        "a@desa.example\x00",
    ],
)
def test_what_is_no_single_address_is_refused(box: Inbox, wrong: str) -> None:
    error = refusal(mailer(box), wrong)
    assert error.permanent
    assert not box.mails


def test_no_value_begins_a_header_of_its_own(box: Inbox) -> None:
    mailer(box).send(["a@desa.example"], "Rapat\r\nBcc: x@evil.example\n\nHalo", "Isi", {})
    assert box.mails[0]["Subject"] == "Rapat Bcc: x@evil.example Halo"
    assert box.mails[0]["Bcc"] is None
    assert box.recipients == [["a@desa.example"]]
    sender = mailer(box)
    assert refusal(sender, **{"X-Nomor": "1\r\nBcc: x@evil.example"}).permanent
    assert refusal(sender, **{"X:\r\nBcc": "x@evil.example"}).permanent
    assert refusal(sender, To="x@evil.example").permanent
    assert refusal(Mailer(box.url(), "Kim\nBcc: x@evil.example <a@b.example>")).permanent
    assert len(box.mails) == 1


def test_starttls_is_used_where_it_is_offered() -> None:
    with inbox(tls=True, auth=True) as box:
        mailer(box, user=LOGIN).send(["a@desa.example"], "Uji", "Isi", {})
        assert box.encrypted == [True]
        assert box.logins == 1


def test_tls_from_the_start_with_a_certificate_that_is_checked(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with inbox(smtps=pem, auth=True) as box:
        url = box.url(user=LOGIN, scheme="smtps")
        Mailer(url, SENDER, timeout=5, ca_file=str(pem)).send(["a@desa.example"], "Uji", "Isi", {})
        assert (len(box.mails), box.logins) == (1, 1)
        assert refusal(Mailer(url, SENDER, timeout=5)).reason == "bad_tls"
        assert box.logins == 1


def test_a_login_and_what_a_wrong_one_looks_like() -> None:
    with inbox(auth=True) as box:
        mailer(box, user=LOGIN).send(["a@desa.example"], "Uji", "Isi", {})
        assert len(box.mails) == 1
        box.password = "another"
        error = refusal(mailer(box, user=LOGIN))
        assert (error.reason, error.permanent) == ("auth", True)
        assert "[mail] url" in error.detail
        assert PASSWORD not in f"{error!r} {error.__context__!r} {mailer(box, user=LOGIN)!r}"


def test_without_recipients_it_only_signs_in() -> None:
    with inbox(auth=True) as box:
        mailer(box, user=LOGIN).send((), "", "", {})
        assert (box.logins, box.mails) == (1, [])


def test_refused_for_now_and_for_good(box: Inbox) -> None:
    box.refuse = "451 4.3.0 disk penuh"
    assert not refusal(mailer(box)).permanent
    box.refuse = "554 5.7.1 ditolak"
    error = refusal(mailer(box))
    assert error.permanent
    assert "554" in error.detail
    box.refuse = ""
    box.refused = {"a@desa.example": "450 4.2.0 nanti"}
    assert not refusal(mailer(box)).permanent
    box.refused = {"a@desa.example": "550 5.1.1 tidak dikenal"}
    error = refusal(mailer(box))
    assert error.permanent
    assert "a@desa.example" in error.detail


def test_one_refused_recipient_does_not_send_everybody_a_second_mail(
    box: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    box.refused = {"b@desa.example": "550 5.1.1 tidak dikenal"}
    with caplog.at_level(logging.WARNING):
        mailer(box).send(["a@desa.example", "b@desa.example"], "Uji", "Isi", {})
    assert box.recipients == [["a@desa.example"]]
    assert "b@desa.example" in caplog.text


@pytest.mark.parametrize(
    ("url", "sender", "named"),
    [
        ("", SENDER, "[mail] url"),
        ("http://mail.example", SENDER, "[mail] url"),
        ("smtp://mail.example:abc", SENDER, "[mail] url"),
        (f"smtp://{ADDRESS}:25", "", "[mail] sender"),
    ],
)
def test_a_hub_without_mail_names_the_setting(url: str, sender: str, named: str) -> None:
    error = refusal(Mailer(url, sender))
    assert error.permanent
    assert named in error.detail


def test_a_server_that_is_not_there_or_says_nothing(box: Inbox) -> None:
    with faults.serve(faults.silent(0), ADDRESS) as closed:
        pass
    assert refusal(Mailer(f"smtp://{ADDRESS}:{closed.port}", SENDER)).reason == "unreachable"
    with faults.serve(faults.silent(5), ADDRESS) as silent:
        error = refusal(Mailer(f"smtp://{ADDRESS}:{silent.port}", SENDER, timeout=0.2))
    assert (error.reason, error.permanent) == ("timeout", False)
    assert refusal(Mailer("smtp://mail.nirvana.invalid", SENDER)).reason == "dns"
    assert refusal(mailer(box, scheme="smtps")).reason in ("bad_tls", "unreachable")
