"""Fixtures of what is measured from outside: the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.servers import chromium


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium.running() as opened:
        yield opened
