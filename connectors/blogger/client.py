"""A blog's feed of posts as JSON (the Google Data API, of which Blogger kept the reading half)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from hub.spec import Context, ParseError, Response, Validators, get_page

PATH = "feeds/posts/default"
#: Blogger gives no more than this in one answer, whatever is asked for.
PAGE = 150

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """``start`` is the number (from 1) of the first post on it, ``last`` says that none comes after it."""

    posts: tuple[Raw, ...]
    title: str
    total: int
    start: int
    last: bool
    response: Response


def home_of(url: str) -> str:
    """A blog's address, whichever of its pages or feeds was given: its scheme and host."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))


def get(
    ctx: Context, home: str, start: int = 1, *, size: int = PAGE, since: Validators | None = None
) -> Page:
    """Posts by their last change, newest first. A blog that sends its readers to FeedBurner is read at its
    own address all the same (``redirect=false``).

    Raises:
        RemoteError: no such blog, a private one, network, or something that is no feed.
    """
    asked = {
        "alt": "json",
        "redirect": "false",
        "orderby": "updated",
        "start-index": start,
        "max-results": size,
    }
    url = f"{home}{PATH}?{urlencode(asked)}"
    response = get_page(ctx.http, url, since=since, accept="application/json")
    if response.unchanged:
        return Page((), "", 0, start, True, response)
    found = response.json()
    feed = found.get("feed") if isinstance(found, dict) else None
    if not isinstance(feed, dict):
        raise ParseError("not_a_feed", "the answer is no feed of a blog")
    entries = feed.get("entry")
    posts = tuple(each for each in (entries if isinstance(entries, list) else []) if isinstance(each, dict))
    more = any(link.get("rel") == "next" for link in links(feed))
    total = text(feed, "openSearch$totalResults")
    count = int(total) if total.isascii() and total.isdigit() and len(total) < 9 else len(posts)
    return Page(posts, text(feed, "title"), count, start, not (more and posts), response)


def moved_home(page: Page, home: str) -> str | None:
    """The blog's new address, where a permanent redirect led to the same feed elsewhere."""
    moved = page.response.moved_to
    return home_of(moved) if moved and f"/{PATH}" in moved and home_of(moved) != home else None


def text(raw: Raw, name: str) -> str:
    """What stands in ``{"$t": ...}``."""
    value = raw.get(name)
    found = value.get("$t") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def links(raw: Raw) -> list[Raw]:
    value = raw.get("link")
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
