"""Announcements: the list, and each one with how it stands today."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from hub.model import NATURES, Announcement, Framed, Image, Region
from web import answer, asking, current, display, share, structured
from web.notices import wording
from web.portal import blueprint
from web.portal.sharing import Shared

LIMIT = 20
#: Emergencies pinned on top of a page; more at once would hide each other.
URGENT = 3
#: Years offered in the filter.
YEARS = 5
MAX_WORDS = 256
_YEAR = re.compile(r"(?:19[7-9]|20\d|21\d)\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list; what makes no sense is dropped."""

    q: str = ""
    nature: str = ""
    agency: str = ""
    village: str = ""
    year: int | None = None

    @property
    def params(self) -> dict[str, object]:
        return {
            "q": self.q,
            "nature": self.nature,
            "agency": self.agency,
            "village": self.village,
            "year": self.year,
        }

    @property
    def narrowed(self) -> bool:
        return any(self.params.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list, shaped like a search's page for the paging links."""

    results: tuple[Announcement, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // LIMIT))


@dataclass(frozen=True, slots=True)
class Listing:
    found: Shown
    previous: str | None
    next: str | None


@blueprint.get("/pengumuman")
def announcements() -> Response:
    wanted, page = _wanted(), min(asking.page_number(request.args), asking.MAX_PAGE)
    board = current.hub().noticeboard
    results, total = board.archive(
        q=wanted.q,
        agency=wanted.agency,
        nature=wanted.nature,
        village=wanted.village,
        year=wanted.year,
        page=page,
        limit=LIMIT,
    )
    found = Shown(results, total, page)
    return answer.page(
        "announcements.html",
        wanted=wanted,
        listing=Listing(
            found,
            previous=_address(wanted, page - 1) if page > 1 else None,
            next=_address(wanted, page + 1) if page < found.pages else None,
        ),
        natures=NATURES,
        agencies=board.agencies(),
        years=_years(wanted.year),
        places=_places(),
        village=current.hub().gazetteer.get(wanted.village) if wanted.village else None,
        issuer=wording.issuer,
        standing=wording.standing,
    )


@blueprint.get(f"/pengumuman/<int(max={asking.MAX_ID}):key>")
def announcement(key: int) -> Response:
    board = current.hub().noticeboard
    found, notice = board.public(key), board.notice(key)
    standing = wording.standing(found)
    earlier = [each for each in board.versions(key) if each.version < found.version]
    pictures = list(_pictures(found))
    shown = display.shown()
    return answer.page(
        "announcement.html",
        each=found,
        notice=notice,
        standing=standing,
        gone=standing == "withdrawn",
        issuer=wording.issuer(found),
        places=wording.places(found),
        validity=wording.validity(found),
        pictures=pictures if shown else (),
        held=() if shown else (*dict(pictures).values(), *current.hub().pictures.in_body(found.body)),
        shown=shown,
        preview=share.of_announcement(found),
        papers=[file for file in found.attachments if not file.is_image],
        earlier=sorted(earlier, key=lambda each: each.version, reverse=True),
        telegram=Shared(
            found.subject, wording.issuer(found), current.absolute(f"/pengumuman/{key}")
        ).telegram,
        whatsapp=f"https://wa.me/?{urlencode({'text': notice.short})}",
        structured=None if standing == "withdrawn" else structured.announcement(found),
    )


def _pictures(found: Announcement) -> Iterable[tuple[str, Framed]]:
    """The attached pictures: where each is to be had as it was attached, and small as those of villages."""
    for each in found.attachments:
        path = current.paths().attachment(found.id, each)
        framed = current.hub().pictures.frame(Image(current.absolute(path), each.alt))
        if each.is_image and framed:
            yield path, framed


def on_show(village: str | None = None, *, limit: int) -> dict[str, Any]:
    """What a page needs to show the announcements in force: emergencies apart from the others."""
    found = current.hub().noticeboard.current(village, limit=limit + URGENT)
    return {
        "urgent": [each for each in found if each.urgent][:URGENT],
        "announced": [each for each in found if not each.urgent][:limit],
        "issuer": wording.issuer,
        "standing": wording.standing,
    }


def _wanted() -> Wanted:
    args, read = request.args, asking.read(request.args)
    year = args.get("year", "")
    hub = current.hub()
    return Wanted(
        q=read.q[:MAX_WORDS],
        nature=args["nature"] if args.get("nature") in NATURES else "",
        agency=asking.line(args.get("agency", ""))[:MAX_WORDS],
        village=read.village if read.village and read.village in hub.gazetteer else "",
        year=int(year) if _YEAR.fullmatch(year) else None,
    )


def _address(wanted: Wanted, page: int) -> str:
    return current.paths().announcements({**wanted.params, "page": page if page > 1 else None})


def _years(wanted: int | None) -> list[int]:
    this = current.hub().now().astimezone(current.hub().settings.zone).year
    years = set(range(this, this - YEARS, -1)) | ({wanted} if wanted else set())
    return sorted(years, reverse=True)


def _places() -> Iterable[tuple[Region, list[Region]]]:
    """Kecamatan with their villages, for choosing one."""
    gazetteer = current.hub().gazetteer
    return [
        (above, [each for each in gazetteer.villages if each.parent == above.code])
        for above in gazetteer.kecamatan
    ]
