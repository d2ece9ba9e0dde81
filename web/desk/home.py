"""The desk's first page: what waits, what was sent lately and how it fares, which KIM sleeps."""

from __future__ import annotations

from flask import Response, request

from hub.model import ANNOUNCEMENT_STATES
from web import answer, asking, current
from web.desk.access import page, person
from web.desk.words import progress

LATEST = 6
LIST = 30
QUIET = 8


@page("/meja", "see")
def home() -> Response:
    hub = current.hub()
    name = person().person.name
    waiting = hub.noticeboard.list(states=("pending",), limit=LIST)
    corrections = [each for each in hub.noticeboard.list(states=("published",), limit=LIST) if each.proposed]
    quiet = [each for each in hub.reading.sites() if each.state in ("trouble", "silent")]
    return answer.page(
        "desk/home.html",
        waiting=[*waiting, *corrections],
        drafts=[
            each for each in hub.noticeboard.list(states=("draft",), limit=LIST) if each.created_by == name
        ],
        scheduled=hub.noticeboard.list(states=("scheduled",), limit=LIST),
        latest=[
            (each, progress(each, hub.noticeboard.board(each.id).counts))
            for each in hub.noticeboard.list(states=("published", "withdrawn", "expired"), limit=LATEST)
        ],
        quiet=quiet[:QUIET],
        parts_plugins=[each.name for each in hub.plugins.report() if each.problem],
        parts_canaries=[(each, _site_of(each.source_id)) for each in hub.canaries.alarms()],
        quiet_more=max(0, len(quiet) - QUIET),
    )


def _site_of(source_id: int) -> str:
    hub = current.hub()
    return hub.reading.site(hub.registering.source(source_id).site_id).site.name


@page("/meja/pengumuman", "see")
def announcements() -> Response:
    """Every announcement, newest first, by state."""
    state = request.args.get("state", "")
    states = (state,) if state in ANNOUNCEMENT_STATES else None
    before = asking.read({"site": request.args.get("before", "")}).site
    board = current.hub().noticeboard
    listed = board.list(states=states, limit=LIST, before=before)
    counts = board.counts([each.id for each in listed])
    found = [
        (each, progress(each, counts.get(each.id, {})) if each.published_at else None) for each in listed
    ]
    last = found[-1][0].id if len(found) == LIST else None
    return answer.page(
        "desk/announcements.html",
        found=found,
        state=state if states else "",
        states=ANNOUNCEMENT_STATES,
        before=last,
    )
