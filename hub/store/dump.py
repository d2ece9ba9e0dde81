"""A whole hub in one file: gzipped JSON lines, the same for SQLite and PostgreSQL.

The first line names the schema's revision and the rows per table; every further line holds some rows of
one table. A backup made on one database can be restored on the other: that is how a hub outgrows SQLite.
"""

from __future__ import annotations

import gzip
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from alembic import command
from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from hub.errors import StoreError
from hub.store import schema
from hub.store.database import Store
from hub.store.posts import table_sizes
from hub.store.tables import leases, metadata, sessions, sign_in_failures

FORMAT = 1
ROWS = 500
#: Leases are of processes, not of data; who is signed in is nobody's business but this machine's.
LEFT_OUT = (leases.name, sessions.name, sign_in_failures.name)


def write(store: Store, path: Path) -> Mapping[str, int]:
    """Write a backup to ``path``, as of one moment and without stopping the hub; returns rows per table.

    Raises:
        StoreError: the file exists, or database or disk did not do it.
    """
    part = path.with_name(path.name + ".part")
    if path.exists():
        raise StoreError(f"{path} exists already; choose another name")
    isolation = {"isolation_level": "REPEATABLE READ"} if store.dialect == "postgresql" else {}
    try:
        with store.engine.connect().execution_options(**isolation) as connection:
            sizes = {name: size for name, size in table_sizes(connection).items() if name not in LEFT_OUT}
            head = {"kimhub": FORMAT, "revision": schema.head(), "made": datetime.now(UTC), "tables": sizes}
            part.touch(mode=0o600)  # it holds what the database holds
            with gzip.open(part, "wb", compresslevel=6) as out:
                out.write(orjson.dumps(head) + b"\n")
                for table in metadata.sorted_tables:
                    if table.name not in LEFT_OUT:
                        for rows in _rows(connection, table):
                            portion = {"table": table.name, "rows": rows}
                            out.write(orjson.dumps(portion, default=_base64) + b"\n")
        part.replace(path)
    except OSError as error:
        raise StoreError(f"backup to {path}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return sizes


def _rows(connection: Connection, table: Table) -> Iterator[list[list[Any]]]:
    # files may have megabytes each: one at a time
    at_once = 1 if any(isinstance(column.type, LargeBinary) for column in table.columns) else ROWS
    result = connection.execution_options(yield_per=at_once).execute(select(table))
    for some in result.partitions(at_once):
        yield [list(row) for row in some]


def _base64(value: object) -> str:
    """Bytes, the one kind of value that JSON has no word for."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value).__name__)


def restore(store: Store, path: Path) -> Mapping[str, int]:
    """Replace everything in the database by the backup at ``path``, in one transaction; returns rows per
    table.

    Raises:
        StoreError: the file is no backup, is damaged, or is of a newer kimhub; nothing was changed.
    """
    try:
        with gzip.open(path, "rb") as lines, store.write() as tx:
            head = _head(lines.readline(), path)
            _empty(tx.connection)
            command.upgrade(schema.config(tx.connection), head["revision"])
            tables = MetaData()
            tables.reflect(tx.connection)
            for line in lines:
                portion = orjson.loads(line)
                _put(tx.connection, tables.tables[portion["table"]], portion["rows"])
            _check_sizes(tx.connection, tables, head["tables"])
            _reset_sequences(tx.connection, tables)
            command.upgrade(schema.config(tx.connection), "head")
    except (OSError, EOFError, orjson.JSONDecodeError, KeyError) as error:
        raise StoreError(f"{path} is damaged or no backup ({error}); the database is as before") from error
    return dict(head["tables"])


def _head(line: bytes, path: Path) -> dict[str, Any]:
    head = orjson.loads(line)
    if not isinstance(head, dict) or head.get("kimhub") != FORMAT:
        raise StoreError(f"{path} is no backup of kimhub")
    known = {each.revision for each in schema.revisions()}
    if head["revision"] not in known:
        raise StoreError(f"{path} was made by a newer kimhub (schema {head['revision']}); upgrade first")
    return head


def _empty(connection: Connection) -> None:
    present = MetaData()
    present.reflect(connection)
    present.drop_all(connection)


def _put(connection: Connection, table: Table, rows: list[list[Any]]) -> None:
    columns = list(table.columns)
    sqlite = connection.dialect.name == "sqlite"
    decode = [_decoder(column.type, sqlite) for column in columns]
    values = [
        {
            column.name: fix(value) if fix and value is not None else value
            for column, fix, value in zip(columns, decode, row, strict=True)
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(table), values)


def _decoder(kind: TypeEngine[Any], sqlite: bool) -> Callable[[str], Any] | None:
    """From what JSON has to what the column takes; None: as it is."""
    match kind:
        case DateTime():
            return _moment(sqlite)
        case Date():
            return date.fromisoformat
        case LargeBinary():
            return b64decode
        case _:
            return None


def _moment(sqlite: bool) -> Callable[[str], datetime]:
    def read(value: str) -> datetime:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if sqlite else moment

    return read


def _check_sizes(connection: Connection, tables: MetaData, expected: Mapping[str, int]) -> None:
    for name, size in expected.items():
        found = connection.execute(select(func.count()).select_from(tables.tables[name])).scalar_one()
        if found != size:
            raise StoreError(f"the backup is cut short: {name} has {found} of {size} rows; nothing changed")


def _reset_sequences(connection: Connection, tables: MetaData) -> None:
    """PostgreSQL hands out ids by sequences, which explicit ids do not move."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables.tables.values():
        for column in table.primary_key:
            if isinstance(column.type, Integer) and column.autoincrement and len(table.primary_key) == 1:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608
                        f"(SELECT COALESCE(MAX({column.name}), 0) + 1 FROM {table.name}), false)"
                    )
                )
