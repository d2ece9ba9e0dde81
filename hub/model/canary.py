"""The daily look that tells a broken connector before residents do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: ``empty``: nothing where there always was something. ``short``: texts half as long as they were.
#: ``unreadable``: what comes is not what the connector knows.
CANARY_ALARMS = ("empty", "short", "unreadable")


@dataclass(frozen=True, slots=True)
class Canary:
    """How one source looked when it was last looked at, and how it usually does.

    ``entries`` is how many came in the first portion, ``characters`` the median length of their texts;
    the ``usual_`` ones are means of earlier good looks, of which there were ``looks``. ``alarm`` is one of
    :data:`CANARY_ALARMS` or empty. Times are aware UTC.
    """

    source_id: int
    connector: str
    looked_at: datetime
    entries: int
    characters: int
    usual_entries: float
    usual_characters: float
    looks: int = 1
    alarm: str = ""
    alarm_since: datetime | None = None
