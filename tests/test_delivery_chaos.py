"""Exactly one copy: deliveries through faults, kill -9 and two deliverers at once; the copies are counted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hub.app import Hub, open_hub
from hub.config import load, toml
from hub.model import HUB, Announcement
from hub.testing.bench_publish import LETTER, add_targets
from hub.testing.receivers import DONE_ALL_THE_SAME, FAULTS, Receivers

#: Runs of ``kimhub deliver`` after which a delivery that is still on its way counts as lost.
PATIENCE = 15


def configuration(root: Path, database: str = "", timeout: float = 1.5) -> Path:
    """Retries come at once, and a site that does not answer is given up soon."""
    path = root / "config.toml"
    url = database.replace("postgresql+psycopg://", "postgresql://")
    path.write_text(
        f"[network]\nallow_private = {toml(Receivers.allow_private)}\ntimeout = {timeout}\n"
        f"[publish]\nretry_base = 0.05\n[database]\nurl = {toml(url)}\n"
    )
    return path


@contextmanager
def opened(config: Path) -> Iterator[Hub]:
    hub = open_hub(load(config, {}))
    try:
        yield hub
    finally:
        hub.close()


def announce(hub: Hub, number: int) -> Announcement:
    letter = replace(
        LETTER, number=f"800/{number}/DISKOMINFO/XI/2026", subject=f"{LETTER.subject}, ke-{number}"
    )
    return hub.announcing.announce(letter, HUB)


def deliver(config: Path) -> subprocess.Popen[bytes]:
    """``kimhub deliver``; what it says goes into ``deliver.log`` beside the configuration."""
    command = [sys.executable, "-m", "hub", "--config", str(config), "deliver", "--json"]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KIMHUB_")}
    with config.with_name("deliver.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=ours)


def kill_when(config: Path, process: subprocess.Popen[bytes], due: Callable[[], bool]) -> None:
    """kill -9 as soon as ``due``; the process must not have ended by itself."""
    until = time.monotonic() + 60
    while not due():
        assert process.poll() is None, config.with_name("deliver.log").read_text()
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def _two_and_a_kill(config: Path, due: Callable[[], bool]) -> None:
    """Two deliverers at once, and kill -9 for one that is at work. The other may have ended by then: where
    one holds a delivery for every target, nothing is left for it."""
    pair = [deliver(config), deliver(config)]
    until = time.monotonic() + 60
    while not due():
        assert any(each.poll() is None for each in pair), config.with_name("deliver.log").read_text()
        assert time.monotonic() < until
        time.sleep(0.05)
    doomed = next(each for each in pair if each.poll() is None)
    doomed.send_signal(signal.SIGKILL)
    doomed.wait(10)
    ended = [each.wait(90) for each in pair if each is not doomed]
    assert ended == [0], config.with_name("deliver.log").read_text()


def finish(config: Path, workers: int = 1) -> int:
    """Run ``kimhub deliver`` until nothing is due any more; how many runs it took."""
    for run in range(PATIENCE):
        with opened(config) as hub, hub.store.read() as tx:
            if not tx.deliveries.pending():
                return run
        processes = [deliver(config) for _ in range(workers)]
        ended = [each.wait(90) for each in processes]
        assert not any(ended), config.with_name("deliver.log").read_text()
    raise AssertionError(f"deliveries are still on their way after {PATIENCE} runs")


def assert_exactly_one_each(config: Path, receivers: Receivers, announcements: list[Announcement]) -> None:
    """At every site one live copy of every announcement, none beside it, and the ledger knows all."""
    sites = range(len(receivers.urls))
    copies = Counter((post["site"], post["slug"]) for post in receivers.posts())
    wanted = Counter((site, each.mark) for site in sites for each in announcements)
    assert {place: number for place, number in copies.items() if place not in wanted} == {}, "duplicates"
    assert [place for place in wanted if not copies[place]] == [], "lost"
    with opened(config) as hub:
        for each in announcements:
            known = hub.noticeboard.deliveries(each.id)
            assert {delivery.state for delivery in known} == {"delivered"}
            assert len({delivery.remote_url for delivery in known}) == len(sites)


def test_a_thousand_deliveries_through_faults_and_three_kills(tmp_path: Path) -> None:
    config, dice = configuration(tmp_path), random.Random(7602)
    with Receivers(200, faults=0.2, seed=7602) as receivers:
        with opened(config) as hub:
            add_targets(hub, receivers.urls)
            announcements = [announce(hub, number) for number in range(1, 6)]
        for stage in (150, 400, 650):
            due = stage + dice.randrange(100)
            kill_when(config, deliver(config), lambda due=due: receivers.counts()["writes"] >= due)  # type: ignore[misc]
        finish(config)
        assert_exactly_one_each(config, receivers, announcements)
        counts = receivers.counts()
        assert min(counts[fault] for fault in FAULTS) > 10, counts
        assert sum(counts[fault] for fault in DONE_ALL_THE_SAME) > 60, counts


def test_two_deliverers_at_once_and_a_kill_then_a_correction_and_a_withdrawal(
    tmp_path: Path, database_url: str
) -> None:
    config = configuration(tmp_path, database_url)
    with Receivers(40, faults=0.2, seed=5) as receivers:
        with opened(config) as hub:
            add_targets(hub, receivers.urls)
            announcements = [announce(hub, number) for number in range(1, 4)]
        _two_and_a_kill(config, lambda: receivers.counts()["writes"] >= 30)
        finish(config, workers=2)
        assert_exactly_one_each(config, receivers, announcements)

        corrected, withdrawn, untouched = announcements
        with opened(config) as hub:
            hub.announcing.correct(corrected.id, replace(corrected.manuscript, subject="Jadwal baru"), HUB)
            hub.announcing.withdraw(withdrawn.id, HUB)
        before = receivers.counts()["writes"]
        _two_and_a_kill(config, lambda: receivers.counts()["writes"] >= before + 20)
        finish(config, workers=2)
        live = Counter(post["title"] for post in receivers.posts() if post["status"] == "publish")
        assert live == {"Jadwal baru": 40, untouched.subject: 40}
        assert len(receivers.posts()) == 120
        with opened(config) as hub:
            assert {each.state for each in hub.noticeboard.deliveries(withdrawn.id)} == {"withdrawn"}
            assert {each.done_version for each in hub.noticeboard.deliveries(corrected.id)} == {2}
