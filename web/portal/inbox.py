"""The form of a KIM that has no site: whoever holds its secret address writes in the KIM's name."""

from __future__ import annotations

import secrets

from flask import Response, redirect, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect
from wtforms import HiddenField, MultipleFileField, StringField, TextAreaField

from hub.errors import ConfigError
from hub.model import Site
from web import answer, current
from web.desk.forms import DeskForm, trimmed
from web.portal import blueprint

#: Bytes of one request: a phone's photos, some at a time.
MAX_BODY = 40 * 2**20
MAX_PHOTOS = 6


class SubmitForm(DeskForm):
    """Title, text, who wrote it, photos."""

    title = StringField(filters=[trimmed])
    text = TextAreaField(filters=[trimmed])
    author = StringField(filters=[trimmed])
    attachments = MultipleFileField()
    #: the same for the same form sent twice
    key = HiddenField()


@blueprint.get("/kirim/<key>")
def inbox(key: str) -> Response:
    site = _site(key)
    form = SubmitForm(formdata=None)
    form.key.data = secrets.token_urlsafe(12)
    return _show(key, site, form, done="selesai" in request.args)


@blueprint.post("/kirim/<key>")
def send_in(key: str) -> Response | Redirect:
    """No cookie is at work here: the address alone is the right to write, from wherever."""
    request.max_content_length = MAX_BODY
    site = _site(key)
    form = SubmitForm()
    hub = current.hub()
    uploads = [each for each in request.files.getlist("attachments") if each.filename][:MAX_PHOTOS]
    try:
        hub.inbox.take(
            hub.inbox.behind(key),
            form.title.data or "",
            form.text.data or "",
            author=form.author.data or "",
            files=[(each.filename or "", each.read()) for each in uploads],
            key=f"form:{form.key.data}",
        )
    except ConfigError as error:
        form.complain(error)
        return _show(key, site, form, status=422, photos_lost=bool(uploads))
    return redirect(current.paths().to(f"/kirim/{key}", {"selesai": 1}), 303)


@blueprint.get("/kiriman/<sha256>/<name>")
def sent_file(sha256: str, name: str) -> Response:
    """A photo or PDF that was sent in."""
    stored = current.hub().inbox.file(sha256, name)
    response = answer.document(stored.content, stored.type, cache="public, max-age=31536000, immutable")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _site(key: str) -> Site:
    hub = current.hub()
    return hub.reading.site(hub.inbox.behind(key).site_id).site


def _show(
    key: str, site: Site, form: FlaskForm, *, done: bool = False, status: int = 200, photos_lost: bool = False
) -> Response:
    hub = current.hub()
    return answer.page(
        "submit.html",
        status=status,
        cache=answer.NEVER,
        key=key,
        site=site,
        village=hub.gazetteer.get(site.village),
        form=form,
        done=done,
        photos_lost=photos_lost,
        photos=MAX_PHOTOS,
    )
