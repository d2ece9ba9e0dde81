"""The cursor, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.spec import ArticleState, Cursor, Validators


@dataclass(slots=True)
class State(ArticleState):
    """``maps``: sitemap -> validators, of those whose addresses were all read; ``below``: the sitemaps of
    the index. Articles are known by their address, with their ``lastmod`` when they were read."""

    maps: dict[str, Validators] = field(default_factory=dict)
    below: list[str] = field(default_factory=list)

    def dump(self) -> Cursor:
        saved = {"maps": {url: each.dump() for url, each in self.maps.items()}, **self.dump_articles()}
        if self.below:
            saved["below"] = list(self.below)
        return saved

    @classmethod
    def load(cls, saved: Cursor) -> State:
        """Anything unexpected counts as absent: at worst pages are read again."""
        maps, below = saved.get("maps"), saved.get("below")
        state = cls(below=[str(url) for url in below] if isinstance(below, list) else [])
        if isinstance(maps, Mapping):
            state.maps = {str(url): Validators.load(each) for url, each in maps.items()}
        state.load_articles(saved)
        return state
