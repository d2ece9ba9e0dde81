"""What both connectors remember between visits: their cursor, spelled out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.spec import Cursor, Validators, Window

VERSION = 1


@dataclass(slots=True)
class State:
    """``next`` is the position of the past's next page, empty at its end. ``account`` is the id under which
    an Instagram account was found. ``asked`` is when (epoch seconds) the token was last asked about, and
    ``token_expires`` when it ends (ISO 8601; the hub warns of it)."""

    validators: Validators = field(default_factory=Validators)
    window: Window = field(default_factory=lambda: Window({}))
    next: str = ""
    account: str = ""
    asked: float = 0.0
    token_expires: str = ""

    def dump(self) -> Cursor:
        saved: dict[str, Any] = {
            "version": VERSION,
            "validators": self.validators.dump(),
            "window": self.window.dump(),
            "next": self.next,
            "account": self.account,
            "asked": self.asked,
        }
        if self.token_expires:
            saved["token_expires"] = self.token_expires
        return saved

    @classmethod
    def load(cls, saved: Cursor | None) -> State:
        """Anything unexpected counts as absent: at worst items are read again."""
        if not saved or saved.get("version") != VERSION:
            return cls()
        asked, account = saved.get("asked"), str(saved.get("account") or "")
        return cls(
            Validators.load(saved.get("validators")),
            Window.load(saved.get("window")),
            saved["next"] if isinstance(saved.get("next"), str) else "",
            account if account.isascii() and account.isdigit() and len(account) < 32 else "",
            float(asked) if isinstance(asked, int | float) and 0 <= asked < 1e12 else 0.0,
            saved["token_expires"] if _is_time(saved.get("token_expires")) else "",
        )


def _is_time(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC) is not None
    except ValueError:
        return False
