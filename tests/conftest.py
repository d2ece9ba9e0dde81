"""Fixtures that several folders of tests share: real servers and the shared test data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.store import Store, schema

if TYPE_CHECKING:
    from tests.servers.wordpress import WordPress

ROOT = Path(__file__).resolve().parents[1]


def require(what: object, reason: str) -> None:
    """Skip the test where ``what`` is absent; fail it under ``KIMHUB_REQUIRE_ALL=1``."""
    if what:
        return
    if os.environ.get("KIMHUB_REQUIRE_ALL") == "1":
        pytest.fail(f"required, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """``../shared/data``: test data of third parties, read in place and never copied."""
    folder = ROOT.parent / "shared" / "data"
    require(folder.is_dir(), "../shared/data is absent")
    return folder


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases may be created."""
    from tests.servers import postgresql

    try:
        with postgresql.server() as url:
            yield url
    except postgresql.Unavailable as problem:
        require(False, str(problem))


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A throw-away PostgreSQL database, ``postgresql+psycopg://...``, empty at the session's start."""
    from tests.servers import postgresql

    with postgresql.database(postgresql_server) as url:
        yield url


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A server of real WordPress sites; ``wordpress.site(name, posts=20)`` makes one."""
    from tests.servers import wordpress as servers

    problem = servers.lacking()
    require(not problem, problem)
    with servers.running(tmp_path_factory.mktemp("wordpress") / "server") as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind: what uses it runs on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.sqlite3'}"
        return
    from tests.servers import postgresql

    server = request.getfixturevalue("postgresql_server")
    with postgresql.database(server) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store of either kind, its schema in place."""
    opened = Store(database_url)
    schema.upgrade(opened)
    yield opened
    opened.close()
