"""News by mail through a real SMTP server: what the mail says to people and to their programs, and a process
that is killed in the worst moment."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.mail.notify import MailNotifier
from hub.errors import PublishError, RemoteError
from hub.mail import Mailer
from hub.model.following import Wish
from hub.spec import Http, Item, News
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from tests.connectors.smtp_fake import Inbox, inbox
from tests.services.test_following import Post

LONG = "https://kabardesa.kominfosandi.kabupaten-mamuju-contoh.go.id"
NEWS = News(
    key="0123456789abcdef01234567",
    subject="2 baru: berita “posyandu”",
    intro="Yang baru:",
    items=(
        Item(
            "Posyandu Taan",
            f"{LONG}/berita/1",
            place="Desa Taan",
            excerpt="Balita ditimbang.",
            heading="Senin",
        ),
        Item("Ronda", f"{LONG}/berita/2", heading="Senin", urgent=True),
    ),
    url=f"{LONG}/cari?q=posyandu",
    url_words="Lihat semuanya",
    stop_url=f"{LONG}/ikuti/berhenti/123456-zqLF94M184VRhy3otFVc1I",
    stop_words="Berhenti",
    manage_url=f"{LONG}/ikuti/123456-3mZDTBjnu8QQNUHqXU7lu1",
    manage_words="Ubah",
)


@dataclass(frozen=True)
class Lent:
    """What the hub lends, with a real mailer."""

    mailer: Mailer
    http: Http | None = None
    options: Mapping[str, object] = None  # type: ignore[assignment]
    hub_name: str = "Kabar Desa Mamuju"
    hub_url: str = LONG
    contact: str = "ops@mamuju.example"
    mails: bool = True

    def now(self) -> datetime:
        return datetime.now(UTC)

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        self.mailer.send(to, subject, text, headers)

    def keep(self, name: str, make: Callable[[], str]) -> str:
        return make()


@pytest.fixture
def box() -> Iterator[Inbox]:
    with inbox() as opened:
        yield opened


def send(box: Inbox, news: News = NEWS) -> None:
    mailer = Mailer(box.url(), "Kabar <kabar@mamuju.example>", timeout=2.0)
    MailNotifier().send(news, "ani@contoh.id", Lent(mailer))  # type: ignore[arg-type]


def test_what_people_read_and_what_programs_read(box: Inbox) -> None:
    send(box)
    (mail,) = box.mails
    assert mail["To"] == "ani@contoh.id"
    assert mail["Subject"] == NEWS.subject
    assert mail["Message-ID"].strip() == f"<{NEWS.key}@{LONG.removeprefix('https://')}>"
    # RFC 8058: both headers, one address, and it must survive folding as it is
    assert mail["List-Unsubscribe"].strip() == f"<{NEWS.stop_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content().replace("\r\n", "\n")
    for part in (
        "Posyandu Taan",
        "Desa Taan",
        "Balita ditimbang.",
        "■ Ronda",
        f"Lihat semuanya:\n{NEWS.url}",
    ):
        assert part in text
    assert text.count("Senin") == 1, "a heading stands above its part, not above each item"
    for url in (NEWS.stop_url, NEWS.manage_url, f"{LONG}/berita/1"):
        assert re.search(rf"(?:^|\s){re.escape(url)}$", text, re.M), url


def test_a_line_break_in_a_title_makes_no_header(box: Inbox) -> None:
    from dataclasses import replace

    send(box, replace(NEWS, subject="Kabar\r\nBcc: semua@contoh.id"))
    (mail,) = box.mails
    assert mail["Bcc"] is None
    assert box.recipients == [["ani@contoh.id"]]


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ("550 5.1.1 no such user", True),
        ("550 no such user", True),
        ("550 5.2.1 mailbox disabled", True),
        ("550 5.7.1 relaying denied", False),
        ("554 5.7.1 blocked", False),
        ("552 5.2.2 mailbox full", False),
        ("450 4.2.0 try later", False),
        ("550 5.1.8 bad sender", False),
    ],
    ids=lambda value: str(value).replace(" ", "-") if isinstance(value, str) else "",
)
def test_only_a_mailbox_that_does_not_exist_ends_it(box: Inbox, answer: str, gone: bool) -> None:
    box.refused["ani@contoh.id"] = answer
    with pytest.raises(RemoteError) as caught:
        send(box)
    assert (caught.value.permanent and caught.value.reason == "gone") is gone


def test_a_server_that_is_down_ends_nothing(box: Inbox) -> None:
    with box.broken("down"), pytest.raises(PublishError) as caught:
        send(box)
    assert caught.value.reason != "gone"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ani@Contoh.ID ", "ani@contoh.id"),
        ("ani+desa@contoh.co.id", "ani+desa@contoh.co.id"),
        ("ani", None),
        ("ani@contoh", None),
        ("ani@contoh.id, budi@contoh.id", None),
        ("ani@contoh.id\nBcc: x@y.id", None),
        ("Ani <ani@contoh.id>", None),
        (".ani@contoh.id", None),
        ("a@" + "b" * 250 + ".id", None),
    ],
    ids=["trimmed", "plus", "no-at", "no-dot", "two", "header", "name", "dot", "long"],
)
def test_addresses(given: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(ValueError, match="mail address"):
            MailNotifier().clean(given)
    else:
        assert MailNotifier().clean(given) == kept


_CHILD = """
import sys
from pathlib import Path
from tests.clock import Clock
from tests.connectors.test_notify_mail import mailing_hub
from datetime import datetime
hub = mailing_hub(Path(sys.argv[1]), sys.argv[2], Clock(datetime.fromisoformat(sys.argv[3]))).hub
print("ready", flush=True)
hub.telling.run()
"""


def mailing_hub(root: Path, url: str, clock: Clock) -> Post:
    connector = ScriptedConnector()
    settings = {"mail": {"url": url, "sender": "Kabar <kabar@mamuju.example>"}}
    hub = scripted_hub(root, connector, now=clock, settings=settings)
    return Post(hub, clock, connector, None)  # type: ignore[arg-type]


def test_killed_between_hand_over_and_record(tmp_path: Path, box: Inbox) -> None:
    """kill -9 after the server has the mail: at most one repetition, with the same Message-ID and content."""
    clock = Clock()
    post = mailing_hub(tmp_path, box.url(), clock)
    url = "https://taan.example/"
    post.hub.registering.add_site(
        "KIM Taan", url, "76.02.02.2010", probe=False, connector="scripted", feed_url=f"{url}feed"
    )
    post.hub.following.ask(Wish("news", {"q": "gotong royong"}), "mail", "soon", "id", "ani@contoh.id")
    post.hub.telling.run()
    post.hub.following.confirm(post.hub.following.links.token("yes", 1))
    box.mails.clear()
    post.write(title="Satu")
    post.hub.close()
    with box.broken("hang_after"):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(tmp_path), box.url(), clock().isoformat()],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": "."},
            stdout=subprocess.PIPE,
        )
        until = time.monotonic() + 60
        while not box.mails and time.monotonic() < until:
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait(20)
        assert child.stdout is not None
        child.stdout.close()
    assert len(box.mails) == 1
    clock.forward(minutes=6)
    post = mailing_hub(tmp_path, box.url(), clock)
    post.hub.telling.run()
    post.hub.telling.run()
    clock.forward(hours=3)
    post.hub.telling.run()
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()
    post.hub.close()
