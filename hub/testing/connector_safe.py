"""Silver: the connector is safe, and robust against what the network really sends."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any, Final

import pytest

from hub.errors import RemoteError
from hub.spec import Cursor, Probe, Response
from hub.spec.http import Headers
from hub.testing.connector_harness import BUSY, NOW, ConnectorHarness, make_item, make_items
from hub.testing.connector_world import FIRST, World, undated
from hub.testing.context import WITA
from hub.testing.faults import Canary
from hub.testing.publisher_harness import sealed
from hub.testing.stage import Answer
from hub.text.drafting import to_draft

_HOSTILE: Final = (
    "<p>Kabar nomor 6 dari Desa Taan.</p><script>alert(1)</script><img src=x onerror=alert(1)>"
    '<a href="javascript:alert(1)">baca</a><iframe src="https://jahat.example/"></iframe>'
    "<svg onload=alert(1)></svg><style>body{display:none}</style>"
)
_SCRIPT: Final = re.compile(
    r"<(?:script|iframe|style|svg|object|embed|form)\b|<[^>]*\son\w+\s*=|(?:href|src)\s*=\s*[\"']?\s*javascript:",
    re.IGNORECASE,
)
_SUSPENDED: Final = (
    b"<!DOCTYPE html><html lang=id><head><title>Akun ditangguhkan</title></head>"
    b"<body><h1>Akun hosting ini ditangguhkan</h1><p>Hubungi penyedia hosting.</p></body></html>"
)
_TWENTY_MB: Final = 20 * 2**20
_GARBAGE: Final[tuple[object, ...]] = (None, -1, "x", [], {}, [None], {"x": {"y": [1]}}, 10**30, True)


class Safe:
    def test_no_script_is_left(self, world: World) -> None:
        world.add(make_item(6, title="Kabar nomor 6 <script>alert(1)</script>", html=_HOSTILE))
        world.catch_up()
        assert 6 in world.numbers()
        for entry in world.entries.values():
            draft = to_draft(entry, site_url=world.source.url, zone=WITA, now=NOW)
            assert not _SCRIPT.search(str(draft.body)), draft.body
            links = [
                draft.link,
                *(image.url for image in draft.images),
                *(each.url for each in draft.enclosures),
            ]
            assert all(url.startswith(("http://", "https://")) for url in links if url), links

    def test_a_redirect_into_the_private_net_is_refused(
        self, world: World, harness: ConnectorHarness
    ) -> None:
        with Canary() as canary:
            world.stage.fault(Answer(status=302, headers={"Location": canary.url}), times=None)
            visit = world.visit()
            if harness.can("network"):
                assert visit.error is not None, "the redirect was not noticed"
                world.check_error()
                assert not visit.entries
            assert not canary.connects, "somebody went inside"

    def test_a_body_of_20_mb_is_stopped(self, world: World, harness: ConnectorHarness) -> None:
        padding = b" " * _TWENTY_MB
        world.garble = lambda answer: replace(answer, body=answer.body + padding)
        visit = world.visit()
        if harness.can("network"):
            assert visit.error is not None, "20 MB were swallowed"
            assert not visit.entries

    def test_a_busy_side_is_left_alone_for_as_long_as_it_asks(
        self, world: World, harness: ConnectorHarness
    ) -> None:
        world.catch_up()
        before = len(world.stage.requests)
        headers = {"Retry-After": str(BUSY)}
        world.stage.fault(Answer(b"pelan-pelan", 429, "text/plain", headers), times=None)
        visit = world.visit()
        if not harness.can("network"):
            assert not world.stage.requests
            return
        assert not visit.entries
        assert not visit.missing
        asked = visit.error.retry_after if visit.error else visit.batches[-1].wait
        assert asked is not None, "the wish to be left alone got lost"
        assert asked > BUSY - 5
        assert len(world.stage.requests) - before <= len(harness.hosts) + 1, "asked on after a 429"

    def test_a_wrong_charset_is_no_gibberish(self, world: World, harness: ConnectorHarness) -> None:
        world.items = [
            make_item(1, title="Kabar nomor 1: café Désa", html="<p>Kabar nomor 1: café Désa.</p>")
        ]
        seen: list[str] = []
        for type in ("charset=windows-1252", "charset=utf-8"):
            world.garble = lambda answer, type=type: _latin(answer, type)  # type: ignore[misc]
            world.cursor, world.entries = None, {}
            visit = world.visit()
            seen += [f"{entry.title} {entry.html} {entry.summary}" for entry in visit.entries]
            refused = visit.error is not None and visit.error.reason in ("bad_charset", "not_a_feed")
            assert visit.entries or refused, f"neither read nor refused: {visit.error!r}"
        if harness.can("charset"):
            assert seen, "not even the declared charset was read"
            for text in seen:
                assert "café" in text or "caf&eacute;" in text or "caf&#233;" in text, text

    def test_unreadable_dates_lose_no_item(self, world: World, harness: ConnectorHarness) -> None:
        world.garble = undated
        world.catch_up()
        assert world.numbers() == world.wanted()
        for entry in world.entries.values():
            draft = to_draft(entry, site_url=world.source.url, zone=WITA, now=NOW)
            assert draft.sort_at <= NOW + timedelta(days=1)

    def test_a_date_to_come_is_not_the_newest_for_ever(self, world: World) -> None:
        world.add(make_item(6, hours=-400 * 24))
        world.catch_up()
        assert world.numbers() == [*FIRST, 6]
        draft = to_draft(world.entry(6), site_url=world.source.url, zone=WITA, now=NOW + world.ahead)
        assert draft.sort_at <= NOW + world.ahead + timedelta(days=1)
        world.add(make_item(7, hours=-world.ahead.total_seconds() / 3600 + 0.5))
        world.catch_up()
        assert 7 in world.numbers(), "behind an item of the future nothing new is seen"

    def test_killed_after_the_first_batch_it_loses_nothing(
        self, world: World, harness: ConnectorHarness
    ) -> None:
        world.items = make_items(range(1, (harness.many if harness.can("paging") else 5) + 1))
        _kill(world.batches())
        assert world.cursor is not None
        world.catch_up()
        assert world.numbers() == world.wanted()
        world.add(make_item(141, hours=-world.ahead.total_seconds() / 3600))
        world.ahead += timedelta(hours=1)
        _kill(world.batches())
        world.catch_up()
        assert world.numbers() == world.wanted()

    def test_a_fault_on_the_way_loses_nothing(self, world: World, harness: ConnectorHarness) -> None:
        world.items = make_items(range(1, (harness.many if harness.can("paging") else 5) + 1))
        asked = count(1)
        world.stage.fault(Answer(b"galat", 500, "text/plain"), when=lambda request: next(asked) > 1)
        world.visit()
        world.stage.heal()
        world.catch_up()
        assert world.numbers() == world.wanted()

    def test_an_item_listed_twice_is_one(self, world: World) -> None:
        (fifth,) = (item for item in world.items if item.number == 5)
        world.add(fifth)
        world.catch_up()
        assert world.numbers() == [*FIRST]

    def test_two_items_of_one_title_are_two(self, world: World) -> None:
        (fifth,) = (item for item in world.items if item.number == 5)
        world.add(make_item(6, title=fifth.title, html=fifth.html.replace("jalan tani", "jembatan gantung")))
        world.catch_up()
        assert len(world.entries) == 6

    def test_everything_goes_through_the_hubs_client(
        self, world: World, harness: ConnectorHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watched = world.watch()
        past: list[object] = []
        for name in ("connect", "connect_ex"):
            monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), watched, past))
        world.check()
        world.catch_up()
        world.add(make_item(6, hours=-world.ahead.total_seconds() / 3600))
        world.catch_up()
        assert not past, f"connections past the hub's client: {past}"
        assert (watched.calls > 0) is harness.can("network")

    def test_an_old_or_foreign_cursor_loads(self, world: World, harness: ConnectorHarness) -> None:
        foreign: tuple[Cursor, ...] = ({}, {"alien": 1}, {"version": 99, "state": [None]})
        for cursor in (*harness.old_cursors, *foreign):
            world.cursor, world.entries = cursor, {}
            world.catch_up()
            assert world.numbers() == world.wanted(), f"with the cursor {cursor}"

    def test_a_damaged_cursor_harms_nobody(self, world: World) -> None:
        world.catch_up()
        for where, damaged in _damaged(dict(world.cursor or {})):
            world.cursor = damaged
            visit = world.visit()
            assert set(world.numbers()) == {*FIRST}, f"with {where}"
            assert not any(each.certain for each in visit.missing), f"with {where}"

    def test_a_web_page_in_its_place_is_never_an_entry(self, world: World, harness: ConnectorHarness) -> None:
        page = Answer(_SUSPENDED, 200, "text/html; charset=UTF-8")
        for known in (False, True):
            if known:
                world.catch_up()
            with world.stage.broken(page):
                visit = world.visit()
            if not harness.can("network"):
                assert not world.stage.requests
                return
            assert not visit.entries
            assert not any(each.certain for each in visit.missing)
            told = visit.error or any(batch.warnings for batch in visit.batches)
            assert told or known, "taken for an empty source"
            world.cursor = world.cursor if known else None
        world.catch_up()
        assert world.numbers() == world.wanted()

    def test_a_document_cut_off_loses_nothing(self, world: World, harness: ConnectorHarness) -> None:
        world.catch_up()
        clean = {key: entry.digest for key, entry in world.entries.items()}
        for garble in (_connection_lost, _cut_off):
            world.cursor, world.entries, world.garble = None, {}, garble
            visit = world.visit()
            if garble is _connection_lost and harness.can("network"):
                assert visit.error, "half an answer was taken for a whole one"
            assert visit.ids <= set(clean), "half an item is no item"
            world.garble = lambda answer: answer
            world.catch_up()
            assert {key: entry.digest for key, entry in world.entries.items()} == clean

    def test_an_empty_document_is_no_error(self, world: World) -> None:
        world.items = []
        assert not world.catch_up().entries
        assert world.check().entries == 0
        world.items = make_items(FIRST)
        world.catch_up()
        assert world.numbers() == [*FIRST]

    def test_a_foreign_page_is_not_claimed(self, world: World, harness: ConnectorHarness) -> None:
        with world.stage.broken(Answer(b"tidak ada", 404, "text/plain")):
            url = f"{world.stage.url}/"
            page = Response(
                url, 200, Headers({"content-type": "text/html"}), b"<html><title>Toko</title></html>"
            )
            try:
                found = list(harness.connector.detect(Probe(url, page, title="Toko"), world.context()))
            except RemoteError:
                return
        assert not found

    def test_no_secret_is_seen_anywhere(self, world: World, harness: ConnectorHarness) -> None:
        if not harness.can("auth"):
            assert not any(option.secret for option in harness.connector.options), "a secret without a use"
            world.catch_up()
            assert not any("authorization" in asked.headers for asked in world.stage.requests)
            return
        assert harness.secrets, "say in the harness which of its options are secret"
        sealed(harness.secrets, world.check(), *world.catch_up().batches, harness.connector)
        for fault in (harness.refuse, harness.challenge, Answer(reset=True), Answer(b"?", 500, "text/plain")):
            with world.stage.broken(fault):
                sealed(harness.secrets, world.check_error(), *_errors(world))


def _damaged(cursor: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The cursor with one value, at the top or one below, replaced by garbage, in turn."""
    for key, value in cursor.items():
        for garbage in _GARBAGE:
            yield f"{key}={garbage!r}", {**cursor, key: garbage}
        for inner in list(value)[:8] if isinstance(value, Mapping) else ():
            for garbage in _GARBAGE:
                yield f"{key}.{inner}={garbage!r}", {**cursor, key: {**value, inner: garbage}}


def _errors(world: World) -> Iterator[RemoteError]:
    error = world.visit().error
    if error is not None:
        yield error


def _kill(batches: Iterator[Any]) -> None:
    next(batches)
    batches.close()  # type: ignore[attr-defined]


def _latin(answer: Answer, charset: str) -> Answer:
    """The document in Windows-1252, declared rightly or wrongly in the header, in itself not at all."""
    text = answer.body.decode("utf-8").replace("utf-8", "windows-1252").replace("UTF-8", "windows-1252")
    text = text.replace("\\u00e9", "\N{LATIN SMALL LETTER E WITH ACUTE}")
    type = f"{answer.type.partition(';')[0]}; {charset}"
    return replace(answer, body=text.encode("cp1252", "replace"), type=type)


def _connection_lost(answer: Answer) -> Answer:
    return replace(answer, cut=len(answer.body) // 2)


def _cut_off(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) * 2 // 3])


def _guarded(connect: Any, watched: Any, past: list[object]) -> Any:
    def guard(sock: socket.socket, address: Any) -> Any:
        if not watched.inside:
            past.append(address)
        return connect(sock, address)

    return guard
