"""Staff of the hub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hub.errors import Conflict, NotFound
from hub.model import Person
from hub.store.tables import people

_COLUMNS = [each for each in people.c if each.name != "password_hash"]


@dataclass(frozen=True, slots=True)
class Secret:
    """A person with the hash of the password; does not leave the services."""

    person: Person
    password_hash: str


class People:
    """Who may sign in."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, name: str, password_hash: str, role: str, now: datetime) -> Person:
        """Raises Conflict when the name is taken."""
        if self._db.execute(select(people.c.id).where(people.c.name == name)).scalar() is not None:
            raise Conflict(f"there is a user {name} already")
        row = self._db.execute(
            insert(people)
            .values(name=name, password_hash=password_hash, role=role, created_at=now)
            .returning(*_COLUMNS)
        ).one()
        return Person(**row._mapping)

    def find(self, name: str, *, hold: bool = False) -> Secret | None:
        """``hold``: nobody else changes the person until the transaction ends."""
        query = select(people).where(people.c.name == name)
        row = self._db.execute(query.with_for_update() if hold else query).one_or_none()
        if row is None:
            return None
        values = dict(row._mapping)
        return Secret(password_hash=values.pop("password_hash"), person=Person(**values))

    def get(self, name: str) -> Person:
        """The person, held until the transaction ends. Raises NotFound."""
        found = self.find(name, hold=True)
        if found is None:
            raise NotFound("user", name)
        return found.person

    def all(self) -> tuple[Person, ...]:
        rows = self._db.execute(select(*_COLUMNS).order_by(people.c.name))
        return tuple(Person(**row._mapping) for row in rows)

    def active(self, role: str) -> int:
        """How many of that role may sign in."""
        query = select(func.count()).where(people.c.role == role, people.c.disabled.is_(False))
        return self._db.execute(query).scalar_one()

    def edit(self, name: str, **changes: Any) -> None:
        """Change the named columns. Raises NotFound."""
        if self._db.execute(update(people).where(people.c.name == name).values(**changes)).rowcount == 0:
            raise NotFound("user", name)
