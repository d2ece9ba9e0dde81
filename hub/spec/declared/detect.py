"""Is this a site that a declaration is about?"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from hub.model import Proposal
from hub.spec.connector import Context, Probe
from hub.spec.declared.format import Declaration
from hub.spec.declared.place import list_address, origin
from hub.spec.declared.read import read_list
from hub.spec.walls import get_page

#: A site that is known by a mark of its pages alone may be another platform with a better door.
RANK_MARKED: Final = 70


def propose(declaration: Declaration, probe: Probe, ctx: Context) -> Iterator[Proposal]:
    """One proposal where the site is named or known by its marks, and its list has items."""
    rank = _rank(declaration, probe)
    if rank is None:
        return
    by_address = any("{url}" in each for each in declaration.list.url)
    url = probe.url if by_address else f"{origin(probe.url)}/"
    address = list_address(declaration, url)
    response = probe.response if address == probe.url else get_page(ctx.http, address)
    if read_list(declaration, response.text(), response.url).items:
        yield Proposal(declaration.name, url, rank=rank, platform=declaration.platform, title=probe.title)


def _rank(declaration: Declaration, probe: Probe) -> int | None:
    """None where the declaration is not meant for this site."""
    host = (urlsplit(probe.url).hostname or "").lower()
    fixed = {urlsplit(each).hostname for each in declaration.list.url if each.startswith("http")}
    if host in fixed or any(fnmatchcase(host, pattern.lower()) for pattern in declaration.hosts):
        return declaration.rank
    if declaration.generator and declaration.generator.lower() in probe.generator.lower():
        return declaration.rank
    mark = declaration.selector.partition("@")[0]
    if mark and LexborHTMLParser(probe.response.text()).css(mark):
        return max(declaration.rank, RANK_MARKED)
    return None
