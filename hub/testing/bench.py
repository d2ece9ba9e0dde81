"""The project's benchmarks: each figure with its target, measured on real parts on loopback.

CPU is that of this whole process, all threads; the feed farm and the page client are processes of their
own. Ratios of one run hold, absolute times depend on the machine.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import Batch, Draft, Source, Verdict
from hub.schedule import Scheduler
from hub.testing import bench_extract, bench_pictures, bench_search, bench_stories
from hub.testing.bench_publish import send
from hub.testing.district.farm import FarmProcess
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from hub.testing.serving import served
from hub.testing.story_pairs import pairs, read_texts

SITES, POSTS = 200, 15
#: Searches of one measurement, each another.
SEARCHES = 320

#: Run by a separate interpreter: a client that keeps its connection and counts answers.
CLIENT = """
import socket, sys, time
where, seconds = sys.argv[1].removeprefix("http://"), float(sys.argv[2])
host, port = where.split(":")
s = socket.create_connection((host, int(port)))
ask = f"GET / HTTP/1.1\\r\\nHost: {where}\\r\\nAccept-Encoding: gzip\\r\\n\\r\\n".encode()
n, until, f = 0, time.time() + seconds, s.makefile("rb")
while time.time() < until:
    s.sendall(ask)
    length = 0
    while (line := f.readline()) != b"\\r\\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    f.read(length)
    n += 1
print(n)
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; ``ceiling`` tells whether the target is one, or a floor. None: there is none."""

    name: str
    value: float
    unit: str
    target: float | None
    ceiling: bool = True

    @property
    def met(self) -> bool:
        if self.target is None:
            return True
        return self.value <= self.target if self.ceiling else self.value >= self.target


@contextmanager
def _bench_hub(root: Path | None = None, **sections: Any) -> Iterator[Hub]:
    """A hub in ``root``, which stays; by default in a folder of its own, which goes."""
    settings = {
        "harvest": {"host_delay": 0.0},
        "network": {"allow_private": ["127.10.0.0/16"]},
        "web": {"rate_limit": 0},
    }
    with tempfile.TemporaryDirectory() as folder:
        hub = open_hub(build(settings | sections, root=root or Path(folder)))
        try:
            yield hub
        finally:
            hub.close()


def _cpu(work: Callable[[], object]) -> float:
    """Milliseconds of CPU that ``work`` took."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def harvest_figures() -> list[Figure]:
    """First harvest, unchanged cycles, and one new post in every feed."""
    with FarmProcess(SITES, POSTS) as farm, _bench_hub() as hub:
        villages = hub.gazetteer.villages
        for number, url in enumerate(farm.urls):
            village = villages[number % len(villages)].code
            hub.registering.add_site(f"KIM {number}", url, village, probe=False, feed_url=url)

        def cycle() -> None:
            run = hub.harvesting.run(everything=True)
            failed = [each for each in run.harvests if each.reason]
            assert len(run.harvests) == SITES, f"{len(run.harvests)} of {SITES} sources were visited"
            assert not failed, failed[0]

        first = _cpu(cycle)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        posts = hub.reading.numbers().posts
        assert posts == SITES * POSTS, posts
        cycle()
        unchanged = statistics.median(_cpu(cycle) for _ in range(5)) / SITES
        farm.etags(False)
        cycle()
        same_body = statistics.median(_cpu(cycle) for _ in range(5)) / SITES
        farm.publish()
        one_new = _cpu(cycle) / SITES
        assert hub.reading.numbers().posts == SITES * (POSTS + 1)
    return [
        Figure("first harvest, CPU per post", first / posts, "ms", 4.3),
        Figure("memory after first harvest", memory, "MB", 200),
        Figure("unchanged (304), CPU per source", unchanged, "ms", 1.6),
        Figure("same body with 200, CPU per source", same_body, "ms", 2.5),
        Figure("one new of 15, CPU per source", one_new, "ms", 8.0),
    ]


def search_figures(number: int, path: Path, targets: Mapping[str, float | None]) -> list[Figure]:
    """Search pages with facets, highlights and stories through a real server, by one engine after the other;
    a target of None: the figure stands beside the others for comparison."""
    figures = []
    corpus = bench_search.Corpus(path)
    with tempfile.TemporaryDirectory() as folder:
        with _bench_hub(Path(folder)) as hub:
            bench_search.fill(hub, number, corpus)
            residents = bench_search.Residents(hub)
        searches, slips = residents.searches(SEARCHES), residents.slips(SEARCHES)
        beginnings = residents.beginnings(SEARCHES)
        for engine, target in targets.items():
            with _bench_hub(Path(folder), search={"backend": engine}) as hub:
                hub.indexing.rebuild()
                with served(hub.plugins.wsgi(hub)) as base:
                    times = bench_search.ask(base, searches)
                    misspelt, begun = bench_search.ask(base, slips), bench_search.ask(base, beginnings)
            name = f"{number:,} posts, {engine}"
            figures += [
                Figure(f"search, {name}, p50", times.p50, "ms", target),
                Figure(f"search, {name}, p95", times.p95, "ms", target),
                Figure(f"misspelt search, {name}, p95", misspelt.p95, "ms", None),
                Figure(f"suggestions, {name}, p95", begun.p95, "ms", 20.0),
            ]
    return figures


def seen_figures() -> list[Figure]:
    """What is new, through a real server with the schedule running."""
    with tempfile.TemporaryDirectory() as folder, _bench_hub(Path(folder)) as hub:
        scheduler = Scheduler(hub)
        scheduler.start()
        try:
            with served(hub.plugins.wsgi(hub)) as base:
                longest = bench_search.seconds_until_seen(hub, base)
        finally:
            scheduler.stop()
    return [Figure("a new post on the front page and found, after", longest, "s", 2.0)]


def page_figures(seconds: float = 4.0) -> list[Figure]:
    """The front page from the cache, through a real server."""
    with FarmProcess(20, POSTS) as farm, _bench_hub() as hub:
        for number, url in enumerate(farm.urls):
            village = hub.gazetteer.villages[number].code
            hub.registering.add_site(f"KIM {number}", url, village, probe=False, feed_url=url)
        hub.harvesting.run()
        with served(hub.plugins.wsgi(hub)) as base:
            command = [sys.executable, "-c", CLIENT, base, str(seconds)]
            began = time.process_time()
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            cpu = time.process_time() - began
    return [
        Figure("front page from the cache, per CPU second", int(done.stdout) / cpu, "requests", 800, False)
    ]


def picture_figures() -> list[Figure]:
    """What a 3 MB photo becomes, what that and a drawn card cost, and what a first visit weighs beside its
    pictures."""
    cost, visit = bench_pictures.cost(), bench_pictures.first_visit()
    return [
        Figure("a 3 MB photo at 640 px", cost.sizes[640] / 1000, "kB", 60),
        Figure("a 3 MB photo in three widths, CPU", cost.cpu, "ms", 600),
        Figure("card for a shared link", cost.card / 1000, "kB", 60),
        Figure("card for a shared link, CPU", cost.card_cpu, "ms", 300),
        Figure("first page over the wire", visit.home / 1000, "kB", 50),
        Figure("first page over the wire, saving data", visit.home_light / 1000, "kB", 50),
        Figure("an article over the wire, without pictures", visit.article / 1000, "kB", 30),
    ]


def publish_figures() -> list[Figure]:
    """One announcement onto 100 and onto 1,000 sites that take half a second for every answer."""
    few, many = send(100), send(1000)
    return [
        Figure("100 targets that answer in 500 ms, all delivered", few.seconds, "s", 8.0),
        Figure("1,000 such targets, all delivered", many.seconds, "s", 60.0),
        Figure("requests per delivery", many.requests, "", 4.0),
        Figure("CPU per delivery", many.cpu, "ms", 15.0),
    ]


class _Stamp:
    """A refiner that does nothing but note when it was asked."""

    def __init__(self, number: int) -> None:
        self.name = f"stamp-{number}"
        self.asked: list[float] = []

    def refine(self, draft: Draft, source: Source) -> Verdict:
        self.asked.append(time.perf_counter())
        return Verdict()


def hook_figures(posts: int = 400) -> list[Figure]:
    """What asking ten refiners costs beside what they do themselves: from the first one's turn to the
    last one's, the median of all posts of a harvest, for ten turns."""
    stamps, connector = [_Stamp(number) for number in range(10)], ScriptedConnector()
    with tempfile.TemporaryDirectory() as folder:
        hub = scripted_hub(Path(folder), connector, now=lambda: datetime.now(UTC), refiners=stamps)
        try:
            url, village = "https://taan.example/feed", hub.gazetteer.villages[0].code
            connector.plan(url, [Batch({}, tuple(entry(number) for number in range(posts)))])
            hub.registering.add_site(
                "KIM Taan", url, village, probe=False, feed_url=url, connector="scripted"
            )
            hub.harvesting.run(everything=True)
        finally:
            hub.close()
    assert len(stamps[0].asked) == posts, len(stamps[0].asked)
    turns = [last - first for first, last in zip(stamps[0].asked, stamps[-1].asked, strict=True)]
    spent = statistics.median(turns) / (len(stamps) - 1) * len(stamps) * 1000
    return [Figure("hook overhead with 10 refiners, per post", spent, "ms", 0.3)]


def extract_figures(corpus: Path) -> list[Figure]:
    """Articles out of pages of many templates."""
    values = [score.f1 for score in bench_extract.scores(corpus)]
    return [
        Figure(
            f"full text of {len(values)} page templates, mean F1", statistics.mean(values), "", 0.95, False
        ),
        Figure("full text, F1 of the worst template", min(values), "", 0.8, False),
    ]


def story_figures(corpus: Path | None, *, large: bool) -> list[Figure]:
    """Look-alikes: how well they are told, on pairs made of real news (else of the sample district's), and
    what it costs."""
    texts = read_texts(corpus)
    with _bench_hub() as hub:
        matcher = next(iter(hub.plugins.all_matchers.values()))
        told = bench_stories.quality(matcher, pairs(texts))
    figures = [
        Figure(f"look-alikes, {told.pairs} pairs, precision", told.precision, "", 0.98, False),
        Figure("look-alikes, recall", told.recall, "", 0.9, False),
    ]
    for number in (10_000, 100_000) if large else (10_000,):
        with _bench_hub() as hub:
            spent = bench_stories.cost(hub, number, texts)
        figures.append(Figure(f"look-alikes, CPU per post at {number:,}", spent, "ms", 5.0))
    return figures


def run(corpus: Path | None, *, large: bool) -> Iterator[Figure]:
    """All figures, as they come. ``corpus`` is the news file that searches run over; None leaves them out."""
    yield from harvest_figures()
    yield from hook_figures()
    yield from page_figures()
    yield from seen_figures()
    yield from picture_figures()
    yield from publish_figures()
    yield from story_figures(corpus, large=large)
    if corpus is not None:
        yield from extract_figures(corpus)
        yield from search_figures(10_000, corpus, {"whoosh": 40.0})
        if large:
            yield from search_figures(100_000, corpus, {"tantivy": 30.0, "whoosh": None})
