"""Sessions, failed sign-ins and API tokens. What is a secret comes and goes as its hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text, update

from hub.errors import Conflict, NotFound
from hub.model import ApiToken, Person
from hub.store.tables import api_tokens, people, sessions, sign_in_failures

#: PostgreSQL's advisory lock under which sign-ins are counted (any number of our own).
_COUNTING = 762028
_TOKEN = [each for each in api_tokens.c if each.name != "hash"]
_PERSON = [each for each in people.c if each.name != "password_hash"]


@dataclass(frozen=True, slots=True)
class Session:
    """A session as stored, with the person as they are now."""

    person: Person
    began_at: datetime
    seen_at: datetime
    proved_at: datetime


class Access:
    """Who is signed in, who failed to, and which programs have a token."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -- failed sign-ins ------------------------------------------------------------------------

    def count_alone(self) -> None:
        """Until this transaction ends, nobody else counts failures: of two tries at the same moment, the
        second sees the first."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(text(f"SELECT pg_advisory_xact_lock({_COUNTING})"))

    def failures(
        self, since: datetime, limit: int, *, name: str | None = None, address: str | None = None
    ) -> Sequence[datetime]:
        """When the newest ``limit`` failures since then were, newest first."""
        query = select(sign_in_failures.c.at).where(sign_in_failures.c.at > since)
        if name is not None:
            query = query.where(sign_in_failures.c.name == name)
        if address is not None:
            query = query.where(sign_in_failures.c.address == address)
        return self._db.scalars(query.order_by(sign_in_failures.c.at.desc()).limit(limit)).all()

    def count_failure(self, name: str, address: str, now: datetime) -> int:
        """The new failure's id."""
        row = insert(sign_in_failures).values(name=name, address=address, at=now)
        return int(self._db.execute(row.returning(sign_in_failures.c.id)).scalar_one())

    def strike_out(self, failure_id: int, name: str, address: str) -> None:
        """The try was good after all: it and the slips before it, of this account from this address, do
        not count. Those from elsewhere do: they are somebody else's."""
        own = (sign_in_failures.c.name == name) & (sign_in_failures.c.address == address)
        self._db.execute(delete(sign_in_failures).where((sign_in_failures.c.id == failure_id) | own))

    def forget_failures(self, *, before: datetime, after: datetime) -> None:
        """``after`` as well: what a clock since put back has written would lock people out for long."""
        old = (sign_in_failures.c.at <= before) | (sign_in_failures.c.at > after)
        self._db.execute(delete(sign_in_failures).where(old))

    # -- sessions -------------------------------------------------------------------------------

    def open_session(self, token: str, person_id: int, address: str, now: datetime) -> None:
        self._db.execute(
            insert(sessions).values(
                token=token, person_id=person_id, began_at=now, seen_at=now, proved_at=now, address=address
            )
        )

    def session(self, token: str) -> Session | None:
        row = self._db.execute(
            select(sessions.c.began_at, sessions.c.seen_at, sessions.c.proved_at, *_PERSON)
            .join(people, people.c.id == sessions.c.person_id)
            .where(sessions.c.token == token)
        ).one_or_none()
        if row is None:
            return None
        values = dict(row._mapping)
        times = {name: values.pop(name) for name in ("began_at", "seen_at", "proved_at")}
        return Session(person=Person(**values), **times)

    def touch(self, token: str, *, seen: datetime, proved: datetime | None = None) -> None:
        changes = {"seen_at": seen} | ({"proved_at": proved} if proved else {})
        self._db.execute(update(sessions).where(sessions.c.token == token).values(**changes))

    def close_session(self, token: str) -> None:
        self._db.execute(delete(sessions).where(sessions.c.token == token))

    def close_sessions_of(self, person_id: int) -> None:
        self._db.execute(delete(sessions).where(sessions.c.person_id == person_id))

    def forget_sessions(self, *, begun_before: datetime, seen_before: datetime) -> None:
        old = (sessions.c.began_at <= begun_before) | (sessions.c.seen_at <= seen_before)
        self._db.execute(delete(sessions).where(old))

    # -- API tokens -----------------------------------------------------------------------------

    def add_token(
        self,
        name: str,
        hashed: str,
        scopes: Sequence[str],
        role: str,
        *,
        by: str,
        now: datetime,
        until: datetime | None,
    ) -> ApiToken:
        """Raises Conflict when the name is taken, be it by a revoked one: the audit trail names tokens."""
        if self._db.execute(select(api_tokens.c.id).where(api_tokens.c.name == name)).scalar() is not None:
            raise Conflict(f"there is a token {name} already; choose another name")
        row = insert(api_tokens).values(
            name=name,
            hash=hashed,
            scopes=list(scopes),
            role=role,
            created_by=by,
            created_at=now,
            expires_at=until,
        )
        return _token(self._db.execute(row.returning(*_TOKEN)).one()._mapping)

    def tokens(self) -> tuple[ApiToken, ...]:
        """All, newest first, the revoked ones too."""
        rows = self._db.execute(select(*_TOKEN).order_by(api_tokens.c.id.desc()))
        return tuple(_token(row._mapping) for row in rows)

    def token(self, hashed: str) -> ApiToken | None:
        row = self._db.execute(select(*_TOKEN).where(api_tokens.c.hash == hashed)).one_or_none()
        return _token(row._mapping) if row else None

    def named_token(self, key: int | str) -> ApiToken:
        """The token of this id, or else of this name. Raises NotFound."""
        column = api_tokens.c.id if isinstance(key, int) else api_tokens.c.name
        row = self._db.execute(select(*_TOKEN).where(column == key)).one_or_none()
        if row is None:
            raise NotFound("token", key)
        return _token(row._mapping)

    def edit_token(self, token_id: int, **changes: datetime) -> None:
        self._db.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(**changes))


def _token(row: object) -> ApiToken:
    values = dict(row)  # type: ignore[call-overload]
    return ApiToken(**(values | {"scopes": tuple(values["scopes"])}))
