"""What brings news to a resident who follows a search, a village or the announcements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from hub.spec.http import Http
from hub.spec.options import Option


@dataclass(frozen=True, slots=True)
class Item:
    """One thing told of; ``url`` is absolute, at the hub. ``heading`` names the part of the message that it
    stands in (a day, the announcements); items of one part follow one another."""

    title: str
    url: str
    place: str = ""
    excerpt: str = ""
    urgent: bool = False
    heading: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What one resident is told at once, worded by the hub in the resident's language.

    ``key`` is the same for every try of the same news. ``url`` is the page that shows it all, named by
    ``url_words``. ``stop_url`` ends the following without a sign-in, and takes RFC 8058's one-click POST;
    ``manage_url`` is the page about it. Where an address is asked whether it wants to be told, ``url`` is the
    page to say yes on, and there are no items.
    """

    key: str
    subject: str
    intro: str
    items: tuple[Item, ...]
    url: str
    stop_url: str
    manage_url: str
    language: str = "id"
    url_words: str = ""
    stop_words: str = ""
    manage_words: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What residents told a messenger.

    ``cursor`` is handed in next time. ``started`` are token and address of those who opened an invitation,
    with the language that their messenger speaks; ``stopped`` are addresses that want nothing any more, and
    ``puzzled`` those that said something else.
    """

    cursor: int
    started: tuple[tuple[str, str, str], ...] = ()
    stopped: tuple[str, ...] = ()
    puzzled: tuple[str, ...] = ()


class NotifyContext(Protocol):
    """What the hub lends a notifier for one call."""

    @property
    def http(self) -> Http:
        """The only way to the network."""
        ...

    @property
    def options(self) -> Mapping[str, object]:
        """The operator's options for this notifier (``[plugins.NAME]``), read and checked."""
        ...

    @property
    def hub_name(self) -> str: ...

    @property
    def hub_url(self) -> str:
        """Public address, without a slash at its end."""
        ...

    @property
    def contact(self) -> str:
        """The operator's mail address, or empty."""
        ...

    @property
    def mails(self) -> bool:
        """Whether ``mail`` is set up."""
        ...

    def now(self) -> datetime:
        """The hub's clock, aware UTC."""
        ...

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        """Send mail through the operator's server (``[mail]``).

        Raises:
            PublishError: none is configured (permanent), or the server refused or could not be reached. Its
                ``hint`` is ``no_mailbox`` where the server does not know the address.
        """
        ...

    def keep(self, name: str, make: Callable[[], str]) -> str:
        """A secret of this notifier, made once and kept in the data folder, readable by the hub alone.

        Raises:
            ConfigError: it cannot be written or read.
        """
        ...


class Notifier(Protocol):
    """Brings news to one kind of address. ``name`` names the kind, and the table of its options."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Mapping[str, str]:
        """For people, in ``id`` and ``en``."""
        ...

    @property
    def options(self) -> Sequence[Option]:
        """What the operator may set in ``[plugins.NAME]``. What must be set for it to work is for ``ready``
        to say: a hub whose operator does not want this notifier opens all the same."""
        ...

    def ready(self, ctx: NotifyContext) -> str:
        """Why it cannot work on this hub, in English for the operator; empty where it can. Asks nobody."""
        ...

    def clean(self, address: str) -> str:
        """``address`` in its one canonical spelling.

        Raises:
            ValueError: it is none of this kind.
        """
        ...

    def send(self, news: News, address: str, ctx: NotifyContext) -> None:
        """Hand it over. Called again with the same ``news.key`` after a failure, and after a crash also
        where it had been handed over.

        Raises:
            RemoteError: not handed over. Permanent with the reason ``gone`` where the address takes nothing
                any more, which ends the following; ``auth`` where the operator's own access is refused.
        """
        ...


@runtime_checkable
class InvitingNotifier(Notifier, Protocol):
    """One whose addresses nobody can type: the resident opens a messenger, which tells the hub."""

    def invitation(self, token: str, ctx: NotifyContext) -> str:
        """The address that opens the messenger with ``token`` (at most 64 of ``A-Z a-z 0-9 _ -``)."""
        ...

    def listen(self, cursor: int, ctx: NotifyContext) -> Heard:
        """What was said since ``cursor`` (0 at first); again the same where that cursor is handed in again.

        Raises:
            RemoteError
        """
        ...

    def answer(self, address: str, text: str, ctx: NotifyContext) -> None:
        """Say ``text`` to somebody who was heard.

        Raises:
            RemoteError
        """
        ...


@runtime_checkable
class BrowserNotifier(Notifier, Protocol):
    """One whose addresses are made by the resident's browser, for the hub's key."""

    def public_key(self, ctx: NotifyContext) -> str:
        """What the page hands to ``pushManager.subscribe``: an uncompressed P-256 point in URL-safe base64.

        Raises:
            ConfigError: the key cannot be kept.
        """
        ...
