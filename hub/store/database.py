"""The database: engine, units of work, and the wrapping of its errors."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import StoreError
from hub.store.access import Access
from hub.store.announcements import Announcements
from hub.store.audit import AuditTrail
from hub.store.boundaries import Boundaries
from hub.store.canaries import Canaries
from hub.store.changes import Changes
from hub.store.deliveries import Deliveries
from hub.store.files import Files
from hub.store.followings import Followings
from hub.store.people import People
from hub.store.posts import Posts
from hub.store.secrets import Secrets
from hub.store.shelf import Shelf
from hub.store.sites import Sites
from hub.store.sources import Sources
from hub.store.stories import Stories
from hub.store.submissions import Submissions
from hub.store.subscriptions import Subscriptions
from hub.store.targets import Targets
from hub.store.upkeep import Housekeeping

#: Milliseconds a statement waits for another process's lock before it gives up.
BUSY_TIMEOUT = 5000


class Transaction:
    """One unit of work: what was done through it is stored together, or not at all."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def sites(self) -> Sites:
        return Sites(self.connection)

    @cached_property
    def sources(self) -> Sources:
        return Sources(self.connection)

    @cached_property
    def posts(self) -> Posts:
        return Posts(self.connection)

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.connection)

    @cached_property
    def stories(self) -> Stories:
        return Stories(self.connection)

    @cached_property
    def changes(self) -> Changes:
        return Changes(self.connection)

    @cached_property
    def people(self) -> People:
        return People(self.connection)

    @cached_property
    def access(self) -> Access:
        return Access(self.connection)

    @cached_property
    def audit(self) -> AuditTrail:
        return AuditTrail(self.connection)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.connection)

    @cached_property
    def announcements(self) -> Announcements:
        return Announcements(self.connection)

    @cached_property
    def boundaries(self) -> Boundaries:
        return Boundaries(self.connection)

    @cached_property
    def submissions(self) -> Submissions:
        return Submissions(self.connection)

    @cached_property
    def canaries(self) -> Canaries:
        return Canaries(self.connection)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self.connection)

    @cached_property
    def targets(self) -> Targets:
        return Targets(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.connection)

    @cached_property
    def followings(self) -> Followings:
        return Followings(self.connection)

    @cached_property
    def files(self) -> Files:
        return Files(self.connection)

    @cached_property
    def upkeep(self) -> Housekeeping:
        return Housekeeping(self.connection)

    def finish(self) -> None:
        """What is done last, under locks that everybody wants: the Store calls it before it commits."""
        if "audit" in self.__dict__:
            self.audit.flush()


class Store:
    """The database behind a SQLAlchemy ``url`` (``sqlite:///...`` or ``postgresql+psycopg://...``).

    Reads go through :meth:`read`, writes through :meth:`write`; both raise StoreError for what the
    database itself did not do (locked for over 5 s, disk full, connection lost).
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        # one writer at a time is SQLite's rule: queueing here is fair and costs no polling
        self._writing = threading.RLock() if self.dialect == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with wrapped(), self.engine.connect() as connection:
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Commits on leaving, rolls back on any exception."""
        if self._writing is None:
            with wrapped(), self.engine.begin() as connection:
                unit = Transaction(connection)
                yield unit
                unit.finish()
            return
        with self._writing, wrapped(), self.engine.connect() as connection:
            connection = connection.execution_options(kimhub_write=True)
            with connection.begin():
                unit = Transaction(connection)
                yield unit
                unit.finish()

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def wrapped() -> Iterator[None]:
    """Errors of the database become StoreError, cause kept."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"database: {str(cause).splitlines()[0]}") from error


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _engine(url: str) -> Engine:
    options: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": orjson.loads}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, **options)
    path = url.removeprefix("sqlite:///")
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT / 1000}, pool_size=20, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # the driver's own transaction handling would begin too late for BEGIN IMMEDIATE
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT}",
        "cache_size=-8192",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a writer takes the lock at once: upgrading a read lock later could only fail
    immediate = connection.get_execution_options().get("kimhub_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
