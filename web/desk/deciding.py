"""What is decided about an announcement on its page: approved, sent back, thrown away, withdrawn."""

from __future__ import annotations

from flask import Response, request

from hub.errors import Conflict
from hub.model import Announcement
from web import answer, current
from web.desk.access import actor, go, page, prove, tell
from web.desk.compose import ONE
from web.desk.forms import WhyForm
from web.desk.sending import asks_password


@page(f"{ONE}/setujui", "approve", post=True)
def approve(key: int) -> Response:
    hub = current.hub()
    found = hub.noticeboard.get(key)
    if asks_password(found) and (wrong := prove(request.form.get("password", ""))):
        return tell(f"/meja/pengumuman/{key}", wrong)
    try:
        hub.announcing.approve(key, actor())
    except Conflict:
        return go(f"/meja/pengumuman/{key}", "desk.too_late", kind="trouble")
    return go(f"/meja/pengumuman/{key}", "desk.approved")


@page(f"{ONE}/tolak", "approve", post=True)
def reject(key: int) -> Response:
    form = WhyForm()
    if not form.validate():
        return go(f"/meja/pengumuman/{key}", "desk.need.why", kind="trouble")
    try:
        current.hub().announcing.reject(key, actor(), form.why.data)
    except Conflict:
        return go(f"/meja/pengumuman/{key}", "desk.too_late", kind="trouble")
    return go(f"/meja/pengumuman/{key}", "desk.rejected")


@page(f"{ONE}/buang", "write", post=True)
def discard(key: int) -> Response:
    found = current.hub().noticeboard.get(key)
    if not found.unpublished:
        return go(f"/meja/pengumuman/{key}", "desk.too_late", kind="trouble")
    current.hub().announcing.discard(key, actor())
    return go("/meja", "desk.discarded", subject=found.subject)


@page(f"{ONE}/tarik", "withdraw")
def withdraw(key: int) -> Response:
    found = current.hub().noticeboard.get(key)
    if found.state != "published":
        return go(f"/meja/pengumuman/{key}")
    return _confirm(found, WhyForm(formdata=None))


@page(f"{ONE}/tarik", "withdraw", post=True)
def withdrawn(key: int) -> Response:
    hub, form = current.hub(), WhyForm()
    found = hub.noticeboard.get(key)
    if found.state != "published":
        return go(f"/meja/pengumuman/{key}")
    if not form.validate():
        return _confirm(found, form, status=422)
    hub.announcing.withdraw(key, actor(), form.why.data)
    return go(f"/meja/pengumuman/{key}", "desk.withdrawn")


def _confirm(found: Announcement, form: WhyForm, status: int = 200) -> Response:
    board = current.hub().noticeboard.board(found.id)
    return answer.page("desk/withdraw.html", status=status, announcement=found, form=form, board=board)
