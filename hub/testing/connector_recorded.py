"""Platinum: documents recorded from a live site are read as well as the played ones."""

from __future__ import annotations

import pytest

from hub.spec import Source
from hub.testing.connector_harness import NOW, ConnectorHarness
from hub.testing.connector_world import ONLY_STAGE, World
from hub.testing.context import WITA
from hub.testing.recorded import found_in, load
from hub.testing.stage import Stage
from hub.text.drafting import to_draft


class Recorded:
    def test_recorded_documents_become_posts(self, harness: ConnectorHarness) -> None:
        folders = found_in(harness.recorded) if harness.recorded else []
        if not folders:
            pytest.skip("nothing was recorded from a live site")
        for folder in folders:
            recording = load(folder)
            with Stage() as stage:
                world = World(harness, stage, [])
                world.http = stage.http(*recording.hosts, allow=ONLY_STAGE)
                world.source = Source(1, 1, harness.connector.name, recording.url, options=recording.options)
                stage.play(recording.answer)
                visit = world.catch_up()
                assert visit.entries, f"{folder.name}: no entries"
                drafts = [
                    to_draft(entry, site_url=recording.url, zone=WITA, now=NOW) for entry in visit.entries
                ]
                assert all(draft.title for draft in drafts), f"{folder.name}: a post without a title"
                whole = sum(bool(draft.text or draft.images or draft.enclosures) for draft in drafts)
                assert whole * 2 >= len(drafts), f"{folder.name}: most posts are empty"
                before = {key: entry.digest for key, entry in world.entries.items()}
                again = {entry.id: entry.digest for entry in world.catch_up().entries}
                assert again.items() <= before.items(), f"{folder.name}: a second visit has news"
