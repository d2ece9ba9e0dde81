"""The schema's versions: Alembic, driven from here so that no ini file is needed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text

from hub.store.database import Store, wrapped

_MIGRATIONS = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, bound to a connection."""
    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def revisions() -> list[Script]:
    """All revisions, newest first."""
    return list(ScriptDirectory.from_config(config()).walk_revisions())


def head() -> str:
    """The revision that this code needs."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def current(store: Store) -> str | None:
    """The revision that the database has; None for an empty one."""
    with wrapped(), store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(store: Store) -> None:
    """Bring the database to :func:`head` in one transaction: a kill in the middle leaves the old schema.

    Raises:
        StoreError: the database did not do it.
    """
    with store.write() as tx:
        if store.dialect == "postgresql":
            # two processes that start at once: the second waits, then finds nothing to do
            tx.connection.execute(text("SELECT pg_advisory_xact_lock(762026)"))
        command.upgrade(config(tx.connection), "head")


def draft(store: Store, message: str, revision: str) -> None:
    """Write a new migration from the difference between the database and ``tables.py`` (for
    developers)."""
    with store.engine.connect() as connection:
        command.revision(config(connection), message=message, autogenerate=True, rev_id=revision)
