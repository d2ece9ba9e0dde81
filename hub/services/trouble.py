"""What an error means for whoever has to come back: reason, cause, and when."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import HubError, PluginError, RemoteError


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error, read. ``reason`` is one of ``hub.errors.REASONS``, ``hint`` of ``HINTS`` or empty,
    ``detail`` one line; ``retry_after`` are seconds that the remote side asked for; ``permanent`` says that
    trying again is pointless without a change."""

    reason: str
    detail: str
    hint: str = ""
    retry_after: float | None = None
    permanent: bool = False

    @property
    def line(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


def read(error: HubError) -> Trouble:
    if isinstance(error, RemoteError):
        return Trouble(error.reason, error.detail[:500], error.hint, error.retry_after, error.permanent)
    if isinstance(error, PluginError):
        return Trouble("plugin", str(error)[:500])
    return Trouble("degraded", str(error)[:500])
