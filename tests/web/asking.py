"""What a client sends to a portal that runs in this process."""

from __future__ import annotations

from werkzeug.test import Client, TestResponse

#: Where the portal is, as its own configuration has it unless a test says otherwise.
LOCAL = "http://127.0.0.1:8000"


def get(client: Client, path: str, **headers: str) -> TestResponse:
    """The answer to GET. ``headers`` are named with low lines: ``if_none_match="..."``."""
    return client.get(path, base_url=LOCAL, headers=named(headers))


def named(headers: dict[str, str]) -> dict[str, str]:
    """Headers by their real names."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
