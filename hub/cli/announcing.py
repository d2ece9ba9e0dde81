"""``kimhub announce`` and ``kimhub announcement``: say it once, and see what became of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.announcement_data import whole, without_channel
from hub.cli.delivering import delivery_state
from hub.cli.frame import Command, Failure, Frame, Group, json_option, language, option, tell, yes_option
from hub.cli.letters import given_fields, letter_options, written_fields
from hub.cli.output import line, print_json, table
from hub.cli.values import wrong_usage
from hub.model import ANNOUNCEMENT_STATES, Announcement, announcement_data
from hub.text.manuscripts import fields_of

if TYPE_CHECKING:
    from hub.app import Hub

file_argument = click.argument(
    "file", required=False, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path)
)
id_argument = click.argument("id", type=int)
at_option = option("--at", metavar="TIME")
#: Villages without a channel that are named one by one; ``--json`` has all.
NAMED = 10


def _answer(hub: Hub, found: Announcement, as_json: bool, key: str = "") -> None:
    """Tell what an announcement has become; by default by its state."""
    if as_json:
        print_json(whole(hub, found))
        return
    at = found.scheduled_at
    shown = at.astimezone(hub.settings.zone).strftime("%Y-%m-%d %H:%M %Z") if at else ""
    sites = len({each.site_id for each in hub.noticeboard.deliveries(found.id)})
    waits = found.state == "published" and found.proposed is not None
    key = "pending" if waits else key or found.state
    values = {"id": found.id, "number": found.number, "version": found.version}
    line(tell(f"announcement.{key}", **values, at=shown, sites=sites))
    if found.state != "withdrawn":
        _tell_without([each.name for each in without_channel(hub, found)])


def _tell_without(names: Sequence[str]) -> None:
    if names:
        shown = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
        line(tell("announcement.without_channel", count=len(names), names=shown))


def _moment(hub: Hub, text: str | None) -> datetime | None:
    if text is None:
        return None
    found = hub.composing.moment(text)
    if found is None:
        raise wrong_usage("error.time", value=text)
    return found


def _sure(yes: bool, question: str) -> None:
    """Ask where a person sits; a script has decided already."""
    if not yes and sys.stdin.isatty() and not click.confirm(question):
        raise Failure("error.not_confirmed")


# -- commands ---------------------------------------------------------------------------------------


@click.command("announce", cls=Command, help="help.announce")
@file_argument
@letter_options
@option("--draft", is_flag=True)
@at_option
@option("--rehearsal", is_flag=True)
@json_option
@click.pass_obj
def announce(
    frame: Frame,
    /,
    file: Path | None,
    draft: bool,
    at: str | None,
    rehearsal: bool,
    as_json: bool,
    **options: Any,
) -> None:
    if draft and at:
        raise wrong_usage("error.draft_or_at")
    values = written_fields(file, options) if file else {}
    values |= given_fields(options)
    if not values:
        raise wrong_usage("error.announce_nothing")
    with frame.hub() as hub:
        when = _moment(hub, at)
        manuscript = hub.composing.manuscript(values, language(), folder=_folder(file))
        made = hub.announcing.announce(manuscript, frame.actor, at=when, draft=draft, rehearsal=rehearsal)
        _answer(hub, made, as_json)


def _folder(file: Path | None) -> Path:
    return file.absolute().parent if file else Path.cwd()


@click.group(cls=Group, help="help.announcement")
def announcement() -> None:
    pass


@announcement.command("list", help="help.announcement.list")
@option("--state", "states", multiple=True, type=click.Choice(ANNOUNCEMENT_STATES))
@option("--limit", type=click.IntRange(1, 100), default=50)
@option("--before", type=int, metavar="ID")
@json_option
@click.pass_obj
def list_announcements(
    frame: Frame, states: tuple[str, ...], limit: int, before: int | None, as_json: bool
) -> None:
    with frame.hub() as hub:
        found = hub.noticeboard.list(states or None, limit, before)
    if as_json:
        print_json({"announcements": [announcement_data(each) for each in found]})
    elif not found:
        line(tell("announcement.none"))
    else:
        rows = [
            (each.id, each.number, each.subject, tell(f"announcement_state.{each.state}"), each.version)
            for each in found
        ]
        table(("id", "number", "subject", "state", "version"), rows)


@announcement.command("show", help="help.announcement.show")
@id_argument
@json_option
@click.pass_obj
def show(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.noticeboard.get(id)
        told = whole(hub, found)
        deliveries = hub.noticeboard.deliveries(id)
    if as_json:
        told["announcement"]["text"] = found.text
        print_json(told)
        return
    line(tell("announcement.line", id=id, number=found.number, subject=found.subject))
    state = tell(f"announcement_state.{found.state}")
    line(tell("announcement.state_line", state=state, version=found.version))
    if deliveries:
        rows = [
            (each.id, each.site, each.publisher, delivery_state(each), each.attempts, each.remote_url)
            for each in deliveries
        ]
        table(("id", "site", "publisher", "state", "attempts", "url"), rows)
    _tell_without([each["name"] for each in told["without_channel"]])


@announcement.command("edit", help="help.announcement.edit")
@id_argument
@file_argument
@letter_options
@json_option
@click.pass_obj
def edit(frame: Frame, /, id: int, file: Path | None, as_json: bool, **options: Any) -> None:
    written = written_fields(file, options) if file else {}
    given = given_fields(options)
    if not (file or given):
        raise wrong_usage("error.announce_nothing")
    with frame.hub() as hub:
        old = hub.noticeboard.get(id)
        # a file is the whole new reading, save the letter's own date; options change what they name
        values = {"date": old.date, **written} if file else fields_of(old.manuscript)
        manuscript = hub.composing.manuscript(
            {**values, **given}, language(), folder=_folder(file), known=old.attachments
        )
        if old.unpublished:
            saved = hub.announcing.save(manuscript, frame.actor, id, old.rehearsal)
            return _answer(hub, saved, as_json)
        return _answer(hub, hub.announcing.correct(id, manuscript, frame.actor), as_json, "corrected")


@announcement.command("publish", help="help.announcement.publish")
@id_argument
@at_option
@json_option
@click.pass_obj
def publish(frame: Frame, id: int, at: str | None, as_json: bool) -> None:
    with frame.hub() as hub:
        _answer(hub, hub.announcing.submit(id, frame.actor, _moment(hub, at)), as_json)


@announcement.command("approve", help="help.announcement.approve")
@id_argument
@json_option
@click.pass_obj
def approve(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        corrected = hub.noticeboard.get(id).proposed is not None
        approved = hub.announcing.approve(id, frame.actor)
        _answer(hub, approved, as_json, "corrected" if corrected else "")


@announcement.command("reject", help="help.announcement.reject")
@id_argument
@option("--why", default="")
@json_option
@click.pass_obj
def reject(frame: Frame, id: int, why: str, as_json: bool) -> None:
    with frame.hub() as hub:
        _answer(hub, hub.announcing.reject(id, frame.actor, why), as_json, "rejected")


@announcement.command("withdraw", help="help.announcement.withdraw")
@id_argument
@option("--why", default="")
@yes_option
@json_option
@click.pass_obj
def withdraw(frame: Frame, id: int, why: str, yes: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.noticeboard.get(id)
        _sure(yes, tell("announcement.ask_withdraw", number=found.number, subject=found.subject))
        _answer(hub, hub.announcing.withdraw(id, frame.actor, why), as_json)


@announcement.command("resend", help="help.announcement.resend")
@id_argument
@option("--delivery", multiple=True, type=int, metavar="ID")
@option("--overwrite", is_flag=True)
@json_option
@click.pass_obj
def resend(frame: Frame, id: int, delivery: tuple[int, ...], overwrite: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        count = hub.announcing.resend(id, frame.actor, delivery or None, overwrite)
        if as_json:
            print_json({"resent": count, **whole(hub, hub.noticeboard.get(id))})
        else:
            line(tell("announcement.resent", count=count))


@announcement.command("discard", help="help.announcement.discard")
@id_argument
@yes_option
@json_option
@click.pass_obj
def discard(frame: Frame, id: int, yes: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        found = hub.noticeboard.get(id)
        _sure(yes, tell("announcement.ask_discard", number=found.number, subject=found.subject))
        hub.announcing.discard(id, frame.actor)
    if as_json:
        print_json({"announcement": announcement_data(found)})
    else:
        line(tell("announcement.discarded", id=id))
