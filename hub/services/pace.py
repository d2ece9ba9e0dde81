"""When to come back: decided in pure code, so that a table of cases can test it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How far a visit's time is spread, either way, so that sources do not march in step.
JITTER = 0.1
#: Retry-After below and beyond these seconds is not obeyed to the letter.
RETRY_FLOOR, RETRY_CEILING = 60.0, 86400.0
#: Deliveries are urgent, and may come back after a second.
DELIVERY_FLOOR = 1.0
#: Deliveries in flight to one host: a shared hoster carries many sites, each with one at work.
PER_HOST = 4
#: Seconds between visits to a source that a hub tells us of: pushes may fail unseen, and tell of no deletion.
PUSHED = 6 * 3600.0
#: Time between visits that pushes bring about, however many come.
TOLD = timedelta(seconds=60)
#: Seconds until the next visit when a connector has further pages waiting.
SOON = 5.0
#: Seconds between visits to a source of warnings, at least.
URGENT = 60.0


@dataclass(frozen=True, slots=True)
class HarvestPolicy:
    """How harvesting behaves; seconds throughout (``[harvest]`` of the configuration).

    A visit should end after ``visit_seconds``; the hub goes on without a connector that is still at it
    ``grace`` later, and without a refiner or listener that takes ``hook_seconds`` for one call. Of one
    batch at most ``batch_entries`` are taken and ``batch_characters`` of text, ``entry_characters`` of one
    entry, ``visit_entries`` in one visit.
    """

    concurrency: int = 10
    interval_min: float = 300.0
    interval_max: float = 86400.0
    tombstone_after: float = 3600.0
    adopt_moves_after: float = 604800.0
    visit_seconds: float = 600.0
    lease_seconds: float = 60.0
    unstable_after: int = 3
    grace: float = 30.0
    hook_seconds: float = 30.0
    look_seconds: float = 120.0
    batch_entries: int = 20_000
    visit_entries: int = 200_000
    entry_characters: int = 10_000_000
    batch_characters: int = 100_000_000


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """How deliveries behave; seconds throughout (``[publish]`` of the configuration). ``auth_attempts``
    are tries with a password that was refused: more would look like an attack. A delivery that takes
    longer than ``slow_after`` gives its place to the next one and goes on beside it."""

    concurrency: int = 32
    retry_base: float = 15.0
    attempts: int = 16
    auth_attempts: int = 2
    per_host: int = PER_HOST
    slow_after: float = 5.0
    call_seconds: float = 120.0
    lease_seconds: float = 45.0


@dataclass(frozen=True, slots=True)
class Move:
    """What to do about a permanent redirect: remember it, adopt it as the address, or nothing."""

    moved_to: str | None = None
    moved_since: datetime | None = None
    adopt: str | None = None


def next_visit(
    policy: HarvestPolicy,
    now: datetime,
    interval: float,
    *,
    chance: float,
    wait: float | None,
    more: bool,
    urgent: bool = False,
) -> datetime:
    """After a visit that went well. ``chance`` is a random number from 0 to 1; ``urgent`` lets ``wait`` go
    below the shortest interval."""
    if more:
        return now + timedelta(seconds=SOON)
    seconds = wait if wait is not None else interval
    least = min(URGENT, policy.interval_min) if urgent else policy.interval_min
    seconds = min(max(seconds, least), policy.interval_max)
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


def next_delivery(
    policy: PublishPolicy, now: datetime, *, chance: float, attempts: int, retry_after: float | None
) -> datetime:
    """After failure number ``attempts`` in a row of a delivery: n^4 + 15 seconds and up to half of n^4 more
    (n from 0), Mastodon's ladder of about two days, stretched by ``retry_base``; what the remote side
    asked for is honoured from 1 second up."""
    if retry_after is not None:
        seconds = min(max(retry_after, DELIVERY_FLOOR), RETRY_CEILING)
        return now + timedelta(seconds=seconds * (1 + JITTER * chance))
    steps = (attempts - 1) ** 4
    return now + timedelta(seconds=(steps + 15 + 0.5 * steps * chance) * policy.retry_base / 15)


def next_look(now: datetime, published: datetime) -> datetime:
    """When to read a public page again that was fine: after a day, then every week."""
    return now + (timedelta(days=1) if now - published < timedelta(days=1) else timedelta(days=7))
