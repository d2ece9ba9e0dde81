"""The audit trail: who did what, kept so that a changed or missing row shows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from hub.model import Actor, AuditRow
from hub.store import Store, Transaction

#: A key with one of these in its name holds a secret, and is left out.
_SECRET = ("password", "secret", "token", "hash", "credential", "authorization")
_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")
#: Characters kept of one value: the trail says what happened, the object itself is kept elsewhere.
_LONGEST = 1000
#: Column widths in tables.py.
_ACTOR, _THING, _ACTION, _RESULT, _ADDRESS = 200, 200, 64, 32, 64


class Audit:
    """Records privileged actions."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def record(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        thing: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        result: str = "done",
    ) -> None:
        """Note an action in the transaction that does it: both are stored, or neither.

        Args:
            action: dotted, such as ``announcement.publish``.
            thing: what it was done to, such as ``announcement:12``.
            before, after: what changed. Keys that sound like secrets are left out at any depth, control
                characters are escaped, long texts are cut.
        """
        tx.audit.append(
            {
                "at": self._now(),
                "actor": one_line(actor.name, _ACTOR),
                "role": one_line(actor.role, 32),
                "address": one_line(actor.address, _ADDRESS),
                "action": one_line(action, _ACTION),
                "thing": one_line(thing, _THING),
                "before": _plain(before or {}),
                "after": _plain(after or {}),
                "result": one_line(result, _RESULT),
            }
        )

    def note(self, actor: Actor, action: str, thing: str, result: str = "refused") -> None:
        """Record what changed nothing, such as a refusal, in a transaction of its own."""
        with self._store.write() as tx:
            self.record(tx, actor, action, thing, result=result)

    def rows(
        self, limit: int = 100, before_id: int | None = None, actor: str = "", action: str = ""
    ) -> tuple[AuditRow, ...]:
        """Newest first. ``action`` is one, or all below it: ``announcement``."""
        with self._store.read() as tx:
            return tx.audit.rows(limit, before_id, actor, action)

    def verify(self) -> int | None:
        """The id of the first row that was changed, or behind which one is missing; None: all is well."""
        with self._store.read() as tx:
            return tx.audit.first_broken()


def one_line(text: str, longest: int = _LONGEST) -> str:
    """``text`` with line ends, terminal codes and other invisible characters written out: ``\\n``,
    ``\\x1b``."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    shown = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in cut
    )
    # written out, a text may have grown past its column again
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _plain(value: Any) -> Any:
    """``value`` as JSON that reads back equal on every database."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return one_line(_USER_IN_URL.sub("***@", value))
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {
                one_line(str(key), 100): _plain(each)
                for key, each in value.items()
                if not any(word in str(key).lower() for word in _SECRET)
            }
        case set() | frozenset():
            return sorted(map(str, value))
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return one_line(str(value))
