"""A backup holds every table, and either database takes what the other wrote."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Float, LargeBinary, Table, insert, select
from sqlalchemy.types import Integer

from hub.model import Actor
from hub.services.audit import Audit
from hub.store import Store, dump, schema
from hub.store.tables import Instant, metadata
from tests.clock import Clock

MOMENT = datetime(2026, 11, 24, 23, 59, 59, 123456, tzinfo=UTC)
KEPT = [table for table in metadata.sorted_tables if table.name not in dump.LEFT_OUT]
BOTH = pytest.mark.postgresql


@pytest.fixture(
    params=[
        pytest.param(("sqlite", "postgresql"), marks=BOTH, id="sqlite-postgresql"),
        pytest.param(("postgresql", "sqlite"), marks=BOTH, id="postgresql-sqlite"),
        pytest.param(("sqlite", "sqlite"), id="sqlite-sqlite"),
    ]
)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Where a backup is made, and where it is restored."""
    from tests.servers import postgresql

    with ExitStack() as stack:
        stores = []
        for number, kind in enumerate(request.param):
            url = f"sqlite:///{tmp_path / f'{number}.sqlite3'}"
            if kind == "postgresql":
                server = request.getfixturevalue("postgresql_server")
                url = stack.enter_context(postgresql.database(server))
            stores.append(Store(url))
            stack.callback(stores[-1].close)
            schema.upgrade(stores[-1])
        yield stores[0], stores[1]


def value(column: Column[Any], row: int) -> Any:
    """Something that this column of the ``row``-th row may hold: 1 refers to 1, 2 to 2 or to nothing."""
    if row == 2 and column.nullable and not column.primary_key:
        return None
    makers: dict[type, Callable[[], Any]] = {
        Boolean: lambda: row == 1,
        Integer: lambda: row,
        Float: lambda: row + 0.25,
        Instant: lambda: MOMENT + timedelta(days=row),
        Date: lambda: date(2026, 2, row),
        JSON: lambda: {"kunci": [row, "Désa 📣", None]},
        LargeBinary: lambda: bytes(range(256)) * row,
    }
    for kind, make in makers.items():
        if isinstance(column.type, kind):
            return make()
    return f"é{row}"


def fill(store: Store) -> None:
    with store.write() as tx:
        for table in metadata.sorted_tables:
            for row in (1, 2):
                values = {column.name: value(column, row) for column in table.columns}
                tx.connection.execute(insert(table).values(values))


def contents(store: Store, table: Table) -> list[dict[str, Any]]:
    with store.read() as tx:
        rows = tx.connection.execute(select(table).order_by(*table.primary_key))
        return [dict(row._mapping) for row in rows]


def test_every_table_comes_back_as_it_was(pair: tuple[Store, Store], tmp_path: Path) -> None:
    source, target = pair
    fill(source)
    sizes = dump.write(source, tmp_path / "backup")
    assert sizes == dict.fromkeys([table.name for table in KEPT], 2)
    dump.restore(target, tmp_path / "backup")
    for table in KEPT:
        assert contents(target, table) == contents(source, table), table.name
    for name in dump.LEFT_OUT:
        assert contents(target, metadata.tables[name]) == []


def test_ids_go_on_where_they_were(pair: tuple[Store, Store], tmp_path: Path) -> None:
    source, target = pair
    fill(source)
    dump.write(source, tmp_path / "backup")
    dump.restore(target, tmp_path / "backup")
    with target.write() as tx:
        person = tx.people.add("Ani", "x", "editor", MOMENT)
    assert person.id == 3


def test_the_audit_trail_is_whole_after_a_move(pair: tuple[Store, Store], tmp_path: Path) -> None:
    source, target = pair
    clock = Clock(MOMENT)
    for number in range(3):
        with source.write() as tx:
            Audit(source, clock).record(
                tx, Actor("Ani", "editor", "::1"), "site.edit", "site:1", {"x": 0.1}, {"é": [number, None]}
            )
    dump.write(source, tmp_path / "backup")
    dump.restore(target, tmp_path / "backup")
    moved = Audit(target, clock)
    assert moved.verify() is None
    with target.write() as tx:
        moved.record(tx, Actor("Ani"), "site.edit", "site:1")
    assert moved.verify() is None
    assert [row.id for row in moved.rows()] == [4, 3, 2, 1]


def test_a_backup_is_for_its_owner_and_without_sessions(store: Store, tmp_path: Path) -> None:
    fill(store)
    path = tmp_path / "backup"
    dump.write(store, path)
    assert path.stat().st_mode & 0o077 == 0
    with gzip.open(path, "rt") as lines:
        text = lines.read()
    assert '"people"' in text
    assert '"sessions"' not in text
    assert '"sign_in_failures"' not in text
