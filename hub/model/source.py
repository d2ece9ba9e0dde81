"""Who publishes, and where the hub reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

#: What a connector wants back next time: JSON values only, opaque to the hub.
Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """One KIM's presence on the web.

    ``village`` is a Kemendagri code; ``status`` is ``active`` or ``paused``; ``contacts`` maps a kind
    (``email``, ``phone``, ``whatsapp``) to an address. ``noindex``: the site asks search engines to leave it
    out, so ours leave out what we show of it. ``unwelcome``: its robots.txt names kimhub and shuts it out,
    though staff registered it.
    """

    id: int
    name: str
    url: str
    village: str
    status: str = "active"
    platform: str = ""
    contacts: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    created_at: datetime | None = None
    noindex: bool = False
    unwelcome: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One harvestable endpoint of a site.

    ``state`` is ``active``, ``paused`` (by an operator) or ``gone`` (the site said 410). ``reason`` is
    the present trouble, one of ``hub.errors.REASONS``, or None; ``problem`` its one-line detail.
    Of ``options`` only those that are not secret are here, save in the copy lent to a connector.
    ``interval`` is in seconds. All times are aware UTC.
    """

    id: int
    site_id: int
    connector: str
    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    state: str = "active"
    interval: float = 1800.0
    cursor: Cursor | None = None
    due_at: datetime | None = None
    leased_until: datetime | None = None
    failures: int = 0
    reason: str | None = None
    problem: str = ""
    problem_since: datetime | None = None
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None

    @property
    def token_ends(self) -> datetime | None:
        """When the token that the source is read with runs out, where its connector found out: ISO 8601
        in its cursor under ``token_expires``."""
        try:
            ends = datetime.fromisoformat(str((self.cursor or {}).get("token_expires") or ""))
        except ValueError:
            return None
        return ends if ends.tzinfo else ends.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a connector found out about a site while it was being added.

    ``stream`` names what the source carries (``posts`` for a site's news): of several proposals for one
    stream the lowest ``rank`` is taken, so REST (10) goes before a feed (50). ``platform`` is a word for
    the operator (``WordPress``, ``OpenSID``, ``RSS``).
    """

    connector: str
    url: str
    stream: str = "posts"
    rank: int = 50
    options: Mapping[str, Any] = field(default_factory=dict)
    platform: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one visit to one source brought, as counted after it was stored.

    ``reason``/``problem`` tell of an error; ``warning`` is a reason that harmed nothing (``degraded``,
    ``unstable_guid``, ``moved``).
    """

    source: Source
    new: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    reason: str | None = None
    problem: str = ""
    warning: str | None = None
    retry_at: datetime | None = None
