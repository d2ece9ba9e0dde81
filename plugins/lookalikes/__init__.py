"""Finds press releases and copies that several KIM carry: MinHash by rensa, then a look at the words."""

from __future__ import annotations

from collections.abc import Sequence

from hub.spec import StoryMatcher, hookimpl


@hookimpl
def register_matchers() -> Sequence[StoryMatcher]:
    from plugins.lookalikes.matcher import Lookalikes

    return [Lookalikes()]
