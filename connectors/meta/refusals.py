"""The Graph API's error codes in the hub's reasons."""

from __future__ import annotations

from hub.spec import AuthError, FetchError, ParseError, RemoteError, read_json

#: Calls per app, user, page, or custom; 80000 and up are limits of single products.
_LIMITS = (4, 17, 32, 613)
#: Missing permission: 10, and 200 to 299.
_NOT_ALLOWED = (3, 10)
#: An hour: what the API's limits are counted over. It sends no Retry-After.
LIMIT_SECONDS = 3600.0
#: Why a token is refused (``error_subcode``).
_TOKENS = {
    458: "the page's owner removed the app",
    459: "the owner's account is locked; they must sign in to Facebook",
    460: "the owner changed their password",
    463: "the token has run out",
    464: "the owner's account is not confirmed",
    467: "the token is no longer valid",
    492: "the owner no longer has a role on the page",
}


def refusal(error: FetchError, token: str) -> RemoteError | None:
    """What an answer with an error means; None where it does not come from the API (a wall, a broken
    server, no answer at all)."""
    found = _error(error.body)
    if found is None:
        return None
    code, subcode = _number(found.get("code")), _number(found.get("error_subcode"))
    said = str(found.get("message") or "").replace(token, "***")[:200]
    detail = f"{said} (code {code}{f'/{subcode}' if subcode else ''})"
    if code in (102, 190):
        why = _TOKENS.get(subcode)
        return AuthError("auth", f"{why}: {detail}" if why else detail, permanent=True)
    if code in _LIMITS or 80000 <= code <= 80014:
        return FetchError("rate_limited", detail, retry_after=LIMIT_SECONDS, status=error.status)
    if code in _NOT_ALLOWED or 200 <= code <= 299:
        return AuthError("auth", f"the token lacks a permission: {detail}", permanent=True)
    if code in (21, 803) or (code == 100 and subcode == 33):
        return FetchError("bad_url", f"no such page for this token: {detail}", permanent=True)
    if code in (1, 2) or found.get("is_transient") is True or (error.status or 0) >= 500:
        return FetchError("http_5xx", detail, status=error.status)
    return FetchError("http_4xx", detail, status=error.status)


def _error(body: bytes) -> dict[str, object] | None:
    try:
        answer = read_json(body)
    except ParseError:
        return None
    found = answer.get("error") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) and "code" in found else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
