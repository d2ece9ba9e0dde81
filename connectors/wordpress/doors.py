"""Where a target's REST API is: as its pages say, else where every WordPress has it."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from connectors.wordpress.client import Root
from hub.spec import FetchError, Http, Response

_HEADER = re.compile(r"<([^<>]+)>\s*;\s*rel=[\"']?https://api\.w\.org/")
_ELEMENT = re.compile(r"<link\b[^>]*\brel=[\"']https://api\.w\.org/[\"'][^>]*>", re.IGNORECASE)
_HREF = re.compile(r"\bhref=[\"']([^\"']+)", re.IGNORECASE)


def usual_roots(url: str) -> list[Root]:
    """Where the API of the site (or the API root) at ``url`` usually is, without asking anybody."""
    return _with_plain(Root.of(url) if _is_root(url) else Root.of(urljoin(_folder(url), "wp-json/")))


def find_roots(url: str, http: Http) -> list[Root]:
    """The API's addresses for the site (or API root) at ``url``, the likeliest first.

    Raises:
        FetchError: the site cannot be reached; ``moved`` when its API is said to be on another host, which
            must not get this target's password.
    """
    linked = None if _is_root(url) else _linked(url, http)
    return _with_plain(linked) if linked else usual_roots(url)


def same_house(asked: str, found: str) -> bool:
    """Whether ``found`` may be told what is meant for ``asked``: the same host (but for ``www.``), and no
    way back from https to http."""
    try:
        here, there = urlsplit(asked), urlsplit(found)
        ports = here.port, there.port
    except ValueError:
        return False
    if _bare(here.hostname) != _bare(there.hostname) or there.scheme not in ("http", "https"):
        return False
    return ports[0] == ports[1] if here.scheme == there.scheme else there.scheme == "https"


def origin(url: str) -> tuple[str, str]:
    """What a password is kept to: scheme, host and port."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def elsewhere(asked: str, found: str, *, for_good: bool = True) -> FetchError:
    """That a site answers at another address than the target's."""
    host = re.sub(r"[/?#].*", "", re.sub(r"^\w+://", "", found))[:100]
    detail = f"the site answers at {host} now; if that is right, give the target this address"
    return FetchError("moved", detail, permanent=for_good, url=asked)


def _with_plain(root: Root) -> list[Root]:
    return [root] if root.plain else [root, root.without_rewriting()]


def _is_root(url: str) -> bool:
    parts = urlsplit(url)
    return "rest_route=" in parts.query or parts.path.rstrip("/").endswith("/wp-json")


def _folder(url: str) -> str:
    return url if urlsplit(url).path.endswith("/") else f"{url}/"


def _linked(url: str, http: Http) -> Root | None:
    """As the Link header of the site's page says, or an element in its head."""
    try:
        response = http.request("HEAD", url, ok_only=False)
        link = _HEADER.search(response.headers.get("link", ""))
    except FetchError as error:
        if error.reason != "unreachable":
            raise
        link = None  # some servers hang up on HEAD
    if link is None:
        response = http.get(url, ok_only=False)
    found = link[1] if link else _in_head(response)
    if not found:
        if not same_house(url, response.url):
            raise elsewhere(url, response.url, for_good=response.moved_to is not None)
        return None
    address = resolved(response.url, found)
    if not same_house(url, address):
        raise elsewhere(url, address)
    return Root.of(address)


def resolved(page: str, link: str) -> str:
    """``link`` as found in ``page``. Behind a proxy that does TLS a site often takes itself for http."""
    try:
        address = urljoin(page, link)
        here, there = urlsplit(page), urlsplit(address)
    except ValueError:
        return link
    if here.netloc == there.netloc and here.scheme == "https" and there.scheme == "http":
        return f"https{address.removeprefix('http')}"
    return address


def _in_head(response: Response) -> str:
    link = _HEADER.search(response.headers.get("link", ""))
    if link:
        return link[1]
    element = _ELEMENT.search(response.body[: 256 * 1024].decode("utf-8", "replace"))
    href = _HREF.search(element[0]) if element else None
    return href[1].replace("&amp;", "&").replace("&#038;", "&") if href else ""


def _bare(host: str | None) -> str:
    return (host or "").removeprefix("www.")
