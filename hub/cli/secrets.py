"""``kimhub secrets``: the keys under which the villages' passwords are kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hub.cli.frame import Frame, Group, json_option, tell
from hub.cli.output import line, print_json

if TYPE_CHECKING:
    from hub.services.vault import KeyUse


@click.group(cls=Group, help="help.secrets")
def secrets() -> None:
    pass


@secrets.command("rotate", help="help.secrets.rotate")
@json_option
@click.pass_obj
def rotate(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        use = hub.vault.rotate(frame.actor)
        configured = hub.vault.configured
    if not as_json:
        line(tell("secrets.rotated", count=use.current))
    _show(use, configured, as_json)


@secrets.command("status", help="help.secrets.status")
@json_option
@click.pass_obj
def status(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        _show(hub.vault.status(), hub.vault.configured, as_json)


def _show(use: KeyUse, configured: bool, as_json: bool) -> None:
    where = "security.credential_keys" if configured else "data_dir/credentials.key"
    if as_json:
        print_json({**asdict(use), "where": where})
        return
    line(tell("secrets.keys", keys=use.keys, where=where))
    line(tell("secrets.use", current=use.current, older=use.older, lost=use.lost))
    if use.lost:
        line(tell("secrets.lost"))
