"""The Whoosh backend: the contract, then what is its own: crashes, damage, locks, many processes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hub.errors import SearchError
from hub.spec import SearchBackend
from hub.testing.search_contract import SearchContract, document
from plugins.whoosh import WhooshFactory, register_search_backends
from plugins.whoosh.backend import WhooshBackend
from plugins.whoosh.writer import FANOUT

ROOT = Path(__file__).parents[2]


class TestContract(SearchContract):
    def open(self, folder: Path) -> SearchBackend:
        return WhooshFactory().open(folder)


def found(backend: WhooshBackend, q: str) -> set[int]:
    return {hit.id for hit in SearchContract.ask(backend, q, limit=100_000).hits if hit.strict}


@pytest.fixture
def backend(tmp_path: Path) -> WhooshBackend:
    backend = WhooshBackend(tmp_path / "index", patience=0.3)
    backend.write([document(n, f"Kabar desa nomor{n}", "warga " * 20) for n in range(1, 301)], [])
    return backend


def test_it_registers_under_its_name() -> None:
    assert [factory.name for factory in register_search_backends()] == ["whoosh"]


def test_segments_stay_few(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path / "index")
    for number in range(1, 61):
        backend.write([document(number, f"Kabar nomor{number}")], [])
    assert len(backend._current().parts) <= FANOUT + 1
    assert found(backend, "kabar") == set(range(1, 61))


def test_a_second_writer_is_told_after_a_bounded_wait(backend: WhooshBackend, tmp_path: Path) -> None:
    other = WhooshBackend(tmp_path / "index", patience=0.2)
    with backend.rebuild() as add:
        add([document(1, "Baru")])
        with pytest.raises(SearchError, match="another process"):
            other.write([document(2, "Lain")], [])
        assert len(other.ids()) == 300
    other.write([document(2, "Lain")], [])
    assert backend.ids() == {1, 2}


@pytest.mark.parametrize("suffix", [".doc", ".trm", ".pst"])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.99])
def test_a_flipped_bit_is_noticed_and_a_rebuild_heals(tmp_path: Path, suffix: str, place: float) -> None:
    folder = tmp_path / "index"
    WhooshBackend(folder).write([document(n, f"Kabar nomor{n % 7} desa", "warga") for n in range(1, 200)], [])
    (path,) = folder.glob(f"index-*/*{suffix}")
    data = bytearray(path.read_bytes())
    data[int(place * (len(data) - 1))] ^= 0x10
    path.write_bytes(data)
    backend = WhooshBackend(folder)
    try:
        for q in (
            "kabar",
            "nomor3",
            '"nomor4 desa"',
            "judul:desa",
            "judul:kabar",
            "warga",
            "nomor0",
            "nomor1",
        ):
            assert found(backend, q)
    except SearchError:
        status = backend.status()
        assert not status.healthy
        assert status.problem
    with backend.rebuild() as add:
        add([document(1, "Kabar baru")])
    assert backend.status().healthy
    assert found(backend, "kabar") == {1}


def test_a_lost_folder_is_an_error_until_rebuilt(backend: WhooshBackend, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(SearchError):
        found(backend, "kabar")
    assert not backend.status().healthy
    with backend.rebuild() as add:
        add([document(1, "Kabar baru")])
    assert backend.status().healthy
    assert backend.ids() == {1}


def test_a_lost_index_beside_its_pointer_is_unhealthy(backend: WhooshBackend, tmp_path: Path) -> None:
    for path in (tmp_path / "index").glob("index-*/*.toc"):
        path.unlink()
    reopened = WhooshBackend(tmp_path / "index")
    status = reopened.status()
    assert (status.healthy, status.documents) == (False, 0)
    with pytest.raises(SearchError):
        reopened.ids()


WRITER = """
import sys
from pathlib import Path
from hub.testing.search_contract import document
from plugins.whoosh.backend import WhooshBackend
backend = WhooshBackend(Path(sys.argv[1]))
start = int(sys.argv[2])
for n in range(start, start + 10_000, 5):
    backend.write([document(i, f"Kabar nomor{i}", "warga desa " * 30) for i in range(n, n + 5)], [])
    print(n + 4, flush=True)
"""


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    acknowledged = 0
    for _ in range(5):
        args = [sys.executable, "-c", WRITER, str(folder), str(acknowledged + 1)]
        process = subprocess.Popen(args, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.Random().uniform(0.05, 0.4))
        os.kill(process.pid, signal.SIGKILL)
        lines = process.stdout.read().split()
        process.wait()
        backend = WhooshBackend(folder)
        ids = backend.ids()
        acknowledged = max([acknowledged + 5, *map(int, lines)])
        assert backend.status().healthy
        assert set(range(1, acknowledged + 1)) <= ids
        assert len(ids) % 5 == 0
        assert found(backend, "kabar") == ids
        acknowledged = max(ids)
    backend.optimise()
    leftovers = [path.name for path in folder.glob("index-*/*.toc.*")]
    assert leftovers == []


def test_searches_go_on_while_commits_and_rebuilds_happen(backend: WhooshBackend, tmp_path: Path) -> None:
    problems: list[Exception] = []
    stop = threading.Event()
    reader = WhooshBackend(tmp_path / "index")

    def read() -> None:
        while not stop.is_set():
            try:
                assert len(found(reader, "desa")) >= 300
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for round_ in range(3):
        for n in range(301, 311):
            backend.write([document(n + round_, "Kabar desa")], [])
        with backend.rebuild() as add:
            add([document(n, f"Kabar desa nomor{n}") for n in range(1, 301)])
        backend.optimise()
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []


def test_an_index_of_the_layout_before_is_noticed_and_a_rebuild_heals(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    WhooshBackend(folder).write([document(1, "Kabar desa")], [])
    (path,) = folder.glob("index-*/*.doc")
    data = path.read_bytes()
    path.write_bytes(b"KD1" + data[3:])
    backend = WhooshBackend(folder)
    with pytest.raises(SearchError, match="another version"):
        found(backend, "kabar")
    assert not backend.status().healthy
    with backend.rebuild() as add:
        add([document(1, "Kabar desa")])
    assert backend.status().healthy
    assert found(backend, "kabar") == {1}
