"""All that is kept encrypted, at once: passwords of targets, secret options of sources, and addresses of
residents who follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, bindparam, select, text, update

from hub.store.tables import followings, sources, targets

#: PostgreSQL's advisory lock under which keys are changed (any number of our own).
_CHANGING_KEYS = 762029
_PORTION = 1000
#: Where there are secrets: the name of a place and its column.
_PLACES: Mapping[str, Column[str]] = {
    "target": targets.c.secret,
    "source": sources.c.sealed,
    "following": followings.c.address,
}


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept at row ``id`` of ``place``: ``target`` (its password), ``source`` (its secret options) or
    ``following`` (whom it goes to)."""

    place: str
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Resealed:
    """A secret as it was read, and its text encrypted anew."""

    before: Secret
    after: str


class Secrets:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def change_keys_alone(self) -> None:
        """Until this transaction ends, nobody else changes the keys. (On SQLite a writer is alone.)"""
        if self._db.dialect.name == "postgresql":
            self._db.execute(text(f"SELECT pg_advisory_xact_lock({_CHANGING_KEYS})"))

    def all(self) -> Sequence[Secret]:
        """Every secret, by place and id."""
        found = []
        for place, column in _PLACES.items():
            key = column.table.c.id
            query = select(key, column).where(column != "").order_by(key)
            found += [Secret(place, id, kept) for id, kept in self._db.execute(query)]
        return found

    def replace(self, resealed: Iterable[Resealed]) -> None:
        """Store what was encrypted anew, save where somebody changed the secret in the meantime."""
        rows: dict[str, list[dict[str, object]]] = {}
        for each in resealed:
            row = {"row": each.before.id, "before": each.before.text, "after": each.after}
            rows.setdefault(each.before.place, []).append(row)
        for place, of_place in rows.items():
            column = _PLACES[place]
            key = column.table.c.id
            statement = (
                update(column.table)
                .where(key == bindparam("row"), column == bindparam("before"))
                .values({column: bindparam("after")})
            )
            for start in range(0, len(of_place), _PORTION):
                self._db.execute(statement, of_place[start : start + _PORTION])
