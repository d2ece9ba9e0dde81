"""What KIM without a site of their own send to the hub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.model.announcement import Attachment

#: Name of the connector that takes in what was sent.
INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Submission:
    """One text as it was sent, nothing in it trusted.

    ``key`` tells it from others of its source: the same message sent twice is one. ``text`` is plain,
    ``html`` what a mail program made of it, or empty. ``door`` is ``form`` or ``mail``. ``files`` were
    looked at by content; ``url`` of each is its path at the hub. ``received_at`` is aware UTC.
    """

    id: int
    source_id: int
    key: str
    received_at: datetime
    title: str
    text: str
    html: str = ""
    author: str = ""
    files: tuple[Attachment, ...] = ()
    door: str = "form"


@dataclass(frozen=True, slots=True)
class InboxDoors:
    """Where a KIM sends its texts: the secret address of its form, and its secret mail address (empty
    where the hub takes no mail)."""

    form: str
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail taken apart.

    ``to`` are all addresses it may have been delivered to, in lower case; ``sender`` the address it says
    it is from. ``automatic`` marks what no person wrote: bounces, absence notes, lists. ``files`` are names
    and bytes.
    """

    id: str
    subject: str
    sender: str
    author: str
    to: tuple[str, ...]
    text: str
    html: str
    automatic: bool
    files: tuple[tuple[str, bytes], ...] = ()
