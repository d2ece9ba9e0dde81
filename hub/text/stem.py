"""A light Indonesian stemmer: the affix rules of the language, a list of roots, and a few exceptions.

Written from the grammar (Tata Bahasa Baku: prefixes meN-, peN-, di-, ter-, ber-, per-, se-, ke-, the
suffixes -kan, -an, -i, the particles -lah, -kah, -tah, -pun, the pronouns -ku, -mu, -nya). All ways of
taking a word apart are tried; one that ends on a known root wins, with the least taken off; failing
that only cuts are made that are safe on words never seen. A known root is never cut, so that
``berita``, ``sekolah`` and ``keluarga`` stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

VOWELS = frozenset("aeiou")
#: No cut leaves less than this many letters unless what is left is a known root.
SHORTEST = 4

PARTICLES = ("lah", "kah", "tah", "pun")
PRONOUNS = ("nya", "ku", "mu")
SUFFIXES = ("kan", "an", "i")

#: Word -> stem where the rules, even with the roots, come out wrong or at nothing useful.
EXCEPTIONS = {
    "belajar": "ajar",
    "pelajar": "ajar",
    "pelajaran": "ajar",
    "pembelajaran": "ajar",
    "bekerja": "kerja",
    "pekerja": "kerja",
    "pekerjaan": "kerja",
    "pemerintahan": "pemerintah",
    "beberapa": "beberapa",
    "berupa": "rupa",
    "mengetahui": "tahu",
    "pengetahuan": "tahu",
    "diketahui": "tahu",
    "ketahui": "tahu",
    "bertanya": "tanya",
    "pertanyaan": "tanya",
    "menanyakan": "tanya",
    "mengerti": "arti",
    "pengertian": "arti",
    "telantar": "lantar",
    "terlantar": "lantar",
    "menelantarkan": "lantar",
    "pemilihan": "pilih",
    "pemilu": "pemilu",
    "pemilukada": "pilkada",
    "kesehatan": "sehat",
    "kesejahteraan": "sejahtera",
    "menyejahterakan": "sejahtera",
    "mensejahterakan": "sejahtera",
    "mengubah": "ubah",
    "merubah": "ubah",
    "perubahan": "ubah",
    "mengikuti": "ikut",
    "pengikut": "ikut",
    "ikutan": "ikut",
    "memakan": "makan",
    "pemakan": "makan",
    "terasa": "rasa",
    "keikutsertaan": "ikut",
    "beranda": "beranda",
    "kepala": "kepala",
    "perdana": "perdana",
    "sebagai": "sebagai",
    "sebagian": "bagi",
    "menteri": "menteri",
    "kementerian": "menteri",
    "menjadi": "jadi",
    "terjadi": "jadi",
    "kejadian": "jadi",
}


@cache
def roots() -> frozenset[str]:
    """The project's own list of Indonesian roots."""
    text = (files("hub.text") / "data" / "roots.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def stem(word: str) -> str:
    """The stem of one folded word (lower case, no apostrophes); the word itself where nothing comes off."""
    if word in EXCEPTIONS:
        return EXCEPTIONS[word]
    known = roots()
    if len(word) <= SHORTEST or word in known or not word.isalpha():
        return word
    for bare in _without_clitics(word):
        if bare in EXCEPTIONS:
            return EXCEPTIONS[bare]
        for candidate in _candidates(bare):
            if candidate in known:
                return candidate
    return _careful(word)


def compound(word: str) -> tuple[str, str] | None:
    """The two roots that a word without affixes is made of (``ibukota``: ibu, kota), or None. What is written
    as one and what as two changes from writer to writer. Of a root of its own both halves are longer, or
    *halaman* would be *hal aman*."""
    known = roots()
    shortest = 4 if word in known else 3
    for at in range(shortest, len(word) - shortest + 1):
        if word[:at] in known and word[at:] in known:
            return word[:at], word[at:]
    return None


def _without_clitics(word: str) -> Iterator[str]:
    """The word, then without its particle, then without its pronoun (``bukunyalah``)."""
    yield word
    for endings in (PARTICLES, PRONOUNS):
        for ending in endings:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)]
                yield word
                break


def _candidates(word: str) -> Iterator[str]:
    """Every reading of ``word`` as prefixes + root + suffix, the least cut first."""
    ends = [word] + [word[: -len(s)] for s in SUFFIXES if word.endswith(s) and len(word) - len(s) >= 3]
    layer = [(end, "") for end in ends]
    for _ in range(3):
        yield from (rest for rest, _ in layer)
        layer = [cut for rest, last in layer for cut in _prefix_cuts(rest, last)]
    yield from (rest for rest, _ in layer)


def _prefix_cuts(word: str, last: str) -> Iterator[tuple[str, str]]:
    """What may remain when one prefix comes off, with that prefix's name. A prefix is not taken twice."""
    for name, rest in _readings(word):
        if name != last and len(rest) >= 3:
            yield rest, name


def _readings(word: str) -> Iterator[tuple[str, str]]:
    head = word[:2]
    if head in ("di", "se", "ke"):
        yield head, word[2:]
    elif head in ("be", "te", "pe") and word[2:3] == "r":
        yield head + "r", word[3:]
        yield head + "r", word[2:]  # berenang: be + renang
    elif head == "be" and word[3:5] == "er":  # bekerja, beternak: the r is lost before another
        yield "ber", word[2:]
    if head in ("me", "pe"):
        for rest in _nasal(word[2:]):
            yield head, rest


def _nasal(rest: str) -> Iterator[str]:
    """Roots that ``me-`` or ``pe-`` before ``rest`` may hide, likeliest first.

    Before a vowel the nasal has swallowed a k, p, s or t (``mengirim``: kirim, ``memukul``: pukul,
    ``menyapu``: sapu, ``menulis``: tulis), or stands before a root of its own (``mengambil``: ambil).
    """
    if rest.startswith("ny"):
        yield "s" + rest[2:]
        yield rest
    elif rest.startswith("nge") and len(rest) > 5:
        yield from (rest[2:], "k" + rest[2:], rest[3:])  # mengecek: nge + cek
    elif rest.startswith("ng"):
        yield rest[2:]
        yield "k" + rest[2:]
        yield rest
    elif rest.startswith("m"):
        if rest[1:2] in VOWELS:
            yield "p" + rest[1:]
            yield rest
            yield rest[1:]
        else:
            yield rest[1:]
    elif rest.startswith("n"):
        if rest[1:2] in VOWELS:
            yield "t" + rest[1:]
            yield rest
        else:
            yield rest[1:]
    elif rest[:1] in tuple("lrwyaiueojgbdcstpkh"):
        yield rest


def _careful(word: str) -> str:
    """Cuts for a word whose root nobody listed: pronoun and particle, then what grammar makes certain."""
    bare = word
    for endings in (PARTICLES[:2], PRONOUNS[:1]):
        for ending in endings:
            if bare.endswith(ending) and len(bare) - len(ending) >= SHORTEST:
                bare = bare[: -len(ending)]
    return _unframed(bare)


def _unframed(word: str) -> str:
    """``di-...-kan``, ``meN-...-kan``, ``peN-...-an``, ``ke-...-an``: both ends vouch for each other."""
    frames = (("di", "kan"), ("di", "i"), ("me", "kan"), ("me", "i"), ("pe", "an"), ("ke", "an"), ("me", ""))
    for prefix, suffix in frames:
        if word.startswith(prefix) and word.endswith(suffix):
            inner = word[len(prefix) : len(word) - len(suffix)]
            rest = _first_nasal(inner, prefix)
            if rest and len(rest) >= SHORTEST and VOWELS & set(rest):
                return rest
    return word


def _first_nasal(inner: str, prefix: str) -> str:
    if prefix in ("di", "ke"):
        return inner
    if inner.startswith(("ng", "ny", "m", "n")):
        return next(_nasal(inner))
    return ""
