"""The mastodon connector against a real Mastodon API with state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.mastodon import Mastodon
from hub.http import HttpClient
from hub.spec import Entry, Probe, Response, Source
from hub.spec.http import Headers
from hub.testing.context import TestingContext
from tests.conftest import require
from tests.servers import mastodon as servers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.MastodonServer]:
    require(not servers.lacking(), servers.lacking())
    with servers.running(tmp_path_factory.mktemp("mastodon")) as found:
        yield found


class Reader:
    """What a hub keeps of one source."""

    def __init__(self, server: servers.MastodonServer, **options: Any) -> None:
        self.http = HttpClient(user_agent="kimhub tests", host_delay=0.0, allow_private=("127.0.0.0/8",))
        self.source = Source(1, 1, "mastodon", server.profile, options=options)
        self.entries: dict[str, Entry] = {}
        self.cursor: Any = None
        self.now = datetime.now(UTC)

    def visit(self) -> None:
        ctx = TestingContext(self.http, now=self.now, known=list(self.entries))
        for batch in Mastodon().harvest(self.source, self.cursor, ctx):
            self.cursor = batch.cursor
            self.entries.update({each.id: each for each in batch.entries})
            for each in batch.missing:
                self.entries.pop(each.id, None)
        self.now += timedelta(hours=1)

    def number(self, of: str) -> Entry | None:
        return next((each for each in self.entries.values() if each.id.endswith(f"/{of}")), None)


@pytest.fixture
def reader(server: servers.MastodonServer) -> Iterator[Reader]:
    found = Reader(server)
    yield found
    found.http.close()


def test_the_life_of_posts(server: servers.MastodonServer, reader: Reader) -> None:
    picture = server.upload("Warga di jalan tani")
    old = [server.post(f"Kabar lama nomor {n} dari desa.") for n in range(45)]
    first = server.post("Jalan tani selesai. Terima kasih warga. #GotongRoyong", media_ids=[picture])
    second = server.post("Lanjutan: jembatan menyusul.", in_reply_to_id=first)
    hidden = server.post("Hanya untuk pengikut", visibility="private")
    reader.visit()
    assert len(reader.entries) == 46, "the past beyond one page, and the thread as one"
    entry = reader.number(first)
    assert entry is not None
    assert (entry.title, entry.topics) == ("Jalan tani selesai", ("Gotong Royong",))
    assert "jembatan menyusul" in entry.html
    assert [image.alt for image in entry.images] == ["Warga di jalan tani"]
    assert reader.number(second) is None
    assert reader.number(hidden) is None

    server.edit(first, "Jalan tani selesai lebih awal. Terima kasih.")
    server.delete(old[-1])
    server.delete(old[0])
    reader.visit()
    entry = reader.number(first)
    assert entry is not None
    assert "lebih awal" in entry.html
    assert "jembatan menyusul" in entry.html
    assert reader.number(old[-1]) is None, "gone from the newest page"
    assert reader.number(old[0]) is not None, "older than that page: the day's sweep finds it"
    for _ in range(4):
        reader.now += timedelta(days=1)
        reader.visit()
    assert reader.number(old[0]) is None
    assert len(reader.entries) == 44


def test_more_than_a_page_between_two_visits(server: servers.MastodonServer, reader: Reader) -> None:
    reader.visit()
    before = len(reader.entries)
    numbers = [server.post(f"Kabar baru nomor {n} hari ini.") for n in range(90)]
    reader.visit()
    assert len(reader.entries) == before + 90
    late = server.post("Bagian kedua, sesudah sekian lama.", in_reply_to_id=numbers[0])
    reader.visit()
    entry = reader.number(numbers[0])
    assert entry is not None
    assert "sesudah sekian lama" in entry.html, "its beginning is not on the newest page"
    assert reader.number(late) is None


def test_detect_and_check(server: servers.MastodonServer, reader: Reader) -> None:
    server.post("Kabar terbaru dari desa. Rinciannya menyusul.")
    ctx = TestingContext(reader.http)
    page = Response(server.profile, 200, Headers({}), b"<html></html>")
    (proposal,) = Mastodon().detect(Probe(page.url, page), ctx)
    assert (proposal.connector, proposal.url, proposal.stream) == ("mastodon", server.profile, "posts")
    check = Mastodon().check(reader.source, ctx)
    assert check.newest == "Kabar terbaru dari desa"
