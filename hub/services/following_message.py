"""One message to one resident: what goes into it, when its hour is over, what is remembered of it."""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.model.following import Following, Telling
from hub.services.following_pace import BUNDLE, next_look
from hub.services.following_round import Round

#: Posts and holding announcements in one message; stories and announcements that are remembered.
SHOWN, HOLDING, REMEMBERED = 30, 10, 300


def rests(following: Following, now: datetime) -> bool:
    """Whether its hour between two ordinary messages is not over."""
    told_at = following.told_at
    return following.rhythm == "soon" and told_at is not None and told_at + BUNDLE > now


def compose(following: Following, current: Round, now: datetime) -> Telling | None:
    """What is to be told to it now; None where there is nothing. While it rests an emergency comes alone: the
    rest keeps its hour.

    Raises:
        SearchError: the index does not answer.
    """
    notices, posts = current.notices(following), current.news(following)
    urgent = [each for each in notices if each.urgent and not each.withdrawn]
    if following.rhythm == "soon" and urgent and rests(following, now):
        notices, posts = urgent, []
    if not (notices or posts):
        return None
    holding = current.holding(following, notices) if following.rhythm == "weekly" else []
    only_urgent = bool(urgent) and not posts and len(notices) == len(urgent)
    return Telling(
        key=secrets.token_hex(12),
        message="news",
        posts=tuple(each.id for each in posts[:SHOWN]),
        more=max(0, len(posts) - SHOWN),
        notices=tuple(each.key for each in notices),
        holding=tuple(each.announcement.id for each in holding[:HOLDING]),
        told=(*(each.key for each in posts[:SHOWN]), *(f"n{each.key}" for each in notices)),
        upto=following.seen if only_urgent else max(current.upto, following.seen),
        urgent=bool(urgent) and following.rhythm == "soon",
    )


def remembered(current: Following, telling: Telling, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """The changes of a following that was told."""
    told = list(dict.fromkeys([*telling.told, *current.told]))
    posts = [each for each in told if each.startswith("p")][:REMEMBERED]
    notices = [each for each in told if each.startswith("n")][:REMEMBERED]
    return {
        "told": (*notices, *posts),
        "seen": max(current.seen, telling.upto),
        # an emergency does not hold up the rest
        "told_at": now if not telling.urgent or current.told_at is None else current.told_at,
        # what came meanwhile is looked at
        "due_at": now if current.rhythm == "soon" else next_look(current.rhythm, now, zone),
    }
