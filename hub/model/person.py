"""Staff of the hub, programs with a token, and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Administrators may do everything; editors write, send and withdraw; approvers look and approve.
ROLES = ("administrator", "editor", "approver")
#: What an API token may be allowed.
SCOPES = ("announcements:read", "announcements:write")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in. ``role``: one of :data:`ROLES`."""

    id: int
    name: str
    role: str
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for rights and audit: a signed-in person, a token (``token:NAME``), the command
    line (``cli:USER``) or the hub itself (``hub``). ``address`` is the asker's IP, if any."""

    name: str
    role: str = "administrator"
    address: str = ""


#: The hub's own doing: scheduled publication, expiry.
HUB = Actor("hub")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session: the person, when it began, and when it was last used. ``fresh`` tells that the password
    was given within the last few minutes, as grave actions want it."""

    person: Person
    token: str = field(repr=False)
    began_at: datetime
    seen_at: datetime
    fresh: bool


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's access. The token itself is shown once, when it is made."""

    id: int
    name: str
    scopes: tuple[str, ...]
    role: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One privileged action: who did what to which object, how it was before and after. Rows are chained
    by hash, so that a changed or missing one shows."""

    id: int
    at: datetime
    actor: str
    role: str
    address: str
    action: str
    thing: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    result: str
