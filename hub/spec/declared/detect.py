"""Is this a site that a declaration is about?"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from hub.model import Proposal
from hub.spec.connector import Context, Probe
from hub.spec.declared.format import Declaration
from hub.spec.declared.place import list_address, origin
from hub.spec.declared.read import read_list
from hub.spec.walls import get_page


def propose(declaration: Declaration, probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """One proposal where the site is named or known by its marks, and its list has items."""
    if not _meant(declaration, probe):
        return
    by_address = any("{url}" in each for each in declaration.list.url)
    url = probe.url if by_address else f"{origin(probe.url)}/"
    address = list_address(declaration, url)
    response = probe.response if address == probe.url else get_page(ctx.http, address)
    if read_list(declaration, response.text(), response.url).items:
        yield Proposal(
            declaration.name,
            url,
            rank=declaration.rank,
            platform=declaration.platform,
            title=probe.title,
        )


def _meant(declaration: Declaration, probe: Probe) -> bool:
    host = (urlsplit(probe.url).hostname or "").lower()
    fixed = {urlsplit(each).hostname for each in declaration.list.url if each.startswith("http")}
    if host in fixed or any(fnmatchcase(host, pattern.lower()) for pattern in declaration.hosts):
        return True
    if declaration.generator and declaration.generator.lower() in probe.generator.lower():
        return True
    if not declaration.selector:
        return False
    return bool(LexborHTMLParser(probe.response.text()).css(declaration.selector.partition("@")[0]))
