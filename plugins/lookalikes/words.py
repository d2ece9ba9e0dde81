"""A text as the matcher reads it: its words in one form, the facts and the names among them."""

from __future__ import annotations

import re
import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from zlib import crc32

from plugins.lookalikes.facts import STAGED, TOKEN, Fact, fact_of_match, fact_of_word

#: Words that are read of a text, and characters in which they stand.
LONGEST, LONGEST_WRITTEN = 800, 16_000
#: Lines that editors put around a text: links to other news, who wrote it.
_AROUND = re.compile(
    r"^(?:[^\w\n]|_)*(?:(?:baca|lihat|simak|tonton|cek) (?:juga|pula)\b|artikel terkait\b|berita terkait\b"
    r"|(?:editor|penulis|pewarta|reporter|sumber|foto|kontributor)\s*:|bagikan\b|share\b).*$",
    re.IGNORECASE | re.MULTILINE,
)
#: What ends ``MAMUJU, KIM Taan (24/11) — `` before the first sentence, and how far in it may stand.
_DASH = re.compile(r"\s?[-–—]{1,2}[^\S\n]")
_FARTHEST_DASH = 70
_LETTERS = re.compile(r"[^\W\d_]+")
_ENDS_SENTENCE = frozenset(".!?:\n\"“”'‘(•-–—")
#: What stands between words in UTF-8: in ASCII all but letters and digits; beyond it what editors write.
_BETWEEN = bytes(byte if byte >= 0x80 or chr(byte).isalnum() else 0x20 for byte in range(256))
_BETWEEN_BEYOND = re.compile("[“”‘’–—…•·«»]+")


@dataclass(frozen=True, slots=True)
class Outline:
    """A text's words as their CRC-32, and each two neighbouring ones as one number of 64 bits. Small, so
    that thousands are kept: 12 bytes a word."""

    words: array[int]
    pairs: array[int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's words, facts in one form; ``facts`` and ``names`` by the position of their word."""

    words: tuple[str, ...]
    facts: dict[int, Fact]
    names: frozenset[int]


@lru_cache(maxsize=4096)
def outline(text: str) -> Outline:
    """What tells quickly that two texts are none of a kind."""
    written = _BETWEEN_BEYOND.sub(" ", _bare(text)[:LONGEST_WRITTEN].lower()).encode("utf-8", "replace")
    words = array("I", map(crc32, written.translate(_BETWEEN).split(maxsplit=LONGEST)[:LONGEST]))
    return Outline(words, array("Q", {one << 32 | other for one, other in pairwise(words)}))


@lru_cache(maxsize=64)
def read(text: str) -> Reading:
    """Read a text, or a title, word by word."""
    found = list(islice(TOKEN.finditer(_bare(text)[:LONGEST_WRITTEN]), LONGEST))
    folded = [fold(each[0]) for each in found]
    facts: dict[int, Fact] = {}
    for at, match in enumerate(found):
        if fact := _fact(at, found, folded, match):
            facts[at] = fact
    words = tuple(f"{facts[at].kind}:{facts[at].value}" if at in facts else w for at, w in enumerate(folded))
    return Reading(words, facts, _names(found, folded, facts))


def _bare(text: str) -> str:
    """Without what editors put around a text, and without the place and date before it."""
    text = _AROUND.sub("", unicodedata.normalize("NFKC", text)).lstrip()
    dash = _DASH.search(text, 2, _FARTHEST_DASH)
    if dash and all(word[0].isupper() for word in _LETTERS.findall(text[: dash.start()])):
        return text[dash.end() :]
    return text


def fold(word: str) -> str:
    return word.lower().replace("’", "'").replace("`", "'")


def _fact(at: int, found: list[re.Match[str]], folded: list[str], match: re.Match[str]) -> Fact | None:
    before = folded[at - 1] if at else ""
    after = folded[at + 1] if at + 1 < len(folded) else ""
    fact = fact_of_match(match, folded[at])
    if fact is None:
        beside = any(0 <= n < len(found) and found[n]["number"] for n in (at - 1, at + 1))
        return fact_of_word(folded[at], before, after, beside)
    if fact.kind == "number" and before in STAGED:
        return Fact("stage", fact.value)
    if fact.kind == "number" and fact_of_word(after, "", "", True) in _ALL_MONTHS:
        return Fact("date", fact.value)
    return fact


_ALL_MONTHS = frozenset(Fact("month", str(number)) for number in range(1, 13))


def _names(found: list[re.Match[str]], folded: list[str], facts: dict[int, Fact]) -> frozenset[int]:
    """Words with a capital in the middle of a sentence, and where the same word begins one. None in a text
    that is all capitals or none."""
    text = found[0].string if found else ""
    capital = [at for at, each in enumerate(found) if at not in facts and each[0][0].isupper()]
    if len(capital) > len(found) / 2:
        return frozenset()
    sure = {folded[at] for at in capital if not _begins_sentence(text, found[at].start())}
    return frozenset(at for at in capital if folded[at] in sure)


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t")[-1:] if start else ""
    return not before or before in _ENDS_SENTENCE
