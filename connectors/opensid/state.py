"""The cursor, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub.spec import Cursor, Validators

#: Articles that are remembered; more than these no village has written.
MAX_KNOWN: Final = 5000


@dataclass(slots=True)
class State:
    """``known``: entry -> digest as listed; ``tries``: entry -> visits in which its page could not be
    read; ``page``: of the archive, the next to read, 0 when there is none, and ``failed``: visits in
    which it could not be."""

    validators: Validators = field(default_factory=Validators)
    known: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    page: int = 0
    failed: int = 0

    def dump(self) -> Cursor:
        saved: dict[str, Any] = {
            "validators": self.validators.dump(),
            "known": dict(list(self.known.items())[-MAX_KNOWN:]),
        }
        if self.tries:
            saved["tries"] = dict(self.tries)
        if self.page:
            saved |= {"page": self.page, "failed": self.failed}
        return saved

    @classmethod
    def load(cls, saved: Cursor) -> State:
        """Anything unexpected counts as absent: at worst articles are read again."""
        page, failed, known, tries = (saved.get(name) for name in ("page", "failed", "known", "tries"))
        return cls(
            Validators.load(saved.get("validators")),
            {str(k): str(v) for k, v in known.items()} if isinstance(known, Mapping) else {},
            {str(k): v for k, v in tries.items() if isinstance(v, int)} if isinstance(tries, Mapping) else {},
            page if isinstance(page, int) else 0,
            failed if isinstance(failed, int) else 0,
        )
