"""What helps somebody to find: what may be meant while they type, and what else there is where nothing was
found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.model.post import Card, Facet
from hub.model.region import Region

CompletionKind = Literal["words", "within", "village", "kecamatan", "topic", "site", "post"]


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that what was typed so far may become.

    ``key`` is the query of ``words``, the Kemendagri code of a place, the slug of a topic, the id of a site
    or post. ``label`` is its name without its kind (``Taan``), ``place`` the code of where it lies: the
    kecamatan of a village, the village of a site or post. ``within`` is a search for the words of ``label``
    in the place with the code ``key``.
    """

    kind: CompletionKind
    key: str
    label: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Wider:
    """Other searches that do find something, and how much.

    ``without`` maps a filter's name (``village``, ``kecamatan``, ``site``, ``topic``, ``days``, and ``all``
    of them where there are several) to the results when it is dropped. ``fewer`` is the query without its
    rarest word. ``nearby`` are villages of the same kecamatan, or other kecamatan, that have results for the
    same words. ``latest`` are the newest posts of ``around``, the kecamatan searched in, or of everywhere.
    """

    without: tuple[tuple[str, int], ...] = ()
    fewer: tuple[str, int] | None = None
    nearby: tuple[Facet, ...] = ()
    latest: tuple[Card, ...] = ()
    around: Region | None = None
