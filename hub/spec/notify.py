"""What brings news to a resident who follows a search, a village or the announcements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hub.spec.http import Http
from hub.spec.options import Option


@dataclass(frozen=True, slots=True)
class Item:
    """One thing told of; ``url`` is absolute, at the hub."""

    title: str
    url: str
    place: str = ""
    excerpt: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """What one resident is told at once, worded by the hub in the resident's language.

    ``key`` is the same for every try of the same news. ``stop_url`` ends the following without a sign-in, and
    takes RFC 8058's one-click POST; ``manage_url`` is the page about it.
    """

    key: str
    subject: str
    intro: str
    items: tuple[Item, ...]
    url: str
    stop_url: str
    manage_url: str
    language: str = "id"
    stop_words: str = ""


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

    def now(self) -> datetime:
        """The hub's clock, aware UTC."""
        ...

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        """Send mail through the operator's server (``[mail]``).

        Raises:
            PublishError: none is configured (permanent), or the server refused or could not be reached.
        """
        ...


class Notifier(Protocol):
    """Brings news to one kind of address. ``name`` names the kind."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Mapping[str, str]:
        """For people, in ``id`` and ``en``."""
        ...

    @property
    def options(self) -> Sequence[Option]:
        """What the operator must set in ``[plugins.NAME]`` for it to work."""
        ...

    def ready(self, ctx: NotifyContext) -> str:
        """Why it cannot work on this hub, in English for the operator; empty where it can."""
        ...

    def clean(self, address: str) -> str:
        """``address`` in its one canonical spelling.

        Raises:
            ValueError: it is none of this kind.
        """
        ...

    def send(self, news: News, address: str, ctx: NotifyContext) -> None:
        """Hand it over. Called again with the same ``news.key`` after a failure.

        Raises:
            RemoteError: not handed over; permanent where the address is gone for good, which ends the
                following.
        """
        ...
