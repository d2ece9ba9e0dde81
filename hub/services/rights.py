"""Which role may do what."""

from __future__ import annotations

from hub.errors import Forbidden
from hub.model import Actor

#: Role -> actions. A role or an action that stands nowhere here has no right at all.
RIGHTS: dict[str, frozenset[str]] = {
    "administrator": frozenset(
        ("write", "submit", "approve", "withdraw", "resend", "see", "targets", "people", "tokens", "audit")
    ),
    "editor": frozenset(("write", "submit", "withdraw", "resend", "see", "targets")),
    "approver": frozenset(("approve", "see")),
}


def may(role: str, action: str) -> bool:
    return action in RIGHTS.get(role, ())


def demand(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor's role may do that."""
    if not may(actor.role, action):
        raise Forbidden(action, actor.role)
