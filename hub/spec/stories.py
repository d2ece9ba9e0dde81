"""What finds posts that tell one story: press releases and copies that several KIM carry.

The hub keeps the marks of every visible post and brings those together that share one; whether the two are
the same story is then for the matcher to say. Which posts form one story, and what is shown of it, is the
hub's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Telling:
    """One post as a matcher sees it: plain text, and when it appeared (aware UTC)."""

    title: str
    text: str
    at: datetime


class StoryMatcher(Protocol):
    """Tells look-alike posts. Pure: asks neither network nor database; safe to call from several threads."""

    @property
    def name(self) -> str: ...

    def marks(self, telling: Telling) -> frozenset[int]:
        """Numbers (signed 64 bits) under which look-alikes meet: two posts that share one are compared. None
        for a text too short to tell. The same text always has the same marks, in every process."""
        ...

    def same(self, one: Telling, other: Telling) -> bool:
        """Whether both tell one story. Symmetric. A notice that recurs with another month, date or amount is
        another story."""
        ...
