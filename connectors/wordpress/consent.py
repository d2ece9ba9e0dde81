"""WordPress's own way of giving out an Application Password: its administrator presses a button there.

Since 5.6 the API's root tells where (``authentication``); the answer comes to ``success_url`` as
``site_url``, ``user_login`` and ``password`` in the query.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.wordpress.diagnose import SWITCHED_OFF
from connectors.wordpress.doors import same_house
from hub.spec import AuthError, FetchError


def consent_url(
    root_answer: Mapping[str, Any],
    app_name: str,
    app_id: str,
    success_url: str,
    reject_url: str,
    *,
    site_url: str,
) -> str:
    """Where to send the browser of the site's administrator.

    Args:
        root_answer: what the API's root says of itself.
        app_name: shown to the administrator; each name can be given once per user there.
        app_id: a UUID.
        site_url: the site that is asked; its password page must be on the same host.

    Raises:
        AuthError: the site gives out no Application Passwords.
        FetchError: the page is on another host, or a password would be sent in clear over the internet.
    """
    url = _authorization(root_answer)
    if not url:
        raise AuthError("auth", SWITCHED_OFF, permanent=True)
    if not same_house(site_url, url):
        raise FetchError("moved", "the page that gives out passwords is on another host", permanent=True)
    if urlsplit(url).scheme != "https" and not _is_private(url):
        raise FetchError("bad_url", "a password must not be sent without https", permanent=True)
    query = urlencode(
        {"app_name": app_name, "app_id": app_id, "success_url": success_url, "reject_url": reject_url}
    )
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _authorization(root_answer: Mapping[str, Any]) -> str:
    found: Any = root_answer
    for name in ("authentication", "application-passwords", "endpoints", "authorization"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def _is_private(url: str) -> bool:
    """An address of a private network. It has just answered, so the operator has allowed it."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_private
    except ValueError:
        return False
