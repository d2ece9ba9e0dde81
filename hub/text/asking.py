"""What a question is asked with, and not about."""

from __future__ import annotations

from collections.abc import Sequence

from hub.text.analyse import stop_words

#: With these a question asks what something is, and may say so in full: *apa yang dimaksud dengan stunting*,
#: *apa pengertian stunting*. Elsewhere the same words may well be the subject.
WHAT = frozenset(("apa", "apakah"))
MEANING = frozenset(
    ("arti", "artinya", "definisi", "dimaksud", "dimaksudkan", "maksud", "maksudnya", "pengertian")
)


def idle(words: Sequence[str]) -> list[bool]:
    """Which of the folded words of a query, in order, carry the sentence and not the subject. An empty
    string stands for anything that is no single word; it is never idle."""
    stops = [word in stop_words() for word in words]
    found = []
    what = False
    for word, stop in zip(words, stops, strict=True):
        mere = stop or (what and word in MEANING)
        what = word in WHAT or (what and mere)
        found.append(mere)
    return stops if all(found) else found  # of "apa arti" the meaning is all there is to look for
