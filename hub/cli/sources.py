"""``kimhub source``: the harvestable endpoints of the sites."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.frame import Frame, Group, json_option, option, reason_text, tell
from hub.cli.output import line, moment, print_json, table
from hub.cli.values import source_options
from hub.model import Source


@click.group(cls=Group, help="help.source")
def source() -> None:
    pass


def source_data(found: Source) -> dict[str, Any]:
    """A source for scripts; never its secret options."""
    return {
        "id": found.id,
        "site": found.site_id,
        "connector": found.connector,
        "url": found.url,
        "options": dict(found.options),
        "state": found.state,
        "reason": found.reason,
        "problem": found.problem,
        "problem_since": moment(found.problem_since),
        "failures": found.failures,
        "interval": found.interval,
        "due_at": moment(found.due_at),
        "last_attempt_at": moment(found.last_attempt_at),
        "last_success_at": moment(found.last_success_at),
        "last_new_at": moment(found.last_new_at),
        "moved_to": found.moved_to,
        "token_ends": moment(found.token_ends),
    }


def in_words(found: Source) -> str:
    """How a source fares, in words."""
    state = tell(f"state.{found.state}")
    words = f"{state}: {reason_text(found.reason, found.problem)}" if found.reason else state
    ends = found.token_ends
    return f"{words} ({tell('source.token_ends', day=f'{ends:%Y-%m-%d}')})" if ends else words


@source.command("list", help="help.source.list")
@option("--site", type=int, metavar="ID")
@json_option
@click.pass_obj
def list_sources(frame: Frame, site: int | None, as_json: bool) -> None:
    with frame.hub() as hub:
        sources = hub.registering.sources(site)
        pushes = {each.source_id: each.state for each in hub.subscribing.all()}
    if as_json:
        print_json({"sources": [source_data(each) | {"push": pushes.get(each.id)} for each in sources]})
        return
    rows = [
        (
            *(each.id, each.site_id, each.connector, in_words(each), moment(each.due_at)),
            tell(f"push.{pushes.get(each.id, 'unknown')}"),
            each.url,
        )
        for each in sources
    ]
    table(("id", "site", "connector", "state", "due", "push", "url"), rows)


@source.command("add", help="help.source.add")
@option("--site", type=int, required=True, metavar="ID")
@option("--connector", required=True)
@option("--url", required=True)
@option("--option", "option", multiple=True, metavar="KEY=VALUE")
@json_option
@click.pass_obj
def add(frame: Frame, site: int, connector: str, url: str, option: tuple[str, ...], as_json: bool) -> None:
    with frame.hub() as hub:
        given = source_options(option, hub.plugins.connector(connector).options)
        options = {name: value for name, value in given.items() if value is not None}
        added = hub.registering.add_source(site, connector, url, options)
    _answer(added, "source.added", as_json)


@source.command("edit", help="help.source.edit")
@click.argument("id", type=int)
@option("--option", "option", multiple=True, required=True, metavar="KEY=VALUE")
@json_option
@click.pass_obj
def edit(frame: Frame, id: int, option: tuple[str, ...], as_json: bool) -> None:
    with frame.hub() as hub:
        declared = hub.plugins.connector(hub.registering.source(id).connector).options
        changed = hub.registering.edit_options(id, source_options(option, declared))
    _answer(changed, "source.edited", as_json)


@source.command("check", help="help.source.check")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def check(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.registering.check_source(id)
    if as_json:
        print_json({"entries": found.entries, "newest": found.newest, "detail": found.detail})
    else:
        line(tell("source.checked", entries=found.entries, newest=found.newest or "-"))


@source.command("pause", help="help.source.pause")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def pause(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        changed = hub.registering.pause_source(id)
    _answer(changed, "source.paused", as_json)


@source.command("resume", help="help.source.resume")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def resume(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        changed = hub.registering.resume_source(id)
    _answer(changed, "source.resumed", as_json)


@source.command("reset", help="help.source.reset")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def reset(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        changed = hub.registering.reset_source(id)
    _answer(changed, "source.reset", as_json)


@source.command("confirm", help="help.source.confirm")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def confirm(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        changed = hub.registering.confirm_move(id)
    _answer(changed, "source.confirmed", as_json)


def _answer(changed: Source, key: str, as_json: bool) -> None:
    if as_json:
        print_json({"source": source_data(changed)})
    else:
        line(tell(key, id=changed.id, connector=changed.connector, url=changed.url))
