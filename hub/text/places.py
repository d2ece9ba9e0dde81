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
    common words. In a province's hub each regency is looked for on its own.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def regions(self, text: str) -> tuple[str, ...]:
        """Kemendagri codes of what ``text`` names: kecamatan, or the whole district, or the whole province
        where that is the hub's, or nothing."""
        words = f" {fold(text)} "
        return self._in_districts(text, words) if self._districts else self._in_district(words)

    def _in_districts(self, text: str, words: str) -> tuple[str, ...]:
        """Of a kecamatan's namesakes in several regencies it is the one whose regency is named, if any is."""
        named = {name for each in self._districts for name in each.names_beside_own(words)}
        found = tuple(
            code
            for each in self._districts
            for code in each.regions(text)
            if each.is_named(words) or each.name_of(code) not in named
        )
        if found or not self._in_province(words):
            return tuple(sorted(found))
        return (self._gazetteer.district.code,)

    def is_named(self, words: str) -> bool:
        """Whether the district itself is, in folded ``words``."""
        return f" {self._district_name} " in self._without_sides(words, self._district_name)

    def names_beside_own(self, words: str) -> frozenset[str]:
        """Folded names of the district's kecamatan, where the district is named."""
        return self._own if self.is_named(words) else frozenset()

    def name_of(self, code: str) -> str:
        return fold(self._gazetteer.get(code).name)

    def _in_district(self, words: str) -> tuple[str, ...]:
        own = self._gazetteer.district
        district = self._without_sides(words, self._district_name)
        named = tuple(
            each.code
            for each in self._gazetteer.kecamatan
            if fold(each.name) != self._district_name and self._named(words, each)
        )
        ours = self.is_named(words)
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
        those of other kecamatan of ours too: Tapalang Barat is not Tapalang, nor is the regency Polewali
        Mandar its kecamatan Polewali."""
        longer = [f"{name} {side}" for side in _SIDES]
        if own and self._district_name.startswith(f"{name} "):
            longer.append(self._district_name)
        for other in longer:
            if own or other not in self._own:
                words = words.replace(f" {other} ", " ")
        return words

    def _in_province(self, words: str) -> bool:
        return bool(self._province) and f" {self._province} " in words

    @cached_property
    def _districts(self) -> tuple[NamedPlaces, ...]:
        aliases = self._gazetteer.aliases
        return tuple(NamedPlaces(Gazetteer(each.code, aliases)) for each in self._gazetteer.districts)

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
