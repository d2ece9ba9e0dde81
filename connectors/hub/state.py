"""How far another hub has been read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.hub.parse import Page
from hub.spec import Cursor, Validators

#: What changed so lately is asked for once more: a change that was long in being stored there bears an
#: earlier time than neighbours of it that could be read already.
OVERLAP: Final = timedelta(minutes=10)
#: Changes that are remembered of that time; of more the hub itself knows that they are nothing new.
MOST: Final = 1000
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class State:
    """The cursor, typed.

    ``since`` is the time of change that the present walk began at, ``next`` the page of it that comes next
    ('' at its end), ``edge`` what is known of the last ``OVERLAP`` (``id@updated``). ``swept`` tells when
    the list of all posts was last gone through.
    """

    since: datetime = BEGINNING
    next: str = ""
    edge: tuple[tuple[str, datetime], ...] = ()
    validators: Validators = Validators()
    swept: datetime | None = None

    @property
    def known(self) -> frozenset[str]:
        return frozenset(mark for mark, _ in self.edge)

    def read(self, page: Page, now: datetime) -> State:
        """After ``page``; at the end of a walk the next one begins at its last change, or a little
        before it while that is fresh."""
        latest = max((at for _, at in (*self.edge, *page.marks)), default=self.since)
        start = latest - OVERLAP if latest > now - OVERLAP else latest
        edge = dict(each for each in (*self.edge, *page.marks) if each[1] >= start)
        kept = tuple(edge.items())[-MOST:]
        following = replace(self, next=page.next, edge=kept, validators=Validators())
        return following if page.next else replace(following, since=max(self.since, start))

    def dump(self) -> Cursor:
        return {
            "since": self.since.isoformat(),
            "next": self.next,
            "edge": [[mark, at.isoformat()] for mark, at in self.edge],
            "validators": self.validators.dump(),
            "swept": self.swept.isoformat() if self.swept else None,
        }

    @classmethod
    def load(cls, saved: Cursor | None) -> State:
        """Anything unexpected counts as absent: at worst everything is read again."""
        if not saved:
            return cls()
        edge = saved.get("edge")
        pairs = (
            [each for each in edge if isinstance(each, list) and len(each) == 2]
            if isinstance(edge, list)
            else []
        )
        known = [(str(mark), moment) for mark, at in pairs if (moment := _moment(at))]
        return cls(
            since=_moment(saved.get("since")) or BEGINNING,
            next=str(saved.get("next") or ""),
            edge=tuple(known),
            validators=Validators.load(saved.get("validators")),
            swept=_moment(saved.get("swept")),
        )


def _moment(given: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
