"""The contract suite itself: a right connector passes, a broken one fails at the check that names it."""

from __future__ import annotations

import contextlib
import inspect
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

import hub.testing
from hub.spec import (
    Batch,
    Check,
    Context,
    Cursor,
    Entry,
    FetchError,
    Missing,
    Option,
    ParseError,
    Probe,
    Proposal,
    RemoteError,
    Response,
    SafeHtml,
    Source,
    Validators,
)
from hub.spec.http import Headers
from hub.testing import Answer, ConnectorContract, ConnectorHarness, Stage, connector_safe
from hub.testing.connector_harness import make_items
from hub.testing.connector_world import World
from hub.testing.recorded import Exchange, Recording, load, save
from hub.text import drafting
from tests.testing.toy_connector import TOKEN, Toy, ToyHarness


class TestToy(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return ToyHarness()


# -- what goes wrong --------------------------------------------------------------------------------


class Nameless(Toy):
    label = {"en": "Toy"}


class Unexplained(Toy):
    options = (Option("token", secret=True, help={"en": "Token"}),)


class Blind(Toy):
    def check(self, source: Source, ctx: Context) -> Check:
        return Check(0)


class Halting(Toy):
    def items(self, response: Response) -> list[dict[str, Any]]:
        return super().items(response)[:3]


class Hollow(Toy):
    """All that it finds is inside a script."""

    def entry(self, raw: dict[str, Any], source: Source, ctx: Context) -> Entry:
        html = f"<script>{raw['title']}</script>"
        return replace(super().entry(raw, source, ctx), title="", html=html)


class Leaky(Toy):
    def dump(self, page: int, validators: Validators, whole: bool) -> dict[str, Any]:
        return {**super().dump(page, validators, whole), "auth": TOKEN}


class TitleIsId(Toy):
    def id(self, raw: dict[str, Any]) -> str:
        return str(raw["title"])


class Numbering(Toy):
    """Every item that is read gets a new number."""

    numbers = count()

    def id(self, raw: dict[str, Any]) -> str:
        return f"{raw['id']}-{next(self.numbers)}"


class Summaries(Toy):
    def entry(self, raw: dict[str, Any], source: Source, ctx: Context) -> Entry:
        return super().entry({**raw, "html": raw["html"][:40]}, source, ctx)


class NoLinks(Toy):
    def link(self, raw: dict[str, Any]) -> str:
        return ""


class Stamped(Toy):
    """The hour of reading stands in the text."""

    def get(self, source: Source, ctx: Context, page: int, since: Validators | None = None) -> Response:
        return super().get(source, ctx, page)

    def entry(self, raw: dict[str, Any], source: Source, ctx: Context) -> Entry:
        return replace(super().entry(raw, source, ctx), summary=f"dibaca {ctx.now()}")


class NaiveDates(Toy):
    def date(self, text: str) -> datetime | None:
        found = super().date(text)
        return found.replace(tzinfo=None) if found else None


class StrictDates(Toy):
    def date(self, text: str) -> datetime | None:
        return datetime.fromisoformat(text)


class OnlyOnce(Toy):
    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        if cursor and cursor.get("whole"):
            yield Batch(cursor, unchanged=True)
        else:
            yield from super().harvest(source, cursor, ctx)


class DateIsCursor(Toy):
    """Takes what is newer than the newest that it saw."""

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        newest = str((cursor or {}).get("newest") or "")
        for batch in super().harvest(source, None, ctx):
            new = [
                entry for entry in batch.entries if entry.published and entry.published.isoformat() > newest
            ]
            newest = max([newest, *(str(entry.published and entry.published.isoformat()) for entry in new)])
            yield replace(batch, entries=tuple(new), cursor={"newest": newest})


class PastTheClient(Toy):
    def get(self, source: Source, ctx: Context, page: int, since: Validators | None = None) -> Response:
        inside = ctx.http._stage.inside(source.url) if hasattr(ctx.http, "_stage") else source.url
        inside = inside.replace("api.taan.example", "127.0.0.1")
        asked = urllib.request.Request(
            f"{inside}?page={page}",
            headers={"Authorization": f"Bearer {TOKEN}", "Host": "api.taan.example:1"},
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return Response(source.url, answer.status, Headers(dict(answer.headers)), answer.read())


class PeeksPast(Toy):
    """Asks the hub's client, and besides looks for itself."""

    def get(self, source: Source, ctx: Context, page: int, since: Validators | None = None) -> Response:
        with contextlib.suppress(OSError):
            urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
        return super().get(source, ctx, page, since)


class Deaf(Toy):
    """Takes trouble for nothing new."""

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        try:
            yield from super().harvest(source, cursor, ctx)
        except RemoteError:
            yield Batch(cursor or {}, unchanged=True)


class Unhurried(Toy):
    """Asks again and again, whatever the answer."""

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        try:
            yield from super().harvest(source, cursor, ctx)
        except RemoteError as error:
            raise ParseError("not_a_feed", "something went wrong") from error


class Contented(Toy):
    def check(self, source: Source, ctx: Context) -> Check:
        try:
            return super().check(source, ctx)
        except RemoteError:
            return Check(0)


class Confused(Toy):
    """Every 4xx is the password's fault, though a wall is none of it."""

    def check(self, source: Source, ctx: Context) -> Check:
        try:
            return super().check(source, ctx)
        except FetchError as error:
            if error.status == 403:
                raise RemoteError("auth", "wrong token") from error
            raise


class Parked(Toy):
    """Whatever is no JSON is taken for an empty list."""

    def items(self, response: Response) -> list[dict[str, Any]]:
        try:
            return super().items(response)
        except ParseError:
            return []

    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        response = self.get(source, ctx, 1)
        entries = tuple(self.entry(raw, source, ctx) for raw in self.items(response))
        yield Batch({}, entries)


class PageIsEntry(Toy):
    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        try:
            yield from super().harvest(source, cursor, ctx)
        except ParseError:
            page = self.get(source, ctx, 1)
            yield Batch({}, (Entry("page", title="Kabar", html=page.body.decode("utf-8", "replace")),))


class NeverEmpty(Toy):
    def items(self, response: Response) -> list[dict[str, Any]]:
        found = super().items(response)
        if not found:
            raise ParseError("not_a_feed", "no items")
        return found


class Trusting(Toy):
    def load(self, saved: Cursor) -> tuple[int, Validators, bool]:
        return (
            saved["page"] if saved else 1,
            Validators.load(saved.get("validators")),
            saved.get("whole") is True,
        )


class Brittle(Toy):
    def load(self, saved: Cursor) -> tuple[int, Validators, bool]:
        return (
            int(saved.get("page") or 1),
            Validators.load(saved.get("validators")),
            saved.get("whole") is True,
        )


class Pickled(Toy):
    def dump(self, page: int, validators: Validators, whole: bool) -> dict[str, Any]:
        return {**super().dump(page, validators, whole), "at": (1, 2)}


class Hasty(Toy):
    """The archive counts as read when the first page was."""

    def dump(self, page: int, validators: Validators, whole: bool) -> dict[str, Any]:
        return super().dump(1, validators, True)


class Costly(Toy):
    def get(self, source: Source, ctx: Context, page: int, since: Validators | None = None) -> Response:
        return super().get(source, ctx, page)


class Endless(Toy):
    def late(self, ctx: Context) -> bool:
        return False


class OnePage(Toy):
    def harvest(self, source: Source, cursor: Cursor | None, ctx: Context) -> Iterator[Batch]:
        batch = next(super().harvest(source, cursor, ctx))
        yield replace(batch, cursor={}, more=False)


class Careless(Toy):
    """An empty answer is taken for the end of all posts."""

    def gone(self, ctx: Context, seen: set[str]) -> tuple[Missing, ...]:
        return tuple(Missing(each.id, certain=True) for each in super().gone(ctx, seen))


class Forgetful(Toy):
    def gone(self, ctx: Context, seen: set[str]) -> tuple[Missing, ...]:
        return ()


class Rememberer(Toy):
    def __init__(self) -> None:
        self.read = 0

    def id(self, raw: dict[str, Any]) -> str:
        self.read += 1
        return super().id(raw)


class Shared(Toy):
    """What one source is asked is answered to all."""

    def __init__(self) -> None:
        self.cache: list[dict[str, Any]] = []

    def items(self, response: Response) -> list[dict[str, Any]]:
        self.cache = self.cache or super().items(response)
        return self.cache


class Greedy(Toy):
    def detect(self, probe: Probe, ctx: Context) -> Iterable[Proposal]:
        return [Proposal("toy", probe.url)]


BROKEN: list[tuple[type[Toy], str]] = [
    (Nameless, "test_it_introduces_itself"),
    (Unexplained, "test_its_options_are_declared_in_two_languages"),
    (Blind, "test_check_reads_the_source"),
    (Halting, "test_the_first_visit_brings_the_entries"),
    (Hollow, "test_entries_become_posts"),
    (Deaf, "test_a_redirect_into_the_private_net_is_refused"),
    (Summaries, "test_entries_hold_what_was_published"),
    (NaiveDates, "test_entries_hold_what_was_published"),
    (NoLinks, "test_links_lead_somewhere"),
    (Stamped, "test_the_second_visit_brings_nothing_new"),
    (OnlyOnce, "test_a_new_item_comes_with_the_next_visit"),
    (Numbering, "test_ids_are_the_same_at_any_first_visit"),
    (Numbering, "test_an_item_listed_twice_is_one"),
    (Pickled, "test_the_cursor_is_json"),
    (PastTheClient, "test_a_redirect_into_the_private_net_is_refused"),
    (PastTheClient, "test_a_body_of_20_mb_is_stopped"),
    (PeeksPast, "test_everything_goes_through_the_hubs_client"),
    (Deaf, "test_a_busy_side_is_left_alone_for_as_long_as_it_asks"),
    (Unhurried, "test_a_busy_side_is_left_alone_for_as_long_as_it_asks"),
    (StrictDates, "test_unreadable_dates_lose_no_item"),
    (DateIsCursor, "test_a_date_to_come_is_not_the_newest_for_ever"),
    (Hasty, "test_killed_after_the_first_batch_it_loses_nothing"),
    (Hasty, "test_a_fault_on_the_way_loses_nothing"),
    (TitleIsId, "test_two_items_of_one_title_are_two"),
    (Trusting, "test_an_old_or_foreign_cursor_loads"),
    (Brittle, "test_a_damaged_cursor_harms_nobody"),
    (Parked, "test_a_web_page_in_its_place_is_never_an_entry"),
    (PageIsEntry, "test_a_web_page_in_its_place_is_never_an_entry"),
    (PageIsEntry, "test_a_document_cut_off_loses_nothing"),
    (NeverEmpty, "test_an_empty_document_is_no_error"),
    (Greedy, "test_a_foreign_page_is_not_claimed"),
    (Leaky, "test_no_secret_is_seen_anywhere"),
    (Contented, "test_check_tells_the_causes_apart"),
    (Confused, "test_check_tells_the_causes_apart"),
    (Costly, "test_an_unchanged_source_costs_no_parsing"),
    (Endless, "test_the_deadline_is_kept"),
    (OnePage, "test_all_pages_are_read"),
    (TitleIsId, "test_an_edit_keeps_its_id"),
    (Forgetful, "test_a_deletion_is_told_or_not_claimed"),
    (Careless, "test_a_source_that_shows_nothing_withdraws_nothing_for_certain"),
    (Rememberer, "test_it_keeps_no_state_between_calls"),
    (Shared, "test_two_sources_at_once_do_not_mix"),
]


def run(check: str, harness: ConnectorHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """One check of the suite, as pytest would call it."""
    with Stage() as stage:
        given = {"harness": harness, "world": World(harness, stage), "monkeypatch": monkeypatch}
        function: Callable[..., None] = getattr(ConnectorContract(), check)
        function(**{name: given[name] for name in inspect.signature(function).parameters})


@pytest.mark.parametrize(
    ("broken", "check"), BROKEN, ids=[f"{each.__name__}-{check}" for each, check in BROKEN]
)
def test_a_broken_connector_fails_the_check_that_names_it(
    broken: type[Toy], check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((AssertionError, LookupError, ValueError)):
        run(check, ToyHarness(broken()), monkeypatch)


@pytest.mark.parametrize(
    ("capability", "check"),
    [
        ("deletions", "test_a_deletion_is_told_or_not_claimed"),
        ("dates", "test_entries_hold_what_was_published"),
        ("links", "test_links_lead_somewhere"),
        ("full_text", "test_entries_hold_what_was_published"),
        ("auth", "test_no_secret_is_seen_anywhere"),
        ("network", "test_everything_goes_through_the_hubs_client"),
    ],
)
def test_what_is_said_to_be_lacking_must_not_be_claimed(
    capability: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = ToyHarness()
    harness.lacks = harness.lacks | {capability}
    with pytest.raises(AssertionError):
        run(check, harness, monkeypatch)


def test_what_is_claimed_must_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = ToyHarness()
    harness.lacks = frozenset()
    with pytest.raises(AssertionError):
        run("test_a_wrong_charset_is_no_gibberish", harness, monkeypatch)


def test_a_hole_in_the_sanitiser_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = drafting.to_draft

    def dirty(entry: Entry, **more: Any) -> Any:
        return replace(clean(entry, **more), body=cast("SafeHtml", entry.html))

    monkeypatch.setattr(connector_safe, "to_draft", dirty)
    with pytest.raises(AssertionError):
        run("test_no_script_is_left", ToyHarness(), monkeypatch)


# -- grades and recordings --------------------------------------------------------------------------


def test_every_check_counts_for_a_grade() -> None:
    tests = {name for name in dir(ConnectorContract) if name.startswith("test_")}
    assert tests == set(ConnectorContract.CHECKS)
    assert set(ConnectorContract.CHECKS.values()) == {"bronze", "silver", "gold", "platinum"}
    assert len(tests) >= 20


def test_every_check_is_seen_to_fail() -> None:
    elsewhere = {
        "test_a_wrong_charset_is_no_gibberish",
        "test_no_script_is_left",
        "test_recorded_documents_become_posts",
    }
    assert {check for _, check in BROKEN} | elsewhere == set(ConnectorContract.CHECKS)


def record(folder: Path, answer: Answer) -> None:
    url = f"{ToyHarness.url}?page=1"
    exchange = Exchange(url, answer.status, {"content-type": answer.type, "set-cookie": "x"}, answer.body)
    save(folder, Recording(ToyHarness.url, {}, [exchange]))


def test_recorded_documents_are_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = {"id": 1, "title": "Panen raya", "html": "<p>Panen.</p>", "date": "2026-01-01T00:00:00+08:00"}
    record(tmp_path / "satu", Answer.json({"items": [item], "more": False}))
    saved = load(tmp_path / "satu")
    assert saved.exchanges[0].headers == {"content-type": "application/json; charset=utf-8"}
    harness = ToyHarness()
    harness.recorded = tmp_path
    run("test_recorded_documents_become_posts", harness, monkeypatch)
    record(tmp_path / "dua", Answer.json({"items": [], "more": False}))
    with pytest.raises(AssertionError, match="dua: no entries"):
        run("test_recorded_documents_become_posts", harness, monkeypatch)


def test_without_recordings_platinum_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.skip.Exception):
        run("test_recorded_documents_become_posts", ToyHarness(), monkeypatch)


# -- the stage --------------------------------------------------------------------------------------


def test_the_stage_is_the_world_outside() -> None:
    with Stage() as stage:
        stage.play(
            lambda asked: Answer.json({"host": asked.host, "path": asked.path, "page": asked.query["p"]})
        )
        http = stage.http("satu.example", "dua.example")
        response = http.get("https://satu.example/a b?p=1", auth=("kim", "sandi"))
        assert response.url == "https://satu.example/a%20b?p=1"
        assert response.json() == {"host": "satu.example", "path": "/a b", "page": "1"}
        stage.fault(Answer(status=301, headers={"Location": "https://dua.example/?p=2"}))
        response = http.get("https://satu.example/", auth=("kim", "sandi"))
        assert response.moved_to == response.url == "https://dua.example/?p=2"
        assert "authorization" in stage.requests[1].headers
        assert "authorization" not in stage.requests[2].headers, "a password stays with its host"


def test_a_fault_of_the_stage_has_the_outside_address() -> None:
    with Stage() as stage:
        http = stage.http("satu.example")
        for answer in (Answer(status=503), Answer(b"x" * 99, cut=9), Answer(reset=True)):
            stage.fault(answer)
            with pytest.raises(FetchError) as caught:
                http.get("https://satu.example/x")
            assert caught.value.url == "https://satu.example/x"
        with pytest.raises(FetchError, match="not on the stage"):
            http.get("https://tiga.example/")


def test_items_are_within_reach_of_the_clock() -> None:
    items = make_items(range(1, 150))
    assert [item.number for item in items] == sorted(range(1, 150), reverse=True)
    assert all(item.published < datetime(2026, 2, 1, tzinfo=UTC) for item in items)


# -- one line from outside --------------------------------------------------------------------------


def test_the_kit_is_loaded_when_it_is_asked_for() -> None:
    code = "import sys, hub.testing as kit; kit.Stage, kit.ConnectorHarness; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_all_names_of_the_kit_are_there() -> None:
    for name in hub.testing.__all__:
        assert getattr(hub.testing, name).__name__ == getattr(hub.testing, name).__qualname__
    with pytest.raises(AttributeError):
        _ = hub.testing.Nothing
