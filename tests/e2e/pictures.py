"""Pictures of every kind of page for ``docs/pictures``: three widths, both themes, small files."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "pictures"
#: Width of the window, and pixels of a page that are shown at most.
SIZES = {360: 2000, 768: 1400, 1280: 1400}
SCHEMES = ("light", "dark")
#: Bytes of one picture, of all of them, and how good a picture may be.
MOST, ALL = 45_000, 4_000_000
_QUALITIES = (60, 45, 30, 20, 10)


def take(page: Page, width: int) -> bytes:
    """The page as it stands, as WebP."""
    shot = page.screenshot(full_page=True, animations="disabled")
    with Image.open(BytesIO(shot)) as opened:
        image = opened.convert("RGB").crop((0, 0, opened.width, min(opened.height, SIZES[width])))
    return small(image)


def small(image: Image.Image) -> bytes:
    """``image`` as WebP, as good as fits into ``MOST``."""
    for quality in _QUALITIES:
        out = BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST:
            return out.getvalue()
    return small(image.crop((0, 0, image.width, image.height * 3 // 4)))


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
        cells = [" · ".join(_links(kind, width)) for width in SIZES]
        lines.append(f"| `{kind}` {path if len(path) < 60 else ''} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _links(kind: str, width: int) -> Iterable[str]:
    words = {"light": "terang", "dark": "gelap"}
    return (f"[{words[scheme]}]({name(kind, width, scheme)})" for scheme in SCHEMES)


def weight(folder: Path = FOLDER) -> int:
    """Bytes of all pictures together."""
    return sum(each.stat().st_size for each in folder.glob("*.webp"))
