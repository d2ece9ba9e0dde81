"""The front page, a single post, and the words about the portal itself."""

from __future__ import annotations

from flask import Response

from hub.model import Image
from hub.model.view import PostPage
from web import answer, asking, current, errors, structured
from web.portal import blueprint
from web.portal.announcements import on_show
from web.portal.places import by_kecamatan
from web.portal.warnings import Warned, lane
from web.present import host_of, iso

#: Announcements in the front page's column, beside the emergencies on top.
ANNOUNCEMENTS = 6


@blueprint.get("/")
def home() -> Response:
    front = current.hub().reading.home()
    return answer.page(
        "home.html",
        home=front,
        villages=by_kecamatan(front.places),
        structured=structured.website(),
        **on_show(limit=ANNOUNCEMENTS),
        **lane(),
    )


@blueprint.get(f"/berita/<int(max={asking.MAX_ID}):key>")
def post(key: int) -> Response:
    found = current.hub().reading.post(key)
    if found.post.state == "withdrawn":
        return errors.tell(410, current.say().t("error.410.by", site=found.site.name))
    response = answer.page(
        "post.html",
        page=found,
        post=found.post,
        original_host=host_of(found.post.link),
        picture=_picture(found),
        published=iso(found.post.published or found.post.first_seen),
        updated=iso(found.post.updated),
        warned=Warned(found.post.alert) if found.post.alert else None,
        structured=structured.article(found),
    )
    if found.post.noindex or found.site.noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/tentang")
def about() -> Response:
    return answer.page("about.html", numbers=current.hub().reading.numbers())


def _picture(found: PostPage) -> Image | None:
    """The post's first picture, unless its text shows pictures of its own."""
    if "<img" in found.post.body or not found.post.images:
        return None
    return found.post.images[0]
