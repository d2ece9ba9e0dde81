"""The scenes that the district's articles are illustrated with."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image

from hub.testing.district.painter import HEIGHT, NIGHT, PALETTES, WIDTH, Painter, Point, mix

Scene = Callable[[Painter], None]


def paint(scene: str, variant: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """``scene`` in one of four lights; night scenes have one, shifted by ``variant``.

    Raises:
        KeyError: no such scene.
    """
    palette = NIGHT if scene == "malam" else PALETTES[variant % len(PALETTES)]
    painter = Painter(palette, f"{scene}-{variant}")
    SCENES[scene](painter)
    return painter.finish(width, height)


def _posyandu(p: Painter) -> None:
    p.sky(340)
    p.mountains(350, 130)
    p.ground(395)
    p.palm(80, 470, 210, 26)
    p.stilt_house(770, 480, 1.15)
    p.tent(120, 545, 430, "#0b7a78")
    p.box(200, 470, 190, 12, p.palette.wall)
    p.box(212, 482, 8, 62, p.palette.wood)
    p.box(368, 482, 8, 62, p.palette.wood)
    p.box(325, 440, 44, 30, "#a8322d", radius=4)
    p.line([(460, 398), (460, 450)], p.palette.wood, 3)
    p.disc(460, 462, 15, "#f2b632")
    p.polygon([(438, 470), (482, 470), (474, 502), (446, 502)], "#f6ead0")
    p.crowd(560, (170, 250, 420, 505), size=1.2)
    p.crowd(590, (620, 690, 905), size=1.25)
    p.person(660, 592, "#f2b632", size=0.7)
    p.person(300, 575, "#a8322d", size=0.7)


def _sawah(p: Painter) -> None:
    p.sky(300, sun=(220, 140))
    p.mountains(320, 190)
    tones = ("#d9c75a", "#a9c25a", "#7fb069", "#5d9f5a")
    for n in range(9):
        top = 318 + n * 34 + n * n * 0.6
        tone = mix(tones[n % 4], p.palette.ground, 0.25)
        edge = [
            (x, top + 20 * math.sin(x / 170 + n * 1.1) + 8 * math.sin(x / 60 + n)) for x in range(0, 1010, 20)
        ]
        p.polygon([*edge, (WIDTH, HEIGHT), (0, HEIGHT)], tone)
        p.line(edge, mix(tone, "#ffffff", 0.35), 3)
    p.palm(870, 430, 190, -24)
    p.palm(925, 452, 150, 18)
    p.stilt_house(700, 420, 0.5)
    p.person(300, 560, "#a8322d", size=0.95)
    p.polygon([(272, 474), (328, 474), (300, 452)], "#e3cf9a")
    p.person(380, 575, "#0b5a5e", size=0.95)
    p.polygon([(352, 489), (408, 489), (380, 467)], "#e3cf9a")


def _laut(p: Painter) -> None:
    p.sky(330, sun=(640, 210))
    p.hills(345, 70, p.palette.far, waves=1.6)
    p.sea(342)
    p.boat(250, 400, 0.42, sail="#fdf6e3")
    p.boat(820, 388, 0.32, sail="#f2b632", flip=-1)
    p.boat(470, 510, 1.05, sail="#fdfcf8")
    p.person(440, 492, "#a8322d", size=0.62)
    p.person(395, 490, "#0b5a5e", size=0.6)
    for n in range(14):
        p.disc(590 + n * 30, 556 + 6 * math.sin(n), 6, "#f2b632" if n % 2 else "#fdfcf8")
    p.polygon([(0, 560), (170, 600), (300, HEIGHT), (0, HEIGHT)], mix("#ecd9a8", p.palette.ground, 0.2))
    p.palm(60, 610, 260, 40)


def _pasar(p: Painter) -> None:
    p.sky(320, sun=(130, 120))
    p.mountains(330, 90)
    p.ground(380, mix("#d8c39a", p.palette.ground, 0.3))
    p.hall(560, 420, 380, 92, doors=4)
    p.tree(60, 440, 1.1)
    for n, tone in enumerate(("#a8322d", "#0b7a78", "#f2b632", "#4b6fa5", "#6a8f3c")):
        p.stall(40 + n * 196, 520, tone)
    p.crowd(600, (120, 260, 330, 520, 640, 850), size=1.2)
    p.bunting((0, 250), (520, 270), flags=18)
    p.bunting((500, 270), (1000, 240), flags=18)


def _sekolah(p: Painter) -> None:
    p.sky(330)
    p.mountains(345, 150)
    p.ground(400)
    p.tree(70, 450, 1.3)
    p.tree(945, 460, 1.15)
    p.hall(180, 470, 640, 120, doors=4)
    p.box(0, 478, WIDTH, 160, mix("#d8c7a0", p.palette.ground, 0.35))
    p.flag(500, 560, 300)
    p.box(468, 552, 64, 14, p.palette.wall)
    for n in range(12):
        shirt = "#ffffff" if n % 3 else "#f6ead0"
        x = 90 + n * 72 if n < 6 else 140 + n * 72
        p.person(x, 596 + (n % 2) * 14, shirt, size=0.86, veil=n % 2 == 0)
    p.box(450, 372, 100, 26, p.palette.wall, radius=3)


def _jalan(p: Painter) -> None:
    p.sky(300, sun=(560, 170))
    p.mountains(330, 200)
    p.hills(420, 90, p.palette.near, waves=1.4)
    p.ground(430)
    p.path((240, 620), (600, 415, 16), mix("#cdb58a", p.palette.wall, 0.3))
    for x, y, size in ((120, 500, 1.1), (300, 455, 0.7), (760, 470, 0.85), (900, 540, 1.3), (690, 440, 0.5)):
        p.tree(x, y, size)
    for n in range(6):
        p.box(70 + n * 28, 560 + n * 5, 6, 40, p.palette.wall)
    p.line([(60, 575), (230, 602)], p.palette.wall, 5)
    p.stilt_house(800, 445, 0.42)
    p.person(470, 560, "#a8322d", size=0.9)
    p.person(520, 566, "#0b5a5e", size=0.95, veil=True)


def _masjid(p: Painter) -> None:
    p.sky(330, sun=(180, 150))
    p.mountains(350, 120)
    p.ground(420)
    white, green = mix("#fdfcf8", p.palette.sky[1], 0.15), mix("#0b7a5e", p.palette.near, 0.2)
    p.disc(500, 292, 112, green, flat=0.95)
    p.box(300, 300, 400, 190, white)
    p.box(370, 286, 260, 30, white)
    p.line([(500, 188), (500, 150)], "#f2b632", 5)
    p.disc(500, 146, 9, "#f2b632")
    for x in (250, 720):
        p.box(x, 210, 40, 280, white)
        p.box(x - 7, 204, 54, 12, green)
        p.polygon([(x, 204), (x + 40, 204), (x + 20, 146)], green)
        p.disc(x + 20, 142, 5, "#f2b632")
    for n in range(5):
        p.box(330 + n * 74, 386, 44, 104, mix(p.palette.water[1], white, 0.25))
        p.disc(352 + n * 74, 386, 22, mix(p.palette.water[1], white, 0.25))
    p.box(230, 484, 550, 16, mix(white, p.palette.wood, 0.25))
    p.palm(110, 520, 230, 20)
    p.palm(890, 520, 210, -20)
    p.crowd(590, (300, 380, 450, 560, 640, 730), size=1.1)


def _mangrove(p: Painter) -> None:
    p.sky(310, sun=(780, 140))
    p.hills(330, 60, p.palette.far, waves=1.5)
    p.sea(328, 540)
    for x, y, size in ((90, 430, 1.1), (210, 410, 0.8), (820, 420, 1.0), (930, 450, 1.25)):
        for dx in (-40, -22, 0, 22, 40):
            p.line([(x + dx * 0.2 * size, y - 50 * size), (x + dx * size, y + 14)], p.palette.wood, 4 * size)
        p.tree(x, y - 16, size)
    sand = mix("#e8d5a5", p.palette.ground, 0.2)
    edge = [(x, 520 + 16 * math.sin(x / 140)) for x in range(0, 1010, 20)]
    p.polygon([*edge, (WIDTH, HEIGHT), (0, HEIGHT)], sand)
    p.line(edge, "#ffffff", 4)
    for n in range(11):
        x, y = 380 + n * 52, 560 + (n % 3) * 16
        p.line([(x, y), (x, y - 34)], p.palette.wood, 3)
        for dx in (-10, 0, 10):
            p.disc(x + dx, y - 36 - (4 if dx == 0 else 0), 9, p.palette.near, flat=0.6)
    p.crowd(600, (150, 230, 320), size=1.2)
    p.boat(520, 420, 0.5)


def _hujan(p: Painter) -> None:
    p.sky(330, sun=None, clouds=0)
    p.fade(0, 340, mix(p.palette.sky[0], "#51646b", 0.6), mix(p.palette.sky[1], "#9db0b2", 0.55))
    p.mountains(360, 140)
    for n in range(7):
        p.cloud(60 + n * 150, 70 + (n % 3) * 34, 1.5, mix("#7d8f95", p.palette.sky[0], 0.2 + 0.08 * (n % 3)))
    p.ground(430)
    p.stilt_house(250, 500, 0.85)
    p.stilt_house(720, 490, 0.75)
    p.palm(480, 500, 210, 46)
    p.fade(500, HEIGHT, mix("#a08a68", p.palette.water[0], 0.35), mix("#7b6a52", p.palette.water[1], 0.45))
    for n in range(150):
        x, y = p.dice.uniform(0, 1050), p.dice.uniform(-10, 620)
        tone = mix("#dfe9ea", p.palette.water[0], 0.25 if n % 2 else 0.45)
        p.line([(x, y), (x - 9, y + 30)], tone, 1.6)
    for _ in range(18):
        x, y = p.dice.uniform(0, 1000), p.dice.uniform(530, 615)
        p.line([(x, y), (x + 46, y)], mix("#d8cdb4", p.palette.water[0], 0.3), 2)


def _lapangan(p: Painter) -> None:
    p.sky(310, sun=(820, 130))
    p.mountains(330, 130)
    p.ground(390, mix("#8fbf6a", p.palette.ground, 0.3))
    for n in range(5):
        p.polygon(
            [(n * 240 - 60, 390), (n * 240 + 40, 390), (n * 280 - 20, HEIGHT), (n * 280 - 190, HEIGHT)],
            mix("#a4cc7b", p.palette.ground, 0.3),
        )
    p.stilt_house(860, 420, 0.5)
    p.tree(60, 430, 1.0)
    p.tree(150, 415, 0.7)
    white = "#fdfcf8"
    p.line([(330, 450), (330, 372), (520, 372), (520, 450)], white, 6)
    for n in range(1, 8):
        p.line([(330 + n * 24, 374), (330 + n * 24, 450)], mix(white, p.palette.ground, 0.5), 1)
    p.flag(700, 470, 250)
    p.bunting((0, 230), (700, 232), flags=24)
    p.bunting((700, 232), (1000, 260), flags=10)
    p.crowd(560, (140, 300, 470, 640, 820), size=1.15)
    p.disc(385, 566, 15, white)
    p.disc(385, 566, 6, "#1c2422")


def _rapat(p: Painter) -> None:
    wall, wood = mix(p.palette.wall, "#ffffff", 0.25), p.palette.wood
    p.fade(0, 430, mix(wall, p.palette.sky[0], 0.16), wall)
    p.box(0, 420, WIDTH, 210, mix(wood, wall, 0.45))
    for n in range(6):
        p.line([(n * 220 - 60, HEIGHT), (250 + n * 100, 420)], mix(wood, wall, 0.38), 2)
    for x in (70, 760):
        p.box(x - 8, 92, 186, 196, wood)
        p.box(x, 100, 170, 180, mix(p.palette.sky[0], "#ffffff", 0.3))
        p.polygon(
            [(x, 280), (x, 230), (x + 60, 190), (x + 120, 225), (x + 170, 205), (x + 170, 280)], p.palette.mid
        )
        p.line([(x + 85, 100), (x + 85, 280)], wood, 5)
        p.line([(x, 190), (x + 170, 190)], wood, 5)
    p.box(330, 110, 340, 150, "#0b5a5e", radius=4)
    for n, width in enumerate((250, 180, 220)):
        p.box(
            500 - width / 2,
            140 + n * 34,
            width,
            14,
            mix("#fdf6e3", "#0b5a5e", 0.1 if n == 0 else 0.3),
            radius=5,
        )
    p.box(330, 262, 340, 7, "#f2b632")
    p.crowd(440, (400, 470, 540, 610), size=1.0)
    p.box(340, 400, 320, 60, mix(wood, "#000000", 0.1))
    p.box(325, 392, 350, 14, wood)
    for row, y in enumerate((520, 600)):
        for n in range(6 + row):
            x = 110 + n * (156 - row * 22) + row * 10
            p.box(x - 22, y - 60, 44, 62, mix("#a8322d", wood, 0.3 + 0.2 * row), radius=6)
            shirt = ("#4b6fa5", "#6a8f3c", "#f2b632", "#0b7a78", "#b5651d")[(n + row) % 5]
            veil = n % 2 == row
            p.disc(x, y - 62, 26, shirt, flat=0.8)
            p.disc(x, y - 92, 18, mix(shirt, "#ffffff", 0.4) if veil else "#2a201a", flat=1.05)


def _rumah(p: Painter) -> None:
    p.sky(330)
    p.mountains(350, 160)
    p.ground(410)
    p.palm(150, 480, 240, -26)
    p.palm(220, 470, 190, 20)
    p.stilt_house(790, 450, 0.62)
    p.tree(930, 470, 0.9)
    p.stilt_house(450, 545, 1.5)
    p.crowd(580, (690, 760), size=1.15)
    p.person(240, 582, "#a8322d", size=1.15, veil=True)
    p.person(300, 584, "#f2b632", size=0.68)
    p.bushes(618)


def _malam(p: Painter) -> None:
    p.sky(380, sun=(790, 120), clouds=1)
    for _ in range(90):
        p.disc(p.dice.uniform(0, 1000), p.dice.uniform(0, 300), p.dice.uniform(0.8, 2.0), "#e9e6d0")
    p.mountains(390, 150)
    p.ground(430)
    for x, y, size in ((150, 470, 0.6), (330, 455, 0.48), (560, 480, 0.68), (880, 520, 0.95)):
        p.stilt_house(x, y, size, lit=True)
    p.path((330, 640), (480, 440, 14), "#4c4a45")
    for x, y, size in ((250, 590, 1.0), (690, 600, 1.05), (420, 500, 0.55), (520, 470, 0.35)):
        p.disc(x + 30 * size, y, 86 * size, "#5d583f", flat=0.22)
        p.box(x - 3 * size, y - 200 * size, 6 * size, 200 * size, "#8a8f93")
        p.line([(x, y - 198 * size), (x + 44 * size, y - 206 * size)], "#8a8f93", 4 * size)
        p.box(x - 24 * size, y - 226 * size, 48 * size, 12 * size, "#35507a")
        p.disc(x + 46 * size, y - 202 * size, 17 * size, "#8d8154")
        p.disc(x + 46 * size, y - 202 * size, 9 * size, "#ffedb0")
    p.crowd(612, (560, 610), size=0.95)


def _kebun(p: Painter) -> None:
    p.sky(290, sun=(300, 130))
    p.mountains(330, 210)
    p.hills(420, 110, p.palette.near, waves=1.3)
    p.ground(425)
    for row, (y, size) in enumerate(((450, 0.55), (500, 0.8), (560, 1.1))):
        for n in range(9 - row * 2):
            p.cocoa(50 + row * 30 + n * (118 + row * 40), y, size)
    p.stilt_house(850, 440, 0.4)
    p.person(500, 600, "#a8322d", size=1.05)
    p.polygon([(470, 507), (530, 507), (500, 484)], "#e3cf9a")
    p.box(545, 560, 50, 42, mix("#c79a5b", p.palette.wood, 0.2), radius=5)
    for n in range(5):
        p.disc(550 + n * 10, 560, 8, ("#d98324", "#b5432d", "#e0a93a")[n % 3])
    p.bushes(616)


def _sungai(p: Painter) -> None:
    p.sky(300, sun=(700, 140))
    p.mountains(340, 210)
    p.hills(430, 80, p.palette.near, waves=1.4)
    p.ground(425)
    light, deep = p.palette.water
    p.path((120, 860), (520, 420, 60), mix("#d8c7a0", p.palette.ground, 0.4))
    p.path((160, 820), (520, 424, 44), mix(light, deep, 0.7))
    for x, y, size in ((90, 500, 1.2), (880, 490, 1.1), (790, 450, 0.6), (230, 450, 0.6)):
        p.tree(x, y, size)
    rope: list[Point] = [(x, 400 + 74 * (1 - ((x - 500) / 400) ** 2)) for x in range(100, 901, 20)]
    deck = [(x, y + 60) for x, y in rope]
    for post in (100, 900):
        p.box(post - 9, 372, 18, 190, p.palette.wood)
    for above, below in zip(rope, deck, strict=True):
        p.line([above, below], mix(p.palette.wall, p.palette.wood, 0.5), 2)
    p.line(rope, p.palette.wood, 5)
    p.line(deck, mix(p.palette.wood, "#000000", 0.1), 9)
    p.person(430, 534, "#ffffff", size=0.72, veil=True)
    p.person(480, 536, "#ffffff", size=0.7)
    p.person(580, 534, "#a8322d", size=0.78)
    for left, top in ((330, 590), (700, 600), (640, 575)):
        p.disc(left, top, 26, mix("#9aa39c", p.palette.ground, 0.2), flat=0.5)


SCENES: dict[str, Scene] = {
    "posyandu": _posyandu,
    "sawah": _sawah,
    "laut": _laut,
    "pasar": _pasar,
    "sekolah": _sekolah,
    "jalan": _jalan,
    "masjid": _masjid,
    "mangrove": _mangrove,
    "hujan": _hujan,
    "lapangan": _lapangan,
    "rapat": _rapat,
    "rumah": _rumah,
    "malam": _malam,
    "kebun": _kebun,
    "sungai": _sungai,
}
