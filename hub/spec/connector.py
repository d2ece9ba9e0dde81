"""What a connector is: the code that visits one kind of source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from hub.model import Article, Batch, Cursor, ParsedFeed, Proposal, Source, Submission
from hub.spec.http import Http, Response
from hub.spec.options import Option


class Context(Protocol):
    """What the hub lends a connector for one visit. All of it is bound to the source being visited."""

    @property
    def http(self) -> Http:
        """The only way to the network."""
        ...

    @property
    def deadline(self) -> float:
        """``time.monotonic()`` value at which the visit should end; a backfill then yields what it has
        with ``more=True``."""
        ...

    @property
    def hub_url(self) -> str:
        """The hub's own public address, without a slash at its end."""
        ...

    def now(self) -> datetime:
        """The hub's clock, aware UTC."""
        ...

    def parse_feed(
        self, body: bytes, *, url: str, content_type: str = "", known: Collection[str] = ()
    ) -> ParsedFeed:
        """RSS 0.9-2.0, Atom, RDF or JSON Feed into entries; items whose raw hash is in ``known`` are
        skipped unread.

        Raises:
            ParseError: ``not_a_feed`` or ``bad_charset``.
        """
        ...

    def parse_date(self, text: str) -> datetime | None:
        """The instant that ``text`` names, aware UTC: RFC 822 and 3339 and what people type, Indonesian
        month names and WIB, WITA, WIT included. None where it names none. A date without a zone is in
        the hub's."""
        ...

    def read_article(self, page: str, *, url: str) -> Article:
        """The one article of a whole HTML page, without what stands around it, and what the page's
        head says of it. ``html`` is empty where there is none. Never raises, never fetches."""
        ...

    def known_ids(self) -> list[str]:
        """External ids of this source's posts that are shown now, oldest first: what a sweep for
        deletions asks about."""
        ...

    def submissions(self, last: int, limit: int) -> Sequence[Submission]:
        """What was sent to this source by form or mail after the submission ``last``, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A ``rel`` link found in a page's head or its Link header; ``url`` is absolute."""

    rel: str
    url: str
    type: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the hub read at an address while a site is being added: the answer and its links (at most
    50, Link header first). ``generator`` is the page's ``<meta name=generator>``."""

    url: str
    response: Response
    links: tuple[Link, ...] = ()
    generator: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of looking at a source without storing anything: how many entries, the newest title."""

    entries: int
    newest: str = ""
    detail: str = ""


class Connector(Protocol):
    """Visits one kind of source. One object serves all sources of its kind and keeps no state between
    calls; calls come from several threads.
    """

    @property
    def name(self) -> str:
        """Lower case, stands in ``source.connector``."""
        ...

    @property
    def label(self) -> Mapping[str, str]:
        """Name for people, by language (``id``, ``en``)."""
        ...

    @property
    def options(self) -> tuple[Option, ...]: ...

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        """Sources of this kind at a site. May fetch through ``ctx.http``; finding nothing is no error.

        Raises:
            RemoteError: passed over by the hub, the other connectors are still asked.
        """
        ...

    def check(self, source: Source, ctx: Context) -> Check:
        """Read the source once without storing.

        Raises:
            RemoteError: what is wrong with it, with its reason.
        """
        ...

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        """Yield what is new since ``cursor`` (None on the first visit), in portions.

        Each batch is stored with its cursor in one transaction before the next is asked for: what was
        yielded before an error stays. An item yielded again is recognised by its id and digest.

        Raises:
            RemoteError: the visit failed; the hub decides from ``permanent`` and ``retry_after`` when to
                come back.
        """
        ...


@dataclass(frozen=True, slots=True)
class PushFeed:
    """The feed through which a source's news is told (WebSub): the address that hubs know as the topic.

    ``hub`` is the WebSub hub where it is known beforehand, because the feed does not name it; ``url`` is
    then the topic as it stands. With an empty ``hub`` both are looked for by the W3C's rules: in the Link
    headers of ``url``, and only without them in the document.
    """

    url: str
    hub: str = ""


@runtime_checkable
class PushedConnector(Protocol):
    """What a connector has besides whose sources may be told of instead of being asked.

    Being told only makes a visit due at once: content is always fetched from the site itself, by
    :meth:`Connector.harvest`.
    """

    def push_feed(self, source: Source) -> PushFeed | None:
        """Where news of this source is announced; None where it is not. Asks nobody."""
        ...


def option(source: Source, declared: tuple[Option, ...], name: str) -> Any:
    """The value of one declared option of ``source``, or its default."""
    if name in source.options:
        return source.options[name]
    return next(each.default for each in declared if each.name == name)
