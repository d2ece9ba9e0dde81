"""What the index has yet to take in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Post ``post_id`` changed; ``seq`` grows with every change and is never used twice."""

    seq: int
    post_id: int
