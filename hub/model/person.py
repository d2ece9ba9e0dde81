"""Staff of the hub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in. ``role``: ``administrator``, ``editor`` or ``approver``."""

    id: int
    name: str
    role: str
    disabled: bool
    created_at: datetime
