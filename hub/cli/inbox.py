"""``kimhub inbox``: the doors of KIM that have no site of their own."""

from __future__ import annotations

import sys
from urllib.parse import quote

import click

from hub.cli.frame import Frame, Group, json_option, option, tell
from hub.cli.output import line, print_json
from hub.model import INBOX, InboxDoors


@click.group(cls=Group, help="help.inbox")
def inbox() -> None:
    pass


@inbox.command("open", help="help.inbox.open")
@click.argument("name")
@option("--village", required=True, metavar="CODE")
@json_option
@click.pass_obj
def open_door(frame: Frame, name: str, village: str, as_json: bool) -> None:
    with frame.hub() as hub:
        # it has no address of its own, so it stands at its village's page
        url = f"{hub.settings.hub.base_url.rstrip('/')}/desa/{quote(village)}?kim={quote(name)}"
        added = hub.registering.add_site(name, url, village, probe=False, connector=INBOX)
        source = added.sources[0]
        doors = hub.inbox.doors(source.id)
    _tell(source.id, doors, as_json)


@inbox.command("link", help="help.inbox.link")
@click.argument("source_id", type=int)
@option("--renew", is_flag=True)
@json_option
@click.pass_obj
def link(frame: Frame, source_id: int, renew: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        doors = hub.inbox.change_locks(source_id, frame.actor) if renew else hub.inbox.doors(source_id)
    _tell(source_id, doors, as_json)


@inbox.command("take", help="help.inbox.take")
@click.pass_obj
def take(frame: Frame) -> None:
    raw = sys.stdin.buffer.read()
    with frame.hub() as hub:
        fresh = hub.inbox.take_mail(raw)
    line(tell("inbox.taken" if fresh else "inbox.passed_over"))


def _tell(source_id: int, doors: InboxDoors, as_json: bool) -> None:
    if as_json:
        print_json({"inbox": {"source": source_id, "form": doors.form, "mail": doors.mail}})
        return
    line(tell("inbox.source", id=source_id))
    line(tell("inbox.form", url=doors.form))
    line(tell("inbox.mail", address=doors.mail) if doors.mail else tell("inbox.no_mail"))
