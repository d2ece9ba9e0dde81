"""What is asked of an index and what it answers: tokens and ids, no language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Document:
    """One post as the index takes it in.

    ``title`` and ``body`` are tokens in reading order, one per position; each token is the tuple of
    forms that match at that position, the raw folded word first, then its stem or expansion where they
    differ. ``place`` are the tokens of village, kecamatan and KIM names. Facet values: ``village`` and
    ``kecamatan`` Kemendagri codes, ``site`` id, ``topics`` slugs, ``day`` days since 1970-01-01 in the
    hub's zone, ``month`` as ``YYYY-MM``; ``sort_at`` seconds since the epoch. ``group`` joins posts that
    tell one story (0: it is alone).
    """

    id: int
    title: tuple[tuple[str, ...], ...]
    body: tuple[tuple[str, ...], ...]
    place: tuple[tuple[str, ...], ...]
    village: str
    kecamatan: str
    site: int
    topics: tuple[str, ...]
    month: str
    sort_at: int
    group: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for.

    ``forms`` are alternatives with a weight each (``(("pembagian", 1.0), ("bagi", 0.7))``): a post
    matches when it holds any. ``phrase`` is a sequence of raw words that must stand side by side, in
    which case ``forms`` is empty and ``weight`` is what the phrase counts. ``field`` restricts it to
    ``title`` (None: anywhere). ``exclude`` turns it round.
    """

    forms: tuple[tuple[str, float], ...] = ()
    phrase: tuple[str, ...] = ()
    field: Literal["title"] | None = None
    exclude: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must all match; each inner tuple is a group of alternatives (``a OR b``).

    No groups at all: every post, by date. ``minimum`` is the number of groups a post must match for the
    relaxed answer (0: no relaxed answer is wanted).
    """

    groups: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """``strict`` tells that all groups matched."""

    id: int
    score: float
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Hits:
    """The answer, one hit a story: of matching documents with one ``group`` only that stands in ``hits``
    which comes first in the order asked for, and a strict match before any other.

    ``total`` counts the stories with a strict match; ``facets`` maps a facet's name to value -> number of
    stories with a match of that value among the strict ones (among the relaxed ones where no strict one
    exists): what a reader sees who narrows the search to that value.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """``documents`` in the index; ``healthy`` is False when it cannot be opened, with the ``problem``."""

    documents: int
    healthy: bool = True
    problem: str = ""
