"""``kimhub demo``: a sample district on this machine, to look at and to play with."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.demo_desk import prepare_desk, sign_in_line
from hub.cli.frame import Command, Failure, option, reason_text, tell
from hub.cli.harvest import harvest_line, totals
from hub.cli.init import write_config
from hub.cli.output import line, progress
from hub.cli.serve import DEFAULT_HOST, DEFAULT_PORT
from hub.cli.serving import serve_hub
from hub.config import load
from hub.errors import Conflict, RemoteError

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.testing.district import Agency, District

DATA = Path("var/demo")
#: Where the village sites answer, on addresses of their own.
SITES_PORT = 8100
#: Short enough to watch things happen, long enough not to keep the machine busy.
INTERVAL, INTERVAL_MAX, HOST_DELAY, TOMBSTONE_AFTER, EDITS_EVERY = 15, 60, 0.05, 20, 90.0
RETRY_BASE = 5


@click.command(cls=Command, help="help.demo")
@option("--port", type=click.IntRange(1, 65535), metavar="N", default=DEFAULT_PORT)
@option("--villages", type=int, metavar="N", default=12)
@option("--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", default=DATA)
@option("--live", type=click.IntRange(0), metavar="SECONDS", default=60)
def demo(port: int, villages: int, data: Path, live: int) -> None:
    from hub.app import open_hub
    from hub.testing.district import VILLAGES

    if not 1 <= villages <= len(VILLAGES):
        raise click.UsageError(
            tell("error.demo_village", low=1, high=len(VILLAGES)), click.get_current_context()
        )
    with (
        start_district(data, villages, EDITS_EVERY if live else None) as district,
        _agency(district) as agency,
    ):
        config = write_demo_config(data, port, district)
        hub = open_hub(load(config))
        try:
            line(tell("demo.sites", count=len(district.sites)))
            register(hub, district)
            register_agency(hub, district, agency)
            first_harvest(hub)
            prepare_desk(hub, district, data)
            serve_hub(
                hub,
                DEFAULT_HOST,
                port,
                schedule=True,
                on_ready=lambda stopping: _welcome(hub, district, config, live, stopping),
            )
        finally:
            hub.close()


@contextmanager
def start_district(data: Path, villages: int, edits_every: float | None) -> Iterator[District]:
    """The village sites, running. A data folder keeps its port, since the sites are registered with it;
    a new one takes the usual port or, where that is taken, any free one.

    Raises:
        Failure: the addresses are taken.
    """
    note = data / "district-port"
    ports = (int(note.read_text()),) if note.exists() else (SITES_PORT, 0)
    district = _listen(villages, edits_every, ports, data / "sites")
    try:
        data.mkdir(parents=True, exist_ok=True)
        note.write_text(f"{district.port}\n")
        yield district
    finally:
        district.stop()


@contextmanager
def _agency(district: District) -> Iterator[Agency]:
    from hub.testing.district import Agency

    try:
        agency = Agency(district.agency_host, district.port, lambda: datetime.now(UTC))
    except OSError as error:
        raise Failure("error.demo_sites", problem=error.strerror or str(error)) from None
    try:
        yield agency
    finally:
        agency.stop()


def _listen(villages: int, edits_every: float | None, ports: tuple[int, ...], folder: Path) -> District:
    """The district on the first of ``ports`` that is free (0: any)."""
    from hub.testing.district import District

    problem = ""
    for port in ports:
        try:
            return District(villages, port=port, edits_every=edits_every, folder=folder).start()
        except OSError as error:
            problem = error.strerror or str(error)
    raise Failure("error.demo_sites", problem=problem)


def write_demo_config(data: Path, port: int, district: District) -> Path:
    """The configuration of the sample hub, in its folder, so that every other command works on it with
    ``--config``. It is written anew at each start; the environment still wins over it."""
    values: dict[str, dict[str, Any]] = {
        "hub": {"base_url": f"http://{DEFAULT_HOST}:{port}"},
        "harvest": {
            "host_delay": HOST_DELAY,
            "interval": INTERVAL,
            "interval_min": INTERVAL,
            "interval_max": INTERVAL_MAX,
            "tombstone_after": TOMBSTONE_AFTER,
        },
        "publish": {"retry_base": RETRY_BASE},
        "network": {"allow_private": district.allow_private},
    }
    config = data / "config.toml"
    write_config(config, values, replace=True)
    return config


def register(hub: Hub, district: District) -> None:
    """Add the village sites by their address alone, as anybody would. A site that cannot be looked at now
    (the broken one) is taken with its feed as given, so that its trouble can be seen on the portal."""
    for site in district.sites:
        name = site.village.kim
        try:
            added = hub.registering.add_site(name, site.url, site.code)
            line(tell("demo.added", name=name, platform=added.platform or "RSS"))
        except Conflict:
            continue  # there since the last start
        except RemoteError as error:
            hub.registering.add_site(name, site.url, site.code, probe=False, feed_url=site.feed_url)
            line(tell("demo.refused", name=name, message=reason_text(error.cause, error.detail)))


def register_agency(hub: Hub, district: District, agency: Agency) -> None:
    """Warnings above the news, in a village that has no sample site."""
    taken = {site.code for site in district.sites}
    village = next(each.code for each in reversed(hub.gazetteer.villages) if each.code not in taken)
    name = "BMKG (contoh)"
    with suppress(Conflict):  # there since the last start
        hub.registering.add_site(
            name, agency.base, village, probe=False, connector="bmkg", feed_url=agency.feed_url
        )
        line(tell("demo.added", name=name, platform="CAP"))


def first_harvest(hub: Hub) -> None:
    """Bring the portal up to date before it opens."""
    names = {each.site.id: each.site.name for each in hub.reading.sites()}
    with progress(tell("harvest.progress"), len(hub.registering.sources())) as advance:
        run = hub.harvesting.run(
            everything=True,
            on_done=lambda done: advance(harvest_line(done, names.get(done.source.site_id, "?"))),
        )
    sums = totals(run)
    line(tell("demo.harvested", new=sums["new"], sources=len(run.harvests), errors=sums["errors"]))


def _welcome(hub: Hub, district: District, config: Path, live: int, stopping: threading.Event) -> None:
    """Say what there is to see, and let news arrive."""
    url = hub.settings.hub.base_url
    line()
    line(tell("demo.open", url=url))
    line(tell("demo.try", url=url))
    line(sign_in_line(hub, config.parent))
    taken = {site.code for site in district.sites}
    free = next(each.code for each in hub.gazetteer.villages if each.code not in taken)
    line(tell("demo.add", program=_program(), config=config, village=free))
    if live:
        line(tell("demo.live", seconds=live))
        publisher = threading.Thread(target=_publish, args=(district, live, stopping), daemon=True)
        publisher.start()
    line(tell("serve.ready", url=url))


def _program() -> str:
    """How a visitor calls this program from the same folder: ``make run`` puts it on no path."""
    return "kimhub" if shutil.which("kimhub") else os.path.relpath(sys.argv[0])


def _publish(district: District, every: int, stopping: threading.Event) -> None:
    while not stopping.wait(every):
        published = district.publish()
        line(tell("demo.published", title=published.title, url=published.url))
