"""A real Mastodon API on loopback: mastodon_mock, with its state in memory, in a process of its own."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.process import serving

HOME = Path(__file__).resolve().parents[2] / ".cache" / "servers" / "mastodon"
PROGRAM = HOME / "bin" / "mastodon_mock"
TOKEN = "mock_token"


def lacking() -> str:
    """What is missing for the server, or empty."""
    return "" if os.access(PROGRAM, os.X_OK) else "no Mastodon API is installed (tests/servers/install.sh)"


@dataclass(frozen=True)
class MastodonServer:
    """One server with the account ``testuser``."""

    base: str

    @property
    def profile(self) -> str:
        return f"{self.base}/@testuser"

    def post(self, status: str, **more: Any) -> str:
        """Publish; the status's number."""
        return str(self.call("POST", "statuses", status=status, **more)["id"])

    def edit(self, number: str, status: str) -> None:
        self.call("PUT", f"statuses/{number}", status=status)

    def delete(self, number: str) -> None:
        self.call("DELETE", f"statuses/{number}")

    def upload(self, description: str) -> str:
        """A picture; its number."""
        mark, png = "kim", b"\x89PNG\r\n\x1a\n" + bytes(32)
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="description"\r\n\r\n'.encode(),
            f"{description}\r\n".encode(),
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
            "Content-Type: image/png\r\n\r\n".encode(),
            png + f"\r\n--{mark}--\r\n".encode(),
        ]
        return str(
            self._send("POST", "v2/media", b"".join(parts), f"multipart/form-data; boundary={mark}")["id"]
        )

    def call(self, method: str, path: str, **given: Any) -> Any:
        return self._send(method, f"v1/{path}", json.dumps(given).encode(), "application/json")

    def _send(self, method: str, path: str, body: bytes, kind: str) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        request = urllib.request.Request(f"{self.base}/api/{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running(folder: Path) -> Iterator[MastodonServer]:
    def command(port: int) -> list[str]:
        return [str(PROGRAM), "serve", "--in-memory", "--host", "127.0.0.1", "--port", str(port)]

    with serving("the Mastodon API", command, folder, "/api/v1/instance") as base:
        yield MastodonServer(base)
