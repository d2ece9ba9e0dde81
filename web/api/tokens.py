"""Who may use the writing side of the API: programs with a token, sent as ``Authorization: Bearer kh_...``
(RFC 6750) and never in an address."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast
from urllib.parse import unquote

from flask import Response, g, request

from hub.model import Actor, ApiToken
from web import current, errors

#: endpoint -> the scope it takes; the description of the API and its tests read it.
SCOPES: dict[str, str] = {}
#: Of a token in a query string; no word that people search for has so long a tail.
_TOKEN = re.compile(r"\bkh_[\w-]{43}")

View = TypeVar("View", bound=Callable[..., Response])


def takes(scope: str) -> Callable[[View], View]:
    """A route for programs whose token has ``scope``."""

    def decorate(view: View) -> View:
        SCOPES[view.__name__] = scope

        @wraps(view)
        def guarded(*args: object, **values: object) -> Response:
            return _refusal(scope) or view(*args, **values)

        return cast(View, guarded)

    return decorate


def actor() -> Actor:
    """The program that asks, for rights and for the audit trail."""
    token = cast(ApiToken, g.api_token)
    return Actor(f"token:{token.name}", token.role, request.remote_addr or "")


def not_in_address() -> Response | None:
    """Refuse a request that carries a token where every log on the way keeps it, whatever it asks for."""
    if _TOKEN.search(unquote(request.query_string.decode("latin-1"))):
        return errors.problem(400, current.say().t("api.token.url"))
    return None


def _refusal(scope: str) -> Response | None:
    say = current.say()
    kind, _, plain = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not plain:
        return _challenge(401, say.t("api.token.missing"))
    token = current.hub().access.token(plain.strip())
    if token is None:
        return _challenge(401, say.t("api.token.wrong"), 'error="invalid_token"')
    if scope not in token.scopes:
        needed = f'error="insufficient_scope", scope="{scope}"'
        return _challenge(403, say.t("api.token.scope", scope=scope), needed)
    g.api_token = token
    return None


def _challenge(status: int, detail: str, why: str = "") -> Response:
    response = errors.problem(status, detail)
    response.headers["WWW-Authenticate"] = ", ".join(filter(None, ('Bearer realm="kimhub"', why)))
    return response
