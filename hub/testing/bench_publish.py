"""Benchmarks of the way back: one announcement onto many sites that answer slowly.

The receivers are a process of their own; CPU is that of this whole process, all threads, over the delivery
run. Ratios of one run hold, absolute times depend on the machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import HUB, Manuscript
from hub.testing.receivers import Receivers

#: Seconds that every site takes for every answer.
DELAY = 0.5
LETTER = Manuscript(
    number="800/417/DISKOMINFO/XI/2026",
    subject="Jadwal pemadaman air bersih Kecamatan Kalukku",
    to=("all",),
    text="Warga diminta menampung air mulai pukul 08.00 WITA.\n\n- **Selasa**: Kalukku\n- Rabu: Sinyonyoi",
    agency="Perumda Air Minum Tirta Manakarra",
)


@contextmanager
def hub_with_targets(receivers: Receivers, root: Path) -> Iterator[Hub]:
    """A hub whose villages' sites are ``receivers``, each a target of the wordpress publisher."""
    settings = {"network": {"allow_private": list(receivers.allow_private)}}
    hub = open_hub(build(settings, root=root))
    try:
        add_targets(hub, receivers.urls)
        yield hub
    finally:
        hub.close()


def add_targets(hub: Hub, urls: list[str]) -> None:
    """A site with a wordpress target for each of ``urls``."""
    villages = hub.gazetteer.villages
    for number, url in enumerate(urls):
        village = villages[number % len(villages)].code
        site = hub.registering.add_site(f"KIM {number}", url, village, probe=False, feed_url=f"{url}feed/")
        hub.targets.add(
            site.site.id, "wordpress", HUB, url=url, user="hub", password="abcd efgh", check=False
        )


@contextmanager
def _measured(sites: int) -> Iterator[tuple[Hub, Receivers]]:
    with (
        Receivers(sites, delay=DELAY) as receivers,
        tempfile.TemporaryDirectory() as folder,
        hub_with_targets(receivers, Path(folder)) as hub,
    ):
        yield hub, receivers


@dataclass(frozen=True, slots=True)
class Sending:
    """One announcement sent to every site: seconds from publishing until all had it, milliseconds of CPU
    and requests per delivery."""

    seconds: float
    cpu: float
    requests: float


def send(sites: int) -> Sending:
    """Publish one announcement and deliver it everywhere.

    Raises:
        AssertionError: not every site has exactly one copy.
    """
    with _measured(sites) as (hub, receivers):
        began, busy = time.perf_counter(), time.process_time()
        hub.announcing.announce(LETTER, HUB)
        run = hub.delivering.run()
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
        assert (run.done, run.failed, run.pending) == (sites, 0, 0), run
        live = [post for post in receivers.posts() if post["status"] == "publish"]
        assert len(live) == sites == len({post["site"] for post in live}), len(live)
        return Sending(seconds, cpu * 1000 / sites, receivers.counts()["requests"] / sites)
