"""Pairs of posts that tell one story, and pairs that only look so: what a story matcher is measured by.

One story: a text and a copy as editors make it, under another title, with words exchanged, sentences left
out, cut to its first third, with links to other news in between. Facts (numbers, months, names) stay as they
are: who copies does not change them. Two stories: the nearest other text on the same subject, and notices
that recur from one form with another month, amount, stage or village.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from hub.spec import Telling
from hub.testing.district.texts import articles, localise, plain
from hub.testing.district.villages import VILLAGES

#: Texts that pairs are made of: the nearest of each is looked for among all of them.
PAIRED = 400
_AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_FACT = re.compile(
    r"\d|^(?:januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember|senin"
    r"|selasa|rabu|kamis|jumat|sabtu|minggu|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh"
    r"|pertama|ke\w+|[ivx]+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of news; ``subject`` groups those on one."""

    title: str
    text: str
    subject: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two posts, of which it is known whether they tell one story. ``kind`` says how they were made."""

    kind: str
    one: Telling
    other: Telling
    same: bool


def read_texts(corpus: Path | None) -> list[Text]:
    """News of ordinary length: all of the corpus, else the articles of the sample district."""
    if corpus is None:
        return _district()
    found = []
    for line in corpus.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = str(row["text"])
        if 100 <= len(text.split()) <= 600:
            found.append(Text(str(row["title"]).capitalize(), text, str(row["category"])))
    return found


def _district() -> list[Text]:
    village = VILLAGES[0]
    found = []
    for article in articles():
        lines = (localise(plain(line), village, _AT) for block in article.blocks for line in block.lines)
        text = "\n".join(lines)
        if len(text.split()) >= 60:
            found.append(Text(localise(article.titles[0], village, _AT), text, article.kicker))
    return found


def pairs(texts: Sequence[Text], seed: int = 7602) -> list[Pair]:
    """Pairs of the first texts, the same ones for the same texts."""
    first = texts[:PAIRED]
    return [*copies(first, random.Random(seed)), *neighbours(first), *notices()]


# -- one story --------------------------------------------------------------------------------------


def copies(texts: Sequence[Text], chance: random.Random) -> Iterator[Pair]:
    """One copy of each text, the ways of copying in turn."""
    words = [word for each in texts for word in each.text.split() if word.isalpha() and word.islower()]
    ways = ("mutated 5 %", "mutated 10 %", "mutated 15 %", "sentences dropped", "excerpted", "re-titled")
    for number, each in enumerate(texts):
        way = ways[number % len(ways)]
        text = _copied(each.text, way, words, chance)
        if chance.random() < 0.5:
            text = _with_links(text, chance.choice(texts).title, chance)
        later = _AT + timedelta(hours=chance.randint(1, 96))
        copy = Telling(_retitled(each, chance), text, later)
        yield Pair(way, Telling(each.title, each.text, _AT), copy, same=True)


def _copied(text: str, way: str, words: Sequence[str], chance: random.Random) -> str:
    if way.startswith("mutated"):
        return mutated(text, int(way.split()[1]) / 100, words, chance)
    if way == "sentences dropped":
        sentences = _SENTENCE.split(text)
        return " ".join(each for each in sentences if chance.random() > 0.2) or sentences[0]
    return excerpted(text) if way == "excerpted" else text


def mutated(text: str, rate: float, words: Sequence[str], chance: random.Random) -> str:
    """A share of the words exchanged for others; facts and names stay."""

    def exchanged(word: str) -> str:
        keep = _FACT.search(word.strip(".,()\"'")) or word[:1].isupper() or chance.random() >= rate
        return word if keep else chance.choice(words)

    return re.sub(r"\S+", lambda found: exchanged(found[0]), text)


def excerpted(text: str) -> str:
    """The sentences of the first third."""
    kept = ""
    for sentence in _SENTENCE.split(text):
        kept += sentence + " "
        if len(kept) >= len(text) / 3:
            break
    return kept + "Selengkapnya..."


def _retitled(each: Text, chance: random.Random) -> str:
    beginning = " ".join(_SENTENCE.split(each.text)[0].split()[:9])
    return chance.choice((each.title, beginning, f"Info Warga: {each.title}", f"Simak, {beginning.lower()}"))


def _with_links(text: str, title: str, chance: random.Random) -> str:
    parts = text.split("\n")
    parts.insert(chance.randint(1, len(parts)), f"Baca juga: {title}")
    return "\n".join([*parts, "Bagikan ini: Facebook Twitter WhatsApp"])


# -- two stories ------------------------------------------------------------------------------------


def neighbours(texts: Sequence[Text]) -> Iterator[Pair]:
    """Each text beside the one on the same subject that shares most of its uncommon words."""
    by_subject: defaultdict[str, list[Text]] = defaultdict(list)
    for each in texts:
        by_subject[each.subject].append(each)
    held = Counter(word for each in texts for word in _words(each))
    for group in by_subject.values():
        for each in group:
            own = {word for word in _words(each) if held[word] <= len(texts) / 20}
            others = [other for other in group if other is not each]
            if others:
                nearest = max(others, key=lambda other: len(own & _words(other)))
                later = _AT + timedelta(days=1)
                yield Pair(
                    "same subject",
                    Telling(each.title, each.text, _AT),
                    Telling(nearest.title, nearest.text, later),
                    same=False,
                )


def _words(text: Text) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]{4,}", text.text.lower()))


@dataclass(frozen=True, slots=True)
class Form:
    """A notice that comes again; ``blanks`` are what is filled into title and text, four values each."""

    title: str
    text: str
    blanks: Mapping[str, Sequence[str]]

    def filled(self, values: Mapping[str, str], at: datetime) -> Telling:
        return Telling(self.title.format(**values), self.text.format(**values), at)


@cache
def forms() -> tuple[Form, ...]:
    """All forms, in the order of their file."""
    text = (files("hub.testing") / "data" / "notices.toml").read_text("utf-8")
    return tuple(Form(**each) for each in tomllib.loads(text)["forms"])


def notices() -> Iterator[Pair]:
    """Each form filled in twice, in every way: one blank differing, or several."""
    for form in forms():
        for one, other in combinations(range(4), 2):
            first = {name: values[one] for name, values in form.blanks.items()}
            for count in range(1, len(form.blanks) + 1):
                for changed in combinations(form.blanks, count):
                    second = first | {name: form.blanks[name][other] for name in changed}
                    yield Pair(
                        f"notice, other {' and '.join(changed)}",
                        form.filled(first, _AT),
                        form.filled(second, _AT + timedelta(days=20)),
                        same=False,
                    )
