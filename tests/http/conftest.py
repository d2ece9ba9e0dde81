from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.http import HttpClient
from tests.http.villages import ALLOWED, CERTS, Canary

MakeClient = Callable[..., HttpClient]


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Clients that may ask the fixture villages, without delay unless a test says so."""
    clients: list[HttpClient] = []

    def make(**options: Any) -> HttpClient:
        defaults: dict[str, Any] = {
            "user_agent": "kimhub-test/1 (+https://hub.example)",
            "allow_private": ALLOWED,
            "host_delay": 0.0,
        }
        clients.append(HttpClient(**{**defaults, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: MakeClient) -> HttpClient:
    return make_client()


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as canary:
        yield canary
        assert canary.touched == []


@pytest.fixture(scope="session")
def authority() -> str:
    """The authority that signed the certificates of the test villages."""
    return str(CERTS / "authority.pem")
