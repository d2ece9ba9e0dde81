"""``/tampilan``: pictures or none, size of letters, light or dark. A plain form; no account, no script."""

from __future__ import annotations

import re
from typing import cast

from flask import Response, redirect, request

from web import answer, current, display, errors
from web.portal import blueprint
from web.security import from_here

#: A page of ours that a reader came from: a path, so that nobody is sent elsewhere.
_OURS = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")


@blueprint.get("/tampilan")
def display_choices() -> Response:
    return answer.page("display.html", saved="tersimpan" in request.args)


@blueprint.post("/tampilan")
def choose_display() -> Response:
    """Keep the choice in a cookie and go back to where it was made."""
    if not from_here():
        return errors.tell(403, current.say().t("display.elsewhere"))
    choice = display.changed(display.chosen(), request.form)
    back = _OURS.fullmatch(request.form.get("kembali", ""))
    to = back[0] if back else current.paths().display(saved=True)
    response = cast(Response, redirect(to, 303))
    response.set_cookie(
        display.COOKIE,
        choice.letters,
        max_age=display.YEAR,
        secure=current.hub().settings.hub.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = answer.NEVER
    return response
