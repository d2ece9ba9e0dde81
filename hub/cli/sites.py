"""``kimhub site``: the register of sites."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import click

from hub.cli.frame import (
    Failure,
    Frame,
    Group,
    error_lines,
    json_option,
    option,
    reason_text,
    tell,
    yes_option,
)
from hub.cli.output import line, moment, print_json, progress, table
from hub.cli.sources import source_data
from hub.cli.values import key_values, source_options, text_of
from hub.errors import Conflict, HubError, NotFound, RemoteError
from hub.model import Site, SiteHealth, Source


@click.group(cls=Group, help="help.site")
def site() -> None:
    pass


# -- shapes for scripts -----------------------------------------------------------------------------


def site_data(found: Site) -> dict[str, Any]:
    """A site for scripts."""
    return {
        "id": found.id,
        "name": found.name,
        "url": found.url,
        "village": found.village,
        "status": found.status,
        "platform": found.platform,
        "contacts": dict(found.contacts),
        "tags": list(found.tags),
    }


def health_data(health: SiteHealth) -> dict[str, Any]:
    """A site with how it fares, for scripts."""
    return {
        **site_data(health.site),
        "village_name": health.village.name,
        "kecamatan": health.kecamatan.code,
        "state": health.state,
        "reason": health.reason,
        "since": moment(health.since),
        "posts": health.posts,
        "last_post_at": moment(health.last_post_at),
    }


def refusal(error: HubError) -> dict[str, Any]:
    """Why a site was not taken: a reason of the closed list for addresses, else ``conflict``,
    ``not_found`` or ``plugin``."""
    if isinstance(error, RemoteError):
        told = {"message": tell(f"reason.{error.reason}"), "cure": tell(f"cure.{error.reason}")}
        return {"error": {"reason": error.reason, **told, "detail": error.detail}}
    kinds = ((Conflict, "conflict"), (NotFound, "not_found"))
    reason = next((name for kind, name in kinds if isinstance(error, kind)), "plugin")
    return {"error": {"reason": reason, "message": " ".join(error_lines(error)), "cure": "", "detail": ""}}


def refuse(error: HubError) -> None:
    """Answer a script, exit 1."""
    print_json(refusal(error))
    click.get_current_context().exit(1)


# -- commands ---------------------------------------------------------------------------------------


@site.command("add", help="help.site.add")
@click.argument("name")
@option("--url", required=True)
@option("--village", required=True, metavar="CODE")
@option("--connector")
@option("--feed-url")
@option("--option", "option", multiple=True, metavar="KEY=VALUE")
@option("--no-probe", is_flag=True)
@option("--contact", multiple=True, metavar="KIND=VALUE")
@option("--tag", multiple=True)
@json_option
@click.pass_obj
def add(
    frame: Frame,
    name: str,
    url: str,
    village: str,
    connector: str | None,
    feed_url: str | None,
    option: tuple[str, ...],
    no_probe: bool,
    contact: tuple[str, ...],
    tag: tuple[str, ...],
    as_json: bool,
) -> None:
    contacts = key_values(contact, "--contact")
    with frame.hub() as hub:
        try:
            declared = hub.plugins.connector(connector or "feed").options
            given = source_options(option, declared)
            options = {name: value for name, value in given.items() if value is not None}
            added = hub.registering.add_site(
                name,
                url,
                village,
                contacts=contacts,
                tags=tag,
                probe=not no_probe,
                connector=connector,
                feed_url=feed_url,
                options=options,
            )
        except HubError as error:
            if not as_json:
                raise
            return refuse(error)
    if as_json:
        sources = [source_data(each) for each in added.sources]
        print_json({"site": site_data(added.site), "sources": sources, "platform": added.platform})
        return None
    platform = added.platform or tell("word.unknown")
    line(tell("site.added", id=added.site.id, name=added.site.name, platform=platform))
    return _list_sources(added.sources)


def _list_sources(sources: Iterable[Source]) -> None:
    for each in sources:
        line(tell("site.source", id=each.id, connector=each.connector, url=each.url))


@site.command("list", help="help.site.list")
@json_option
@click.pass_obj
def list_sites(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        sites = hub.reading.sites()
    if as_json:
        print_json({"sites": [health_data(each) for each in sites]})
    elif not sites:
        line(tell("site.none"))
    else:
        rows = [
            (each.site.id, each.site.name, each.village.name, in_words(each), each.posts, each.site.url)
            for each in sites
        ]
        table(("id", "name", "village", "state", "posts", "url"), rows)


def in_words(health: SiteHealth) -> str:
    """How a site fares, in words."""
    state = tell(f"state.{health.state}")
    return f"{state}: {reason_text(health.reason)}" if health.reason else state


@site.command("show", help="help.site.show")
@click.argument("id", type=int)
@json_option
@click.pass_obj
def show(frame: Frame, id: int, as_json: bool) -> None:
    with frame.hub() as hub:
        health = hub.reading.site(id)
    if as_json:
        sources = [source_data(each) for each in health.sources]
        print_json({"site": health_data(health), "sources": sources, "platform": health.site.platform})
        return
    line(f"{health.site.id}  {health.site.name}  {health.site.url}")
    line(f"{health.village.name}, {health.kecamatan.name} ({health.village.code})  {health.site.platform}")
    line(in_words(health))
    if health.reason:
        line(tell(f"cure.{health.reason}"))
    _list_sources(health.sources)


@site.command("check", help="help.site.check")
@click.argument("url")
@json_option
@click.pass_obj
def check(frame: Frame, url: str, as_json: bool) -> None:
    with frame.hub() as hub:
        try:
            found = hub.registering.probe(url)
        except HubError as error:
            if not as_json:
                raise
            return refuse(error)
    best = found.best()
    if as_json:
        print_json(
            {
                "site": {"id": None, "name": found.title, "url": found.url, "village": None},
                "sources": [{"id": None, "connector": each.connector, "url": each.url} for each in best],
                "platform": found.platform,
                "passed_over": [
                    {"connector": name, "problem": problem} for name, problem in found.passed_over
                ],
            }
        )
        return None
    line(tell("site.found", title=found.title or found.url, platform=found.platform or tell("word.unknown")))
    for each in best:
        line(tell("site.proposal", connector=each.connector, url=each.url))
    return None


@site.command("edit", help="help.site.edit")
@click.argument("id", type=int)
@option("--name")
@option("--url")
@option("--village", metavar="CODE")
@option("--status", type=click.Choice(["active", "paused"]))
@option("--contact", multiple=True, metavar="KIND=VALUE")
@option("--tag", multiple=True)
@json_option
@click.pass_obj
def edit(
    frame: Frame,
    /,
    id: int,
    contact: tuple[str, ...],
    tag: tuple[str, ...],
    as_json: bool,
    **given: str | None,
) -> None:
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if contact:
        changes["contacts"] = key_values(contact, "--contact")
    if tag:
        changes["tags"] = tag
    with frame.hub() as hub:
        saved = hub.registering.edit_site(id, **changes)
        hub.indexing.drain()
    if as_json:
        print_json({"site": site_data(saved)})
    else:
        line(tell("site.saved", id=id))


@site.command("remove", help="help.site.remove")
@click.argument("id", type=int)
@yes_option
@click.pass_obj
def remove(frame: Frame, id: int, yes: bool) -> None:
    with frame.hub() as hub:
        found = hub.reading.site(id).site
        if not (yes or click.confirm(tell("site.ask_remove", name=found.name))):
            raise Failure("error.not_confirmed")
        hub.registering.remove_site(id)
        hub.indexing.drain()
    line(tell("site.removed", id=id))


Format = Literal["csv", "opml"]
format_option = option("--format", "file_format", type=click.Choice(["csv", "opml"]))


@site.command("import", help="help.site.import")
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@option("--no-probe", is_flag=True)
@json_option
@click.pass_obj
def import_sites(frame: Frame, file: Path, file_format: Format | None, no_probe: bool, as_json: bool) -> None:
    text = text_of(file)
    kind: Format = file_format or ("opml" if file.suffix.lower() in (".opml", ".xml") else "csv")
    with frame.hub() as hub, progress(file.name, quiet=as_json) as advance:
        imported = hub.importing.import_sites(
            text, kind, probe=not no_probe, progress=lambda done, total: advance(done=done, total=total)
        )
    if as_json:
        errors = [
            {"row": each.row, "reason": each.reason, "message": each.message} for each in imported.errors
        ]
        print_json({"added": imported.added, "skipped": imported.skipped, "errors": errors})
        return
    errors_seen = len(imported.errors)
    line(tell("site.imported", added=imported.added, skipped=imported.skipped, errors=errors_seen))
    for each in imported.errors:
        told = tell(f"reason.{each.reason}").removeprefix("reason.")
        line(tell("site.import_row", row=each.row, message=f"{told} [{each.message}]"))


@site.command("export", help="help.site.export")
@option("--format", "file_format", type=click.Choice(["opml", "csv"]), default="csv")
@click.pass_obj
def export_sites(frame: Frame, file_format: Format) -> None:
    with frame.hub() as hub:
        click.echo(hub.importing.export_sites(file_format), nl=False)
