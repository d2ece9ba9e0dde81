"""Passing a post on: its short address, and what a message says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlencode

from flask import Response, redirect

from web import answer, asking, current
from web.portal import blueprint


@dataclass(frozen=True, slots=True)
class Shared:
    """What is passed on: a title, where it is from, a short absolute address."""

    title: str
    place: str
    url: str

    @property
    def text(self) -> str:
        """The message without its address."""
        return f"{self.title}\n{self.place}" if self.place else self.title

    @property
    def copied(self) -> str:
        return f"{self.title}\n{self.url}"

    @property
    def whatsapp(self) -> str:
        message = f"{self.text}\n{self.url}"
        return f"https://wa.me/?{_query(text=message)}"

    @property
    def telegram(self) -> str:
        return f"https://t.me/share/url?{_query(url=self.url, text=self.text)}"


@blueprint.get(f"/b/<int(max={asking.MAX_ID}):key>")
def short(key: int) -> Response:
    """The short address of a post leads to its page, which says whether there is one."""
    response = cast(Response, redirect(current.paths().post(key), 301))
    response.headers["Cache-Control"] = answer.PUBLIC
    return response


def _query(**values: str) -> str:
    """Spaces as %20: some apps show a plus sign as it is."""
    return urlencode(values, quote_via=quote)
