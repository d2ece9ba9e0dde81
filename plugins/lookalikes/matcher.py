"""Whether two posts tell one story.

Marks bring posts together that share a run of words; then the texts themselves are compared. Two texts that
share most of their words may still be two notices from one template: what counts is in which words they
differ. An editor changes wording and leaves months, amounts and places alone; a notice that recurs does the
reverse.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hub.spec import Telling
from plugins.lookalikes.differences import another_notice
from plugins.lookalikes.marks import marks_of
from plugins.lookalikes.words import Outline, Reading, outline, read

#: Copies of a press release come within days; what comes back later is news again.
WINDOW = timedelta(days=45)
#: Words that a text must have to be told from others.
SHORTEST = 20
#: Share of the shorter text's pairs of words that the longer one must have too.
ALIKE = 0.5
#: An excerpt has at least such a share of the whole, and begins where the whole does: a round-up of the week
#: holds many texts and is none of them.
EXCERPT, SAME_LENGTH, BEGINNING = 0.2, 0.6, 0.3


class Lookalikes:
    """See ``hub.spec.StoryMatcher``."""

    name = "lookalikes"

    def marks(self, telling: Telling) -> frozenset[int]:
        words = outline(telling.text).words
        return marks_of(words) if len(words) >= SHORTEST else frozenset()

    def same(self, one: Telling, other: Telling) -> bool:
        if abs(one.at - other.at) > WINDOW:
            return False
        short, long = sorted((outline(one.text), outline(other.text)), key=lambda each: len(each.words))
        if len(short.words) < SHORTEST or not alike(short, long):
            return False
        titles, texts = _in_order(one.title, other.title), _in_order(one.text, other.text)
        return not another_notice(titles, texts)


def _in_order(one: str, other: str) -> tuple[Reading, Reading]:
    """Both texts read, always in one order: how words are laid beside each other depends on it."""
    first, second = sorted((one, other))
    return read(first), read(second)


def alike(short: Outline, long: Outline) -> bool:
    """Whether the shorter text is, for the most part, in the longer one."""
    if len(set(long.pairs).intersection(short.pairs)) < ALIKE * len(short.pairs):
        return False
    share = len(short.words) / len(long.words)
    if share >= SAME_LENGTH:
        return True
    return share >= EXCERPT and _begins_like(short, long)


def _begins_like(excerpt: Outline, whole: Outline) -> bool:
    beginning = whole.words[: SHORTEST + int(len(whole.words) * BEGINNING)]
    there, pairs = set(pairwise(beginning)), list(pairwise(excerpt.words[:SHORTEST]))
    return sum(pair in there for pair in pairs) >= ALIKE * len(pairs)
