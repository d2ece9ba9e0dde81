"""Staff: accounts and passwords (argon2id)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from hub.errors import ConfigError, Fault
from hub.model import ROLES, Person
from hub.store import Store

#: OWASP ASVS 5.0, 6.2.1 asks for 8; staff accounts speak for a government, so longer.
SHORTEST = 12


class PeopleService:
    """Who may sign in at the desk."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._hasher = PasswordHasher()

    def add(self, name: str, password: str, role: str = "administrator") -> Person:
        """Raises Conflict (name taken) and ConfigError (password too short, unknown role)."""
        name = name.strip()
        if not name or len(name) > 100:
            raise ConfigError([Fault("name", "must have 1 to 100 characters", "choose another")])
        if role not in ROLES:
            raise ConfigError([Fault("role", f"{role!r} is unknown", f"one of {', '.join(ROLES)}")])
        hashed = self._hash(password, name)
        with self._store.write() as tx:
            return tx.people.add(name, hashed, role, self._now())

    def list(self) -> tuple[Person, ...]:
        with self._store.read() as tx:
            return tx.people.all()

    def set_password(self, name: str, password: str) -> None:
        """Raises NotFound and ConfigError."""
        hashed = self._hash(password, name)
        with self._store.write() as tx:
            tx.people.edit(name, password_hash=hashed)

    def disable(self, name: str) -> None:
        """Raises NotFound."""
        with self._store.write() as tx:
            tx.people.edit(name, disabled=True)

    def verify(self, name: str, password: str) -> Person | None:
        """The person, if name and password fit and the account is in use."""
        with self._store.read() as tx:
            found = tx.people.find(name)
        try:
            # an unknown name costs the same time as a wrong password
            self._hasher.verify(found.password_hash if found else self._decoy, password)
        except (VerifyMismatchError, InvalidHashError):
            return None
        return found.person if found and not found.person.disabled else None

    @property
    def _decoy(self) -> str:
        if not hasattr(self, "_decoy_hash"):
            self._decoy_hash = self._hasher.hash("nobody has this password")
        return self._decoy_hash

    def _hash(self, password: str, name: str) -> str:
        if len(password) < SHORTEST:
            problem = f"has fewer than {SHORTEST} characters"
            raise ConfigError([Fault("password", problem, "a sentence is easy to remember")])
        if len(password) > 1000:
            raise ConfigError([Fault("password", "has more than 1000 characters", "shorten it")])
        if password.lower() == name.lower() or len(set(password)) < 5:
            raise ConfigError([Fault("password", "is too easy to guess", "a sentence is easy to remember")])
        return self._hasher.hash(password)
