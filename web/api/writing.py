"""The part of the OpenAPI description that is about announcements."""

from __future__ import annotations

from typing import Any

from hub.model import ANNOUNCEMENT_STATES, DELIVERY_STATES, INFORMATION_CLASSES, NATURES

_TIME = {"type": "string", "format": "date-time"}
_DAY = {"type": "string", "format": "date"}
_TEXT = {"type": "string"}
_ID = {"type": "integer", "minimum": 1}
_COUNT = {"type": "integer", "minimum": 0}
_OR_NO_TIME = {"anyOf": [_TIME, {"type": "null"}]}
_OR_NO_TEXT = {"anyOf": [_TEXT, {"type": "null"}]}
_FLAG = {"type": "boolean", "default": False}

_KEY = {"name": "id", "in": "path", "required": True, "schema": _ID}
_LANG = {"name": "lang", "in": "query", "schema": {"type": "string", "enum": ["id", "en"]}}
_REPEAT = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "the same key with the same body is done once and answered alike; with another body 409",
}
_WHEN = "ISO 8601; without an offset in the hub's zone"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    needed = list(properties) if required is None else list(required)
    return {"type": "object", "properties": properties, **({"required": needed} if needed else {})}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _facts() -> dict[str, Any]:
    """What every reader of an announcement gets."""
    return {
        "id": _ID,
        "mark": {"type": "string", "description": "its name in the world, part of every copy"},
        "number": _TEXT,
        "date": _DAY,
        "nature": {"type": "string", "enum": list(NATURES)},
        "subject": _TEXT,
        "agency": _TEXT,
        "state": {"type": "string", "enum": list(ANNOUNCEMENT_STATES)},
        "version": {"type": "integer", "minimum": 1},
        "contact": _TEXT,
        "valid_from": _OR_NO_TIME,
        "valid_until": _OR_NO_TIME,
        "information_class": {"type": "string", "enum": list(INFORMATION_CLASSES)},
        "withdrawn_why": _TEXT,
        "text": {"type": "string", "description": "Markdown; for the public empty once withdrawn"},
        "origin": {"type": "string", "description": "its mark at the hub above where it began, or empty"},
        "via": {**_array(_TEXT), "description": "base URLs of the hubs that it came through"},
    }


def _manuscript() -> dict[str, Any]:
    attachment = {
        "type": "object",
        "properties": {
            "name": _TEXT,
            "content": {"type": "string", "contentEncoding": "base64", "description": "JPEG, PNG, WebP, PDF"},
            "sha256": {"type": "string", "description": "instead of content: one that it has already (PUT)"},
            "alt": _TEXT,
        },
    }
    return {
        "number": {"type": "string", "maxLength": 100},
        "subject": {"type": "string", "maxLength": 200},
        "to": {
            "type": "array",
            "items": _TEXT,
            "minItems": 1,
            "description": "all, kec:CODE, village:CODE, site:ID, tag:NAME, silent:DAYS; "
            "several in one text narrow it, several texts add up",
        },
        "text": {"type": "string", "maxLength": 50_000, "description": "Markdown"},
        "date": {**_DAY, "description": "the letter's own; today if left out"},
        "nature": {"type": "string", "enum": list(NATURES), "default": NATURES[0]},
        "agency": {"type": "string", "maxLength": 150},
        "contact": {"type": "string", "maxLength": 300},
        "valid_from": {"type": "string", "description": _WHEN},
        "valid_until": {"type": "string", "description": f"{_WHEN}; a day alone is its end"},
        "information_class": {
            "type": "string",
            "enum": list(INFORMATION_CLASSES),
            "default": INFORMATION_CLASSES[0],
        },
        "attachments": _array(attachment),
    }


def schemas() -> dict[str, Any]:
    """Named shapes."""
    shown = _object({"url": _TEXT, "name": _TEXT, "type": _TEXT, "size": _COUNT, "alt": _TEXT})
    kept = _object({"name": _TEXT, "type": _TEXT, "size": _COUNT, "sha256": _TEXT, "alt": _TEXT})
    stamps = ("scheduled_at", "published_at", "corrected_at", "withdrawn_at")
    own = {
        "to": _array(_TEXT),
        "attachments": _array(kept),
        "rehearsal": {"type": "boolean"},
        "correction_pending": {"type": "boolean", "description": "a correction waits for the second person"},
        **dict.fromkeys(stamps, _OR_NO_TIME),
    }
    public = {
        "url": _TEXT,
        "body_html": {"type": "string", "description": "sanitised HTML; empty once withdrawn"},
        "attachments": _array(shown),
        "published": _OR_NO_TIME,
        "corrected": _OR_NO_TIME,
        "withdrawn": _OR_NO_TIME,
    }
    order = _manuscript() | {
        "at": {"type": "string", "description": f"publish then; {_WHEN}"},
        "draft": _FLAG,
        "rehearsal": _FLAG,
        "origin": {"type": "string", "description": "of a hub above: the mark there; known again by it"},
        "via": {**_array(_TEXT), "maxItems": 8, "description": "of a hub above: it, and those before it"},
        "again": {**_FLAG, "description": "of a hub above: publish anew what was withdrawn here"},
    }
    required = ("number", "subject", "to")
    known = {"announcement": _ref("StaffAnnouncement"), "without_channel": _array(_ref("RegionRef"))}
    fault = _object({"key": _TEXT, "problem": _TEXT, "cure": _TEXT})
    return {
        "Announcement": _object(_facts() | public),
        "StaffAnnouncement": _object(_facts() | own),
        "Manuscript": _object(_manuscript(), required) | {"additionalProperties": False},
        "Order": _object(order, required) | {"additionalProperties": False},
        "Delivery": _object(_delivery()),
        "Announced": _object(known | {"deliveries": _array(_ref("Delivery"))}),
        "Deliveries": _object(known | {"results": _array(_ref("Delivery")), "next": {"type": "null"}}),
        "Faults": {"allOf": [_ref("Problem"), _object({"errors": _array(fault)})]},
    }


def _delivery() -> dict[str, Any]:
    return {
        "id": _ID,
        "target": {"anyOf": [_ID, {"type": "null"}]},
        "site": _ID,
        "site_name": _TEXT,
        "village": _TEXT,
        "publisher": _TEXT,
        "state": {"type": "string", "enum": list(DELIVERY_STATES)},
        "version": {**_COUNT, "description": "what stands there; 0: nothing of ours"},
        "attempts": {**_COUNT, "description": "failures in a row"},
        "remote_id": _TEXT,
        "remote_url": _TEXT,
        "delivered_at": _OR_NO_TIME,
        "verified_at": _OR_NO_TIME,
        "withdrawn_at": _OR_NO_TIME,
        "due_at": _OR_NO_TIME,
        "reason": _OR_NO_TEXT,
        "problem": _TEXT,
        "carried_by": {"type": "string", "description": "of a failed one: the publisher that took over"},
    }


def _answers(good: int, schema: str, failures: tuple[int, ...]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(good): {"description": "the answer", "content": {"application/json": {"schema": _ref(schema)}}}
    }
    for status in (*failures, 429):
        content = {"application/problem+json": {"schema": _ref("Faults" if status == 422 else "Problem")}}
        answers[str(status)] = {"description": "a problem", "content": content}
    return answers


def _operation(
    name: str,
    summary: str,
    scope: str,
    answers: dict[str, Any],
    parameters: tuple[dict[str, Any], ...],
    body: dict[str, Any] | None = None,
    *,
    needs_body: bool = True,
) -> dict[str, Any]:
    """An operation for programs with a token."""
    described: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "security": [{"token": [scope]}],
        "parameters": [*parameters, _LANG],
        "responses": answers,
    }
    if body is not None:
        described["requestBody"] = {"required": needs_body, "content": {"application/json": {"schema": body}}}
    return described


def operations() -> dict[str, dict[str, Any]]:
    """Path -> method -> operation, of those that take a token."""
    write, read = "announcements:write", "announcements:read"
    refused = (400, 401, 403)
    body = (*refused, 413, 415, 422)
    return {
        "/announcements": {
            "post": _operation(
                "announce",
                "Publish, schedule or draft an announcement",
                write,
                {
                    **_answers(200, "Announced", ()),
                    **_answers(201, "Announced", (*body, 409)),
                },
                (_REPEAT,),
                _ref("Order"),
            )
        },
        "/announcements/{id}": {
            "put": _operation(
                "correctAnnouncement",
                "A new reading: corrects every copy",
                write,
                _answers(200, "Announced", (*body, 404, 409)),
                (_KEY,),
                _ref("Manuscript"),
            )
        },
        "/announcements/{id}/withdraw": {
            "post": _operation(
                "withdrawAnnouncement",
                "Take every copy away",
                write,
                _answers(200, "Announced", (*refused, 404, 409, 415)),
                (_KEY,),
                _object({"why": {"type": "string", "maxLength": 500}}, ()),
                needs_body=False,
            )
        },
        "/announcements/received": {
            "get": _operation(
                "getReceived",
                "What a hub above sent, by its mark there",
                read,
                _answers(200, "Announced", (*refused, 404)),
                ({"name": "origin", "in": "query", "required": True, "schema": _TEXT},),
            )
        },
        "/announcements/{id}/deliveries": {
            "get": _operation(
                "listDeliveries",
                "What became of it on every site",
                read,
                _answers(200, "Deliveries", (*refused, 404)),
                (_KEY,),
            )
        },
    }
