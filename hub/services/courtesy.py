"""Once a day a look at what each site wishes: to be left out by search engines, or not to be read by us.

A site that search engines are to leave out is shown on the portal, which its KIM joined; our pages of it ask
the same of search engines. One that shuts out kimhub by name was registered by staff all the same: that is
told to them, who can ask, and nothing is stopped behind their backs.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from protego import Protego

from hub.errors import FetchError, NotFound
from hub.model import Site
from hub.services.probing import tidy_url
from hub.spec.articles import is_left_out
from hub.spec.http import Http
from hub.store import Store

log = logging.getLogger(__name__)

#: What robots.txt calls us, as in our User-Agent.
AGENT = "kimhub"
#: A site is looked at again after this time.
PAUSE = timedelta(hours=23)
#: Sites of one run, so that none takes long.
MOST = 25
#: Bytes of robots.txt that count (RFC 9309, 2.5).
ROBOTS_BYTES = 512 * 1024
_NAMED = re.compile(rf"^\s*user-agent\s*:\s*{AGENT}\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a site asks for. None: could not be read, so that the last word stands."""

    noindex: bool | None = None
    unwelcome: bool | None = None


def read_robots(text: str, url: str) -> Wishes:
    """What a robots.txt says of a site.

    Args:
        url: the site's front page. A site that is only a part of its host (a page at a social network) is
            not bound by what the host says to all.
    """
    rules = Protego.parse(text)
    named = bool(_NAMED.search(text))
    shut_out = named and not rules.can_fetch(url, AGENT)
    closed = urlsplit(url).path in ("", "/") and not rules.can_fetch(url, "*")
    return Wishes(noindex=closed or shut_out, unwelcome=shut_out)


class Courtesy:
    """Looks, and remembers what was said.

    Args:
        http: the way out that harvesting takes, with its pace.
    """

    def __init__(self, store: Store, http: Http, now: Callable[[], datetime]) -> None:
        self._store, self._http, self._now = store, http, now
        self._stopping = threading.Event()

    def run(self) -> int:
        """Look at the sites whose turn it is; returns how many were looked at.

        Raises:
            StoreError: the database could not be asked.
        """
        with self._store.read() as tx:
            due = tx.sites.to_look_at(self._now() - PAUSE, MOST)
        for done, site in enumerate(due):
            if self._stopping.is_set():
                return done
            with suppress(NotFound):  # removed in this moment
                self._note(site, self.look(site.url))
        return len(due)

    def stop(self) -> None:
        """Begin with no other site."""
        self._stopping.set()

    def look(self, url: str) -> Wishes:
        """What a site wishes now; never raises."""
        robots, page = self._robots(url), self._page(url)
        if robots.noindex or page.noindex:
            return Wishes(True, robots.unwelcome)
        known = robots.noindex is not None and page.noindex is not None
        return Wishes(False if known else None, robots.unwelcome)

    def _robots(self, url: str) -> Wishes:
        """No robots.txt is no wish (RFC 9309, 2.3.1.3); a server in trouble says nothing."""
        try:
            url = tidy_url(url)
            answer = self._http.get(
                urljoin(url, "/robots.txt"), accept="text/plain", max_bytes=ROBOTS_BYTES, ok_only=False
            )
        except FetchError as error:
            log.info("courtesy: %s: %s", url, error)
            return Wishes()
        if answer.status >= 500:
            return Wishes()
        return read_robots(answer.text() if answer.status == 200 else "", url)

    def _page(self, url: str) -> Wishes:
        """What the front page says; a page elsewhere, to which the site leads, says nothing of it."""
        try:
            url = tidy_url(url)
            answer = self._http.get(url, accept="text/html")
        except FetchError as error:
            log.info("courtesy: %s: %s", url, error)
            return Wishes()
        return Wishes(noindex=is_left_out(answer)) if _is_within(answer.url, url) else Wishes()

    def _note(self, site: Site, wishes: Wishes) -> None:
        found = {"noindex": wishes.noindex, "unwelcome": wishes.unwelcome}
        changes = {name: value for name, value in found.items() if value not in (None, getattr(site, name))}
        with self._store.write() as tx:
            tx.sites.edit(site.id, robots_at=self._now(), **changes)
            if changes:
                tx.changes.advance()
        if changes:
            log.info("courtesy: site %d: %s", site.id, changes)


def _is_within(url: str, site: str) -> bool:
    """Whether an address lies in a site, with or without ``www.``."""
    there, ours = urlsplit(url), urlsplit(site)
    same = (there.hostname or "").removeprefix("www.") == (ours.hostname or "").removeprefix("www.")
    return same and there.path.startswith(ours.path.rstrip("/"))
