"""Spelling help: what residents mistype, and what must be left alone."""

from __future__ import annotations

import pytest

from hub.text.analyse import Analyser
from hub.text.query import parse_query
from hub.text.suggest import Vocabulary, distance, nearest_name, suggest, suggest_commoner

NAMES = (
    "Taan",
    "Beru-Beru",
    "Tapalang",
    "Kalukku",
    "Bonehau",
    "Simboro",
    "Papalang",
    "Karampuang",
    "Pati'di",
)

#: Words of village news with the number of posts that hold them.
NEWS = """
desa 900, warga 700, bantuan 400, kecamatan 380, kepala 350, kegiatan 300, posyandu 230, musrenbang
120, kelurahan 150, vaksinasi 90, imunisasi 70, stunting 110, bansos 60, bumdes 80, pkh 40, blt 90,
pkk 130, bpd 50, puskesmas 100, babinsa 75, pengumuman 65, penyuluhan 85, pelatihan 140, pendaftaran
45, pembangunan 210, banjir 60, longsor 30, jembatan 55, kebakaran 25, beras 95, pupuk 40, petani
110, nelayan 35, sekolah 160, kesehatan 180, pendidikan 120, musyawarah 75, lansia 45, sembako 35,
langsung 130, tunai 85, listrik 40, panen 60, pasar 70, ternak 20, pos 30, posko 9, penerima 140,
penerimaan 30, pembagian 60, jalan 200, posiandu 2, bantaeng 1, bangunan 30, kampung 40, kader 50,
balita 80, kelompok 120, tani 100
"""
INDEX = {word: int(posts) for word, posts in (each.split() for each in NEWS.split(","))}


def words_fn(prefix: str, limit: int) -> list[tuple[str, int]]:
    found = [(word, posts) for word, posts in INDEX.items() if word.startswith(prefix)]
    return sorted(found, key=lambda item: -item[1])[:limit]


ANALYSER, VOCABULARY = Analyser(NAMES), Vocabulary(words_fn, NAMES)


def better(q: str) -> str | None:
    return suggest(parse_query(q, ANALYSER), VOCABULARY)


MISTYPED = [
    ("posyadu", "posyandu"),
    ("posyanduu", "posyandu"),
    ("posiyandu", "posyandu"),
    ("psoyandu", "posyandu"),
    ("osyandu", "posyandu"),
    ("oposyandu", "posyandu"),
    ("musrembang", "musrenbang"),
    ("musrenbag", "musrenbang"),
    ("bantaun", "bantuan"),
    ("banutan", "bantuan"),
    ("bansoss", "bansos"),
    ("basnos", "bansos"),
    ("kelurhan", "kelurahan"),
    ("kelurahn", "kelurahan"),
    ("kecmatan", "kecamatan"),
    ("vaksinsi", "vaksinasi"),
    ("faksinasi", "vaksinasi"),
    ("imunisai", "imunisasi"),
    ("stuntng", "stunting"),
    ("stanting", "stunting"),
    ("pkhh", "pkh"),
    ("bltt", "blt"),
    ("bumdess", "bumdes"),
    ("bundes", "bumdes"),
    ("puskemas", "puskesmas"),
    ("babinza", "babinsa"),
    ("penguman", "pengumuman"),
    ("penyuluan", "penyuluhan"),
    ("pelatian", "pelatihan"),
    ("pendaftran", "pendaftaran"),
    ("banjri", "banjir"),
    ("longsorr", "longsor"),
    ("jembtan", "jembatan"),
    ("kebakran", "kebakaran"),
    ("neleyan", "nelayan"),
    ("kesehtan", "kesehatan"),
    ("musyawrah", "musyawarah"),
    ("sembkao", "sembako"),
    ("bantuanberas", "bantuan beras"),
    ("kepaladesa", "kepala desa"),
    ("kelompoktani", "kelompok tani"),
    ("bantaun lansgung tunia", "bantuan langsung tunai"),
    ("Musrembang desa", "musrenbang desa"),
    ("posyadu di desa taan", "posyandu di desa taan"),
    ('"posyadu balita"', '"posyandu balita"'),
    ("judul:posyadu", "judul:posyandu"),
    ("tampalang", "tapalang"),
    ("tapalan", "tapalang"),
    ("kaluku", "kalukku"),
    ("bonehaw", "bonehau"),
    ("banjir di simboroo", "banjir di simboro"),
    ("bantuan bers", "bantuan beras"),
]


@pytest.mark.parametrize(("typed", "meant"), MISTYPED, ids=[typed for typed, _ in MISTYPED])
def test_what_residents_mistype_is_put_right(typed: str, meant: str) -> None:
    assert better(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "desa",
        "gempa",
        "membagikan",
        "pkb",
        "bltdd",
        "patidi",
        "beru beru",
        "2027",
        "xyzzyq",
        "mesjid",
        "-posyadu",
        "",
    ],
)
def test_what_is_right_or_unheard_of_is_left_alone(typed: str) -> None:
    """``gempa`` and ``bltdd`` are words though this index lacks them; ``xyzzyq`` is near nothing."""
    assert better(typed) is None


def test_a_family_that_the_index_holds_is_known() -> None:
    assert (
        suggest(parse_query("sosialisasikan", ANALYSER), Vocabulary(words_fn, (), lambda word: True)) is None
    )


def test_a_far_commoner_neighbour_is_offered() -> None:
    assert suggest_commoner(parse_query("posiandu taan", ANALYSER), VOCABULARY) == "posyandu taan"


@pytest.mark.parametrize("typed", ["posko", "penerimaan", "beras", "pos", "bpd", "bantaeng raya", "taan"])
def test_a_rare_word_of_its_own_is_not_suspected(typed: str) -> None:
    assert suggest_commoner(parse_query(typed, ANALYSER), VOCABULARY) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Tampalang", "Tapalang"),
        ("beruberru", "Beru-Beru"),
        ("pati di", "Pati'di"),
        ("Jakarta", None),
        ("", None),
    ],
)
def test_a_mistyped_place_finds_its_name(typed: str, meant: str | None) -> None:
    assert nearest_name(typed, NAMES) == meant


@pytest.mark.parametrize(
    ("a", "b", "steps"),
    [("desa", "desa", 0), ("desa", "dsea", 1), ("desa", "des", 1), ("desa", "besar", 2), ("desa", "kota", 3)],
)
def test_distance(a: str, b: str, steps: int) -> None:
    assert distance(a, b, 2) == steps
    assert distance(b, a, 2) == steps
