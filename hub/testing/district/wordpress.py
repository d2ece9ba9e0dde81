"""The reading side of the WordPress REST API (``wp/v2``), as PROTOCOLS 1 describes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hub.testing.district.desk import STATUSES, status
from hub.testing.district.servers import Reply, Request
from hub.testing.district.texts import WITA, Item
from hub.testing.district.wordpress_json import Json, error, media, reply, shown, term

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite

NAMESPACES = ["oembed/1.0", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1"]
#: Where somebody agrees that a program may write on the site.
AUTHORIZE = "/wp-admin/authorize-application.php"


def route_of(site: VillageSite, request: Request) -> str | None:
    """The REST route that ``request`` asks for ("wp/v2/posts"), None when it is no REST request."""
    if "rest_route" in request.query:
        return request.query["rest_route"].strip("/")
    if "rest_plain" in site.village.quirks or not (request.path + "/").startswith("/wp-json/"):
        return None
    return request.path.removeprefix("/wp-json").strip("/")


def answer(site: VillageSite, route: str, request: Request, *, known: bool = False) -> Reply:
    """Answer one reading REST request; ``known`` tells that it carries a right Application Password."""
    kind, _, number = route.removeprefix("wp/v2/").partition("/")
    if route == "":
        return reply(_root(site))
    if route == "wp/v2":
        return reply({"namespace": "wp/v2", "routes": {"/wp/v2/posts": {"methods": ["GET", "POST"]}}})
    if kind == "posts":
        return _one(site, number, request, known) if number else _list(site, request, known)
    if kind == "categories":
        return _terms(site, number, request)
    if kind == "tags" and not number:
        return reply([])
    if kind == "media":
        return _media(site, number, request)
    return error(404, "rest_no_route", "Tidak ada rute yang cocok dengan URL dan metode permintaan.")


def _root(site: VillageSite) -> Json:
    return {
        "name": site.name,
        "description": f"Kabar {site.village.title}",
        "url": site.base.rstrip("/"),
        "home": site.base.rstrip("/"),
        "gmt_offset": "8",
        "timezone_string": "Asia/Makassar",
        "namespaces": NAMESPACES,
        "authentication": {
            "application-passwords": {
                "endpoints": {"authorization": f"{site.base.rstrip('/')}{AUTHORIZE}"},
            }
        },
        "routes": {"/": {}, "/wp/v2": {}, "/wp/v2/posts": {}},
    }


def _one(site: VillageSite, number: str, request: Request, known: bool) -> Reply:
    assert site.desk is not None, "a WordPress site has a desk"
    item = site.desk.find(number)
    editing = request.query.get("context") == "edit"
    if item is None:
        return error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    if editing and not known:
        return error(401, "rest_forbidden_context", "Maaf, Anda tidak diizinkan menyunting pos ini.")
    if status(item) != "publish" and not known:
        return error(401, "rest_forbidden", "Maaf, Anda tidak diizinkan melakukan itu.")
    return reply(shown(site, item, request, editing=editing))


def _list(site: VillageSite, request: Request, known: bool) -> Reply:
    assert site.desk is not None, "a WordPress site has a desk"
    editing, statuses = request.query.get("context") == "edit", _statuses(request)
    if editing and not known:
        return error(401, "rest_forbidden_context", "Maaf, Anda tidak diizinkan menyunting pos.")
    if not known and statuses != {"publish"}:
        return error(400, "rest_invalid_param", "Parameter tidak valid: status")
    try:
        items = _wanted((item for item in site.desk.posts if status(item) in statuses), request)
        per_page, page = _whole(request, "per_page", 10, 100), _whole(request, "page", 1, 10**6)
    except ValueError as problem:
        return error(400, "rest_invalid_param", f"Parameter tidak valid: {problem}")
    pages = math.ceil(len(items) / per_page)
    if page > max(pages, 1):
        return error(400, "rest_post_invalid_page_number", "Nomor halaman yang diminta terlalu besar.")
    chosen = items[(page - 1) * per_page : page * per_page]
    headers = {
        "X-WP-Total": str(len(items)),
        "X-WP-TotalPages": str(pages),
        "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    }
    links = _paging(site, request, page, pages)
    posts = [shown(site, item, request, editing=editing) for item in chosen]
    return reply(posts, headers | ({"Link": links} if links else {}))


def _statuses(request: Request) -> set[str]:
    asked = request.query.get("status") or request.query.get("status[]") or "publish"
    return {*STATUSES} if asked == "any" else set(asked.split(","))


def _terms(site: VillageSite, number: str, request: Request) -> Reply:
    assert site.desk is not None, "a WordPress site has a desk"
    terms = [term(site, name) for name in site.desk.terms]
    if number:
        one = next((each for each in terms if str(each["id"]) == number), None)
        return reply(one) if one else error(404, "rest_term_invalid", "Istilah tidak ada.")
    query = request.query
    if "slug" in query:
        terms = [each for each in terms if each["slug"] in query["slug"].split(",")]
    if "search" in query:
        terms = [each for each in terms if query["search"].lower() in each["name"].lower()]
    return reply(terms, {"X-WP-Total": str(len(terms)), "X-WP-TotalPages": "1"})


def _media(site: VillageSite, number: str, request: Request) -> Reply:
    assert site.desk is not None, "a WordPress site has a desk"
    kept = [media(site, each) for each in site.desk.media.values()]
    if number:
        one = next((each for each in kept if str(each["id"]) == number), None)
        return reply(one) if one else error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    if "slug" in request.query:
        kept = [each for each in kept if each["slug"] in request.query["slug"].split(",")]
    return reply(kept)


def _paging(site: VillageSite, request: Request, page: int, pages: int) -> str:
    path = site.base.rstrip("/") + request.path
    near = (("prev", page - 1), ("next", page + 1))
    return ", ".join(
        f'<{path}?{urlencode({**request.query, "page": number})}>; rel="{rel}"'
        for rel, number in near
        if 1 <= number <= pages
    )


def _whole(request: Request, name: str, default: int, most: int) -> int:
    asked = request.query.get(name, str(default))
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= most):
        raise ValueError(name)
    return int(asked)


_ORDERS: dict[str, Callable[[Item], Any]] = {
    "date": lambda item: (item.published, item.id),
    "modified": lambda item: (item.modified, item.id),
    "id": lambda item: item.id,
    "slug": lambda item: item.slug,
    "title": lambda item: item.title,
}


def _wanted(items: Iterable[Item], request: Request) -> list[Item]:
    """The items that the query's filters let through, in its order.

    Raises:
        ValueError: names the parameter that is wrong.
    """
    query = request.query
    chosen = list(items)
    if "include" in query:
        ids = {part.strip() for part in query["include"].split(",")}
        chosen = [item for item in chosen if str(item.id) in ids]
    if "slug" in query:
        chosen = [item for item in chosen if item.slug in query["slug"].split(",")]
    if "search" in query:
        chosen = [item for item in chosen if query["search"].lower() in f"{item.title} {item.lead}".lower()]
    for name, limit in ((name, _moment(query[name], name)) for name in _LIMITS if name in query):
        chosen = [item for item in chosen if _LIMITS[name](item, limit)]
    order, way = query.get("orderby", "date"), query.get("order", "desc")
    if order not in _ORDERS or way not in ("asc", "desc"):
        raise ValueError("orderby" if order not in _ORDERS else "order")
    return sorted(chosen, key=_ORDERS[order], reverse=way == "desc")


#: All exclusive, as WP_Date_Query is by default.
_LIMITS: dict[str, Callable[[Item, datetime], bool]] = {
    "after": lambda item, limit: item.published > limit,
    "before": lambda item, limit: item.published < limit,
    "modified_after": lambda item, limit: item.modified > limit,
    "modified_before": lambda item, limit: item.modified < limit,
}


def _moment(text: str, name: str) -> datetime:
    """An ISO 8601 time; without an offset it is the site's own (WITA)."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise ValueError(name) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=WITA)
