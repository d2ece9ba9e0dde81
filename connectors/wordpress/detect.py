"""Is there a WordPress at this address whose posts can be listed?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.wordpress.client import Client, Refused, Root
from hub.spec import Context, FetchError, ParseError, Probe, Proposal, RemoteError

REL = "https://api.w.org/"
NEEDED = "wp/v2"
#: The root of a site with many plugins describes hundreds of routes; this is all that is needed of it.
FIELDS = "name,home,url,namespaces"


def detect(probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """At most one proposal: the first root that answers and lists posts. A closed API is proposed by
    nobody; the site's feed is, by the feed connector."""
    trouble: RemoteError | None = None
    for root in candidates(probe):
        client = Client(ctx.http, root)
        try:
            described = describe(client)
            if described is not None:
                client.posts({"per_page": 1, "_fields": "id"})
                url = Root.of(client.moved_to or root.url).url
                yield Proposal("wordpress", url, rank=10, platform="WordPress", title=described)
                return
        except Refused:
            continue
        except RemoteError as error:
            trouble = error
    if trouble is not None:
        raise trouble


def candidates(probe: Probe) -> list[Root]:
    """Where the API may be: as linked (the hub lists the Link header first), the same without
    rewriting, the address itself if it is one, and the address that every WordPress answers at."""
    linked = [Root.of(link.url) for link in probe.links if link.rel == REL]
    roots = [*linked, *(root.without_rewriting() for root in linked if not root.plain)]
    url = probe.response.url or probe.url
    if probe.response.content_type == "application/json":
        roots.append(Root.of(url))
    elif not linked:
        folder = urljoin(url, ".")
        roots.append(Root.of(f"{folder}?rest_route=/"))
        if urlsplit(folder).path not in ("", "/"):
            roots.append(Root.of(f"{urljoin(url, '/')}?rest_route=/"))
    return list(dict.fromkeys(roots))


def describe(client: Client) -> str | None:
    """The site's name, or None where this is no WordPress with posts (4.7 or later).

    Raises:
        Refused, RemoteError: it does not answer.
    """
    try:
        answer: Any = client.get("", {"_fields": FIELDS}).json()
    except ParseError:
        return None
    except FetchError as error:
        if error.reason == "too_large":  # releases that do not cut the root to the fields asked for
            return ""
        raise
    names = answer.get("namespaces") if isinstance(answer, dict) else None
    if not isinstance(names, list) or NEEDED not in names:
        return None
    return str(answer.get("name") or "")
