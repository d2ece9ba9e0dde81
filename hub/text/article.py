"""The article of a page: its text without what stands around it, and what its head says of it.

The text is looked for by trafilatura, by the marks of themes, by density, and in JSON-LD. An element whose
text agrees with what trafilatura found is taken whole, since it still has the pictures and lists that an
extraction by statistics loses, and none of the neighbours' teasers that it takes along.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from functools import partial
from html import escape
from typing import Any, Final
from urllib.parse import urljoin

import trafilatura
from selectolax.lexbor import LexborHTMLParser, LexborNode

from hub.model import Article, Image, leaves_out
from hub.text.dates import parse_date
from hub.text.markup import emptied, is_wild, names, text_of, truncated, without_fatal

#: Extraction is no cheaper than parsing; what of a page lies beyond this is not looked at.
MAX_PAGE: Final = 2 * 2**20
#: Elements that hold the text of one article and nothing else, by microdata and by the class names of
#: WordPress, Blogger, Joomla, Drupal, OpenSID and those who imitate them.
MARKED: Final = (
    '[itemprop="articleBody"]', ".entry-content", ".post-body", ".wp-block-post-content",
    ".article-content", ".article-body", ".article__body", ".post-content", ".single-content",
    ".td-post-content", ".com-content-article__body", ".item-page .articleBody", ".field--name-body",
    ".isi-artikel", ".isi_artikel", ".isi-berita", ".isi_berita", ".artikel-isi", ".detail-berita",
    ".konten-berita", ".konten-artikel", ".post__content", ".news-content", ".detail-content",
    ".content-detail", ".blog-content", ".entry__content", ".story-body", "article .content",
)  # fmt: skip
#: Elements that paragraphs are made of, and those that hold paragraphs. Text in links is of neither.
_RUNNING: Final = names(
    "p span b strong i em u font small mark sup sub blockquote ul ol li h2 h3 h4 h5 pre center figure "
    "figcaption"
)
_BLOCKS: Final = names("div section article main td body")
#: What stands inside an article's element and is none of its text.
REMOVED: Final = (
    "script, style, noscript, template, form, nav, aside, footer, button, iframe[src*='plugins/like'],"
    "ins.adsbygoogle, .sharedaddy, .jp-relatedposts, .addtoany_share_save_container, .share, .sharing,"
    ".social-share, .share-buttons, .post-share, .related, .related-posts, .related-post, .relatedposts,"
    ".yarpp, .baca-juga, .bacajuga, .post-tags, .tags, .tag-links, .post-meta, .entry-meta, .breadcrumb,"
    ".breadcrumbs, .comments, #comments, .comment-respond, .author-box, .post-navigation, .wp-block-buttons,"
    ".screen-reader-text, .pagination, .fb-comments, .rating, .kk-star-ratings"
)
_BREAK: Final = re.compile(r"\n{2,}|\n")
_WORD: Final = re.compile(r"\w+")
_LD_TYPES: Final = ("article", "newsarticle", "blogposting", "reportagenewsarticle")
#: Fewer words are a caption, no article.
_FEW: Final = 4
#: What is extracted of a page with fewer words may as well be its menu.
_SURE: Final = 20

log = logging.getLogger(__name__)
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without text is no fault to log


def read_article(page: str, *, url: str, zone: tzinfo) -> Article:
    """The article of ``page``.

    Args:
        url: the page's address; addresses in the text are made absolute later, by the sanitiser.
        zone: of dates that state none.

    A page past the published limits (nesting, attributes, size) gives its head only. Never raises.
    """
    page = without_fatal(truncated(page, MAX_PAGE))
    head = LexborHTMLParser(page)
    described = _Head(head, url, zone)
    shape = emptied(page)
    body = "" if is_wild(shape) else _body(shape, described)
    return Article(
        title=described.title(),
        html=body,
        summary=described.first("og:description", "description", "twitter:description"),
        author=described.author(),
        published=described.published(),
        updated=described.when("dateModified", "article:modified_time", "og:updated_time"),
        images=described.images(),
        topics=described.topics(),
        url=described.canonical(),
        language=described.language(),
        noindex=described.noindex(),
        kind=described.first("og:type").lower(),
    )


# -- the text ---------------------------------------------------------------------------------------


def _body(page: str, described: _Head) -> str:
    marked = _marked(page)
    found = _extracted(page)
    if marked and (_words(found) < _SURE or _agree(marked, found)):
        return marked
    if found and _agree(dense := _densest(page), found):
        return dense
    if found and _words(found) >= _FEW:
        return found
    stated = str(described.linked.get("articleBody") or "")
    paragraphs = (part.strip() for part in _BREAK.split(text_of(stated)))
    return marked or "".join(f"<p>{escape(each)}</p>" for each in paragraphs if each)


def _marked(page: str) -> str:
    """The inner HTML of the element that is marked as the text; empty where none or several are."""
    tree = LexborHTMLParser(page)
    for selector in MARKED:
        nodes = [node for node in tree.css(selector) if node.text(strip=True)]
        if len(nodes) == 1:
            return _cleaned(nodes[0])
    return ""


def _densest(page: str) -> str:
    """The inner HTML of the block with the most running text of its own, links not counted: paragraphs
    of one article are neighbours, those of other articles stand in blocks of theirs."""
    tree = LexborHTMLParser(page)
    words: Counter[int] = Counter()
    blocks: dict[int, LexborNode] = {}
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        if node.tag != "-text" or not (text := node.text()).strip():
            continue
        block = node.parent
        while block is not None and block.tag in _RUNNING:
            block = block.parent
        if block is not None and block.tag in _BLOCKS:
            blocks[block.mem_id] = block
            words[block.mem_id] += len(text.split())
    if not words:
        return ""
    block = blocks[words.most_common(1)[0][0]]
    for menu in block.css("ul, ol, table"):
        links = sum(len(link.text().split()) for link in menu.css("a"))
        if menu.mem_id != block.mem_id and links * 10 >= 7 * len(menu.text().split()):
            menu.decompose()
    return _cleaned(block)


def _cleaned(node: LexborNode) -> str:
    for unwanted in node.css(REMOVED):
        if unwanted.mem_id != node.mem_id:
            unwanted.decompose()
    return (node.inner_html or "").strip()


def _extracted(page: str) -> str:
    """By trafilatura, which is given the text and never an address to fetch."""
    extract = partial(trafilatura.extract, page, output_format="html", include_comments=False)
    try:
        found = extract(include_links=True, include_images=True, include_formatting=True, include_tables=True)
    except Exception:  # whatever a strange page does to it, the page's head is still worth having
        log.info("no text extracted", exc_info=True)
        return ""
    body = LexborHTMLParser(found or "").body
    return ((body.inner_html if body else "") or "").strip()


def _agree(marked: str, found: str) -> bool:
    """Whether most of what was extracted stands in the marked element. An element that lacks it holds
    a teaser or a list of other articles."""
    ours, theirs = set(_WORD.findall(text_of(marked))), _WORD.findall(text_of(found))
    return not theirs or sum(word in ours for word in theirs) * 10 >= len(theirs) * 7


def _words(html: str) -> int:
    return len(_WORD.findall(text_of(html)))


# -- the head ---------------------------------------------------------------------------------------


class _Head:
    """JSON-LD, Open Graph, plain ``meta`` and, last, the visible marks of a page."""

    def __init__(self, tree: LexborHTMLParser, url: str, zone: tzinfo) -> None:
        self.tree, self.url, self.zone = tree, url, zone
        self.meta = _metas(tree)
        self.linked = _linked_data(tree)

    def first(self, *names: str) -> str:
        return next((self.meta[name][0] for name in names if name in self.meta), "")

    def title(self) -> str:
        stated = str(self.linked.get("headline") or "") or self.first("og:title", "twitter:title")
        heads = self.tree.css("h1")
        visible = " ".join(heads[0].text().split()) if len(heads) == 1 else ""
        # themes put the site's name behind the title, and some give every page the site's own
        if visible and (not stated or visible in stated or self.first("og:site_name") == stated):
            return visible
        node = self.tree.css_first("title")
        return stated or visible or (" ".join(node.text().split()) if node else "")

    def author(self) -> str:
        author = self.linked.get("author")
        author = author[0] if isinstance(author, list) and author else author
        name = author.get("name") if isinstance(author, dict) else author
        if isinstance(name, str) and name:
            return name
        visible = self.tree.css_first('[rel~="author"], [itemprop="author"], .author, .penulis')
        stated = self.first("author", "article:author")
        if stated and not stated.startswith("http"):
            return stated
        return " ".join(visible.text().split())[:120] if visible else ""

    def published(self) -> datetime | None:
        stated = self.when("datePublished", "article:published_time", "date", "dc.date", "pubdate")
        return stated or self._visible_date()

    def when(self, linked: str, *names: str) -> datetime | None:
        values = [str(self.linked.get(linked) or ""), *(self.first(name) for name in names)]
        moments = (parse_date(value, zone=self.zone) for value in values if value)
        return next((moment for moment in moments if moment), None)

    def _visible_date(self) -> datetime | None:
        for node in self.tree.css('time[datetime], [itemprop="datePublished"]')[:20]:
            given = node.attributes.get("datetime") or node.attributes.get("content") or node.text()
            if moment := parse_date(given, zone=self.zone):
                return moment
        for node in self.tree.css(".published, .date, .tanggal, .entry-date, .post-date, .meta")[:20]:
            if moment := parse_date(" ".join(node.text(separator=" ").split()), zone=self.zone):
                return moment
        return None

    def images(self) -> tuple[Image, ...]:
        image = self.linked.get("image")
        image = image[0] if isinstance(image, list) and image else image
        stated = image.get("url") if isinstance(image, dict) else image
        chosen = stated if isinstance(stated, str) and stated else self.first("og:image", "twitter:image")
        return (Image(urljoin(self.url, chosen), self.first("og:image:alt")),) if chosen else ()

    def topics(self) -> tuple[str, ...]:
        stated = [*self.meta.get("article:tag", ()), *self.meta.get("article:section", ())]
        visible = [
            " ".join(node.text().split()) for node in self.tree.css('a[rel~="tag"], a[rel~="category"]')
        ]
        return tuple(dict.fromkeys(each for each in (*stated, *visible) if each))[:20]

    def canonical(self) -> str:
        node = self.tree.css_first('link[rel~="canonical"][href]')
        given = (node.attributes.get("href") or "") if node else self.first("og:url")
        return urljoin(self.url, given) if given else ""

    def language(self) -> str:
        root = self.tree.css_first("html")
        return (root.attributes.get("lang") or "").strip() if root else ""

    def noindex(self) -> bool:
        rules = [*self.meta.get("robots", ()), *self.meta.get("googlebot", ())]
        return any(map(leaves_out, rules))


def _metas(tree: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.css("meta[content]")[:200]:
        name = node.attributes.get("property") or node.attributes.get("name") or ""
        content = " ".join((node.attributes.get("content") or "").split())
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _linked_data(tree: LexborHTMLParser) -> Mapping[str, Any]:
    """The first article among the page's JSON-LD; empty where none can be read."""
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        try:
            document = json.loads(node.text())
        except (ValueError, RecursionError):
            continue
        for each in _objects(document):
            kinds = each.get("@type")
            names = kinds if isinstance(kinds, list) else [kinds]
            if any(str(name).lower() in _LD_TYPES for name in names):
                return each
    return {}


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    pending, seen = [document], 0
    while pending and seen < 200:
        seen += 1
        each = pending.pop(0)
        if isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, dict):
            yield each
            pending.append(each.get("@graph"))
