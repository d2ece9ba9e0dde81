"""Writing: a new announcement, changes to one that has not gone out, and corrections of one that has."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from hub.errors import ConfigError, Conflict, NotFound
from hub.model import Announcement, Attachment, Manuscript, Preview
from web import answer, asking, current
from web.desk.access import actor, go, page
from web.desk.forms import LetterForm, in_words

#: A draft wants somebody to be for; the next screen asks who, beginning with everybody.
EVERYBODY = ("all",)
ONE = f"/meja/pengumuman/<int(max={asking.MAX_ID}):key>"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the form's page is about: a new announcement, a changed one, or a correction."""

    kind: str
    path: str
    announcement: Announcement | None = None


@page("/meja/pengumuman/baru", "write")
def new() -> Response:
    form = LetterForm(formdata=None)
    form.date.data = current.hub().now().astimezone(current.hub().settings.zone).date()
    return _show(Sheet("new", "/meja/pengumuman/baru"), form, ())


@page("/meja/pengumuman/baru", "write", post=True, uploads=True)
def new_written() -> Response:
    sheet, hub = Sheet("new", "/meja/pengumuman/baru"), current.hub()

    def save(manuscript: Manuscript, key: str) -> Announcement:
        return hub.announcing.announce(manuscript, actor(), draft=True, idempotency_key=key or None)

    return _written(sheet, EVERYBODY, save, "sasaran")


@page(f"{ONE}/ubah", "write")
def edit(key: int) -> Response:
    found = current.hub().noticeboard.get(key)
    if not found.unpublished:
        return go(f"/meja/pengumuman/{key}")
    return _opened(Sheet("edit", f"/meja/pengumuman/{key}/ubah", found), found.manuscript)


@page(f"{ONE}/ubah", "write", post=True, uploads=True)
def edit_written(key: int) -> Response:
    hub = current.hub()
    found = hub.noticeboard.get(key)
    if not found.unpublished:
        return go(f"/meja/pengumuman/{key}", "desk.too_late", kind="trouble")

    def save(manuscript: Manuscript, _: str) -> Announcement:
        return hub.announcing.save(manuscript, actor(), announcement_id=key, rehearsal=found.rehearsal)

    return _written(Sheet("edit", f"/meja/pengumuman/{key}/ubah", found), found.to, save, "sasaran")


@page(f"{ONE}/koreksi", "write")
def correct(key: int) -> Response:
    found = current.hub().noticeboard.get(key)
    if found.state != "published":
        return go(f"/meja/pengumuman/{key}")
    sheet = Sheet("correct", f"/meja/pengumuman/{key}/koreksi", found)
    return _opened(sheet, found.proposed or found.manuscript)


@page(f"{ONE}/koreksi", "write", post=True, uploads=True)
def corrected(key: int) -> Response:
    hub = current.hub()
    found = hub.noticeboard.get(key)
    if found.state != "published":
        return go(f"/meja/pengumuman/{key}", "desk.too_late", kind="trouble")

    def save(manuscript: Manuscript, _: str) -> Announcement:
        return hub.announcing.correct(key, manuscript, actor())

    return _written(Sheet("correct", f"/meja/pengumuman/{key}/koreksi", found), found.to, save, "")


@page("/meja/pratinjau", "write", post=True)
def preview() -> Response:
    """How the text will look, while it is being written."""
    form = LetterForm()
    return answer.page("desk/_preview.html", shown=_preview(form, (), EVERYBODY))


def _written(sheet: Sheet, to: tuple[str, ...], save: object, then: str) -> Response:
    """Keep the files at once, so that a complaint about the rest loses none; then do what was asked."""
    form = LetterForm()
    zone = current.hub().settings.zone
    attachments = [*_kept(), *_uploaded(form)]
    wish = request.form.get("do", "save")
    if wish in ("attach", "preview"):
        shown = _preview(form, attachments, to) if wish == "preview" else None
        return _show(sheet, form, attachments, shown=shown)
    fine = form.validate() and not form.files.errors
    if not fine:
        return _show(sheet, form, attachments, status=422)
    try:
        assert callable(save)
        saved = save(form.written(to, attachments, zone), form.key.data or "")
    except ConfigError as error:
        form.complain(error)
        return _show(sheet, form, attachments, status=422)
    except Conflict:
        form.form_errors.append("desk.conflict")
        return _show(sheet, form, attachments, status=409)
    base = f"/meja/pengumuman/{saved.id}"
    if sheet.kind == "correct":
        return go(base, "desk.corrected.waits" if saved.proposed else "desk.corrected")
    return go(base, "desk.saved") if wish == "draft" else go(f"{base}/{then}")


def _opened(sheet: Sheet, written: Manuscript) -> Response:
    form = LetterForm(formdata=None)
    form.take(written, current.hub().settings.zone)
    return _show(sheet, form, written.attachments)


def _show(
    sheet: Sheet,
    form: LetterForm,
    attachments: tuple[Attachment, ...] | list[Attachment],
    *,
    shown: Preview | None = None,
    status: int = 200,
) -> Response:
    if status == 409 or not form.key.data:
        form.key.data = secrets.token_urlsafe(12)
    return answer.page(
        "desk/compose.html",
        status=status,
        sheet=sheet,
        form=form,
        attachments=[(each, _signer().dumps(_packed(each))) for each in attachments],
        shown=shown,
        agencies=current.hub().noticeboard.agencies(),
    )


def _preview(
    form: LetterForm, attachments: tuple[Attachment, ...] | list[Attachment], to: tuple[str, ...]
) -> Preview | None:
    """The page of a village's site with what is written so far; gaps are filled so that it can be shown."""
    say, zone, hub = current.say(), current.hub().settings.zone, current.hub()
    written = form.written(to, attachments, zone)
    written = replace(
        written,
        number=written.number or say.t("desk.preview.number"),
        subject=written.subject or say.t("desk.preview.untitled"),
        text=written.text or say.t("desk.preview.empty"),
        date=written.date or hub.now().astimezone(zone).date(),
    )
    if written.valid_from and written.valid_until and written.valid_until <= written.valid_from:
        written = replace(written, valid_until=written.valid_from + timedelta(days=1))
    try:
        found = hub.announcing.previews(written)
    except ConfigError:
        return None
    return next((each for each in found if each.html is not None), None)


def _kept() -> list[Attachment]:
    """The attachments that the form brought back. Each reference is signed, so only a file that this desk
    took in can be named, and its description cannot be changed."""
    found = []
    for reference in request.form.getlist("attachment")[:50]:
        try:
            sha256, name, kind, size = _signer().loads(reference)
        except (BadSignature, ValueError):
            continue
        if request.form.get(f"drop-{sha256}"):
            continue
        try:
            current.hub().noticeboard.file(sha256)
        except NotFound:
            continue
        alt = " ".join(request.form.get(f"alt-{sha256}", "").split())[:200]
        found.append(Attachment(sha256, name, kind, size, alt))
    return found


def _uploaded(form: LetterForm) -> list[Attachment]:
    """The files that came with this request, kept; what the hub refuses stands beside the field."""
    found: list[Attachment] = []
    refused: list[str] = []
    for upload in request.files.getlist("files"):
        if not upload.filename:
            continue
        try:
            found.append(current.hub().announcing.keep_file(upload.filename, upload.stream.read()))
        except ConfigError as error:
            refused += map(in_words, error.faults)
    form.files.errors = refused
    return found


def _packed(each: Attachment) -> list[object]:
    return [each.sha256, each.name, each.type, each.size]


def _signer() -> URLSafeSerializer:
    assert current_app.secret_key
    return URLSafeSerializer(current_app.secret_key, "kimhub attachment")
