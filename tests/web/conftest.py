"""Fixtures of the portal's tests: the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.servers import chromium

#: A busy machine answers late, which the browser takes for a slow line: it would load pictures farther ahead.
A_GOOD_LINE = "--force-effective-connection-type=4G"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all modules of this folder. Not for the whole session: as long as it is open, asyncio's loop of
    this thread counts as running, and nothing else may run one."""
    with chromium.running(A_GOOD_LINE) as opened:
        yield opened
