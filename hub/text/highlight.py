"""Where a text matches a query, and the stretch of it worth showing."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from hub.text.analyse import WRITTEN, Analyser, fold, words

if TYPE_CHECKING:
    from hub.text.query import ParsedQuery

Span = tuple[int, int]
#: Start, end, and the number of the group that matches.
Match = tuple[int, int, int]
#: Texts are searched for matches this far; a snippet from page forty helps nobody.
LONGEST_TEXT = 50_000
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class Highlighter:
    """Looks for one query in many texts; what it learns of a word in one of them holds for all."""

    def __init__(self, parsed: ParsedQuery, analyser: Analyser) -> None:
        wanted, self._phrases = _wanted(parsed)
        self._groups = _Groups(wanted, analyser)

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
        groups = self._groups
        found = [
            (match.start(), match.end(), group)
            for match in WRITTEN.finditer(text)
            if (group := groups[match.group()]) is not None
        ]
        if not self._phrases:
            return found
        folded = fold(text)
        phrases = [phrase for phrase in self._phrases if all(word in folded for word in phrase[0])]
        return _disjoint(found + _phrase_matches(text, phrases)) if phrases else found


class _Groups(dict[str, int | None]):
    """A word as written -> the group of the query that it matches, found out when it turns up."""

    def __init__(self, wanted: dict[str, int], analyser: Analyser) -> None:
        super().__init__()
        self._wanted, self._analyser = wanted, analyser

    def __missing__(self, written: str) -> int | None:
        forms = self._analyser.written(written)
        group = self[written] = next((self._wanted[form] for form in forms if form in self._wanted), None)
        return group


def highlight(text: str, parsed: ParsedQuery, analyser: Analyser, limit: int = 220) -> tuple[str, list[Span]]:
    """What a Highlighter finds in one text."""
    return Highlighter(parsed, analyser).highlight(text, limit)


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
    """The window over consecutive matches that holds the most different groups; of equals the tightest,
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
        value = (sum(map(bool, inside.values())), matches[first][0] - end)
        if best_value == (0, 0) or value > best_value:
            best, best_value = (matches[first][0], end), value
    return best


def _tidy(text: str, start: int, end: int, limit: int) -> Span:
    """Widens the window to ``limit``, from the start of a sentence where one is near, and to whole words."""
    if len(text) <= limit:
        return 0, len(text)
    slack = max(0, limit - (end - start))
    earliest = max(0, start - slack)
    sentences = [m.end() for m in _SENTENCE.finditer(text, earliest, start + 1) if m.end() <= start]
    if sentences:
        begin = sentences[-1] if start + limit <= len(text) else sentences[0]
    elif earliest == 0:
        begin = 0
    else:
        begin = _next_word(text, max(earliest, start - slack // 3), start)
    finish = min(len(text), max(end, begin + limit))
    if finish < len(text):
        space = text.rfind(" ", max(end, begin + 1), finish)
        finish = space if space > 0 else finish
    return begin, finish


def _next_word(text: str, at: int, bound: int) -> int:
    space = text.find(" ", at, bound)
    return space + 1 if space >= 0 else bound
