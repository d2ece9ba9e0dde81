"""The articles of the sample district: own writing, kept as text files and told locally per village.

A file in ``hub/testing/data/district`` holds articles one after the other::

    === A title | another title for a second village
    kicker: Kesehatan
    topics: Kesehatan, Posyandu
    where: pesisir nelayan
    picture: posyandu; alternative text; caption

    A paragraph with **weight**, *stress* and a [link](https://example.id/). ``## `` begins a heading,
    ``- `` and ``1. `` lists, ``> `` a quotation, ``| `` a table whose first row is its head, and
    ``![scene; alt; caption]`` stands for a picture.

Further head lines: ``release: 4`` (a press release that four villages publish, each under another title)
and ``live: yes`` (kept back for publishing while the district runs). In the text ``{desa}``, ``{dusun1}``,
``{tgl-1}`` and the like become the village's own, see :func:`localise`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from html import escape, unescape
from importlib.resources import files
from typing import Literal

from hub.testing.district.villages import Village

WITA = timezone(timedelta(hours=8), "WITA")
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """A scene of :mod:`hub.testing.district.pictures` in one of its palettes."""

    scene: str
    variant: int = 0
    alt: str = ""
    caption: str = ""


BlockKind = Literal["p", "h3", "ul", "ol", "quote", "table", "picture"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph-sized part: ``lines`` are list items, table rows, or one line of text."""

    kind: BlockKind
    lines: tuple[str, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article as written, before a village tells it."""

    titles: tuple[str, ...]
    kicker: str
    topics: tuple[str, ...]
    blocks: tuple[Block, ...]
    picture: Picture | None = None
    where: frozenset[str] = frozenset()
    release: int = 0
    live: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A post as somebody wrote it through a site's API: ``title``, ``content`` and ``excerpt`` as sent,
    ``media`` the number of its featured picture (0: none)."""

    title: str
    content: str
    excerpt: str = ""
    status: str = "publish"
    media: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An article as one site published it; times are aware. Where it was ``written`` through the site's
    API, that text stands in place of ``blocks``."""

    id: int
    title: str
    slug: str
    kicker: str
    topics: tuple[str, ...]
    author: str
    blocks: tuple[Block, ...]
    picture: Picture | None
    published: datetime
    modified: datetime
    written: Written | None = None

    @property
    def lead(self) -> str:
        """The first paragraph as plain text."""
        if self.written is not None:
            return first_paragraph(self.written.excerpt or self.written.content) or self.title
        return next((plain(block.lines[0]) for block in self.blocks if block.kind == "p"), self.title)


@cache
def articles() -> tuple[Article, ...]:
    """All articles, in the order of the files."""
    folder = files("hub.testing") / "data" / "district"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".txt"))
    return tuple(article for name in names for article in parse((folder / name).read_text("utf-8")))


def parse(text: str) -> Iterator[Article]:
    """The articles of one file.

    Raises:
        ValueError: an article without topics or text.
    """
    for part in re.split(r"^=== ", text, flags=re.M)[1:]:
        head, _, body = part.partition("\n\n")
        titles, *lines = head.split("\n")
        fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = re.sub(r"^(## .*)\n", r"\1\n\n", body, flags=re.M)
        blocks = tuple(_block(each) for each in re.split(r"\n{2,}", body.strip()))
        if not fields.get("topics") or not body.strip():
            raise ValueError(f"article without topics or text: {titles}")
        yield Article(
            titles=tuple(title.strip() for title in titles.split("|")),
            kicker=fields.get("kicker", ""),
            topics=tuple(topic.strip() for topic in fields["topics"].split(",")),
            blocks=blocks,
            picture=_picture(fields["picture"]) if "picture" in fields else None,
            where=frozenset(fields.get("where", "").split()),
            release=int(fields.get("release", "0")),
            live=fields.get("live") == "yes",
        )


def _block(text: str) -> Block:
    lines = tuple(text.split("\n"))
    if text.startswith("## "):
        return Block("h3", (text[3:],))
    if text.startswith("!["):
        return Block("picture", picture=_picture(text[2:].rstrip("]")))
    for kind, mark in _MARKS:
        if re.match(mark, text):
            return Block(kind, tuple(re.sub(mark, "", line) for line in lines))
    return Block("p", (" ".join(lines),))


_MARKS: tuple[tuple[BlockKind, str], ...] = (
    ("ul", r"- "),
    ("ol", r"\d+\. "),
    ("quote", r"> "),
    ("table", r"\| "),
)


def _picture(text: str) -> Picture:
    scene, alt, caption = (part.strip() for part in (text + ";;").split(";")[:3])
    return Picture(scene, 0, alt, caption)


def first_paragraph(html: str) -> str:
    """The first paragraph of some HTML as plain text; all of its text where it has none."""
    html = re.sub(r"<!--.*?-->", "", html, flags=re.S)
    found = re.search(r"<p\b[^>]*>(.+?)</p>", html, re.S | re.I)
    return plain_text(found[1] if found else html)


def plain_text(html: str) -> str:
    """HTML without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def slugify(title: str) -> str:
    """Lower-case letters, digits and hyphens, as WordPress makes them (apostrophes vanish)."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower().replace("'", "")).strip("-")[:70].rstrip("-")


def long_date(moment: datetime) -> str:
    """ "Selasa, 24 November 2026" in Mamuju."""
    local = moment.astimezone(WITA)
    return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}"


def press_date(moment: datetime) -> str:
    """ "Selasa (24/11/2026)", as Indonesian news writes it."""
    local = moment.astimezone(WITA)
    return f"{DAYS[local.weekday()]} ({local:%d/%m/%Y})"


def localise(text: str, village: Village, when: datetime) -> str:
    """Fill in the village's own: ``{desa} {nama} {kec} {kim} {kades} {jabatan} {kantor} {warga}``,
    ``{dusun1}``-``{dusun3}``, and dates ``{tgl}`` and ``{hari}`` with an offset in days (``{tgl-1}``)."""
    hamlet = "Lingkungan" if village.urban else "Dusun"
    words = {
        "desa": village.title,
        "nama": village.name,
        "kec": f"Kecamatan {village.kecamatan}",
        "kim": village.kim,
        "kades": village.head,
        "jabatan": f"Lurah {village.name}" if village.urban else f"Kepala Desa {village.name}",
        "kantor": "Kantor Lurah" if village.urban else "Kantor Desa",
        "sebutan": "kelurahan" if village.urban else "desa",
        **{f"dusun{n}": f"{hamlet} {name}" for n, name in enumerate(village.hamlets, 1)},
    }

    def fill(match: re.Match[str]) -> str:
        name, offset = match["name"], int(match["offset"] or 0)
        if name in ("tgl", "hari"):
            day = when + timedelta(days=offset)
            return press_date(day) if name == "tgl" else long_date(day)
        return words[name]

    return re.sub(r"\{(?P<name>\w+?)(?P<offset>[+-]\d+)?\}", fill, text)


def tell(article: Article, village: Village, when: datetime, *, number: int, turn: int = 0) -> Item:
    """``article`` as ``village`` publishes it at ``when``; ``turn`` picks among its titles."""

    def here(text: str) -> str:
        return localise(text, village, when)

    def shown(picture: Picture | None, variant: int) -> Picture | None:
        if picture is None:
            return None
        light = (variant + sum(map(ord, village.name))) % 4  # two villages seldom show the same picture
        return Picture(picture.scene, light, here(picture.alt), here(picture.caption))

    title = here(article.titles[turn % len(article.titles)])
    blocks = tuple(
        replace(block, lines=tuple(map(here, block.lines)), picture=shown(block.picture, number + at))
        for at, block in enumerate(article.blocks)
    )
    return Item(
        id=number,
        title=title,
        slug=slugify(title),
        kicker=article.kicker,
        topics=article.topics,
        author=village.authors[number % len(village.authors)],
        blocks=blocks,
        picture=shown(article.picture, number),
        published=when,
        modified=when,
    )


_STRONG, _STRESS = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"\*(.+?)\*")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")


def inline(text: str) -> str:
    """One line of text as HTML."""
    text = escape(text, quote=False)
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    return _LINK.sub(r'<a href="\2">\1</a>', _STRESS.sub(r"<em>\1</em>", text))


def plain(text: str) -> str:
    """One line of text without its marks."""
    return _LINK.sub(r"\1", _STRESS.sub(r"\1", _STRONG.sub(r"\1", text)))


def to_html(blocks: tuple[Block, ...], figure: Callable[[Picture], str]) -> str:
    """The body as HTML; ``figure`` makes a platform's markup for a picture."""
    return "\n\n".join(_html(block, figure) for block in blocks)


def _html(block: Block, figure: Callable[[Picture], str]) -> str:
    if block.picture is not None:
        return figure(block.picture)
    if block.kind in ("ul", "ol"):
        inner = "".join(f"<li>{inline(line)}</li>\n" for line in block.lines)
        return f"<{block.kind}>\n{inner}</{block.kind}>"
    if block.kind == "quote":
        return f"<blockquote><p>{inline(' '.join(block.lines))}</p></blockquote>"
    if block.kind == "table":
        return _table(block.lines)
    return f"<{block.kind}>{inline(block.lines[0])}</{block.kind}>"


def _table(lines: tuple[str, ...]) -> str:
    head, *rows = ([cell.strip() for cell in line.strip(" |").split("|")] for line in lines)
    top = "".join(f"<th>{inline(cell)}</th>" for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{rest}</tbody>\n</table>"
