"""Bronze: the connector works at all."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from hub.spec import Batch, read_options
from hub.testing.connector_harness import CAPABILITIES, NOW, ConnectorHarness, make_item
from hub.testing.connector_world import FIRST, World, aware, utc
from hub.testing.context import WITA
from hub.text.drafting import to_draft

_SECRET_NAME = re.compile(r"token|password|sandi|secret|rahasia|\bkey\b|_key$")


class Works:
    def test_it_introduces_itself(self, harness: ConnectorHarness) -> None:
        connector = harness.connector
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", connector.name), connector.name
        for language in ("id", "en"):
            assert connector.label.get(language, "").strip(), f"no label in {language}"
        assert harness.lacks <= CAPABILITIES, sorted(harness.lacks - CAPABILITIES)

    def test_its_options_are_declared_in_two_languages(self, harness: ConnectorHarness) -> None:
        options = harness.connector.options
        assert len({option.name for option in options}) == len(options), "an option is declared twice"
        for option in options:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", option.name), option.name
            for language in ("id", "en"):
                assert option.help.get(language, "").strip(), f"{option.name} has no help in {language}"
            assert option.secret or not _SECRET_NAME.search(option.name), f"{option.name} is not kept secret"
        given = {
            name: str(value).replace("{stage}", "http://127.0.0.1") for name, value in harness.options.items()
        }
        for name, value in read_options(options, given | harness.options, where="options").items():
            assert value is not None or not next(each for each in options if each.name == name).required

    def test_check_reads_the_source(self, world: World, harness: ConnectorHarness) -> None:
        said = world.check()
        assert said.entries > 0
        if harness.can("titles") and said.newest:
            assert f"nomor {FIRST[-1]}" in said.newest, "the newest title is the newest item's"
        assert bool(world.stage.requests) is harness.can("network")

    def test_the_first_visit_brings_the_entries(self, world: World, harness: ConnectorHarness) -> None:
        visit = world.catch_up()
        assert all(isinstance(batch, Batch) and isinstance(batch.entries, tuple) for batch in visit.batches)
        assert world.numbers() == world.wanted()
        assert not visit.missing, "nothing is missing that was never there"
        for entry in visit.entries:
            assert isinstance(entry.id, str)
            assert entry.id.strip()
            assert entry.title or entry.html or entry.summary

    def test_entries_hold_what_was_published(self, world: World, harness: ConnectorHarness) -> None:
        world.catch_up()
        for item in world.items:
            entry = world.entry(item.number)
            body = f"{entry.html} {entry.summary}"
            if harness.can("titles"):
                assert item.title in entry.title
            if harness.can("full_text"):
                assert "menjelang sore" in body, "the text is cut"
            else:
                assert not entry.html, "a summary is no full text"
            if harness.can("dates"):
                assert entry.published is not None
                assert aware(entry.published), "a date without its zone"
                assert abs(utc(entry.published) - item.published) < timedelta(minutes=1)
            else:
                assert entry.published is None, "a date that the source never gave"

    def test_links_lead_somewhere(self, world: World, harness: ConnectorHarness) -> None:
        world.catch_up()
        for entry in world.entries.values():
            if not harness.can("links"):
                assert not entry.link, "an address that the source never gave"
                continue
            for url in (entry.link, *(image.url for image in entry.images)):
                parts = urlsplit(urljoin(entry.base or world.source.url, url))
                assert url, "an entry without its address"
                assert parts.scheme in ("http", "https"), url
                assert parts.hostname, url

    def test_entries_become_posts(self, world: World) -> None:
        world.catch_up()
        for number in world.wanted():
            draft = to_draft(world.entry(number), site_url=world.source.url, zone=WITA, now=NOW)
            assert draft.title
            assert f"nomor {number}" in f"{draft.title} {draft.text}"

    def test_the_second_visit_brings_nothing_new(self, world: World) -> None:
        world.catch_up()
        before = {key: entry.digest for key, entry in world.entries.items()}
        visit = world.catch_up()
        again = {entry.id: entry.digest for entry in visit.entries}
        assert again.items() <= before.items(), "an unchanged source has new entries"
        assert not visit.missing

    def test_a_new_item_comes_with_the_next_visit(self, world: World) -> None:
        world.catch_up()
        before = set(world.entries)
        world.add(make_item(6, hours=-0.5))
        world.ahead += timedelta(hours=1)
        world.catch_up()
        assert world.numbers() == [*FIRST, 6]
        assert before < set(world.entries), "what was there keeps its id"

    def test_ids_are_the_same_at_any_first_visit(self, world: World) -> None:
        world.catch_up()
        first = {world.number(entry): key for key, entry in world.entries.items()}
        world.cursor, world.entries = None, {}
        world.catch_up()
        assert {world.number(entry): key for key, entry in world.entries.items()} == first

    def test_the_cursor_is_json(self, world: World) -> None:
        for batch in world.batches():
            dumped = json.dumps(batch.cursor, allow_nan=False)
            assert json.loads(dumped) == batch.cursor, "does not come back as it was"
            assert len(dumped) < 200_000, "a cursor is no archive"
