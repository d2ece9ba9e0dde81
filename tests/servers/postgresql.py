"""A real PostgreSQL for tests: the server named by ``KIMHUB_TEST_POSTGRESQL``, one that already runs on
this machine, or one of our own in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
FAST = (
    "-c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c shared_buffers=64MB"
)


class Unavailable(Exception):
    """There is no server to test against; the text says why."""


def _reachable(url: str) -> str:
    """Empty when a database can be created there, else why not."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]
    return "" if row and row[0] else "the role may not create databases"


@contextmanager
def server() -> Iterator[str]:
    """URL of a server on which databases may be created.

    Raises:
        Unavailable: none is running and none can be started.
    """
    given = os.environ.get("KIMHUB_TEST_POSTGRESQL", "").replace("postgresql+psycopg://", "postgresql://")
    if given:
        if problem := _reachable(given):
            raise Unavailable(f"KIMHUB_TEST_POSTGRESQL: {problem}")
        yield given
    elif not _reachable(LOCAL):
        yield LOCAL
    else:
        with _own_server() as url:
            yield url


@contextmanager
def _own_server() -> Iterator[str]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda each: each.parts[-3])
    if not found:
        raise Unavailable("PostgreSQL is neither running nor installed (apt-get install postgresql)")
    programs = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="kimhub-pg-"))
    # PostgreSQL refuses to run as root.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if prefix:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", _free_port()
    options = f"-p {port} -c unix_socket_directories={folder} {FAST}"

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(programs / program), *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise Unavailable(f"{program}: {(done.stderr or done.stdout).strip()[-300:]}")

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-s", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "fast", "-s", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(url: str) -> Iterator[str]:
    """A fresh database on the server at ``url``, dropped afterwards; its URL in SQLAlchemy's spelling."""
    name = f"kimhub_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
        )
    try:
        base, mark, query = url.partition("?")
        yield (
            base.replace("postgresql://", "postgresql+psycopg://").rpartition("/")[0]
            + f"/{name}{mark}{query}"
        )
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
