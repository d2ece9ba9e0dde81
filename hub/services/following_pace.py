"""When a following is looked at: soon, in the morning, or at the end of the week."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

#: In the hub's zone. Friday, so that a week's news is there for the weekend.
MORNING: Final = time(6, 30)
FRIDAY: Final = 4
#: Between two ordinary messages to those who want to hear soon.
BUNDLE: Final = timedelta(hours=1)
#: After a failure, doubled up to the longest wait.
RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=12)
#: Failures after which an address is given up, about a week, where others were reached meanwhile.
GIVE_UP: Final = 22


def next_look(rhythm: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The next time; None for one that is looked at when there is something."""
    if rhythm == "soon":
        return None
    here = now.astimezone(zone)
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    if rhythm == "weekly":
        day += timedelta(days=(FRIDAY - day.weekday()) % 7)
    return datetime.combine(day, MORNING, zone).astimezone(now.tzinfo)


def retry_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    doubled: int = 2 ** min(max(failures - 1, 0), 20)
    return min(RETRY * doubled, LONGEST_RETRY)
