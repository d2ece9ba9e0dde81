"""The fields of the index, and a post as it goes into them.

The hub's forms go in as they are, joined by blanks and parted at them again: the library's analysis does
nothing else. ``words`` holds every form of title and body, the title three times over, for ranking; ``place``
those of the names of the place; ``title`` those of the title alone. Phrases are looked for among raw words
with their positions: ``text`` (title, then body; the library keeps a gap between) and ``heading``.

Columns: ``order`` is the moment and the number of a post in one integer, to sort by; ``group`` the story of a
post that is not alone; ``told_village`` and so on are story and value in one integer (as text they take the
library ten times as long), so that a story counts once for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b

import tantivy

from hub.spec import Document

FACETS = ("village", "kecamatan", "site", "topic", "month")
#: How much more a word counts in the title.
TITLE_BOOST = 3
#: Numbers of posts take so many bits of ``order``; of larger ones the lower bits serve.
ID_BITS = 30
LAST_MOMENT = 1 << 63 - ID_BITS
#: Stories are counted in so many portions where they are too many to count at once.
SLICES = 16
#: A value takes so many bits of ``told_...``.
CODE_BITS = 34
CODES = (1 << CODE_BITS) - 1

Forms = tuple[tuple[str, ...], ...]


@cache
def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", indexed=True, fast=True)
    builder.add_integer_field("order", fast=True)
    builder.add_integer_field("group", fast=True)
    builder.add_integer_field("slice", indexed=True)
    for name in ("words", "place", "title"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("text", "heading"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in FACETS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
        builder.add_integer_field(told(name), fast=True)
    return builder.build()


def to_index(document: Document) -> tantivy.Document:
    """A post in the library's terms."""
    made = tantivy.Document()
    made.add_integer("id", document.id)
    made.add_integer("order", order(document.sort_at, document.id))
    title = _forms(document.title)
    made.add_text("words", " ".join([*[title] * TITLE_BOOST, _forms(document.body)]))
    made.add_text("place", _forms(document.place))
    made.add_text("title", title)
    heading = _raw(document.title)
    made.add_text("heading", heading)
    made.add_text("text", heading)
    made.add_text("text", _raw(document.body))
    for name, values in _facets(document).items():
        for value in filter(None, values):
            made.add_text(name, value)
            if document.group:
                made.add_integer(told(name), document.group << CODE_BITS | code(value))
    if document.group:
        made.add_integer("group", document.group)
        made.add_integer("slice", document.group % SLICES)
    return made


def told(facet: str) -> str:
    """The column of stories with their values of a facet."""
    return f"told_{facet}"


@lru_cache(maxsize=10_000)
def code(value: str) -> int:
    """A value as a number; two may have the same."""
    return int.from_bytes(blake2b(value.encode(), digest_size=5).digest()) & CODES


def order(sort_at: int, id_: int) -> int:
    """One integer that sorts as (moment, number); moments past what fits count as the last that does."""
    sort_at = min(max(sort_at, -LAST_MOMENT), LAST_MOMENT - 1)
    return sort_at << ID_BITS | id_ & ((1 << ID_BITS) - 1)


def moment(order: int) -> int:
    """The moment in it."""
    return order >> ID_BITS


def _forms(tokens: Forms) -> str:
    return " ".join(form for token in tokens for form in token)


def _raw(tokens: Forms) -> str:
    return " ".join([token[0] for token in tokens])


def _facets(document: Document) -> dict[str, Iterable[str]]:
    return {
        "village": (document.village,),
        "kecamatan": (document.kecamatan,),
        "site": (str(document.site),),
        "topic": document.topics,
        "month": (document.month,),
    }
