"""When two items are one post."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import Entry
from hub.text.identity import canonical, content_digest, fingerprint, keys_about, keys_of, told_print

SITE = "https://www.desabambu.example.id/"


@pytest.mark.parametrize(
    "same",
    [
        (
            "https://desa.id/berita/panen",
            "http://desa.id/berita/panen/",
            "https://www.desa.id/berita/panen",
            "HTTPS://WWW.Desa.ID:443/berita/panen",
            "https://desa.id/index.php/berita/panen",
            "https://desa.id/berita//panen#komentar",
            "https://desa.id/berita/panen?utm_source=fb&fbclid=x",
            "https://desa.id/berita/panen/amp/",
            "https://desa.id/berita/panen;jsessionid=9A?PHPSESSID=1",
            "https://desa.id/berita/%70anen",
        ),
        ("https://desa.id/?p=12", "http://www.desa.id/?p=12&utm_medium=x", "https://desa.id?p=12"),
        ("https://desa.id/x?a=1&b=2", "https://desa.id/x?b=2&a=1", "https://desa.id/x?a=1&amp;b=2"),
        ("https://désa.id/é", "https://xn--dsa-bma.id/%C3%A9", "https://xn--dsa-bma.id/e\u0301"),
    ],
)
def test_same_address(same: tuple[str, ...]) -> None:
    assert len({canonical(url) for url in same}) == 1, [canonical(url) for url in same]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://desa.id/?p=12", "https://desa.id/?p=13"),
        ("https://desa.id/a", "https://desa.id/A"),
        ("https://desa.id/a", "https://desa.id:8080/a"),
        ("https://desa.id/a", "https://sub.desa.id/a"),
        ("https://desa.id/indonesia", "https://desa.id/"),
    ],
)
def test_other_address(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_what_is_no_url_stays() -> None:
    assert canonical(" urn:uuid:1 ") == "urn:uuid:1"
    assert canonical("http://[::1") == "http://[::1"
    assert canonical("") == ""


@given(st.text(max_size=80).map(lambda text: "https://desa.id/" + text))
def test_never_raises_on_any_path(url: str) -> None:
    assert isinstance(canonical(url), str)


def keys(**given: object) -> set[str]:
    return set(keys_of(Entry(**given), SITE))  # type: ignore[arg-type]


def test_one_post_through_two_doors() -> None:
    rest = keys(id="12", link=f"{SITE}2026/11/panen/", aliases=("https://desabambu.example.id/?p=12",))
    rss = keys(
        id="http://desabambu.example.id/?p=12",
        link="https://desabambu.example.id/2026/11/panen/?utm_source=rss",
    )
    assert "url:desabambu.example.id?p=12" in rest & rss
    assert "url:desabambu.example.id/2026/11/panen" in rest & rss


def test_plain_guids_are_told_apart_from_addresses() -> None:
    assert keys_of(Entry(id=" tag:desa,2026: 1 "), SITE) == ("id:tag:desa,2026: 1",)


def test_guid_keeps_its_fragment() -> None:
    assert keys(id=f"{SITE}berita#1").isdisjoint(keys(id=f"{SITE}berita#2"))


def test_opensid_article_survives_an_edit_of_its_date() -> None:
    before = keys(id="https://desabambu.example.id/artikel/2026/8/5/posyandu")
    after = keys(id="https://desabambu.example.id/index.php/artikel/2026/8/19/posyandu")
    assert before & after == {"opensid:posyandu"}


@pytest.mark.parametrize(
    "link",
    [
        "https://kantor-berita.example/panen",
        "https://desabambu.example.id.jahat.example/panen",
        "https://www.desabambu.example.id/",
        "https://desabambu.example.id",
        "javascript:alert(1)",
        "",
    ],
)
def test_link_that_identifies_nothing_is_no_key(link: str) -> None:
    assert keys(id="7", link=link) == {"id:7"}


def test_keys_are_bounded() -> None:
    made = keys_of(Entry(id="x" * 10_000, aliases=tuple(map(str, range(1000)))), SITE)
    assert len(made) <= 16
    assert all(len(key) < 500 for key in made)
    assert keys_of(Entry(id="x" * 10_000 + "1"), SITE) != keys_of(Entry(id="x" * 10_000 + "2"), SITE)


def test_digest_ignores_harmless_edits() -> None:
    digest = content_digest("Panen Raya", "Warga  Bambu\npanen.")
    assert digest == content_digest("PANEN RAYA ", "warga bambu panen.")
    assert digest != content_digest("Panen Raya", "Warga Bambu panen 5 ton.")
    assert digest != content_digest("Panen", "Raya Warga Bambu panen.")


def test_fingerprint_needs_a_date_and_some_text() -> None:
    text = "Warga Desa Bambu panen raya padi di lahan seluas dua puluh hektare. " * 3
    day = datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert fingerprint("Panen", text, day)
    assert fingerprint("Panen", text, day) == fingerprint("panen", text, day.replace(hour=9))
    assert fingerprint("Panen", text, day) != fingerprint("Panen", text, day.replace(day=25))
    assert fingerprint("Panen", text, None) == ""
    assert fingerprint("Galeri", "Foto", day) == ""


def test_what_an_item_passes_on_is_not_what_it_is() -> None:
    article = f"{SITE}berita/1"
    message = Entry("https://t.me/kimtaan/7", link="https://t.me/kimtaan/7", about=f"{article}?utm_source=tg")
    assert keys_about(message, SITE) == keys_of(Entry(article), SITE)
    assert not set(keys_about(message, SITE)) & set(keys_of(message, SITE))
    assert keys_about(replace(message, about=SITE), SITE) == ()
    assert keys_about(replace(message, about="https://lain.example/berita/1"), SITE) == ()
    assert keys_about(replace(message, id=article), SITE) == ()
    assert keys_about(replace(message, via=("https://hub.example/",)), SITE) == ()


def test_a_story_told_at_two_places_on_one_day() -> None:
    morning = datetime(2026, 11, 24, 23, 50, tzinfo=UTC)
    text = "Warga memperbaiki jalan tani bersama-sama sejak pagi. " * 4
    told = told_print("Jalan tani", text, morning)
    assert told
    assert told == told_print("Jalan tani", f"JALAN TANI\n\n{text}", morning.replace(day=25, hour=0))
    assert told != told_print("Jalan tani", text, morning.replace(day=25, hour=12))
    assert told != told_print("Jalan desa", text, morning)
    assert told_print("Jalan tani", text, None) == ""
    assert told_print(text, text, morning) == ""
