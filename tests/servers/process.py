"""A server of somebody else's in a process of its own, on a free port."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def serving(what: str, command: Callable[[int], Sequence[str]], folder: Path, ready: str) -> Iterator[str]:
    """Start ``command(port)`` in ``folder``; gives the base address once ``ready`` (a path) answers there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command(port), stdout=log, stderr=log, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(process, what, base + ready)
        yield base
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], what: str, url: str) -> None:
    for _ in range(300):
        assert process.poll() is None, f"{what} ended"
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} does not answer")
