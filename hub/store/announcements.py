"""Announcements in their versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from hub.errors import NotFound
from hub.model import Announcement, AnnouncementVersion, Attachment, Manuscript, SafeHtml
from hub.store.tables import announcement_versions, announcements, idempotency_keys

#: PostgreSQL's advisory locks under which idempotency keys are used (any number of our own).
_ANSWERING = 762030
_OWN = [each.name for each in announcements.c if each.name != "number_key"]


def _files(rows: Sequence[Mapping[str, Any]]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(each["sha256"], each["name"], each["type"], each["size"], each.get("alt", ""))
        for each in rows
    )


def _file_rows(files: Sequence[Attachment]) -> list[dict[str, Any]]:
    return [
        {name: getattr(each, name) for name in ("sha256", "name", "type", "size", "alt")} for each in files
    ]


def _from_row(row: Row[Any]) -> Announcement:
    values = {name: row._mapping[name] for name in _OWN}
    proposed = values["proposed"]
    return Announcement(
        **values
        | {
            "body": SafeHtml(values["body"]),
            "to": tuple(values["to"]),
            "attachments": _files(values["attachments"]),
            "proposed": _manuscript(proposed) if proposed else None,
            "via": tuple(values["via"] or ()),
        }
    )


def _manuscript(saved: Mapping[str, Any]) -> Manuscript:
    def moment(value: str | None) -> datetime | None:
        return datetime.fromisoformat(value) if value else None

    return Manuscript(
        **dict(saved)
        | {
            "to": tuple(saved["to"]),
            "date": date.fromisoformat(saved["date"]) if saved["date"] else None,
            "valid_from": moment(saved["valid_from"]),
            "valid_until": moment(saved["valid_until"]),
            "attachments": _files(saved["attachments"]),
        }
    )


def saved(manuscript: Manuscript) -> dict[str, Any]:
    """A manuscript as JSON."""
    return {
        "number": manuscript.number,
        "subject": manuscript.subject,
        "to": list(manuscript.to),
        "text": manuscript.text,
        "date": manuscript.date.isoformat() if manuscript.date else None,
        "nature": manuscript.nature,
        "agency": manuscript.agency,
        "contact": manuscript.contact,
        "valid_from": manuscript.valid_from.isoformat() if manuscript.valid_from else None,
        "valid_until": manuscript.valid_until.isoformat() if manuscript.valid_until else None,
        "information_class": manuscript.information_class,
        "attachments": _file_rows(manuscript.attachments),
    }


def _columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Model values as the table has them."""
    values = dict(changes)
    if "to" in values:
        values["to"] = list(values["to"])
    if "attachments" in values:
        values["attachments"] = _file_rows(values["attachments"])
    if "via" in values:
        values["via"] = list(values["via"]) or None
    if isinstance(values.get("proposed"), Manuscript):
        values["proposed"] = saved(values["proposed"])
    return values


class Announcements:
    """The announcements of the hub."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, now: datetime, **values: Any) -> Announcement:
        """Store a new draft; ``values`` are fields of Announcement, ``number_key`` beside them."""
        row = self._db.execute(
            insert(announcements)
            .values(created_at=now, updated_at=now, **_columns(values))
            .returning(*announcements.c)
        ).one()
        return _from_row(row)

    def get(self, announcement_id: int, *, lock: bool = False) -> Announcement:
        """Args:
            lock: keep other writers away from it until the transaction ends.

        Raises:
            NotFound
        """
        query = select(announcements).where(announcements.c.id == announcement_id)
        row = self._db.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise NotFound("announcement", announcement_id)
        return _from_row(row)

    def by_mark(self, mark: str) -> Announcement | None:
        row = self._db.execute(select(announcements).where(announcements.c.mark == mark)).one_or_none()
        return _from_row(row) if row else None

    def by_origin(self, mark: str) -> Announcement | None:
        """The one that began under ``mark`` at another hub."""
        query = select(announcements).where(announcements.c.origin == mark)
        row = self._db.execute(query).one_or_none()
        return _from_row(row) if row else None

    def by_number(self, number_key: str) -> tuple[Announcement, ...]:
        """Published ones with this number, newest first; several agencies may use one number."""
        query = (
            select(announcements)
            .where(announcements.c.number_key == number_key, _PUBLIC)
            .order_by(announcements.c.published_at.desc(), announcements.c.id.desc())
            .limit(20)
        )
        return tuple(map(_from_row, self._db.execute(query)))

    def edit(self, announcement_id: int, now: datetime, **changes: Any) -> Announcement:
        """Change the named fields. Raises NotFound."""
        self._db.execute(
            update(announcements)
            .where(announcements.c.id == announcement_id)
            .values(updated_at=now, **_columns(changes))
        )
        return self.get(announcement_id)

    def remove(self, announcement_id: int) -> None:
        self._db.execute(delete(announcements).where(announcements.c.id == announcement_id))

    def keep_version(self, announcement: Announcement, now: datetime, by: str) -> None:
        """Keep the present reading under its version."""
        content = saved(announcement.manuscript) | {"body": str(announcement.body)}
        self._db.execute(
            insert(announcement_versions).values(
                announcement_id=announcement.id,
                version=announcement.version,
                content=content,
                published_at=now,
                by=by,
            )
        )

    def versions(self, announcement_id: int) -> tuple[AnnouncementVersion, ...]:
        """Every published reading, newest first."""
        query = (
            select(announcement_versions)
            .where(announcement_versions.c.announcement_id == announcement_id)
            .order_by(announcement_versions.c.version.desc())
        )
        return tuple(
            AnnouncementVersion(
                row.version,
                row.content["number"],
                row.content["subject"],
                SafeHtml(row.content["body"]),
                row.published_at,
                row.by,
            )
            for row in self._db.execute(query)
        )

    # -- lists ------------------------------------------------------------------------------------

    def all(
        self, *, states: Collection[str] | None = None, limit: int = 50, before: int | None = None
    ) -> tuple[Announcement, ...]:
        """Newest first; ``before`` is the id where the last page ended."""
        query = select(announcements).order_by(announcements.c.id.desc()).limit(limit)
        if states is not None:
            query = query.where(announcements.c.state.in_(list(states)))
        if before is not None:
            query = query.where(announcements.c.id < before)
        return tuple(map(_from_row, self._db.execute(query)))

    def in_force(self, now: datetime) -> tuple[Announcement, ...]:
        """Those that residents should know now: urgent ones first, then the newest."""
        query = (
            select(announcements)
            .where(
                announcements.c.state == "published",
                announcements.c.rehearsal.is_(False),
                or_(announcements.c.valid_until.is_(None), announcements.c.valid_until > now),
            )
            .order_by(
                (announcements.c.nature != "darurat"),
                announcements.c.published_at.desc(),
                announcements.c.id.desc(),
            )
            .limit(500)
        )
        return tuple(map(_from_row, self._db.execute(query)))

    def public(self, *conditions: ColumnElement[bool]) -> tuple[Announcement, ...]:
        """All that residents may see, newest first, narrowed by ``conditions``."""
        query = (
            select(announcements)
            .where(_PUBLIC, *conditions)
            .order_by(announcements.c.published_at.desc(), announcements.c.id.desc())
            .limit(5000)
        )
        return tuple(map(_from_row, self._db.execute(query)))

    def changed_since(self, moment: datetime) -> tuple[Announcement, ...]:
        """Those that were published, corrected or withdrawn since then and are public, newest first."""
        times = (announcements.c.published_at, announcements.c.corrected_at, announcements.c.withdrawn_at)
        return self.public(or_(*(each >= moment for each in times)), announcements.c.state != "expired")

    def agencies(self) -> tuple[str, ...]:
        """Agencies of public announcements, by name."""
        query = (
            select(announcements.c.agency)
            .where(_PUBLIC, announcements.c.agency != "")
            .distinct()
            .order_by(announcements.c.agency)
        )
        return tuple(self._db.execute(query).scalars())

    def due(self, now: datetime) -> tuple[int, ...]:
        """Ids of scheduled ones whose time has come."""
        query = select(announcements.c.id).where(
            announcements.c.state == "scheduled", announcements.c.scheduled_at <= now
        )
        return tuple(self._db.execute(query.order_by(announcements.c.scheduled_at)).scalars())

    def overdue(self, now: datetime) -> tuple[int, ...]:
        """Ids of published ones that are valid no more."""
        query = select(announcements.c.id).where(
            announcements.c.state == "published", announcements.c.valid_until <= now
        )
        return tuple(self._db.execute(query).scalars())

    # -- requests done once -------------------------------------------------------------------------

    def answered(self, actor: str, key: str) -> tuple[int, str] | None:
        """The announcement and the digest of the request that an idempotency key was used for. Until this
        transaction ends nobody else uses the key: of two requests at the same moment, the second sees the
        first."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(select(func.pg_advisory_xact_lock(_ANSWERING, func.hashtext(f"{actor}\n{key}"))))
        row = self._db.execute(
            select(idempotency_keys).where(idempotency_keys.c.actor == actor, idempotency_keys.c.key == key)
        ).one_or_none()
        return (row.announcement_id, row.digest) if row else None

    def forget_answers(self, before: datetime) -> None:
        """Idempotency keys used before then."""
        self._db.execute(delete(idempotency_keys).where(idempotency_keys.c.at < before))

    def answer(self, actor: str, key: str, digest: str, announcement_id: int, now: datetime) -> None:
        self._db.execute(
            insert(idempotency_keys).values(
                actor=actor, key=key, digest=digest, announcement_id=announcement_id, at=now
            )
        )


_PUBLIC = announcements.c.state.in_(["published", "withdrawn", "expired"]) & announcements.c.rehearsal.is_(
    False
)
