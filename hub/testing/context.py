"""A :class:`hub.spec.Context` for trying a connector without a hub around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from hub.model import Article, ParsedFeed, Submission
from hub.spec import Http
from hub.text.dates import parse_date

#: Waktu Indonesia Tengah, the zone of Sulawesi.
WITA = timezone(timedelta(hours=8), "WITA")


class TestingContext:
    """What the hub lends a connector, with the real feed reader behind ``parse_feed``.

    Args:
        http: where requests go: a real ``HttpClient``, or a fake at the edge of the world.
        zone: the zone of dates that name none.
        now: a fixed time, or a function that tells the time; the system's clock by default.
        known: what ``known_ids`` answers; assign to ``known`` to change it between visits.
        deadline_seconds: how long a visit may take from now on; assign to ``deadline`` for the next one.
    """

    __test__ = False  # the name begins like a test class of pytest

    def __init__(
        self,
        http: Http,
        *,
        zone: tzinfo = WITA,
        now: datetime | Callable[[], datetime] | None = None,
        known: Iterable[str] = (),
        deadline_seconds: float = 60.0,
    ) -> None:
        self._http = http
        self._now = now
        self.zone = zone
        self.known = list(known)
        self.hub_url = "https://kabar.example"
        #: what ``submissions`` answers from
        self.sent: list[Submission] = []
        self.deadline = time.monotonic() + deadline_seconds

    @property
    def http(self) -> Http:
        return self._http

    def now(self) -> datetime:
        if self._now is None:
            return datetime.now(UTC)
        return self._now if isinstance(self._now, datetime) else self._now()

    def parse_feed(
        self, body: bytes, *, url: str, content_type: str = "", known: Collection[str] = ()
    ) -> ParsedFeed:
        from hub.text.feeds import parse_feed  # feedparser is slow to import and few visits need it

        return parse_feed(body, url=url, content_type=content_type, known=known, zone=self.zone)

    def submissions(self, last: int, limit: int) -> list[Submission]:
        return [each for each in self.sent if each.id > last][:limit]

    def parse_date(self, text: str) -> datetime | None:
        return parse_date(text, zone=self.zone)

    def read_article(self, page: str, *, url: str) -> Article:
        from hub.text.article import read_article  # slow to import, like the feed reader

        return read_article(page, url=url, zone=self.zone)

    def known_ids(self) -> list[str]:
        return list(self.known)
