"""The front page, a single post, and the words about the portal itself."""

from __future__ import annotations

from flask import Response

from hub.model import Framed
from hub.model.view import PostPage
from web import answer, asking, current, display, errors, share, structured
from web.language import of_content
from web.portal import blueprint, maps
from web.portal.announcements import on_show
from web.portal.sharing import Shared
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
        chart=maps.whole(front.places, small=True),
        busy=sum(bool(each.recent) for each in front.places),
        structured=structured.website(),
        **on_show(limit=ANNOUNCEMENTS),
        **lane(),
    )


@blueprint.get(f"/berita/<int(max={asking.MAX_ID}):key>")
def post(key: int) -> Response:
    found = current.hub().reading.post(key)
    if found.post.state == "withdrawn":
        return errors.tell(410, current.say().t("error.410.by", site=found.site.name))
    pictures, beside = current.hub().pictures, _beside(found)
    shown = display.shown()
    held = () if shown else (*beside, *pictures.in_body(found.post.body))
    warned = Warned(found.post.alert) if found.post.alert else None
    response = answer.page(
        "post.html",
        page=found,
        post=found.post,
        original_host=host_of(found.post.link),
        beside=beside if shown else (),
        body=pictures.body(found.post.body, shown=shown),
        held=held,
        preview=share.of_post(found),
        published=iso(found.post.published or found.post.first_seen),
        updated=iso(found.post.updated),
        warned=warned,
        language=of_content(found.post.language),
        shared=Shared(found.post.title, _place(found, warned), current.absolute(current.paths().short(key))),
        structured=structured.article(found),
    )
    if found.post.noindex or found.site.noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/tentang")
def about() -> Response:
    return answer.page("about.html", numbers=current.hub().reading.numbers())


def _beside(found: PostPage) -> tuple[Framed, ...]:
    """The post's pictures, unless its text shows pictures of its own."""
    if "<img" in found.post.body:
        return ()
    frames = map(current.hub().pictures.frame, found.post.images)
    return tuple(framed for framed in frames if framed)


def _place(found: PostPage, warned: Warned | None) -> str:
    """Where a post is from; of an authority's warning, whom it is for: the authority has no village."""
    say = current.say()
    return warned.places if warned else f"{say.place(found.village)}, {say.place(found.kecamatan)}"
