"""Did you mean: another spelling, made of words that the index really holds and of names of places.

A word is left alone that anybody knows: one that the index holds, the name of a place, an abbreviation, a
root of the language or what is made of one. *Gempa* in a hub without earthquakes is no slip for *tempat*.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from hub.text.analyse import WRITTEN, abbreviations, synonyms, words
from hub.text.stem import roots, stem

if TYPE_CHECKING:
    from hub.text.query import ParsedQuery

#: ``words(prefix, limit)`` of a search backend: indexed words with the number of posts, commonest first.
WordsFn = Callable[[str, int], list[tuple[str, int]]]

#: So many words with the same beginning are looked at.
CONSIDERED = 2_000
#: Words shorter than this are never put right, most being abbreviations; from LONG letters on two slips are
#: forgiven, else one.
SHORTEST, LONG = 4, 6
#: A slip weighs as much as being a hundred times rarer.
SLIP = 2.0
#: The name of a place counts as a word of so many posts at least, whether or not anything is told of it yet.
NAME_POSTS = 3
#: A word in no more posts than this may be a slip when one so many times commoner, in at least so many posts,
#: is one letter away and begins with the same letters.
RARE, COMMONER, COMMON, BEGINNING = 5, 10, 10, 3
#: Letters that each half must have where a missing space is looked for.
SHORTEST_HALF = 3


class Vocabulary:
    """What counts as a word.

    Args:
        words_fn: of the search backend.
        names: of places, in any spelling.
        found: whether the index holds a word's family (its stem), asked only of words that it does not hold
            as written.
    """

    def __init__(
        self, words_fn: WordsFn, names: Iterable[str] = (), found: Callable[[str], bool] | None = None
    ) -> None:
        self._words_fn, self._found = words_fn, found
        split = [words(name) for name in names]
        self._names = frozenset(part for name in split for part in name if len(part) > 2)
        self._whole = frozenset(name[0] for name in split if len(name) == 1)

    def posts(self, word: str) -> int:
        """How many posts hold exactly this word. The commonest that begins so may be a longer one, hence
        the look at several."""
        return next((posts for found, posts in self._words_fn(word, CONSIDERED) if found == word), 0)

    def knows(self, word: str) -> bool:
        """Whether nobody should be corrected who writes so."""
        if self._real(word) or self.posts(word) or (self._found and self._found(word)):
            return True
        return stem(word) in roots() and not self._names_near(word)

    def better(self, word: str) -> str:
        """The nearest known word, or two where a space was forgotten; empty where there is none."""
        return next((other for other, _ in self._near(word, _slips(word))), "") or self._parted(word)

    def commoner(self, word: str) -> str:
        """A word one letter away that is so much commoner that ``word`` looks like a slip which others
        made too; empty where there is none. Asked of many words that are right, so only a few others are
        looked at: those with the same beginning."""
        if self._real(word) or stem(word) in roots():
            return ""
        posts = self.posts(word)
        if posts > RARE:
            return ""
        near = self._among([word[:BEGINNING]], word, 1)
        least = max(COMMON, COMMONER * posts)
        return next((other for other, posts in near if posts >= least and stem(other) != stem(word)), "")

    def _real(self, word: str) -> bool:
        if word.isdigit() or len(word) < SHORTEST or word in self._names or word in _written():
            return True
        return word in roots()

    def _names_near(self, word: str) -> bool:
        """A root with an ending may be a name without its last letter (``tapalan``)."""
        return any(distance(word, name, 1) == 1 for name in self._whole)

    def _near(self, word: str, slips: int) -> list[tuple[str, int]]:
        """(word, posts) of what is at most so many slips away, best first; looked for where the beginning
        is right, then where only the first letter is, then where not even that."""
        for beginnings in ([word[:2]], [word[0]], _other_beginnings(word)):
            if near := self._among(beginnings, word, slips):
                return near
        return []

    def _among(self, beginnings: Iterable[str], word: str, slips: int) -> list[tuple[str, int]]:
        near = []
        for other, posts in self._beginning(beginnings):
            steps = distance(word, other, slips)
            if 0 < steps <= slips:
                near.append((SLIP * steps - math.log10(posts + 1), other, posts))
        return [(other, posts) for _, other, posts in sorted(near)]

    def _beginning(self, beginnings: Iterable[str]) -> Iterator[tuple[str, int]]:
        for beginning in beginnings:
            yield from self._words_fn(beginning, CONSIDERED)
            yield from ((name, NAME_POSTS) for name in self._whole if name.startswith(beginning))

    def _parted(self, word: str) -> str:
        """The two words that were written as one, those whose rarer half is the commonest."""
        best, best_posts = "", 0
        for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1):
            head, tail = word[:at], word[at:]
            posts = min(self._weight(head), self._weight(tail))
            if posts > best_posts:
                best, best_posts = f"{head} {tail}", posts
        return best

    def _weight(self, word: str) -> int:
        return max(self.posts(word), NAME_POSTS if word in self._names else 0)


def suggest(parsed: ParsedQuery, vocabulary: Vocabulary) -> str | None:
    """The query with its unknown words put right, or None where there is nothing better to offer."""
    unknown = [word for word in parsed.words if not vocabulary.knows(word)]
    return _rewritten(parsed, {word: vocabulary.better(word) for word in unknown})


def suggest_commoner(parsed: ParsedQuery, vocabulary: Vocabulary) -> str | None:
    """The query with its suspiciously rare words put right, or None: to be offered beside what was found."""
    return _rewritten(parsed, {word: vocabulary.commoner(word) for word in parsed.words})


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that ``name`` was most likely meant to be."""
    wanted = "".join(words(name))
    measured = ((distance(wanted, "".join(words(each)), _slips(wanted)), each) for each in names)
    steps, best = min(measured, default=(_slips(wanted) + 1, ""))
    return best if steps <= _slips(wanted) else None


def distance(a: str, b: str, most: int) -> int:
    """Letters to insert, drop, replace or swap with the neighbour to make ``b`` of ``a``; ``most + 1``
    stands for anything above ``most``."""
    return OSA.distance(a, b, score_cutoff=most)


def _slips(word: str) -> int:
    return 1 if len(word) < LONG else 2


def _other_beginnings(word: str) -> list[str]:
    """How the word may begin whose first letter is wrong, forgotten or one too many."""
    rest, after = word[1:3], word[:2]
    return [rest, *(letter + more for letter in string.ascii_lowercase for more in (rest, after))]


def _rewritten(parsed: ParsedQuery, better: dict[str, str]) -> str | None:
    better = {word: other for word, other in better.items() if other}
    return WRITTEN.sub(lambda match: _replaced(match, better), parsed.text) if better else None


def _replaced(match: re.Match[str], better: dict[str, str]) -> str:
    return better.get("".join(words(match.group())), match.group())


@cache
def _written() -> frozenset[str]:
    """Abbreviations of one word, and what else people write for another word."""
    return frozenset(each[0] for table in (abbreviations(), synonyms()) for each in table if len(each) == 1)
