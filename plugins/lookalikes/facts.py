"""Which words state a fact that makes one notice another: months, dates, amounts, stages, numbers.

Every fact has a kind and a value in one form, so that ``Rp10.000`` and ``Rp 10 ribu``, or ``tahap II`` and
``tahap kedua``, are equal, and facts of one kind can be told apart.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Fact(NamedTuple):
    """``kind``: amount, date, month, day, year, stage or number."""

    kind: str
    value: str


#: Kinds of which a single one that differs makes another notice.
DECISIVE = frozenset({"amount", "date", "month", "day", "year", "stage"})

_MONTHS = "januari februari maret april mei juni juli agustus september oktober november desember"
MONTHS = {name: number for number, name in enumerate(_MONTHS.split(), 1)}
MONTHS |= {"pebruari": 2, "nopember": 11}
#: Short names, which are months beside a number only ("des", "mar" are other words too).
_SHORT = "jan feb mar apr mei jun jul agu sep okt nov des"
SHORT_MONTHS = {name: number for number, name in enumerate(_SHORT.split(), 1)}
SHORT_MONTHS |= {"agt": 8, "agust": 8, "ags": 8, "sept": 9, "peb": 2, "nop": 11}
_DAYS = "senin selasa rabu kamis jumat jum'at sabtu minggu ahad"
DAYS = frozenset(_DAYS.split())

_UNITS = "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas"
NUMBERS = {name: number for number, name in enumerate(_UNITS.split(), 1)}
_ORDINALS = {"pertama": 1, "kesatu": 1, "perdana": 1, "terakhir": 0, "akhir": 0}
ORDINALS = _ORDINALS | {f"ke{name}": number for name, number in NUMBERS.items() if number > 1}
_ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
ROMAN = {name: number for number, name in enumerate(_ROMAN.split(), 1)}
#: What is counted in stages: the number after it says which one.
_STAGED = "tahap tahapan gelombang termin triwulan caturwulan semester kuartal periode putaran babak edisi"
_STAGED += (
    " seri sesi angkatan batch volume vol jilid bagian part episode pekan minggu musim kloter tahun ke hari"
)
STAGED = frozenset(_STAGED.split())
_SCALE = {"ribu": 10**3, "rb": 10**3, "juta": 10**6, "jt": 10**6, "miliar": 10**9, "milyar": 10**9}
_SCALE |= {"m": 10**9, "triliun": 10**12}

#: One word, number, date or sum of money of a text.
TOKEN = re.compile(
    r"(?P<money>\brp\.?\s?\d[\d.,]*(?:\s?(?:ribu|rb|juta|jt|miliar|milyar|triliun|m)\b)?)"
    r"|(?P<date>\b\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\b)"
    r"|(?P<number>\d+(?:[.,:]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:['’`-][^\W\d_]+)*)",
    re.IGNORECASE,
)
_SUM = re.compile(r"rp\.?\s?(?P<number>\d[\d.,]*)\s?(?P<scale>[a-z]*)")


def fact_of_match(found: re.Match[str], folded: str) -> Fact | None:
    """The fact that a number, a date or a sum states; None for a word."""
    if found["word"]:
        return None
    if found["money"]:
        return Fact("amount", _sum(folded))
    if found["date"]:
        day, month, *_ = re.split("[/-]", folded)
        return Fact("date", f"{int(day)}/{int(month)}")
    if re.fullmatch(r"(?:19|20)\d\d", folded):
        return Fact("year", folded)
    return Fact("number", _number(folded))


def fact_of_word(word: str, before: str, after: str, beside_number: bool) -> Fact | None:
    """The fact that a word states, seen between its neighbours."""
    if word in MONTHS or (beside_number and word in SHORT_MONTHS):
        return Fact("month", str(MONTHS.get(word) or SHORT_MONTHS[word]))
    if word in DAYS and not (word == "minggu" and (beside_number or before in NUMBERS or after == "ini")):
        return Fact("day", word.replace("'", ""))
    if before in STAGED:
        number = ORDINALS.get(word) or ROMAN.get(word) or NUMBERS.get(word)
        if number or word in ORDINALS:
            return Fact("stage", str(number or 0))
    if word in ROMAN and len(word) > 1:
        return Fact("stage", str(ROMAN[word]))
    if word in NUMBERS and before != "salah":
        return Fact("number", str(NUMBERS[word]))
    return None


def _sum(folded: str) -> str:
    found = _SUM.match(folded)
    assert found
    value = float(_number(found["number"].rstrip(".,")))
    return f"{value * _SCALE.get(found['scale'], 1):.0f}"


def _number(written: str) -> str:
    """``1.500`` as ``1500``, ``4,20`` as ``4.2``, ``09.00`` as ``9.0``: a clock is a number like others."""
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", written)
    whole, *rest = re.split("[.,:]", plain)
    fraction = "".join(rest).rstrip("0")
    return f"{int(whole)}.{fraction}" if fraction else str(int(whole))
