"""Whom an announcement is for, in places: whole kecamatan by their name, single villages by theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.model import Region


@dataclass(frozen=True, slots=True)
class Part:
    """A kecamatan, or some of its villages. ``whole`` tells that all of them are meant."""

    kecamatan: Region
    villages: tuple[Region, ...]
    whole: bool


def reach(meant: Iterable[Region], every: Sequence[Region], kecamatan: Sequence[Region]) -> tuple[Part, ...]:
    """``meant`` villages under their kecamatan, both in the order of their codes; nothing when all villages
    of the district are meant.

    Args:
        every: all villages of the district.
        kecamatan: all its kecamatan.
    """
    codes = {region.code for region in meant}
    if all(region.code in codes for region in every):
        return ()
    parts = []
    for above in sorted(kecamatan, key=lambda each: each.code):
        own = [village for village in every if village.parent == above.code]
        villages = tuple(village for village in own if village.code in codes)
        if villages:
            parts.append(Part(above, villages, len(villages) == len(own)))
    return tuple(parts)
