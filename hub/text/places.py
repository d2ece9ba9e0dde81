"""Which regions of the hub does a text name? For warnings, where a wrong place is worse than none."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from lokal import wilayah

from hub.model import Region
from hub.text.regions import Gazetteer, fold

#: ``Mamuju Tengah`` is another regency than ``Mamuju``: what a name becomes when one of these follows.
_SIDES: Final = (
    "utara",
    "selatan",
    "timur",
    "barat",
    "tengah",
    "tenggara",
    "daya",
    "laut",
    "hulu",
    "hilir",
    "raya",
    "baru",
    "jaya",
    "kepulauan",
)


class NamedPlaces:
    """Finds regions by name.

    Names of kecamatan are found in words that name the province or the regency as well, for there is a
    Kalumpang in many provinces. Villages are not looked for: warnings do not name them, and their names are
    common words.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def regions(self, text: str) -> tuple[str, ...]:
        """Kemendagri codes of what ``text`` names: kecamatan, or the whole district, or nothing."""
        words = f" {fold(text)} "
        own = self._gazetteer.district
        district = self._without_sides(words, self._district_name)
        named = tuple(
            each.code
            for each in self._gazetteer.kecamatan
            if fold(each.name) != self._district_name and self._named(words, each)
        )
        ours = f" {self._district_name} " in district
        if named and (ours or self._in_province(words)):
            return tuple(sorted(named + self._namesake(district)))
        return (own.code,) if ours else ()

    def _namesake(self, words: str) -> tuple[str, ...]:
        """The kecamatan that is called like its district, named as one of a list of kecamatan."""
        plain = re.sub(rf" (?:kab|kabupaten|kota) {re.escape(self._district_name)} ", " ", words)
        if f" {self._district_name} " not in plain:
            return ()
        return tuple(e.code for e in self._gazetteer.kecamatan if fold(e.name) == self._district_name)

    def _named(self, words: str, region: Region) -> bool:
        names = (fold(each) for each in (region.name, *self._gazetteer.aliases.get(region.code, ())))
        return any(f" {each} " in self._without_sides(words, each, own=True) for each in names)

    def _without_sides(self, words: str, name: str, *, own: bool = False) -> str:
        """``words`` without longer names that begin like ``name`` and are somebody else's, or with ``own``
        those of other kecamatan of ours too: Tapalang Barat is not Tapalang."""
        longer = [f"{name} {side}" for side in _SIDES]
        for other in longer:
            if own or other not in self._own:
                words = words.replace(f" {other} ", " ")
        return words

    def _in_province(self, words: str) -> bool:
        return bool(self._province) and f" {self._province} " in words

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(fold(each.name) for each in self._gazetteer.kecamatan)

    @cached_property
    def _district_name(self) -> str:
        return re.sub(r"^(?:kabupaten|kota|provinsi) ", "", fold(self._gazetteer.district.name))

    @cached_property
    def _province(self) -> str:
        found = wilayah.get_wilayah(self._gazetteer.district.code.split(".")[0])
        return re.sub(r"^provinsi ", "", fold(found.name)) if found else ""
