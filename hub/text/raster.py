"""Pictures made small: anybody's bytes in, WebP of a few widths out. The only place that decodes pictures of
villages.

WebP alone, and not AVIF beside it: of a 3 MB photo at 640 px AVIF is about a tenth smaller at equal PSNR and
costs three times the CPU (Pillow 13, speed 8), and one address then stands for one answer in every cache.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, ImageFile, ImageOps

from hub.model import Raster

#: Kinds that are read. A phone's MPO comes as JPEG. SVG is a program, not a raster.
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
#: What the widest of today's phones make (8000 x 6000); decoded one at a time, it takes 150 MB.
MAX_PIXELS: Final = 50_000_000
#: A frame taller than this many times its width is made narrower: nobody scrolls that long.
TALLEST: Final = 3.0
#: Pixels of a card's square: twice what it has on a page. It is cut out of the middle.
SQUARE: Final = 208
#: Bytes at most for a picture of a width; the taller ones of that width may have more in proportion.
BUDGETS: Final = {SQUARE: 8_000, 640: 60_000, 960: 110_000}
#: The budget is for frames up to so many times as tall as wide.
_PORTRAIT: Final = 1.5
#: Tried in turn; a picture that is still too large at the last one loses pixels instead. What phones show at
#: two pixels a px begins with the second.
QUALITIES: Final = (76, 66, 54, 42, 32)
DENSE: Final = (SQUARE, 640)
_SMALLER: Final = 0.8
_WHITE: Final = (255, 255, 255)
_DAMAGED: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    ArithmeticError,
    MemoryError,
    Image.DecompressionBombError,
)


class NotRaster(ValueError):
    """These bytes are no picture that is shown: another kind, damaged, or with too many pixels."""


def shrink(content: bytes, widths: Iterable[int]) -> dict[int, Raster]:
    """``content`` at each of ``widths``, upright, on white, without any metadata; of an animation the first
    frame. A picture that is narrower is not made wider. ``SQUARE`` is its middle as a square.

    Args:
        widths: of :data:`BUDGETS`.

    Raises:
        NotRaster
    """
    wanted = sorted(widths, reverse=True)
    with _decoding(content) as picture:
        upright = _upright(picture, wanted[0])
    return {width: _fitted(_of_width(upright, width), width) for width in wanted}


def as_jpeg(webp: bytes) -> bytes:
    """A picture of ours once more as JPEG, for programs that draw previews of links and read no WebP."""
    with Image.open(io.BytesIO(webp), formats=("WEBP",)) as picture:
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=80, optimize=True, progressive=True)
    return out.getvalue()


@contextmanager
def _decoding(content: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotRaster(f"{picture.width} x {picture.height} pixels")
            yield picture
    except NotRaster:
        raise
    except _DAMAGED as error:
        raise NotRaster(type(error).__name__) from None


def _upright(picture: Image.Image, widest: int) -> Image.Image:
    """The first frame in RGB, turned as its camera was held, not much larger than needed."""
    if isinstance(picture, ImageFile.ImageFile):
        picture.draft("RGB", (2 * widest, 2 * widest))  # a JPEG is decoded at a fraction of its size
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        return _on_white(turned.convert("RGBA"))
    return turned.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Drawings are made for white paper; on a dark page their black lines would be gone."""
    paper = Image.new("RGB", picture.size, _WHITE)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _of_width(picture: Image.Image, width: int) -> Image.Image:
    if width != SQUARE:
        return _resized(picture, width)
    side = min(SQUARE, *picture.size)
    return ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)


def _resized(picture: Image.Image, width: int) -> Image.Image:
    scale = min(width / picture.width, TALLEST * width / picture.height, 1.0)
    if scale == 1.0:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _fitted(picture: Image.Image, width: int) -> Raster:
    """Encoded within the budget of ``width``."""
    budget = BUDGETS[width] * max(1.0, picture.height / (width * _PORTRAIT))
    while True:
        for quality in QUALITIES[width in DENSE :]:
            out = io.BytesIO()
            picture.save(out, "WEBP", quality=quality, method=4)
            if out.tell() <= budget:
                return Raster(out.getvalue(), picture.width, picture.height)
        picture = _resized(picture, round(picture.width * _SMALLER))
