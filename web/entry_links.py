"""Links of an Atom entry beside its page: where it came by, what belongs to it.

feedgen writes a link's address and forgets what it is (1.0.0: its loop over the links overwrites the link):
attachments looked like other addresses of the page. This extension of feedgen writes them whole.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

NAME = "links"


class EntryLinks:
    """What feedgen calls an extension, of a feed and of an entry alike."""

    def __init__(self) -> None:
        self._links: list[dict[str, str]] = []

    def add(self, href: str, rel: str, **more: str) -> None:
        """``more``: ``type``, ``length``, ``title``."""
        self._links.append({"href": href, "rel": rel} | more)

    def extend_ns(self) -> dict[str, str]:
        return {}

    def extend_rss(self, entry: Any) -> Any:
        return entry

    def extend_atom(self, entry: Any) -> Any:
        for each in self._links:
            etree.SubElement(entry, "link", each)
        return entry


def install(generator: Any) -> None:
    """Lend every entry of a feedgen generator ``entry.links``."""
    generator.register_extension(NAME, EntryLinks, EntryLinks, atom=True, rss=False)
