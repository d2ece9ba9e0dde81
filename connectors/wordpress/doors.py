"""Where a target's REST API is: as its pages say, else where every WordPress has it."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from connectors.wordpress.client import Root
from hub.spec import FetchError, Http, Response

_HEADER = re.compile(r"<([^<>]+)>\s*;\s*rel=[\"']?https://api\.w\.org/")
_ELEMENT = re.compile(r"<link\b[^>]*\brel=[\"']https://api\.w\.org/[\"'][^>]*>", re.IGNORECASE)
_HREF = re.compile(r"\bhref=[\"']([^\"']+)", re.IGNORECASE)


def find_roots(url: str, http: Http) -> list[Root]:
    """The API's addresses for the site (or API root) at ``url``, the likeliest first.

    Raises:
        FetchError: the site cannot be reached; ``moved`` when its API is said to be on another host, which
            must not get this target's password.
    """
    root = Root.of(url) if _is_root(url) else _linked(url, http) or Root.of(urljoin(_folder(url), "wp-json/"))
    return [root] if root.plain else [root, root.without_rewriting()]


def same_house(asked: str, found: str) -> bool:
    """Whether ``found`` may be told what is meant for ``asked``: the same host (but for ``www.``), and no
    way back from https to http."""
    here, there = urlsplit(asked), urlsplit(found)
    if _bare(here.hostname) != _bare(there.hostname) or there.scheme not in ("http", "https"):
        return False
    return here.port == there.port if here.scheme == there.scheme else there.scheme == "https"


def elsewhere(asked: str, found: str, *, for_good: bool = True) -> FetchError:
    """That a site answers at another address than the target's."""
    host = urlsplit(found).hostname or found[:100]
    detail = f"the site answers at {host} now; if that is right, give the target this address"
    return FetchError("moved", detail, permanent=for_good, url=asked)


def _is_root(url: str) -> bool:
    parts = urlsplit(url)
    return "rest_route=" in parts.query or parts.path.rstrip("/").endswith("/wp-json")


def _folder(url: str) -> str:
    return url if urlsplit(url).path.endswith("/") else f"{url}/"


def _linked(url: str, http: Http) -> Root | None:
    """As the Link header of the site's page says, or an element in its head."""
    response = http.request("HEAD", url, ok_only=False)
    link = _HEADER.search(response.headers.get("link", ""))
    found = link[1] if link else ""
    if not found:
        response = http.get(url, ok_only=False)
        found = _in_head(response)
    if not found:
        if not same_house(url, response.url):
            raise elsewhere(url, response.url, for_good=response.moved_to is not None)
        return None
    address = urljoin(response.url, found)
    if not same_house(url, address):
        raise elsewhere(url, address)
    return Root.of(address)


def _in_head(response: Response) -> str:
    link = _HEADER.search(response.headers.get("link", ""))
    if link:
        return link[1]
    element = _ELEMENT.search(response.body[: 256 * 1024].decode("utf-8", "replace"))
    href = _HREF.search(element[0]) if element else None
    return href[1].replace("&amp;", "&").replace("&#038;", "&") if href else ""


def _bare(host: str | None) -> str:
    return (host or "").removeprefix("www.")
