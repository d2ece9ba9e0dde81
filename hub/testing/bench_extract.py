"""How well articles are taken out of pages: real news in page templates of many platforms.

Each template of ``data/pages`` is a theme's skeleton with navigation, side columns, related posts,
comments and footer; the texts are put in from the corpus. Measured is F1 over words between what
``read_article`` finds and the text that was put in.
"""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hub.text.article import read_article
from hub.text.markup import text_of

PAGES = Path(__file__).with_name("data") / "pages"
#: News tried in each template.
TEXTS = 3
SITE = "Desa Taan"
_WORD = re.compile(r"\w+")
_ZONE = ZoneInfo("Asia/Makassar")
_MENU = ("Beranda", "Profil Desa", "Pemerintahan", "Lembaga", "Berita", "Galeri", "Produk Hukum", "Kontak")
_COMMENTS = (
    "Terima kasih informasinya, semoga desa kita semakin maju dan warganya sejahtera.",
    "Kapan jadwal berikutnya untuk dusun kami? Mohon diumumkan lebih awal supaya semua bisa hadir.",
    "Mantap, lanjutkan pak kades!",
)


@dataclass(frozen=True, slots=True)
class News:
    title: str
    paragraphs: tuple[str, ...]
    published: str


@dataclass(frozen=True, slots=True)
class Score:
    """Of one template, over its texts."""

    template: str
    f1: float


def read_news(corpus: Path) -> list[News]:
    """News of ordinary length, in the corpus's order."""
    found = []
    for line in corpus.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        paragraphs = tuple(part.strip() for part in str(row.get("text") or "").split("\n\n") if part.strip())
        if 5 <= len(paragraphs) <= 20:
            found.append(News(str(row["title"]).capitalize(), paragraphs, str(row["published"])))
    return found


def scores(corpus: Path) -> Iterator[Score]:
    """Every template's, in the order of their names."""
    news = read_news(corpus)
    for number, path in enumerate(sorted(PAGES.glob("*.html"))):
        template = path.read_text("utf-8")
        values = []
        for turn in range(TEXTS):
            at = (number * 7 + turn * 101) % (len(news) - 6)
            page = filled(template, news[at], news[at + 1 : at + 5])
            article = read_article(page, url="https://taan.desa.id/berita/1", zone=_ZONE)
            values.append(f1(text_of(article.html), " ".join(news[at].paragraphs)))
        yield Score(path.stem, statistics.mean(values))


def f1(found: str, wanted: str) -> float:
    """Over words as a bag: order does not count, how often does."""
    ours, theirs = Counter(_WORD.findall(found.lower())), Counter(_WORD.findall(wanted.lower()))
    common = (ours & theirs).total()
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


# -- pages ------------------------------------------------------------------------------------------


def filled(template: str, news: News, others: Sequence[News]) -> str:
    parts = {**_around(others), **_texts(news.paragraphs)}
    parts |= {"title": escape(news.title), "site": SITE, "date": news.published[:10], "iso": news.published}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _texts(paragraphs: Sequence[str]) -> Mapping[str, str]:
    """The same text as editors of different platforms write it."""
    safe = [escape(each, quote=False) for each in paragraphs]
    middle = len(safe) // 2
    figure = '<figure><img src="/foto.jpg" alt="Foto kegiatan"></figure>'
    listed = "".join(f"<li>{each}</li>" for each in safe[middle : middle + 2])
    mixed = [f"<p>{each}</p>" for each in safe[:middle]] + [f"{figure}<ul>{listed}</ul>"]
    mixed += [f"<blockquote>{each}</blockquote>" for each in safe[middle + 2 : middle + 3]]
    mixed += [f"<p>{each}</p>" for each in safe[middle + 3 :]]
    return {
        "p": "".join(f"<p>{each}</p>" for each in safe),
        "br": "<br><br>".join(safe),
        "div": "".join(f"<div>{each}</div><div><br></div>" for each in safe),
        "spans": "".join(f'<p class="x"><span><span>{each}</span></span></p>' for each in safe),
        "mixed": "".join(mixed),
    }


def _around(others: Sequence[News]) -> Mapping[str, str]:
    """What is not the article, with the beginnings of other news among it."""
    links = "".join(f'<li><a href="/{at}">{escape(each.title)}</a></li>' for at, each in enumerate(others))
    teasers = "".join(
        f'<div class="item"><h4><a href="/{at}">{escape(each.title)}</a></h4>'
        f"<p>{escape(each.paragraphs[0][:140])}...</p></div>"
        for at, each in enumerate(others[:3])
    )
    menu = "".join(f'<li><a href="/{at}">{each}</a></li>' for at, each in enumerate(_MENU))
    return {
        "nav": f"<ul>{menu}</ul>",
        "list": f"<ul>{links}</ul>",
        "related": teasers,
        "comments": "".join(f'<div class="comment"><b>Warga</b><p>{each}</p></div>' for each in _COMMENTS),
        "commentrows": "".join(f"<tr><td><b>Warga</b><br>{each}</td></tr>" for each in _COMMENTS),
        "side": '<div class="widget"><h3>Jam kerja</h3><table><tr><td>Senin</td><td>08.00 - 16.00</td></tr>'
        "<tr><td>Selasa</td><td>08.00 - 16.00</td></tr></table><p>Pengunjung hari ini: 17</p></div>",
        "footer": "<p>Hak cipta 2026 Pemerintah Desa Taan, Kecamatan Kalukku, Kabupaten Mamuju. "
        "Telepon 0426-000000. Didukung oleh Diskominfo.</p>",
    }
