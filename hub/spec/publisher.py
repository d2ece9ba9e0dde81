"""What a publisher is: the code that puts an announcement where a village's residents read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from hub.model import Action, Copy, Notice, Preview, Receipt, Sight, Target, TargetCheck
from hub.spec.http import Http
from hub.spec.options import Option


class PublishContext(Protocol):
    """What the hub lends a publisher for one call. All of it is bound to the target at work."""

    @property
    def http(self) -> Http:
        """The only way to the network."""
        ...

    @property
    def deadline(self) -> float:
        """``time.monotonic()`` value at which the call should end."""
        ...

    @property
    def untried(self) -> bool:
        """Whether the hub never tried to hand this notice over to this target: a quick look for an earlier
        copy will do. False whenever that is not certain."""
        ...

    def now(self) -> datetime:
        """The hub's clock, aware UTC."""
        ...

    def file(self, sha256: str) -> bytes:
        """The bytes of one of the notice's attachments.

        Raises:
            NotFound: no such file.
        """
        ...

    def uploaded(self, sha256: str) -> tuple[str, str] | None:
        """(remote id, remote URL) of a file that was uploaded to this target before."""
        ...

    def remember_upload(self, sha256: str, remote_id: str, remote_url: str) -> None:
        """Keep that a file is there, at once: a later failure must not upload it again."""
        ...

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        """Send mail through the operator's server (``[mail]``).

        Raises:
            PublishError: none is configured (permanent), or the server refused or could not be reached.
        """
        ...

    def confirm_url(self, notice: Notice) -> str:
        """A signed address by which whoever opens it and presses its button says that this notice is
        published at this target."""
        ...

    def confirmed_at(self, notice: Notice) -> datetime | None:
        """When somebody said so."""
        ...

    def fetched_at(self, notice: Notice) -> datetime | None:
        """When the village's announcement feed was last fetched by somebody since this version of the
        notice is in it."""
        ...


class Publisher(Protocol):
    """Hands announcements over to one kind of target. One object serves all targets of its kind and keeps
    no state between calls; calls come from several threads, never two at once for one target.

    Every call may raise RemoteError; the hub reschedules by ``permanent`` and ``retry_after``. Sending is
    at least once: after any error the hub calls ``apply`` again with what it knows, and it is the
    publisher's duty to look first (``find``) where the remote side has no idempotency of its own.
    """

    @property
    def name(self) -> str:
        """Lower case, stands in ``target.publisher``."""
        ...

    @property
    def label(self) -> Mapping[str, str]:
        """Name for people, by language (``id``, ``en``)."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """Which of ``url``, ``user``, ``password`` a target must have."""
        ...

    @property
    def options(self) -> tuple[Option, ...]: ...

    def check(self, target: Target, ctx: PublishContext) -> TargetCheck:
        """Whether announcements could be handed over now, without doing so.

        Raises:
            RemoteError: what is wrong, with a reason and a detail that names cause and cure.
        """
        ...

    def preview(self, notice: Notice, target: Target) -> Preview:
        """What the target will get, exactly as ``apply`` sends it (attachment addresses aside)."""
        ...

    def find(self, notice: Notice, target: Target, ctx: PublishContext) -> Copy | None:
        """Our copy at the target, in whatever state, found by the notice's mark; None when there is none.
        A publisher that cannot look answers None."""
        ...

    def apply(
        self,
        action: Action,
        notice: Notice,
        copy: Copy | None,
        target: Target,
        ctx: PublishContext,
        *,
        overwrite: bool = False,
    ) -> Receipt:
        """Make, change or take away the copy.

        Args:
            copy: as last known; None before the first success, also when an earlier attempt ended unknown.
            overwrite: staff decided that a copy which the village changed or removed is to be replaced.
        """
        ...

    def verify(self, notice: Notice, copy: Copy, target: Target, ctx: PublishContext) -> Sight:
        """Read the copy back as anybody would: never the answer to our own write, no credentials for
        the public page."""
        ...


@runtime_checkable
class ConsentingPublisher(Protocol):
    """A publisher whose remote side has a page on which a KIM lets the hub in by a click."""

    def consent(self, url: str, ctx: PublishContext, success_url: str, reject_url: str) -> str:
        """The address to send the KIM's browser to; it comes back to one of the two given ones.

        Raises:
            RemoteError: the site does not offer it, or could not be asked.
        """
        ...
