"""From text to tokens: the one place that decides what counts as the same word.

A token is the tuple of forms that match at one position: the raw folded word, then its stem where that
differs, then the joined form of a place name that begins there. Folding is NFKC, lower case, without
diacritics and apostrophes (``Pati'di`` and ``Patidi`` are one word); a hyphen parts words, so that
``desa-desa`` is ``desa`` twice. Words of village and kecamatan names are never stemmed.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from hub.text.stem import roots, stem

Forms = tuple[str, ...]

#: Apostrophes as people type them; they vanish from words.
APOSTROPHES = "'’‘ʼ`´"
_WORD = re.compile(r"\w+", re.UNICODE)
#: A word as it stands in text, apostrophes inside it or at its end included.
WRITTEN = re.compile(rf"[^\W_]+(?:[{APOSTROPHES}][^\W_]+)*", re.UNICODE)
#: Longer runs of letters are no words; they are cut so that no text can fill the index with one term.
LONGEST = 40
CACHED_WORDS = 50_000

_MARKS = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]+")
_TYPOGRAPHY = "\u00a0\u2013\u2014\u201c\u201d\u2026\u2022\u200b"


def fold(text: str) -> str:
    """Text as words are compared: compatibility forms, case, diacritics and apostrophes taken away."""
    for mark in APOSTROPHES:
        text = text.replace(mark, "")
    if not text.isascii():
        for mark in _TYPOGRAPHY:  # most texts are plain but for these, and the full way is ten times dearer
            text = text.replace(mark, " ")
    if text.isascii():
        return text.lower()
    decomposed = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", decomposed).casefold()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in reading order."""
    return _WORD.findall(fold(text).replace("_", " "))


class _Forms(dict[str, Forms]):
    """Word -> token, filled as words turn up and emptied when it has grown too large."""

    def __init__(self, unstemmed: frozenset[str]) -> None:
        super().__init__()
        self._unstemmed = unstemmed

    def __missing__(self, word: str) -> Forms:
        forms = self._make(word)
        if len(self) >= CACHED_WORDS:
            self.clear()
        self[word] = forms
        return forms

    def _make(self, word: str) -> Forms:
        if len(word) > LONGEST:
            return (word[:LONGEST],)
        root = word if word in self._unstemmed else stem(word)
        return (word,) if root == word else (word, root)


class Analyser:
    """The hub's analyser. ``names`` are the village and kecamatan names (aliases too) of the district.

    Safe to share between threads.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        split = {tuple(words(name)) for name in names}
        # A name may hold an everyday word (Kepulauan ..., Tanjung ...); known roots keep their family.
        parts = {part for name in split for part in name if len(name) == 1 or part not in roots()}
        self._names = {name for name in split if len(name) > 1}
        self._first = frozenset(name[0] for name in self._names)
        self._forms = _Forms(frozenset(parts))

    def tokens(self, text: str) -> tuple[Forms, ...]:
        """The tokens of ``text``, one per position."""
        raw = words(text)
        forms = self._forms
        tokens = [forms[word] for word in raw]
        if self._first and not self._first.isdisjoint(raw):
            self._join_names(raw, tokens)
        return tuple(tokens)

    def forms(self, word: str) -> Forms:
        """The token of one folded word."""
        return self._forms[word]

    def written(self, stretch: str) -> Forms:
        """The forms of a word as it stands in text (a match of WRITTEN), capitals, accents and all."""
        return tuple(form for word in words(stretch) for form in self._forms[word])

    def _join_names(self, raw: list[str], tokens: list[Forms]) -> None:
        """Adds ``beruberu`` where Beru-Beru begins, for those who write it as one word."""
        for at, word in enumerate(raw):
            if word in self._first:
                for length in (3, 2):
                    if tuple(raw[at : at + length]) in self._names:
                        tokens[at] = (*tokens[at], "".join(raw[at : at + length]))
                        break


@cache
def stop_words() -> frozenset[str]:
    text = (files("hub.text") / "data" / "stopwords.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


@cache
def abbreviations() -> Mapping[Forms, tuple[Forms, ...]]:
    """What people write for one another, both ways: the words of an abbreviation -> its long forms, and
    the words of a long form -> its abbreviations."""
    table: dict[Forms, tuple[Forms, ...]] = {}
    with (files("hub.text") / "data" / "abbreviations.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            short, long = tuple(words(row["short"])), tuple(words(row["long"]))
            table[short] = (*table.get(short, ()), long)
            table[long] = (*table.get(long, ()), short)
    return table


@cache
def synonyms() -> Mapping[Forms, tuple[tuple[Forms, float], ...]]:
    """What people say or spell for one another, both ways, each with what a match by it is worth beside one
    by the word itself: two spellings of one word nearly all of it, another word for the thing less."""
    table: dict[Forms, tuple[tuple[Forms, float], ...]] = {}
    with (files("hub.text") / "data" / "synonyms.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            one, other, weight = tuple(words(row["one"])), tuple(words(row["other"])), float(row["weight"])
            table[one] = (*table.get(one, ()), (other, weight))
            table[other] = (*table.get(other, ()), (one, weight))
    return table
