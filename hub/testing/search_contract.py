"""What every search backend must do: inherit from :class:`SearchContract` and say how to open one.

::

    class TestMine(SearchContract):
        def open(self, folder):
            return MyBackend(folder)

The suite speaks to the backend as the hub does: tokens by the hub's analyser, queries by its parser.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.errors import SearchError
from hub.model import Document, Filters, Hits, Query, Term
from hub.spec import SearchBackend
from hub.text.analyse import Analyser
from hub.text.query import parse_query

DAY = 86_400
NOW = 20_000 * DAY
ALL = Filters()
FACETS = ("village", "kecamatan", "site", "topic", "month")
ANALYSER = Analyser(["Taan", "Pati'di", "Beru-Beru"])


def document(
    id: int,
    title: str,
    body: str = "",
    *,
    place: str = "",
    village: str = "76.02.01.2001",
    site: int = 1,
    topics: tuple[str, ...] = (),
    age: int = 10,
    group: int = 0,
) -> Document:
    """A post ``age`` days old at NOW."""
    sort_at = NOW - age * DAY
    return Document(
        id,
        ANALYSER.tokens(title),
        ANALYSER.tokens(body),
        ANALYSER.tokens(place),
        village,
        village[:8],
        site,
        topics,
        datetime.fromtimestamp(sort_at, UTC).strftime("%Y-%m"),
        sort_at,
        group,
    )


VILLAGE_NEWS = (
    document(
        1, "Posyandu Desa Taan", "Kader menimbang balita dan membagikan vitamin.", topics=("kesehatan",)
    ),
    document(2, "Pembagian bantuan langsung tunai", "Warga menerima BLT di balai desa.", site=2, age=400),
    document(
        3, "Musrenbang kecamatan", "Usulan jalan tani dibahas di Kalukku.", village="76.02.05.2003", age=3
    ),
    document(
        4, "Banjir rendam sawah", "Sawah warga terendam banjir; posyandu ditunda.", topics=("bencana",), age=1
    ),
    document(
        5, "Longsor tutup jalan", "Warga gotong royong.", village="76.02.05.2003", topics=("bencana", "warga")
    ),
)

#: One story that three KIM carry (30), one that two carry (35, the second under a title of its own), and
#: a post that stands alone.
CARRIED = (
    document(30, "Vaksin ternak dibagikan", "Dinas datang.", topics=("tani",), age=9, group=30),
    document(31, "Vaksin ternak", "Dinas datang.", village="76.02.05.2003", site=2, age=8, group=30),
    document(
        32, "Vaksin ternak dibagikan di kandang warga", "Dinas datang.", site=3, topics=("tani",), group=30
    ),
    document(35, "Kapal ternak tiba", "Sapi turun di dermaga.", age=400, group=35),
    document(36, "Sapi tiba di dermaga", "Kapal pengangkut.", site=3, age=399, group=35),
    document(40, "Pakan ternak murah", "Dari jerami.", site=2, topics=("tani",), age=6),
)


class SearchContract:
    """Subclass it in a test module; ``backend`` holds VILLAGE_NEWS."""

    def open(self, folder: Path) -> SearchBackend:
        raise AssertionError("say in a subclass how to open the backend")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "index"

    @pytest.fixture
    def backend(self, folder: Path) -> SearchBackend:
        backend = self.open(folder)
        backend.write(VILLAGE_NEWS, [])
        return backend

    @staticmethod
    def ask(backend: SearchBackend, q: str, filters: Filters = ALL, **options: object) -> Hits:
        wish: dict[str, object] = {"limit": 20, "now": NOW, **options}
        return backend.search(parse_query(q, ANALYSER).query, filters, **wish)  # type: ignore[arg-type]

    def strict(self, backend: SearchBackend, q: str, filters: Filters = ALL, **options: object) -> list[int]:
        return [hit.id for hit in self.ask(backend, q, filters, **options).hits if hit.strict]

    # -- writing -------------------------------------------------------------------------------------

    def test_a_new_index_is_empty_and_healthy(self, folder: Path) -> None:
        backend = self.open(folder)
        assert backend.status().healthy
        assert backend.status().documents == 0
        assert backend.ids() == set()
        assert self.ask(backend, "posyandu") == Hits(0, ())

    def test_writing_twice_equals_once(self, backend: SearchBackend) -> None:
        before = self.ask(backend, "warga", facets=FACETS)
        backend.write(VILLAGE_NEWS, [])
        assert backend.ids() == {1, 2, 3, 4, 5}
        assert backend.status().documents == 5
        after = self.ask(backend, "warga", facets=FACETS)
        assert (after.total, after.facets) == (before.total, before.facets)

    def test_an_edit_replaces_and_a_deletion_removes(self, backend: SearchBackend) -> None:
        backend.write([document(1, "Lomba perahu")], [4])
        assert self.strict(backend, "posyandu") == []
        assert self.strict(backend, "perahu") == [1]
        assert backend.ids() == {1, 2, 3, 5}

    def test_the_last_of_two_with_one_id_wins(self, backend: SearchBackend) -> None:
        backend.write([document(9, "Panen kakao"), document(9, "Panen jagung")], [])
        assert (self.strict(backend, "kakao"), self.strict(backend, "jagung")) == ([], [9])

    def test_deleting_the_unknown_is_no_error(self, backend: SearchBackend) -> None:
        backend.write([], [77])
        assert len(backend.ids()) == 5

    def test_many_small_writes_and_optimise_keep_everything(self, folder: Path) -> None:
        backend = self.open(folder)
        for number in range(1, 41):
            backend.write([document(number, f"Kabar nomor{number} desa", age=number)], [number - 30])
        living = set(range(11, 41))
        assert backend.ids() == living
        backend.optimise()
        assert backend.ids() == living
        assert self.strict(backend, "nomor17") == [17]
        assert self.strict(backend, "nomor7") == []
        assert self.ask(backend, "desa").total == 30
        assert self.strict(backend, '"nomor20 desa"') == [20]

    def test_reopening_finds_what_was_written(self, backend: SearchBackend, folder: Path) -> None:
        backend.close()
        assert self.open(folder).ids() == {1, 2, 3, 4, 5}

    def test_another_open_backend_sees_a_write(self, backend: SearchBackend, folder: Path) -> None:
        other = self.open(folder)
        assert self.strict(other, "perahu") == []
        backend.write([document(6, "Lomba perahu")], [])
        assert self.strict(other, "perahu") == [6]

    # -- matching ------------------------------------------------------------------------------------

    def test_word_and_relatives(self, backend: SearchBackend) -> None:
        assert set(self.strict(backend, "dibagikan")) == {1, 2}
        assert set(self.strict(backend, "terendam")) == {4}

    def test_all_words_come_first_then_most_of_them(self, backend: SearchBackend) -> None:
        hits = self.ask(backend, "posyandu balita vitamin")
        assert hits.total == 1
        assert [(hit.id, hit.strict) for hit in hits.hits] == [(1, True), (4, False)]

    def test_a_whole_question_finds_its_answer(self, backend: SearchBackend) -> None:
        assert self.ask(backend, "Kapan posyandu di Desa Taan?").hits[0].id == 1

    def test_what_a_question_asks_with_is_not_looked_for(self, backend: SearchBackend) -> None:
        assert self.strict(backend, "Apa yang dimaksud dengan posyandu?") == [1, 4]
        assert self.strict(backend, "pengertian posyandu") == []

    def test_words_written_as_one_and_as_two_find_each_other(self, backend: SearchBackend) -> None:
        backend.write(
            [document(6, "Kerjasama BUMDes"), document(7, "Bupati dorong kerja sama antarkampung")], []
        )
        assert self.strict(backend, "balaidesa") == [2]
        assert set(self.strict(backend, "kerjasama")) == {6, 7}
        assert set(self.strict(backend, "kerja sama")) == {6, 7}
        assert self.strict(backend, "judul:balaidesa") == []
        assert self.strict(backend, "bupati -kerjasama") == [7]

    def test_phrase_with_stop_words_in_it(self, backend: SearchBackend) -> None:
        assert self.strict(backend, '"di balai desa"') == [2]
        assert self.strict(backend, '"balai di desa"') == []

    def test_a_phrase_does_not_run_from_title_into_body(self, backend: SearchBackend) -> None:
        assert self.strict(backend, '"taan kader"') == []

    def test_a_phrase_and_a_word_count_by_their_weight(self, backend: SearchBackend) -> None:
        for term in (Term(phrase=("gotong", "royong")), Term(forms=(("gotong", 1.0),))):
            lighter = replace(term, weight=0.5, forms=tuple((form, 0.5) for form, _ in term.forms))
            scores = []
            for each in (term, lighter):
                (hit,) = backend.search(Query(((each,),)), ALL, limit=5).hits
                scores.append(hit.score)
            assert 0 < scores[1] < scores[0]

    def test_title_only(self, backend: SearchBackend) -> None:
        assert self.strict(backend, "judul:posyandu") == [1]
        assert self.strict(backend, 'judul:"langsung tunai"') == [2]
        assert self.strict(backend, 'judul:"balai desa"') == []

    def test_exclusion_and_alternatives(self, backend: SearchBackend) -> None:
        assert self.strict(backend, "posyandu -banjir") == [1]
        assert set(self.strict(backend, "longsor OR banjir")) == {4, 5}
        assert set(self.strict(backend, "-warga")) == {1, 3}

    def test_abbreviation_and_long_form(self, backend: SearchBackend) -> None:
        backend.write([document(6, "BLT tahap dua"), document(7, "Bantuan langsung tunai tahap tiga")], [])
        assert set(self.strict(backend, "BLT")) == {2, 6, 7}
        assert set(self.strict(backend, "bantuan langsung tunai")) == {2, 6, 7}

    def test_the_place_of_a_post_is_found_too(self, backend: SearchBackend) -> None:
        backend.write([document(6, "Panen raya", place="Pati'di Kalukku")], [])
        assert self.strict(backend, "panen pati'di") == [6]
        assert self.strict(backend, "panen patidi") == [6]

    # -- order, filters, counts ----------------------------------------------------------------------

    def test_title_beats_body(self, backend: SearchBackend) -> None:
        assert self.strict(backend, "posyandu") == [1, 4]

    def test_newest_first(self, backend: SearchBackend) -> None:
        assert self.strict(backend, "posyandu", sort="newest") == [4, 1]
        assert self.strict(backend, "") == [4, 3, *sorted((1, 5), reverse=True), 2]

    def test_of_equals_the_newer_comes_first(self, backend: SearchBackend) -> None:
        backend.write([document(20 + age, "Kabar festival", age=age) for age in (300, 2, 90)], [])
        assert self.strict(backend, "festival") == [22, 110, 320]

    def test_filters(self, backend: SearchBackend) -> None:
        def ids(**values: object) -> set[int]:
            return set(self.strict(backend, "", Filters(**values)))  # type: ignore[arg-type]

        assert ids(village="76.02.05.2003") == {3, 5}
        assert ids(kecamatan="76.02.01") == {1, 2, 4}
        assert ids(site=2) == {2}
        assert ids(topic="bencana") == {4, 5}
        assert ids(topic="tiada") == set()
        since = datetime.fromtimestamp(NOW - 3 * DAY, UTC)
        assert ids(since=since) == {3, 4}
        assert ids(until=since) == {1, 2, 5}
        assert ids(since=since, village="76.02.05.2003") == {3}

    def test_filters_hold_for_relaxed_answers_too(self, backend: SearchBackend) -> None:
        hits = self.ask(backend, "posyandu musrenbang", Filters(village="76.02.05.2003"))
        assert [(hit.id, hit.strict) for hit in hits.hits] == [(3, False)]

    def test_facets_count_strict_matches(self, backend: SearchBackend) -> None:
        facets = self.ask(backend, "warga", facets=FACETS).facets
        assert dict(facets["village"]) == {"76.02.01.2001": 2, "76.02.05.2003": 1}
        assert dict(facets["topic"]) == {"bencana": 2, "warga": 1}
        assert dict(facets["site"]) == {"1": 2, "2": 1}
        assert sum(facets["month"].values()) == 3

    def test_facets_of_a_relaxed_answer(self, backend: SearchBackend) -> None:
        hits = self.ask(backend, "posyandu musrenbang", facets=("kecamatan",))
        assert hits.total == 0
        assert dict(hits.facets["kecamatan"]) == {"76.02.01": 2, "76.02.05": 1}

    def test_pages_do_not_overlap(self, backend: SearchBackend) -> None:
        whole = [hit.id for hit in self.ask(backend, "warga posyandu").hits]
        pages = [
            hit.id
            for offset in range(0, 6, 2)
            for hit in self.ask(backend, "warga posyandu", limit=2, offset=offset).hits
        ]
        assert pages == whole
        assert len(set(whole)) == 4

    # -- stories -------------------------------------------------------------------------------------

    @pytest.fixture
    def stories(self, folder: Path) -> SearchBackend:
        """Holds CARRIED, written in three portions: a story's posts lie in different parts of the index."""
        backend = self.open(folder)
        for portion in (CARRIED[:2], CARRIED[2:4], CARRIED[4:]):
            backend.write(portion, [])
        return backend

    def test_a_story_is_one_hit(self, stories: SearchBackend) -> None:
        hits = self.ask(stories, "ternak")
        assert hits.total == 3
        assert len(hits.hits) == 3
        assert {hit.id for hit in hits.hits} - {30, 31, 32} == {35, 40}

    def test_the_best_copy_stands_for_its_story(self, stories: SearchBackend) -> None:
        """Both words in the title beat the words in the text of the others."""
        assert self.strict(stories, "vaksin dibagikan kandang") == [32]
        hits = self.ask(stories, "sapi dermaga")
        assert (hits.total, [hit.id for hit in hits.hits]) == (1, [36])

    def test_the_newest_copy_stands_for_its_story_in_newest_order(self, stories: SearchBackend) -> None:
        assert self.strict(stories, "ternak", sort="newest") == [40, 31, 35]
        assert self.strict(stories, "", sort="newest") == [40, 31, 36]
        assert self.strict(stories, "") == [40, 31, 36]

    def test_the_copy_that_the_filter_lets_through_is_shown(self, stories: SearchBackend) -> None:
        for filters, shown in (
            (Filters(site=1), 30),
            (Filters(site=2), 31),
            (Filters(village="76.02.05.2003"), 31),
            (Filters(site=3, topic="tani"), 32),
        ):
            hits = self.ask(stories, "vaksin", filters)
            assert (hits.total, [hit.id for hit in hits.hits]) == (1, [shown])

    def test_facets_count_stories(self, stories: SearchBackend) -> None:
        hits = self.ask(stories, "ternak", facets=FACETS)
        assert dict(hits.facets["village"]) == {"76.02.01.2001": 3, "76.02.05.2003": 1}
        assert dict(hits.facets["kecamatan"]) == {"76.02.01": 3, "76.02.05": 1}
        assert dict(hits.facets["site"]) == {"1": 2, "2": 2, "3": 1}
        assert dict(hits.facets["topic"]) == {"tani": 2}
        assert sum(hits.facets["month"].values()) == 3
        for value, count in hits.facets["site"].items():
            assert self.ask(stories, "ternak", Filters(site=int(value))).total == count

    def test_facets_of_a_relaxed_answer_count_stories(self, stories: SearchBackend) -> None:
        hits = self.ask(stories, "vaksin perahu", facets=("site", "topic"))
        assert (hits.total, len(hits.hits)) == (0, 1)
        assert dict(hits.facets["site"]) == {"1": 1, "2": 1, "3": 1}
        assert dict(hits.facets["topic"]) == {"tani": 1}

    def test_a_strict_match_stands_before_any_other_of_its_story(self, stories: SearchBackend) -> None:
        """Only 32 holds all words; 30 and 31, which hold most of them, tell the same."""
        for sort in ("relevance", "newest"):
            hits = self.ask(stories, "vaksin ternak kandang", sort=sort)
            assert hits.total == 1
            assert [(hit.id, hit.strict) for hit in hits.hits if hit.id in (30, 31, 32)] == [(32, True)]

    def test_a_relaxed_answer_has_each_story_once(self, stories: SearchBackend) -> None:
        hits = self.ask(stories, "vaksin perahu", sort="newest")
        assert [(hit.id, hit.strict) for hit in hits.hits] == [(31, False)]

    @pytest.mark.parametrize("sort", ["relevance", "newest"])
    def test_pages_of_stories_do_not_overlap(self, backend: SearchBackend, sort: str) -> None:
        """Forty posts that tell twenty stories; of half of them one post alone is a strict match."""
        for number in range(20):
            body = "kader desa" if number % 2 else "kader"
            story = 100 + 2 * number
            backend.write([document(story, "Lomba perahu", "kader desa", age=number, group=story)], [])
            backend.write([document(story + 1, "Lomba perahu", body, age=40 - number, group=story)], [])
        whole = self.ask(backend, "perahu kader desa", sort=sort, limit=100)
        pages = [
            hit
            for offset in range(0, 60, 3)
            for hit in self.ask(backend, "perahu kader desa", sort=sort, limit=3, offset=offset).hits
        ]
        assert whole.total == 20
        assert pages == list(whole.hits)
        assert len({hit.id // 2 for hit in pages if hit.id >= 100}) == 20
        assert sum(hit.id >= 100 for hit in pages) == 20

    def test_a_story_that_comes_apart_is_several_hits_again(self, stories: SearchBackend) -> None:
        stories.write([replace(CARRIED[1], group=0)], [30])
        assert set(self.strict(stories, "vaksin")) == {31, 32}
        stories.optimise()
        assert self.ask(stories, "ternak").total == 4
        assert set(self.strict(stories, "vaksin")) == {31, 32}

    def test_stories_survive_housekeeping_and_rebuild(self, stories: SearchBackend, folder: Path) -> None:
        stories.optimise()
        assert self.ask(stories, "ternak").total == 3
        with stories.rebuild() as add:
            for each in CARRIED:
                add([each])
        assert self.ask(stories, "ternak").total == 3
        stories.close()
        assert self.ask(self.open(folder), "ternak").total == 3

    # -- words, rebuilding, trouble ------------------------------------------------------------------

    def test_words_are_raw_words_by_frequency(self, backend: SearchBackend) -> None:
        assert backend.words("po", 5) == [("posyandu", 2)]
        assert backend.words("de", 1) == [("desa", 2)]
        assert ("vitamin", 1) in backend.words("v", 10)
        assert backend.words("zz", 5) == []

    def test_rebuild_takes_the_place_at_once(self, backend: SearchBackend, folder: Path) -> None:
        other = self.open(folder)
        with backend.rebuild() as add:
            add([document(50, "Jembatan baru")])
            assert self.strict(other, "posyandu") == [1, 4]
            add([document(51, "Jembatan lama"), document(50, "Jembatan gantung")])
        for each in (backend, other):
            assert each.ids() == {50, 51}
            assert self.strict(each, "gantung") == [50]
        other.write([document(52, "Jembatan ketiga")], [])
        assert backend.ids() == {50, 51, 52}

    def test_a_failed_rebuild_leaves_the_old_index(self, backend: SearchBackend) -> None:
        def rebuild() -> None:
            with backend.rebuild() as add:
                add([document(50, "Jembatan baru")])
                raise ValueError("something went amiss")

        with pytest.raises(ValueError, match="amiss"):
            rebuild()
        assert backend.ids() == {1, 2, 3, 4, 5}
        backend.write([document(6, "Masih hidup")], [])
        assert len(backend.ids()) == 6

    @pytest.mark.parametrize(
        "q", ["*", "*a*", "t:[a TO z]", "id:*", "NOT a", "(" * 200, '"a b"~99999', "(a+)+$", "%_'"]
    )
    def test_hostile_queries_are_text(self, backend: SearchBackend, q: str) -> None:
        try:
            self.ask(backend, q, facets=FACETS)
        except SearchError as error:
            pytest.fail(f"{q!r}: {error}")
