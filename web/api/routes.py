"""``/api/v1``: posts, search, sites, regions. Public, read only, the same data as the pages."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from hub.errors import BadQuery
from web import answer, asking, current, errors
from web.api import relay, shapes
from web.api.description import describe
from web.api.tokens import not_in_address
from web.asking import Asked, Unreadable
from web.portal.suggesting import completed

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
blueprint.before_request(not_in_address)

T = TypeVar("T")


@blueprint.errorhandler(Unreadable)
def unreadable(error: Unreadable) -> Response:
    return errors.problem(400, current.say().t("error.parameter", name=error.name))


@blueprint.errorhandler(BadQuery)
def bad_query(error: BadQuery) -> Response:
    return errors.problem(400, current.say().t("error.query"))


@blueprint.get("/openapi.json")
def openapi() -> Response:
    return answer.as_json(describe(current.hub().settings.hub.base_url))


@blueprint.get("/search")
def search() -> Response:
    asked = _asked()
    found = current.hub().reading.search(asked.request(current.hub().settings.zone))
    if found.notice == "index_down":
        return _unavailable()
    return answer.as_json(shapes.search(found))


@blueprint.get("/suggest")
def suggest() -> Response:
    """What the words typed so far may become."""
    typed = request.args.get("q", "")
    rows = [row | {"url": current.absolute(row["url"])} for row in completed(typed)]
    return answer.as_json({"query": asking.line(typed), "results": rows})


@blueprint.get("/posts")
def posts() -> Response:
    """The newest posts; with ``q`` those that match, newest first; with ``updated_since`` what changed."""
    if relay.wanted():
        return relay.changes()
    asked = replace(_asked(), sort="newest")
    found = current.hub().reading.search(asked.request(current.hub().settings.zone, facets=False))
    if found.notice == "index_down":
        return _unavailable()
    return answer.as_json({"results": [shapes.card(each) for each in found.results], "next": found.next})


@blueprint.get("/posts/ids")
def identifiers() -> Response:
    """What is visible at all: another hub finds out what vanished without a trace."""
    return relay.identifiers()


@blueprint.get(f"/posts/<int(max={asking.MAX_ID}):key>")
def post(key: int) -> Response:
    page = current.hub().reading.post(key)
    if page.post.state == "withdrawn":
        return errors.problem(410, current.say().t("error.410.by", site=page.site.name))
    return answer.as_json(shapes.post(page))


@blueprint.get("/sites")
def sites() -> Response:
    asked = _asked()
    wanted = [
        each
        for each in current.hub().reading.sites()
        if asked.village in (None, each.village.code) and asked.kecamatan in (None, each.kecamatan.code)
    ]
    return _listed(wanted, shapes.site, asked)


@blueprint.get("/regions")
def regions() -> Response:
    """The district, its kecamatan and its villages, each with the number of posts and sites."""
    gazetteer = current.hub().gazetteer
    counted = {place.region.code: place for place in current.hub().reading.places()}

    def shape(each: Any) -> dict[str, Any]:
        inside = [place for code, place in counted.items() if code.startswith(each.code)]
        return {
            "code": each.code,
            "name": each.name,
            "kind": each.kind,
            "parent": each.parent,
            "posts": sum(place.posts for place in inside),
            "sites": sum(place.sites for place in inside),
        }

    every = (gazetteer.district, *gazetteer.kecamatan, *gazetteer.villages)
    return _listed(list(dict.fromkeys(every)), shape, _asked())


def _asked() -> Asked:
    """The parameters of this request, read strictly."""
    asked = asking.read(request.args, strict=True)
    return asked if "limit" in request.args or request.endpoint in _SHORT else replace(asked, limit=100)


_SHORT = ("api.search", "api.posts")


def _listed(values: Sequence[T], shape: Callable[[T], dict[str, Any]], asked: Asked) -> Response:
    """A portion of ``values`` from the cursor on."""
    start = _offset(asked.cursor)
    end = start + asked.limit
    following = _cursor(end) if end < len(values) else None
    return answer.as_json({"results": [shape(each) for each in values[start:end]], "next": following})


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"p{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor[:32] + "=" * (-len(cursor[:32]) % 4)).decode("ascii")
    except ValueError:
        raise Unreadable("cursor") from None
    if not (text.startswith("p") and text[1:].isdigit()):
        raise Unreadable("cursor")
    return int(text[1:])


def _unavailable() -> Response:
    response = errors.problem(503, current.say().t("search.down"))
    response.headers["Retry-After"] = str(errors.RETRY_AFTER)
    return response
