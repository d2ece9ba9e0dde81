"""What residents follow, and what is on its way to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from hub.model.following import Following, Telling
from hub.store.tables import changes, counters, followings, posts

_COLUMNS = [each for each in followings.c if each.name != "wish"]
#: Rows in one statement.
PORTION = 500
#: Newest posts among which the ones of the last moments are found.
_LATEST = 500
#: PostgreSQL's advisory locks under which wishes are made (any number of our own).
_WISHING = 762033
_SEEN_ALL = "followings.seen"


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the choice for whom a post is news needs of it. ``key`` is that of its story."""

    id: int
    village: str
    kecamatan: str
    site: int
    topics: frozenset[str]
    sort_at: datetime
    key: str


def _from_row(row: Row[Any]) -> Following:
    values = dict(row._mapping)
    telling = values.pop("telling")
    return Following(
        **values | {"told": tuple(values["told"])}, telling=_telling(telling) if telling else None
    )


def _telling(saved: Mapping[str, Any]) -> Telling:
    lists = ("posts", "notices", "holding", "told")
    return Telling(**dict(saved) | {name: tuple(saved[name]) for name in lists})


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    if isinstance(columns.get("telling"), Telling):
        columns["telling"] = asdict(columns["telling"])
    if "told" in columns:
        columns["told"] = list(columns["told"])
    if "search" in columns:
        columns["search"] = dict(columns["search"])
    return columns


class Followings:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, following_id: int, *, lock: bool = False) -> Following | None:
        query = select(*_COLUMNS).where(followings.c.id == following_id)
        row = self._db.execute(query.with_for_update() if lock else query).one_or_none()
        return _from_row(row) if row else None

    def of_wish(self, wish: str) -> Following | None:
        """The living one of this wish; until this transaction ends nobody else makes one."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(select(func.pg_advisory_xact_lock(_WISHING, func.hashtext(wish))))
        row = self._db.execute(select(*_COLUMNS).where(followings.c.wish == wish)).one_or_none()
        return _from_row(row) if row else None

    def of_address(self, notifier: str, address_key: str) -> tuple[Following, ...]:
        """Those that do not have ended."""
        query = select(*_COLUMNS).where(
            followings.c.address_key == address_key, followings.c.notifier == notifier
        )
        return tuple(map(_from_row, self._db.execute(query.order_by(followings.c.id))))

    def add(self, **values: Any) -> Following:
        """Store a new one; ``values`` are fields of Following, ``wish`` beside them."""
        row = self._db.execute(insert(followings).values(_columns(values)).returning(*_COLUMNS)).one()
        return _from_row(row)

    def edit(self, following_id: int, **changes: Any) -> None:
        self._db.execute(update(followings).where(followings.c.id == following_id).values(_columns(changes)))

    def end(self, following_id: int, now: datetime, problem: str = "") -> None:
        """Nothing more goes there, and who it was is forgotten."""
        self.edit(
            following_id,
            state="ended",
            address="",
            address_key="",
            wish=None,
            due_at=None,
            telling=None,
            told=(),
            ended_at=now,
            problem=problem,
        )

    def asks_since(self, address_key: str, moment: datetime) -> int:
        """How often an address was asked since then."""
        query = select(func.coalesce(func.sum(followings.c.asks), 0)).where(
            followings.c.address_key == address_key, followings.c.asked_at > moment
        )
        return int(self._db.execute(query).scalar_one())

    # -- lists and numbers ------------------------------------------------------------------------

    def all(self, states: Collection[str], limit: int, before: int | None = None) -> tuple[Following, ...]:
        """Newest first; ``before`` is the id where the last page ended."""
        query = select(*_COLUMNS).where(followings.c.state.in_(list(states)))
        if before is not None:
            query = query.where(followings.c.id < before)
        return tuple(map(_from_row, self._db.execute(query.order_by(followings.c.id.desc()).limit(limit))))

    def counts(self) -> dict[tuple[str, str], int]:
        """(notifier, state) -> number."""
        query = select(followings.c.notifier, followings.c.state, func.count()).group_by(
            followings.c.notifier, followings.c.state
        )
        return {(notifier, state): number for notifier, state, number in self._db.execute(query)}

    def failing(self) -> dict[str, tuple[int, str]]:
        """Notifier -> how many of its followings could not be told last, and one of their problems."""
        query = (
            select(followings.c.notifier, func.count(), func.max(followings.c.problem))
            .where(followings.c.state != "ended", followings.c.problem != "")
            .group_by(followings.c.notifier)
        )
        return {notifier: (number, problem) for notifier, number, problem in self._db.execute(query)}

    def told_since(self, notifier: str, moment: datetime) -> bool:
        """Whether anybody was told by this notifier since then."""
        query = select(followings.c.id).where(
            followings.c.notifier == notifier, followings.c.told_at > moment
        )
        return self._db.execute(query.limit(1)).first() is not None

    def forget(self, unconfirmed_before: datetime, ended_before: datetime) -> int:
        """Remove wishes that nobody confirmed, and what ended long ago."""
        old = or_(
            (followings.c.state == "waiting") & (followings.c.created_at < unconfirmed_before),
            (followings.c.state == "ended") & (followings.c.ended_at < ended_before),
        )
        return self._db.execute(delete(followings).where(old)).rowcount

    # -- what is new --------------------------------------------------------------------------------

    def newest_post(self) -> int:
        return self._db.execute(select(func.max(posts.c.id))).scalar() or 0

    def settled(self, before: datetime) -> int:
        """The newest post that was first seen before then: slower transactions with lower numbers have
        ended, and posts that tell the same have found one another."""
        query = select(posts.c.id, posts.c.first_seen).order_by(posts.c.id.desc()).limit(_LATEST)
        latest = self._db.execute(query).all()
        old = (row.id for row in latest if row.first_seen <= before)
        return next(old, latest[-1].id - 1 if latest else 0)

    def unindexed(self, after: int, upto: int, first_seen: datetime) -> int | None:
        """The first post in between that the index has yet to take in, if it was seen since then."""
        query = (
            select(func.min(changes.c.post_id))
            .join(posts, posts.c.id == changes.c.post_id)
            .where(changes.c.post_id > after, changes.c.post_id <= upto, posts.c.first_seen >= first_seen)
        )
        return self._db.execute(query).scalar()

    def fresh(self, after: int, upto: int, since: datetime) -> list[Fresh]:
        """Visible posts with ids in between that are not older than ``since``, newest first."""
        query = (
            select(
                posts.c.id,
                posts.c.village,
                posts.c.kecamatan,
                posts.c.site_id,
                posts.c.topics,
                posts.c.sort_at,
                posts.c.story,
            )
            .where(
                posts.c.id > after, posts.c.id <= upto, posts.c.state == "visible", posts.c.sort_at >= since
            )
            .order_by(posts.c.sort_at.desc(), posts.c.id.desc())
        )
        return [
            Fresh(
                row.id,
                row.village,
                row.kecamatan,
                row.site_id,
                frozenset(each["slug"] for each in row.topics),
                row.sort_at,
                f"p{row.story or row.id}",
            )
            for row in self._db.execute(query)
        ]

    def stories(self, post_ids: Collection[int]) -> set[str]:
        """The keys of these posts' stories."""
        query = select(posts.c.id, posts.c.story).where(posts.c.id.in_(list(post_ids)))
        return {f"p{row.story or row.id}" for row in self._db.execute(query)}

    # -- waking -------------------------------------------------------------------------------------

    def woken_upto(self) -> int:
        """The newest post that those who want to hear soon were woken for."""
        return self._db.execute(select(counters.c.value).where(counters.c.name == _SEEN_ALL)).scalar() or 0

    def set_woken(self, upto: int) -> None:
        self._count(_SEEN_ALL, upto)

    def subjects(self) -> list[Following]:
        """One active following of each subject that is to be told soon."""
        first = (
            select(func.min(followings.c.id))
            .where(followings.c.state == "active", followings.c.rhythm == "soon")
            .group_by(followings.c.subject)
        )
        query = select(*_COLUMNS).where(followings.c.id.in_(first))
        return [_from_row(row) for row in self._db.execute(query)]

    def wake(self, subjects: Sequence[str], now: datetime, *, urgent: bool = False) -> int:
        """Have those of these subjects that are to be told soon looked at; ``urgent`` also where a look at
        a later time is planned."""
        sleeping: ColumnElement[bool] = followings.c.due_at.is_(None)
        if urgent:  # what is on its way just now is looked at again afterwards anyway
            sleeping = or_(sleeping, (followings.c.due_at > now) & followings.c.telling.is_(None))
        woken = 0
        for start in range(0, len(subjects), PORTION):
            wanted = (
                followings.c.subject.in_(subjects[start : start + PORTION])
                & (followings.c.state == "active")
                & (followings.c.rhythm == "soon")
                & sleeping
            )
            woken += self._db.execute(update(followings).where(wanted).values(due_at=now)).rowcount
        return woken

    # -- telling ------------------------------------------------------------------------------------

    def claim_due(
        self, now: datetime, until: datetime, limit: int, resting: Collection[str]
    ) -> list[Following]:
        """Those that are due, whoever wants to hear soon first; nobody else gets them until ``until``.

        Args:
            resting: notifiers that nothing is handed to at the moment.
        """
        query = (
            select(followings.c.id)
            .where(
                followings.c.due_at <= now,
                followings.c.state != "ended",
                followings.c.notifier.not_in(list(resting)),
            )
            .order_by(case((followings.c.rhythm == "soon", 0), else_=1), followings.c.due_at, followings.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = list(self._db.execute(query).scalars())
        taken = update(followings).where(followings.c.id.in_(ids)).values(due_at=until)
        return [_from_row(row) for row in self._db.execute(taken.returning(*_COLUMNS))] if ids else []

    def due_since(self, now: datetime) -> int | None:
        """The lowest post that one of the due ones was looked through up to; None where none is due."""
        query = select(func.min(followings.c.seen)).where(
            followings.c.due_at <= now, followings.c.state == "active"
        )
        return self._db.execute(query).scalar()

    def looked(self, found: Sequence[tuple[int, int, datetime | None]]) -> None:
        """Note looks that found nothing: id, up to which post, and when the next one is due."""
        if found:
            self._db.execute(
                update(followings)
                .where(followings.c.id == bindparam("row"), followings.c.state == "active")
                .values(seen=bindparam("upto"), due_at=bindparam("next")),
                [{"row": id, "upto": upto, "next": due} for id, upto, due in found],
            )

    def fix(self, tellings: Mapping[int, Telling], until: datetime) -> set[int]:
        """Keep what is going to be told, by id, before the first try; nobody else tries before ``until``.
        The ids that it is still to be told to by us."""
        query = (
            select(followings.c.id)
            .where(
                followings.c.id.in_(list(tellings)),
                followings.c.state == "active",
                followings.c.telling.is_(None),
            )
            .with_for_update()
        )
        ours = set(self._db.execute(query).scalars())
        if ours:
            self._db.execute(
                update(followings)
                .where(followings.c.id == bindparam("row"))
                .values(telling=bindparam("fixed"), due_at=until),
                [{"row": id, "fixed": asdict(tellings[id])} for id in sorted(ours)],
            )
        return ours

    # -- messengers ---------------------------------------------------------------------------------

    def cursor(self, notifier: str) -> int:
        """Where the notifier that listens left off."""
        query = select(counters.c.value).where(counters.c.name == f"listen.{notifier}"[:64])
        return self._db.execute(query).scalar() or 0

    def set_cursor(self, notifier: str, cursor: int) -> None:
        self._count(f"listen.{notifier}"[:64], cursor)

    def _count(self, name: str, value: int) -> None:
        done = self._db.execute(update(counters).where(counters.c.name == name).values(value=value))
        if done.rowcount == 0:
            self._db.execute(insert(counters).values(name=name, value=value))
