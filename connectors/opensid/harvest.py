"""Visits to an OpenSID: the feed, the pages of articles it gives only the beginning of, and once the
archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode, urljoin

from connectors.opensid.detect import ACCEPT, propose
from connectors.opensid.parse import from_archive, from_feed, is_page_of, with_page
from connectors.opensid.state import State
from hub.spec import (
    MAX_TRIES,
    ArticleVisit,
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
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
    is_gone,
    is_left_out,
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


class _Visit(ArticleVisit[Entry, State]):
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
        yield self.last_batch()

    def _feed(self, response: Response) -> Iterator[Batch]:
        feed = _parse(response, self.ctx)
        self.warnings += feed.warnings
        # until all of it is stored the feed is wanted again as if it were new
        self.state.validators = Validators()
        yield from self.articles([from_feed(entry, feed) for entry in feed.entries])
        if not self.full and not self.state.tries:
            self.state.validators = response.validators

    def _archive(self) -> Iterator[Batch]:
        """One page of the archive. Sites that have none, or close it, just have no past here."""
        if self.late():
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
        yield from self.articles([entry for entry in entries if entry.id not in self.state.known])
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

    # -- articles -------------------------------------------------------------------------------------

    def known_as(self, listed: Entry) -> tuple[str, str]:
        return listed.id, listed.digest

    def has_page(self, listed: Entry) -> bool:
        return not listed.html

    def entry(self, listed: Entry) -> Entry:
        """Raises ParseError: its page shows something else."""
        if listed.html or not listed.link:
            self.state.tries.pop(listed.id, None)
            return listed
        self.fetched += 1
        response = get_page(self.ctx.http, listed.link)
        page = response.text()
        if not is_page_of(listed, page):
            raise ParseError("not_a_feed", "the page does not show the article")
        article = self.ctx.read_article(page, url=response.url)
        self.state.tries.pop(listed.id, None)
        return replace(with_page(listed, page, article, self.ctx.parse_date), noindex=is_left_out(response))

    def without_page(self, listed: Entry, error: RemoteError) -> Entry | None:
        """The excerpt, once its page has failed often enough; what has neither is nothing to show."""
        self.degraded(listed.link, error)
        if is_gone(error):
            self.state.remember(*self.known_as(listed))
            return None
        return None if self.again(listed) or not listed.summary else listed
