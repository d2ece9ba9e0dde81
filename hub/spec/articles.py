"""Visits that read a list, then the page of each article that is new or changed in it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from selectolax.lexbor import LexborHTMLParser

from hub.errors import FetchError, ParseError, RemoteError
from hub.model import Batch, Cursor, Entry, Oddity, Source, leaves_out
from hub.spec.connector import Context
from hub.spec.http import Response

#: Articles that are remembered; beyond, the oldest are forgotten and at worst read again.
MAX_KNOWN: Final = 5000
#: Articles handed over at a time: so many pages are lost at most when the process is killed.
PORTION: Final = 10
#: Visits in which a page may fail before its article is given up, or shown as the list has it.
MAX_TRIES: Final = 3
#: Bytes of a page that hold its head.
HEAD_BYTES: Final = 64 * 1024

ListedT = TypeVar("ListedT")


@dataclass(slots=True)
class ArticleState:
    """What a cursor keeps of articles: ``known``, name -> digest as listed; ``tries``, name -> visits in
    which its page could not be read. A connector adds what it knows of its lists, and ``dump``."""

    known: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)

    def dump(self) -> Cursor:
        raise NotImplementedError

    def remember(self, name: str, digest: str) -> None:
        """As the newest of those known, with nothing left to try."""
        self.known.pop(name, None)
        self.known[name] = digest
        self.tries.pop(name, None)

    def dump_articles(self) -> dict[str, Any]:
        saved: dict[str, Any] = {"known": dict(list(self.known.items())[-MAX_KNOWN:])}
        return saved | ({"tries": dict(self.tries)} if self.tries else {})

    def load_articles(self, saved: Cursor) -> None:
        """Anything unexpected counts as absent: at worst pages are read again."""
        known, tries = saved.get("known"), saved.get("tries")
        if isinstance(known, Mapping):
            self.known = {str(name): str(digest) for name, digest in known.items()}
        if isinstance(tries, Mapping):
            self.tries = {str(name): each for name, each in tries.items() if isinstance(each, int)}


StateT = TypeVar("StateT", bound=ArticleState)


class ArticleVisit(Generic[ListedT, StateT]):
    """Holds the state that every batch's cursor is made from, and makes the batches.

    A connector subclasses it and says what an article is known by, whether its page is to be fetched, how
    it becomes an entry, and what to do where its page cannot be read.
    """

    #: Article pages read in one visit.
    per_visit = 40

    def __init__(self, source: Source, state: StateT, ctx: Context) -> None:
        self.source, self.state, self.ctx = source, state, ctx
        self.moved_to: str | None = None
        self.warnings: list[Oddity] = []
        #: Articles that did not change; and article pages asked for, which ``entry`` counts.
        self.skipped = self.fetched = 0
        #: Something was handed over; and the visit had to end before all was read.
        self.told = self.full = False

    # -- what differs ---------------------------------------------------------------------------------

    def known_as(self, listed: ListedT) -> tuple[str, str]:
        """Its name and digest in ``state.known``."""
        raise NotImplementedError

    def has_page(self, listed: ListedT) -> bool:
        """Whether a page of its own is fetched for it, which costs time and one of ``per_visit``."""
        return True

    def entry(self, listed: ListedT) -> Entry | None:
        """With the text of its page; None where that is nothing to show.

        Raises:
            RemoteError: the page cannot be read, or is something else.
        """
        raise NotImplementedError

    def without_page(self, listed: ListedT, error: RemoteError) -> Entry | None:
        """What is shown in place of a page that could not be read. An error is no post: at first nothing."""
        raise NotImplementedError

    # -- articles -------------------------------------------------------------------------------------

    def articles(self, found: Iterable[ListedT]) -> Iterator[Batch]:
        """New and changed ones in portions. Sets ``full`` where the visit must end before all were read."""
        ready: list[tuple[ListedT, Entry]] = []
        for listed in found:
            name, digest = self.known_as(listed)
            if self.state.known.get(name) == digest:
                self.skipped += 1
                continue
            if self.ends(listed):
                break
            if (entry := self._tried(listed)) is not None:
                ready.append((listed, entry))
            if len(ready) >= PORTION:
                yield self.handed(ready)
                ready = []
        if ready:
            yield self.handed(ready)

    def ends(self, listed: ListedT) -> bool:
        """Whether the visit's time or number of pages is used up. Each visit gets on by a page at least."""
        spent = self.fetched > 0 and (self.late() or self.fetched >= self.per_visit)
        self.full = spent and self.has_page(listed)
        return self.full

    def late(self) -> bool:
        return time.monotonic() >= self.ctx.deadline

    def _tried(self, listed: ListedT) -> Entry | None:
        try:
            return self.entry(listed)
        except (FetchError, ParseError) as error:
            if error.retry_after:
                raise
            return self.without_page(listed, error)

    def again(self, listed: ListedT) -> bool:
        """Note that the page has to be read at the next visit too; False when that was done often enough,
        and the article counts as known."""
        name, digest = self.known_as(listed)
        tries = self.state.tries[name] = self.state.tries.get(name, 0) + 1
        if tries >= MAX_TRIES:
            self.state.remember(name, digest)
        return tries < MAX_TRIES

    # -- answers --------------------------------------------------------------------------------------

    def degraded(self, what: str, error: RemoteError) -> None:
        self.warnings.append(Oddity("degraded", f"{what}: {error}"[:300]))

    def handed(self, ready: Sequence[tuple[ListedT, Entry]]) -> Batch:
        """Known from now on, but for those whose page is to be read once more."""
        for listed, _ in ready:
            name, digest = self.known_as(listed)
            if name not in self.state.tries:
                self.state.remember(name, digest)
        self.told = self.told or bool(ready)
        return self.batch(tuple(entry for _, entry in ready))

    def last_batch(self) -> Batch:
        return self.batch(more=self.full, unchanged=not self.told and not self.full)

    def batch(self, entries: tuple[Entry, ...] = (), *, more: bool = False, unchanged: bool = False) -> Batch:
        skipped, self.skipped = self.skipped, 0
        warnings, self.warnings = tuple(self.warnings), []
        return Batch(
            self.state.dump(),
            entries,
            skipped,
            unchanged=unchanged,
            more=more,
            warnings=warnings,
            moved_to=self.moved_to,
        )


def is_left_out(response: Response) -> bool:
    """Whether a page asks search engines to leave it out, by its header or in its head: see
    ``Entry.noindex``."""
    if leaves_out(response.headers.get("x-robots-tag", "")):
        return True
    head = LexborHTMLParser(response.body[:HEAD_BYTES])
    return any(
        leaves_out(node.attributes.get("content") or "")
        for node in head.css("meta[content]")
        if (node.attributes.get("name") or "").strip().lower() in ("robots", "googlebot")
    )


def is_gone(error: RemoteError) -> bool:
    """Whether the site itself says that the page is no more."""
    return isinstance(error, FetchError) and error.status in (404, 410)
