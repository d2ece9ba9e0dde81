"""Visits to an OpenSID: the feed, the pages of articles it gives only the beginning of, and once the
archive."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode, urljoin

from connectors.opensid.detect import ACCEPT, propose
from connectors.opensid.parse import from_archive, from_feed, is_page_of, with_page
from connectors.opensid.state import State
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Oddity,
    Option,
    ParsedFeed,
    ParseError,
    Probe,
    Proposal,
    RemoteError,
    Response,
    Source,
    Validators,
    get_page,
    option,
)

OPTIONS: Final = (
    Option(
        "full_history",
        "bool",
        default=True,
        help={
            "id": "Pada kunjungan pertama, ambil juga berita lama dari arsip situs.",
            "en": "On the first visit also read the older posts from the site's archive.",
        },
    ),
)
#: Articles handed over at a time, article pages read in one visit, and visits in which a page may fail.
PORTION: Final = 10
PER_VISIT: Final = 40
MAX_TRIES: Final = 3
#: What the site's own archive page asks for its table (OpenSID 2024 and later).
ARCHIVE: Final = "/internal_api/arsip"
PAGE_SIZE: Final = 50
MAX_PAGES: Final = 100


class OpenSidConnector:
    """Reads OpenSID's feed better than the feed connector can: excerpts that are escaped twice, items
    without a date, articles of which the feed has only the beginning."""

    name = "opensid"
    label: Mapping[str, str] = {"id": "OpenSID (Sistem Informasi Desa)", "en": "OpenSID (village system)"}
    options = OPTIONS

    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return propose(probe, ctx)

    def check(self, source: Source, ctx: Context) -> Check:
        feed = _parse(get_page(ctx.http, source.url, accept=ACCEPT), ctx)
        newest = max(feed.entries, key=lambda each: str(each.published or ""), default=None)
        teasers = sum(not entry.html for entry in feed.entries)
        detail = f"{teasers} of {len(feed.entries)} are excerpts; their pages are read" if teasers else ""
        return Check(len(feed.entries), newest.title if newest else "", detail or feed.title)

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        history = cursor is None and bool(option(source, OPTIONS, "full_history"))
        return _Visit(source, State.load(cursor or {}), ctx).run(history=history)


def _parse(response: Response, ctx: Context) -> ParsedFeed:
    """Raises ParseError: no feed; since a broken site answers with its front page."""
    content_type = response.headers.get("content-type", "")
    return ctx.parse_feed(response.body, url=response.url, content_type=content_type)


class _Visit:
    def __init__(self, source: Source, state: State, ctx: Context) -> None:
        self.source, self.state, self.ctx = source, state, ctx
        self.moved_to: str | None = None
        self.warnings: list[Oddity] = []
        self.skipped = self.fetched = 0
        self.told = self.full = False

    def run(self, *, history: bool) -> Iterator[Batch]:
        since = self.state.validators
        response = get_page(self.ctx.http, self.source.url, since=since, accept=ACCEPT)
        self.moved_to = response.moved_to
        self.state.page = self.state.page or int(history)
        if response.unchanged:
            self.state.validators = response.validators
            self.skipped += len(self.state.known)
        else:
            yield from self._feed(response)
        while self.state.page and not self.full:
            yield from self._archive()
        yield self._batch(more=self.full, unchanged=not self.told and not self.full)

    def _feed(self, response: Response) -> Iterator[Batch]:
        feed = _parse(response, self.ctx)
        self.warnings += feed.warnings
        # until all of it is stored the feed is wanted again as if it were new
        self.state.validators = Validators()
        yield from self._entries([from_feed(entry, feed) for entry in feed.entries])
        if not self.full and not self.state.tries:
            self.state.validators = response.validators

    def _archive(self) -> Iterator[Batch]:
        """One page of the archive. Sites that have none, or close it, just have no past here."""
        if time.monotonic() >= self.ctx.deadline:
            self.full = True
            return
        try:
            entries = self._listed()
        except (FetchError, ParseError) as error:
            if error.retry_after:
                raise
            if self._passing(error):
                self.full = True
                return
            entries = []
        self.state.failed = 0
        yield from self._entries([entry for entry in entries if entry.id not in self.state.known])
        if not self.full:
            more = len(entries) >= PAGE_SIZE and self.state.page < MAX_PAGES
            self.state.page = self.state.page + 1 if more else 0

    def _passing(self, error: RemoteError) -> bool:
        """Whether the page is to be asked for once more at the next visit."""
        self.state.failed += 1
        passing = isinstance(error, FetchError) and (error.status or 500) >= 500
        return passing and self.state.failed < MAX_TRIES

    def _listed(self) -> list[Entry]:
        query = {"page[size]": PAGE_SIZE, "page[number]": self.state.page, "sort": "-tgl_upload"}
        prefix = "/index.php" if "/index.php/" in self.source.url else ""
        address = urljoin(self.source.url, f"{prefix}{ARCHIVE}?{urlencode(query)}")
        answer = self.ctx.http.get(address, accept="application/json").json()
        found = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            return []
        entries = (from_archive(each, self.source.url) for each in found if isinstance(each, dict))
        return [entry for entry in entries if entry is not None]

    # -- entries --------------------------------------------------------------------------------------

    def _entries(self, entries: Sequence[Entry]) -> Iterator[Batch]:
        """New and changed ones in portions, with their pages where they are excerpts. Sets ``full`` where
        the visit must end before all were read."""
        ready: list[tuple[Entry, Entry]] = []
        for listed in entries:
            if self.state.known.get(listed.id) == listed.digest:
                self.skipped += 1
                continue
            self.full = not listed.html and self._spent()
            if self.full:
                break
            if (whole := self._whole(listed)) is not None:
                ready.append((listed, whole))
            if len(ready) >= PORTION:
                yield self._handed(ready)
                ready = []
        if ready:
            yield self._handed(ready)

    def _spent(self) -> bool:
        late = time.monotonic() >= self.ctx.deadline
        return self.fetched > 0 and (late or self.fetched >= PER_VISIT)

    def _whole(self, entry: Entry) -> Entry | None:
        """With all of its text, or None where its page has to be tried again at the next visit."""
        if entry.html or not entry.link:
            return entry
        self.fetched += 1
        try:
            response = get_page(self.ctx.http, entry.link)
            page = response.text()
            if not is_page_of(entry, page):
                raise ParseError("not_a_feed", "the page does not show the article")
        except (FetchError, ParseError) as error:
            if error.retry_after:
                raise
            return self._without_page(entry, error)
        article = self.ctx.read_article(page, url=response.url)
        self.state.tries.pop(entry.id, None)
        return with_page(entry, page, article, self.ctx.parse_date)

    def _without_page(self, entry: Entry, error: RemoteError) -> Entry | None:
        """The excerpt, once its page has failed often enough; what has neither is nothing to show."""
        self.warnings.append(Oddity("degraded", f"{entry.link}: {error}"[:300]))
        tries = self.state.tries[entry.id] = self.state.tries.get(entry.id, 0) + 1
        gone = isinstance(error, FetchError) and error.status in (404, 410)
        if tries < MAX_TRIES and not gone:
            return None
        self.state.tries.pop(entry.id, None)
        if gone or not entry.summary:
            self.state.known[entry.id] = entry.digest
            return None
        return entry

    def _handed(self, ready: Sequence[tuple[Entry, Entry]]) -> Batch:
        for listed, _ in ready:
            self.state.known.pop(listed.id, None)
            self.state.known[listed.id] = listed.digest
        self.told = True
        return self._batch(tuple(whole for _, whole in ready))

    def _batch(
        self, entries: tuple[Entry, ...] = (), *, more: bool = False, unchanged: bool = False
    ) -> Batch:
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
