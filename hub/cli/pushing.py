"""``kimhub source show``, ``subscribe``, ``unsubscribe``: one source in full, and who tells of its news."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.frame import Command, Frame, json_option, tell
from hub.cli.output import line, moment, print_json, table
from hub.cli.sources import in_words, source_data
from hub.model import Canary, Subscription


def push_data(found: Subscription | None) -> dict[str, Any] | None:
    """A subscription for scripts; never its callback, which is a secret."""
    if found is None:
        return None
    return {
        "state": found.state,
        "hub": found.hub,
        "topic": found.topic,
        "lease_until": moment(found.lease_until),
        "due_at": moment(found.due_at),
        "pushed_at": moment(found.pushed_at),
        "failures": found.failures,
        "problem": found.problem,
    }


def canary_data(found: Canary | None) -> dict[str, Any] | None:
    """What the daily look at a source saw, for scripts."""
    if found is None:
        return None
    return {
        "looked_at": moment(found.looked_at),
        "entries": found.entries,
        "characters": found.characters,
        "usual_entries": round(found.usual_entries, 1),
        "usual_characters": round(found.usual_characters, 1),
        "alarm": found.alarm,
        "alarm_since": moment(found.alarm_since),
    }


def push_words(found: Subscription | None) -> str:
    """How it stands with being told, in words."""
    state = tell(f"push.{found.state if found else 'unknown'}")
    return f"{state}: {found.problem}" if found and found.problem else state


@click.command("show", cls=Command, help="help.source.show")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def show(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        found, push = hub.registering.source(id), hub.subscribing.of(id)
        canary = next((each for each in hub.canaries.all() if each.source_id == id), None)
    data = {"source": source_data(found), "push": push_data(push), "canary": canary_data(canary)}
    if as_json:
        print_json(data)
        return
    rows: list[tuple[object, object]] = [
        (tell("column.id"), found.id),
        (tell("column.connector"), found.connector),
        (tell("column.url"), found.url),
        (tell("column.state"), in_words(found)),
        (tell("column.due"), moment(found.due_at)),
        (tell("column.push"), push_words(push)),
    ]
    if push and push.hub:
        rows.append((tell("column.push_hub"), push.hub))
    if canary:
        rows.append((tell("column.canary"), canary_words(canary)))
    table(("field", "value"), rows)


def canary_words(found: Canary) -> str:
    return tell(
        f"canary.seen.{found.alarm or 'well'}",
        entries=found.entries,
        usual_entries=round(found.usual_entries),
        characters=found.characters,
        usual_characters=round(found.usual_characters),
    )


@click.command("subscribe", cls=Command, help="help.source.subscribe")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def subscribe(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.subscribing.subscribe(id)
    if as_json:
        print_json({"push": push_data(found)})
    else:
        line(tell("source.subscribed", id=id, hub=found.hub))


@click.command("unsubscribe", cls=Command, help="help.source.unsubscribe")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def unsubscribe(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        hub.subscribing.unsubscribe(id)
        found = hub.subscribing.of(id)
    if as_json:
        print_json({"push": push_data(found)})
    else:
        line(tell("source.unsubscribed", id=id))
