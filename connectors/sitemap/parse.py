"""Sitemaps (sitemaps.org 0.9, and Google's news extension) into addresses; which of them are news."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from hub.spec import ParseError

#: sitemaps.org allows 50 MB and 50,000 addresses; a village's has hundreds.
MAX_BYTES: Final = 20 * 2**20
MAX_PLACES: Final = 20_000
_FILE_WORDS: Final = (
    "category categories kategori tag tags author authors user users page pages taxonomies taxonomy product "
    "products video videos image images label labels attachment media gallery elementor"
)
#: Words in a file's name that say it lists no news.
_NO_NEWS_FILES: Final = frozenset(_FILE_WORDS.split())
_FOLDER_WORDS: Final = (
    "category categories kategori kat tag tags label labels topik author authors penulis user page pages "
    "halaman search cari feed rss wp-content wp-json wp-admin wp-login.php archive archives arsip gallery "
    "galeri foto video videos kontak contact hubungi tentang about about-us profil profile login register "
    "daftar cart checkout shop produk product products layanan download unduh unduhan peta agenda "
    "statistik amp"
)
#: Folders that hold lists, functions or pages that stay: no articles.
_NO_ARTICLES: Final = frozenset(_FOLDER_WORDS.split())
_FILES: Final = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|docx?|xlsx?|pptx?|zip|rar|mp[34]|xml|css|js)$", re.I
)
_BLOGGER_PAGE: Final = re.compile(r"^/p/[^/]+\.html$")


@dataclass(frozen=True, slots=True)
class Place:
    """One address of a sitemap. ``changed`` is ``lastmod`` as it stands; title and date are the news
    extension's."""

    url: str
    changed: str = ""
    title: str = ""
    published: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sitemap:
    """An index lists further sitemaps, in ``places``; otherwise those are pages."""

    is_index: bool
    places: tuple[Place, ...]


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """Raises ParseError: no sitemap, or one that unpacks to more than can be a village's."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(_unpacked(body), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    name = _name(root) if root is not None else ""
    if root is None or name not in ("urlset", "sitemapindex"):
        raise ParseError("not_a_feed", f"no sitemap at {url}"[:300])
    places = tuple(_places(root, "url" if name == "urlset" else "sitemap", url))
    return Sitemap(name == "sitemapindex", places)


def _unpacked(body: bytes) -> bytes:
    """Sitemaps may be files of gzip (sitemaps.org), whatever the headers say."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    reader = zlib.decompressobj(wbits=31)
    try:
        text = reader.decompress(body, MAX_BYTES)
    except zlib.error:
        return b""
    if reader.unconsumed_tail:
        raise ParseError("too_large", f"the sitemap unpacks to more than {MAX_BYTES} bytes")
    return text


def _places(root: etree._Element, name: str, url: str) -> Iterator[Place]:
    seen: set[str] = set()
    for element in root[:MAX_PLACES]:
        if _name(element) != name:
            continue
        facts = {_name(each): (each.text or "").strip() for each in element.iter() if _name(each)}
        address = _joined(url, facts.get("loc", ""))
        if address and address not in seen:
            seen.add(address)
            words = (part.strip() for part in facts.get("keywords", "").split(","))
            yield Place(
                address,
                facts.get("lastmod", ""),
                facts.get("title", ""),
                facts.get("publication_date", ""),
                tuple(word for word in words if word),
            )


def _name(element: etree._Element) -> str:
    """Without its namespace; comments have none."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _joined(base: str, link: str) -> str:
    """Absolute, without fragment, on the sitemap's own host; empty otherwise (sitemaps.org, location)."""
    try:
        address = urljoin(base, link).partition("#")[0]
        return address if link and bare_host(address) == bare_host(base) else ""
    except ValueError:
        return ""


def bare_host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


# -- choice -----------------------------------------------------------------------------------------


def lists_news(sitemap: str) -> bool:
    """Whether a sitemap of an index may list articles, by its file's name."""
    words = re.split(r"[^a-z]+", urlsplit(sitemap).path.rpartition("/")[2].lower())
    return not _NO_NEWS_FILES.intersection(words)


def is_article(url: str, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> bool:
    """Whether an address may be an article's: no front page, list, function or file. With ``include``
    only addresses that hold one of these texts, never those that hold one of ``exclude``."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if any(each in url for each in exclude) or (include and not any(each in url for each in include)):
        return False
    if path.strip("/") == "" and not parts.query:
        return False
    if _FILES.search(path) or _BLOGGER_PAGE.match(path):
        return False
    folders = [part.lower() for part in path.split("/") if part]
    return bool(include) or not _NO_ARTICLES.intersection(folders)


def newest_first(places: Sequence[Place]) -> list[Place]:
    """By ``lastmod`` or the news date; those without any after them, in their order."""
    dated = sorted((each for each in places if each.changed or each.published), key=_when, reverse=True)
    return [*dated, *(each for each in places if not (each.changed or each.published))]


def _when(place: Place) -> str:
    # W3C dates sort as text, but for zones: an hour's mistake in the order is harmless
    return place.changed or place.published
