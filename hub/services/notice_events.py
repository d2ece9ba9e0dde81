"""What has happened to announcements lately, as it is told to those who follow: published, corrected,
withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import ConfigError
from hub.model import Announcement
from hub.model.following import Wish
from hub.services.addressing import Addressing
from hub.store import Transaction

#: What happened before is told to nobody any more; the weekly digest looks back a week.
LATELY = timedelta(days=10)
_MOST = 2000
#: The sign of a withdrawal in place of a version.
WITHDRAWN = "x"


@dataclass(frozen=True, slots=True)
class NoticeEvent:
    """``key`` is ``id.version``, or ``id.x`` for a withdrawal; ``villages`` whom it is for."""

    key: str
    announcement: Announcement
    villages: frozenset[str]

    @property
    def withdrawn(self) -> bool:
        return self.key.endswith(f".{WITHDRAWN}")

    @property
    def urgent(self) -> bool:
        return self.announcement.urgent

    def concerns(self, wish: Wish) -> bool:
        """Whether it is for somebody with this wish."""
        if wish.what == "news":
            return False
        if village := wish.search.get("village"):
            return village in self.villages
        if kecamatan := wish.search.get("kecamatan"):
            return any(code.startswith(f"{kecamatan}.") for code in self.villages)
        return True

    def known(self, told: Collection[str]) -> bool:
        """Whether there is nothing in it for one who was told of ``told``. A withdrawal is news to those
        alone who had been told of what is withdrawn."""
        if f"n{self.key}" in told:
            return True
        return self.withdrawn and not any(each.startswith(f"n{self.announcement.id}.") for each in told)


class NoticeEvents:
    """Reads the announcements of the last days."""

    def __init__(self, addressing: Addressing) -> None:
        self._addressing = addressing
        self._reached: dict[tuple[int, int], frozenset[str]] = {}

    def lately(self, tx: Transaction, now: datetime) -> tuple[NoticeEvent, ...]:
        """The newest first, each announcement with the last that happened to it."""
        found = []
        for each in tx.announcements.changed_since(now - LATELY):
            if each.state == "withdrawn":
                key = f"{each.id}.{WITHDRAWN}"
            elif each.valid_until is None or each.valid_until > now:
                key = f"{each.id}.{each.version}"
            else:
                continue
            found.append(NoticeEvent(key, each, self._villages(tx, each)))
        return tuple(found)

    def holding(self, tx: Transaction, now: datetime) -> tuple[NoticeEvent, ...]:
        """Those that residents should know now, urgent ones first."""
        return tuple(
            NoticeEvent(f"{each.id}.{each.version}", each, self._villages(tx, each))
            for each in tx.announcements.in_force(now)
        )

    def standing(self, tx: Transaction, now: datetime) -> tuple[str, ...]:
        """What is there already when somebody begins to follow, as it is remembered."""
        return tuple(
            f"n{each.id}.{WITHDRAWN if each.state == 'withdrawn' else each.version}"
            for each in tx.announcements.changed_since(now - LATELY)
        )

    def by_id(self, tx: Transaction, ids: Collection[int]) -> Mapping[int, Announcement]:
        """Those of ``ids`` that residents may still see."""
        found = (tx.announcements.get(each) for each in ids)
        return {each.id: each for each in found if each.public}

    def _villages(self, tx: Transaction, announcement: Announcement) -> frozenset[str]:
        """Remembered, for it is asked every few seconds."""
        key = (announcement.id, announcement.version)
        if key not in self._reached:
            if len(self._reached) >= _MOST:
                self._reached.clear()
            try:
                found = frozenset(each.code for each in self._addressing.villages(tx, announcement.to))
            except ConfigError:
                found = frozenset()  # a region that was merged away since
            self._reached[key] = found
        return self._reached[key]
