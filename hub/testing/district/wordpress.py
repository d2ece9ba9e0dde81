"""The reading side of the WordPress REST API (``wp/v2``), as PROTOCOLS 1 describes it."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hub.testing.district.servers import Reply, Request
from hub.testing.district.texts import WITA, Item, slugify

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite

Json = dict[str, Any]
JSON = "application/json; charset=UTF-8"
NAMESPACES = ["oembed/1.0", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1"]


def route_of(site: VillageSite, request: Request) -> str | None:
    """The REST route that ``request`` asks for ("wp/v2/posts"), None when it is no REST request."""
    if "rest_route" in request.query:
        return request.query["rest_route"].strip("/")
    if "rest_plain" in site.village.quirks or not (request.path + "/").startswith("/wp-json/"):
        return None
    return request.path.removeprefix("/wp-json").strip("/")


def answer(site: VillageSite, route: str, request: Request) -> Reply:
    """Answer one REST request."""
    if "rest_closed" in site.village.quirks:
        return error(401, "rest_login_required", "REST API dibatasi untuk pengguna yang masuk.")
    kind, _, number = route.removeprefix("wp/v2/").partition("/")
    if route == "":
        return reply(_root(site))
    if route == "wp/v2":
        return reply({"namespace": "wp/v2", "routes": {"/wp/v2/posts": {"methods": ["GET"]}}})
    if kind == "posts":
        return _one(site, number, request) if number else _list(site, request)
    if kind in ("categories", "tags") and not number:
        return reply(_terms(site) if kind == "categories" else [])
    if route == "wp/v2/users/me":
        return error(401, "rest_not_logged_in", "Anda tidak masuk saat ini.")
    return error(404, "rest_no_route", "Tidak ada rute yang cocok dengan URL dan metode permintaan.")


def reply(value: object, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        json.dumps(value).encode(),
        type=JSON,
        headers={"X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff", **(headers or {})},
        gzip=True,
    )


def error(status: int, code: str, message: str) -> Reply:
    body = {"code": code, "message": message, "data": {"status": status}}
    return Reply(json.dumps(body).encode(), type=JSON, status=status)


def _root(site: VillageSite) -> Json:
    return {
        "name": site.name,
        "description": f"Kabar {site.village.title}",
        "url": site.base.rstrip("/"),
        "home": site.base.rstrip("/"),
        "gmt_offset": "8",
        "timezone_string": "Asia/Makassar",
        "namespaces": NAMESPACES,
        "authentication": [],
        "routes": {"/": {}, "/wp/v2": {}, "/wp/v2/posts": {}},
    }


def _one(site: VillageSite, number: str, request: Request) -> Reply:
    item = next((item for item in site.items if str(item.id) == number), None)
    if item is None:
        return error(404, "rest_post_invalid_id", "ID pos tidak valid.")
    return reply(_shown(site, item, request))


def _list(site: VillageSite, request: Request) -> Reply:
    try:
        items = _wanted(site.items, request)
        per_page, page = _whole(request, "per_page", 10, 100), _whole(request, "page", 1, 10**6)
    except ValueError as problem:
        return error(400, "rest_invalid_param", f"Parameter tidak valid: {problem}")
    pages = math.ceil(len(items) / per_page)
    if page > max(pages, 1):
        return error(400, "rest_post_invalid_page_number", "Nomor halaman yang diminta terlalu besar.")
    shown = items[(page - 1) * per_page : page * per_page]
    headers = {
        "X-WP-Total": str(len(items)),
        "X-WP-TotalPages": str(pages),
        "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    }
    links = _paging(site, request, page, pages)
    return reply(
        [_shown(site, item, request) for item in shown], headers | ({"Link": links} if links else {})
    )


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


def _shown(site: VillageSite, item: Item, request: Request) -> Json:
    post = _post(site, item)
    if "_embed" in request.query:
        post["_embedded"] = _embedded(site, item)
    fields = {name.strip().partition(".")[0] for name in request.query.get("_fields", "").split(",")} - {""}
    return {name: value for name, value in post.items() if name in fields} if fields else post


def _post(site: VillageSite, item: Item) -> Json:
    api = site.base.rstrip("/") + "/wp-json/wp/v2"
    media = item.id + 1 if item.picture else 0
    links: Json = {
        "self": [{"href": f"{api}/posts/{item.id}"}],
        "collection": [{"href": f"{api}/posts"}],
        "author": [{"embeddable": True, "href": f"{api}/users/{_author_id(site, item)}"}],
        "wp:term": [{"taxonomy": "category", "embeddable": True, "href": f"{api}/categories?post={item.id}"}],
    }
    if media:
        links["wp:featuredmedia"] = [{"embeddable": True, "href": f"{api}/media/{media}"}]
    return {
        "id": item.id,
        "date": _local(item.published),
        "date_gmt": _gmt(item.published),
        "guid": {"rendered": f"{site.base}?p={item.id}"},
        "modified": _local(item.modified),
        "modified_gmt": _gmt(item.modified),
        "slug": item.slug,
        "status": "publish",
        "type": "post",
        "link": site.link(item),
        "title": {"rendered": escape(item.title, quote=False).replace("'", "&#8217;")},
        "content": {"rendered": site.platform_kind.html(site, item), "protected": False},
        "excerpt": {"rendered": f"<p>{escape(_cut(item.lead))}</p>\n", "protected": False},
        "author": _author_id(site, item),
        "featured_media": media,
        "comment_status": "open",
        "sticky": False,
        "format": "standard",
        "categories": [_term_id(topic) for topic in item.topics],
        "tags": [],
        "_links": links,
    }


def _embedded(site: VillageSite, item: Item) -> Json:
    embedded: Json = {
        "author": [{"id": _author_id(site, item), "name": item.author, "slug": slugify(item.author)}],
        "wp:term": [[_term(site, topic) for topic in item.topics], []],
    }
    if item.picture is not None:
        url = site.platform_kind.picture_url(site, item.picture)
        embedded["wp:featuredmedia"] = [
            {
                "id": item.id + 1,
                "media_type": "image",
                "mime_type": "image/jpeg",
                "source_url": url,
                "alt_text": item.picture.alt,
                "caption": {
                    "rendered": f"<p>{escape(item.picture.caption)}</p>" if item.picture.caption else ""
                },
                "media_details": {"width": 1000, "height": 625, "sizes": {}},
            }
        ]
    return embedded


def _terms(site: VillageSite) -> list[Json]:
    topics = sorted({topic for item in site.items for topic in item.topics})
    return [_term(site, topic) for topic in topics]


def _term(site: VillageSite, topic: str) -> Json:
    link = f"{site.base.rstrip('/')}/category/{slugify(topic)}/"
    return {
        "id": _term_id(topic),
        "link": link,
        "name": topic,
        "slug": slugify(topic),
        "taxonomy": "category",
    }


def _term_id(topic: str) -> int:
    return zlib.crc32(topic.encode()) % 900 + 2


def _author_id(site: VillageSite, item: Item) -> int:
    return site.village.authors.index(item.author) + 1


def _local(moment: datetime) -> str:
    return moment.astimezone(WITA).strftime("%Y-%m-%dT%H:%M:%S")


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _cut(text: str) -> str:
    words = text.split()
    return " ".join(words[:55]) + (" […]" if len(words) > 55 else "")
