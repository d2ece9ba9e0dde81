"""Draws the portal's icons for phones from ``web/static/icon.svg``: ``python -m tests.web.icons``.

Phones want PNG beside the SVG. The SVG holds one square and lozenges with absolute corners and nothing else,
so that its geometry can be read here and stays the only one. A test holds the files to it.
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).resolve().parents[2] / "web" / "static"
#: file -> (pixels, share of the width that the motif fills, whether the corners are round).
#: A maskable icon may be cut to a circle of 80 % of its width, and Apple rounds the corners itself.
ICONS = {
    "icon-192.png": (192, 1.0, True),
    "icon-512.png": (512, 1.0, True),
    "icon-maskable.png": (512, 0.9, False),
    "apple-touch-icon.png": (180, 0.9, False),
}
#: Drawn so many times larger and then made small: smooth edges.
_FINER = 8
_RECT = re.compile(r'<rect width="(\d+)" height="\d+" rx="(\d+)" fill="(#\w{6})"/>')
_PATH = re.compile(r'<path d="M([\d ]+)Z" fill="(#\w{6})"/>')


def draw(name: str) -> Image.Image:
    """One of :data:`ICONS`."""
    svg = (STATIC / "icon.svg").read_text("utf-8")
    pixels, share, rounded = ICONS[name]
    square = _RECT.search(svg)
    assert square
    width, radius, ground = int(square[1]), int(square[2]), square[3]
    size = pixels * _FINER
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0) if rounded else ground)
    pen = ImageDraw.Draw(image)
    if rounded:
        pen.rounded_rectangle((0, 0, size - 1, size - 1), radius * size / width, fill=ground)
    scale, edge = size * share / width, size * (1 - share) / 2
    for corners, colour in _PATH.findall(svg):
        numbers = [edge + float(each) * scale for each in corners.split()]
        pen.polygon(list(zip(numbers[::2], numbers[1::2], strict=True)), fill=colour)
    small = image.resize((pixels, pixels), Image.Resampling.LANCZOS)
    return small if rounded else small.convert("RGB")


def main() -> None:
    for name in ICONS:
        icon = draw(name)
        colours = icon.quantize(64, method=Image.Quantize.FASTOCTREE)
        colours.save(STATIC / name, optimize=True)


if __name__ == "__main__":
    main()
