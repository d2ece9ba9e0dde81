"""What pictures cost: bytes that reach a phone, and CPU of the hub, from a photo as phones make them."""

from __future__ import annotations

import io
import random
import re
import statistics
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import brotli
from PIL import Image

from hub.model import SearchRequest, ShareCard
from hub.testing.district.scenes import paint
from hub.testing.harvested import harvested
from hub.testing.serving import served
from hub.text.raster import BUDGETS, shrink
from hub.text.share_card import draw

#: A photo of twelve megapixels in landscape, as sent on by WordPress without "scaled".
WIDTH, HEIGHT = 4000, 2667
_TURNS = 5
_FILES = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"')


@dataclass(frozen=True, slots=True)
class Cost:
    """``sizes``: bytes by width; ``cpu``: milliseconds for all widths together, and for a card."""

    original: int
    sizes: dict[int, int]
    cpu: float
    card: int
    card_cpu: float


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """Bytes over the wire, with headers, of a page with its style, script and icon, beside its pictures."""

    home: int
    home_light: int
    article: int


@cache
def photo() -> bytes:
    """About 3 MB of JPEG, the same bytes at each call: a painted scene under grain of two sizes."""
    chance = random.Random(7602)
    scene = paint("sawah", 1, 1000, 667).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    for divisor, strength in ((2, 0.22), (16, 0.2)):
        size = (WIDTH // divisor, HEIGHT // divisor)
        grain = Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
        grown = grain.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        scene = Image.blend(scene, Image.merge("RGB", [grown] * 3), strength)
    out = io.BytesIO()
    scene.save(out, "JPEG", quality=90)
    return out.getvalue()


def cost() -> Cost:
    """Measured on :func:`photo`; CPU is the median of some turns."""
    content, spent = photo(), []
    for _ in range(_TURNS):
        began = time.process_time()
        made = shrink(content, BUDGETS)
        spent.append((time.process_time() - began) * 1000)
    card = ShareCard(
        "Kabar Desa Mamuju",
        "Posyandu Melati Desa Taan melayani 42 balita dan 11 ibu hamil",
        "Desa Taan · Kecamatan Tapalang",
        "24 November 2026",
    )
    draw(card)
    began = time.process_time()
    drawn = draw(card)
    return Cost(
        original=len(content),
        sizes={width: len(each.body) for width, each in made.items()},
        cpu=statistics.median(spent),
        card=len(drawn.body),
        card_cpu=(time.process_time() - began) * 1000,
    )


def first_visit() -> FirstVisit:
    """A phone's first page over HTTP, compressed as sent, from a harvested sample district."""
    with tempfile.TemporaryDirectory() as folder, harvested(Path(folder), "127.10.45.") as hub:
        newest = hub.reading.search(SearchRequest()).results[0]
        with served(hub.plugins.wsgi(hub)) as base:
            return FirstVisit(
                home=weight(base, "/"),
                home_light=weight(base, "/", {"Save-Data": "on"}),
                article=weight(base, f"/berita/{newest.id}"),
            )


def weight(base: str, path: str, headers: dict[str, str] | None = None) -> int:
    """Bytes of a page and of the files that it names."""
    size, page = fetched(base + path, headers)
    return size + sum(fetched(base + link, headers)[0] for link in sorted(set(_FILES.findall(page))))


def fetched(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Bytes on the wire, headers included, and the text that they hold."""
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "br", **(headers or {})})
    with urllib.request.urlopen(asked) as answer:
        body, packed = answer.read(), answer.headers["Content-Encoding"] == "br"
        head = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())
    return len(body) + head, (brotli.decompress(body) if packed else body).decode("utf-8", "replace")
