"""Words and their stems: the grammar's affixes, the words that must stay whole, the families that meet."""

from __future__ import annotations

import pytest

from hub.text.stem import compound, roots, stem

PAIRS = """
bagi: membagi membagikan dibagikan pembagian bagian terbagi berbagi membagi-nya
baca: membaca dibaca pembaca bacaan terbaca bacakan membacakan
tulis: menulis ditulis penulis tulisan tertulis penulisan tuliskan
kirim: mengirim dikirim pengirim pengiriman kiriman terkirim mengirimkan
pukul: memukul dipukul pukulan pemukul terpukul
sapu: menyapu disapu penyapu
ambil: mengambil diambil pengambilan ambillah pengambil
terima: menerima diterima penerima penerimaan terimalah
bangun: membangun dibangun pembangunan bangunan pembangun terbangun membangunkan
layan: melayani dilayani pelayanan layanan pelayan terlayani
bantu: membantu dibantu bantuan pembantu bantuannya membantunya perbantuan
salur: menyalurkan disalurkan penyaluran penyalur saluran tersalurkan
laksana: melaksanakan dilaksanakan pelaksanaan pelaksana terlaksana laksanakan
umum: mengumumkan diumumkan pengumuman umumnya
resmi: meresmikan diresmikan peresmian
lomba: perlombaan berlomba lombanya
kunjung: mengunjungi dikunjungi kunjungan berkunjung pengunjung kunjungannya
tani: petani pertanian bertani petaninya
ternak: peternak peternakan beternak ternaknya
baik: memperbaiki diperbaiki perbaikan terbaik kebaikan sebaiknya
sehat: kesehatan menyehatkan sehatkan kesehatannya
didik: mendidik dididik pendidikan pendidik
ajar: belajar mengajar diajarkan pelajar pelajaran pembelajaran pengajar
kerja: bekerja pekerja pekerjaan dikerjakan mengerjakan
jalan: berjalan perjalanan jalanan menjalankan dijalankan
temu: bertemu pertemuan menemukan ditemukan penemuan
tahu: mengetahui diketahui pengetahuan
bakar: kebakaran terbakar membakar dibakar pembakaran
tanggulang: menanggulangi penanggulangan ditanggulangi
suluh: penyuluhan penyuluh menyuluh
mukim: permukiman bermukim pemukiman
labuh: pelabuhan berlabuh
periksa: memeriksa diperiksa pemeriksaan
lantik: melantik dilantik pelantikan
sosialisasi: menyosialisasikan mensosialisasikan disosialisasikan
satu: bersatu persatuan kesatuan menyatukan satuan
ikut: mengikuti diikuti keikutsertaan pengikut
cek: mengecek dicek pengecekan
ubah: mengubah diubah perubahan
buku: bukunya bukuku bukulah bukukah
berita: berita beritanya beritakan memberitakan diberitakan pemberitaan
sekolah: sekolah sekolahnya bersekolah
keluarga: keluarga keluarganya
pemerintah: pemerintah pemerintahan pemerintahnya
perempuan: perempuan
desa: desa desanya
bupati: bupati
kecamatan: kecamatan kecamatannya
kelurahan: kelurahan
kabupaten: kabupaten
kelompok: kelompok berkelompok kelompoknya
masyarakat: masyarakat kemasyarakatan masyarakatnya
musyawarah: musyawarah bermusyawarah musyawarahnya
makan: makan makanan dimakan memakan
minum: minum minuman diminum
sungai: sungai
pantai: pantai
selatan: selatan
sulawesi: sulawesi
posyandu: posyandu posyandunya
puskesmas: puskesmas
kegiatan: kegiatan kegiatannya
menteri: menteri kementerian
"""

TABLE = [
    (word, line.split(":")[0])
    for line in PAIRS.strip().splitlines()
    for word in line.split(":")[1].split()
    if "-" not in word
]


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(TABLE) >= 150
    assert len({word for word, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("word", "expected"), TABLE)
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_a_known_root_is_never_cut() -> None:
    from hub.text.stem import EXCEPTIONS

    assert {root for root in roots() if stem(root) != root} <= set(EXCEPTIONS)


@pytest.mark.parametrize(
    ("word", "halves"),
    [
        ("ibukota", ("ibu", "kota")),
        ("kerjasama", ("kerja", "sama")),
        ("kepaladesa", ("kepala", "desa")),
        ("tanggungjawab", ("tanggung", "jawab")),
        ("halaman", None),
        ("bantu", None),
        ("posyandu", None),
        ("kota", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_two_roots_written_as_one_are_known_apart(word: str, halves: tuple[str, str] | None) -> None:
    assert compound(word) == halves


@pytest.mark.parametrize("word", ["memviralkan", "diviralkan"])
def test_new_words_lose_their_frame(word: str) -> None:
    assert stem(word) == "viral"
    assert stem("mendownload") == "download"


@pytest.mark.parametrize(
    "word", ["", "a", "di", "2026", "covid19", "ng", "menyeng", "x" * 5000, "مدرسة", "me", "diaan"]
)
def test_anything_at_all_is_answered(word: str) -> None:
    assert len(stem(word)) <= max(len(word), 1)


def test_stems_are_stable_over_the_families() -> None:
    """A stem stands for its family: stemming it again changes nothing."""
    assert [word for _, word in TABLE if stem(word) != word] == []
