"""From Entry to Draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import Draft, Enclosure, Entry, Image, Topic
from hub.text.drafting import to_draft

SITE = "https://desabambu.example.id/"
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LONG = "Warga Desa Bambu bergotong royong membersihkan saluran air di empat dusun sejak pagi. "
ENTRY = Entry(
    id=f"{SITE}?p=12",
    link=f"{SITE}2026/11/gotong-royong/",
    title="Gotong Royong &#8211; Desa Bambu",
    html=f'<p>{LONG}</p><p><img src="/foto/a.jpg" alt="Warga &amp; kader" width="800" height="600"></p>'
    f"<p>{LONG}</p>",
    published=NOW - timedelta(hours=3),
    author="admin@desa.id (Admin Desa)",
    topics=("Kegiatan", "Uncategorized", "kegiatan"),
    language="id_ID",
)


def draft(entry: Entry = ENTRY, **changes: Any) -> Draft:
    return to_draft(
        replace(entry, **changes), site_url=SITE, zone=ZoneInfo("Asia/Makassar"), now=NOW, engine="both"
    )


def test_an_ordinary_post() -> None:
    made = draft()
    assert made.title == "Gotong Royong – Desa Bambu"
    assert made.link == ENTRY.link
    assert made.external_id == ENTRY.id
    assert made.entry_digest == ENTRY.digest
    assert made.author == "Admin Desa"
    assert made.topics == (Topic("kegiatan", "Kegiatan"),)
    assert made.images == (Image(f"{SITE}foto/a.jpg", "Warga & kader", 800, 600),)
    assert made.text == f"{LONG.strip()}\n{LONG.strip()}"
    assert made.excerpt == f"{LONG.strip()} {LONG.strip()}"
    assert made.language == "id-id"
    assert made.published == made.sort_at == NOW - timedelta(hours=3)
    assert not made.date_doubtful
    assert {"url:desabambu.example.id?p=12", "url:desabambu.example.id/2026/11/gotong-royong"} < set(
        made.keys
    )


# -- time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [1970, 1994, 2099])
def test_absurd_date_pins_nothing_on_top(year: int) -> None:
    made = draft(published=datetime(year, 1, 1, tzinfo=UTC), published_as_given=f"1 Jan {year}")
    assert made.published is None
    assert made.sort_at == NOW
    assert made.date_doubtful
    assert made.published_as_given == f"1 Jan {year}"


def test_missing_date_is_doubtful_and_shown_as_given() -> None:
    made = draft(published=None, published_as_given=" 31  Februari\u202e ")
    assert (made.published, made.sort_at, made.date_doubtful) == (None, NOW, True)
    assert made.published_as_given == "31 Februari"


def test_date_of_a_clock_that_runs_ahead_is_clamped() -> None:
    made = draft(published=NOW + timedelta(hours=7))
    assert made.published == NOW + timedelta(hours=7)
    assert made.sort_at == NOW
    assert not made.date_doubtful


def test_naive_date_is_in_the_zone_of_the_hub() -> None:
    assert draft(published=datetime(2026, 11, 24, 9)).published == datetime(2026, 11, 24, 1, tzinfo=UTC)


def test_update_stands_in_for_a_missing_date() -> None:
    assert draft(published=None, updated=NOW).published == NOW


# -- text --------------------------------------------------------------------------------------------


def test_untitled_entry_takes_its_first_sentence() -> None:
    assert draft(title=" ", html="<p>Panen raya dimulai hari ini. Warga senang.</p>").title == (
        "Panen raya dimulai hari ini"
    )


def test_entry_without_any_words_takes_its_address() -> None:
    assert draft(title="", html="<img src=/a.jpg>").title == "Gotong royong"


def test_summary_stands_in_for_a_missing_body() -> None:
    assert draft(html="", summary="Baris satu\nbaris dua\n\nParagraf & dua").body == (
        "<p>Baris satu<br>baris dua</p><p>Paragraf &amp; dua</p>"
    )


def test_escaped_markup_of_opensid_is_read() -> None:
    made = draft(html="", summary="&lt;p&gt;Kegiatan &amp;nbsp;posyandu&lt;/p&gt; [...]")
    assert made.text == "Kegiatan posyandu\n[...]"
    assert made.excerpt == "Kegiatan posyandu"


def test_text_cut_inside_a_character_loses_only_that() -> None:
    assert draft(html="", summary="Kegiatan desa\ufffd").text == "Kegiatan desa"


def test_shortcodes_and_the_feed_footer_go() -> None:
    footer = '<p>The post <a href="/x">Judul</a> appeared first on <a href="/">Desa Bambu</a>.</p>'
    body = f"<p>{LONG}</p>[gallery ids='1']"
    assert draft(html=body + footer).body == draft(html=body).body == f"<p>{LONG}</p>"


def test_post_by_rest_and_by_rss_says_the_same() -> None:
    footer = '\n<p>The post <a href="/x">Judul</a> appeared first on <a href="/">Desa Bambu</a>.</p>\n'
    assert draft(html=ENTRY.html + footer).digest == draft().digest


def test_excerpt_takes_an_own_summary_and_drops_a_cut_beginning() -> None:
    own = "Ringkasan yang ditulis sendiri oleh pewarta desa untuk pembaca. <a href=x>Baca selengkapnya</a>"
    assert draft(summary=own).excerpt == "Ringkasan yang ditulis sendiri oleh pewarta desa untuk pembaca."
    assert draft(summary=f"<p>{LONG[:60]} [&hellip;]</p>").excerpt.startswith(LONG.strip())


def test_relative_addresses_follow_the_base_then_the_link() -> None:
    html = '<a href="x">x</a>'
    assert f'"{SITE}2026/11/gotong-royong/x"' in draft(html=html).body
    assert '"https://lain.example.id/x"' in draft(html=html, base="https://lain.example.id/").body
    assert draft(link="/berita/1").link == f"{SITE}berita/1"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", ""])
def test_link_that_leads_nowhere_gives_way_to_the_identifier(link: str) -> None:
    assert draft(link=link).link == f"{SITE}?p=12"
    assert draft(link=link, id="12").link == ""


def test_text_is_bounded() -> None:
    assert len(draft(html="<p>kata</p>" * 100_000).text) <= 200_000


# -- files -------------------------------------------------------------------------------------------


def test_given_images_lead_and_none_stands_twice() -> None:
    given = (
        Image("/foto/utama.jpg", "<b>Utama</b>", 1200, -1),
        Image("javascript:x"),
        Image(f"{SITE}foto/a.jpg"),
    )
    assert draft(images=given).images == (
        Image(f"{SITE}foto/utama.jpg", "Utama", 1200, None),
        Image(f"{SITE}foto/a.jpg"),
    )


def test_enclosures_are_checked() -> None:
    given = (
        Enclosure("/surat.pdf", "Application/PDF; x=y", 1200),
        Enclosure("https://x.id/a.mp3", "audio/mpeg", -1),
        Enclosure("https://x.id/b.mp3", "<script>", 10**18),
        Enclosure("https://x.id/h.html", "text/html", 10),
        Enclosure("javascript:x", "audio/mpeg", 10),
        Enclosure("file:///etc/cron.d/x", "audio/mpeg", 10),
    )
    assert draft(enclosures=given).enclosures == (
        Enclosure(f"{SITE}surat.pdf", "application/pdf", 1200),
        Enclosure("https://x.id/a.mp3", "audio/mpeg", None),
        Enclosure("https://x.id/b.mp3", "", None),
    )


# -- junk --------------------------------------------------------------------------------------------


def test_absurd_amounts_are_cut() -> None:
    made = draft(
        title="x" * 1_000_000,
        author="y" * 1_000_000,
        topics=tuple(f"topik {chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(10_000)),
        images=tuple(Image(f"https://x.id/{n}.jpg") for n in range(10_000)),
        enclosures=tuple(Enclosure(f"https://x.id/{n}.pdf") for n in range(10_000)),
        aliases=tuple(map(str, range(10_000))),
        id="z" * 100_000,
        published_as_given="9" * 10_000,
    )
    assert len(made.title) <= 301
    assert len(made.author) <= 101
    assert len(made.topics) == len(made.images) == len(made.enclosures) == 20
    assert len(made.keys) <= 18
    assert len(made.external_id) <= 2000
    assert len(made.published_as_given) <= 101


JUNK = st.text(max_size=60) | st.sampled_from(
    [
        "\ud800",
        "\x00",
        "<script>",
        "http://[",
        "javascript:x",
        "&#xd800;",
        "[caption",
        "http://a.id:x/",
        "\u202e",
        "//",
    ]
)


@given(st.lists(JUNK, min_size=12, max_size=12))
def test_any_entry_gives_a_draft_that_can_be_stored(junk: list[str]) -> None:
    made = draft(
        Entry(
            id=junk[0] or "x",
            link=junk[1],
            title=junk[2],
            html=junk[3],
            summary=junk[4],
            author=junk[5],
            published_as_given=junk[6],
            topics=(junk[7],),
            images=(Image(junk[8], junk[9]),),
            enclosures=(Enclosure(junk[8], junk[9]),),
            language=junk[10],
            base=junk[11],
            aliases=(junk[1],),
        )
    )
    for value in (
        made.external_id, made.title, made.body, made.text, made.excerpt, made.author, made.link,
        made.published_as_given, *made.keys, *(image.alt for image in made.images),
    ):  # fmt: skip
        value.encode("utf-8")
        assert "\x00" not in value
