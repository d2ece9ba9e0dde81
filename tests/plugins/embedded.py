"""What every embedded index must stand beside the contract: kills, damage, locks, many processes at once.

Inherit from :class:`EmbeddedIndex` and say how to open one and what its files are called.
"""

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

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from importlib import import_module
from pathlib import Path
from hub.testing.search_contract import document
[factory] = import_module(sys.argv[1]).register_search_backends()
backend = factory.open(Path(sys.argv[2]))
start = int(sys.argv[3])
for n in range(start, start + 10_000, 5):
    backend.write([document(i, f"Kabar nomor{i}", "warga desa " * 30) for i in range(n, n + 5)], [])
    print(n + 4, flush=True)
"""

REBUILDER = """
import sys
from importlib import import_module
from pathlib import Path
from hub.testing.search_contract import document
[factory] = import_module(sys.argv[1]).register_search_backends()
backend = factory.open(Path(sys.argv[2]))
print("begun", flush=True)
while True:
    with backend.rebuild() as add:
        for n in range(1, 301, 100):
            add([document(i, f"Kabar desa nomor{i}") for i in range(n, n + 100)])
"""


def found(backend: SearchBackend, q: str) -> set[int]:
    return {hit.id for hit in SearchContract.ask(backend, q, limit=100_000).hits if hit.strict}


class EmbeddedIndex:
    """``plugin``: the module that registers the backend. ``pieces``: patterns of files that are kept, each
    of which a disk may damage; ``lost``: of files without which nothing works."""

    plugin = ""
    pieces: tuple[str, ...] = ()
    lost = ""

    def open(self, folder: Path, patience: float = 10.0) -> SearchBackend:
        raise AssertionError("say in a subclass how to open the backend")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "index"

    @pytest.fixture
    def backend(self, folder: Path) -> SearchBackend:
        backend = self.open(folder, patience=0.3)
        backend.write([document(n, f"Kabar desa nomor{n}", "warga " * 20) for n in range(1, 301)], [])
        return backend

    def program(self, code: str, folder: Path, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, self.plugin, str(folder), *more]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    # -- locks ---------------------------------------------------------------------------------------

    def test_a_second_writer_is_told_after_a_bounded_wait(self, backend: SearchBackend, folder: Path) -> None:
        other = self.open(folder, patience=0.2)
        with backend.rebuild() as add:
            add([document(1, "Baru")])
            with pytest.raises(SearchError, match="another process"):
                other.write([document(2, "Lain")], [])
            assert len(other.ids()) == 300
        other.write([document(2, "Lain")], [])
        assert backend.ids() == {1, 2}

    # -- damage --------------------------------------------------------------------------------------

    @pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.99])
    def test_a_flipped_bit_is_noticed_and_a_rebuild_heals(self, folder: Path, place: float) -> None:
        texts = [document(n, f"Kabar nomor{n % 7} desa", "warga") for n in range(1, 200)]
        words = ("kabar", "nomor3", '"nomor4 desa"', "judul:desa", "judul:kabar", "warga", "nomor0", "nomor1")
        for piece in self.pieces:
            shutil.rmtree(folder, ignore_errors=True)
            self.open(folder).write(texts, [])
            paths = list(folder.glob(piece))
            assert paths, piece
            data = bytearray(paths[0].read_bytes())
            data[int(place * (len(data) - 1))] ^= 0x10
            paths[0].write_bytes(data)
            backend = self.open(folder)
            try:
                for q in words:
                    assert found(backend, q), (piece, q)
            except SearchError:
                status = backend.status()
                assert not status.healthy
                assert status.problem
            with backend.rebuild() as add:
                add([document(1, "Kabar baru")])
            assert backend.status().healthy
            assert found(backend, "kabar") == {1}

    def test_a_lost_folder_is_an_error_until_rebuilt(self, backend: SearchBackend, folder: Path) -> None:
        shutil.rmtree(folder)
        with pytest.raises(SearchError):
            found(backend, "kabar")
        assert not backend.status().healthy
        with backend.rebuild() as add:
            add([document(1, "Kabar baru")])
        assert backend.status().healthy
        assert backend.ids() == {1}

    def test_a_lost_index_beside_its_pointer_is_unhealthy(self, backend: SearchBackend, folder: Path) -> None:
        for path in folder.glob(self.lost):
            path.unlink()
        reopened = self.open(folder)
        status = reopened.status()
        assert (status.healthy, status.documents) == (False, 0)
        with pytest.raises(SearchError):
            reopened.ids()

    # -- processes -----------------------------------------------------------------------------------

    def test_killed_writers_lose_nothing_that_was_acknowledged(self, folder: Path) -> None:
        acknowledged = 0
        for _ in range(5):
            process = self.program(WRITER, folder, str(acknowledged + 1))
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(random.Random().uniform(0.05, 0.4))
            os.kill(process.pid, signal.SIGKILL)
            lines = process.stdout.read().split()
            process.wait()
            backend = self.open(folder)
            ids = backend.ids()
            acknowledged = max([acknowledged + 5, *map(int, lines)])
            assert backend.status().healthy
            assert set(range(1, acknowledged + 1)) <= ids
            assert len(ids) % 5 == 0
            assert found(backend, "kabar") == ids
            acknowledged = max(ids)
        backend.optimise()
        assert self.leftovers(folder) == []
        assert found(backend, "kabar") == ids

    def leftovers(self, folder: Path) -> list[str]:
        """Files that a killed writer left and ``optimise`` should have taken away."""
        return []

    def test_a_killed_rebuild_leaves_an_index_that_is_whole(
        self, backend: SearchBackend, folder: Path
    ) -> None:
        for _ in range(3):
            process = self.program(REBUILDER, folder)
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(random.Random().uniform(0.02, 0.3))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert backend.status().healthy
            assert found(backend, "desa") == set(range(1, 301))
        backend.optimise()
        assert len([path for path in folder.iterdir() if path.is_dir()]) == 1

    def test_two_rebuilds_elsewhere_are_not_taken_for_none(
        self, backend: SearchBackend, folder: Path
    ) -> None:
        """The second one must not look like the index that the reader has open."""
        reader = self.open(folder)
        assert found(reader, "desa") == set(range(1, 301))
        for first in (1001, 2001):
            with backend.rebuild() as add:
                add([document(n, "Kabar desa", "warga") for n in range(first, first + 300)])
        assert found(reader, "desa") == set(range(2001, 2301))

    def test_searches_go_on_while_commits_and_rebuilds_happen(
        self, backend: SearchBackend, folder: Path
    ) -> None:
        problems: list[Exception] = []
        stop = threading.Event()
        reader = self.open(folder)

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
