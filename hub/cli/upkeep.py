"""``kimhub index``, ``db`` and ``doctor``: what keeps a hub healthy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from hub.cli.frame import Command, Failure, Frame, Group, json_option, option, tell, yes_option
from hub.cli.output import line, print_json, progress, table
from hub.model import Finding, SiteHealth

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group(cls=Group, help="help.index")
def index() -> None:
    pass


@index.command("rebuild", help="help.index.rebuild")
@json_option
@click.pass_obj
def rebuild(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub, progress(tell("index.progress"), quiet=as_json) as advance:
        documents = hub.indexing.rebuild(lambda done, total: advance(done=done, total=total))
    if as_json:
        print_json({"documents": documents})
    else:
        line(tell("index.rebuilt", documents=documents))


@index.command("status", help="help.index.status")
@json_option
@click.pass_obj
def status(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        report = hub.indexing.status()
    counts = {"documents": report.documents, "posts": report.posts, "pending": report.pending}
    if as_json:
        print_json(
            {"backend": report.backend, **counts, "healthy": report.healthy, "problem": report.problem}
        )
    else:
        line(tell("index.status", backend=report.backend, **counts))
    if not report.healthy:
        raise Failure("error.rebuild", problem=report.problem)


@click.group(cls=Group, help="help.db")
def db() -> None:
    pass


@db.command("upgrade", help="help.db.upgrade")
@click.pass_obj
def upgrade(frame: Frame) -> None:
    with frame.hub() as hub:
        hub.upkeep.upgrade()
    line(tell("db.upgraded"))


@db.command("check", help="help.db.check")
@json_option
@click.pass_obj
def check(frame: Frame, as_json: bool) -> None:
    with frame.hub() as hub:
        findings = [each for each in hub.upkeep.check() if each.part == "database"]
    _report(findings, as_json)


@db.command("backup", help="help.db.backup")
@file_argument
@json_option
@click.pass_obj
def backup(frame: Frame, file: Path, as_json: bool) -> None:
    with frame.hub() as hub:
        rows = hub.upkeep.backup(file)
    if as_json:
        print_json({"file": str(file), "rows": dict(rows)})
    else:
        line(tell("db.saved", path=file))


@db.command("restore", help="help.db.restore")
@file_argument
@yes_option
@json_option
@click.pass_obj
def restore(frame: Frame, file: Path, yes: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        if not (yes or click.confirm(tell("db.ask_restore", path=file))):
            raise Failure("error.not_confirmed")
        rows = hub.upkeep.restore(file)
    if as_json:
        print_json({"file": str(file), "rows": dict(rows)})
    else:
        line(tell("db.restored", path=file))


@click.command(cls=Command, help="help.doctor")
@option("--url", metavar="URL")
@option("--canary", is_flag=True)
@json_option
@click.pass_obj
def doctor(frame: Frame, url: str | None, canary: bool, as_json: bool) -> None:
    with frame.hub() as hub:
        if canary:
            hub.canaries.run(everything=True)
        outbound = url or _likely_to_answer(hub.reading.sites())
        configuration = Finding("configuration", True, str(frame.config))
        findings = [configuration, *hub.upkeep.check(outbound)]
    _report(findings, as_json)


def _likely_to_answer(sites: Sequence[SiteHealth]) -> str:
    """A site's address by which to see whether the network works: of one that was well last time."""
    best = sorted(sites, key=lambda each: each.state != "ok")
    return best[0].site.url if best else ""


def _report(findings: list[Finding], as_json: bool) -> None:
    """Print findings; any that is not fine ends in exit 1."""
    bad = [each for each in findings if not each.fine]
    if as_json:
        data = [
            {"part": each.part, "fine": each.fine, "message": each.message, "cure": each.cure}
            for each in findings
        ]
        print_json({"fine": not bad, "findings": data})
    else:
        mark = {True: "✓", False: "✗"}
        rows = [
            (f"{mark[each.fine]} {each.part}", " → ".join(filter(None, (each.message, each.cure))))
            for each in findings
        ]
        table(("part", "problem"), rows)
    if bad:
        raise Failure("error.doctor", count=len(bad))
    if not as_json:
        line(tell("doctor.fine"))
