"""From short messages to posts."""

from __future__ import annotations

import pytest

from hub.spec import social
from hub.spec.social import MAX_TITLE


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Gotong royong di Dusun Baru. Warga hadir sejak pagi.", "Gotong royong di Dusun Baru"),
        ("Panen raya hari ini! Alhamdulillah.", "Panen raya hari ini!"),
        ("Musdes dihadiri Bpk. Kepala Desa Taan. Hasilnya baik.", "Musdes dihadiri Bpk. Kepala Desa Taan"),
        ("Rapat di Jl. Poros No. 5 Mamuju\n\nRincian menyusul", "Rapat di Jl. Poros No. 5 Mamuju"),
        ("Posyandu Melati https://taan.desa.id/x #posyandu #taan", "Posyandu Melati"),
        ("https://taan.desa.id/x\nPosyandu Melati", "Posyandu Melati"),
        ("#GotongRoyong di Taan", "Gotong Royong di Taan"),
        ("\U0001f4e2\U0001f4e2 *PENGUMUMAN* Air bersih padam", "PENGUMUMAN Air bersih padam"),
        ("Assalamu. Warga diminta hadir besok. Terima kasih.", "Assalamu. Warga diminta hadir besok"),
        ("#taan #mamuju", "taan mamuju"),
        ("https://taan.desa.id/x", ""),
        ("", ""),
        ("\U0001f600\U0001f600", ""),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert social.title_of(text) == title


def test_a_long_sentence_is_cut_at_a_word() -> None:
    title = social.title_of("Pemerintah desa bersama warga " * 20)
    assert len(title) <= MAX_TITLE
    assert title.endswith(("desa\u2026", "bersama\u2026", "warga\u2026", "Pemerintah\u2026"))


def test_hashtags_are_topics() -> None:
    text = "#GotongRoyong #posyandu #Posyandu #PKK #bantuan_beras #2026 #APBDes2026 "
    text += "https://a.id/x#bagian a#b &#39;"
    assert social.topics_of(text) == (
        "Gotong Royong",
        "posyandu",
        "PKK",
        "bantuan beras",
        "APB Des 2026",
    )


def test_html_is_escaped_paragraphed_and_linked() -> None:
    made = social.html_of("A & <b>\r\nbaris\n\nLihat (https://taan.desa.id/a?b=1&c=2). www.mamuju.go.id!")
    assert made == (
        "<p>A &amp; &lt;b&gt;<br>baris</p>\n"
        '<p>Lihat (<a href="https://taan.desa.id/a?b=1&amp;c=2">https://taan.desa.id/a?b=1&amp;c=2</a>). '
        '<a href="http://www.mamuju.go.id">www.mamuju.go.id</a>!</p>'
    )


@pytest.mark.parametrize(
    "text", ['https://a.id/"><script>alert(1)</script>', "javascript:alert(1)", "<img src=x>"]
)
def test_nothing_of_a_message_becomes_markup(text: str) -> None:
    made = social.html_of(text)
    assert "<script" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made


def test_links_with_brackets() -> None:
    assert social.links_in("(https://id.wikipedia.org/wiki/Taan_(desa)) https://a.id/x.") == (
        "https://id.wikipedia.org/wiki/Taan_(desa)",
        "https://a.id/x",
    )


def test_the_article_that_is_passed_on() -> None:
    urls = ["https://t.me/taan", "https://m.facebook.com/x", "https://taan.desa.id/a", "https://b.id"]
    assert social.article_in(urls, ("t.me", "facebook.com")) == "https://taan.desa.id/a"
    assert social.article_in(["mailto:a@b.id", "http://[", "https://t.me/x"], ("t.me",)) == ""


def test_words_of_a_message_in_html() -> None:
    assert social.text_of("<p>Panen &amp; pesta</p><p>Ayo<br>datang</p>") == "Panen & pesta\nAyo\ndatang"


def test_threads_are_joined_without_their_counters() -> None:
    parts = ["<p>1/2 Panen raya.</p>", "<p>Pesta malamnya. (2/2)</p>"]
    assert social.join_thread(parts) == "<p>Panen raya.</p>\n<p>Pesta malamnya.</p>"
    assert social.join_thread(["<p>Skor 2/2</p>"]) == "<p>Skor 2/2</p>"
