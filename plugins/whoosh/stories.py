"""One hit a story: of the matches that tell one, the first in the order asked for stands for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import TypeAlias

from plugins.whoosh.match import Scores
from plugins.whoosh.reader import Segment

#: One segment's matches.
Match: TypeAlias = tuple[Segment, Scores]
#: How high a document of a segment stands.
Order = Callable[[Segment, Scores], Callable[[int], float]]


def told_once(
    matches: list[Match], order: Order, told: Set[int] = frozenset()
) -> tuple[list[Match], frozenset[int]]:
    """The matches with one of each story, and none of the stories that were ``told`` already.

    Returns:
        what is left, and the groups of the stories in it.
    """
    best: dict[int, tuple[float, int, int, int]] = {}
    spare: list[set[int]] = []
    for part, (segment, scores) in enumerate(matches):
        spare.append(scores.keys() & segment.groups.keys())
        key, ids = order(segment, scores), segment.columns.ids
        for doc in spare[part]:
            place = (key(doc), ids[doc], part, doc)
            group = segment.groups[doc]
            if group not in told and place > best.get(group, ()):
                best[group] = place
    for _, _, part, doc in best.values():
        spare[part].discard(doc)
    left = [
        (segment, {doc: score for doc, score in scores.items() if doc not in out} if out else scores)
        for (segment, scores), out in zip(matches, spare, strict=True)
    ]
    return left, frozenset(best)


def repeated(matches: list[Match], facet: str) -> Iterator[str]:
    """Each value of a facet as often as a story has it once more."""
    seen: set[tuple[int, str]] = set()
    for segment, scores in matches:
        column = segment.columns.facets[facet]
        for doc in scores.keys() & segment.groups.keys():
            for value in column.table[column.codes[doc]]:
                pair = (segment.groups[doc], value)
                if pair in seen:
                    yield value
                seen.add(pair)
