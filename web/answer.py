"""How answers leave: HTML pages and documents that any cache may keep after asking."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, render_template

from web.display import VARIES

#: Keep, but ask each time whether it is still so (a 304 costs nothing); old pages beat none when the hub
#: is down.
PUBLIC = "public, max-age=0, stale-if-error=86400"
NEVER = "no-store"


def page(template: str, *, status: int = 200, cache: str = PUBLIC, **values: Any) -> Response:
    """A rendered page."""
    response = Response(
        render_template(template, **values), status=status, content_type="text/html; charset=utf-8"
    )
    response.headers["Cache-Control"] = cache
    response.vary.update(VARIES)
    return response


def document(body: bytes | str, kind: str, *, cache: str = PUBLIC, shared: bool = False) -> Response:
    """A document for machines; ``shared`` lets scripts of other sites read it (public data, no cookies)."""
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = cache
    if shared:
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def as_json(
    value: Any, kind: str = "application/json", *, status: int = 200, cache: str = PUBLIC, shared: bool = True
) -> Response:
    """``value`` as JSON."""
    response = document(orjson.dumps(value), kind, cache=cache, shared=shared)
    response.status_code = status
    return response
