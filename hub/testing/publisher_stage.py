"""The other side of a publisher, played on a stage: its faults come ready-made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from hub.spec import Publisher
from hub.testing.publisher_harness import BUSY, Harness
from hub.testing.publishing import PublishingContext
from hub.testing.stage import Answer, Asked, Stage

#: Seconds after which the client gives up on silence, and how long the silence lasts.
PATIENCE, SILENCE = 1.0, 1.5
_AFTER = {
    "cut_after": Answer(reset=True),
    "hang_after": Answer(delay=SILENCE),
    "error_after": Answer(b"bad gateway", 502, "text/plain"),
}


class StageHarness(Harness):
    """Subclass it and say in :meth:`answer` what the other side does; ``target`` is yours to set.

    Attributes:
        hosts: outside hosts that the stage plays.
    """

    hosts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, stage: Stage, publisher: Publisher) -> None:
        self.stage, self.publisher = stage, publisher
        self.files: dict[str, bytes] = {}
        self.context = PublishingContext(stage.http(*self.hosts, timeout=PATIENCE), files=self.files)
        stage.play(self.answer)

    def answer(self, asked: Asked) -> Answer:
        """What the other side does and says."""
        raise NotImplementedError

    def is_write(self, asked: Asked) -> bool:
        """Whether a request changes anything: only such ones are broken off afterwards."""
        return asked.method not in ("GET", "HEAD")

    def refuse(self, asked: Asked) -> Answer:
        """What the other side says to wrong credentials."""
        return Answer(b"unauthorized", 401, "text/plain")

    @contextmanager
    def broken(self, fault: str) -> Iterator[None]:
        with self.stage.broken(lambda asked: self._faulty(fault, asked)):
            yield

    def _faulty(self, fault: str, asked: Asked) -> Answer:
        if fault == "refuses_credentials":
            return self.refuse(asked)
        if fault == "busy" and self.is_write(asked):  # of readers the hub's client asks more patience
            return Answer(b"busy", 429, "text/plain", {"Retry-After": str(BUSY)})
        if fault == "down":
            return Answer(reset=True)
        answer = self.answer(asked)
        if not self.is_write(asked) or answer.status >= 400:
            return answer
        return _AFTER.get(fault, answer)

    def keep_file(self, sha256: str, content: bytes) -> None:
        self.context.files[sha256] = content  # type: ignore[attr-defined]
