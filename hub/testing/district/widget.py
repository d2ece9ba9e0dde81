"""The box "Pengumuman Kabupaten" of a village site: the hub's announcement feed, shown on its front page."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from urllib.parse import quote, urlsplit

from hub.errors import HubError
from hub.model import Entry
from hub.testing.district.texts import WITA
from hub.text.feeds import parse_feed

#: Seconds that the site waits for the hub.
TIMEOUT = 2.0
SHOWN = 5


class Widget:
    """What OpenSID's and other systems' RSS box does: fetch a feed, keep it a moment, show its items.

    Args:
        hub_url: address of the hub.
        village: dotted code; the feed is that of the announcements for this village.
        address: the site's own address, from which it asks.
        kept: seconds that it shows what it got before it asks again.
    """

    def __init__(self, hub_url: str, village: str, address: str, kept: float) -> None:
        self.feed_url = f"{hub_url.rstrip('/')}/pengumuman/feed.xml?village={quote(village)}"
        self.entries: tuple[Entry, ...] = ()
        self._address, self._kept, self._stale_at = address, kept, 0.0

    @property
    def stale(self) -> bool:
        return time.monotonic() >= self._stale_at

    def refresh(self) -> None:
        """Fetch the feed; when that fails, the box goes on to show what it had."""
        self._stale_at = time.monotonic() + self._kept
        parts = urlsplit(self.feed_url)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT, source_address=(self._address, 0)
        )
        with closing(connection):
            try:
                connection.request(
                    "GET", f"{parts.path}?{parts.query}", headers={"User-Agent": "SimplePie/1.8"}
                )
                answer = connection.getresponse()
                if answer.status == 200:
                    feed = parse_feed(answer.read(), url=self.feed_url, zone=WITA)
                    self.entries = feed.entries[:SHOWN]
            except (OSError, http.client.HTTPException, HubError):
                return
