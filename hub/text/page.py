"""What the head of an HTML page says about the site: links, generator, title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

#: A page may carry ten thousand links; nobody looks at more than these.
MAX_LINKS = 50
#: The head is at the beginning; the rest of a page is not parsed.
HEAD_BYTES = 256 * 1024

_HEADER_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^";,\s]+))*)')
_PARAMETER = re.compile(r'([\w*-]+)\s*=\s*(?:"([^"]*)"|([^";,\s]+))')


@dataclass(frozen=True, slots=True)
class PageLink:
    """One link relation; ``url`` is absolute."""

    rel: str
    url: str
    type: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What was found, Link header first (RFC 8288), then link elements in document order."""

    links: tuple[PageLink, ...]
    generator: str
    title: str


def header_links(header: str, base: str) -> Iterator[PageLink]:
    """The links of a Link header."""
    for target, parameters in _HEADER_LINK.findall(header[:16384]):
        named = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters)}
        for rel in named.get("rel", "").split():
            yield PageLink(rel, urljoin(base, target), named.get("type", ""), named.get("title", ""))


def read_head(body: bytes, *, url: str, link_header: str = "") -> Head:
    """Links, generator and title of a page; of anything that is no HTML, just the header's links."""
    links = list(header_links(link_header, url))
    tree = LexborHTMLParser(body[:HEAD_BYTES])
    base_node = tree.css_first("base[href]")
    base = urljoin(url, (base_node.attributes.get("href") or "") if base_node else "")
    for node in tree.css("link[rel][href]")[:MAX_LINKS]:
        attributes = {name: value or "" for name, value in node.attributes.items()}
        for rel in attributes.get("rel", "").lower().split():
            target = urljoin(base, attributes.get("href", ""))
            links.append(
                PageLink(rel, target, attributes.get("type", "").lower(), attributes.get("title", ""))
            )
    generator = tree.css_first('meta[name="generator"]')
    title = tree.css_first("title")
    return Head(
        tuple(links[:MAX_LINKS]),
        (generator.attributes.get("content") or "") if generator else "",
        " ".join(title.text().split())[:200] if title else "",
    )
