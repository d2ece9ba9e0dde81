"""One visit, kept as files that tests play again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from hub.cli.connector_try import Bench, Subject
from hub.cli.frame import Failure
from hub.errors import FetchError, HubError
from hub.spec import Entry, Http, Response
from hub.testing.recorded import Exchange, Recording, load, save
from hub.testing.scrub import Scrubber
from hub.testing.stage import Stage

_DEFAULT: Final = Path("fixtures") / "recorded"


@dataclass(frozen=True)
class Recorded:
    """``replayed`` is how many entries the files alone give; ``masked`` counts what was
    taken out, by kind."""

    folder: Path
    requests: int
    entries: int
    replayed: int
    masked: Mapping[str, int]


def record(bench: Bench, subject: Subject, to: Path | None, requests: int) -> Recorded:
    """Visit and save what was answered, scrubbed.

    Raises:
        HubError: the visit failed before anything came.
    """
    folder = to or _DEFAULT / subject.connector.name / _folder_name(subject.source.url)
    if folder.exists() and any(folder.iterdir()):
        raise Failure("connector.record.exists", path=folder)
    tape = Tape(bench.http, requests)
    entries, error = _visit(bench, subject, tape)
    if not tape.exchanges or (error is not None and not entries):
        raise error or Failure("connector.record.nothing", url=subject.source.url)
    scrubber = Scrubber(subject.secrets)
    whole = Recording(subject.source.url, subject.source.options, tape.exchanges)
    save(folder, scrubber.recording(whole))
    counts = {kind: count for kind, count in scrubber.counts.items() if count}
    return Recorded(folder, len(tape.exchanges), len(entries), _replayed(bench, subject, folder), counts)


def _visit(bench: Bench, subject: Subject, http: Http) -> tuple[list[Entry], HubError | None]:
    entries: list[Entry] = []
    try:
        with bench.plugins.isolated(f"connector {subject.connector.name}"):
            for batch in subject.connector.harvest(subject.source, None, bench.context(http)):
                entries += batch.entries
    except HubError as error:
        return entries, error
    return entries, None


def _replayed(bench: Bench, subject: Subject, folder: Path) -> int:
    recording = load(folder)
    source = replace(subject.source, url=recording.url, options=recording.options)
    with Stage() as stage:
        stage.play(recording.answer)
        entries, _ = _visit(bench, Subject(subject.connector, source), stage.http(*recording.hosts))
    return len(entries)


def _folder_name(url: str) -> str:
    parts = urlsplit(url)
    return re.sub(r"[^a-z0-9.-]+", "-", f"{parts.hostname}{parts.path}".lower()).strip("-.")[:60] or "situs"


class Tape:
    """The hub's client, which keeps what was answered. After ``most`` requests there is nothing more, as
    there will be nothing more when the files are played."""

    def __init__(self, inner: Http, most: int) -> None:
        self._inner, self._most = inner, most
        self.exchanges: list[Exchange] = []

    def get(self, url: str, **more: Any) -> Response:
        return self._kept("GET", url, lambda: self._inner.get(url, **more))

    def request(self, method: str, url: str, **more: Any) -> Response:
        return self._kept(method.upper(), url, lambda: self._inner.request(method, url, **more))

    def _kept(self, method: str, url: str, ask: Callable[[], Response]) -> Response:
        if len(self.exchanges) >= self._most:
            raise FetchError("http_4xx", "not recorded any more", permanent=True, status=404, url=url)
        try:
            answer = ask()
        except FetchError as error:
            if error.status is not None:
                self._keep(Exchange(url, error.status, {}, error.body, method))
            raise
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self._keep(Exchange(url, answer.status, headers, answer.body, method))
        return answer

    def _keep(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
