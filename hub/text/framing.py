"""The pictures in a post's body as a page shows them: from the portal's own address, or not at all.

Works on what the sanitiser made and relies on its regular output: lower-case names, attributes in double
quotes, no ``<`` or ``>`` in values. ``hub.text.sanitise`` alone says that the answer is safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final

from hub.model import Framed, Image

#: The picture as it is shown; None: it is left out.
Frame = Callable[[Image], Framed | None]

#: What the pictures of a text are wide: all of a phone's screen, or the column.
SIZES: Final = "(min-width: 44rem) 42rem, 100vw"
#: Smaller on a side is no picture but a counter of visitors or a line.
_SPECK: Final = 4
#: WordPress replaces emoji by pictures; the sign itself stands in ``alt``.
_EMOJI: Final = "/images/core/emoji/"
_IMG: Final = re.compile(r"<img (?P<attributes>[^<>]*)>")
_ATTRIBUTE: Final = re.compile(r'([a-z]+)="([^"]*)"')
_GONE: Final = "\x00"
#: What held nothing but a picture goes with it.
_EMPTY: Final = re.compile(
    r"<(?P<tag>a|p|b|i|em|strong|div|figure|li|td|dd|dt|blockquote)(?: [^<>]*)?>"
    r"(?:\s|&nbsp;|<br>)*\x00(?:\s|&nbsp;|<br>|\x00)*</(?P=tag)>"
)
_NESTED: Final = 8


def pictures_of(html: str) -> list[Image]:
    """The pictures of a sanitised body, in their order; without specks and signs."""
    found = (_image(tag["attributes"]) for tag in _IMG.finditer(html))
    return [each for each in found if each is not None and not _sign(each)]


def reframed(html: str, frame: Frame) -> str:
    """``html`` with every picture as ``frame`` has it. What is left out takes with it what held nothing
    else, so that no hole stays."""
    if "<img " not in html:
        return html
    html = _IMG.sub(lambda tag: _written(_image(tag["attributes"]), frame), html.replace(_GONE, ""))
    for _ in range(_NESTED):
        html, emptied = _EMPTY.subn(_GONE, html)
        if not emptied:
            break
    return html.replace(_GONE, "")


def _image(attributes: str) -> Image | None:
    given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    width, height = (int(given[side]) if given.get(side) else None for side in ("width", "height"))
    if not given.get("src") or min(width or _SPECK, height or _SPECK) < _SPECK:
        return None
    return Image(given["src"], given.get("alt", ""), width, height)


def _sign(image: Image) -> bool:
    return _EMOJI in image.url


def _written(image: Image | None, frame: Frame) -> str:
    if image is None:
        return _GONE
    if _sign(image):
        return escape(image.alt)
    framed = frame(image)
    if framed is None:
        return _GONE
    values = {
        "src": framed.src,
        "srcset": framed.srcset,
        "sizes": SIZES,
        "alt": framed.alt,
        "width": framed.width,
        "height": framed.height,
        "loading": "lazy",
        "decoding": "async",
    }
    written = (f'{name}="{escape(str(value))}"' for name, value in values.items() if value is not None)
    return f"<img {' '.join(written)}>"
