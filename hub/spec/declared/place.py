"""Addresses of a declaration, their places filled in."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

from hub.spec.declared.format import Declaration


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def filled(template: str, url: str, **places: str) -> str:
    """``template`` with ``{site}``, ``{url}`` and the given places; a path alone is that of the site."""
    values = {"site": origin(url), "url": url, **places}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return urljoin(url, template)


def list_addresses(declaration: Declaration, url: str) -> list[str]:
    return [filled(each, url) for each in declaration.list.url]


def list_address(declaration: Declaration, url: str) -> str:
    return list_addresses(declaration, url)[0]


def page_address(template: str, url: str, page: int = 0, *, given: str = "") -> str:
    return filled(template, url, page=str(page), id=quote(given, safe=""))
