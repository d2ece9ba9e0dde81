"""A rehearsal goes through everything and reaches nobody."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.app import Hub, open_hub
from hub.config import load, toml
from hub.errors import FetchError
from hub.model import Actor, Board, Manuscript
from hub.rehearsal import Rehearsal
from hub.testing.district.pictures import Wanted, render
from tests.clock import Clock

EDITOR = Actor("siti", "editor")
TAAN, BINANGA = "76.02.02.2010", "76.02.01.1002"


class Canary:
    """A village's real site, as far as a rehearsal is concerned: it notes whoever connects."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.10.51.1", 0))
        self.url = f"http://127.10.51.1:{self._listener.getsockname()[1]}/"
        self.connects = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connects += 1
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f"[network]\nallow_private = {toml(('127.10.51.0/24',))}\n[publish]\nretry_base = 0.01\n")
    return path


@pytest.fixture
def hub(config: Path, clock: Clock, canary: Canary) -> Iterator[Hub]:
    """A hub with two villages, whose channels lead to the canary."""
    opened = open_hub(load(config, {}), now=clock)
    for name, village in (("KIM Taan", TAAN), ("KIM Binanga", BINANGA)):
        added = opened.registering.add_site(
            name, f"{canary.url}{name[4:].lower()}/", village, probe=False, feed_url=f"{canary.url}{village}"
        )
        site_id, url = added.site.id, added.site.url
        opened.targets.add(site_id, "wordpress", EDITOR, url, "kim", "rahasia", check=False)
        opened.targets.add(site_id, "feed", EDITOR, url, check=False)
    yield opened
    opened.close()


def manuscript(hub: Hub, subject: str = "Latihan evakuasi tsunami") -> Manuscript:
    poster = hub.announcing.keep_file("peta.jpg", render(Wanted("laut", 0, "jpg")), "Peta jalur evakuasi")
    return Manuscript(
        number="300.2/41/BPBD/2026",
        subject=subject,
        to=(f"village:{TAAN}", f"village:{BINANGA}"),
        text="Berkumpul di lapangan **pukul 09.00**.",
        nature="penting",
        agency="BPBD",
        attachments=(poster,),
    )


def work(hub: Hub) -> None:
    hub.delivering.run()
    hub.proving.run(everything=True)


def states(board: Board) -> list[str]:
    return [row.delivery.state for row in board.rows if row.delivery is not None]


def page(hub: Hub, address: str) -> tuple[int, str]:
    answer = hub.rehearsal.http.get(address, ok_only=False)
    return answer.status, answer.body.decode()


def test_a_rehearsal_is_delivered_corrected_and_withdrawn_without_a_word_outside(
    hub: Hub, canary: Canary, clock: Clock
) -> None:
    rehearsed = hub.announcing.announce(manuscript(hub), EDITOR, rehearsal=True)
    work(hub)
    board = hub.noticeboard.board(rehearsed.id)
    assert states(board) == ["verified", "verified"]
    assert set(hub.rehearsal.copies(rehearsed.mark).values()) == {1}
    rows = [row.delivery for row in board.rows if row.delivery is not None]
    addresses = [row.remote_url for row in rows]
    status, html = page(hub, addresses[0])
    assert status == 200
    assert "pukul 09.00" in html
    assert 'src="' in html

    clock.forward(minutes=5)
    hub.announcing.correct(rehearsed.id, manuscript(hub, "Latihan evakuasi diundur"), EDITOR)
    work(hub)
    assert states(hub.noticeboard.board(rehearsed.id)) == ["verified", "verified"]
    assert "Latihan evakuasi diundur" in page(hub, addresses[1])[1]
    assert set(hub.rehearsal.copies(rehearsed.mark).values()) == {1}

    clock.forward(minutes=5)
    hub.announcing.withdraw(rehearsed.id, EDITOR)
    work(hub)
    assert states(hub.noticeboard.board(rehearsed.id)) == ["withdrawn", "withdrawn"]
    assert hub.rehearsal.copies(rehearsed.mark) == {}
    assert [page(hub, address)[0] for address in addresses] == [404, 404]
    assert canary.connects == 0
    assert all(target.reason is None for target in hub.targets.list())


def test_a_rehearsal_is_seen_by_no_resident(hub: Hub) -> None:
    rehearsed = hub.announcing.announce(manuscript(hub), EDITOR, rehearsal=True)
    work(hub)
    assert hub.noticeboard.current() == ()
    assert hub.noticeboard.check(rehearsed.number).verdict == "unknown"
    assert hub.noticeboard.check(rehearsed.mark).verdict == "unknown"


def test_a_village_and_its_stand_in_do_not_answer_for_each_other(hub: Hub, canary: Canary) -> None:
    real = hub.announcing.announce(manuscript(hub), EDITOR)
    asked = -1
    while canary.connects > asked:  # until the hub leaves this host alone
        asked = canary.connects
        hub.delivering.run(everything=True)
    assert "failed" not in states(hub.noticeboard.board(real.id))
    troubles = [target.reason for target in hub.targets.list()]
    rehearsed = hub.announcing.announce(manuscript(hub, "Latihan"), EDITOR, rehearsal=True)
    work(hub)
    assert states(hub.noticeboard.board(rehearsed.id)) == ["verified", "verified"]
    assert set(states(hub.noticeboard.board(real.id))) <= {"waiting", "unknown", "failed"}
    assert [target.reason for target in hub.targets.list()] == troubles
    assert canary.connects == asked


def test_the_next_process_finds_the_sample_sites_as_they_were(config: Path, hub: Hub, clock: Clock) -> None:
    rehearsed = hub.announcing.announce(manuscript(hub), EDITOR, rehearsal=True)
    hub.delivering.run()
    beside = open_hub(load(config, {}), now=clock)
    try:
        beside.proving.run(everything=True)
        assert states(beside.noticeboard.board(rehearsed.id)) == ["verified", "verified"]
        hub.rehearsal.close()
        beside.announcing.withdraw(rehearsed.id, EDITOR)
        beside.delivering.run()
        assert states(beside.noticeboard.board(rehearsed.id)) == ["withdrawn", "withdrawn"]
        assert beside.rehearsal.copies(rehearsed.mark) == {}
    finally:
        beside.close()


def test_the_way_out_of_a_rehearsal_is_shut(tmp_path: Path, canary: Canary, clock: Clock) -> None:
    room = Rehearsal(tmp_path / "room", lambda site_id: TAAN, "kimhub", clock)
    try:
        target = room.target_for(7)
        assert (urlsplit(target.url).hostname, target.publisher) == ("127.77.0.8", "wordpress")
        assert room.target_for(7) == target
        assert room.target_for(8).url != target.url
        assert room.http.get(target.url).status == 200
        for url in (canary.url, "http://192.0.2.1/", "http://127.77.0.8.example.id/", "https://example.id/"):
            with pytest.raises(FetchError) as refused:
                room.http.get(url)
            assert (refused.value.reason, refused.value.permanent) == ("blocked_address", True)
            with pytest.raises(FetchError):
                room.http.request("POST", url, body=b"{}")
        assert canary.connects == 0
    finally:
        room.close()
    room.close()


def test_passwords_of_sample_sites_are_this_hubs_own(tmp_path: Path, clock: Clock) -> None:
    rooms = [Rehearsal(tmp_path / name, lambda site_id: TAAN, "kimhub", clock) for name in ("a", "b")]
    try:
        assert rooms[0].target_for(1).password != rooms[1].target_for(1).password
        assert (tmp_path / "a" / "room.json").stat().st_mode & 0o077 == 0
    finally:
        for room in rooms:
            room.close()
