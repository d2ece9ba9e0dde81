"""Text in the letters that a printer's own Helvetica has: Windows-1252."""

from __future__ import annotations

import re
import unicodedata

#: What Windows-1252 lacks, and a near word for it.
_NEAR = str.maketrans({"‐": "-", "‑": "-", "−": "-", "→": "->", "←": "<-", "≥": ">=", "≤": "<="})
_SYMBOL = ("So", "Sk", "Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn")
_GAPS = re.compile(r"(?:\[\.\.\.\])(?:[ \t]*\[\.\.\.\])+")
_SPACES = re.compile(r"  +")
_LATIN = re.compile(r"LATIN (CAPITAL|SMALL) LETTER ([A-Z])\b")


def printable(text: str) -> str:
    """``text`` in the letters that the sheet has; accents that it lacks are dropped, symbols too, and
    foreign scripts become ``[...]``."""
    out = []
    for letter in text.translate(_NEAR):
        try:
            letter.encode("cp1252")
        except UnicodeEncodeError:
            letter = _near(letter)
        else:
            if unicodedata.category(letter) == "Cc" and letter not in "\n\t":
                letter = " "
        out.append(letter)
    return _SPACES.sub(" ", _GAPS.sub("[...]", "".join(out)))


def _near(letter: str) -> str:
    """What stands for a letter that Windows-1252 lacks."""
    if base := unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode():
        return base
    if latin := _LATIN.match(unicodedata.name(letter, "")):
        return latin[2] if latin[1] == "CAPITAL" else latin[2].lower()
    return "" if unicodedata.category(letter) in _SYMBOL else "[...]"
