"""A village's announcements inside its own site: a page for an iframe, and a script that makes the iframe.

They hold no script of the district's that could read the village's page: the iframe stands on its own
origin, and all it tells its surroundings is how tall it is.
"""

from __future__ import annotations

from importlib.resources import files

from flask import Blueprint, Response, request

from web import answer, current
from web.notices import wording
from web.notices.feeds import asked_village

blueprint = Blueprint("embed", __name__)

LIMIT = 5
_SHORT = "public, max-age=300"


@blueprint.get("/embed/pengumuman")
def announcements() -> Response:
    village = asked_village()
    found = current.hub().noticeboard.current(village.code if village else None, limit=LIMIT)
    return answer.page("embed.html", village=village, found=found, issuer=wording.issuer)


@blueprint.get("/embed/pengumuman.js")
def script() -> Response:
    """Under a name that never changes: it stands in the pages of the villages."""
    if request.args.get("village"):
        asked_village()
    body = files("web").joinpath("static", "embed.js").read_bytes()
    response = answer.document(body, "text/javascript; charset=utf-8", cache=_SHORT, shared=True)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
