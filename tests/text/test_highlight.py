"""Highlights of many texts: found among known spellings, they are those of a plain look at each word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.text import highlight as module
from hub.text.analyse import WRITTEN, Analyser
from hub.text.highlight import Highlighter, Spellings
from hub.text.query import parse_query

ANALYSER = Analyser(["Taan", "Beru-Beru"])
QUERIES = ("desa", "pembagian jumat", "posyandu -banjir", "lasa'", "o'a", "jalan OR warga")
PIECES = ("desa", "Desa", "desanya", "membagikan", "Jum'at", "jumat", "Lasa'", "lasa", "a", "o'a", "'",
          "’", "_", "é", "²", " ", " ", "-", "posyandu", "warga", "jalan", "ﬁ")  # fmt: skip


def plainly(text: str, q: str) -> list[tuple[int, int]]:
    """Every word of the text looked at by itself."""
    groups = parse_query(q, ANALYSER, cut=True).query.groups
    forms = {form for group in groups for term in group for form, _ in term.forms}
    return [
        match.span()
        for match in WRITTEN.finditer(text)
        if forms.intersection(ANALYSER.written(match.group()))
    ]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), min_size=1, max_size=4))
def test_the_same_words_are_found_whatever_was_read_before(texts: list[str]) -> None:
    spellings = Spellings(ANALYSER)
    for q in QUERIES:
        highlighter = Highlighter(parse_query(q, ANALYSER), spellings)
        for text in texts:
            assert highlighter.highlight(text, 1000) == (text, plainly(text, q))


def test_what_is_known_of_words_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KNOWN_WORDS", 20)
    spellings = Spellings(ANALYSER)
    highlighter = Highlighter(parse_query("desa", ANALYSER), spellings)
    for number in range(200):
        text = f"Desa nomor{number}"
        assert highlighter.highlight(text)[1] == [(0, 4)]
        assert len(spellings._known.words) <= 22
