"""The Whoosh backend: the contract, what every embedded index must stand, then what is its own."""

from __future__ import annotations

from pathlib import Path

from hub.spec import SearchBackend
from hub.testing.search_contract import SearchContract, document
from plugins.whoosh import WhooshFactory, register_search_backends
from plugins.whoosh.backend import WhooshBackend
from plugins.whoosh.writer import FANOUT
from tests.plugins.embedded import EmbeddedIndex, found


class TestContract(SearchContract):
    def open(self, folder: Path) -> SearchBackend:
        return WhooshFactory().open(folder)


class TestEmbedded(EmbeddedIndex):
    plugin = "plugins.whoosh"
    pieces = ("index-*/*.doc", "index-*/*.trm", "index-*/*.pst")
    lost = "index-*/*.toc"

    def open(self, folder: Path, patience: float = 10.0) -> SearchBackend:
        return WhooshBackend(folder, patience=patience)

    def leftovers(self, folder: Path) -> list[str]:
        return [path.name for path in folder.glob("index-*/*.toc.*")]


def test_it_registers_under_its_name() -> None:
    assert [factory.name for factory in register_search_backends()] == ["whoosh"]


def test_segments_stay_few(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path / "index")
    for number in range(1, 61):
        backend.write([document(number, f"Kabar nomor{number}")], [])
    assert len(backend._current().parts) <= FANOUT + 1
    assert found(backend, "kabar") == set(range(1, 61))
