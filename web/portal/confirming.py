"""The link in the mail to a KIM: one button by which somebody says that the announcement is on the site.

Opening the link says nothing yet, since mail programs open links by themselves.
"""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from web import answer, current
from web.notices import wording
from web.portal import blueprint

#: Longer than any link of ours.
MAX_KEY = 500


@blueprint.get("/pengumuman/konfirmasi")
def confirmation() -> Response:
    key = request.args.get("kunci", "")[:MAX_KEY]
    announcement, site = current.hub().noticeboard.confirmation(key)
    return answer.page(
        "confirm.html",
        cache=answer.NEVER,
        each=announcement,
        site=site,
        key=key,
        standing=wording.standing(announcement),
        done="selesai" in request.args,
    )


@blueprint.post("/pengumuman/konfirmasi")
def confirm() -> Redirect:
    """No cookie is at work here: whoever holds the signed link may say so, from wherever."""
    key = request.form.get("kunci", "")[:MAX_KEY]
    current.hub().noticeboard.confirm(key)
    return redirect(current.paths().to("/pengumuman/konfirmasi", {"kunci": key, "selesai": 1}), 303)
