"""Press releases and copies that several KIM carry: one story, whatever comes when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from hub.app import Hub
from hub.errors import SearchError
from hub.model import Batch, Document, Entry, Missing, SearchRequest
from hub.spec import Telling, hookimpl
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock

VILLAGES = {
    "taan": "76.02.02.2010",
    "bebanga": "76.02.03.1002",
    "kalukku": "76.02.03.1003",
    "botteng": "76.02.12.2003",
}
RELEASE = (
    "Dinas Sosial Kabupaten Mamuju menyalurkan cadangan pangan beras kepada keluarga yang penghasilannya"
    " terganggu akibat cuaca buruk. Sasarannya nelayan kecil dan buruh tani menurut data kepala desa. Data"
    " penerima diperiksa pendamping sosial dan ditempel tiga hari sebelum pembagian. Warga diminta melapor"
    " bila ada potongan dalam bentuk apa pun, dengan menyebut tempat dan waktunya kepada petugas kecamatan."
)
EDITED = RELEASE.replace("keluarga yang penghasilannya", "rumah tangga yang nafkahnya").replace(
    "Data", "Daftar"
)
EXCERPT = RELEASE.split(" Warga diminta")[0]
OTHER = (
    "Regu voli putri desa menjuarai turnamen antardesa setelah mengalahkan juara bertahan dalam laga ketat di"
    " lapangan kecamatan. Pelatih memuji semangat para pemain muda yang berlatih setiap sore sepulang"
    " sekolah dengan bola pinjaman. Pertandingan persahabatan direncanakan pada musim kemarau nanti."
)


def told(n: int, text: str, title: str = "", hours: float = 0) -> Entry:
    """An entry that appeared ``hours`` after the first possible one."""
    return Entry(
        id=f"tag:{n}",
        link=f"https://kim.example/berita/{n}",
        title=title or f"Kabar {n}",
        html=f"<p>{text}</p>",
        published=Clock().moment - timedelta(hours=200 - hours),
    )


class World:
    """Four KIM with a source each."""

    def __init__(self, hub: Hub, connector: ScriptedConnector, clock: Clock) -> None:
        self.hub, self.connector, self.clock = hub, connector, clock
        self.sites: dict[str, int] = {}
        for name, village in VILLAGES.items():
            added = hub.registering.add_site(
                f"KIM {name.title()}",
                f"https://{name}.example/",
                village,
                probe=False,
                connector="scripted",
                feed_url=f"https://{name}.example/feed",
            )
            self.sites[name] = added.site.id

    def publish(self, name: str, *entries: Entry, missing: tuple[Missing, ...] = ()) -> None:
        """One visit to one KIM, with what is new or changed there."""
        self.connector.plan(f"https://{name}.example/feed", [Batch({}, entries=entries, missing=missing)])
        self.clock.forward(hours=1)
        self.hub.harvesting.run(everything=True)

    def stories(self) -> set[frozenset[str]]:
        """The titles of visible posts, together where they tell one story."""
        groups: dict[int, set[str]] = {}
        with self.hub.store.read() as tx:
            for post in tx.posts.visible_after(0, 1000):
                groups.setdefault(post.story or post.id, set()).add(post.title)
                assert post.story is None or post.story <= post.id
        return {frozenset(titles) for titles in groups.values()}

    def post(self, title: str) -> int:
        with self.hub.store.read() as tx:
            return next(post.id for post in tx.posts.visible_after(0, 1000) if post.title == title)

    def story(self, title: str) -> int | None:
        with self.hub.store.read() as tx:
            return tx.posts.many([self.post(title)])[self.post(title)].story

    def found(self, q: str) -> tuple[int, list[str]]:
        page = self.hub.reading.search(SearchRequest(q))
        return page.total, [card.title for card in page.results]


@pytest.fixture
def world(hub: Hub, connector: ScriptedConnector, clock: Clock) -> World:
    return World(hub, connector, clock)


def test_copies_of_several_kim_are_one_story_and_one_hit(world: World) -> None:
    world.publish("taan", told(1, RELEASE, "Beras dibagikan"), told(2, OTHER, "Voli"))
    world.publish("bebanga", told(3, EDITED, "Beras sampai juga", hours=5))
    world.publish("kalukku", told(4, EXCERPT, "Syarat beras", hours=9))
    assert world.stories() == {
        frozenset({"Beras dibagikan", "Beras sampai juga", "Syarat beras"}),
        frozenset({"Voli"}),
    }
    assert world.story("Syarat beras") == world.post("Beras dibagikan")
    assert world.story("Voli") is None
    assert world.found("cadangan pangan")[0] == 1
    assert world.found("voli")[0] == 1


COPIES = {
    "taan": told(1, RELEASE, "Asli"),
    "bebanga": told(2, EDITED, "Disunting", hours=4),
    "kalukku": told(3, EXCERPT, "Kutipan", hours=8),
    "botteng": told(4, RELEASE.replace("buruk", "ekstrem"), "Judul lain", hours=12),
}


@pytest.mark.parametrize("order", list(permutations(COPIES))[::5], ids="-".join)
def test_a_story_is_the_same_whatever_came_first(world: World, order: tuple[str, ...]) -> None:
    for name in order:
        world.publish(name, COPIES[name])
    assert world.stories() == {frozenset({"Asli", "Disunting", "Kutipan", "Judul lain"})}
    first = next(COPIES[name].title for name in order)
    assert {world.story(each.title) for each in COPIES.values()} == {world.post(first)}


MONTHS = {
    "taan": told(1, RELEASE.replace("menyalurkan", "pada bulan Mei menyalurkan"), "Beras Mei"),
    "bebanga": told(2, RELEASE.replace("menyalurkan", "pada bulan Juni menyalurkan"), "Beras Juni", hours=4),
    "kalukku": told(3, RELEASE, "Beras dibagikan", hours=8),
    "botteng": told(4, RELEASE.replace("menyalurkan", "pada bulan Juni menyalurkan"), "Juni lagi", hours=12),
}


@pytest.mark.parametrize("order", list(permutations(MONTHS))[::5], ids="-".join)
def test_a_vague_copy_does_not_chain_two_notices_together(world: World, order: tuple[str, ...]) -> None:
    """What names no month is like both; it goes with the first, and the others stay apart."""
    for name in order:
        world.publish(name, MONTHS[name])
    assert world.stories() == {
        frozenset({"Beras Mei", "Beras dibagikan"}),
        frozenset({"Beras Juni", "Juni lagi"}),
    }


def test_an_edit_that_tells_something_else_leaves_the_story(world: World) -> None:
    world.publish("taan", told(1, RELEASE, "Asli"))
    world.publish("bebanga", told(2, RELEASE, "Salinan"))
    world.publish("kalukku", told(3, RELEASE, "Ketiga"))
    world.publish("taan", told(1, OTHER, "Asli"))
    assert world.stories() == {frozenset({"Asli"}), frozenset({"Salinan", "Ketiga"})}
    assert world.story("Asli") is None
    assert world.story("Ketiga") == world.post("Salinan")
    assert world.found("cadangan pangan")[0] == 1
    assert world.found("voli") == (1, ["Asli"])
    world.publish("taan", told(1, RELEASE, "Asli"))
    assert world.stories() == {frozenset({"Asli", "Salinan", "Ketiga"})}
    assert world.story("Ketiga") == world.post("Asli")


def test_what_is_withdrawn_leaves_and_comes_back(world: World) -> None:
    world.publish("taan", told(1, RELEASE, "Asli"))
    world.publish("bebanga", told(2, RELEASE, "Salinan"))
    world.publish("taan", missing=(Missing("tag:1", certain=True),))
    assert world.stories() == {frozenset({"Salinan"})}
    assert world.story("Salinan") is None
    assert world.found("cadangan pangan") == (1, ["Salinan"])
    world.publish("kalukku", told(3, RELEASE, "Ketiga"))
    world.publish("taan", told(1, RELEASE, "Asli"))
    assert world.stories() == {frozenset({"Asli", "Salinan", "Ketiga"})}
    assert world.story("Salinan") == world.post("Asli")


def test_a_site_that_is_removed_takes_its_copies_along(world: World) -> None:
    for name in ("taan", "bebanga", "kalukku"):
        world.publish(name, told(1, RELEASE, f"Dari {name}"))
    world.hub.registering.remove_site(world.sites["taan"])
    world.hub.indexing.drain()
    assert world.stories() == {frozenset({"Dari bebanga", "Dari kalukku"})}
    assert world.story("Dari kalukku") == world.post("Dari bebanga")
    assert world.found("cadangan pangan")[0] == 1
    world.hub.registering.remove_site(world.sites["bebanga"])
    world.hub.indexing.drain()
    assert world.story("Dari kalukku") is None


def test_a_hundred_copies_are_one_story(world: World) -> None:
    copies = [
        told(n, RELEASE, f"Salinan {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}", hours=n)
        for n in range(100)
    ]
    for at, name in enumerate(VILLAGES):
        world.publish(name, *copies[at * 25 : at * 25 + 25])
    assert len(world.stories()) == 1
    assert world.found("cadangan pangan")[0] == 1


def test_draining_twice_changes_nothing(world: World) -> None:
    world.publish("taan", told(1, RELEASE, "Asli"))
    world.publish("bebanga", told(2, EDITED, "Salinan"))
    before = world.stories()
    with world.hub.store.write() as tx:
        tx.changes.append(tx.posts.visible_ids())
    assert world.hub.indexing.drain() == 2
    assert world.stories() == before
    with world.hub.store.read() as tx:
        assert tx.changes.pending() == 0


def test_a_kill_between_store_and_index_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The story is stored, the index is not written: the next drain does it."""
    world.publish("taan", told(1, RELEASE, "Asli"))
    backend = world.hub.indexing.backend
    write = backend.write

    def killed(documents: list[Document], deleted: object) -> None:
        raise SearchError("killed")

    monkeypatch.setattr(backend, "write", killed)
    with pytest.raises(SearchError):
        world.publish("bebanga", told(2, RELEASE, "Salinan"))
    assert len(world.stories()) == 1
    monkeypatch.setattr(backend, "write", write)
    world.hub.indexing.drain()
    assert world.found("cadangan pangan")[0] == 1
    world.hub.indexing.rebuild()
    assert world.found("cadangan pangan")[0] == 1


def test_an_index_of_the_layout_before_stories_is_made_anew_by_itself(world: World) -> None:
    world.publish("taan", told(1, RELEASE, "Asli"))
    world.publish("bebanga", told(2, RELEASE, "Salinan"))
    backend = world.hub.indexing.backend
    backend.close()
    for path in (world.hub.settings.data_dir).glob("**/*.doc"):
        path.write_bytes(b"KD1" + path.read_bytes()[3:])
    assert "made anew" in world.hub.indexing.mend()
    assert world.found("cadangan pangan")[0] == 1


def test_two_hubs_on_one_store_drain_into_one_story(world: World, tmp_path: Path, database_url: str) -> None:
    world.publish("taan", told(1, RELEASE, "Asli"))
    other = scripted_hub(
        tmp_path / "other",
        ScriptedConnector(),
        now=world.clock,
        settings={
            "database": {
                "url": str(world.hub.store.engine.url.render_as_string(hide_password=False)).replace(
                    "+psycopg", ""
                )
            }
        },
    )
    try:
        with world.hub.store.write() as tx:
            tx.changes.append(tx.posts.visible_ids())
        world.publish("bebanga", told(2, RELEASE, "Salinan"))
        other.indexing.drain()
        assert len(world.stories()) == 1
    finally:
        other.close()


# -- a matcher that fails, and none at all ----------------------------------------------------------


class Faulty:
    """Marks everything alike; says what it is told to, and fails where ``broken`` says so."""

    name = "faulty"

    def __init__(self) -> None:
        self.broken: set[str] = set()

    def marks(self, telling: Telling) -> frozenset[int]:
        if "marks" in self.broken or f"marks {telling.title}" in self.broken:
            raise RuntimeError("out of order")
        return frozenset({2**70}) if "huge" in self.broken else frozenset({1})

    def same(self, one: Telling, other: Telling) -> bool:
        if "same" in self.broken:
            raise SystemExit
        return True


class FaultyPlugin:
    def __init__(self, matcher: Faulty) -> None:
        self.matcher = matcher

    @hookimpl
    def register_matchers(self) -> list[Faulty]:
        return [self.matcher]


@pytest.fixture
def matcher() -> Faulty:
    return Faulty()


@pytest.fixture
def faulty(
    tmp_path: Path, database_url: str, connector: ScriptedConnector, clock: Clock, matcher: Faulty
) -> Iterator[World]:
    """A world whose only matcher is the faulty one."""
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    hub = scripted_hub(
        tmp_path,
        connector,
        now=clock,
        settings={"database": {"url": url}},
        plugins={"lookalikes": None, "faulty": FaultyPlugin(matcher)},
    )
    yield World(hub, connector, clock)
    hub.close()


@pytest.mark.parametrize("broken", ["marks", "same", "huge"])
def test_a_failing_matcher_costs_the_grouping_alone(faulty: World, matcher: Faulty, broken: str) -> None:
    matcher.broken = {broken}
    for n, name in enumerate(VILLAGES):
        faulty.publish(name, told(n, RELEASE, f"Dari {name}"))
    assert len(faulty.stories()) == 4
    assert faulty.found("cadangan pangan")[0] == 4
    report = next(each for each in faulty.hub.plugins.report() if each.name == "faulty")
    assert report.problem


def test_one_text_that_fails_costs_only_itself_and_is_looked_at_again(faulty: World, matcher: Faulty) -> None:
    matcher.broken = {"marks Dari bebanga"}
    for n, name in enumerate(VILLAGES):
        faulty.publish(name, told(n, RELEASE, f"Dari {name}"))
    assert faulty.stories() == {
        frozenset({"Dari taan", "Dari kalukku", "Dari botteng"}),
        frozenset({"Dari bebanga"}),
    }
    matcher.broken = set()
    assert "1 posts compared" in faulty.hub.indexing.mend()
    assert len(faulty.stories()) == 1
    assert faulty.hub.indexing.mend() == ""
    assert faulty.found("cadangan pangan")[0] == 1
