"""Examples of the query language that find something on this hub."""

from __future__ import annotations

from dataclasses import dataclass

from hub.model import Card, SearchRequest
from web import current

#: Letters that a word of a title needs to serve as an example.
LONG_ENOUGH = 5
#: What residents of any district look for, tried first, for each kind of word.
COMMON = {
    "word": ("posyandu", "bantuan", "panen"),
    "words": ("bantuan beras", "bantuan warga", "rapat desa"),
    "phrase": ('"dana desa"', '"kepala desa"', '"gotong royong"'),
    "or": ("banjir OR longsor", "panen OR padi"),
    "not": ("bantuan -beras", "vaksin -ternak"),
    "title": ("judul:musrenbang", "judul:posyandu", "judul:bantuan"),
}
#: Kinds that name something of the newest post.
NAMED = ("village", "kecamatan", "kim", "topic", "since", "until")
KINDS = (*COMMON, *NAMED)


@dataclass(frozen=True, slots=True)
class Example:
    """``kind`` is the word of the catalogue that explains it, ``help.<kind>``."""

    kind: str
    q: str


def examples() -> list[Example]:
    """One for each operator: of what residents look for, the first that is found here, else made of the
    newest post; none while the hub is empty."""
    newest = current.hub().reading.search(SearchRequest(limit=1, facets=False)).results
    if not newest:
        return []
    own = _of(newest[0])
    worded = {kind: next((q for q in tried if _finds(q)), own[kind]) for kind, tried in COMMON.items()}
    return [Example(kind, q) for kind, q in (own | worded).items() if q]


def _of(card: Card) -> dict[str, str]:
    """Examples that find at least this post."""
    plain = [word for word in (each.strip(".,:;!?\"'()-") for each in card.title.split()) if word]
    long = [word.lower() for word in plain if len(word) >= LONG_ENOUGH and word.isalpha()]
    first, last = (long[0], long[-1]) if long else ("", "")
    day = card.sort_at.astimezone(current.hub().settings.zone).date()
    return {
        "word": first,
        "words": f"{first} {last}".strip(),
        "phrase": f'"{plain[0]} {plain[1]}"' if len(plain) > 1 else "",
        "or": f"{first} OR {last}" if first else "",
        "not": f"{first} -judi" if first else "",
        "title": f"judul:{first}" if first else "",
        "village": f'desa:"{card.village.name}"',
        "kecamatan": f'kec:"{card.kecamatan.name}"',
        "kim": f'kim:"{card.site.name}"',
        "topic": f"topik:{card.topics[0].slug}" if card.topics else "",
        "since": f"sejak:{day.replace(day=1)}",
        "until": f"sampai:{day}",
    }


def _finds(q: str) -> bool:
    found = current.hub().reading.search(SearchRequest(q, limit=1, facets=False, exact=True))
    return bool(found.total)
