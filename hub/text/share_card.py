"""The picture that a forwarded link is shown with when its page has none: the portal's name, the title set
large, whose news it is, the woven band."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from hub.model import Raster, ShareCard

#: What WhatsApp, Telegram and Facebook show whole.
WIDTH, HEIGHT = 1200, 630
_EDGE: Final = 72
_PAPER, _INK, _SOFT = "#fdfcf8", "#1c2422", "#4b5855"
_SEA, _SUN, _RED = "#0b5a5e", "#f2b632", "#a8322d"
#: Sizes of the title, tried in turn, with the lines that there is room for.
_TITLE: Final = ((104, 2), (86, 3), (74, 4), (62, 5), (54, 5))
_LEADING: Final = 1.14
_COLOURS: Final = 96
_ELLIPSIS: Final = "…"
_SUPERSAMPLED: Final = 4


def draw(card: ShareCard) -> Raster:
    """The card as PNG of 1200 x 630, under 60 KB."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(picture)
    name = _fitting(card.name, "Bold", 44, WIDTH - 2 * _EDGE)
    pen.text((_EDGE, 84), name, fill=_SEA, font=_font("Bold", 44), anchor="ls")
    _weave(picture, 112)
    top = 190
    if card.alarm:
        top = _alarm(pen, card.alarm.upper(), top)
    size, lines = _set(card.title, WIDTH - 2 * _EDGE, HEIGHT - 150 - top)
    for at, line in enumerate(lines):
        baseline = top + round(size * (0.78 + at * _LEADING))
        pen.text((_EDGE, baseline), line, fill=_INK, font=_font("Bold", size), anchor="ls")
    pen.rectangle((_EDGE, HEIGHT - 126, _EDGE + 96, HEIGHT - 121), fill=_SUN)
    date = _known(card.date)
    room = WIDTH - 2 * _EDGE - round(_font("Regular", 34).getlength(date)) - 48
    place = _fitting(card.place, "Semibold", 38, room)
    pen.text((_EDGE, HEIGHT - 64), place, fill=_SEA, font=_font("Semibold", 38), anchor="ls")
    pen.text((WIDTH - _EDGE, HEIGHT - 64), date, fill=_SOFT, font=_font("Regular", 34), anchor="rs")
    out = io.BytesIO()
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return Raster(out.getvalue(), WIDTH, HEIGHT)


def _alarm(pen: ImageDraw.ImageDraw, word: str, top: int) -> int:
    """The word in a red field; where the title may begin."""
    font = _font("Black", 40)
    width = font.getlength(word)
    pen.rectangle((_EDGE, top - 16, _EDGE + width + 44, top + 44), fill=_RED)
    pen.text((_EDGE + 22, top + 28), word, fill="#ffffff", font=font, anchor="ls")
    return top + 78


def _set(title: str, width: int, height: int) -> tuple[int, list[str]]:
    """The title's size and lines, as large as fits; at the smallest size the rest is left out."""
    words = [_fitting(word, "Bold", _TITLE[-1][0], width) for word in _known(title).split()]
    for size, most in _TITLE:
        lines = list(_broken(words, size, width))
        if len(lines) <= most and size * _LEADING * len(lines) <= height:
            return size, lines
    room = min(most, int(height / (size * _LEADING)))
    last = _fitting(" ".join(lines[room - 1 :]), "Bold", size, width)
    return size, [*lines[: room - 1], last]


def _broken(words: list[str], size: int, width: int) -> Iterator[str]:
    """Lines of about the same length: a word alone on the last one looks lost."""
    font = _font("Bold", size)
    greedy = list(_filled(words, font, width))
    if len(greedy) > 1:
        for narrow in range(width * 6 // 10, width, 24):
            even = list(_filled(words, font, narrow))
            if len(even) == len(greedy):
                return iter(even)
    return iter(greedy)


def _filled(words: list[str], font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _fitting(text: str, weight: str, size: int, width: int) -> str:
    """``text`` cut to a width."""
    text, font = _known(text), _font(weight, size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + _ELLIPSIS) > width:
        text = text.rpartition(" ")[0] or text[:-1]
    return text.rstrip(" ,;:") + _ELLIPSIS


def _known(text: str) -> str:
    """``text`` without signs that the font has not (emoji, other scripts): boxes help nobody."""
    return " ".join("".join(sign if _drawable(sign) else " " for sign in text).split())


@lru_cache(2048)
def _drawable(sign: str) -> bool:
    font = _font("Bold", 24)
    return sign.isspace() or bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))


@lru_cache(16)
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """Source Sans Pro (SIL Open Font License), from its package."""
    found = files("font_source_sans_pro") / "files" / f"SourceSansPro-{weight}.otf"
    return ImageFont.truetype(io.BytesIO(found.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(1)
def _band() -> Image.Image:
    """One width of cloth after the masthead's pattern: lozenges and steps between two threads."""
    scale = 3 * _SUPERSAMPLED
    tile = Image.new("RGB", (56 * scale, 14 * scale), _PAPER)
    pen = ImageDraw.Draw(tile)
    pale = "#4b8487"

    def shape(points: tuple[float, ...], colour: str) -> None:
        pen.polygon([each * scale for each in points], fill=colour)

    for top in (0.0, 12.5):
        shape((0, top, 56, top, 56, top + 1.5, 0, top + 1.5), _SEA)
    shape((14, 2.5, 23, 7, 14, 11.5, 5, 7), _SEA)
    shape((14, 5.2, 17.6, 7, 14, 8.8, 10.4, 7), _SUN)
    for left in (28, 50):
        shape((left + 2, 4, left + 4, 4, left + 4, 10, left + 2, 10), pale)
        shape((left, 6, left + 6, 6, left + 6, 8, left, 8), pale)
    shape((42, 3, 48, 7, 42, 11, 36, 7), pale)
    small = tile.resize((56 * 3, 14 * 3), Image.Resampling.LANCZOS)
    cloth = Image.new("RGB", (WIDTH, small.height), _PAPER)
    for left in range(0, WIDTH, small.width):
        cloth.paste(small, (left, 0))
    return cloth


def _weave(picture: Image.Image, top: int) -> None:
    picture.paste(_band(), (0, top))
