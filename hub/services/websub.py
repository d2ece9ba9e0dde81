"""WebSub on the wire: which hub a feed names, and asking it (https://www.w3.org/TR/websub/)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from urllib.parse import urlencode, urljoin, urlsplit

from hub.errors import FetchError
from hub.spec.http import Http
from hub.text.feeds import parse_feed
from hub.text.page import header_links

MAX_REDIRECTS = 3
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A hub and the topic that it knows."""

    hub: str
    topic: str


class Reach:
    """Knows over which addresses hubs can call us, and secrets may be sent.

    Args:
        allow_private: CIDRs that the operator allowed, for tests and inner networks.
    """

    def __init__(self, allow_private: Sequence[str]) -> None:
        self._private = [ipaddress.ip_network(each, strict=False) for each in allow_private]

    def safe(self, url: str) -> bool:
        """https to a public name, or an address that the operator allowed."""
        parts = urlsplit(url)
        name = parts.hostname or ""
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return parts.scheme == "https" and "." in name and not name.endswith(".localhost")
        allowed = any(address in network for network in self._private)
        return allowed or (parts.scheme == "https" and address.is_global)


def ask(http: Http, url: str, form: Mapping[str, str], secret: str, reach: Reach) -> bool:
    """Hand ``form`` to the hub at ``url``, or to the one that it points to; False when the secret had to be
    left out on the way.

    Raises:
        RemoteError: the hub does not take it.
    """
    for _ in range(1 + MAX_REDIRECTS):
        secret = secret if reach.safe(url) else ""
        body = urlencode({**form, "hub.secret": secret} if secret else form).encode()
        response = http.request("POST", url, body=body, headers=_FORM, max_bytes=65536, ok_only=False)
        location = response.headers.get("location", "")
        if response.status not in (307, 308) or not location:
            break
        url = urljoin(url, location)
    if not 200 <= response.status < 300:
        said = " ".join(response.body[:200].decode("utf-8", "replace").split())
        reason = "http_5xx" if response.status >= 500 else "http_4xx"
        raise FetchError(reason, f"the hub answered {response.status}: {said}", status=response.status)
    return bool(secret)


def discover(http: Http, url: str) -> Offer | None:
    """The hub and the topic that a feed names: in its Link headers, else in the document.

    Raises:
        RemoteError: it cannot be read.
    """
    response = http.get(url)
    links = {
        each.rel: each.url
        for each in reversed(list(header_links(response.headers.get("link", ""), response.url)))
    }
    if not links.get("hub"):
        content_type = response.headers.get("content-type", "")
        feed = parse_feed(response.body, url=response.url, content_type=content_type, zone=UTC)
        links = {"hub": feed.hub_url or "", "self": feed.self_url or ""}
    hub, topic = links.get("hub", ""), links.get("self", "") or response.url
    return Offer(hub, topic) if _http(hub) and _http(topic) else None


def _http(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= 2000
