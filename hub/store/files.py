"""Attachments by the hash of their bytes. In the database, so that a backup has them and any number of web
processes see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hub.errors import NotFound
from hub.model import StoredFile
from hub.store.tables import announcement_versions, announcements, files, submissions


class Files:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put(self, file: StoredFile, now: datetime) -> None:
        """Keep ``file``; one that is there already stays."""
        known = self._db.execute(select(files.c.sha256).where(files.c.sha256 == file.sha256)).scalar()
        if known is None:
            self._db.execute(
                insert(files).values(sha256=file.sha256, type=file.type, content=file.content, created_at=now)
            )

    def get(self, sha256: str) -> StoredFile:
        """Raises NotFound."""
        row = self._db.execute(select(files).where(files.c.sha256 == sha256)).one_or_none()
        if row is None:
            raise NotFound("file", sha256)
        return StoredFile(row.sha256, row.type, row.content)

    def missing(self, hashes: set[str]) -> set[str]:
        """Those of ``hashes`` that are not kept."""
        if not hashes:
            return set()
        return hashes - set(
            self._db.execute(select(files.c.sha256).where(files.c.sha256.in_(hashes))).scalars()
        )

    def forget_unused(self, before: datetime) -> int:
        """Drop files kept before then that no announcement or submission has or had, such as those of a
        form that was never sent; how many."""
        old = set(self._db.execute(select(files.c.sha256).where(files.c.created_at < before)).scalars())
        if not old:
            return 0
        for column in (
            announcements.c.attachments,
            announcements.c.proposed,
            announcement_versions.c.content,
            submissions.c.files,
        ):
            for saved in self._db.execute(select(column).where(column.is_not(None))).scalars():
                named = saved if isinstance(saved, list) else (saved or {}).get("attachments", ())
                old -= {each["sha256"] for each in named}
        for sha256 in old:
            self._db.execute(delete(files).where(files.c.sha256 == sha256))
        return len(old)
