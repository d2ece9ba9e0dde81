"""The services around accounts alone, with argon2id made cheap: tests sign in hundreds of times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from argon2 import PasswordHasher

from hub.services.access import Access
from hub.services.audit import Audit
from hub.services.passwords import Passwords
from hub.services.people import PeopleService
from hub.services.vault import Vault
from hub.store import Store

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@dataclass(frozen=True)
class Staff:
    """One process's services on a store."""

    store: Store
    people: PeopleService
    access: Access
    audit: Audit
    vault: Vault


def open_staff(store: Store, now: Callable[[], datetime], key_file: Path, keys: str = "") -> Staff:
    audit, passwords = Audit(store, now), Passwords(CHEAP)
    return Staff(
        store,
        PeopleService(store, passwords, audit, now),
        Access(store, passwords, audit, now),
        audit,
        Vault(store, audit, keys, key_file),
    )
