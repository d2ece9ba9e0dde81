"""Attachments by the hash of their bytes. In the database, so that a backup has them and any number of web
processes see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from hub.errors import NotFound
from hub.model import StoredFile
from hub.store.tables import files


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
