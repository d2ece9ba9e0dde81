"""What was sent in, until its source is harvested; and afterwards, for the pictures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from hub.model import Attachment, Submission
from hub.store.tables import submissions


class Submissions:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put(self, new: Submission) -> bool:
        """Keep ``new`` (its id is given here); False when its source has one with this key already."""
        known = select(submissions.c.id).where(
            submissions.c.source_id == new.source_id, submissions.c.key == new.key
        )
        if self._db.execute(known).first() is not None:
            return False
        values = {name: value for name, value in asdict(new).items() if name != "id"}
        self._db.execute(insert(submissions).values(values | {"files": [asdict(each) for each in new.files]}))
        return True

    def after(self, source_id: int, last: int, limit: int) -> tuple[Submission, ...]:
        """What came in after the submission ``last``, oldest first."""
        query = (
            select(submissions)
            .where(submissions.c.source_id == source_id, submissions.c.id > last)
            .order_by(submissions.c.id)
            .limit(limit)
        )
        return tuple(_from_row(row) for row in self._db.execute(query))

    def since(self, source_id: int, moment: datetime) -> int:
        """How many came in for a source since then."""
        query = select(func.count()).where(
            submissions.c.source_id == source_id, submissions.c.received_at >= moment
        )
        return self._db.execute(query).scalar_one()

    def named(self, sha256: str, name: str) -> bool:
        """Whether some submission has a file of this hash and name."""
        return any(
            (each["sha256"], each["name"]) == (sha256, name)
            for files in self._db.execute(select(submissions.c.files)).scalars()
            for each in files
        )


def _from_row(row: Any) -> Submission:
    return Submission(**dict(row._mapping) | {"files": tuple(Attachment(**each) for each in row.files)})
