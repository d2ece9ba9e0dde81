"""Pictures of villages under the portal's own address, and the cards that shared links are shown with.

What a browser gets here is a picture that the hub itself encoded, or a line of plain text: nothing of what a
village's server says.
"""

from __future__ import annotations

import math

from flask import Blueprint, Response, abort, request

from hub.errors import NotFound, RemoteError
from hub.model import Raster, ShareCard
from web import asking, current, share
from web.security import over_limit

blueprint = Blueprint("pictures", __name__)

_POLICY = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
#: A picture may be replaced or taken down at its village; a card's address changes with the card.
_MONTH = "public, max-age=2592000"
_FOREVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"
_ID = f"<int(max={asking.MAX_ID}):key>"


@blueprint.get("/gambar/<signature>/<form>/<wrapped>")
def picture(signature: str, form: str, wrapped: str) -> Response:
    """A village's picture in one of its forms; only addresses that the hub signed are known here. Only those
    that have to be fetched count against the asker's limit: one page holds a dozen."""
    pictures = current.hub().pictures
    try:
        found = pictures.kept(signature, form, wrapped)
        if found is None:
            if over_limit(request.environ):
                return _none(429, wait=60)
            found = pictures.made(signature, form, wrapped)
    except NotFound:
        return _none(404)
    except RemoteError as busy:
        return _none(503, wait=math.ceil(busy.retry_after or 1))
    return _sent(found, "image/jpeg" if form.endswith(".jpg") else "image/webp", _MONTH)


@blueprint.get(f"/berita/{_ID}/kartu.png")
def post_card(key: int) -> Response:
    found = current.hub().reading.post(key)
    if found.post.state == "withdrawn":
        abort(410)
    return _card(share.post_card(found))


@blueprint.get(f"/pengumuman/{_ID}/kartu.png")
def announcement_card(key: int) -> Response:
    found = current.hub().noticeboard.public(key)
    if found.state == "withdrawn":
        abort(410)
    return _card(share.announcement_card(found))


def _card(card: ShareCard) -> Response:
    drawn = Raster(current.hub().pictures.card(card), *share.CARD_SIZE)
    return _sent(drawn, "image/png", _FOREVER if request.args.get("v") == card.digest else _SHORT)


def _sent(found: Raster, kind: str, cache: str) -> Response:
    response = Response(found.body, content_type=kind, headers={"Cache-Control": cache})
    response.headers["Content-Security-Policy"] = _POLICY
    # programs that preview links come from elsewhere; pages elsewhere shall not live on our pictures
    policy = "same-origin" if kind == "image/webp" else "cross-origin"
    response.headers["Cross-Origin-Resource-Policy"] = policy
    response.add_etag()
    response.make_conditional(request)
    return response


def _none(status: int, *, wait: int = 0) -> Response:
    """There is no picture; said in a few bytes, for nobody reads them."""
    response = Response("no picture\n", status, content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store" if wait else _SHORT
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
