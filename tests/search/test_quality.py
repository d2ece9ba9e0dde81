"""The search finds what whole questions ask for, on a sample; ``make bench`` asks them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.whoosh import WhooshFactory
from tests.search.quality import measure


@pytest.mark.corpora
@pytest.mark.parametrize(("name", "least"), [("facqa", 0.94), ("tydiqa-id-train", 0.87)])
def test_whole_questions_find_their_passage(shared_data: Path, name: str, least: float) -> None:
    assert measure(name, WhooshFactory().open, every=8).success >= least
