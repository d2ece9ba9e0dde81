"""Sources that tell us instead of being asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: ``none``: its site offers no hub. ``asked``: the hub has yet to ask whether we meant it. ``active``: news
#: is announced. ``denied``: the hub does not want to. ``failed``: it could not be asked. ``leaving``: we
#: asked to be told no more. ``off``: an operator wants no push.
PUSH_STATES = ("none", "asked", "active", "denied", "failed", "leaving", "off")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one source has agreed on with a WebSub hub.

    ``callback`` is the secret part of the address where the hub calls; ``lease_until`` the end of what was
    agreed on, ``due_at`` when it is to be renewed, tried again or looked for anew (None: never),
    ``pushed_at`` when the hub last told of news. All aware UTC.
    """

    source_id: int
    hub: str
    topic: str
    callback: str
    state: str
    asked_at: datetime
    lease_until: datetime | None = None
    due_at: datetime | None = None
    pushed_at: datetime | None = None
    failures: int = 0
    problem: str = ""
