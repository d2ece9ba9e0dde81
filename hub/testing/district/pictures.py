"""The district's pictures: small scenes of village life, painted on first request and kept in memory."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from hub.testing.district.scenes import SCENES, paint

WIDTH, HEIGHT = 1000, 625
_NAME = re.compile(r"/([a-z]+)-(\d{1,2})(?:-(\d{2,4})x(\d{2,4}))?\.(jpg|png|webp)$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture as its address names it."""

    scene: str
    variant: int
    kind: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def media_type(self) -> str:
        return "image/jpeg" if self.kind == "jpg" else f"image/{self.kind}"


def match(path: str) -> Wanted | None:
    """The picture that ``path`` asks for, e.g. ``/gambar/sawah-2.jpg`` or ``/sawah-2-300x188.jpg``."""
    found = _NAME.search(path)
    if found is None or found[1] not in SCENES:
        return None
    width, height = int(found[3] or WIDTH), int(found[4] or HEIGHT)
    return Wanted(found[1], int(found[2]) % 4, found[5], min(width, WIDTH), min(height, HEIGHT))


@lru_cache(maxsize=256)
def render(wanted: Wanted) -> bytes:
    """The picture's bytes, under 80 KB."""
    image = paint(wanted.scene, wanted.variant, WIDTH, HEIGHT)
    if (wanted.width, wanted.height) != image.size:
        image = image.resize((wanted.width, wanted.height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if wanted.kind == "png":
        image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    elif wanted.kind == "webp":
        image.save(out, "WEBP", quality=82, method=4)
    else:
        image.save(out, "JPEG", quality=84, optimize=True, progressive=True)
    return out.getvalue()
