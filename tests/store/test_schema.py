"""The migrated schema is the one in tables.py, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from hub.errors import StoreError
from hub.store import Store, schema
from hub.store.tables import metadata


def test_fresh_schema_equals_migrated_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    before = schema.current(store)
    schema.upgrade(store)
    assert schema.current(store) == before == schema.head()


def test_every_revision_can_be_taken_back(store: Store) -> None:
    from alembic import command

    with store.write() as tx:
        command.downgrade(schema.config(tx.connection), "base")
    with store.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    schema.upgrade(store)
    assert schema.current(store) == schema.head()


def test_a_failing_unit_of_work_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write() as tx:
            tx.changes.append([1, 2])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as tx:
        assert tx.changes.pending() == 0
        assert tx.changes.generation() == 0


def test_database_errors_become_store_errors(store: Store) -> None:
    with pytest.raises(StoreError, match="database:"), store.write() as tx:
        tx.connection.execute(text("SELECT * FROM no_such_table"))
