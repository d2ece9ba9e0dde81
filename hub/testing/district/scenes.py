"""placeholder scenes"""

from PIL import Image

SCENES = (
    "posyandu",
    "sawah",
    "laut",
    "pasar",
    "sekolah",
    "jalan",
    "masjid",
    "mangrove",
    "hujan",
    "lapangan",
    "rapat",
    "rumah",
    "malam",
    "kebun",
)


def paint(scene: str, variant: int, width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), "#d9efe8")
