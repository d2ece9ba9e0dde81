"""Articles out of whole pages: what is left out, what the head says, and pages that mean no good."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.model import Article
from hub.testing import bench_extract
from hub.text.article import read_article
from hub.text.markup import text_of

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "data" / "corpora" / "news-id" / "indosum-dev.jsonl"
TEXT = (
    "<p>Kegiatan posyandu di Dusun Lasa dihadiri oleh banyak warga desa pada pagi hari ini.</p>"
    '<figure><img src="/foto.jpg" alt="Posyandu"></figure>'
    "<p>Bidan desa menimbang balita dan memberi vitamin A kepada semua anak yang hadir di balai desa.</p>"
)


def read(body: str, head: str = "") -> Article:
    page = f"<!DOCTYPE html><html lang=id><head><title>Posyandu - Desa Taan</title>{head}</head>{body}</html>"
    return read_article(page, url="https://taan.desa.id/berita/1", zone=ZoneInfo("Asia/Makassar"))


def test_the_marked_text_keeps_its_pictures_and_loses_what_was_put_into_it() -> None:
    article = read(
        "<body><h1>Posyandu</h1><div class=entry-content>"
        f"{TEXT}<div class=sharedaddy>Bagikan</div></div></body>"
    )
    assert article.html == TEXT
    assert article.title == "Posyandu"


def test_a_mark_around_something_else_is_not_believed() -> None:
    teasers = (
        "<div class=post-content><p>Pengumuman lain tentang jadwal ronda malam warga dusun ini</p></div>"
    )
    assert "Bidan desa" in read(f"<body><div id=a><h1>Posyandu</h1>{TEXT}</div>{teasers}</body>").html


def test_what_the_head_says() -> None:
    head = (
        '<meta property="og:title" content="Posyandu"><meta name="author" content="Rahma">'
        '<meta property="article:published_time" content="2026-11-20T09:00:00+08:00">'
        '<meta property="article:modified_time" content="2026-11-21">'
        '<meta name="robots" content="NoIndex, follow">'
        '<meta property="og:image" content="/foto.jpg"><meta property="article:tag" content="Kesehatan">'
        '<link rel="canonical" href="/berita/1-posyandu"><meta property="og:type" content="Article">'
    )
    article = read(f"<body>{TEXT}</body>", head)
    assert (article.title, article.author, article.language) == ("Posyandu", "Rahma", "id")
    assert article.published == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert article.updated == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert [image.url for image in article.images] == ["https://taan.desa.id/foto.jpg"]
    assert article.url == "https://taan.desa.id/berita/1-posyandu"
    assert (article.topics, article.noindex, article.kind) == (("Kesehatan",), True, "article")


def test_linked_data_wins_and_broken_linked_data_harms_nothing() -> None:
    data = (
        '{"@graph": [{"@type": "NewsArticle", "headline": "Judul", "datePublished": "2026-11-20", "author": '
    )
    data += '[{"name": "Rahma"}], "image": {"url": "/a.jpg"}}]}'
    article = read(f"<body>{TEXT}</body>", f'<script type="application/ld+json">{data}</script>')
    assert (article.title, article.author) == ("Judul", "Rahma")
    assert article.published == datetime(2026, 11, 19, 16, tzinfo=UTC)
    broken = read(f"<body>{TEXT}</body>", '<script type="application/ld+json">{"@type": [[[</script>')
    assert broken.title == "Posyandu - Desa Taan"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 20_000 + "teks",
        "<div " + " ".join(f"a{n}=1" for n in range(50_000)) + ">teks</div>",
        "<p><b>x</b></p>" * 30_000,
        "\x00\ud800 &#0; <![CDATA[<p>x",
        "",
    ],
    ids=["deep", "attributes", "tags", "odd characters", "nothing"],
)
def test_pages_that_mean_no_good_give_nothing_and_raise_nothing(body: str) -> None:
    assert len(text_of(read(body).html)) < 100


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.is_file(), reason="../shared/data is absent")
def test_of_many_templates_nearly_all_text_is_found_and_little_else() -> None:
    scores = list(bench_extract.scores(CORPUS))
    assert len(scores) >= 30
    assert statistics.mean(score.f1 for score in scores) >= 0.97
    assert min(score.f1 for score in scores) >= 0.85
