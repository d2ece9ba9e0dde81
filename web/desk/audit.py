"""The audit trail, to be read: nothing here can change it."""

from __future__ import annotations

from flask import Response, request

from web import answer, asking, current
from web.desk.access import page

ROWS = 50


@page("/meja/jejak", "audit")
def audit() -> Response:
    args = request.args
    who, action = args.get("actor", "").strip()[:200], args.get("action", "").strip()[:64]
    before = asking.read({"site": args.get("before", "")}).site
    hub = current.hub()
    rows = hub.audit.rows(limit=ROWS, before_id=before, actor=who, action=action)
    return answer.page(
        "desk/audit.html",
        rows=rows,
        who=who,
        action=action,
        broken=hub.audit.verify(),
        before=rows[-1].id if len(rows) == ROWS else None,
    )
