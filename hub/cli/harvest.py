"""``kimhub harvest``: visit what is due, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.frame import Command, Frame, json_option, option, reason_text, tell
from hub.cli.output import line, moment, print_json, progress
from hub.model import Harvest

if TYPE_CHECKING:
    from hub.services.harvesting import HarvestRun

COUNTS = ("new", "updated", "deleted", "unchanged", "quarantined")


def harvest_data(harvest: Harvest) -> dict[str, Any]:
    """What one visit brought, for scripts; ``error`` is None for a source that was read, also where a
    ``warning`` tells of something odd."""
    source, error = harvest.source, None
    if harvest.reason:
        error = {
            "reason": harvest.reason,
            "message": tell(f"reason.{harvest.reason}"),
            "cure": tell(f"cure.{harvest.reason}"),
            "detail": harvest.problem,
            "retry_at": moment(harvest.retry_at),
        }
    return {
        "id": source.id,
        "site": source.site_id,
        "connector": source.connector,
        "url": source.url,
        **{name: getattr(harvest, name) for name in COUNTS},
        "error": error,
        "warning": harvest.warning,
    }


def totals(run: HarvestRun) -> dict[str, Any]:
    """The sums over one run."""
    sums: dict[str, Any] = {name: sum(getattr(each, name) for each in run.harvests) for name in COUNTS}
    errors = sum(1 for each in run.harvests if each.reason)
    return {**sums, "errors": errors, "seconds": round(run.seconds, 3)}


def harvest_line(harvest: Harvest, site: str) -> str:
    """One visit in one line for people."""
    connector = harvest.source.connector
    if harvest.reason:
        message = reason_text(harvest.reason, harvest.problem)
        return tell("harvest.failed", site=site, connector=connector, message=message)
    counts = {name: getattr(harvest, name) for name in COUNTS}
    told = tell("harvest.line", site=site, connector=connector, **counts)
    if harvest.quarantined:
        told += tell("harvest.quarantined", count=harvest.quarantined)
    if harvest.warning:
        told += tell("harvest.warning", message=tell(f"reason.{harvest.warning}"))
    return told


@click.command(cls=Command, help="help.harvest")
@option("--all", "everything", is_flag=True)
@option("--site", type=int, metavar="ID")
@option("--source", type=int, metavar="ID")
@json_option
@click.pass_obj
def harvest(frame: Frame, everything: bool, site: int | None, source: int | None, as_json: bool) -> None:
    with frame.hub() as hub:
        names = {each.site.id: each.site.name for each in hub.reading.sites()}
        total = len(hub.registering.sources()) if everything else None
        with progress(tell("harvest.progress"), total, quiet=as_json) as advance:
            run = hub.harvesting.run(
                everything=everything,
                site=site,
                source=source,
                on_done=lambda done: advance(harvest_line(done, names.get(done.source.site_id, "?"))),
            )
    if as_json:
        print_json({"sources": [harvest_data(each) for each in run.harvests], "totals": totals(run)})
    elif run.harvests:
        line(tell("harvest.total", sources=len(run.harvests), **totals(run)))
    else:
        line(tell("harvest.nothing"))
