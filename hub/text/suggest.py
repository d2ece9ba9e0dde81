"""Did you mean: another spelling, made of words that the index really holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from hub.text.analyse import WRITTEN, words

if TYPE_CHECKING:
    from hub.text.query import ParsedQuery

#: ``words(prefix, limit)`` of a search backend: indexed words with the number of posts, commonest first.
WordsFn = Callable[[str, int], list[tuple[str, int]]]

#: So many words with the same beginning are looked at.
CONSIDERED = 2_000


def suggest(parsed: ParsedQuery, words_fn: WordsFn) -> str | None:
    """The query with its unknown words put right, or None where there is nothing better to offer."""
    better = {}
    for word in parsed.words:
        if len(word) > 2 and not word.isdigit() and not _known(word, words_fn):
            other = _nearest(word, words_fn)
            if other:
                better[word] = other
    if not better:
        return None
    return WRITTEN.sub(lambda match: _replaced(match, better), parsed.text)


def _replaced(match: re.Match[str], better: dict[str, str]) -> str:
    return better.get("".join(words(match.group())), match.group())


def _known(word: str, words_fn: WordsFn) -> bool:
    """The commonest word that begins so may be a longer one, hence the look at several."""
    return any(found == word for found, _ in words_fn(word, CONSIDERED))


def _nearest(word: str, words_fn: WordsFn) -> str | None:
    """The nearest indexed word, the commoner of two; looked for among words with the same two letters
    first, as people rarely miss the beginning."""
    furthest = 1 if len(word) < 5 else 2
    for prefix in (word[:2], word[0]):
        near = []
        for other, count in words_fn(prefix, CONSIDERED):
            if abs(len(other) - len(word)) <= furthest:
                steps = distance(word, other, furthest)
                if steps <= furthest:
                    near.append((steps, -count, other))
        if near:
            return min(near)[2]
    return None


def distance(a: str, b: str, most: int) -> int:
    """Letters to insert, drop, replace or swap with the neighbour to make ``b`` of ``a``; ``most + 1``
    stands for anything above ``most``."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
