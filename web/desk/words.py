"""What became of an announcement, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date, format_datetime

from hub.model import Announcement, Delivery
from web import current

#: What a reader wants to know first stands first.
ORDER = (
    "still_live",
    "failed",
    "unknown",
    "waiting",
    "sending",
    "edited_there",
    "removed_there",
    "without_channel",
    "delivered",
    "verified",
    "withdrawn",
    "expired",
)
#: The mark beside the word: a state is never told by colour alone.
MARKS = {
    "verified": "ok",
    "withdrawn": "ok",
    "delivered": "sent",
    "waiting": "wait",
    "sending": "wait",
    "unknown": "wait",
    "edited_there": "trouble",
    "removed_there": "trouble",
    "failed": "trouble",
    "still_live": "trouble",
    "without_channel": "none",
    "expired": "none",
}
#: States that staff can send again, and those where that needs a decision to overwrite.
RESEND, OVERWRITE = ("failed", "still_live"), ("edited_there", "removed_there")


@dataclass(frozen=True, slots=True)
class Progress:
    """A board in words: the one sentence, the smaller facts after it, and the parts of a bar."""

    headline: str
    facts: tuple[str, ...]
    parts: tuple[tuple[str, float, float], ...]
    moving: int
    troubled: int


def progress(announcement: Announcement, counts: Mapping[str, int], moving: int = 0) -> Progress:
    """Numbers of deliveries by state as sentences, such as "Terbukti tayang di 95 dari 100"."""
    say = current.say()
    # whether the copies are meant to go
    leaving = announcement.state in ("withdrawn", "expired")
    sites = sum(number for state, number in counts.items() if state != "without_channel")
    good = ("withdrawn", "expired") if leaving else ("verified",)
    done = sum(counts.get(state, 0) for state in good)
    key = {"withdrawn": "desk.progress.withdrawn", "expired": "desk.progress.gone"}.get(
        announcement.state, "desk.progress.live"
    )
    headline = say.t(key, done=say.number(done), all=say.number(sites))
    facts = [
        say.t(f"desk.count.{state}", n=say.number(counts[state]))
        for state in ORDER
        if counts.get(state) and state not in good
    ]
    troubled = sum(counts.get(state, 0) for state in ("failed", "still_live"))
    return Progress(headline, tuple(facts), _bar(counts, sites, leaving), moving, troubled)


def _bar(counts: Mapping[str, int], sites: int, leaving: bool) -> tuple[tuple[str, float, float], ...]:
    """(kind, from, width) in per cent, without what does not occur."""
    kinds: Sequence[tuple[str, tuple[str, ...]]] = (
        ("good", ("withdrawn", "expired") if leaving else ("verified",)),
        ("sent", () if leaving else ("delivered", "edited_there")),
        ("bad", ("failed", "still_live", "removed_there")),
    )
    parts, at = [], 0.0
    for kind, states in kinds:
        width = 100 * sum(counts.get(state, 0) for state in states) / max(sites, 1)
        if width:
            parts.append((kind, round(at, 2), round(width, 2)))
            at += width
    return tuple(parts)


def state_of(delivery: Delivery) -> str:
    """A delivery's state with its time: "Terbukti tayang 09.14", "Menunggu, dicoba lagi 10.02"."""
    say = current.say()
    word = say.t(f"desk.state.{delivery.state}")
    if delivery.state == "waiting" and delivery.attempts and delivery.due_at:
        return say.t("desk.state.retry", word=word, when=clock(delivery.due_at))
    when = {
        "verified": delivery.verified_at,
        "delivered": delivery.delivered_at,
        "withdrawn": delivery.withdrawn_at,
    }.get(delivery.state, delivery.updated_at)
    return f"{word} {clock(when)}" if when and delivery.state != "waiting" else word


def clock(when: datetime) -> str:
    """The time of today, the day and time of another day."""
    say, zone = current.say(), current.hub().settings.zone
    here = when.astimezone(zone)
    time = f"{here:%H.%M}" if say.lang == "id" else f"{here:%H:%M}"
    today = say.now.astimezone(zone).date()
    if here.date() == today:
        return time
    pattern = "d MMM" if here.year == today.year else "d MMM y"
    return f"{format_date(here.date(), pattern, locale=say.lang)} {time}"


def moment(when: datetime) -> str:
    """As in "24 November 2026, 09.14 WITA"."""
    say = current.say()
    here = when.astimezone(current.hub().settings.zone)
    pattern = "d MMMM y, HH.mm" if say.lang == "id" else "d MMMM y, HH:mm"
    return f"{format_datetime(here, pattern, locale=say.lang)} {here.tzname()}"


def publisher_labels() -> dict[str, str]:
    """Names of the channels in the reader's language."""
    lang = current.say().lang
    found = current.hub().targets.publishers()
    return {name: each.label.get(lang, name) for name, each in found.items()}
