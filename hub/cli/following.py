"""``kimhub follow``: residents who follow, in numbers; nobody's address is shown whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.frame import Frame, Group, json_option, option, tell
from hub.cli.output import line, moment, print_json, table
from hub.model.following import FOLLOWING_STATES, Following

if TYPE_CHECKING:
    from hub.app import Hub

MOST = 1000


@click.group(cls=Group, help="help.follow")
def follow() -> None:
    pass


@follow.command("list", help="help.follow.list")
@option("--state", "following_state", type=click.Choice(FOLLOWING_STATES), default="active")
@option("--limit", type=click.IntRange(1, MOST), default=100)
@json_option
@click.pass_obj
def list_following(frame: Frame, following_state: str, limit: int, as_json: bool) -> None:
    with frame.hub() as hub:
        counts = [
            {"notifier": notifier, "state": of, "count": number}
            for (notifier, of), number in sorted(hub.following.counts().items())
        ]
        found = [_data(hub, each) for each in hub.following.all((following_state,), limit)]
    if as_json:
        print_json({"counts": counts, "following": found})
        return
    for each in counts:
        line(tell("follow.count", **each))
    if found:
        names = ("id", "notifier", "address", "what", "rhythm", "told_at", "problem")
        table(names, [[each[name] for name in names] for each in found])


@follow.command("show", help="help.follow.show")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def show(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        found = _data(hub, hub.following.get(id))
    if as_json:
        print_json({"following": found})
        return
    table(("field", "value"), list(found.items()))


@follow.command("remove", help="help.follow.remove")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def remove(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        hub.following.remove(id)
    if as_json:
        print_json({"removed": id})
    else:
        line(tell("follow.removed", id=id))


@follow.command("tell", help="help.follow.tell")
@json_option
@click.pass_obj
def tell_now(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        heard = hub.listening.run()
        run = hub.telling.run()
    if as_json:
        print_json({"told": run.told, "failed": run.failed, "ended": run.ended, "heard": heard})
    else:
        line(tell("follow.ran", told=run.told, failed=run.failed, ended=run.ended))


def _data(hub: Hub, found: Following) -> dict[str, Any]:
    return {
        "id": found.id,
        "notifier": found.notifier,
        "address": hub.following.masked(found),
        "what": hub.tidings.title(found.wanted, hub.settings.hub.language),
        "rhythm": found.rhythm,
        "state": found.state,
        "created_at": moment(found.created_at),
        "confirmed_at": moment(found.confirmed_at),
        "told_at": moment(found.told_at),
        "due_at": moment(found.due_at),
        "failures": found.failures,
        "problem": found.problem,
    }
