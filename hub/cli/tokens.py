"""``kimhub token``: access for programs."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.frame import Frame, Group, json_option, option, tell
from hub.cli.output import line, moment, print_json, table
from hub.model import ROLES, SCOPES, ApiToken


@click.group(cls=Group, help="help.token")
def token() -> None:
    pass


def token_data(each: ApiToken) -> dict[str, Any]:
    """A token for scripts; never its text or hash."""
    return {
        "id": each.id,
        "name": each.name,
        "scopes": list(each.scopes),
        "role": each.role,
        "created_by": each.created_by,
        "created_at": moment(each.created_at),
        "expires_at": moment(each.expires_at),
        "last_used_at": moment(each.last_used_at),
        "revoked_at": moment(each.revoked_at),
    }


@token.command("add", help="help.token.add")
@click.argument("name")
@option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, default=SCOPES)
@option("--role", type=click.Choice(ROLES), default=ROLES[1])
@option("--days", type=click.IntRange(min=1), metavar="N")
@json_option
@click.pass_obj
def add(frame: Frame, name: str, scopes: tuple[str, ...], role: str, days: int | None, as_json: bool) -> None:
    with frame.hub() as hub:
        made, plain = hub.access.make_token(name, scopes, frame.actor, role=role, days=days)
    if as_json:
        # beside it, not in it: what lists tokens later has no text to show
        print_json({"token": plain, "details": token_data(made)})
        return
    line(tell("token.added", name=made.name))
    click.echo(plain)
    line(tell("token.once"))


@token.command("list", help="help.token.list")
@json_option
@click.pass_obj
def list_tokens(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        tokens, now = hub.access.tokens(), hub.now()
    if as_json:
        print_json({"tokens": [token_data(each) for each in tokens]})
        return
    words = {True: tell("word.yes"), False: tell("word.no")}
    table(
        ("id", "name", "scopes", "role", "active", "last_used", "expires"),
        [
            (
                each.id,
                each.name,
                ", ".join(each.scopes),
                each.role,
                words[each.revoked_at is None and (each.expires_at is None or each.expires_at > now)],
                moment(each.last_used_at),
                moment(each.expires_at),
            )
            for each in tokens
        ],
    )


@token.command("revoke", help="help.token.revoke")
@click.argument("token", metavar="ID|NAME")
@click.pass_obj
def revoke(frame: Frame, token: str) -> None:
    with frame.hub() as hub:
        named = {each.name for each in hub.access.tokens()}
        key = int(token) if token.isdecimal() and token not in named else token
        revoked = hub.access.revoke_token(key, frame.actor)
    line(tell("token.revoked", name=revoked.name))
