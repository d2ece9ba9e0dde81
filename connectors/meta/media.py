"""A post of an Instagram account, as the Graph API gives it, into an entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.meta.client import Raw
from connectors.meta.post import OWN
from hub.spec import Context, Entry, Image, article_in, html_of, links_in, title_of, topics_of

PREFIX = "instagram:"
_PICTURE = "id,media_type,media_url,thumbnail_url"
FIELDS = f"{_PICTURE},caption,permalink,timestamp,media_product_type,children{{{_PICTURE}}}"
MAX_IMAGES = 20


def to_entry(raw: Raw, ctx: Context) -> Entry | None:
    """None for a post without a word: a picture alone is no news that could be read or found."""
    caption = _text(raw.get("caption"))
    title = title_of(caption)
    if not title or raw.get("media_product_type") == "STORY":
        return None
    published = _text(raw.get("timestamp"))
    read = ctx.parse_date(published) if published else None
    return Entry(
        id=f"{PREFIX}{raw['id']}",
        link=_text(raw.get("permalink")),
        title=title,
        html=html_of(caption),
        published=read,
        published_as_given="" if read else published,
        topics=topics_of(caption),
        images=tuple(_images(raw))[:MAX_IMAGES],
        base="https://www.instagram.com/",
        about=article_in(links_in(caption), OWN),
    )


def _images(raw: Raw) -> Iterator[Image]:
    """The pictures, of a video its first frame. Media under a claim of copyright have no address."""
    children = raw.get("children")
    parts = children.get("data") if isinstance(children, dict) else None
    for each in parts if isinstance(parts, list) and parts else [raw]:
        if not isinstance(each, dict):
            continue
        name = "thumbnail_url" if each.get("media_type") == "VIDEO" else "media_url"
        url = _text(each.get(name))
        if url.startswith("https://"):
            yield Image(url)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
