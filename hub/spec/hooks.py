"""All hooks of the hub.

``register_*`` are asked once when the hub opens and return lists of objects; ``on_*`` return nothing and
are told of something that has happened. The hub calls registered objects itself, one at a time, so that
a failing one costs only its own work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

from hub.model import Delivery, Draft, Harvest, Source, Verdict
from hub.spec.connector import Connector
from hub.spec.notify import Notifier
from hub.spec.publisher import Publisher
from hub.spec.search import SearchBackendFactory
from hub.spec.stories import StoryMatcher

if TYPE_CHECKING:
    import click

#: Entry point group and project name for ``@hookimpl``.
GROUP = "kimhub"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class Refiner(Protocol):
    """Looks at a post before it is stored: accept, quarantine with a reason, enrich with topics."""

    @property
    def name(self) -> str: ...

    def refine(self, draft: Draft, source: Source) -> Verdict: ...


# -- asked once, when the hub opens -----------------------------------------------------------------


@hookspec
def register_connectors() -> Sequence[Connector]:  # type: ignore[empty-body]
    """Connectors by name; a name taken twice is refused."""


@hookspec
def register_publishers() -> Sequence[Publisher]:  # type: ignore[empty-body]
    """Publishers by name; a name taken twice is refused."""


@hookspec
def register_search_backends() -> Sequence[SearchBackendFactory]:  # type: ignore[empty-body]
    """Search backends for ``[search] backend``."""


@hookspec
def register_refiners() -> Sequence[Refiner]:  # type: ignore[empty-body]
    """Refiners, asked about every new or changed post."""


@hookspec
def register_matchers() -> Sequence[StoryMatcher]:  # type: ignore[empty-body]
    """Finders of posts that tell one story; the hub uses the first."""


@hookspec
def register_notifiers() -> Sequence[Notifier]:  # type: ignore[empty-body]
    """What brings news to residents who follow, by name; a name taken twice is refused."""


@hookspec
def register_commands() -> Sequence[click.Command]:  # type: ignore[empty-body]
    """Further commands of ``kimhub``."""


@hookspec
def register_wsgi() -> Sequence[Any]:  # type: ignore[empty-body]
    """Makers of the web application, ``make(hub) -> WSGI application``; ``serve`` uses the first."""


# -- told of what has happened ----------------------------------------------------------------------


@hookspec
def on_harvest(harvest: Harvest) -> None:
    """A source was visited and its batches are stored."""


@hookspec
def on_delivery(delivery: Delivery) -> None:
    """A delivery was tried, and how it went is stored."""
