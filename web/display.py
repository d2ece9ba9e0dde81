"""How a reader wants pages to look: without pictures, in large letters, in light or dark colours.

All of it stands in one cookie of a few letters that says nothing about anybody: thousands have the same. What
a page is made from is the :class:`Choice`, never the cookie, so a page exists in at most twelve variants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, request

from web import current

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

COOKIE: Final = "tampilan"
#: What such a page depends on, for every cache on the way.
VARIES: Final = ("Cookie", "Save-Data")
#: The parameter that shows one page's pictures all the same.
SHOW: Final = "gambar"
YEAR: Final = 365 * 24 * 3600
#: How wide a picture in the reading column is: all of a phone's screen, or the column.
SIZES: Final = "(min-width: 44rem) 42rem, 100vw"
#: The same of the first story's picture on the front page. For phones less than it takes: the smaller width
#: has two pixels a px there, and nobody sees more.
LEAD_SIZES: Final = "(max-width: 37.49rem) 12rem, (min-width: 76rem) 43rem, (min-width: 56.25rem) 58vw, 100vw"
#: Letters of the cookie. ``n``: pictures are wanted although the browser asks to save data.
_LIGHT, _FULL, _LARGE, _THEMES = "h", "n", "b", {"t": "light", "g": "dark"}
#: Values of the form's field ``warna``.
THEMES: Final = {"perangkat": "", "terang": "light", "gelap": "dark"}
_GIVEN: Final = re.compile(rf"(?:^|;)\s*{COOKIE}=([a-z]{{0,4}})\s*(?:;|$)")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page looks like.

    ``light``: without pictures, because the reader said so or the browser asks to save data. ``theme`` is
    ``light``, ``dark``, or empty to follow the device.
    """

    light: bool = False
    large: bool = False
    theme: str = ""

    @property
    def variant(self) -> str:
        """A few letters, the same for the same page."""
        theme = next((letter for letter, name in _THEMES.items() if name == self.theme), "")
        return (_LIGHT if self.light else "") + (_LARGE if self.large else "") + theme

    @property
    def letters(self) -> str:
        """The cookie that asks for this."""
        return self.variant if self.light else _FULL + self.variant


def install(app: Flask) -> None:
    """Lend the templates the choice, and pictures as they are shown."""

    @app.context_processor
    def lend() -> dict[str, Any]:
        pictures = current.hub().pictures
        return {
            "display": chosen(),
            "frame": pictures.frame,
            "framed": pictures.body,
            "sizes": SIZES,
            "lead_sizes": LEAD_SIZES,
            "here": _here(),
        }


def _here() -> str:
    """This page's path, to come back to: without the word that shows its pictures once."""
    args = {name: value for name, value in request.args.items() if name not in (SHOW, "lang")}
    return current.paths().to(request.path, args)


def shown() -> bool:
    """Whether the page asked for has pictures: unless the reader saves data, or asks for this one's."""
    return not chosen().light or SHOW in request.args


def chosen() -> Choice:
    """The choice of who asks."""
    return of(request.environ)


def of(environ: WSGIEnvironment) -> Choice:
    """The choice that a request's headers state; what makes no sense is nothing."""
    given = _GIVEN.search(environ.get("HTTP_COOKIE", ""))
    return _read(given[1] if given else "", environ.get("HTTP_SAVE_DATA", "").strip().lower() == "on")


@lru_cache(1024)
def _read(letters: str, save_data: bool) -> Choice:
    asked_for = _LIGHT in letters or (save_data and _FULL not in letters)
    theme = next((name for letter, name in _THEMES.items() if letter in letters), "")
    return Choice(asked_for, _LARGE in letters, theme)


def changed(before: Choice, form: Mapping[str, str]) -> Choice:
    """``before`` with what a form states; a field that is absent or unknown changes nothing."""
    after = before
    if form.get("hemat") in ("ya", "tidak"):
        after = replace(after, light=form["hemat"] == "ya")
    if form.get("huruf") in ("biasa", "besar"):
        after = replace(after, large=form["huruf"] == "besar")
    if form.get("warna") in THEMES:
        after = replace(after, theme=THEMES[form["warna"]])
    return after
