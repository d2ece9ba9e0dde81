"""The program and its commands."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli import (
    announcing,
    audit,
    bench,
    connectors,
    delivering,
    demo,
    following,
    harvest,
    inbox,
    init,
    people,
    plugins,
    pushing,
    regions,
    search,
    secrets,
    serve,
    sites,
    sources,
    targets,
    tokens,
    upkeep,
)
from hub.cli.frame import CONFIG_VARIABLE, DEFAULT_CONFIG, Frame, Option, Program, option


@click.group(cls=Program, help="help.program")
@option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_CONFIG,
    envvar=CONFIG_VARIABLE,
    metavar="FILE",
)
@click.version_option(package_name="kimhub", prog_name="kimhub", cls=Option)
@click.pass_context
def main(context: click.Context, config: Path) -> None:
    context.obj = Frame(config)


for command in (
    init.init,
    demo.demo,
    serve.serve,
    sites.site,
    sources.source,
    harvest.harvest,
    inbox.inbox,
    following.follow,
    search.search,
    targets.target,
    announcing.announce,
    announcing.announcement,
    delivering.deliver,
    delivering.verify,
    upkeep.index,
    upkeep.db,
    upkeep.doctor,
    plugins.plugins,
    connectors.connector,
    people.user,
    tokens.token,
    secrets.secrets,
    audit.audit,
    regions.region,
    bench.bench,
):
    main.add_command(command)

for command in (pushing.show, pushing.subscribe, pushing.unsubscribe):
    sources.source.add_command(command)
