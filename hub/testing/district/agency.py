"""The weather agency of the sample district: a warning stands at any time, and says that it is an example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hub.testing.district.servers import Reply, Request, Servers, listen_all

#: A new warning comes so often, and each stands a little longer.
EVERY, STANDS = timedelta(hours=3), timedelta(hours=4)
EVENT = "Hujan lebat disertai kilat dan angin kencang"
PLACES = "Kalukku, Papalang, Tapalang; Kabupaten Mamuju, Sulawesi Barat"
FEED = "/alerts/nowcast/id"


class Agency:
    """Serves a feed and the CAP document it names, as BMKG does, on a loopback address of its own.

    Raises:
        OSError: the address is taken.
    """

    def __init__(self, host: str, port: int, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        (listening,) = listen_all([host], port)
        self.base = f"http://{host}:{listening.getsockname()[1]}"
        self._servers = Servers([(listening, self.handle)])
        self._servers.start()

    @property
    def feed_url(self) -> str:
        return f"{self.base}{FEED}"

    def stop(self) -> None:
        self._servers.stop()

    def handle(self, request: Request) -> Reply:
        number = int(self._clock().timestamp() // EVERY.total_seconds())
        since = datetime.fromtimestamp(number * EVERY.total_seconds(), UTC)
        path = f"/alerts/nowcast/id/{number}_alert.xml"
        if request.path == FEED:
            return Reply(self._feed(f"{self.base}{path}", since).encode(), type="application/rss+xml")
        if request.path == path:
            return Reply(_document(number, since).encode(), type="application/xml")
        return Reply(b"", status=404)

    def _feed(self, link: str, since: datetime) -> str:
        return (
            f"<rss version='2.0'><channel><title>Peringatan dini (contoh)</title><link>{self.base}</link>"
            f"<item><title>{EVENT}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(since)}</pubDate></item></channel></rss>"
        )


def _document(number: int, since: datetime) -> str:
    return (
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>"
        f"<identifier>contoh.{number}</identifier><sender>contoh</sender><sent>{since.isoformat()}</sent>"
        "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
        f"<info><language>id</language><category>Met</category><event>{EVENT}</event>"
        "<urgency>Immediate</urgency><severity>Moderate</severity><certainty>Observed</certainty>"
        f"<effective>{since.isoformat()}</effective><expires>{(since + STANDS).isoformat()}</expires>"
        f"<headline>Contoh: {EVENT.lower()}</headline>"
        "<description>Peringatan ini hanya contoh untuk mencoba portal, bukan dari BMKG.</description>"
        f"<area><areaDesc>{PLACES}</areaDesc></area></info></alert>"
    )
