"""Who is at the desk, what they may do, and whether they meant to.

One cookie, signed with the hub's key, holds the token of the session that the hub keeps, the CSRF token
that belongs to it, and messages for the next page. A route says with :func:`page` which right it takes;
there is no other way to add one, so none can be without.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Flask, Response, flash, g, redirect, request, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from hub.errors import Forbidden, SignInRefused
from hub.model import Actor, SignedIn
from web import answer, current, errors
from web.desk import blueprint, words
from web.desk.forms import SignInForm
from web.security import from_here

#: Bytes of a request that carries attachments: 10 MiB of file and what stands around it.
MAX_UPLOAD = 12 * 2**20
#: A route for people who have not signed in yet, or only just.
ANYBODY, SIGNED_IN = "anybody", "signed_in"
_SAFE = ("GET", "HEAD", "OPTIONS")
_OWN = re.compile(r"/meja(/[\w-]+)*(\?[\w=&%.+-]*)?", re.ASCII)

#: endpoint -> the right it takes (of ``hub.services.rights``), or ANYBODY or SIGNED_IN.
RIGHTS: dict[str, str] = {}
_UPLOADS: set[str] = set()

View = TypeVar("View", bound=Callable[..., Any])


def page(rule: str, right: str, *, post: bool = False, uploads: bool = False) -> Callable[[View], View]:
    """Add a view that reads (GET), or with ``post`` one that changes something (POST alone).

    Args:
        right: what the role must allow.
        uploads: the request may be as large as :data:`MAX_UPLOAD`.
    """

    def add(view: View) -> View:
        endpoint = f"{blueprint.name}.{view.__name__}"
        RIGHTS[endpoint] = right
        if uploads:
            _UPLOADS.add(endpoint)
        blueprint.add_url_rule(
            rule, view.__name__, view, methods=["POST"] if post else ["GET"], provide_automatic_options=False
        )
        return view

    return add


def install(app: Flask, *, secure: bool) -> None:
    """The cookie; ``secure`` where the hub is read over https."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-kimhub" if secure else "kimhub",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # lives as long as the session that it stands in
        WTF_CSRF_TIME_LIMIT=None,
    )


@blueprint.context_processor
def _at_hand() -> dict[str, Any]:
    return {
        "me": me(),
        "may": may,
        "csrf_token": generate_csrf,
        "marks": words.MARKS,
        "order": words.ORDER,
        "moment": words.moment,
        "clock": words.clock,
        "labels": words.publisher_labels(),
    }


@blueprint.before_request
def _admit() -> Response | None:
    """Let in who may, and refuse what nobody at the desk asked for."""
    changing = request.method not in _SAFE
    if changing and not from_here():
        return errors.tell(403, current.say().t("desk.refused.elsewhere"))
    g.signed_in = _session()
    right = RIGHTS[request.endpoint or ""]
    if right != ANYBODY and g.signed_in is None:
        return _to_sign_in()
    if request.endpoint in _UPLOADS:
        request.max_content_length = MAX_UPLOAD
    if changing and not _meant():
        return errors.tell(400, current.say().t("desk.refused.stale"))
    if right not in (ANYBODY, SIGNED_IN) and not may(right):
        current.hub().audit.note(actor(), right, request.path)
        raise Forbidden(right, g.signed_in.person.role)
    return None


@blueprint.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = answer.NEVER
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def me() -> SignedIn | None:
    """The session of who asks, if any."""
    return cast("SignedIn | None", g.get("signed_in"))


def person() -> SignedIn:
    """The session of who asks, on a route that wants one."""
    found = me()
    assert found is not None
    return found


def actor() -> Actor:
    """Who asks, for rights and for the audit trail."""
    who = person().person
    return Actor(who.name, who.role, request.remote_addr or "")


def may(right: str) -> bool:
    """Whether the role of who asks allows it."""
    found = me()
    return found is not None and current.hub().access.may(found.person.role, right)


def begin(signed_in: SignedIn) -> None:
    """Start a session in the browser: nothing of the cookie before lives on (fixation)."""
    session.clear()
    g.pop("csrf_token", None)
    session["token"] = signed_in.token
    g.signed_in = signed_in


def end() -> None:
    """End the session here and at the hub."""
    if token := session.get("token"):
        current.hub().access.sign_out(token, request.remote_addr or "")
    session.clear()
    g.signed_in = None


def prove(password: str) -> str:
    """Check the password once more for something grave: an empty text, or what is wrong."""
    say = current.say()
    try:
        if current.hub().access.prove(person().token, password, request.remote_addr or ""):
            return ""
    except SignInRefused as refused:
        minutes = -(-(refused.retry_after or 0) // 60)
        return say.t("desk.sign_in.locked", minutes=say.number(minutes))
    return say.t("desk.account.wrong")


def own(address: str | None) -> str:
    """``address`` if it is a page of the desk, else the desk's first page: nobody is sent elsewhere."""
    return address if address and _OWN.fullmatch(address) else "/meja"


def go(path: str, say: str = "", *, kind: str = "done", **values: object) -> Response:
    """Answer a POST: off to ``path``, with ``say`` (a key of the catalogue) on the page there."""
    if say:
        flash(current.say().t(say, **values), kind)
    return cast(Response, redirect(path if "?" in path else current.paths().to(path), 303))


def tell(path: str, words: str) -> Response:
    """Answer a POST that came to nothing: off to ``path``, which shows ``words``."""
    flash(words, "trouble")
    return go(path)


def _session() -> SignedIn | None:
    token = session.get("token")
    return current.hub().access.session(token) if token else None


def _to_sign_in() -> Response:
    if request.endpoint in _UPLOADS:
        return carried(
            SignInForm(formdata=None), request.path, urlencode(list(request.form.items(multi=True)))
        )
    if request.method not in _SAFE or request.headers.get("X-Requested-With"):
        return go("/masuk", "desk.sign_in.ended", kind="trouble")
    wanted = request.full_path.rstrip("?")
    return cast(Response, redirect(current.paths().to("/masuk", {"next": own(wanted)}), 303))


def carried(form: SignInForm, path: str, fields: str) -> Response:
    """The door for somebody who wrote for so long that the session ended: what was written goes along.

    Args:
        path: where it was meant to go.
        fields: of its form, urlencoded.
    """
    return answer.page("desk/sign_in.html", status=401, form=form, next="", path=path, fields=fields)


def _meant() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True
