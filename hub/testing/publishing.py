"""A :class:`hub.spec.PublishContext`, notices and targets for trying a publisher without a hub around it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from hub.errors import NotFound, PublishError
from hub.http import HttpClient
from hub.model import Attachment, Notice, Target
from hub.spec import Http
from hub.text.sanitise import sanitise

#: Where the servers of tests listen: the one network that :func:`loopback_http` may reach.
LOOPBACK = "127.10.0.0/16"
HUB = "https://kim.mamujukab.example"
MARK = "kimhub-7602-01kb0v4mz8t9d3q6x2n7r5w1he"

#: ``mail`` of the context: to, subject, text, headers. ``hub.mail.Mailer.send`` is one.
SendMail = Callable[[Sequence[str], str, str, Mapping[str, str]], None]


class PublishingContext:
    """What the hub lends a publisher, bound to one target, kept in memory.

    Args:
        http: where requests go, a real ``HttpClient``; :func:`loopback_http` by default.
        files: the bytes of attachments by sha256.
        mail: sends; without one the context answers as a hub without ``[mail]`` does.
        now: a fixed time, or a function that tells the time; the system's clock by default.
        deadline_seconds: how long the call may take from now on; assign to ``deadline`` for the next one.

    ``uploads`` holds what was remembered, ``confirmed`` and ``fetched`` are by mark; assign to them, and to
    ``untried`` for a first try.
    """

    def __init__(
        self,
        http: Http | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        mail: SendMail | None = None,
        now: datetime | Callable[[], datetime] | None = None,
        deadline_seconds: float = 60.0,
    ) -> None:
        self._http = http or loopback_http()
        self._mail, self._now = mail, now
        self.files = dict(files or {})
        self.uploads: dict[str, tuple[str, str]] = {}
        self.confirmed: dict[str, datetime] = {}
        self.fetched: dict[str, datetime] = {}
        self.untried = False
        self.deadline = time.monotonic() + deadline_seconds

    @property
    def http(self) -> Http:
        return self._http

    def now(self) -> datetime:
        if self._now is None:
            return datetime.now(UTC)
        return self._now if isinstance(self._now, datetime) else self._now()

    def file(self, sha256: str) -> bytes:
        try:
            return self.files[sha256]
        except KeyError:
            raise NotFound("file", sha256) from None

    def uploaded(self, sha256: str) -> tuple[str, str] | None:
        return self.uploads.get(sha256)

    def remember_upload(self, sha256: str, remote_id: str, remote_url: str) -> None:
        self.uploads[sha256] = (remote_id, remote_url)

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        if self._mail is None:
            raise PublishError("degraded", "no mail server: set [mail] url", permanent=True)
        self._mail(to, subject, text, headers)

    def confirm_url(self, notice: Notice) -> str:
        return f"{HUB}/tayang/{notice.mark}"

    def confirmed_at(self, notice: Notice) -> datetime | None:
        return self.confirmed.get(notice.mark)

    def fetched_at(self, notice: Notice) -> datetime | None:
        return self.fetched.get(notice.mark)


def loopback_http(**changes: Any) -> HttpClient:
    """The hub's real client, allowed to the test servers' network, without pace between requests."""
    settings: dict[str, Any] = {
        "user_agent": "kimhub-test",
        "allow_private": [LOOPBACK],
        "host_delay": 0.0,
        "timeout": 10.0,
    }
    return HttpClient(**(settings | changes))


def make_attachment(content: bytes, name: str = "jadwal.pdf", **changes: Any) -> Attachment:
    """An attachment of these bytes; give the bytes to the context too: ``files={it.sha256: content}``."""
    sha256 = hashlib.sha256(content).hexdigest()
    suffix = name.rpartition(".")[2].lower()
    values: dict[str, Any] = {
        "sha256": sha256,
        "name": name,
        "type": {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}.get(
            suffix, "application/pdf"
        ),
        "size": len(content),
        "url": f"{HUB}/pengumuman/12/{sha256}/{name}",
    }
    return Attachment(**(values | changes))


def make_notice(**changes: Any) -> Notice:
    """A notice as the hub words one. ``html``, ``footer`` and ``withdrawal`` may be given as plain text:
    they go through the sanitiser. A ``mark`` or ``subject`` that is given also stands in the texts."""
    mark, subject = changes.get("mark", MARK), changes.get("subject", "Pemadaman listrik di Kalukku")
    number = changes.get("number", "500.12/118/2026")
    url = changes.get("url", f"{HUB}/pengumuman/12")
    body = "PLN memadamkan listrik pada hari Rabu pukul 09.00 sampai 15.00 WITA."
    source = f"Sumber: Diskominfosandi Kabupaten Mamuju, {url} ({mark})"
    withdrawn = f"Pengumuman nomor {number} telah ditarik dan tidak berlaku lagi."
    values: dict[str, Any] = {
        "announcement": 12,
        "mark": mark,
        "version": 1,
        "number": number,
        "date": date(2026, 11, 24),
        "nature": "penting",
        "subject": subject,
        "agency": "Diskominfosandi Kabupaten Mamuju",
        "html": f"<p>Nomor {number}</p><p>{body}</p>",
        "footer": f'<p>Sumber: <a href="{url}">Diskominfosandi Kabupaten Mamuju</a> ({mark})</p>',
        "text": f"{subject}\nNomor: {number}\n\n{body}\n\n{source}",
        "short": f"*{subject}*\n{body}\nPeriksa: {HUB}/periksa?nomor={mark}",
        "url": url,
        "check_url": f"{HUB}/periksa?nomor={mark}",
        "withdrawal": f"<p>{withdrawn}</p>",
        "withdrawal_text": f"{withdrawn}\n{source}",
        "contact": "Posko PLN 123",
        "published_at": datetime(2026, 11, 24, 1, 0, tzinfo=UTC),
        "markdown": body,
        "issuer": "Diskominfosandi Kabupaten Mamuju",
        "to": ("all",),
        "origin": mark,
        "via": (HUB,),
    }
    values |= changes
    for name in ("html", "footer", "withdrawal"):
        values[name] = sanitise(values[name], base=url)
    return Notice(**values)


def make_target(publisher: str, **changes: Any) -> Target:
    """An active target of this kind."""
    values: dict[str, Any] = {"id": 7, "site_id": 3, "publisher": publisher}
    values["has_password"] = bool(changes.get("password"))
    return Target(**(values | changes))
