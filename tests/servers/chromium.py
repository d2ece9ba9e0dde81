"""Chromium as Debian has it, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import require

CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def running(*flags: str) -> Iterator[Browser]:
    """A browser; what tests open in it, they close. One at a time in a thread: Playwright allows no second.

    Args:
        flags: of the command line, beside those that make it run on a machine without a screen.

    Skips the test where Chromium is absent, see ``require``.
    """
    require(CHROMIUM.exists(), "Chromium is absent (tests/servers/install.sh)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*_FLAGS, *flags])
        try:
            yield opened
        finally:
            opened.close()
