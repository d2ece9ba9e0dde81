"""``kimhub user``: who may sign in at the desk."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.frame import Frame, Group, json_option, option, tell
from hub.cli.output import line, moment, print_json, table
from hub.cli.values import password
from hub.model import ROLES, Person

password_option = option("--password-stdin", is_flag=True)


@click.group(cls=Group, help="help.user")
def user() -> None:
    pass


def person_data(person: Person) -> dict[str, Any]:
    """A person for scripts; never the password's hash."""
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "disabled": person.disabled,
        "created_at": moment(person.created_at),
    }


@user.command("add", help="help.user.add")
@click.argument("name")
@option("--role", type=click.Choice(ROLES), default=ROLES[0])
@password_option
@json_option
@click.pass_obj
def add(frame: Frame, name: str, role: str, password_stdin: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        person = hub.people.add(name, password(password_stdin), role, by=frame.actor)
    if as_json:
        print_json({"user": person_data(person)})
    else:
        line(tell("user.added", name=person.name, role=person.role))


@user.command("list", help="help.user.list")
@json_option
@click.pass_obj
def list_people(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        people = hub.people.list()
    if as_json:
        print_json({"users": [person_data(each) for each in people]})
        return
    words = {False: tell("word.yes"), True: tell("word.no")}
    table(("name", "role", "active"), [(each.name, each.role, words[each.disabled]) for each in people])


@user.command("passwd", help="help.user.passwd")
@click.argument("name")
@password_option
@click.pass_obj
def passwd(frame: Frame, name: str, password_stdin: bool) -> None:
    with frame.hub() as hub:
        hub.people.set_password(name, password(password_stdin), by=frame.actor)
    line(tell("user.password", name=name))


@user.command("role", help="help.user.role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def set_role(frame: Frame, name: str, role: str) -> None:
    with frame.hub() as hub:
        hub.people.set_role(name, role, by=frame.actor)
    line(tell("user.role", name=name, role=role))


@user.command("disable", help="help.user.disable")
@click.argument("name")
@click.pass_obj
def disable(frame: Frame, name: str) -> None:
    with frame.hub() as hub:
        hub.people.disable(name, by=frame.actor)
    line(tell("user.disabled", name=name))


@user.command("enable", help="help.user.enable")
@click.argument("name")
@click.pass_obj
def enable(frame: Frame, name: str) -> None:
    with frame.hub() as hub:
        hub.people.enable(name, by=frame.actor)
    line(tell("user.enabled", name=name))
