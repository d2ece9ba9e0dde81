"""The backfill: a site's whole archive, newest post first.

Newest first, because residents want today's news while the archive is still being read. Not by page
number, because posts that come and go during the reading would shift the pages: each request asks for
what is dated ``before`` the oldest post taken. That parameter exists since REST came into WordPress (4.7);
given in site time without a zone, as ``date`` is, every release reads it alike. ``before`` is exclusive and
an import may give hundreds of posts one date, hence one second more and a list of what is already taken of
that second. A site that does not know the parameter is read by page numbers.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

from connectors.wordpress.changes import note, set_baseline
from connectors.wordpress.client import FULL, Listing, Raw, identifier
from connectors.wordpress.state import Archive
from connectors.wordpress.visit import Visit
from hub.spec import Batch, Oddity

#: Past so many requests an archive is taken for endless; a hundred thousand posts is no village.
MAX_REQUESTS = 1000
#: Pages in a row without anything new after which the site's page count is not believed.
MAX_IDLE = 3


def read_archive(visit: Visit, *, whole: bool) -> Generator[Batch, None, bool]:
    """Hand over page after page; False when the visit's time was over before the end.

    With ``whole`` False only the newest page is read.
    """
    place = visit.state.archive
    if not place.requests:
        set_baseline(visit)
    while not place.done:
        listing = visit.page(place, query(place))
        if listing and visit.state.newest.total is None:
            visit.state.newest.total = listing.total
        posts = take(place, listing)
        note(visit.state.changes, posts)
        place.done = place.done or not whole
        waiting = not place.done and visit.late()
        yield visit.batch(posts, more=waiting, warnings=_endless(place))
        if waiting:
            return False
    return True


def query(place: Archive) -> dict[str, Any]:
    params = {"orderby": "date", "order": "desc", **FULL}
    if place.before and not place.paged:
        params["before"] = (datetime.fromisoformat(place.before) + timedelta(seconds=1)).isoformat()
    return params


def take(place: Archive, listing: Listing | None) -> list[Raw]:
    """What is new on a page; moves ``place`` on, and marks it done at the end of the archive."""
    place.requests += 1
    if listing is None:
        place.done = True
        return []
    dates = [_site_time(raw) for raw in listing.posts]
    if not place.paged and place.before and any(date > place.before for date in dates):
        place.paged, place.page = True, place.taken // place.size + 1
        return []
    fresh = [raw for raw in listing.posts if raw["id"] not in place.edge]
    place.taken += len(listing.posts)
    place.idle = 0 if fresh else place.idle + 1
    at_end = not fresh if listing.pages is None else place.page >= listing.pages
    place.done = at_end or place.idle >= MAX_IDLE or place.requests >= MAX_REQUESTS
    _move_on(place, listing, dates)
    return fresh


def _move_on(place: Archive, listing: Listing, dates: list[str]) -> None:
    numbers = [number for raw in listing.posts if (number := identifier(raw))]
    if not numbers:
        place.page += 1  # posts that we may not read are dropped after paging: a page may be empty
    elif place.paged or not all(dates):
        place.page = place.page + 1 if place.paged or not place.before else place.taken // place.size + 1
        place.paged, place.edge = True, numbers
    elif min(dates) == place.before:
        place.page += 1
        place.edge += numbers
    else:
        place.before, place.page = min(dates), 1
        place.edge = [number for number, date in zip(numbers, dates, strict=True) if date == place.before]


def _site_time(raw: Raw) -> str:
    """The post's date in site time, or empty where it is none that can be counted with."""
    value = raw.get("date")
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return ""
    return read.isoformat(timespec="seconds") if read and read.tzinfo is None else ""


def _endless(place: Archive) -> list[Oddity]:
    if place.requests < MAX_REQUESTS:
        return []
    return [Oddity("degraded", f"the archive was left after {MAX_REQUESTS} pages, {place.taken} posts")]
