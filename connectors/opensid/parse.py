"""What OpenSID's feed says, put right: identity, text escaped twice, and what only the page tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import Any, Final
from urllib.parse import unquote, urljoin

from selectolax.lexbor import LexborHTMLParser

from hub.spec import Article, Entry, ParsedFeed

#: ``/artikel/2026/8/5/slug`` since 2020, ``/first/artikel/12`` or ``/first/artikel/12-Judul`` before.
_ARTICLE: Final = re.compile(r"/artikel/(?:(\d{4})/(\d{1,2})/(\d{1,2})/)?([^/?#]+)", re.IGNORECASE)
#: ``&amp;nbsp;`` in text that is HTML already: the excerpt is escaped once more than the text.
_TWICE: Final = re.compile(r"&amp;(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
#: Dates on pages: ``05 Agustus 2026 09:14:00``.
_DATE: Final = re.compile(
    r"\b\d{1,2}\s+(?:jan|feb|peb|mar|apr|mei|jun|jul|agu|sep|okt|nov|nop|des)[a-z]*\.?\s+\d{4}"
    r"(?:\s+\d{1,2}[:.]\d\d(?:[:.]\d\d)?)?",
    re.IGNORECASE,
)
#: The element with an article's text in the themes that come with OpenSID and those made after them
#: (natra, esensi), the text alone before the text with its pictures.
_TEXTS: Final = (".single_page_content .teks", ".single_page_content", "article + .content", "#isi-artikel")
#: How far behind the title a date is the article's own.
_NEAR: Final = 400

Dates = Callable[[str], datetime | None]


def is_article(link: str) -> bool:
    return bool(_ARTICLE.search(link))


def entry_id(link: str) -> str:
    """The slug or number: the rest of the address is the date of upload, which changes with an edit."""
    found = _ARTICLE.search(link)
    return f"opensid:{unquote(found[4]).lower()}" if found else link


def from_feed(entry: Entry, feed: ParsedFeed) -> Entry:
    """An entry of the feed, put right."""
    village = re.sub(r"^desa\s+", "", unescape(feed.title).strip(), flags=re.IGNORECASE)
    summary = _TWICE.sub(r"&\1;", entry.summary).strip()
    if village and summary.startswith(f"{village}, "):  # releases before 2020 put it in front
        summary = summary[len(village) + 2 :].lstrip()
    own = entry_id(entry.link or entry.id)
    aliases = dict.fromkeys(each for each in (entry.id, *entry.aliases) if each and each != own)
    return replace(entry, id=own, summary=summary, aliases=tuple(aliases), language="id")


def from_archive(item: Mapping[str, Any], home: str) -> Entry | None:
    """An entry of the archive's list, without its text; None where there is no address."""
    facts = item.get("attributes")
    if not isinstance(facts, Mapping) or not isinstance(facts.get("url_slug"), str):
        return None
    link = urljoin(home, facts["url_slug"])
    author = facts.get("author")
    name = author.get("nama") if isinstance(author, Mapping) else ""
    return Entry(
        id=entry_id(link),
        link=link,
        title=str(facts.get("judul") or ""),
        author=str(name or ""),
        published_as_given=str(facts.get("tgl_upload_local") or facts.get("tgl_upload") or ""),
        language="id",
        base=link,
        aliases=(link,),
    )


def is_page_of(entry: Entry, page: str) -> bool:
    """Whether ``page`` shows this article, whole: not the notice of a broken database, nor half of it."""
    tree = LexborHTMLParser(page)
    text = _folded(tree.text()) if tree.root else ""
    return _folded(unescape(entry.title)) in text and "</html" in page[-4096:].lower()


def _folded(text: str) -> str:
    return "".join(text.split()).lower()


def with_page(entry: Entry, page: str, article: Article, dates: Dates) -> Entry:
    """``entry`` with what its page tells beside: the whole text, the date, the category, the picture.

    The page's own ``canonical`` and ``og:type`` are of no use: themes give every page the site's.
    """
    tree = LexborHTMLParser(page)
    text = next((found for css in _TEXTS if (found := _inner(tree, css))), "") or article.html
    published = (
        entry.published or dates(zoned(entry.published_as_given)) or _date_near(entry.title, tree, dates)
    )
    return replace(
        entry,
        html=text or entry.html,
        title=entry.title or article.title,
        published=published or article.published or _date_of(entry.link, dates),
        topics=entry.topics or _categories(tree),
        images=entry.images or article.images,
    )


def _inner(tree: LexborHTMLParser, css: str) -> str:
    nodes = tree.css(css)
    if len(nodes) != 1:
        return ""
    for unwanted in nodes[0].css("script, style, .fb-comments, .info-box, form"):
        unwanted.decompose()
    return (nodes[0].inner_html or "").strip() if nodes[0].text(strip=True) else ""


def _date_near(title: str, tree: LexborHTMLParser, dates: Dates) -> datetime | None:
    """The first date behind the article's title: those of other articles come later."""
    text = " ".join(tree.body.text(separator=" ").split()) if tree.body else ""
    wanted = " ".join(unescape(title).split())
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if found := _DATE.search(text, end, end + _NEAR):
            return dates(zoned(found[0]))
        start = text.find(wanted, end)
    return None


def zoned(date: str) -> str:
    """OpenSID's clock is Asia/Jakarta wherever the village is, unless its administrator changed that;
    pages do not say."""
    return date if not date or re.search(r"[A-Z]{3}$|[+-]\d\d:?\d\d$", date) else f"{date} WIB"


def _date_of(link: str, dates: Dates) -> datetime | None:
    found = _ARTICLE.search(link)
    return dates(f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}") if found and found[1] else None


def _categories(tree: LexborHTMLParser) -> tuple[str, ...]:
    """The article's category; menus link categories too, so only within it or its bread crumbs."""
    for node in tree.css(".breadcrumb a[href*='/kategori/'], .single_page_area a[href*='/kategori/']"):
        if name := " ".join(node.text().split()):
            return (name,)
    return ()
