"""The numbers under which look-alikes meet: MinHash by rensa over runs of words.

A band is one row of the signature: a run of several words is rare enough by itself, so that even two texts
which share a fifth of their runs meet, and unrelated ones hardly ever do. Half of the bands read the opening
alone: there an excerpt and its whole share nearly everything.
"""

from __future__ import annotations

from array import array

from rensa import RMinHash

#: Words in a run, bands over the whole text and over its opening, and words of the opening.
RUN = 4
WHOLE, OPENING = 8, 6
OPENING_WORDS = 70
_SEED = 7602
#: Marks of another version of rensa's algorithm are other marks: they never meet those by chance.
_VERSION = int(RMinHash.ALGORITHM_VERSION)


def marks_of(words: array[int]) -> frozenset[int]:
    """At most WHOLE + OPENING numbers of 64 bits, the same in every process.

    Args:
        words: those of a text, as ``Outline`` has them.
    """
    written, size = words.tobytes(), words.itemsize
    runs = [written[at : at + RUN * size] for at in range(0, len(written) - (RUN - 1) * size, size)]
    whole = _signature(runs, WHOLE)
    opening = _signature(runs[:OPENING_WORDS], OPENING)
    return frozenset(_mark(band, value) for band, value in enumerate([*whole, *opening]))


def _signature(runs: list[bytes], bands: int) -> list[int]:
    sketch = RMinHash(bands, _SEED)
    sketch.update(runs)
    return list(sketch.digest())


def _mark(band: int, value: int) -> int:
    """Version, band and the 32 bits of the signature side by side: positive, so it fits signed 64 bits."""
    return (_VERSION & 0xFF) << 48 | band << 40 | value
