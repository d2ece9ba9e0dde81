"""When to come back: decided in pure code, so that a table of cases can test it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How far a visit's time is spread, either way, so that sources do not march in step.
JITTER = 0.1
#: Retry-After below and beyond these seconds is not obeyed to the letter.
RETRY_FLOOR, RETRY_CEILING = 60.0, 86400.0
#: Seconds until the next visit when a connector has further pages waiting.
SOON = 5.0


@dataclass(frozen=True, slots=True)
class HarvestPolicy:
    """How harvesting behaves; seconds throughout (``[harvest]`` of the configuration)."""

    concurrency: int = 10
    interval_min: float = 300.0
    interval_max: float = 86400.0
    tombstone_after: float = 3600.0
    adopt_moves_after: float = 604800.0
    visit_seconds: float = 600.0
    lease_seconds: float = 60.0
    unstable_after: int = 3


@dataclass(frozen=True, slots=True)
class Move:
    """What to do about a permanent redirect: remember it, adopt it as the address, or nothing."""

    moved_to: str | None = None
    moved_since: datetime | None = None
    adopt: str | None = None


def next_visit(
    policy: HarvestPolicy, now: datetime, interval: float, *, chance: float, wait: float | None, more: bool
) -> datetime:
    """After a visit that went well. ``chance`` is a random number from 0 to 1."""
    if more:
        return now + timedelta(seconds=SOON)
    seconds = wait if wait is not None else interval
    seconds = min(max(seconds, policy.interval_min), policy.interval_max)
    return now + timedelta(seconds=seconds * (1 - JITTER + 2 * JITTER * chance))


def next_try(
    policy: HarvestPolicy,
    now: datetime,
    interval: float,
    *,
    chance: float,
    failures: int,
    retry_after: float | None,
) -> datetime:
    """After failure number ``failures`` in a row: the interval doubles, jittered by up to a half, and what
    the remote side asked for is honoured."""
    if retry_after is not None:
        seconds = min(max(retry_after, RETRY_FLOOR), RETRY_CEILING)
        return now + timedelta(seconds=seconds * (1 + JITTER * chance))
    seconds = max(interval, policy.interval_min) * 2 ** min(failures - 1, 16) * (1 + 0.5 * chance)
    return now + timedelta(seconds=min(seconds, policy.interval_max))


def judge_move(
    policy: HarvestPolicy,
    now: datetime,
    *,
    seen: str | None,
    known: str | None,
    since: datetime | None,
) -> Move:
    """A redirect counts once its target was read well (a maintenance page cannot be parsed): seen today,
    known since, adopted after the policy's days of agreeing."""
    if seen is None:
        return Move()
    if seen != known or since is None:
        return Move(seen, now)
    if (now - since).total_seconds() >= policy.adopt_moves_after:
        return Move(adopt=seen)
    return Move(seen, since)
