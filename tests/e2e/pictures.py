"""Pictures of every kind of page for ``docs/pictures``: three widths, both themes, small files.

A page without photographs is flat areas and letters: in its own few colours it is sharp, and smaller than
what the compression of photographs makes of it. One with photographs is compressed as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "pictures"
#: Width of the window, and pixels of a page that are shown at most.
SIZES = {360: 1600, 768: 1200, 1280: 1100}
SCHEMES = ("light", "dark")
#: Further states of a kind of page: as on a phone.
STATES = {
    *("newest", "search-narrowed", "search-one", "search-none", "search-too-long", "post-without-picture"),
    *("post-warning", "village-without-kim", "source-in-trouble", "announcements-none", "check-genuine"),
    *("check-unknown", "check-withdrawn", "withdrawn", "announcement-urgent", "announcement-later"),
    *("announcement-withdrawn", "follow-sent", "follow-gone", "follow-yes", "follow-stop"),
}
#: Bytes of one picture, and of all of them, at most.
MOST, ALL = 120_000, 7_500_000
#: Colours of a page without photographs; a channel that is off by more is seen, on more than such a share of
#: the picture.
_COLOURS, _OFF, _SHARE = 64, 12, 0.001


def take(page: Page, width: int) -> bytes:
    """The page as it stands, as WebP."""
    shot = page.screenshot(full_page=True, animations="disabled")
    with Image.open(BytesIO(shot)) as opened:
        image = opened.convert("RGB").crop((0, 0, opened.width, min(opened.height, SIZES[width])))
    return small(image)


def small(image: Image.Image) -> bytes:
    """``image`` (RGB) as WebP, with the colours that it has."""
    out = BytesIO()
    few = image.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).convert("RGB")
    if _off(image, few) <= _SHARE:
        few.save(out, "WEBP", lossless=True, quality=30, method=4)  # more effort: 2 % less
    else:
        image.save(out, "WEBP", quality=55, method=6)
    return out.getvalue()


def _off(image: Image.Image, other: Image.Image) -> float:
    """The share of pixels whose colour is visibly another."""
    red, green, blue = ImageChops.difference(image, other).split()
    counts = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    return sum(counts[_OFF + 1 :]) / sum(counts)


def widths(kind: str) -> tuple[int, ...]:
    """Those that a kind of page is taken at."""
    return (360,) if kind in STATES else tuple(SIZES)


def name(kind: str, width: int, scheme: str) -> str:
    return f"{kind}-{width}-{scheme}.webp"


def write(pictures: dict[str, bytes], kinds: dict[str, str]) -> None:
    """Put the pictures and their index in place of those before."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    for file, content in pictures.items():
        (FOLDER / file).write_bytes(content)
    (FOLDER / "README.md").write_text(index(kinds), "utf-8")


def index(kinds: dict[str, str]) -> str:
    """What is in the folder, as Markdown."""
    lines = [
        "# Gambar setiap jenis halaman",
        "",
        "Dibuat oleh `make e2e` dari kabupaten contoh; jangan disunting. Halaman yang panjang dipotong. "
        "*(Made by `make e2e` of the sample district; long pages are cut off.)*",
        "",
        "| halaman | " + " | ".join(f"{width} px" for width in SIZES) + " |",
        "|---" * (len(SIZES) + 1) + "|",
    ]
    for kind, path in kinds.items():
        cells = [" · ".join(_links(kind, width)) if width in widths(kind) else "" for width in SIZES]
        lines.append(f"| `{kind}` {path if len(path) < 60 else ''} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _links(kind: str, width: int) -> Iterable[str]:
    words = {"light": "terang", "dark": "gelap"}
    return (f"[{words[scheme]}]({name(kind, width, scheme)})" for scheme in SCHEMES)


def weight(folder: Path = FOLDER) -> int:
    """Bytes of all pictures together."""
    return sum(each.stat().st_size for each in folder.glob("*.webp"))
