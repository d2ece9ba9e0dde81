"""What the WordPress REST API of the district shows: posts, terms, media, and errors, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from hub.testing.district.desk import UNSORTED, Media, status, term_id
from hub.testing.district.servers import Reply, Request
from hub.testing.district.texts import WITA, Item, slugify

if TYPE_CHECKING:
    from hub.testing.district.site import VillageSite

Json = dict[str, Any]
JSON = "application/json; charset=UTF-8"


def reply(value: object, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Reply:
    return Reply(
        json.dumps(value).encode(),
        type=JSON,
        status=status,
        headers={"X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff", **(headers or {})},
        gzip=True,
    )


def error(status: int, code: str, message: str, **data: object) -> Reply:
    body = {"code": code, "message": message, "data": {"status": status, **data}}
    return Reply(json.dumps(body).encode(), type=JSON, status=status)


def api_root(site: VillageSite) -> str:
    """The REST root as the site itself names it."""
    path = "/?rest_route=/" if "rest_plain" in site.village.quirks else "/wp-json/"
    return site.base.rstrip("/") + path


def shown(site: VillageSite, item: Item, request: Request, *, editing: bool = False) -> Json:
    """A post; ``editing`` shows it as an editor sees it, with the text as it was written."""
    post = _post(site, item)
    if editing:
        _add_raw(post, site, item)
    if "_embed" in request.query:
        post["_embedded"] = _embedded(site, item)
    fields = {name.strip().partition(".")[0] for name in request.query.get("_fields", "").split(",")} - {""}
    return {name: value for name, value in post.items() if name in fields} if fields else post


def _post(site: VillageSite, item: Item) -> Json:
    api = api_root(site) + "wp/v2"
    picture = featured(site, item)
    links: Json = {
        "self": [{"href": f"{api}/posts/{item.id}"}],
        "collection": [{"href": f"{api}/posts"}],
        "author": [{"embeddable": True, "href": f"{api}/users/{_author_id(site, item)}"}],
        "wp:term": [{"taxonomy": "category", "embeddable": True, "href": f"{api}/categories?post={item.id}"}],
    }
    if picture:
        links["wp:featuredmedia"] = [{"embeddable": True, "href": f"{api}/media/{picture}"}]
    return {
        "id": item.id,
        "date": _local(item.published),
        "date_gmt": _gmt(item.published),
        "guid": {"rendered": f"{site.base}?p={item.id}"},
        "modified": _local(item.modified),
        "modified_gmt": _gmt(item.modified),
        "slug": item.slug,
        "status": status(item),
        "type": "post",
        "link": site.link(item),
        "title": {"rendered": escape(item.title, quote=False).replace("'", "&#8217;")},
        "content": {"rendered": site.platform_kind.html(site, item), "protected": False},
        "excerpt": {"rendered": f"<p>{escape(_cut(item.lead))}</p>\n", "protected": False},
        "author": _author_id(site, item),
        "featured_media": picture,
        "comment_status": "open",
        "sticky": False,
        "format": "standard",
        "categories": [term_id(topic) for topic in item.topics],
        "tags": [],
        "_links": links,
    }


def _embedded(site: VillageSite, item: Item) -> Json:
    embedded: Json = {
        "author": [{"id": _author_id(site, item), "name": item.author, "slug": slugify(item.author)}],
        "wp:term": [[term(site, topic) for topic in item.topics], []],
    }
    uploaded = _uploaded(site, item)
    if uploaded is not None:
        embedded["wp:featuredmedia"] = [media(site, uploaded)]
    elif item.picture is not None:
        url = site.platform_kind.picture_url(site, item.picture)
        caption = f"<p>{escape(item.picture.caption)}</p>" if item.picture.caption else ""
        embedded["wp:featuredmedia"] = [
            {
                "id": item.id + 1,
                "media_type": "image",
                "mime_type": "image/jpeg",
                "source_url": url,
                "alt_text": item.picture.alt,
                "caption": {"rendered": caption},
                "media_details": {"width": 1000, "height": 625, "sizes": {}},
            }
        ]
    return embedded


def featured(site: VillageSite, item: Item) -> int:
    """The number of a post's featured picture, 0 without one."""
    uploaded = _uploaded(site, item)
    if uploaded is not None:
        return uploaded.id
    return item.id + 1 if item.picture else 0


def _uploaded(site: VillageSite, item: Item) -> Media | None:
    if item.written is None or site.desk is None:
        return None
    return site.desk.media.get(item.written.media)


def _add_raw(post: Json, site: VillageSite, item: Item) -> None:
    assert site.desk is not None, "a WordPress site has a desk"
    written = site.desk.raw(item)
    post["password"] = ""
    post["guid"]["raw"] = post["guid"]["rendered"]
    post["title"]["raw"] = written.title
    post["content"] |= {"raw": written.content, "block_version": 0}
    post["excerpt"]["raw"] = written.excerpt
    post["permalink_template"] = f"{site.base}%year%/%monthnum%/%day%/%postname%/"
    post["generated_slug"] = slugify(item.title)


def media(site: VillageSite, kept: Media) -> Json:
    """An uploaded file."""
    url = site.base.rstrip("/") + kept.path
    return {
        "id": kept.id,
        "date_gmt": _gmt(kept.uploaded),
        "modified_gmt": _gmt(kept.uploaded),
        "slug": kept.slug,
        "status": "inherit",
        "type": "attachment",
        "link": f"{site.base}{kept.slug}/",
        "title": {"rendered": escape(kept.title, quote=False)},
        "caption": {"rendered": f"<p>{escape(kept.caption)}</p>" if kept.caption else ""},
        "alt_text": kept.alt,
        "media_type": "image" if kept.type.startswith("image/") else "file",
        "mime_type": kept.type,
        "media_details": {"filesize": len(kept.content), "sizes": {}},
        "source_url": url,
        "guid": {"rendered": url},
    }


def term(site: VillageSite, name: str) -> Json:
    """A category."""
    slug = slugify(name)
    return {
        "id": term_id(name),
        "count": sum(name in item.topics for item in site.items),
        "description": "",
        "link": f"{site.base.rstrip('/')}/category/{slug}/",
        "name": name,
        "slug": "uncategorized" if name == UNSORTED else slug,
        "taxonomy": "category",
        "parent": 0,
    }


def _author_id(site: VillageSite, item: Item) -> int:
    return site.village.authors.index(item.author) + 1


def _local(moment: datetime) -> str:
    return moment.astimezone(WITA).strftime("%Y-%m-%dT%H:%M:%S")


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _cut(text: str) -> str:
    words = text.split()
    return " ".join(words[:55]) + (" […]" if len(words) > 55 else "")
