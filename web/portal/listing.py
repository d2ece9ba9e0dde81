"""A list of news with its paging and its feed: what places, topics, sites and searches have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import request

from hub.model import SearchPage
from web import asking, current
from web.asking import Asked


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of news. ``previous`` and ``next`` are addresses or None; ``feed`` is the query of the feed
    that carries the same news."""

    found: SearchPage
    feed: dict[str, object]
    previous: str | None
    next: str | None


def listing(asked: Asked, *, limit: int = 20) -> Listing:
    """The page of news that this request asks for, newest first, from the database alone."""
    asked = replace(asked, page=asking.page_number(request.args), sort="newest")
    found = current.hub().reading.search(
        asked.request(current.hub().settings.zone, limit=limit, facets=False)
    )
    return paged(found, asked.params(sort=None), here)


def paged(found: SearchPage, feed: dict[str, object], address: Callable[[int], str]) -> Listing:
    """``found`` with the addresses around it."""
    return Listing(
        found=found,
        feed=feed,
        previous=address(found.page - 1) if found.page > 1 else None,
        next=address(found.page + 1) if found.page < found.pages else None,
    )


def here(page: int) -> str:
    """The address of another page of what is shown now."""
    suffix = {"page": page} if page > 1 else {}
    return current.paths().to(request.path, suffix)
