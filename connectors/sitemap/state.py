"""The cursor, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub.spec import Cursor, Validators

MAX_KNOWN: Final = 5000


@dataclass(slots=True)
class State:
    """``maps``: sitemap -> validators, of those whose addresses were all read; ``known``: address ->
    ``lastmod`` when it was read; ``tries``: address -> visits in which its page could not be read;
    ``below``: the sitemaps of the index."""

    maps: dict[str, Validators] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    below: list[str] = field(default_factory=list)

    def dump(self) -> Cursor:
        saved: dict[str, Any] = {
            "maps": {url: each.dump() for url, each in self.maps.items()},
            "known": dict(list(self.known.items())[-MAX_KNOWN:]),
        }
        if self.tries:
            saved["tries"] = dict(self.tries)
        if self.below:
            saved["below"] = list(self.below)
        return saved

    @classmethod
    def load(cls, saved: Cursor) -> State:
        """Anything unexpected counts as absent: at worst pages are read again."""
        maps, known, tries = (_mapping(saved.get(name)) for name in ("maps", "known", "tries"))
        below = saved.get("below")
        return cls(
            {str(url): Validators.load(each) for url, each in maps.items()},
            {str(url): str(changed) for url, changed in known.items()},
            {str(url): each for url, each in tries.items() if isinstance(each, int)},
            [str(url) for url in below] if isinstance(below, list) else [],
        )

    def remember(self, url: str, changed: str) -> None:
        """As the newest of those known."""
        self.known.pop(url, None)
        self.known[url] = changed
        self.tries.pop(url, None)


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
