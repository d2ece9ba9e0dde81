"""Staff: accounts, roles and passwords."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hub.errors import ConfigError, Conflict, Fault
from hub.model import HUB, ROLES, Actor, Person
from hub.services.audit import Audit
from hub.services.passwords import Passwords
from hub.services.rights import demand
from hub.store import Store, Transaction

ADMINISTRATOR = ROLES[0]


class PeopleService:
    """Who may sign in at the desk.

    ``by`` is who changes it. All but one's own password wants the right ``people`` (Forbidden). Whatever is
    changed about a person ends their sessions at the next request.
    """

    def __init__(self, store: Store, passwords: Passwords, audit: Audit, now: Callable[[], datetime]) -> None:
        self._store, self._passwords, self._audit, self._now = store, passwords, audit, now

    def add(self, name: str, password: str, role: str = ADMINISTRATOR, *, by: Actor) -> Person:
        """Raises Conflict (name taken) and ConfigError (name, password or role will not do)."""
        demand(by, "people")
        name = name.strip()
        _check_name(name)
        _check_role(role)
        hashed = self._passwords.hash(password, name)
        with self._store.write() as tx:
            person = tx.people.add(name, hashed, role, self._now())
            self._audit.record(tx, by, "user.add", f"user:{name}", after={"name": name, "role": role})
        return person

    def list(self) -> tuple[Person, ...]:
        """By name."""
        with self._store.read() as tx:
            return tx.people.all()

    def set_password(self, name: str, password: str, *, by: Actor) -> None:
        """Raises NotFound and ConfigError."""
        if by.name != name:
            demand(by, "people")
        hashed = self._passwords.hash(password, name)
        with self._store.write() as tx:
            person = tx.people.get(name)
            tx.people.edit(name, password_hash=hashed)
            self._changed(tx, by, "user.password", person, {}, {})

    def set_role(self, name: str, role: str, *, by: Actor) -> None:
        """Raises NotFound, ConfigError, and Conflict for the last administrator."""
        demand(by, "people")
        _check_role(role)
        with self._store.write() as tx:
            person = tx.people.get(name)
            if role != ADMINISTRATOR:
                _keep_one(tx, person)
            tx.people.edit(name, role=role)
            self._changed(tx, by, "user.role", person, {"role": person.role}, {"role": role})

    def disable(self, name: str, *, by: Actor) -> None:
        """Raises NotFound, and Conflict for the last administrator."""
        self._set_disabled(name, True, by)

    def enable(self, name: str, *, by: Actor) -> None:
        """Raises NotFound."""
        self._set_disabled(name, False, by)

    def _set_disabled(self, name: str, disabled: bool, by: Actor) -> None:
        demand(by, "people")
        with self._store.write() as tx:
            person = tx.people.get(name)
            if disabled:
                _keep_one(tx, person)
            tx.people.edit(name, disabled=disabled)
            action = "user.disable" if disabled else "user.enable"
            self._changed(tx, by, action, person, {"disabled": person.disabled}, {"disabled": disabled})

    def _changed(
        self,
        tx: Transaction,
        by: Actor,
        action: str,
        person: Person,
        before: dict[str, object],
        after: dict[str, object],
    ) -> None:
        tx.access.close_sessions_of(person.id)
        self._audit.record(tx, by, action, f"user:{person.name}", before, after)


def _keep_one(tx: Transaction, person: Person) -> None:
    last = person.role == ADMINISTRATOR and not person.disabled and tx.people.active(ADMINISTRATOR) == 1
    if last:
        raise Conflict(f"{person.name} is the last administrator; make somebody else one first")


def _check_name(name: str) -> None:
    if not name or len(name) > 100:
        raise ConfigError([Fault("name", "must have 1 to 100 characters", "choose another")])
    # the audit trail calls tokens token:NAME, the command line cli:USER and itself hub
    if not name.isprintable() or ":" in name or name.casefold() == HUB.name:
        cure = f"choose one without colon and control characters, other than {HUB.name}"
        raise ConfigError([Fault("name", "cannot be told apart in the audit trail", cure)])


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ConfigError([Fault("role", f"{role!r} is unknown", f"one of {', '.join(ROLES)}")])
