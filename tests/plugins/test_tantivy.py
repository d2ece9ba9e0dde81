"""The Tantivy backend: the contract, what every embedded index must stand, then what is its own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hub.model import Document, Filters, Hits
from hub.spec import SearchBackend
from hub.testing.search_contract import ALL, DAY, FACETS, NOW, SearchContract, document
from plugins.tantivy import TantivyFactory, fields, register_search_backends
from plugins.tantivy import search as searching
from plugins.tantivy.backend import TantivyBackend
from plugins.tantivy.fields import moment, order
from plugins.tantivy.files import living_files
from plugins.whoosh.backend import WhooshBackend
from tests.plugins.embedded import EmbeddedIndex, found


class TestContract(SearchContract):
    def open(self, folder: Path) -> SearchBackend:
        return TantivyFactory().open(folder)


class TestEmbedded(EmbeddedIndex):
    plugin = "plugins.tantivy"
    pieces = tuple(f"index-*/*.{kind}" for kind in ("fast", "fieldnorm", "idx", "pos", "store", "term"))
    lost = "index-*/meta.json"

    def open(self, folder: Path, patience: float = 10.0) -> SearchBackend:
        return TantivyBackend(folder, patience=patience)

    def leftovers(self, folder: Path) -> list[str]:
        [index] = folder.glob("index-*")
        living = {path.name for path in living_files(index)}
        known = {"meta.json", ".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock"}
        return [path.name for path in index.iterdir() if path.name not in living | known]


def test_it_registers_under_its_name() -> None:
    assert [factory.name for factory in register_search_backends()] == ["tantivy"]


def test_segments_stay_few(tmp_path: Path) -> None:
    backend = TantivyBackend(tmp_path / "index")
    for number in range(1, 61):
        backend.write([document(number, f"Kabar nomor{number}")], [])
    assert backend._current().searcher.num_segments <= 10
    assert found(backend, "kabar") == set(range(1, 61))


@pytest.mark.parametrize("id_", [1, (1 << 30) - 1], ids=["small", "large"])
@pytest.mark.parametrize("at", [-1, 0, NOW, 253_402_300_799], ids=["1969", "1970", "now", "9999"])
def test_a_moment_and_a_number_fit_into_one_integer(at: int, id_: int) -> None:
    packed = order(at, id_)
    assert -(1 << 63) <= packed < 1 << 63
    assert moment(packed) == min(at, (1 << 33) - 1)
    assert packed & ((1 << 30) - 1) == id_


# -- beside Whoosh -----------------------------------------------------------------------------------

WORDS = [
    "banjir",
    "longsor",
    "posyandu",
    "musrenbang",
    "panen",
    "jalan",
    "desa",
    "warga",
    "bantuan",
    "sekolah",
]
WORDS += ["pembagian", "terendam"]


def village_year(number: int) -> list[Document]:
    """Posts of two years, a third of them in stories that several villages tell."""
    chance = random.Random(7602)
    posts = []
    for id_ in range(1, number + 1):
        village = f"76.02.{chance.randint(1, 4):02}.20{chance.randint(1, 3):02}"
        posts.append(
            document(
                id_,
                " ".join(chance.choices(WORDS, k=4)),
                " ".join(chance.choices(WORDS, k=chance.randint(5, 60))),
                village=village,
                site=chance.randint(1, 9),
                topics=tuple(chance.sample(["bencana", "kesehatan", "warga"], k=chance.randint(0, 2))),
                age=chance.randint(0, 700),
                group=chance.randint(1, number // 9) if chance.random() < 0.33 else 0,
            )
        )
    return posts


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchBackend, SearchBackend]:
    folder, posts = tmp_path_factory.mktemp("both"), village_year(1500)
    backends = (TantivyBackend(folder / "tantivy"), WhooshBackend(folder / "whoosh"))
    for backend in backends:
        backend.write(posts, [])
    return backends


QUERIES = (
    "posyandu", "banjir longsor", "pembagian bantuan", '"jalan desa"', "judul:panen", "judul:\"desa warga\"",
    "sekolah -banjir", "longsor OR musrenbang", "-warga", "", "terendam dermaga", "dermaga",
)  # fmt: skip
NARROWED = (ALL, Filters(kecamatan="76.02.01"), Filters(topic="bencana"), Filters(site=3))


@pytest.mark.parametrize("q", QUERIES)
def test_counts_are_those_of_whoosh(both: tuple[SearchBackend, SearchBackend], q: str) -> None:
    for filters in NARROWED:
        ours, theirs = (SearchContract.ask(each, q, filters, facets=FACETS) for each in both)
        assert ours.total == theirs.total
        assert {name: dict(counts) for name, counts in ours.facets.items()} == {
            name: dict(counts) for name, counts in theirs.facets.items()
        }


@pytest.mark.parametrize("q", QUERIES)
def test_newest_first_is_the_order_of_whoosh(both: tuple[SearchBackend, SearchBackend], q: str) -> None:
    ours, theirs = (SearchContract.ask(each, q, limit=2000, sort="newest") for each in both)
    assert [(hit.id, hit.strict) for hit in ours.hits] == [(hit.id, hit.strict) for hit in theirs.hits]


@pytest.mark.parametrize("q", [q for q in QUERIES if not q.startswith("judul:")])
def test_the_best_are_about_those_of_whoosh(both: tuple[SearchBackend, SearchBackend], q: str) -> None:
    ours, theirs = (
        {hit.id for hit in SearchContract.ask(each, q, limit=limit).hits}
        for each, limit in zip(both, (20, 40), strict=True)
    )
    assert len(ours & theirs) >= 0.7 * len(ours)


def whole(backend: SearchBackend, q: str, **options: object) -> Hits:
    return SearchContract.ask(backend, q, limit=2000, **options)


@pytest.mark.parametrize("sort", ["relevance", "newest"])
@pytest.mark.parametrize("q", ["warga", "desa jalan", "posyandu musrenbang sekolah", ""])
def test_pages_are_cut_from_one_order(both: tuple[SearchBackend, SearchBackend], q: str, sort: str) -> None:
    """Each page asks for as many candidates as it takes, and they agree on the order."""
    backend = both[0]
    every = whole(backend, q, sort=sort).hits
    pages = [
        SearchContract.ask(backend, q, limit=7, offset=offset, sort=sort).hits for offset in range(0, 210, 7)
    ]
    assert [hit for page in pages for hit in page] == list(every[:210])


def test_freshness_is_exactly_that_of_each_post(both: tuple[SearchBackend, SearchBackend]) -> None:
    """The library knows nothing of it; what comes out is ordered by every post's own."""
    backend = both[0]
    ages = {post.id: (NOW - post.sort_at) // DAY for post in village_year(1500)}
    plain = {hit.id: hit.score for hit in whole(backend, "warga", now=0).hits}
    for hit in whole(backend, "warga").hits[:50]:
        if hit.id in plain:
            fresh = 1 + searching.RECENCY * 0.5 ** (ages[hit.id] / searching.HALF_LIFE)
            assert hit.score == pytest.approx(plain[hit.id] * fresh, rel=1e-5)


def test_stories_too_many_to_count_at_once_are_counted_in_portions(
    both: tuple[SearchBackend, SearchBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = SearchContract.ask(both[0], "warga", facets=FACETS)
    monkeypatch.setattr(searching, "AT_ONCE", 60)
    in_portions = SearchContract.ask(both[0], "warga", facets=FACETS)
    assert in_portions.total == at_once.total
    assert in_portions.facets == at_once.facets


def test_values_with_the_same_code_are_counted_apart(
    both: tuple[SearchBackend, SearchBackend], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (fields, searching):
        monkeypatch.setattr(module, "code", len)
    backend = TantivyBackend(tmp_path / "index")
    backend.write(village_year(1500), [])
    ours, theirs = (SearchContract.ask(each, "warga", facets=FACETS) for each in (backend, both[1]))
    assert ours.total == theirs.total
    assert {name: dict(counts) for name, counts in ours.facets.items()} == {
        name: dict(counts) for name, counts in theirs.facets.items()
    }


def test_stories_with_large_numbers_are_counted_exactly(tmp_path: Path) -> None:
    backend = TantivyBackend(tmp_path / "index")
    first = (1 << 29) - 9
    posts = [document(n, "Kabar panen", site=n % 2, group=first + n // 4) for n in range(1, 13)]
    backend.write(posts, [])
    hits = SearchContract.ask(backend, "panen", facets=("site", "village"))
    assert hits.total == len(hits.hits) == 4
    assert dict(hits.facets["site"]) == {"1": 3, "0": 4}
    assert dict(hits.facets["village"]) == {"76.02.01.2001": 4}


def test_another_order_of_magnitude_of_equals_keeps_the_newest_first(tmp_path: Path) -> None:
    backend = TantivyBackend(tmp_path / "index")
    backend.write([document(n, "Kabar festival", age=n % 900) for n in range(1, 2001)], [])
    hits = SearchContract.ask(backend, "festival", limit=50).hits
    expected = sorted(range(1, 2001), key=lambda n: (-(n % 900), n), reverse=True)[:50]
    assert [hit.id for hit in hits] == expected
