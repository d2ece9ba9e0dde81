"""``kimhub target``: where announcements for a site go, in order of preference."""

from __future__ import annotations

import sys
from typing import Any

import click

from hub.cli.frame import Failure, Frame, Group, json_option, option, reason_text, tell, yes_option
from hub.cli.output import line, moment, print_json, table
from hub.cli.sites import refuse
from hub.cli.values import key_values, password
from hub.errors import Conflict, NotFound, RemoteError
from hub.model import Target

password_option = option("--password-stdin", is_flag=True)
options_option = option("--option", "target_option", multiple=True, metavar="KEY=VALUE")


@click.group(cls=Group, help="help.target")
def target() -> None:
    pass


def target_data(found: Target) -> dict[str, Any]:
    """A target for scripts; never its password."""
    return {
        "id": found.id,
        "site": found.site_id,
        "publisher": found.publisher,
        "url": found.url,
        "user": found.user,
        "options": dict(found.options),
        "rank": found.rank,
        "state": found.state,
        "has_password": found.has_password,
        "reason": found.reason,
        "problem": found.problem,
        "problem_since": moment(found.problem_since),
        "checked_at": moment(found.checked_at),
        "created_at": moment(found.created_at),
    }


def in_words(found: Target) -> str:
    """How a target fares, in words."""
    state = tell(f"state.{found.state}")
    return f"{state}: {reason_text(found.cause, found.problem)}" if found.reason else state


def secret(from_stdin: bool, wanted: bool) -> str:
    """A target's password: a line of standard input, or typed unseen where a person sits there. Given
    once: an Application Password is pasted, and a wrong one shows in the check. The spaces in it stay."""
    if from_stdin:
        return password(True).strip()
    if not (wanted and sys.stdin.isatty()):
        return ""
    return str(click.prompt(tell("target.ask_password"), hide_input=True)).strip()


@target.command("add", help="help.target.add")
@click.argument("site_id", type=int)
@option("--publisher", required=True)
@option("--url", default="")
@option("--user", default="")
@password_option
@options_option
@option("--no-check", is_flag=True)
@json_option
@click.pass_obj
def add(
    frame: Frame,
    site_id: int,
    publisher: str,
    url: str,
    user: str,
    password_stdin: bool,
    target_option: tuple[str, ...],
    no_check: bool,
    as_json: bool,
) -> None:
    options = key_values(target_option, "--option")
    with frame.hub() as hub:
        wanted = "password" in hub.plugins.publisher(publisher).needs
        typed = secret(password_stdin, wanted)
        try:
            added = hub.targets.add(
                site_id,
                publisher,
                frame.actor,
                url=url,
                user=user,
                password=typed,
                options=options,
                check=not no_check,
            )
        except (RemoteError, NotFound, Conflict) as error:
            if not as_json:
                raise
            return refuse(error)
    if as_json:
        print_json({"target": target_data(added)})
    else:
        line(tell("target.added", id=added.id, publisher=publisher, site=site_id, rank=added.rank))
    return None


@target.command("list", help="help.target.list")
@option("--site", type=int, metavar="ID")
@json_option
@click.pass_obj
def list_targets(frame: Frame, site: int | None, as_json: bool) -> None:
    with frame.hub() as hub:
        targets = hub.targets.list(site)
    if as_json:
        print_json({"targets": [target_data(each) for each in targets]})
    elif not targets:
        line(tell("target.none"))
    else:
        rows = [
            (each.id, each.site_id, each.rank, each.publisher, each.user, in_words(each), each.url)
            for each in targets
        ]
        table(("id", "site", "rank", "publisher", "user", "state", "url"), rows)


@target.command("check", help="help.target.check")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def check(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        try:
            found = hub.targets.check(id)
        except RemoteError as error:
            if not as_json:
                raise
            return refuse(error)
    if as_json:
        print_json({"target": id, "account": found.account, "media": found.media, "detail": found.detail})
        return None
    account = tell("target.account", account=found.account) if found.account else ""
    media = tell("target.media" if found.media else "target.no_media")
    line(tell("target.fine", id=id, detail=" ".join(filter(None, (account, media, found.detail)))))
    return None


@target.command("edit", help="help.target.edit")
@click.argument("id", type=int)
@option("--url")
@option("--user")
@password_option
@options_option
@option("--state", type=click.Choice(["active", "paused"]))
@json_option
@click.pass_obj
def edit(
    frame: Frame,
    /,
    id: int,
    password_stdin: bool,
    target_option: tuple[str, ...],
    as_json: bool,
    **given: str | None,
) -> None:
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if password_stdin:
        changes["password"] = secret(True, True)
    with frame.hub() as hub:
        old = hub.targets.get(id)
        if target_option:
            changes["options"] = {**old.options, **key_values(target_option, "--option")}
        saved = hub.targets.edit(id, frame.actor, **changes)
    if as_json:
        print_json({"target": target_data(saved)})
    else:
        line(tell("target.saved", id=id))
        if old.has_password and not saved.has_password:
            line(tell("target.password_gone", id=id))


@target.command("move", help="help.target.move")
@click.argument("id", type=int)
@click.argument("rank", type=click.IntRange(min=1))
@json_option
@click.pass_obj
def move(frame: Frame, id: int, rank: int, as_json: bool) -> None:
    with frame.hub() as hub:
        hub.targets.move(id, frame.actor, rank)
        moved = hub.targets.get(id)
    if as_json:
        print_json({"target": target_data(moved)})
    else:
        line(tell("target.moved", id=id, rank=moved.rank))


@target.command("remove", help="help.target.remove")
@click.argument("id", type=int)
@yes_option
@json_option
@click.pass_obj
def remove(frame: Frame, id: int, yes: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.targets.get(id)
        question = tell("target.ask_remove", id=id, publisher=found.publisher, site=found.site_id)
        if not (yes or click.confirm(question)):
            raise Failure("error.not_confirmed")
        hub.targets.remove(id, frame.actor)
    if as_json:
        print_json({"target": target_data(found)})
    else:
        line(tell("target.removed", id=id))
