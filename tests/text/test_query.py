"""The query language, highlighting and spelling help."""

from __future__ import annotations

import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import BadQuery
from hub.model import Term
from hub.text.analyse import Analyser, synonyms
from hub.text.query import ParsedQuery, highlight, parse_query

ANALYSER = Analyser(["Taan", "Beru-Beru"])


def parse(q: str) -> ParsedQuery:
    return parse_query(q, ANALYSER)


def raw(parsed: ParsedQuery) -> list[list[str]]:
    """The words and phrases of each group, expansions left out."""
    return [
        [term.forms[0][0] if term.forms else " ".join(term.phrase) for term in g] for g in parsed.query.groups
    ]


def test_words_with_their_stems() -> None:
    (group,) = parse("dibagikan").query.groups
    (term,) = group
    assert [form for form, _ in term.forms] == ["dibagikan", "bagi"]
    assert term.forms[0][1] > term.forms[1][1] > 0


def test_a_question_keeps_what_it_is_about() -> None:
    assert parse("Kapan posyandu di Desa Taan?").words == ("posyandu", "desa", "taan")
    assert parse("Kapan posyandu di Desa Taan?").query.minimum == 1
    assert parse("di mana yang").words == ("di", "mana", "yang")
    assert parse("posyandu").query.minimum == 0


@pytest.mark.parametrize(
    ("q", "about"),
    [
        ("Apa yang dimaksud dengan stunting?", ("stunting",)),
        ("apakah pengertian dan arti dari BUMDes", ("bumdes",)),
        ("sebenarnya apa maksud surat edaran bupati", ("sebenarnya", "surat", "edaran", "bupati")),
        ("apa nama desa wisata", ("nama", "desa", "wisata")),
        ("arti lambang Mamuju", ("arti", "lambang", "mamuju")),
        ("apa hasil musrenbang dan arti pentingnya", ("hasil", "musrenbang", "arti", "pentingnya")),
        ('apa "arti penting" posyandu', ("arti", "penting", "posyandu")),
        ("apa judul:arti posyandu", ("arti", "posyandu")),
        ("apa arti", ("arti",)),
    ],
)
def test_what_a_question_asks_with_is_not_looked_for(q: str, about: tuple[str, ...]) -> None:
    assert parse(q).words == about


def test_operators_for_the_list() -> None:
    parsed = parse(
        'banjir desa:"Beru Beru" kec:Kalukku kim:Maju topik:bencana sejak:2026-01-31 sampai:2026-02-28'
    )
    assert (parsed.village, parsed.kecamatan, parsed.site, parsed.topic) == (
        "Beru Beru",
        "Kalukku",
        "Maju",
        "bencana",
    )
    assert (parsed.since, parsed.until) == (date(2026, 1, 31), date(2026, 2, 28))
    assert parsed.words == ("banjir",)
    assert parsed.faults == ()


def test_phrases_exclusion_alternatives_title() -> None:
    parsed = parse('"balai desa" -judi -"slot gacor" judul:banjir')
    assert parsed.phrases == (("balai", "desa"),)
    assert parsed.query.excluded == (
        Term(forms=(("judi", 1.0),), exclude=True),
        Term(phrase=("slot", "gacor"), exclude=True),
    )
    assert parsed.query.groups[1][0].field == "title"
    assert raw(parse("banjir OR longsor OR gempa")) == [["banjir", "longsor", "gempa"]]
    assert raw(parse("warga banjir OR longsor")) == [["warga"], ["banjir", "longsor"]]


@pytest.mark.parametrize(("q", "phrase"), [("BLT", "bantuan langsung tunai"), ("HUT", "hari ulang tahun")])
def test_an_abbreviation_asks_for_its_long_form(q: str, phrase: str) -> None:
    assert phrase in raw(parse(q))[0]


def test_a_long_form_asks_for_its_abbreviation() -> None:
    assert all("blt" in group for group in raw(parse("penerima bantuan langsung tunai"))[1:])
    assert "blt" not in raw(parse("penerima bantuan langsung tunai"))[0]
    assert all("apbdes" in group for group in raw(parse("anggaran pendapatan dan belanja desa")))


def test_two_words_may_stand_as_one() -> None:
    assert "balaidesa" in raw(parse("balai desa"))[0]


def test_one_word_may_stand_as_two() -> None:
    assert parse("ibukota").query.groups == (
        (Term(forms=(("ibukota", 1.0),)), Term(phrase=("ibu", "kota"), weight=0.9)),
    )
    ((_, parts),) = parse("penyalahgunaan").query.groups
    assert (parts.phrase, parts.weight) == (("salah", "guna"), pytest.approx(0.9 * 0.85))
    ((_, title),) = parse("judul:kerjasama").query.groups
    assert title.field == "title"
    assert raw(parse("bantuan")) == [["bantuan"]]
    assert parse("-kerjasama").query.excluded == (Term(forms=(("kerjasama", 1.0),), exclude=True),)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ('"belum ditutup', ("ditutup",)),
        ("sejak:kemarin", ("kemarin",)),
        ("sampai:2026-13-45", ("2026", "13", "45")),
        ("foo:bar", ("foo", "bar")),
        ("OR", ("or",)),
        ("OR banjir OR", ("or", "banjir")),
        ("desa:", ("desa",)),
        ("- --", ()),
        ('""', ()),
        ("t:[warga TO z]", ("t", "warga", "to", "z")),
        ("NOT banjir", ("not", "banjir")),
        ("covid-19", ("covid", "19")),
        ("*warga*", ("warga",)),
        ("warga~5 ^2", ("warga", "5", "2")),
    ],
)
def test_what_cannot_be_read_is_plain_words(q: str, expected: tuple[str, ...]) -> None:
    assert parse(q).words == expected


def test_an_unreadable_date_is_noted() -> None:
    assert parse("banjir sejak:kemarin").faults == ("sejak:kemarin",)


def test_limits() -> None:
    sixteen = " ".join(f"kata{n}" for n in range(16))
    assert len(parse(sixteen).words) == 16
    with pytest.raises(BadQuery):
        parse(f"{sixteen} lagilagi")
    with pytest.raises(BadQuery):
        parse("a" * 257)
    with pytest.raises(BadQuery):
        parse(" ".join(f"-k{n}" for n in range(20)))
    assert parse(f"{sixteen} yang di ke dari").words == parse(sixteen).words


def test_a_page_may_answer_a_long_query_cut() -> None:
    parsed = parse_query(" ".join(f"kata{n}" for n in range(60)), ANALYSER, cut=True)
    assert len(parsed.words) == 16
    assert "too_long" in parsed.faults
    assert len(parse_query(" ".join(f"-k{n}" for n in range(60)), ANALYSER, cut=True).query.excluded) <= 16


@pytest.mark.parametrize("q", ["a OR " * 3000, "kata " * 50_000, "x" * 1_000_000, "(" * 20_000, '"' * 20_000])
def test_hostile_queries_end_at_once(q: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadQuery):
        parse(q)
    parse_query(q, ANALYSER, cut=True)
    assert time.monotonic() - started < 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_an_error(q: str) -> None:
    parsed = parse_query(q, ANALYSER, cut=True)
    snippet, spans = highlight(q * 20, parsed, ANALYSER, 80)
    assert all(0 <= a < b <= len(snippet) for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


# -- highlighting -----------------------------------------------------------------------------------

TEXT = (
    "Rapat dibuka kepala desa. " * 12
    + "Kader posyandu di Desa Taan membagikan vitamin kepada balita. "
    + "Acara ditutup dengan doa. " * 12
)


def marked(q: str, text: str = TEXT, limit: int = 120) -> tuple[str, list[str]]:
    snippet, spans = highlight(text, parse(q), ANALYSER, limit)
    return snippet, [snippet[a:b] for a, b in spans]


def test_the_stretch_with_most_of_the_query_is_shown() -> None:
    snippet, found = marked("posyandu pembagian desa taan")
    assert found == ["posyandu", "Desa", "Taan", "membagikan"]
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")
    assert len(snippet) <= 124


def test_a_short_text_is_shown_whole() -> None:
    assert marked("jumat", "Salat Jum'at di Lasa'.") == ("Salat Jum'at di Lasa'.", ["Jum'at"])


def test_without_a_match_the_beginning() -> None:
    snippet, found = marked("tsunami")
    assert found == []
    assert snippet.startswith("Rapat dibuka")


def test_a_phrase_is_marked_as_a_whole_only() -> None:
    assert marked('"di desa"', "Balai di kota. Warga di Desa Taan.")[1] == ["di Desa"]
    assert marked("BLT", "Dana bantuan langsung tunai cair.")[1] == ["bantuan langsung tunai"]


# -- what people write for one another ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "other"),
    [
        ("gotong royong", "kerja bakti"),
        ("kerja bakti", "gotong royong"),
        ("mati lampu", "pemadaman listrik"),
        ("sembako", "bantuan pangan"),
        ("mesjid", "masjid"),
        ("sholat", "salat"),
        ("bedah rumah", "rtlh"),
        ("loker", "lowongan kerja"),
    ],
)
def test_another_word_for_it_is_looked_for_too_and_counts_less(q: str, other: str) -> None:
    for group in parse(q).query.groups:
        own, *others = group
        weights = {
            " ".join(t.phrase) or t.forms[0][0]: t.weight * (t.forms or (("", 1.0),))[0][1] for t in others
        }
        assert own.forms[0][1] == 1.0
        assert 0 < weights[other] < 1


def test_another_word_is_not_looked_for_in_a_phrase_or_exclusion() -> None:
    assert raw(parse('"warga gotong royong"')) == [["warga gotong royong"]]
    assert parse("-mesjid").query.excluded == (Term(forms=(("mesjid", 1.0),), exclude=True),)


def test_words_for_one_another_are_known_both_ways() -> None:
    for one, others in synonyms().items():
        for other, weight in others:
            assert one != other
            assert (one, weight) in synonyms()[other]
            assert 0 < weight < 1
