"""Residents who follow: what they want to be told of, how often, and what is on its way to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: ``place`` is a village or kecamatan with its news and announcements, ``news`` a search, topic or KIM,
#: ``notices`` the announcements of a village or of all.
FOLLOWED = ("place", "news", "notices")
RHYTHMS = ("soon", "daily", "weekly")
FOLLOWING_STATES = ("waiting", "active", "ended")
#: What a message is for: ``ask`` asks an address whether it wants to be told, ``known`` answers the same
#: wish again, ``welcome`` is the first word to an address that said yes, ``news`` is what it is all about.
MESSAGES = ("ask", "known", "welcome", "news")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a resident follows. ``search`` holds the parameters of the page: q, village, kecamatan, site,
    topic; only those that are set."""

    what: str
    search: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """What goes to one resident at once, fixed before the first try so that every try is the same.

    ``posts`` are ids in the order of telling; ``more`` counts those that did not fit. ``notices`` are
    announcements that are news, as ``id.version`` or ``id.x`` for a withdrawal; ``holding`` ids of those
    that go on being valid. ``told`` are the stories and announcements to be remembered, ``upto`` the post
    up to which was looked.
    """

    key: str
    message: str
    posts: tuple[int, ...] = ()
    more: int = 0
    notices: tuple[str, ...] = ()
    holding: tuple[int, ...] = ()
    told: tuple[str, ...] = ()
    upto: int = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """One resident's wish at one address. ``address`` is encrypted, and empty before a messenger told it and
    after the end. ``due_at`` is when it is looked at next, None for when something happens. Times aware
    UTC."""

    id: int
    notifier: str
    what: str
    search: Mapping[str, str]
    subject: str
    rhythm: str
    language: str
    state: str
    created_at: datetime
    address: str = field(default="", repr=False)
    address_key: str = field(default="", repr=False)
    asked_at: datetime | None = None
    asks: int = 0
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    seen: int = 0
    told: tuple[str, ...] = ()
    telling: Telling | None = None
    told_at: datetime | None = None
    failures: int = 0
    problem: str = ""

    @property
    def wanted(self) -> Wish:
        return Wish(self.what, self.search)


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to be told that works on this hub. ``way``: ``address`` is typed by the resident, ``invitation``
    opens a messenger, ``browser`` subscribes the browser itself with ``public_key``."""

    notifier: str
    label: Mapping[str, str]
    way: str
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish: ``way`` as in :class:`Offer`; ``url`` is the messenger's address to open,
    ``token`` that of the page about the following, where the asker may have it at once."""

    way: str
    url: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class TellingRun:
    """What one run of the job did: messages handed over, tries that failed, followings that ended."""

    told: int = 0
    failed: int = 0
    ended: int = 0
