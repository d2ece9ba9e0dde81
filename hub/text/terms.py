"""What an index is asked for the words of a query: the words, their stems, and what else people write for
them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Literal

from hub.model import Term
from hub.text.analyse import Analyser, abbreviations, stop_words, synonyms
from hub.text.stem import compound

#: What a match by the stem alone is worth beside one by the word itself.
STEM_WEIGHT = 0.85
#: What two words written as one are worth (``metro tv``: metrotv), beside the two; and the other way round
#: (``ibukota``: "ibu kota").
JOINED_WEIGHT = 0.9


@dataclass(frozen=True, slots=True)
class Item:
    """One word or one phrase that is asked for."""

    words: tuple[str, ...]
    phrase: bool = False
    field: Literal["title"] | None = None

    def plain(self) -> bool:
        return not self.phrase and self.field is None


def plain_words(groups: list[list[Item]]) -> list[str]:
    """The word of each group that is nothing but one plain word, and an empty string for any other."""
    return [group[0].words[0] if len(group) == 1 and group[0].plain() else "" for group in groups]


def terms(groups: list[list[Item]], analyser: Analyser) -> tuple[tuple[Term, ...], ...]:
    """The alternatives of each group, its own words first."""
    found = [[term for item in group for term in _alternatives(item, analyser)] for group in groups]
    for at, length, term in _said_otherwise(groups, analyser):
        for place in range(at, at + length):
            found[place].append(term)
    for at, joined in _neighbours(groups):
        found[at].append(joined)
        found[at + 1].append(joined)
    return tuple(tuple(dict.fromkeys(group)) for group in found)


def _alternatives(item: Item, analyser: Analyser) -> Iterator[Term]:
    """The thing asked for, and what else people write for it."""
    if item.phrase:
        yield Term(phrase=item.words, field=item.field)
    else:
        forms = _weighted(item.words[0], analyser)
        yield Term(forms=forms, field=item.field)
        word, weight = forms[-1]
        if halves := compound(word):
            yield Term(phrase=halves, field=item.field, weight=JOINED_WEIGHT * weight)
    for other in abbreviations().get(item.words, ()):
        yield replace(_words_as_term(other, analyser), field=item.field)
    for other, weight in synonyms().get(item.words, ()):
        yield replace(_words_as_term(other, analyser, weight), field=item.field)


def _words_as_term(sequence: tuple[str, ...], analyser: Analyser, weight: float = 1.0) -> Term:
    if len(sequence) > 1:
        return Term(phrase=sequence, weight=weight)
    return Term(forms=_weighted(sequence[0], analyser, weight))


def _weighted(word: str, analyser: Analyser, weight: float = 1.0) -> tuple[tuple[str, float], ...]:
    raw, *others = analyser.forms(word)
    return ((raw, weight), *((form, STEM_WEIGHT * weight) for form in others))


def exact(item: Item) -> Term:
    """For exclusion: the word as typed, not its relatives."""
    if item.phrase:
        return Term(phrase=item.words, field=item.field, exclude=True)
    return Term(forms=((item.words[0], 1.0),), field=item.field, exclude=True)


def _said_otherwise(groups: list[list[Item]], analyser: Analyser) -> Iterator[tuple[int, int, Term]]:
    """Where plain words in a row are the long form of an abbreviation (``bantuan langsung tunai``) or have
    another name (``gotong royong``): where they begin, how many they are, and what else to look for."""
    single = plain_words(groups)
    for at in range(len(single)):
        for length in range(2, min(8, len(single) - at) + 1):
            for other, weight in _other_names().get(tuple(single[at : at + length]), ()):
                yield at, length, _words_as_term(other, analyser, weight)


def _neighbours(groups: list[list[Item]]) -> Iterator[tuple[int, Term]]:
    """Two plain words in a row may stand in a text as one."""
    for at, (here, there) in enumerate(pairwise(plain_words(groups))):
        if here and there:
            yield at, Term(forms=((here + there, JOINED_WEIGHT),))


@cache
def _other_names() -> dict[tuple[str, ...], tuple[tuple[tuple[str, ...], float], ...]]:
    """Several words without their stop words (a query has lost them) -> their one-word abbreviations and
    their synonyms, each with its weight."""
    table: dict[tuple[str, ...], tuple[tuple[tuple[str, ...], float], ...]] = {}
    shorts = {
        long: tuple((each, 1.0) for each in found if len(each) == 1)
        for long, found in abbreviations().items()
    }
    for several, others in (*shorts.items(), *synonyms().items()):
        heavy = tuple(word for word in several if word not in stop_words())
        if len(heavy) > 1 and others:
            table[heavy] = (*table.get(heavy, ()), *others)
    return table
