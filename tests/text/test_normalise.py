"""Titles, excerpts, topics and addresses for people."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import Topic
from hub.text.normalise import (
    absolute,
    clean_title,
    excerpt,
    first_sentence,
    make_topic,
    minutes,
    plain,
    shortened,
    slug,
    strip_shortcodes,
)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Posyandu Desa Bambu", "Posyandu Desa Bambu"),
        ("Musrenbang &#8211; RKPDes &amp;amp; APBDes", "Musrenbang – RKPDes & APBDes"),
        ("<b>Gotong</b> royong", "Gotong royong"),
        ("&lt;b&gt;Gotong&lt;/b&gt; royong", "Gotong royong"),
        ("&amp;lt;img src=x onerror=alert(1)&amp;gt;Panen", "Panen"),
        ("<img src=x onerror=alert(1)>Panen", "Panen"),
        ("<script>alert('x')</script>Panen raya", "Panen raya"),
        ("<style>p{}</style>Panen <script>alert(1)", "Panen"),
        ("Harga beras < 15.000 & > 12.000", "Harga beras < 15.000 & > 12.000"),
        ("Bantuan\n\t BLT&nbsp; Desa", "Bantuan BLT Desa"),
        ("a\x00b\x08c\u202ed\u200be\ufefff\ud800g", "abcdefg"),
        ("Pati\u2019di dan Lasa'", "Pati’di dan Lasa'"),
        ("e\u0301", "é"),
        ("Selamat \U0001f469\u200d\U0001f33e", "Selamat \U0001f469\u200d\U0001f33e"),
        ("", ""),
        ("<p></p>", ""),
    ],
)
def test_title(raw: str, title: str) -> None:
    assert clean_title(raw) == title


def test_title_of_a_megabyte_is_cut_at_a_word() -> None:
    title = clean_title("berita desa " * 90_000)
    assert len(title) <= 300
    assert title.endswith(("desa…", "berita…"))


@given(st.text(max_size=400))
def test_title_is_one_clean_line(raw: str) -> None:
    title = clean_title(raw)
    assert len(title) <= 300
    assert title == " ".join(title.split())
    assert not any(
        char < " " or "\ud800" <= char <= "\udfff" or "\u202a" <= char <= "\u202e" for char in title
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Satu</p><p>Dua &amp; <b>ti</b>ga</p>", "Satu\nDua & tiga"),
        ("<h2>Judul</h2>isi<br>baris<ul><li>a</li><li>b</li></ul>", "Judul\nisi\nbaris\na\nb"),
        ("<script>x < y</script>a<style>b{}</style>c<!-- d -->e", "ace"),
        ("tanpa\n  markah &lt;b&gt;", "tanpa markah <b>"),
        ('<p title="a > b">c</p>', "c"),
        ("a < b dan c > d", "a < b dan c > d"),
        ("<iframe src=x>cadangan</iframe>teks", "teks"),
        ("<p>belum <b selesai", "belum"),
        ("", ""),
    ],
)
def test_plain(html: str, text: str) -> None:
    assert plain(html) == text


def test_plain_is_linear_on_hostile_input() -> None:
    started = time.process_time()
    for hostile in (
        "<div>" * 200_000,
        "<a '\"" * 200_000,
        "<!--" * 200_000,
        "<script>" * 100_000,
        "&a" * 400_000,
    ):
        plain(hostile)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("html", "without"),
    [
        (
            '[caption id="a" align="aligncenter" width="300"]<img src="a.jpg" /> Rapat desa[/caption]',
            '<img src="a.jpg" /> Rapat desa',
        ),
        ('<p>[gallery ids="1,2,3"]</p>', "<p></p>"),
        (
            "[embed]https://www.youtube.com/watch?v=abc[/embed]",
            '<a href="https://www.youtube.com/watch?v=abc">https://www.youtube.com/watch?v=abc</a>',
        ),
        ('[vc_row css=".x"][vc_column width="1/2"]isi[/vc_column][/vc_row]', "isi"),
        ("[et_pb_text]isi[/et_pb_text]", "isi"),
        ("Lanjut [...] [1] [Mamuju] [caption ringan", "Lanjut [...] [1] [Mamuju] [caption ringan"),
        ("[galleryku] [Gallery]", "[galleryku] [Gallery]"),
        ("tanpa", "tanpa"),
    ],
)
def test_shortcodes(html: str, without: str) -> None:
    assert strip_shortcodes(html) == without


def test_shortcodes_are_linear_on_hostile_input() -> None:
    started = time.process_time()
    for hostile in ("[caption " * 100_000, "[embed]" * 100_000, "[gallery <" * 100_000, "[" * 500_000):
        strip_shortcodes(hostile)
    assert time.process_time() - started < 10


def test_excerpt_prefers_whole_sentences() -> None:
    first = "Warga Desa Bambu bergotong royong membersihkan saluran air di empat dusun sejak pagi hari ini."
    second = "Kegiatan ini dihadiri Kepala Desa, Babinsa, kader posyandu dan puluhan pemuda karang taruna."
    third = "Rencananya kegiatan serupa akan dilanjutkan pekan depan di dusun lain."
    assert excerpt(f"{first} {second} {third}") == f"{first} {second}"


def test_excerpt_ends_no_sentence_at_an_abbreviation() -> None:
    text = (
        "Kegiatan yang berlangsung di aula kantor desa ini dibuka oleh Bupati Hj. Sutinah "
        + "yang hadir " * 30
    )
    assert not excerpt(text, 80).endswith("Hj.")


def test_excerpt_cuts_at_words() -> None:
    cut = excerpt("posyandu " * 100)
    assert cut.endswith("posyandu…")
    assert len(cut) <= 220
    assert excerpt("Pendek\nsaja") == "Pendek saja"
    assert len(excerpt("x" * 10_000)) <= 221


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Panen raya dimulai hari ini. Warga senang.", "Panen raya dimulai hari ini"),
        ("Benarkah air bersih mengalir? Ya.", "Benarkah air bersih mengalir?"),
        ("Baris satu\nBaris dua", "Baris satu"),
        ("", ""),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_first_sentence_is_short() -> None:
    assert len(first_sentence("kata " * 100)) <= 81


@pytest.mark.parametrize(
    ("url", "base", "result"),
    [
        ("/foto/a.jpg", "https://desa.id/berita/1", "https://desa.id/foto/a.jpg"),
        ("b.jpg", "https://desa.id/berita/1", "https://desa.id/berita/b.jpg"),
        ("//cdn.id/a.jpg", "https://desa.id/", "https://cdn.id/a.jpg"),
        ("https://desa.id/a b.jpg", "", "https://desa.id/a%20b.jpg"),
        (" https://desa.id/x\n", "", "https://desa.id/x"),
        ("?p=12", "https://desa.id/", "https://desa.id/?p=12"),
        ("HTTP://Desa.ID/X", "", "HTTP://Desa.ID/X"),
        ("javascript:alert(1)", "https://desa.id/", ""),
        ("jav\tascript:alert(1)", "https://desa.id/", ""),
        ("\x01javascript:alert(1)", "https://desa.id/", ""),
        ("data:text/html,x", "https://desa.id/", ""),
        ("file:///etc/passwd", "https://desa.id/", ""),
        ("mailto:a@b.id", "https://desa.id/", ""),
        ("/relatif", "", ""),
        ("", "https://desa.id/", ""),
        ("http://", "https://desa.id/", ""),
        ("http://[::1", "", ""),
        ("http://desa.id:99999/", "", ""),
        ("https://desa.id/" + "x" * 3000, "", ""),
    ],
)
def test_absolute(url: str, base: str, result: str) -> None:
    assert absolute(url, base) == result


@pytest.mark.parametrize(
    ("label", "topic"),
    [
        ("Berita Desa", Topic("berita-desa", "Berita Desa")),
        ("Kesehatan &amp; Gizi", Topic("kesehatan-gizi", "Kesehatan & Gizi")),
        ("#Posyandu", Topic("posyandu", "Posyandu")),
        ("Pati'di", Topic("patidi", "Pati'di")),
        ("Café", Topic("cafe", "Café")),
        ("<b>UMKM</b>", Topic("umkm", "UMKM")),
        ("Uncategorized", None),
        ("Tak Berkategori", None),
        ("Tanpa kategori", None),
        ("  ", None),
        ("日本", None),
        ("12", None),
    ],
)
def test_topic(label: str, topic: Topic | None) -> None:
    assert make_topic(label) == topic


def test_long_topic_is_cut() -> None:
    topic = make_topic("pemberdayaan masyarakat " * 1000)
    assert topic is not None
    assert len(topic.slug) <= 60
    assert len(topic.label) <= 61


@given(st.text(max_size=100))
def test_slug_is_fit_for_an_address(label: str) -> None:
    made = slug(label)
    assert made == slug(made)
    assert len(made) <= 60
    assert all(char.isascii() and (char.isalnum() or char == "-") for char in made)


def test_reading_time() -> None:
    assert minutes("") == 1
    assert minutes("kata " * 1000) == 5


def test_shortened_keeps_what_fits() -> None:
    assert shortened("satu dua tiga", 13) == "satu dua tiga"
    assert shortened("satu dua tiga", 12) == "satu dua…"
