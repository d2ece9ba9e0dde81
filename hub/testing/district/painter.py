"""Flat shapes of village life for :mod:`hub.testing.district.scenes`: sky, hills, houses, boats, people.

Coordinates are those of a 1000 x 625 picture; everything is painted at twice that and scaled down once,
which gives smooth edges.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

WIDTH, HEIGHT, SCALE = 1000, 625, 2
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """The light of a picture: sky from top to horizon, far to near land, water, and accents."""

    sky: tuple[str, str]
    sun: str
    far: str
    mid: str
    near: str
    ground: str
    water: tuple[str, str]
    roof: str
    wall: str
    wood: str


MORNING = Palette(
    ("#8fd0d8", "#fdf1d2"), "#fff7dc", "#9cc7bf", "#5d9f8c", "#2f7a68", "#c9d89a", ("#5fb6b6", "#0b6f74"),
    "#a8322d", "#f6ead0", "#7a5236",
)  # fmt: skip
NOON = Palette(
    ("#5fb9d4", "#dff2ee"), "#ffffff", "#8dbfa9", "#4f9a6d", "#2b7350", "#b9d27f", ("#3fa7b0", "#0b5a5e"),
    "#c2571a", "#fbf4e2", "#6b4630",
)  # fmt: skip
EVENING = Palette(
    ("#4f6d94", "#fbc98a"), "#f2b632", "#8a7f9a", "#5b6a80", "#2f4a57", "#9aa06a", ("#e0a273", "#35606f"),
    "#8c2f2b", "#f3d9b5", "#523628",
)  # fmt: skip
CLOUDY = Palette(
    ("#a9bcc0", "#e6ebe4"), "#f6f6ee", "#a5b8b0", "#6f9186", "#43685e", "#a8b887", ("#86a5a6", "#3f6a6f"),
    "#96473a", "#ebe3cf", "#665041",
)  # fmt: skip
NIGHT = Palette(
    ("#101d33", "#3a4f73"), "#f5eec9", "#2b3d58", "#1d2e44", "#142233", "#22352f", ("#27405c", "#101d2c"),
    "#6a2a2c", "#4d4a44", "#2a201a",
)  # fmt: skip
PALETTES = (MORNING, NOON, EVENING, CLOUDY)


def mix(one: str, other: str, share: float) -> str:
    """A colour between two, ``share`` of the way to the other."""
    a, b = (tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in (one, other))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a, b, strict=True))


class Painter:
    """A canvas with a palette; ``dice`` places what may lie anywhere, the same every time."""

    def __init__(self, palette: Palette, seed: str) -> None:
        self.palette = palette
        self.dice = random.Random(seed)
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), palette.sky[1])
        self._draw = ImageDraw.Draw(self.image)

    def finish(self, width: int, height: int) -> Image.Image:
        return self.image.resize((width, height), Image.Resampling.LANCZOS)

    # Basic shapes

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, radius: float = 0) -> None:
        corners = [v * SCALE for v in (x, y, x + width, y + height)]
        self._draw.rounded_rectangle(corners, radius * SCALE, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: str, *, flat: float = 1.0) -> None:
        corners = [v * SCALE for v in (x - radius, y - radius * flat, x + radius, y + radius * flat)]
        self._draw.ellipse(corners, fill=colour)

    def line(self, points: Sequence[Point], colour: str, width: float = 3) -> None:
        self._draw.line(
            [(x * SCALE, y * SCALE) for x, y in points],
            fill=colour,
            width=round(width * SCALE),
            joint="curve",
        )

    def fade(self, top: float, bottom: float, upper: str, lower: str) -> None:
        """A vertical gradient over the whole width."""
        rows = max(round((bottom - top) * SCALE), 1)
        for row in range(0, rows, 2):
            y = round(top * SCALE) + row
            self._draw.rectangle([0, y, WIDTH * SCALE, y + 2], fill=mix(upper, lower, row / rows))

    # Sky and land

    def sky(self, horizon: float = 360, *, sun: Point | None = (760, 150), clouds: int = 3) -> None:
        top, low = self.palette.sky
        self.fade(0, horizon + 60, top, low)
        if sun is not None:
            halo = mix(low, self.palette.sun, 0.45)
            self.disc(*sun, 84, mix(mix(top, low, 0.4), halo, 0.55))
            self.disc(*sun, 50, self.palette.sun)
        for _ in range(clouds):
            self.cloud(self.dice.uniform(40, 900), self.dice.uniform(50, 180), self.dice.uniform(0.7, 1.3))

    def cloud(self, x: float, y: float, size: float, colour: str | None = None) -> None:
        colour = colour or mix(self.palette.sky[1], "#ffffff", 0.55 if self.palette is not NIGHT else 0.08)
        for dx, dy, radius in ((-48, 4, 22), (-18, -8, 32), (20, -2, 27), (52, 6, 18)):
            self.disc(x + dx * size, y + dy * size, radius * size, colour)
        self.box(x - 68 * size, y + 2 * size, 138 * size, 24 * size, colour, radius=12 * size)

    def hills(self, base: float, height: float, colour: str, *, waves: float = 2.0) -> None:
        """A ridge across the picture, down to the bottom."""
        shift, shape = self.dice.uniform(0, 6), self.dice.uniform(0.8, 1.3)
        ridge: list[Point] = []
        for x in range(0, WIDTH + 10, 10):
            t = x / WIDTH * waves * math.pi
            lift = 0.55 * math.sin(t * shape + shift) + 0.3 * math.sin(2.3 * t + shift * 2) + 0.5
            ridge.append((x, base - height * max(lift, 0)))
        self.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], colour)

    def mountains(self, base: float, height: float) -> None:
        """Two ridges, the farther one paler."""
        self.hills(base, height, self.palette.far, waves=2.6)
        self.hills(base + 20, height * 0.6, self.palette.mid, waves=2.0)

    def ground(self, top: float, colour: str | None = None) -> None:
        colour = colour or self.palette.ground
        self.fade(top, HEIGHT, colour, mix(colour, self.palette.near, 0.35))

    def sea(self, top: float, bottom: float = HEIGHT) -> None:
        light, deep = self.palette.water
        self.fade(top, bottom, light, deep)
        for _ in range(46):
            y = self.dice.uniform(top + 6, bottom - 6)
            x, length = self.dice.uniform(-20, 980), 16 + (y - top) / 5 * self.dice.uniform(0.5, 1.0)
            tone = mix(light, "#ffffff", 0.28 if self.palette is not NIGHT else 0.05)
            self.line([(x, y), (x + length, y)], tone, 1.5)

    def path(self, near: tuple[float, float], far: tuple[float, float, float], colour: str) -> None:
        """A road from ``near`` (left, right at the bottom) curving to ``far`` (x, y, width)."""
        left, right = [], []
        for step in range(21):
            t = step / 20
            ease = t * t * (3 - 2 * t)
            bend = 90 * math.sin(t * math.pi * 1.5) * (1 - t)
            y = HEIGHT + (far[1] - HEIGHT) * (1 - (1 - t) ** 1.7)
            left.append((near[0] + (far[0] - far[2] / 2 - near[0]) * ease + bend, y))
            right.append((near[1] + (far[0] + far[2] / 2 - near[1]) * ease + bend, y))
        self.polygon([*left, *reversed(right)], colour)

    # Plants

    def palm(self, x: float, y: float, height: float = 170, lean: float = 20) -> None:
        trunk = mix(self.palette.wood, "#000000", 0.1)
        top = (x + lean, y - height)
        self.polygon([(x - 6, y), (x + 6, y), (top[0] + 3, top[1]), (top[0] - 3, top[1])], trunk)
        for angle in (-165, -135, -100, -70, -40, -12, 8, 188):
            self._frond(top, math.radians(angle), height * 0.42)
        for dx in (-6, 5):
            self.disc(top[0] + dx, top[1] + 7, 6, mix(self.palette.sun, self.palette.wood, 0.6))

    def _frond(self, top: Point, angle: float, length: float) -> None:
        spine = [
            (
                top[0] + math.cos(angle) * length * t,
                top[1] + math.sin(angle) * length * t + length * 0.55 * t * t,
            )
            for t in (0, 0.25, 0.5, 0.75, 1.0)
        ]
        upper = [(px, py - 9 * math.sin(math.pi * at / 4)) for at, (px, py) in enumerate(spine)]
        self.polygon([*upper, *reversed(spine)], mix(self.palette.near, self.palette.mid, 0.25))

    def tree(self, x: float, y: float, size: float = 1.0, colour: str | None = None) -> None:
        colour = colour or self.palette.near
        self.box(x - 6 * size, y - 60 * size, 12 * size, 60 * size, self.palette.wood)
        for dx, dy, radius in ((-26, -76, 30), (22, -80, 32), (0, -108, 34), (-2, -78, 36)):
            self.disc(x + dx * size, y + dy * size, radius * size, colour)
        self.disc(x - 8 * size, y - 112 * size, 18 * size, mix(colour, self.palette.ground, 0.3))

    def cocoa(self, x: float, y: float, size: float = 1.0) -> None:
        """A cocoa tree: low and wide, pods on the trunk."""
        self.tree(x, y, size, mix(self.palette.near, self.palette.mid, 0.3))
        for dx, dy, tone in ((-9, -36, "#d98324"), (8, -48, "#b5432d"), (7, -24, "#e0a93a")):
            self.disc(x + dx * size, y + dy * size, 6 * size, mix(tone, self.palette.wood, 0.1), flat=1.6)

    def bushes(self, y: float, colour: str | None = None) -> None:
        """A hedge across the foot of the picture."""
        colour = colour or mix(self.palette.near, self.palette.mid, 0.15)
        for x in range(-20, WIDTH + 40, 46):
            self.disc(x, y + self.dice.uniform(-5, 8), self.dice.uniform(28, 42), colour)
        self.box(0, y, WIDTH, HEIGHT - y, colour)

    # Buildings

    def stilt_house(self, x: float, y: float, size: float = 1.0, *, lit: bool = False) -> None:
        """A Mandar house on stilts; ``y`` is the ground."""
        p = self.palette
        for dx in (-92, -46, 0, 46, 92):
            self.box(x + (dx - 5) * size, y - 62 * size, 10 * size, 62 * size, mix(p.wood, "#000000", 0.15))
        self.box(x - 108 * size, y - 150 * size, 216 * size, 92 * size, mix(p.wall, p.wood, 0.18))
        for row in range(1, 6):
            level = y - 150 * size + row * 15 * size
            self.line([(x - 108 * size, level), (x + 108 * size, level)], mix(p.wall, p.wood, 0.32), 1)
        self.box(x - 112 * size, y - 64 * size, 224 * size, 10 * size, p.wood)
        glass = "#ffd98a" if lit else mix(p.water[1], p.wall, 0.25)
        for dx in (-82, 46):
            self.box(x + (dx - 4) * size, y - 134 * size, 44 * size, 46 * size, p.wood)
            self.box(x + dx * size, y - 130 * size, 36 * size, 38 * size, glass)
        self.box(x - 18 * size, y - 134 * size, 36 * size, 72 * size, p.wood)
        roof = [(x - 136 * size, y - 146 * size), (x + 136 * size, y - 146 * size)]
        self.polygon([*roof, (x + 84 * size, y - 232 * size), (x - 84 * size, y - 232 * size)], p.roof)
        self.polygon(
            [*roof, (x + 130 * size, y - 156 * size), (x - 130 * size, y - 156 * size)],
            mix(p.roof, "#000000", 0.2),
        )
        self.line([(x - 84 * size, y - 232 * size), (x - 98 * size, y - 250 * size)], p.roof, 5 * size)
        self.line([(x + 84 * size, y - 232 * size), (x + 98 * size, y - 250 * size)], p.roof, 5 * size)
        for step in range(5):
            top = y - (56 - step * 12) * size
            self.box(
                x - (18 - step * 2) * size, top, (36 + step * 2) * size, 6 * size, mix(p.wood, p.wall, 0.25)
            )

    def hall(self, x: float, y: float, width: float, height: float, *, doors: int = 3) -> None:
        """A long low building with a hipped roof: school or office."""
        p = self.palette
        self.box(x, y - height, width, height, p.wall)
        self.box(x, y - height * 0.28, width, height * 0.28, mix(p.water[1], p.wall, 0.35))
        step = width / doors
        for n in range(doors):
            left = x + n * step
            self.box(left + step * 0.1, y - height * 0.75, step * 0.2, height * 0.75, p.wood)
            for at in (0.42, 0.68):
                self.box(
                    left + step * at, y - height * 0.72, step * 0.2, height * 0.34, mix(p.sky[0], p.wall, 0.2)
                )
                self.line(
                    [
                        (left + step * (at + 0.1), y - height * 0.72),
                        (left + step * (at + 0.1), y - height * 0.38),
                    ],
                    p.wall,
                    2,
                )
        edge = width * 0.05
        self.polygon(
            [
                (x - edge, y - height),
                (x + width + edge, y - height),
                (x + width - edge * 1.6, y - height * 1.75),
                (x + edge * 1.6, y - height * 1.75),
            ],
            p.roof,
        )
        self.box(x - edge, y - height - 2, width + 2 * edge, 8, mix(p.roof, "#000000", 0.2))
        self.box(x - 14, y - 4, width + 28, 10, mix(p.wall, p.wood, 0.35))

    def stall(self, x: float, y: float, colour: str) -> None:
        """A market stall with a striped awning and goods."""
        p = self.palette
        for dx in (4, 140):
            self.box(x + dx, y - 150, 6, 150, p.wood)
        self.box(x, y - 62, 150, 62, mix(p.wood, p.wall, 0.3))
        goods = ("#d9822b", "#b23a2e", "#6a9a3b", "#e3b53c", "#8f5aa0")
        for n in range(9):
            self.disc(x + 14 + n * 15, y - 66, 10, mix(goods[(n + int(x)) % 5], p.wood, 0.08))
        self.box(x, y - 64, 150, 8, p.wood)
        for n in range(6):
            left = x - 10 + n * 28.4
            tone = colour if n % 2 else mix(colour, "#ffffff", 0.75)
            self.polygon(
                [(left + 4, y - 178), (left + 26, y - 178), (left + 28.4, y - 138), (left, y - 138)], tone
            )
            self.disc(left + 14.2, y - 138, 14.2, tone, flat=0.7)

    def tent(self, x: float, y: float, width: float, colour: str) -> None:
        """A party tent as every village puts up."""
        for dx in (6, width - 10):
            self.box(x + dx, y - 150, 5, 150, mix(self.palette.wall, self.palette.wood, 0.4))
        top = [
            (x - 10, y - 150),
            (x + width + 10, y - 150),
            (x + width * 0.8, y - 205),
            (x + width * 0.2, y - 205),
        ]
        self.polygon(top, colour)
        step = (width + 20) / 10
        for n in range(10):
            self.disc(x - 10 + step * (n + 0.5), y - 150, step / 2, mix(colour, "#ffffff", 0.35 * (n % 2)))

    # People and things

    def person(self, x: float, y: float, shirt: str, *, size: float = 1.0, veil: bool = False) -> None:
        """Somebody standing; ``y`` is the ground."""
        skin = mix("#b9825a", self.palette.wood, 0.15)
        cloth = mix(shirt, self.palette.wood, 0.08)
        self.box(x - 11 * size, y - 36 * size, 9 * size, 36 * size, mix(cloth, "#101716", 0.55))
        self.box(x + 2 * size, y - 36 * size, 9 * size, 36 * size, mix(cloth, "#101716", 0.55))
        self.box(x - 16 * size, y - 78 * size, 32 * size, 50 * size, cloth, radius=11 * size)
        if veil:
            tone = mix(shirt, "#ffffff", 0.45)
            self.disc(x, y - 90 * size, 16 * size, tone, flat=1.15)
            self.disc(x, y - 76 * size, 15 * size, tone, flat=0.6)
            self.disc(x, y - 91 * size, 9.5 * size, skin)
        else:
            self.disc(x, y - 93 * size, 13.5 * size, "#2a201a")
            self.disc(x, y - 89 * size, 12 * size, skin)

    def crowd(self, y: float, xs: Sequence[float], *, size: float = 1.0) -> None:
        shirts = ("#0b5a5e", "#a8322d", "#f2b632", "#4b6fa5", "#e9e3d2", "#6a8f3c", "#b5651d")
        for n, x in enumerate(xs):
            lift, scale = self.dice.uniform(-6, 6), size * self.dice.uniform(0.88, 1.06)
            self.person(x, y + lift, shirts[(n * 3 + int(y)) % 7], size=scale, veil=n % 2 == 0)

    def boat(self, x: float, y: float, size: float = 1.0, *, sail: str | None = None, flip: int = 1) -> None:
        """A sandeq-like outrigger; ``y`` is the waterline."""
        p = self.palette
        s, f = size, size * flip
        shade = mix(p.water[1], "#000000", 0.15)
        self.disc(x, y + 7 * s, 92 * s, shade, flat=0.07)
        if sail:
            self.line([(x + 6 * f, y - 10 * s), (x + 6 * f, y - 190 * s)], p.wood, 4 * s)
            self.polygon([(x + 8 * f, y - 188 * s), (x + 92 * f, y - 24 * s), (x + 6 * f, y - 24 * s)], sail)
            self.polygon(
                [(x + 2 * f, y - 172 * s), (x - 62 * f, y - 22 * s), (x + 2 * f, y - 26 * s)],
                mix(sail, p.sky[0], 0.3),
            )
        hull = [
            (x - 100 * f, y - 26 * s),
            (x + 112 * f, y - 34 * s),
            (x + 76 * f, y + 6 * s),
            (x - 72 * f, y + 6 * s),
        ]
        self.polygon(hull, mix(p.wall, "#ffffff", 0.3))
        stripe = [
            (x - 94 * f, y - 18 * s),
            (x + 100 * f, y - 22 * s),
            (x + 93 * f, y - 13 * s),
            (x - 86 * f, y - 10 * s),
        ]
        self.polygon(stripe, p.roof)
        self.line([(x - 30 * f, y - 28 * s), (x - 48 * f, y + 16 * s)], p.wood, 4 * s)
        self.line([(x + 40 * f, y - 30 * s), (x + 22 * f, y + 16 * s)], p.wood, 4 * s)
        self.line([(x - 118 * f, y + 15 * s), (x + 92 * f, y + 15 * s)], mix(p.wood, p.wall, 0.35), 6 * s)

    def flag(self, x: float, y: float, height: float = 190) -> None:
        """The red and white on its pole."""
        self.box(x - 3, y - height, 6, height, mix(self.palette.wall, "#777777", 0.4))
        self.box(x + 3, y - height + 4, 70, 24, "#c3272b")
        self.box(x + 3, y - height + 28, 70, 24, "#ffffff")
        self.disc(x, y - height - 4, 6, self.palette.sun)

    def bunting(self, start: Point, end: Point, *, sag: float = 36, flags: int = 16) -> None:
        tones = ("#c3272b", "#ffffff", "#f2b632", "#0b5a5e")
        at = [
            (start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t + sag * 4 * t * (1 - t))
            for t in (n / flags for n in range(flags + 1))
        ]
        self.line(at, self.palette.wood, 2)
        for n, (x, y) in enumerate(at[:-1]):
            self.polygon([(x + 3, y + 1), (x + 27, y + 1), (x + 15, y + 30)], tones[n % 4])
