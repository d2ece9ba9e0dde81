"""``kimhub audit``: who did what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from hub.cli.frame import Failure, Frame, Group, json_option, option, tell
from hub.cli.output import line, moment, print_json, table
from hub.model import AuditRow


@click.group(cls=Group, help="help.audit")
def audit() -> None:
    pass


def audit_data(row: AuditRow) -> dict[str, Any]:
    """A row for scripts."""
    return {**asdict(row), "at": moment(row.at)}


@audit.command("list", help="help.audit.list")
@option("--limit", type=click.IntRange(1), default=50)
@option("--before", type=click.IntRange(1), metavar="ID")
@option("--actor", metavar="NAME", default="")
@option("--action", default="")
@json_option
@click.pass_obj
def list_rows(frame: Frame, limit: int, before: int | None, actor: str, action: str, as_json: bool) -> None:
    with frame.hub() as hub:
        rows = hub.audit.rows(limit, before, actor, action)
    if as_json:
        print_json({"rows": [audit_data(each) for each in rows]})
        return
    columns = ("id", "at", "actor", "action", "thing", "result", "address")
    table(
        columns,
        [(r.id, moment(r.at), r.actor, r.action, r.thing, r.result, r.address) for r in rows],
    )


@audit.command("verify", help="help.audit.verify")
@json_option
@click.pass_obj
def verify(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        broken = hub.audit.verify()
    if as_json:
        print_json({"whole": broken is None, "first_broken": broken})
    if broken is not None:
        raise Failure("audit.broken", id=broken)
    if not as_json:
        line(tell("audit.whole"))
