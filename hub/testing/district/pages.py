"""The HTML pages of the village sites: plain, readable, each platform with a face of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from hub.testing.district.texts import WITA, Item, long_date, plain_text

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours and type of a platform's usual design; ``layout`` is ``list``, ``cards`` or ``plain``."""

    accent: str
    paper: str
    font: str
    layout: str
    foot: str


_SERIF, _SANS = "Georgia, 'Noto Serif', serif", "system-ui, 'Noto Sans', sans-serif"

THEMES = {
    "wordpress": Theme("#1f5f8b", "#ffffff", _SERIF, "list", "Dibangun dengan bangga bertenaga WordPress"),
    "rss": Theme("#7a4a12", "#fffdf7", _SANS, "cards", "Dikelola sendiri oleh pemuda desa"),
    "atom": Theme("#2f6b3a", "#fbfdf9", _SANS, "plain", "Situs statis, ringan untuk sinyal lemah"),
    "jsonfeed": Theme("#4b3f8f", "#fcfbff", _SANS, "cards", "Terbit dari berkas teks"),
    "opensid": Theme("#0c7a4b", "#f4f8f5", _SANS, "list", "Sistem Informasi Desa (OpenSID)"),
    "blogger": Theme("#c2571a", "#fffaf4", _SERIF, "list", "Diberdayakan oleh Blogger"),
    "html": Theme("#444444", "#fffef9", _SERIF, "plain", "Ditulis tangan"),
}


@cache
def _css() -> str:
    return (files("hub.testing") / "data" / "district" / "site.css").read_text("utf-8")


def home(site: VillageSite) -> str:
    """The newest items."""
    theme = THEMES[site.platform]
    posts = "\n".join(_teaser(site, item, theme) for item in site.items[:12])
    return _page(site, site.name, f'{_hub_news(site)}<div class="{theme.layout}">\n{posts}\n</div>')


def article(site: VillageSite, item: Item) -> str:
    """One item in full."""
    kind = site.platform_kind
    body = _without_shortcodes(kind.html(site, item))
    if item.written is not None:
        body = f'<div class="written">{_uploaded_picture(site, item, body)}{body}</div>'
    elif item.picture is not None and f"/{item.picture.scene}-" not in body:
        src, alt = kind.picture_url(site, item.picture), escape(item.picture.alt)
        caption = f"<figcaption>{escape(item.picture.caption)}</figcaption>"
        body = f'<figure><img src="{src}" alt="{alt}">{caption}</figure>\n{body}'
    topics = ", ".join(map(escape, item.topics))
    inner = (
        f'<article><p class="kick">{escape(item.kicker)}</p><h1>{escape(item.title)}</h1>\n'
        f'<p class="meta">{_when(item)} · {escape(item.author)}</p>\n{body}\n'
        f'<p class="meta">Topik: {topics}</p></article>\n'
        f'<p><a href="/">Berita lain dari {escape(site.village.title)}</a></p>'
    )
    return _page(site, f"{item.title} - {site.name}", inner, item)


def problem(site: VillageSite, words: str) -> str:
    """An error page in the site's own design."""
    inner = f'<h1>{escape(words)}</h1><p>Kembali ke <a href="/">halaman depan</a>.</p>'
    return _page(site, words, inner)


def notice(site: VillageSite, title: str, inner: str) -> str:
    """A page of the site's inside."""
    return _frame(site, f"{title} - {site.name}", "", f"<h1>{escape(title)}</h1>\n{inner}")


def moved(site: VillageSite) -> str:
    """What stands at the address that a site has left."""
    new = escape(site.base)
    inner = (
        f"<h1>{escape(site.name)} sudah pindah alamat</h1>"
        f"<p>Sejak bulan ini kabar {escape(site.village.title)} "
        f'terbit di <a href="{new}">{new}</a>. Mohon perbarui tautan di telepon Anda.</p>'
    )
    title = escape(site.name)
    feed = f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{site.feed_url}">'
    return _frame(site, f"{site.name} pindah alamat", feed, inner)


def database_error() -> str:
    """What a village site shows, with status 200, when its hosting has run out."""
    return (
        '<!DOCTYPE html>\n<html lang="id">\n'
        '<head><meta charset="utf-8"><title>Galat basis data</title></head>\n'
        "<body><h1>Galat saat menghubungi basis data</h1>\n"
        "<p>Situs ini sedang mengalami gangguan. Hubungi penyedia hosting Anda.</p></body></html>\n"
    )


def _hub_news(site: VillageSite) -> str:
    """The box with the district's announcements, where the site has one."""
    if site.widget is None or not site.widget.entries:
        return ""
    rows = "\n".join(
        f'<li><a href="{escape(entry.link)}">{escape(plain_text(entry.title))}</a> '
        f'<span class="meta">{long_date(entry.published) if entry.published else ""}</span></li>'
        for entry in site.widget.entries
        if entry.link.startswith(("http://", "https://"))
    )
    return f'<aside class="hub"><h2>Pengumuman Kabupaten</h2>\n<ul>{rows}</ul></aside>\n'


def _uploaded_picture(site: VillageSite, item: Item, body: str) -> str:
    """The featured picture above the text, unless the text shows it already."""
    src = site.platform_kind.image_url(site, item)
    if not src or src.rpartition("/")[2] in body:
        return ""
    return f'<figure><img src="{escape(src)}" alt=""></figure>\n'


def _teaser(site: VillageSite, item: Item, theme: Theme) -> str:
    picture = ""
    src = site.platform_kind.image_url(site, item)
    if src and theme.layout != "plain":
        picture = f'<img src="{src}" alt="" width="1000" height="625" loading="lazy">'
    lead = item.lead if len(item.lead) < 230 else item.lead[:220].rpartition(" ")[0] + " …"
    return (
        f'<section class="post{" pic" if picture else ""}">{picture}<div><p class="meta">{_when(item)}</p>'
        f'<h2><a href="{escape(site.link(item))}">{escape(item.title)}</a></h2>'
        f"<p>{escape(lead)}</p></div></section>"
    )


def _when(item: Item) -> str:
    return f"{long_date(item.published)}, {item.published.astimezone(WITA):%H.%M} WITA"


def _without_shortcodes(html: str) -> str:
    """WordPress itself turns its shortcodes into figures; only feeds and REST leak them."""
    if "[caption" not in html:
        return html
    head, *rest = html.split("[caption ")
    return head + "".join(
        "<figure>" + part.partition("]")[2].replace("[/caption]", "</figure>", 1) for part in rest
    )


def _page(site: VillageSite, title: str, inner: str, item: Item | None = None) -> str:
    return _frame(site, title, site.platform_kind.head(site, item), inner)


def _frame(site: VillageSite, title: str, head: str, inner: str) -> str:
    theme, village = THEMES[site.platform], site.village
    generator = site.platform_kind.generator
    meta = f'<meta name="generator" content="{generator}">\n' if generator else ""
    colours = f":root {{ --accent: {theme.accent}; --paper: {theme.paper}; --font: {theme.font} }}"
    switch = (
        '<form method="post" action="/peraga/terbit"><button>Terbitkan satu berita baru</button></form>'
        if site.on_publish is not None
        else ""
    )
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
{meta}{head}
<style>{colours}
{_css()}</style>
</head>
<body>
<header><div class="in"><a href="/"><b>{escape(site.name)}</b>
Kecamatan {escape(village.kecamatan)}, Kabupaten Mamuju</a></div></header>
<main class="in">
{inner}
</main>
<footer><div class="in"><p>{theme.foot}. Situs peraga: isi dan orangnya rekaan.</p>{switch}</div></footer>
</body>
</html>
"""
