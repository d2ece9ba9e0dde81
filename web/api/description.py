"""The OpenAPI description of ``/api/v1``, built from the parameters and shapes that the routes share."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from hub.model import NATURES, SEVERITIES
from hub.model.seeking import CompletionKind
from web.api import writing

_FILTERS = ("q", "village", "kecamatan", "site", "topic", "since", "until")

_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "q": ({"type": "string", "maxLength": 256}, "words in the query language of the search box"),
    "village": ({"type": "string"}, "Kemendagri code of a village, such as 76.02.01.1002"),
    "kecamatan": ({"type": "string"}, "Kemendagri code of a kecamatan, such as 76.02.01"),
    "site": ({"type": "integer", "minimum": 1}, "id of a site"),
    "topic": ({"type": "string"}, "slug of a topic"),
    "since": ({"type": "string", "format": "date"}, "first day, in the hub's zone"),
    "until": ({"type": "string", "format": "date"}, "last day, inclusive, in the hub's zone"),
    "persis": ({"type": "string", "enum": ["0", "1"]}, "1: the words as typed, though they look like slips"),
    "sort": ({"type": "string", "enum": ["relevance", "newest"]}, "order of the results"),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 100}, "results at most; more than 100 is 100"),
    "cursor": ({"type": "string"}, "the `next` of the answer before"),
    "updated_since": (
        {"type": "string", "format": "date-time"},
        "posts by their latest change from then on, oldest change first, withdrawn ones too; goes with "
        "limit and cursor alone",
    ),
    "nature": ({"type": "string", "enum": list(NATURES)}, "how urgent an announcement is"),
    "origin": ({"type": "string"}, "the one that a hub above sent under this mark, alone"),
    "lang": ({"type": "string", "enum": ["id", "en"]}, "language of messages"),
}

_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _item() -> dict[str, Any]:
    return {
        "id": {"type": "integer"},
        "url": _TEXT,
        "title": _TEXT,
        "excerpt_html": {"type": "string", "description": "escaped text; matches stand in <mark>"},
        "published": _TIME,
        "updated": _TIME,
        "site": _ref("SiteRef"),
        "village": _ref("RegionRef"),
        "kecamatan": _ref("RegionRef"),
        "topics": _array(_ref("Topic")),
        "original_url": _TEXT,
        "also_at": {**_array(_ref("Carrier")), "description": "other sites with the same story"},
        "image": _nullable(_TEXT),
        "origin": {"type": "string", "description": "the KIM's name; empty: the site's own"},
        "via": {**_array(_TEXT), "description": "hubs that it came through, oldest first"},
        "alert": _nullable(_ref("Alert")),
    }


def _named(state: str) -> dict[str, Any]:
    """What another hub knows a post by."""
    return {
        "id": {"type": "integer"},
        "url": _TEXT,
        "origin_id": {"type": "string", "description": "its address at the hub that harvested it first"},
        "updated": _TIME,
        "state": {"type": "string", "const": state},
    }


def _alert() -> dict[str, Any]:
    """A warning of an authority."""
    return {
        "kind": {"type": "string", "description": "weather or quake"},
        "event": _TEXT,
        "severity": {"type": "string", "enum": list(SEVERITIES)},
        "onset": _nullable(_TIME),
        "expires": {**_nullable(_TIME), "description": "until when it stands; null: it is lifted"},
        "area": _TEXT,
        "regions": {**_array(_TEXT), "description": "Kemendagri codes of the places it is for"},
        "attribution": {"type": "string", "description": "how its authority wants to be named"},
    }


def _whole_alert() -> dict[str, Any]:
    """What another hub reads of it beside that."""
    return _object(
        {
            "identifier": {"type": "string", "description": "the authority's own"},
            "urgency": _TEXT,
            "certainty": _TEXT,
            "polygons": _array(_array(_array({"type": "number"}))),
        }
    )


def _schemas() -> dict[str, Any]:
    facets = ("village", "kecamatan", "site", "topic", "month")
    listed = _object({"value": _TEXT, "label": _TEXT, "count": _COUNT})
    return {
        "SiteRef": _object({"id": {"type": "integer"}, "name": _TEXT}),
        "Carrier": _object(
            {"id": {"type": "integer"}, "name": _TEXT, "post": {"type": "integer"}, "url": _TEXT}
        ),
        "RegionRef": _object({"code": _TEXT, "name": _TEXT}),
        "Topic": _object({"slug": _TEXT, "label": _TEXT}),
        "Alert": _object(_alert()),
        "Item": _object(_item()),
        "Post": _object(
            _item()
            | {
                "body_html": {"type": "string", "description": "sanitised HTML"},
                "author": _TEXT,
                "published_as_given": _TEXT,
                "date_doubtful": {"type": "boolean"},
                "first_seen": _TIME,
                "version": {"type": "integer", "minimum": 1},
                "images": _array(_object({"url": _TEXT, "alt": _TEXT})),
                "enclosures": _array(
                    _object({"url": _TEXT, "type": _TEXT, "length": _nullable({"type": "integer"})})
                ),
            }
        ),
        "Changed": {"anyOf": [_ref("Relayed"), _ref("Withdrawn")]},
        "Withdrawn": _object(_named("withdrawn")),
        "Relayed": {
            "allOf": [
                _ref("Post"),
                _object(
                    _named("visible")
                    | {
                        "language": _TEXT,
                        "alert": _nullable({"allOf": [_ref("Alert"), _whole_alert()]}),
                    }
                ),
            ]
        },
        "Search": _object(
            {
                "query": _TEXT,
                "total": _COUNT,
                "relaxed": {"type": "boolean"},
                "results": _array(_ref("Item")),
                "facets": _object({name: _array(listed) for name in facets}),
                "suggestion": {**_nullable(_TEXT), "description": "another spelling"},
                "corrected": {
                    "type": "boolean",
                    "description": "nothing held the words as typed: this is the answer for the suggestion",
                },
                "next": _nullable(_TEXT),
            }
        ),
        "Completion": _object(
            {
                "kind": {"type": "string", "enum": list(get_args(CompletionKind))},
                "label": _TEXT,
                "detail": {"type": "string", "description": "where it lies, or what it is"},
                "url": {"type": "string", "description": "the portal's page of it"},
            }
        ),
        "Site": _object(
            {
                "id": {"type": "integer"},
                "name": _TEXT,
                "url": _TEXT,
                "village": _ref("RegionRef"),
                "kecamatan": _ref("RegionRef"),
                "state": {"type": "string", "enum": ["ok", "trouble", "silent", "new", "paused"]},
                "reason": _nullable(_TEXT),
                "message": _nullable(_TEXT),
                "cure": _nullable(_TEXT),
                "since": _nullable(_TIME),
                "posts": _COUNT,
                "last_post_at": _nullable(_TIME),
            }
        ),
        "Region": _object(
            {"code": _TEXT, "name": _TEXT, "kind": _TEXT, "parent": _TEXT, "posts": _COUNT, "sites": _COUNT}
        ),
        "Problem": _object(
            {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "instance": _TEXT}
        ),
    }


def _list_of(name: str) -> dict[str, Any]:
    return _object({"results": _array(_ref(name)), "next": _nullable(_TEXT)})


def _operation(
    name: str, summary: str, parameters: tuple[str, ...], schema: dict[str, Any], failures: tuple[int, ...]
) -> dict[str, Any]:
    problem = {
        "description": "a problem",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
    good = {"description": "the answer", "content": {"application/json": {"schema": schema}}}
    described = [
        {"name": each, "in": "query", "schema": _PARAMETERS[each][0], "description": _PARAMETERS[each][1]}
        for each in (*parameters, "lang")
    ]
    responses = {"200": good} | {str(status): problem for status in (*failures, 429)}
    return {"get": {"operationId": name, "summary": summary, "parameters": described, "responses": responses}}


def _one(name: str, summary: str, schema: str, failures: tuple[int, ...]) -> dict[str, Any]:
    """Reading one thing by its id."""
    operation = _operation(name, summary, (), _ref(schema), failures)
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
    operation["get"]["parameters"].insert(0, key)
    return operation


@cache
def describe(base_url: str) -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    paging = ("limit", "cursor")
    paths = {
        "/posts": _operation(
            "listPosts",
            "Posts, newest first; with updated_since by their latest change",
            (*_FILTERS, "updated_since", *paging),
            {"anyOf": [_list_of("Item"), _list_of("Changed")]},
            (400, 503),
        ),
        "/posts/ids": _operation(
            "listIdentifiers",
            "The origin_id of every visible post, newest first, 5000 on a page",
            ("cursor",),
            _object({"results": _array(_TEXT), "next": _nullable(_TEXT)}),
            (400,),
        ),
        "/posts/{id}": _one("getPost", "One post with its text", "Post", (404, 410)),
        "/search": _operation(
            "search", "Search posts", (*_FILTERS, "sort", "persis", *paging), _ref("Search"), (400, 503)
        ),
        "/suggest": _operation(
            "suggest",
            "What words typed so far may become: searches, places, topics, sites, posts",
            ("q",),
            _object({"query": _TEXT, "results": _array(_ref("Completion"))}),
            (),
        ),
        "/sites": _operation(
            "listSites",
            "Sites and how they fare",
            ("village", "kecamatan", *paging),
            _list_of("Site"),
            (400,),
        ),
        "/regions": _operation("listRegions", "The regions of this hub", paging, _list_of("Region"), (400,)),
        "/announcements": _operation(
            "listAnnouncements",
            "Published announcements, newest first",
            ("q", "village", "nature", "origin", *paging),
            _list_of("Announcement"),
            (400,),
        ),
        "/announcements/{id}": _one("getAnnouncement", "One published announcement", "Announcement", (404,)),
    }
    for path, methods in writing.operations().items():
        paths[path] = {**paths.get(path, {}), **methods}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kimhub",
            "version": "1",
            "description": "News and announcements of all villages of a district. Reading what is public "
            "needs no key; announcing wants a token. Errors are RFC 9457.",
        },
        "servers": [{"url": f"{base_url.rstrip('/')}/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": _schemas() | writing.schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "made with: kimhub token add NAME --scope SCOPE; never in an address",
                }
            },
        },
    }
