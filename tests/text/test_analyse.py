"""Folding, positions, names, stop words and the table of abbreviations."""

from __future__ import annotations

import time

import pytest

from hub.text.analyse import CACHED_WORDS, LONGEST, Analyser, abbreviations, fold, stop_words, words

NAMES = ["Pati'di", "Lasa'", "Beru-Beru", "Bala Balakang", "Taan", "Kalukku", "Tanjung Batu"]


@pytest.fixture
def analyser() -> Analyser:
    return Analyser(NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Musyawarah DESA", ["musyawarah", "desa"]),
        ("Pati'di, Pati’di dan Patidi", ["patidi", "patidi", "dan", "patidi"]),
        ("Jum'at di Lasa'.", ["jumat", "di", "lasa"]),
        ("Café — KÖPI ﬁlm", ["cafe", "kopi", "film"]),
        ("desa-desa", ["desa", "desa"]),
        ("satu_dua", ["satu", "dua"]),
        ("Ｂａｎｊｉｒ ２０２６", ["banjir", "2026"]),
        ("“Kutip” …selesai", ["kutip", "selesai"]),
        ("\0\u202e🎉!?", []),
        ("straße", ["strasse"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_fold_is_idempotent() -> None:
    for text in ("Jum’at ÉÀ ﬁ", "İstanbul", "ẞ", "A\u0301"):
        assert fold(fold(text)) == fold(text)


def test_the_raw_word_comes_first_then_its_stem(analyser: Analyser) -> None:
    assert analyser.tokens("Warga membagikan padi") == (("warga",), ("membagikan", "bagi"), ("padi",))


def test_village_names_are_never_stemmed() -> None:
    assert Analyser().forms("labuhan") == ("labuhan", "labuh")
    assert Analyser(["Labuhan"]).tokens("Desa Labuhan") == (("desa",), ("labuhan",))


def test_an_everyday_word_in_a_name_keeps_its_family() -> None:
    assert Analyser(["Kepulauan Batu"]).forms("batu") == ("batu",)
    assert "makmur" in Analyser(["Makmur Jaya"]).forms("kemakmuran")


def test_a_name_of_several_words_is_found_as_one_and_as_parts(analyser: Analyser) -> None:
    assert analyser.tokens("Desa Beru-Beru") == (("desa",), ("beru", "beruberu"), ("beru",))
    assert analyser.tokens("Bala Balakang")[0] == ("bala", "balabalakang")
    assert analyser.tokens("beru saja") == (("beru",), ("saja",))


def test_stop_words_keep_their_positions(analyser: Analyser) -> None:
    assert [token[0] for token in analyser.tokens("di balai desa")] == ["di", "balai", "desa"]


def test_a_word_without_end_is_cut(analyser: Analyser) -> None:
    assert analyser.tokens("x" * 100_000) == (("x" * LONGEST,),)


def test_the_memory_of_words_is_bounded(analyser: Analyser) -> None:
    for start in range(0, CACHED_WORDS * 2, 10_000):
        analyser.tokens(" ".join(f"k{n}" for n in range(start, start + 10_000)))
    assert len(analyser._forms) <= CACHED_WORDS


@pytest.mark.parametrize("text", ["'" * 200_000, "a-" * 100_000, "é" * 200_000, "ﷺ" * 20_000, "_" * 200_000])
def test_hostile_text_ends_soon(analyser: Analyser, text: str) -> None:
    started = time.monotonic()
    analyser.tokens(text)
    assert time.monotonic() - started < 5


def test_abbreviations_go_both_ways() -> None:
    table = abbreviations()
    assert ("bantuan", "langsung", "tunai") in table[("blt",)]
    assert ("blt",) in table[("bantuan", "langsung", "tunai")]
    listed = ("blt", "pkh", "bpnt", "bansos", "musrenbang", "posyandu", "bumdes", "apbdes", "ktp", "kk")
    for short in (*listed, "bpjs", "pppk", "cpns", "umkm", "mtq"):
        assert (short,) in table, short
    assert ("hut", "ri") in table


def test_stop_words_are_folded_words() -> None:
    assert {"yang", "di", "kapan", "apakah"} <= stop_words()
    assert all(words(word) == [word] for word in stop_words())
    assert "desa" not in stop_words()
