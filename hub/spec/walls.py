"""Pages that a wall in front of a site shows to machines in place of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.errors import Blocked, FetchError
from hub.spec.http import Http, Response, Validators

#: Cloudflare's challenge, Sucuri's, DDoS-Guard's and Imperva's pages, each by a mark of its own.
_MARKS: Final = (
    b"challenge-platform",
    b"cf-chl",
    b"<title>just a moment",
    b"cf-browser-verification",
    b"sucuri_cloudproxy_js",
    b"<title>ddos-guard",
    b"_incapsula_resource",
    b"<title>attention required! | cloudflare",
)
#: Challenges are short, and carry their mark at the beginning.
_LOOKED_AT: Final = 65536
#: Longer pages with a mark are pages that merely load such a script.
_SHORT: Final = 40_000


def is_challenge(body: bytes, mitigated: str = "") -> bool:
    """Whether ``body`` is a challenge; ``mitigated`` is the header Cf-Mitigated."""
    if mitigated.strip().lower() == "challenge":
        return True
    page = body[:_LOOKED_AT].lower()
    return len(body) <= _SHORT and any(mark in page for mark in _MARKS)


def get_page(
    http: Http,
    url: str,
    *,
    since: Validators | None = None,
    headers: Mapping[str, str] | None = None,
    accept: str = "",
) -> Response:
    """GET ``url``, a challenge told from an answer.

    Raises:
        Blocked: a wall wants to see a browser, be it with status 200, 403 or 503.
        FetchError: as ``http.get``.
    """
    try:
        answer = http.get(url, since=since, headers=headers, accept=accept)
    except FetchError as error:
        if error.status in (401, 403, 503) and is_challenge(error.body):
            raise _walled(url) from error
        raise
    if is_challenge(answer.body, answer.headers.get("cf-mitigated", "")):
        raise _walled(url)
    return answer


def _walled(url: str) -> Blocked:
    detail = f"a wall in front of the site wants to see a browser: {url}"
    return Blocked("http_4xx", detail[:300], permanent=True, hint="browser_wanted")
