"""One visit of a declared connector: the lists, their further pages, and the page of each new item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from hub.errors import FetchError, ParseError, RemoteError
from hub.model import Batch, Entry, Source
from hub.spec.articles import MAX_TRIES, ArticleVisit, is_gone, is_left_out
from hub.spec.connector import Context
from hub.spec.declared.format import ArticlePage, Declaration
from hub.spec.declared.place import list_addresses, page_address
from hub.spec.declared.read import Item, Listing, Values, from_article, read_list, read_page, to_entry
from hub.spec.declared.state import Behind, State
from hub.spec.http import Response, Validators
from hub.spec.walls import get_page

ACCEPT: Final = {
    "html": "text/html, application/xhtml+xml, */*;q=0.1",
    "json": "application/json, */*;q=0.1",
}
#: Article pages that may fail one after the other before the site counts as down.
MAX_FAILED: Final = 3
#: Pages in a row without anything new that end the past. One may be due to posts that came meanwhile and
#: shifted all others by a page.
MAX_STALE: Final = 2
_TEXT: Final = {"html", "text"}
#: What nearly every page ends with, so that its absence tells of a connection that broke unnoticed.
_ENDED: Final = re.compile(rb"</(?:html|body)", re.IGNORECASE)


class Visit(ArticleVisit[Item, State]):
    def __init__(self, declared: Declaration, source: Source, state: State, ctx: Context) -> None:
        super().__init__(source, state, ctx)
        self.declared = declared
        #: Article pages that failed one after the other.
        self.failed = 0
        if declared.article:
            self.per_visit = declared.article.per_visit

    # -- course ---------------------------------------------------------------------------------------

    def run(self, *, first: bool, history: bool) -> Iterator[Batch]:
        """What is new on the lists' first pages, then the pages behind.

        Args:
            first: there was no visit before.
            history: whether a first visit reads the pages behind too.
        """
        addresses = list_addresses(self.declared, self.source.url)
        troubles: list[RemoteError] = []
        for address in addresses:
            try:
                yield from self._first_page(address, deep=history or not first)
            except (FetchError, ParseError) as error:
                troubles.append(error)
                if error.retry_after or len(troubles) == len(addresses):
                    raise
                self.degraded(address, error)
            if self.full:
                break
        while self.state.behind and not self.full:
            yield from self._behind(self.state.behind[0])
        yield self.last_batch()

    def _first_page(self, address: str, *, deep: bool) -> Iterator[Batch]:
        response = self.get(address, since=self.state.lists.get(address))
        if response.unchanged:
            self.state.lists[address] = response.validators
            self.skipped += len(self.state.known)
            return
        listing = self.read(response)
        if deep and not any(item.id in self.state.known for item in listing.items):
            self.state.deep.append(address)
        # as long as not all of it is stored, the page is wanted again as if it were new
        self.state.lists.pop(address, None)
        yield from self._items(listing.items)
        if self.full:
            return
        if address in self.state.deep:
            self._append(response.url, listing, self.declared.list.first_page, stale=0)
            self.state.deep = [each for each in self.state.deep if each != address]
        if not self.state.tries:
            self.state.lists[address] = response.validators

    def _behind(self, page: Behind) -> Iterator[Batch]:
        """One page behind the first; the next one takes its place in the state, until they end or
        repeat themselves."""
        if self.late():
            self.full = True
            return
        try:
            response = self.get(page.url)
            listing = read_list(self.declared, response.text(), response.url)
        except (FetchError, ParseError) as error:
            if error.retry_after:
                raise
            self._page_failed(page, error)
            return
        anything = any(self.state.known.get(item.id) != item.digest for item in listing.items)
        yield from self._items(listing.items)
        if self.full:
            return
        self.state.behind.remove(page)
        if listing.items and listing.items[0].id != page.last:
            self._append(page.url, listing, page.number, stale=0 if anything else page.stale + 1)

    def _page_failed(self, page: Behind, error: RemoteError) -> None:
        """A page that is not there ends the past; one that cannot be read is tried at the next visits too."""
        page.tries += 1
        gone = is_gone(error)
        if isinstance(error, FetchError) and not gone and page.tries < MAX_TRIES:
            self.full = True
            return
        if not gone:
            self.degraded("older posts could not be read", error)
        self.state.behind.remove(page)

    def _append(self, url: str, listing: Listing, number: int, *, stale: int) -> None:
        """The page after this one, if there is one to be read."""
        place = self.declared.list
        following = listing.next
        if place.page_url:
            following = page_address(place.page_url, self.source.url, number + 1)
        if not following or following == url or not listing.items or stale >= MAX_STALE:
            return
        if number + 1 - place.first_page < place.max_pages:
            self.state.behind.append(Behind(following, number + 1, listing.items[0].id, stale))

    # -- items ----------------------------------------------------------------------------------------

    def _items(self, items: Sequence[Item]) -> Iterator[Batch]:
        """New and changed items in portions, as the list has them.

        Raises:
            FetchError: one article page after the other fails.
        """
        yield from self.articles(items)
        if self.failed:  # so that the tries count, whatever comes
            yield self.batch()
        if self.failed >= MAX_FAILED:
            raise FetchError("unreachable", f"{self.failed} article pages in a row could not be read")

    def known_as(self, listed: Item) -> tuple[str, str]:
        return listed.id, listed.digest

    def has_page(self, listed: Item) -> bool:
        return self.declared.article is not None

    def ends(self, listed: Item) -> bool:
        return super().ends(listed) or self.failed >= MAX_FAILED

    def without_page(self, listed: Item, error: RemoteError) -> Entry | None:
        """At first the item waits, later it is shown as the list has it."""
        self.degraded(listed.link or listed.id, error)
        if is_gone(error):
            self.state.remember(listed.id, listed.digest)
            return None
        self.failed += isinstance(error, FetchError)
        if self.again(listed):
            return None
        self.failed = 0
        try:
            return to_entry(self.declared, listed, {}, self.ctx.parse_date, self.source.url)
        except ParseError:
            return None

    def entry(self, listed: Item) -> Entry:
        """Raises RemoteError: the item's page cannot be read, or is something else."""
        page = self.declared.article
        address = self._address(page, listed) if page else ""
        if page is None or not address:
            self.failed = 0
            return to_entry(self.declared, listed, {}, self.ctx.parse_date, self.source.url)
        self.fetched += 1
        response = self.get(address, kind=page.kind)
        values = self._read_article(page, listed, response)
        if page.kind == "html" and not _ENDED.search(response.body[-4096:]):
            self.again(listed)  # cut off, it seems: shown as it is, and read once more
        else:
            self.state.tries.pop(listed.id, None)
        self.failed = 0
        entry = to_entry(self.declared, listed, values, self.ctx.parse_date, response.url)
        return replace(entry, noindex=is_left_out(response))

    def _address(self, page: ArticlePage, item: Item) -> str:
        if not page.url:
            return item.link
        given = next(iter(item.values.get("id", ())), "")
        return page_address(page.url, self.source.url, given=given)

    def _read_article(self, page: ArticlePage, item: Item, response: Response) -> Values:
        """Raises ParseError: nothing of what is wanted is there."""
        text = response.text()
        values = read_page(page, text)
        if page.automatic:
            found = from_article(self.ctx.read_article(text, url=response.url))
            own = {name: found[name] for name in found if name == "html" or name not in item.values}
            values = {**own, **values}
        wanted = _TEXT & page.fields.keys()
        if not values or (wanted and not wanted & values.keys()):
            raise ParseError("not_a_feed", "the page has nothing that the declaration selects")
        return values

    # -- answers --------------------------------------------------------------------------------------

    def get(self, url: str, *, since: Validators | None = None, kind: str = "") -> Response:
        accept = ACCEPT[kind or self.declared.kind]
        headers = self.declared.list.headers or None
        answer = get_page(self.ctx.http, url, since=since, accept=accept, headers=headers)
        if answer.moved_to and url == self.source.url:
            self.moved_to = answer.moved_to
        return answer

    def read(self, response: Response) -> Listing:
        """Raises ParseError: there is no list on the page."""
        listing = read_list(self.declared, response.text(), response.url)
        if not listing.present:
            what = self.declared.list.items or "a list"
            raise ParseError("not_a_feed", f"{what!r} matches nothing at {response.url}"[:300])
        return listing
