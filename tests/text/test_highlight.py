"""Highlights of many texts: found among known spellings, they are those of a plain look at each word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.text import highlight as module
from hub.text.analyse import WRITTEN, Analyser
from hub.text.highlight import LEAD, Highlighter, Spellings, highlight
from hub.text.query import parse_query

ANALYSER = Analyser(["Taan", "Beru-Beru"])
QUERIES = ("desa", "pembagian jumat", "posyandu -banjir", "lasa'", "o'a", "jalan OR warga")
PIECES = ("desa", "Desa", "desanya", "membagikan", "Jum'at", "jumat", "Lasa'", "lasa", "a", "o'a", "'",
          "’", "_", "é", "²", " ", " ", "-", "posyandu", "warga", "jalan", "ﬁ")  # fmt: skip


def plainly(text: str, q: str) -> list[tuple[int, int]]:
    """Every word of the text looked at by itself."""
    groups = parse_query(q, ANALYSER, cut=True).query.groups
    forms = {form for group in groups for term in group for form, _ in term.forms}
    return [
        match.span()
        for match in WRITTEN.finditer(text)
        if forms.intersection(ANALYSER.written(match.group()))
    ]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), min_size=1, max_size=4))
def test_the_same_words_are_found_whatever_was_read_before(texts: list[str]) -> None:
    spellings = Spellings(ANALYSER)
    for q in QUERIES:
        highlighter = Highlighter(parse_query(q, ANALYSER), spellings)
        for text in texts:
            snippet, spans = highlighter.highlight(text, 1000)
            shown = snippet.removeprefix("… ")
            assert text.endswith(shown)
            here = len(text) - len(snippet)
            expected = plainly(text, q)
            assert spans == [(a - here, b - here) for a, b in expected if a >= len(text) - len(shown)]
            assert bool(spans) == bool(expected)


@pytest.mark.parametrize(
    "before",
    [
        "",
        "Pendek saja. ",
        "Dalam laporan tengah tahun, unit simpan pinjam dan sewa tenda menghasilkan laba Rp31 juta. ",
        "Kalimat yang sangat panjang tanpa satu titik pun dari awal sampai akhir sehingga tidak ada tempat "
        "untuk mulai membaca selain di tengah tengahnya yaitu dekat kata ",
        "kata " * 200,
        "Satu. Dua. Tiga. " * 40,
    ],
)
@pytest.mark.parametrize("after", ["", ". Selesai.", " dan seterusnya" * 60])
def test_a_match_stands_where_two_short_lines_show_it(before: str, after: str) -> None:
    snippet, spans = highlight(before + "posyandu" + after, parse_query("posyandu", ANALYSER), ANALYSER)
    start, end = spans[0]
    assert snippet[start:end] == "posyandu"
    assert start <= LEAD + 2, "two lines of a phone are some 40 letters"
    assert len(snippet) <= 220 + 4
    assert before.endswith(snippet[:start].removeprefix("… "))


def test_the_first_of_two_names_for_one_thing_is_shown() -> None:
    text = "Warga Topore berkumpul di balai desa hari Senin untuk musyawarah perencanaan pembangunan desa "
    text += "(musrenbang) yang membahas delapan usulan dari empat dusun. " * 4
    snippet, spans = highlight(text, parse_query("musrenbang", ANALYSER), ANALYSER)
    start, end = spans[0]
    assert snippet[start:end].startswith("musyawarah perencanaan pembangunan")


def test_a_sentence_that_begins_nearby_is_shown_from_its_beginning() -> None:
    text = "Panjang sekali kalimat yang pertama ini. Kader di posyandu menimbang balita. " + "Lalu. " * 60
    snippet, _ = highlight(text, parse_query("posyandu", ANALYSER), ANALYSER)
    assert snippet.startswith("… Kader di posyandu")


def test_what_is_known_of_words_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KNOWN_WORDS", 20)
    spellings = Spellings(ANALYSER)
    highlighter = Highlighter(parse_query("desa", ANALYSER), spellings)
    for number in range(200):
        text = f"Desa nomor{number}"
        assert highlighter.highlight(text)[1] == [(0, 4)]
        assert len(spellings._known.words) <= 22
