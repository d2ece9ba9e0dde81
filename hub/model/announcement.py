"""What an editor wants said once, where it goes, and what became of it.

An :class:`Announcement` is written once and kept in versions. Each site that it is meant for gets a
:class:`Delivery` to one of its :class:`Target`; a publisher turns the :class:`Notice` (the announcement as
it is to be read) into a copy out there and answers with a :class:`Receipt`, and reading the public page
back gives a :class:`Sight`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from hub.model.post import SafeHtml
from hub.model.region import Region
from hub.model.source import Site

#: Sifat: ordinary, important, emergency.
NATURES = ("biasa", "penting", "darurat")
#: Kelas informasi of UU 14/2008 (KIP): periodic, immediate, at any time.
INFORMATION_CLASSES = ("berkala", "serta_merta", "setiap_saat")
#: ``pending`` waits for the second person; a corrected announcement is ``published`` with a higher version.
ANNOUNCEMENT_STATES = ("draft", "pending", "scheduled", "published", "withdrawn", "expired")
DELIVERY_STATES = (
    "waiting",
    "sending",
    "unknown",
    "delivered",
    "verified",
    "edited_there",
    "removed_there",
    "failed",
    "withdrawn",
    "still_live",
    "expired",
)
#: States in which residents can read the copy.
LIVE = ("delivered", "verified", "edited_there", "still_live")

Action = Literal["create", "update", "withdraw"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to an announcement, checked by content: ``type`` is ``image/jpeg``,
    ``image/png``, ``image/webp`` or ``application/pdf``. ``name`` was made by the hub. ``sha256`` (hex)
    names the bytes as they are sent. ``url`` is its address at the hub, empty until a Notice carries it."""

    sha256: str
    name: str
    type: str
    size: int
    alt: str = ""
    url: str = ""

    @property
    def is_image(self) -> bool:
        return self.type.startswith("image/")


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What an editor writes. ``text`` is Markdown; ``to`` are target expressions, each a conjunction of
    terms (``all``, ``kec:CODE``, ``village:CODE``, ``site:ID``, ``tag:NAME``, ``silent:DAYS``), the list
    their union. Times aware."""

    number: str
    subject: str
    to: tuple[str, ...]
    text: str = ""
    date: date | None = None
    nature: str = "biasa"
    agency: str = ""
    contact: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    information_class: str = "berkala"
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """That an announcement comes from a hub above: its mark where it began, and the base URLs of the hubs it
    came through, the first one first. ``again`` publishes it anew although it was withdrawn here."""

    origin: str
    via: tuple[str, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """An announcement as kept. ``mark`` (``kimhub-<region>-<ULID>``, lower case) is its name in the world:
    slug of copies, and what a harvested copy is recognised by. ``version`` counts published readings from
    1. ``date`` is the letter's own. ``proposed`` is a correction that waits for the second person,
    ``rejected_why`` why that person said no. ``origin`` is the mark at the hub that it came from, ``via`` the
    base URLs of the hubs that it came through; None and empty for one of our own. Times aware UTC."""

    id: int
    mark: str
    number: str
    date: date
    nature: str
    subject: str
    agency: str
    text: str
    body: SafeHtml
    to: tuple[str, ...]
    state: str
    version: int
    contact: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    information_class: str = "berkala"
    attachments: tuple[Attachment, ...] = ()
    rehearsal: bool = False
    created_by: str = ""
    submitted_by: str = ""
    approved_by: str = ""
    proposed: Manuscript | None = None
    proposed_by: str = ""
    rejected_why: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    scheduled_at: datetime | None = None
    published_at: datetime | None = None
    corrected_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""
    origin: str | None = None
    via: tuple[str, ...] = ()

    @property
    def urgent(self) -> bool:
        return self.nature == "darurat"

    @property
    def unpublished(self) -> bool:
        """Whether it may still be changed without anybody having read it."""
        return self.state in ("draft", "pending", "scheduled")

    @property
    def public(self) -> bool:
        """Whether residents may see it: published once and no rehearsal."""
        return self.state in ("published", "withdrawn", "expired") and not self.rehearsal

    @property
    def manuscript(self) -> Manuscript:
        return Manuscript(
            number=self.number,
            subject=self.subject,
            to=self.to,
            text=self.text,
            date=self.date,
            nature=self.nature,
            agency=self.agency,
            contact=self.contact,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            information_class=self.information_class,
            attachments=self.attachments,
        )


@dataclass(frozen=True, slots=True)
class AnnouncementVersion:
    """How an announcement read before a correction."""

    version: int
    number: str
    subject: str
    body: SafeHtml
    published_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of an announcement, worded and ready for a publisher.

    ``html`` is the whole text for a web page (facts, body, contact) without attachments and source line;
    ``footer`` the source line with the mark, which must stay with every copy; ``text`` the same as plain
    text with the source line, any length; ``short`` under 700 characters with the address for checking.
    ``url`` is its page at the hub, ``check_url`` the page that tells whether a copy is genuine.
    ``notice`` texts for a withdrawn one are in ``withdrawal`` (HTML) and ``withdrawal_text``.

    For a hub below, which words it anew: ``markdown`` the text as written, ``issuer`` whose it is, ``to``
    whom it is for (``all``, or codes as ``kec:CODE`` and ``village:CODE``), ``origin`` the mark at the hub
    where it began, ``via`` the base URLs of the hubs it came through, this one last.
    """

    announcement: int
    mark: str
    version: int
    number: str
    date: date
    nature: str
    subject: str
    agency: str
    html: SafeHtml
    footer: SafeHtml
    text: str
    short: str
    url: str
    check_url: str
    withdrawal: SafeHtml
    withdrawal_text: str
    attachments: tuple[Attachment, ...] = ()
    contact: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    published_at: datetime | None = None
    rehearsal: bool = False
    markdown: str = ""
    issuer: str = ""
    information_class: str = "berkala"
    to: tuple[str, ...] = ()
    origin: str = ""
    via: tuple[str, ...] = ()

    @property
    def urgent(self) -> bool:
        return self.nature == "darurat"


@dataclass(frozen=True, slots=True)
class Target:
    """Where announcements for a site go. Of a site's targets the lowest ``rank`` is used, the next when
    it fails for good. ``password`` (Application Password, bot token, signing secret) is only filled when
    a publisher is called; everywhere else ``has_password`` is all that can be known. ``state``:
    ``active`` or ``paused``; ``reason`` (of ``hub.errors.REASONS``), ``hint`` (of ``hub.errors.HINTS``, or
    empty) and ``problem`` its present trouble.
    """

    id: int
    site_id: int
    publisher: str
    url: str = ""
    user: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    rank: int = 1
    state: str = "active"
    has_password: bool = False
    reason: str | None = None
    hint: str = ""
    problem: str = ""
    problem_since: datetime | None = None
    checked_at: datetime | None = None
    created_at: datetime | None = None
    password: str = field(default="", repr=False)

    @property
    def cause(self) -> str:
        """What there are words for: the hint, else the reason; empty when all is well."""
        return (self.hint or self.reason) if self.reason else ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy out there as last known: the remote side's id, its public address, and a digest of what the
    remote side gave back at our last write (empty when unknown)."""

    remote_id: str
    remote_url: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a publisher did.

    ``outcome``: ``done``; ``edited_there`` (the village changed its copy, nothing was overwritten);
    ``removed_there`` (the village took it away, nothing was made again); ``still_live`` (withdrawn at the
    remote side, yet not gone). ``copy`` is the copy now, None where there is none any more. ``adopted``
    tells that an earlier attempt's copy was found. ``detail`` is one line for staff, without secrets.
    """

    outcome: str
    copy: Copy | None = None
    adopted: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What reading a copy back showed: ``seen`` (publicly readable, our text), ``edited``, ``gone``, or
    ``unproven`` (this channel has no public page, or nobody has fetched it yet)."""

    state: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What one kind of target will get: ``title`` and either ``html`` (sanitised) or ``text``."""

    publisher: str
    title: str
    html: SafeHtml | None = None
    text: str = ""
    sites: int = 0


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """A target that works: who we are there, what is possible (``media``), and any worry in one line."""

    account: str = ""
    media: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One announcement on its way to one target.

    ``wanted`` is the version that should stand there, ``withdrawing`` that nothing should any more;
    ``done_version`` what stands there now (0: nothing of ours). ``attempts`` counts failures in a row,
    ``reason``, ``hint`` and ``problem`` the latest trouble. ``due_at`` is the next try, None when settled;
    ``verify_at`` the next look at the public page. ``carried_by`` of a failed one is the publisher of the
    target that took over. Times aware UTC.
    """

    id: int
    announcement_id: int
    target_id: int | None
    site_id: int
    site: str
    village: str
    publisher: str
    state: str
    wanted: int
    withdrawing: bool = False
    done_version: int = 0
    attempts: int = 0
    priority: int = 10
    due_at: datetime | None = None
    verify_at: datetime | None = None
    remote_id: str = ""
    remote_url: str = ""
    remote_digest: str = ""
    reason: str | None = None
    hint: str = ""
    problem: str = ""
    carried_by: str = ""
    overwrite: bool = False
    first_sent_at: datetime | None = None
    delivered_at: datetime | None = None
    verified_at: datetime | None = None
    withdrawn_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def cause(self) -> str:
        """What there are words for: the hint, else the reason; empty when all is well."""
        return (self.hint or self.reason) if self.reason else ""

    @property
    def copy(self) -> Copy | None:
        """The copy as last known; None before the first success."""
        if not self.remote_id:
            return None
        return Copy(self.remote_id, self.remote_url, self.remote_digest)


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One line of a delivery's history: what was done (``create``, ``update``, ``withdraw``, ``verify``,
    ``harvest``, ``resend``), how it ended (``done``, ``seen``, ``failed``, ``unknown``, ...), and its
    receipt."""

    at: datetime
    action: str
    result: str
    version: int
    detail: str = ""
    remote_url: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom target expressions reach: a first target per site, villages without any channel, and how many
    villages that is in all. ``channels`` counts sites by publisher."""

    targets: tuple[tuple[Site, Target], ...]
    without_channel: tuple[Region, ...]
    villages: int
    channels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A village's line on the delivery board. ``delivery`` is None for a village without any channel."""

    village: Region
    kecamatan: Region
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Board:
    """The delivery board of one announcement. ``counts`` has every state of DELIVERY_STATES that occurs,
    plus ``without_channel``; superseded failures (another target of the site carried it) are left out
    of rows and counts. ``live`` of ``sites`` copies can be read; ``moving`` deliveries will change any
    moment."""

    announcement: Announcement
    rows: tuple[BoardRow, ...]
    counts: Mapping[str, int]
    sites: int
    live: int
    gone: int
    moving: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a forwarded announcement is real. ``verdict``: ``genuine``, ``not_yet_valid``,
    ``corrected`` (a newer reading exists than the one asked about, or it was corrected since),
    ``withdrawn``, ``expired`` or ``unknown``."""

    verdict: str
    asked: str
    announcement: Announcement | None = None
    others: tuple[Announcement, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The bytes of an attachment."""

    sha256: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DeliveryRun:
    """What one run of deliver or verify did: numbers as of its end; ``pending`` includes waiting
    retries."""

    done: int
    failed: int
    pending: int
