"""The other side of a publisher under test, and what the contract suite needs to talk about it."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from hub.errors import RemoteError
from hub.model import Copy, Notice, Preview, Receipt, Target
from hub.spec import Http, PublishContext, Publisher, Response
from hub.testing.publishing import make_notice

#: What a harness may declare as lacking.
CAPABILITIES = frozenset(
    {
        "network",  # something is sent to another machine
        "credentials",  # which the other side can refuse
        "name_dropped_header",  # and a header that was dropped on the way is told from a wrong password
        "look_up",  # find() sees our copy at the other side
        "one_copy",  # an act whose answer was lost leaves one copy when it is done again
        "see_edits",  # a copy that the village changed is noticed
        "see_removal",  # likewise one that it took away
        "public_page",  # verify() can prove that it is there
        "prove_removal",  # and that it is there no more
        "take_back",  # a withdrawal removes the copy (else people are asked to)
        "upload",  # attachments are uploaded to the other side
        "link",  # attachments stand in the text as links to the hub
    }
)
#: Seconds that a busy harness asks to wait for.
BUSY = 37
#: Faults that break off after the write was carried out.
AFTER = ("cut_after", "hang_after", "error_after")


class Harness:
    """A real counterpart of the publisher under test, and what can be done to it.

    Attributes:
        publisher: under test.
        target: with working settings.
        context: with working settings; its client must give up on silence within a second or two.
        secrets: texts that may be seen nowhere.
        lacks: of :data:`CAPABILITIES`.
    """

    publisher: Publisher
    target: Target
    context: PublishContext
    secrets: tuple[str, ...] = ()
    lacks: frozenset[str] = frozenset()

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        """What residents (or recipients) have now of this notice: one text for each copy. ``copy`` is
        what the publisher last said."""
        raise NotImplementedError

    def same(self, preview: Preview, copy: str) -> bool:
        """Whether a copy is what was promised."""
        return words(preview.text or str(preview.html)) == words(copy)

    def broken(self, fault: str) -> AbstractContextManager[None]:
        """Meanwhile the other side has a fault: ``refuses_credentials``, ``drops_password`` (something on
        the way takes the header away), ``busy`` (for :data:`BUSY` seconds), ``down``, or carries out writes
        and then breaks off (``cut_after``), stays silent (``hang_after``) or answers 502
        (``error_after``)."""
        raise NotImplementedError

    def edit(self, notice: Notice) -> None:
        """The village changes its copy."""
        raise NotImplementedError

    def remove(self, notice: Notice) -> None:
        """The village takes its copy away."""
        raise NotImplementedError

    def uploads(self) -> int:
        """Files uploaded so far."""
        return 0

    def keep_file(self, sha256: str, content: bytes) -> None:
        """The context shall know these bytes."""
        raise NotImplementedError

    # -- short forms for the suite ------------------------------------------------------------------

    def can(self, capability: str) -> bool:
        assert capability in CAPABILITIES
        return capability not in self.lacks

    def apply(self, action: Any, notice: Notice, copy: Copy | None, **more: bool) -> Receipt:
        return self.publisher.apply(action, notice, copy, self.target, self.context, **more)

    def create(self, notice: Notice) -> Copy:
        receipt = self.apply("create", notice, None)
        assert receipt.outcome == "done"
        assert receipt.copy is not None
        assert receipt.copy.remote_id
        return receipt.copy

    def refused(self, notice: Notice) -> RemoteError:
        with pytest.raises(RemoteError) as caught:
            self.apply("create", notice, None)
        return caught.value


def words(text: str) -> str:
    """``text`` with white space evened out."""
    return " ".join(text.split())


def sealed(secrets: Sequence[str], *things: object) -> None:
    """Assert that no secret is in any of ``things``, nor in what hangs on an exception."""
    for thing in things:
        seen = [repr(thing), str(thing)]
        if isinstance(thing, BaseException):
            for each in _chain(thing):
                seen += [repr(each), str(each), *map(repr, vars(each).values())]
        for secret in secrets:
            assert not any(secret in text for text in seen), f"a secret in {type(thing).__name__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what it was raised from or during."""
    waiting, met = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) not in met:
            met.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def correction(notice: Notice) -> Notice:
    """``notice`` with another hour, as its second version."""
    changes: dict[str, Any] = {
        name: getattr(notice, name).replace("15.00", "16.30")
        for name in ("html", "text", "short", "markdown")
    }
    kept = ("mark", "subject", "attachments")
    return make_notice(version=2, **{name: getattr(notice, name) for name in kept}, **changes)


def other_mark(number: int) -> str:
    return f"kimhub-7602-01kb0v4mz8t9d3q6x2n7r5w{number:03d}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that went through the hub's client."""

    method: str
    url: str
    credentials: bool

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


@dataclass
class Door:
    """A context that notes what passes through ``http`` and ``mail``, and knows while it does."""

    inner: PublishContext
    passed: list[Passed] = field(default_factory=list)
    is_open: bool = False

    @property
    def http(self) -> Http:
        return _DoorHttp(self)

    @property
    def deadline(self) -> float:
        return self.inner.deadline

    @property
    def untried(self) -> bool:
        return self.inner.untried

    def now(self) -> datetime:
        return self.inner.now()

    def file(self, sha256: str) -> bytes:
        return self.inner.file(sha256)

    def uploaded(self, sha256: str) -> tuple[str, str] | None:
        return self.inner.uploaded(sha256)

    def remember_upload(self, sha256: str, remote_id: str, remote_url: str) -> None:
        self.inner.remember_upload(sha256, remote_id, remote_url)

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        with self.passing("MAIL", ", ".join(to), {}):
            self.inner.mail(to, subject, text, headers)

    def confirm_url(self, notice: Notice) -> str:
        return self.inner.confirm_url(notice)

    def confirmed_at(self, notice: Notice) -> datetime | None:
        return self.inner.confirmed_at(notice)

    def fetched_at(self, notice: Notice) -> datetime | None:
        return self.inner.fetched_at(notice)

    @contextmanager
    def passing(self, method: str, url: str, more: Mapping[str, Any]) -> Iterator[None]:
        headers = {name.lower() for name in more.get("headers") or {}}
        secret = bool(more.get("auth")) or bool(headers & {"authorization", "cookie"})
        self.passed.append(Passed(method, url, secret))
        self.is_open = True
        try:
            yield
        finally:
            self.is_open = False

    def guarded(self, connect: Any) -> Any:
        def guard(sock: socket.socket, address: Any) -> Any:
            assert self.is_open, f"a connection to {address} past the hub's client"
            return connect(sock, address)

        return guard


class _DoorHttp:
    def __init__(self, door: Door) -> None:
        self._door = door

    def get(self, url: str, **more: Any) -> Response:
        with self._door.passing("GET", url, more):
            return self._door.inner.http.get(url, **more)

    def request(self, method: str, url: str, **more: Any) -> Response:
        with self._door.passing(method, url, more):
            return self._door.inner.http.request(method, url, **more)
