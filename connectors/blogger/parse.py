"""A post as Blogger gives it, into an entry."""

from __future__ import annotations

import re
from typing import Any

from connectors.blogger.client import Raw, links, text
from hub.spec import Context, Entry, Image

MAX_TOPICS = 50
#: The size in the address of a picture: ``/s72-c/`` or ``=s72-c``; ``w1200`` is sharp on every phone.
_SIZE = re.compile(r"(?<=/)(?:s\d+|w\d+(?:-h\d+)?)(?:-[a-z0-9-]+)?(?=/)|(?<==)(?:s\d+|w\d+)(?:-[a-z0-9-]+)*$")


def to_entry(raw: Raw, home: str, ctx: Context) -> Entry | None:
    """None for what has no identifier. The identifier (``tag:blogger.com,1999:blog-N.post-N``) is that of
    the blog's Atom and RSS feeds too, so that a post read by either is one post."""
    key = text(raw, "id")
    if not key:
        return None
    published, updated = text(raw, "published"), text(raw, "updated")
    read = ctx.parse_date(published) if published else None
    return Entry(
        id=key,
        link=_link(raw),
        title=text(raw, "title"),
        html=text(raw, "content"),
        summary=text(raw, "summary"),
        author=_author(raw),
        published=read,
        updated=ctx.parse_date(updated) if updated else None,
        published_as_given="" if read else published,
        topics=tuple(_topics(raw))[:MAX_TOPICS],
        images=_images(raw),
        base=home,
    )


def _link(raw: Raw) -> str:
    return next((str(each.get("href") or "") for each in links(raw) if each.get("rel") == "alternate"), "")


def _author(raw: Raw) -> str:
    """Profiles without a name are called ``Unknown`` or, by older blogs, ``Anonymous``."""
    name = next((text(each, "name") for each in _dicts(raw.get("author"))), "")
    return "" if name.casefold() in ("unknown", "anonymous", "noreply@blogger.com") else name


def _topics(raw: Raw) -> list[str]:
    terms = (each.get("term") for each in _dicts(raw.get("category")))
    return [each for each in terms if isinstance(each, str) and each and "schemas.google.com" not in each]


def _images(raw: Raw) -> tuple[Image, ...]:
    """The post's picture, of which the feed names a thumbnail of 72 pixels."""
    thumbnail = raw.get("media$thumbnail")
    url = thumbnail.get("url") if isinstance(thumbnail, dict) else None
    if not isinstance(url, str) or not url.startswith("http"):
        return ()
    if "ytimg.com" in url:
        return (Image(url),)
    return (Image(_SIZE.sub("w1200", url)),)


def _dicts(value: Any) -> list[Raw]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
