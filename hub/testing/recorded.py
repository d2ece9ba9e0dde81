"""Documents recorded from a live site, and how they are played again.

A folder (``fixtures/recorded/NAME``) holds ``recorded.json`` and one file for each body::

    {"url": "https://desa.example/feed/", "options": {},
     "exchanges": [{"method": "GET", "url": "...", "status": 200, "headers": {"content-type": "..."},
                    "body": "01.xml"}]}

Whoever records scrubs first: no secrets in addresses, headers or bodies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from hub.testing.stage import Answer, Asked

MANIFEST: Final = "recorded.json"
_ENDINGS: Final = {"json": "json", "xml": "xml", "rss": "xml", "atom": "xml", "html": "html"}
#: Headers that say how a body travelled, not what it is.
_TRAVEL: Final = {
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "set-cookie",
    "date",
}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; header names in lower case, the body decoded."""

    url: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = "GET"

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "application/octet-stream")


@dataclass(frozen=True)
class Recording:
    """A visit to ``url``, a source's address, with these ``options``."""

    url: str
    options: Mapping[str, Any]
    exchanges: Sequence[Exchange]

    @property
    def hosts(self) -> tuple[str, ...]:
        found = (urlsplit(each.url).hostname or "" for each in self.exchanges)
        return tuple(dict.fromkeys((urlsplit(self.url).hostname or "", *found)))

    def answer(self, asked: Asked) -> Answer:
        """The recorded answer to the same method, host, path and parameters; where only the parameters
        differ (a clock or a cursor stands in them) the first of that path; else 404."""
        near = [each for each in self.exchanges if _place(each) == (asked.method, asked.host, asked.path)]
        same = [each for each in near if dict(parse_qsl(urlsplit(each.url).query, True)) == dict(asked.query)]
        for each in same or near:
            headers = {
                name: text for name, text in each.headers.items() if name not in _TRAVEL | {"content-type"}
            }
            return Answer(each.body, each.status, each.type, headers)
        return Answer(b"not recorded", 404, "text/plain")


def save(folder: Path, recording: Recording) -> None:
    """Write ``recording`` into ``folder``, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for number, each in enumerate(recording.exchanges, start=1):
        name = f"{number:02d}.{_ending(each.type)}"
        (folder / name).write_bytes(each.body)
        headers = {key: text for key, text in each.headers.items() if key not in _TRAVEL}
        listed.append(
            {"method": each.method, "url": each.url, "status": each.status, "headers": headers, "body": name}
        )
    saved = {"url": recording.url, "options": dict(recording.options), "exchanges": listed}
    (folder / MANIFEST).write_text(json.dumps(saved, ensure_ascii=False, indent=1) + "\n", "utf-8")


def load(folder: Path) -> Recording:
    """What :func:`save` wrote."""
    saved = json.loads((folder / MANIFEST).read_text("utf-8"))
    exchanges = [
        Exchange(
            each["url"],
            int(each.get("status", 200)),
            {name.lower(): text for name, text in each.get("headers", {}).items()},
            (folder / each["body"]).read_bytes(),
            each.get("method", "GET"),
        )
        for each in saved["exchanges"]
    ]
    return Recording(saved["url"], saved.get("options", {}), exchanges)


def found_in(folder: Path) -> list[Path]:
    """The recordings below ``folder``, by name."""
    return sorted(each.parent for each in folder.rglob(MANIFEST)) if folder.is_dir() else []


def _place(exchange: Exchange) -> tuple[str, str, str]:
    parts = urlsplit(exchange.url)
    return exchange.method, parts.hostname or "", parts.path or "/"


def _ending(type: str) -> str:
    return next((ending for word, ending in _ENDINGS.items() if word in type.lower()), "bin")
