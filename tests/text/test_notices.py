"""The one wording of an announcement, for every channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.model import Announcement
from hub.text.markdown import render
from hub.text.marks import find_mark, new_mark, number_key
from hub.text.notices import MAX_SHORT, House, to_notice

HOUSE = House(
    "https://kabar.mamujukab.example", "Diskominfosandi Kabupaten Mamuju", ZoneInfo("Asia/Makassar")
)
MARK = "kimhub-7602-01kb3w5m8q2xv7n4t6r9ycdzfg"
PLAIN = Announcement(
    id=7,
    mark=MARK,
    number="470/12/Dinsos/2026",
    date=date(2026, 11, 20),
    nature="biasa",
    subject="Jadwal pembagian beras",
    agency="Dinas Sosial",
    text="Warga **diundang**.",
    body=render("Warga **diundang**.", base=HOUSE.base_url),
    to=("all",),
    state="published",
    version=1,
    contact="0812-0000-0000",
    valid_until=datetime(2026, 11, 30, 15, 59, tzinfo=UTC),
    published_at=datetime(2026, 11, 20, 1, 14, tzinfo=UTC),
)


def test_a_notice_says_what_a_letter_says_at_its_head() -> None:
    notice = to_notice(PLAIN, HOUSE)
    for text in (notice.html.replace("<strong>", "").replace("</strong>", ""), notice.text):
        assert "Nomor: 470/12/Dinsos/2026" in text
        assert "Tanggal: 20 November 2026" in text
        assert "Instansi: Dinas Sosial" in text
        assert "Berlaku sampai: 30 November 2026" in text
        assert "Kontak: 0812-0000-0000" in text
        assert "Sifat" not in text
    assert "<strong>diundang</strong>" in notice.html


def test_the_mark_and_the_address_for_checking_stand_in_every_wording() -> None:
    notice = to_notice(PLAIN, HOUSE)
    assert notice.check_url == "https://kabar.mamujukab.example/periksa?nomor=470/12/Dinsos/2026"
    for text in (notice.footer, notice.text, notice.withdrawal, notice.withdrawal_text):
        assert find_mark(text) == MARK
    for text in (notice.text, notice.short, notice.withdrawal_text):
        assert notice.check_url in text
    assert notice.check_url.replace("&", "&amp;") in notice.footer


@pytest.mark.parametrize("length", [0, 30, 500, 5000])
@pytest.mark.parametrize("nature", ["biasa", "darurat"])
def test_the_short_text_stays_under_seven_hundred_characters(length: int, nature: str) -> None:
    text = "Hujan lebat diperkirakan turun. " * (length // 30)
    long = replace(
        PLAIN,
        nature=nature,
        subject="Peringatan dini " * (1 + length // 40),
        number="470/12/" + "X" * min(length, 90),
        text=text,
        body=render(text, base=HOUSE.base_url),
    )
    notice = to_notice(long, HOUSE)
    assert len(notice.short) < MAX_SHORT
    assert notice.check_url in notice.short
    assert ("DARURAT" in notice.short) == (nature == "darurat")


def test_lists_keep_their_lines_in_the_short_text() -> None:
    text = "Warga diundang.\n\n- bawa KTP\n- datang pukul 09.00"
    notice = to_notice(replace(PLAIN, text=text, body=render(text, base=HOUSE.base_url)), HOUSE)
    assert "Warga diundang.\nbawa KTP\ndatang pukul 09.00\nBerlaku sampai" in notice.short


def test_a_correction_says_so_first() -> None:
    notice = to_notice(replace(PLAIN, version=2), HOUSE)
    assert notice.text.startswith("Pengumuman ini sudah diperbaiki.")
    assert notice.html.startswith("<p><em>Pengumuman ini sudah diperbaiki.")


def test_english_hubs_speak_english() -> None:
    notice = to_notice(PLAIN, replace(HOUSE, language="en"))
    assert "Number: 470/12/Dinsos/2026" in notice.text
    assert "Valid until: November 30, 2026" in notice.text or "30 November 2026" in notice.text


def test_markup_in_fields_is_text() -> None:
    evil = replace(PLAIN, subject="<script>x</script>", agency="<img src=x onerror=y>", contact="<b>0812</b>")
    notice = to_notice(evil, HOUSE)
    assert "<script" not in notice.html + notice.footer
    assert "<img" not in notice.html
    assert "&lt;b&gt;0812" in notice.html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"https://kim.example/{MARK}/", MARK),
        (f"https://kim.example/{MARK}-2/", MARK),
        (f"<!-- {MARK} v3 -->", MARK),
        (f"KODE: {MARK.upper()}", MARK),
        ("kimhub-7602-tooshort", ""),
        (f"{MARK}x", ""),
        ("nothing", ""),
    ],
)
def test_marks_are_found_where_they_stand(text: str, found: str) -> None:
    assert find_mark(text) == found


def test_new_marks_differ_and_are_found() -> None:
    marks = {new_mark("76.02") for _ in range(100)}
    assert len(marks) == 100
    assert all(find_mark(f"x {each} y") == each for each in marks)


def test_numbers_are_compared_as_people_type_them() -> None:
    assert number_key(" 470 / 12 / DINSOS - 2026") == number_key("470/12/Dinsos/2026")


def test_raw_html_in_markdown_stays_text() -> None:
    html = render("<b>a</b>\nbaris\n\n|a|b|\n|-|-|\n|1|2|\n\n![x](/y.png) [z](/logout)", base=HOUSE.base_url)
    assert "&lt;b&gt;" in html
    assert "<br>" in html
    assert "<table>" in html
    assert f'href="{HOUSE.base_url}/logout"' in html
