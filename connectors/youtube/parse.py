"""A video as the feed gives it, made into a post."""

from __future__ import annotations

import re
from dataclasses import replace

from hub.spec import Entry, Image, article_in, html_of, links_in, topics_of

PREFIX = "yt:video:"
#: Hosts whose addresses in a description lead nowhere else.
OWN = ("youtube.com", "youtu.be", "goo.gl")
_VIDEO = re.compile(r"[\w-]{6,20}", re.ASCII)
#: The hashtag that YouTube puts under short videos says nothing.
_NO_TOPIC = ("shorts", "short", "youtube shorts", "yt shorts")


def is_short(entry: Entry) -> bool:
    return "/shorts/" in entry.link


def to_entry(entry: Entry) -> Entry:
    """The description as text, the thumbnail named by the title, and the video by both of its addresses.
    The player for browsers of long ago, which the feed attaches, is left out."""
    video = entry.id.removeprefix(PREFIX)
    known = video if entry.id.startswith(PREFIX) and _VIDEO.fullmatch(video) else ""
    watch = f"https://www.youtube.com/watch?v={known}"
    text = entry.summary
    return replace(
        entry,
        link=entry.link.replace("http://", "https://", 1) or (watch if known else ""),
        html=html_of(text),
        summary="",
        topics=tuple(each for each in topics_of(text) if each.lower() not in _NO_TOPIC),
        images=tuple(_picture(image, entry.title) for image in entry.images[:1]),
        enclosures=(),
        aliases=(watch, f"https://youtu.be/{known}") if known else (),
        about=article_in(links_in(text), OWN),
    )


def _picture(image: Image, title: str) -> Image:
    return replace(image, url=image.url.replace("http://", "https://", 1), alt=title)
