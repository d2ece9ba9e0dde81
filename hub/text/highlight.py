"""Where a text matches a query, and the stretch of it worth showing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from hub.text.analyse import APOSTROPHES, WRITTEN, Analyser, fold, words

if TYPE_CHECKING:
    from hub.text.query import ParsedQuery

Span = tuple[int, int]
#: Start, end, and the number of the group that matches.
Match = tuple[int, int, int]
#: Letters before the first match at most: a card on a phone shows some 40.
LEAD = 20
#: Windows that differ by less are equally tight.
TIGHT = 60
#: Texts are searched for matches this far; a snippet from page forty helps nobody.
LONGEST_TEXT = 50_000
#: Spellings that are kept in mind; a hub of 100,000 posts holds some 70,000. They take some 20 MB.
KNOWN_WORDS = 100_000
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Spellings:
    """How the forms of words stood in the texts seen so far. A page of results holds thousands of words, of
    which a dozen match: those are found among the spellings known of them, and only words never seen before
    are taken apart. Safe to share between threads."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._known = _Known()

    def among(self, here: set[str], forms: Iterable[str]) -> dict[str, str]:
        """Those of the words as written that have one of these forms, each with the first that it has."""
        known = self._known
        for written in here.difference(known.words):
            known.add(written, self._analyser.written(written))
        if len(known.words) > KNOWN_WORDS:
            self._known = _Known()
        found: dict[str, str] = {}
        for form in forms:
            for written in here.intersection(known.spellings.get(form, ())):
                found.setdefault(written, form)
        return found


class _Known:
    """Words as written, and which of them have a form."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.spellings: dict[str, list[str]] = {}

    def add(self, written: str, forms: Iterable[str]) -> None:
        for form in forms:
            self.spellings.setdefault(form, []).append(written)
        self.words.add(written)  # last: who sees it here finds it there


class Highlighter:
    """Looks for one query in many texts."""

    def __init__(self, parsed: ParsedQuery, spellings: Spellings) -> None:
        self._wanted, self._phrases = _wanted(parsed)
        self._spellings = spellings

    def highlight(self, text: str, limit: int = 220) -> tuple[str, list[Span]]:
        """The best stretch of ``text`` of at most about ``limit`` characters, and what matches in it.

        The stretch holds as many different things of the query as possible, as near to each other as
        possible; of equals it is the earliest. Cut ends carry an ellipsis. Spans are half-open offsets into
        the returned stretch, in order, not overlapping. A text without a match gives its beginning.
        """
        matches = self._matches(text[:LONGEST_TEXT])
        start, end = _best_window(matches, limit)
        start, end = _tidy(text, start, end, limit)
        head, tail = "… " if start else "", " …" if end < len(text) else ""
        snippet = f"{head}{text[start:end]}{tail}"
        shift = len(head) - start
        return snippet, [(a + shift, b + shift) for a, b, _ in matches if a >= start and b <= end]

    def _matches(self, text: str) -> list[Match]:
        """Every match, in order, not overlapping."""
        here = self._spellings.among(set(WRITTEN.findall(text)), self._wanted)
        found = sorted(
            (start, end, self._wanted[form])
            for written, form in here.items()
            for start, end in _places(text, written)
        )
        if not self._phrases:
            return found
        folded = fold(text)
        phrases = [phrase for phrase in self._phrases if all(word in folded for word in phrase[0])]
        return _disjoint(found + _phrase_matches(text, phrases)) if phrases else found


def _places(text: str, written: str) -> Iterator[Span]:
    """Where a word stands as such, and not within another."""
    start = text.find(written)
    while start >= 0:
        end = start + len(written)
        if not (_goes_on(text[max(0, start - 2) : start][::-1]) or _goes_on(text[end : end + 2])):
            yield start, end
        start = text.find(written, end)


def _goes_on(beside: str) -> bool:
    """Whether the two characters beside a word, the nearer first, belong to it."""
    if beside[:1].isalnum():
        return True
    return beside[:1] in APOSTROPHES and beside[1:].isalnum() if len(beside) == 2 else False


def highlight(text: str, parsed: ParsedQuery, analyser: Analyser, limit: int = 220) -> tuple[str, list[Span]]:
    """What a Highlighter finds in one text."""
    return Highlighter(parsed, Spellings(analyser)).highlight(text, limit)


def _wanted(parsed: ParsedQuery) -> tuple[dict[str, int], list[tuple[tuple[str, ...], int]]]:
    """Form -> number of its group, and the phrases with theirs."""
    forms: dict[str, int] = {}
    phrases = []
    for number, group in enumerate(parsed.query.groups):
        for term in group:
            forms.update((form, number) for form, _ in term.forms if form not in forms)
            if term.phrase:
                phrases.append((term.phrase, number))
    return forms, phrases


def _phrase_matches(text: str, phrases: list[tuple[tuple[str, ...], int]]) -> list[Match]:
    plain = cache(lambda written: "".join(words(written)))
    tokens = [(m.start(), m.end(), plain(m.group())) for m in WRITTEN.finditer(text)]
    places: dict[str, list[int]] = {}
    for at, (_, _, word) in enumerate(tokens):
        places.setdefault(word, []).append(at)
    found = []
    for phrase, number in phrases:
        for at in places.get(phrase[0], ()):
            stretch = tokens[at : at + len(phrase)]
            if tuple(word for _, _, word in stretch) == phrase:
                found.append((stretch[0][0], stretch[-1][1], number))
    return found


def _disjoint(found: list[Match]) -> list[Match]:
    """Longer matches win over those inside them."""
    kept: list[Match] = []
    for match in sorted(found, key=lambda m: (m[0], -m[1])):
        if not kept or match[0] >= kept[-1][1]:
            kept.append(match)
    return kept


def _best_window(matches: list[Match], limit: int) -> Span:
    """The window over consecutive matches that holds the most different groups; of equals the tighter one,
    then the earliest."""
    best, best_value = (0, 0), (0, 0)
    first = 0
    inside: dict[int, int] = {}
    for start, end, group in matches:
        inside[group] = inside.get(group, 0) + 1
        while end - matches[first][0] > limit or inside[matches[first][2]] > 1:
            if matches[first][0] == start:
                break
            inside[matches[first][2]] -= 1
            first += 1
        value = (sum(map(bool, inside.values())), -((end - matches[first][0]) // TIGHT))
        if value > best_value:
            best, best_value = (matches[first][0], end), value
    return best


def _tidy(text: str, start: int, end: int, limit: int) -> Span:
    """Widens the window to ``limit`` and to whole words: a little to the left, from the start of a sentence
    where one is near, and the rest to the right."""
    earliest = max(0, start - min(LEAD, max(0, limit - (end - start))))
    sentences = [m.end() for m in _SENTENCE.finditer(text, earliest, start + 1) if m.end() <= start]
    if earliest == 0:
        begin = 0
    elif sentences:
        begin = sentences[0]
    else:
        begin = _next_word(text, earliest - 1, start)
    finish = min(len(text), max(end, begin + limit))
    if finish < len(text):
        space = text.rfind(" ", max(end, begin + 1), finish)
        finish = space if space > 0 else finish
    return begin, finish


def _next_word(text: str, at: int, bound: int) -> int:
    space = text.find(" ", at, bound)
    return space + 1 if space >= 0 else bound
