"""The poll: what was edited, what is new.

Two questions, because neither sees all. Posts by ``modified_after`` misses scheduled posts (publishing by
cron leaves the modification time alone) and posts published with a date in the past; the newest posts by
date find the former, and the site's count of posts tells of the latter, which are then looked up by number.
Both addresses stay the same while nothing changes, so that the answer is recognised as the same.

WordPress tells modification times by the second, and a post may be edited again within the second in which
it was read: as long as that is the newest second seen, posts are compared by what they say.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.wordpress.client import FULL, Listing, Raw
from connectors.wordpress.state import Changes
from connectors.wordpress.visit import Visit, modified
from hub.spec import Batch, Validators

#: A modification time this much older than the newest seen may still turn up late.
OVERLAP = timedelta(seconds=120)
#: A modification time further ahead of the hub's clock is a mistake and must not become the mark.
AHEAD = timedelta(hours=1)
MAX_PAGES = 1000
MAX_RECENT = 500
#: How many of the newest are looked at; village sites publish a few posts a day.
NEWEST = 50
BRIEF = "id,modified_gmt"
#: What an edit may change, of what the lists give.
SAYS = ("slug", "status", "title", "content", "excerpt", "categories", "tags", "featured_media")


def set_baseline(visit: Visit) -> None:
    """Note the newest modification before the backfill begins, so that no edit during it is missed."""
    params = {"per_page": 1, "orderby": "modified", "order": "desc", "_fields": BRIEF}
    place, posts = visit.state.changes, visit.client.posts(params).posts
    place.seen = _newest(visit, posts, "")
    note(place, posts)


def note(place: Changes, posts: Iterable[Raw]) -> None:
    """Remember posts inside the overlap, so that the next poll knows them."""
    floor = _floor(place.seen)
    young = [raw for raw in posts if modified(raw) > floor]
    place.recent.update({str(raw["id"]): modified(raw) for raw in young})
    place.prints.update(_prints(young, place.seen))


def read_changes(visit: Visit) -> Generator[Batch, None, bool]:
    """Posts modified since the last poll, newest modification first; False when time was over.

    Releases before 5.7 ignore ``modified_after``; in this order the first post that is too old ends the
    poll there as well.
    """
    place = visit.state.changes
    while True:
        listing = _ask(visit, place)
        if listing is None or listing.unchanged:
            break
        if place.page == 1:
            place.coming = _newest(visit, listing.posts, place.seen)
        floor = _floor(place.seen)
        young = [raw for raw in listing.posts if not modified(raw) or modified(raw) > floor]
        new = [raw for raw in young if not modified(raw) or not _is_noted(place, raw)]
        visit.skipped += len(young) - len(new)
        place.recent_coming.update({str(raw["id"]): modified(raw) for raw in young})
        place.prints.update(_prints(young, max(place.seen, place.coming)))
        past = not new or len(young) < len(listing.posts) or place.page >= MAX_PAGES
        if past or (listing.pages is not None and place.page >= listing.pages):
            _finish(place)
            if new:
                yield visit.batch(new)
            return True
        place.page += 1
        waiting = visit.late()
        yield visit.batch(new, more=waiting)
        if waiting:
            return False
    _finish(place)
    return True


def read_newest(visit: Visit) -> Iterator[Batch]:
    """Posts among the newest by date that the hub does not have; by number too, when the site's count
    of posts is not what these explain. A count that is too low tells of removed posts."""
    place = visit.state.newest
    listing = visit.client.posts(_newest_by("date"), since=Validators.load(place.validators))
    unknown = _unknown(visit, listing)
    if listing.total is not None and place.total is not None:
        surplus = listing.total - place.total - _came(visit, unknown)
        if surplus:
            unknown |= _unknown(visit, visit.client.posts(_newest_by("id")))
            surplus = listing.total - place.total - _came(visit, unknown)
        if surplus < 0:
            visit.state.sweep.hurry(visit.now)
    yield from visit.fetch(unknown)
    place.validators = listing.response.validators.dump()
    place.total = place.total if listing.total is None else listing.total


def _ask(visit: Visit, place: Changes) -> Listing | None:
    params: dict[str, Any] = {"orderby": "modified", "order": "desc", **FULL}
    if place.seen:
        params["modified_after"] = f"{_floor(place.seen)}Z"  # without Z it would be read as site time
    same = place.page == 1 and place.url == visit.address(place, params)
    listing = visit.page(place, params, since=Validators.load(place.validators) if same else None)
    if listing and place.page == 1:
        place.url = visit.address(place, params)
        place.validators = listing.response.validators.dump()
    return listing


def _is_noted(place: Changes, raw: Raw) -> bool:
    number, when = str(raw["id"]), modified(raw)
    if when not in (place.recent.get(number), place.recent_coming.get(number)):
        return False
    return when < place.seen or place.prints.get(number) == _print(raw)


def _prints(posts: Iterable[Raw], seen: str) -> dict[str, str]:
    """What the posts of the newest second say."""
    return {str(raw["id"]): _print(raw) for raw in posts if modified(raw) >= seen and "content" in raw}


def _print(raw: Raw) -> str:
    said = json.dumps([raw.get(name) for name in SAYS], sort_keys=True)
    return hashlib.blake2b(said.encode("ascii"), digest_size=8).hexdigest()


def _finish(place: Changes) -> None:
    place.seen, place.coming, place.page = max(place.seen, place.coming), "", 1
    floor = _floor(place.seen)
    noted = {**place.recent, **place.recent_coming}
    latest = sorted(noted.items(), key=lambda each: each[1], reverse=True)[:MAX_RECENT]
    place.recent = {number: when for number, when in latest if when > floor}
    place.recent_coming = {}
    place.prints = {
        number: said for number, said in place.prints.items() if place.recent.get(number, "") >= place.seen
    }


def _newest(visit: Visit, posts: Iterable[Raw], seen: str) -> str:
    """The newest credible modification time of ``posts`` and ``seen``."""
    limit = (visit.ctx.now() + AHEAD).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    times = (modified(raw) for raw in posts)
    return max([seen, *(each for each in times if each <= limit and _floor(each))])


def _floor(seen: str) -> str:
    """The mark less the overlap; empty where there is no mark."""
    try:
        return (datetime.fromisoformat(seen) - OVERLAP).isoformat(timespec="seconds") if seen else ""
    except (ValueError, OverflowError):
        return ""


def _newest_by(order: str) -> dict[str, Any]:
    return {"per_page": NEWEST, "orderby": order, "order": "desc", "_fields": BRIEF}


def _came(visit: Visit, unknown: set[int]) -> int:
    return len((unknown | visit.handed) - visit.known)


def _unknown(visit: Visit, listing: Listing) -> set[int]:
    return {raw["id"] for raw in listing.posts} - visit.known - visit.handed
