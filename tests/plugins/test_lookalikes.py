"""Which posts the look-alikes plugin calls one story, and which only look so."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.spec import Telling
from hub.testing.bench_stories import quality
from hub.testing.story_pairs import Pair, forms, notices, pairs, read_texts
from plugins.lookalikes import register_matchers
from plugins.lookalikes.matcher import WINDOW, Lookalikes

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
MATCHER = Lookalikes()
#: The first marks of RELEASE by rensa 0.5.
GOLDEN = [562950117032633, 564049485088726]
RELEASE = (
    "MAMUJU — Dinas Sosial menyalurkan cadangan pangan beras kepada keluarga nelayan yang tidak melaut akibat"
    " cuaca buruk. Setiap keluarga menerima 10 kilogram. Data penerima ditempel di kantor desa tiga hari"
    " sebelum pembagian. Warga dapat mengajukan keberatan kepada pendamping sosial selama masa itu. Kepala"
    " dinas meminta tidak ada potongan dalam bentuk apa pun dan warga melapor bila menemukannya."
)
OTHER = (
    "Regu voli putri desa menjuarai turnamen antardesa setelah mengalahkan juara bertahan di lapangan"
    " kecamatan. Pelatih memuji semangat para pemain muda yang berlatih setiap sore sepulang sekolah dengan"
    " bola pinjaman. Piala diserahkan oleh camat dan disimpan di balai desa."
)


def told(text: str = RELEASE, title: str = "Cadangan beras tiba di Taan", days: float = 0) -> Telling:
    return Telling(title, text, AT + timedelta(days=days))


def one_story(one: Telling, other: Telling) -> bool:
    """As the hub asks: only posts that share a mark are compared; and the order must not matter."""
    same = MATCHER.same(one, other)
    assert same == MATCHER.same(other, one)
    return same and bool(MATCHER.marks(one) & MATCHER.marks(other))


COPIES = {
    "word for word": told(title="Warga Taan terima beras"),
    "the own village in the title": told(title="Cadangan beras tiba di Bebanga"),
    "another dateline": told(RELEASE.replace("MAMUJU —", "TAAN, KIM Taan (24/11) –")),
    "no dateline": told(RELEASE.removeprefix("MAMUJU — ")),
    "small letters": told(RELEASE.lower()),
    "words exchanged": told(RELEASE.replace("menyalurkan", "membagikan").replace("buruk", "ekstrem")),
    "a sentence left out": told(RELEASE.replace(" Data penerima ditempel", " Daftar ditempel")),
    "cut after two sentences": told(" ".join(RELEASE.split(". ")[:3]) + ". Selengkapnya..."),
    "a link in between": told(RELEASE.replace(". Data", ".\nBaca juga: Lomba perahu dayung dimulai\nData")),
    "signed by another KIM": told(RELEASE + "\nPenulis: Rahmat, KIM Bebanga"),
    "a number written otherwise": told(RELEASE.replace("10 kilogram", "10,0 kilogram")),
    "a month late": told(days=30),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_tells_the_same(copy: Telling) -> None:
    assert one_story(told(), copy)


def filled(month: str = "Juni", day: str = "", title: str = "", **changes: str) -> Telling:
    values = {"amount": "Rp300.000", "stage": "tahap I", "village": "Taan", "families": "142", "year": "2026"}
    values |= changes
    text = (
        "Pemerintah Desa {village} menyalurkan bantuan langsung tunai dana desa {stage} bulan {month} {year}"
        " kepada {families} keluarga di balai desa{day}. Setiap keluarga menerima {amount} yang diserahkan"
        " oleh kaur keuangan disaksikan pendamping desa. Warga diminta membawa kartu keluarga asli dan tidak"
        " mewakilkan kepada orang lain kecuali sakit."
    )
    return told(text.format(month=month, day=day and f" pada {day}", **values), title or "Penyaluran bantuan")


OTHER_NOTICES = {
    "Juni and Mei": (filled("Juni"), filled("Mei")),
    "Juni and Juli, in the title alone": (
        told(title="Bantuan beras Juni"),
        told(title="Bantuan beras Juli"),
    ),
    "another amount": (filled(amount="Rp300.000"), filled(amount="Rp 900 ribu")),
    "tahap I and tahap II": (filled(stage="tahap I"), filled(stage="tahap II")),
    "tahap pertama and tahap ketiga": (filled(stage="tahap pertama"), filled(stage="tahap ketiga")),
    "tahap I and II, in the title alone": (filled(title="BLT tahap I"), filled(title="BLT tahap II")),
    "another year": (filled(year="2026"), filled(year="2025")),
    "another weekday": (filled(day="Senin"), filled(day="Kamis")),
    "another date": (filled(day="3 November"), filled(day="17 November")),
    "another number of families": (filled(families="142"), filled(families="97")),
    "another village": (filled(village="Taan"), filled(village="Bebanga")),
    "a village of two words": (filled(village="Botteng Utara"), filled(village="Kalukku Barat")),
    "after more than six weeks": (told(), told(days=WINDOW.days + 1)),
    "another subject": (told(), told(OTHER)),
    "too short to tell": (told("Selamat hari raya."), told("Selamat hari raya.")),
}


@pytest.mark.parametrize(("one", "other"), OTHER_NOTICES.values(), ids=OTHER_NOTICES)
def test_a_notice_that_only_looks_so_stays_apart(one: Telling, other: Telling) -> None:
    assert not one_story(one, other)


@pytest.mark.parametrize("pair", list(notices()), ids=lambda pair: f"{pair.kind}, {pair.one.title}")
def test_forms_filled_in_twice_stay_apart(pair: Pair) -> None:
    assert not one_story(pair.one, pair.other)


EQUAL = {
    "amounts": (filled(amount="Rp 300 ribu"), filled(amount="Rp300.000,-")),
    "stages": (filled(stage="tahap II"), filled(stage="tahap kedua")),
    "spellings of a name": (filled(village="Tapalang"), filled(village="Tappalang")),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_one_fact_written_in_two_ways_is_one(one: Telling, other: Telling) -> None:
    assert one_story(one, other)


def test_a_round_up_of_the_week_is_none_of_its_stories() -> None:
    parts = [told().text.removeprefix("MAMUJU — "), OTHER, filled().text]
    digest = told(" ".join([OTHER, *(form.text for form in forms()), *parts]), "Kabar sepekan")
    assert not one_story(told(), digest)
    assert not one_story(filled(), digest)


def test_marks_are_few_and_the_same_in_every_process() -> None:
    """Golden numbers: a new version of rensa that makes others must not come in unseen."""
    marks = MATCHER.marks(told())
    assert len(marks) <= 16
    code = (
        "from plugins.lookalikes.matcher import Lookalikes; from hub.spec import Telling;"
        "import sys; from datetime import datetime, UTC;"
        "print(sorted(Lookalikes().marks(Telling('', sys.argv[1], datetime.now(UTC)))))"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, RELEASE],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
        )
        assert done.stdout.strip() == str(sorted(marks))
    assert sorted(marks)[:2] == GOLDEN


def test_unlike_texts_share_no_mark() -> None:
    assert not MATCHER.marks(told()) & MATCHER.marks(told(OTHER))


def test_the_pairs_of_the_sample_district_are_told() -> None:
    told = quality(MATCHER, pairs(read_texts(None)))
    assert told.precision >= 0.98
    assert told.recall >= 0.9


@pytest.mark.corpora
def test_pairs_made_of_real_news_are_told(shared_data: Path) -> None:
    told = quality(MATCHER, pairs(read_texts(shared_data / "corpora" / "news-id" / "indosum-dev.jsonl")))
    assert told.precision >= 0.98
    assert told.recall >= 0.9


def test_it_registers_under_its_name() -> None:
    assert [matcher.name for matcher in register_matchers()] == ["lookalikes"]


@pytest.mark.parametrize(
    "text", ["", " \n ", "a", "ab " * 50_000, "\ud800 " * 60, "1.2.3,4:5/6-7 Rp Rp. Rp.,, " * 40]
)
def test_any_text_is_taken(text: str) -> None:
    assert len(MATCHER.marks(told(text))) <= 16
    MATCHER.same(told(text), told(text, title=text[:200]))
