"""In which words two texts differ, and whether that makes them two notices."""

from __future__ import annotations

from collections.abc import Iterator, Set
from difflib import SequenceMatcher

from plugins.lookalikes.facts import DECISIVE, Fact
from plugins.lookalikes.words import Reading

#: A place in a text where one has these words and the other those.
Place = tuple[range, range]
#: Longer stretches that differ are rewritten: which word stands for which cannot be said.
LONGEST_PLACE = 6
#: Of the numbers in both texts so many agree for each that may differ: an editor mends a figure.
AGREEING = 5
#: Words at the end of a text where a KIM signs.
SIGNATURE = 6
#: Titles that share such a part of their words are one title filled in twice.
ONE_TITLE = 0.6
#: Names as like as this are one name spelled in two ways.
ONE_NAME = 0.75
#: After these a name says where.
_WHERE = "desa dusun kelurahan lingkungan kampung kecamatan kec kel posyandu puskesmas sdn sd smp sma masjid"
WHERE = frozenset(
    (_WHERE + " mushola gereja pasar dermaga pantai sungai jembatan blok rt rw kelompok").split()
)


def another_notice(titles: tuple[Reading, Reading], texts: tuple[Reading, Reading]) -> bool:
    """Whether two like texts state different facts in the same words. Each pair in an order of its own."""
    if any(_contradict(_values(one), _values(other)) for one, other in (titles, texts)):
        return True
    matcher = _laid_beside(*titles)
    if matcher.ratio() >= ONE_TITLE and _filled_in(*titles, list(_places(matcher)), title=True):
        return True
    return _filled_in(*texts, list(_places(_laid_beside(*texts))))


def _laid_beside(one: Reading, other: Reading) -> SequenceMatcher[str]:
    if one.words == other.words:
        return SequenceMatcher(None, (), ())
    return SequenceMatcher(None, one.words, other.words, autojunk=False)


def _values(reading: Reading) -> Set[Fact]:
    return {fact for fact in reading.facts.values() if fact.kind in DECISIVE}


def _contradict(ours: Set[Fact], theirs: Set[Fact]) -> bool:
    """Whether both state something of one kind, and nothing of it alike."""
    return any(
        not ({fact for fact in ours if fact.kind == kind} & theirs)
        for kind in {fact.kind for fact in ours} & {fact.kind for fact in theirs}
    )


def _places(matcher: SequenceMatcher[str]) -> Iterator[Place]:
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "replace":
            yield range(i, i_end), range(j, j_end)


def _filled_in(a: Reading, b: Reading, places: list[Place], *, title: bool = False) -> bool:
    """Whether the places in which two texts differ are blanks of a form, filled in twice. Names in a title
    say nothing: each KIM puts its own village there."""
    numbers = names = 0
    for ours, theirs in places:
        if max(len(ours), len(theirs)) > LONGEST_PLACE:
            continue
        differ = _kinds(a, b, ours, theirs)
        if differ & DECISIVE:
            return True
        numbers += bool(differ)
        end = ours.stop > len(a.words) - SIGNATURE and theirs.stop > len(b.words) - SIGNATURE
        if not title and not end and _names_differ(a, b, ours, theirs):
            if ours.start and a.words[ours.start - 1] in WHERE:
                return True
            names += 1
    agreeing = _numbers(a) & _numbers(b)
    if numbers * AGREEING > len(agreeing):
        return True
    return bool(names) and 2 * (names + numbers) >= len(places)


def _numbers(reading: Reading) -> Set[Fact]:
    return {fact for fact in reading.facts.values() if fact.kind == "number"}


def _kinds(a: Reading, b: Reading, ours: range, theirs: range) -> Set[str]:
    """Kinds of which both say something here, and nothing alike."""
    left = {a.facts[at] for at in ours if at in a.facts}
    right = {b.facts[at] for at in theirs if at in b.facts}
    kinds = {fact.kind for fact in left} & {fact.kind for fact in right}
    return {kind for kind in kinds if not any(fact.kind == kind for fact in left & right)}


def _names_differ(a: Reading, b: Reading, ours: range, theirs: range) -> bool:
    """Whether another name stands here, one that the other text has nowhere."""
    left = {a.words[at] for at in ours if at in a.names} - set(b.words)
    right = {b.words[at] for at in theirs if at in b.names} - set(a.words)
    return bool(left and right) and not any(_one_name(one, other) for one in left for other in right)


def _one_name(one: str, other: str) -> bool:
    """``Tapalang`` and ``Tappalang``, ``Muh`` and ``Muhammad``."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) or SequenceMatcher(None, one, other, autojunk=False).ratio() >= ONE_NAME
