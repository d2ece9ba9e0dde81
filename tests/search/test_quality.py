"""The search finds what whole questions ask for, on a sample; ``make bench`` asks them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.spec import SearchBackendFactory
from plugins.tantivy import TantivyFactory
from plugins.whoosh import WhooshFactory
from tests.search.quality import measure


@pytest.mark.corpora
@pytest.mark.parametrize("factory", [WhooshFactory(), TantivyFactory()], ids=lambda each: each.name)
@pytest.mark.parametrize(("name", "least"), [("facqa", 0.945), ("tydiqa-id-train", 0.875)])
def test_whole_questions_find_their_passage(
    shared_data: Path, name: str, least: float, factory: SearchBackendFactory
) -> None:
    assert measure(name, factory, every=8).success >= least
