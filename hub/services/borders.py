"""Borders of the hub's regions, where the operator has a GeoJSON file of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.errors import ConfigError, Fault
from hub.store import Store, Transaction
from hub.text.regions import Gazetteer, fold

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: What files call the Kemendagri code; KDEPUM, KDCPUM and KDPKAB are those of the mapping agency (BIG).
CODE_NAMES: Final = (
    *("code", "kode", "kode_wilayah", "kemendagri", "kode_kemendagri", "kode_desa", "kode_kec", "kode_kab"),
    *("kd_desa", "kd_kec", "kd_kab", "kdepum", "kdcpum", "kdpkab", "id"),
)
#: In fewer features than this, names that do not fit their codes prove nothing.
NAMES_TELL: Final = 5
#: Levels of regions by the number of dots in their codes.
LEVELS: Final = {0: "province", 1: "district", 2: "kecamatan", 3: "village"}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A feature that was not imported. ``reason``: ``no_code``, ``elsewhere`` (a region that is not the
    hub's) or ``no_area``; ``name`` is the best the file says about it."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought: regions whose borders came from the file, features left out, and the hub's
    villages that have no border yet."""

    codes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    villages_without: tuple[str, ...]

    def of_level(self, level: str) -> int:
        return sum(LEVELS[code.count(".")] == level for code in self.codes)


class Borders:
    """The kept borders: of villages, kecamatan and districts alike."""

    def __init__(self, store: Store, gazetteer: Gazetteer) -> None:
        self._store, self._gazetteer = store, gazetteer
        self._lock = threading.Lock()
        self._kept: tuple[int | None, dict[str, BaseGeometry]] = (None, {})

    def shapes(self, tx: Transaction) -> dict[str, BaseGeometry]:
        """Areas by code, in degrees; read anew only after an import, of whichever process."""
        edition = tx.boundaries.edition()
        with self._lock:
            if edition != self._kept[0]:
                from shapely.geometry import shape  # slow to import, and few hubs have borders

                found = {code: shape(geometry) for code, geometry in tx.boundaries.all().items()}
                self._kept = (edition, {code: each for code, each in found.items() if each.is_valid})
            return self._kept[1]

    def import_file(self, text: str, name: str = "") -> Imported:
        """Keep the borders of a GeoJSON file, simplified.

        Args:
            name: the property that holds the Kemendagri code; empty: it is looked for.

        Raises:
            ConfigError: no GeoJSON, none of its features is a region of this hub, or what it holds is
                neither Kemendagri codes nor degrees.
        """
        from hub.services import shapes

        features = _features(text)
        parts: dict[str, list[BaseGeometry]] = {}
        left_out: list[LeftOut] = []
        for feature in features:
            code, border = self._code_of(feature, name), shapes.polygonal(feature.get("geometry"))
            if code in self._gazetteer and border is not None:
                parts.setdefault(code, []).append(border)
            else:
                reason = "no_code" if not code else "no_area" if border is None else "elsewhere"
                left_out.append(LeftOut(_title(feature), reason))
        self._refuse_useless(parts)
        self._refuse_foreign_codes(features, name)
        self._keep({code: shapes.joined(each) for code, each in parts.items()})
        return Imported(tuple(sorted(parts)), tuple(left_out), self._villages_without())

    def _keep(self, found: Mapping[str, BaseGeometry]) -> None:
        """Each level is simplified by itself: a kecamatan lies over its villages, not beside them."""
        from hub.services import shapes

        kept: dict[str, Any] = {}
        for dots in LEVELS:
            if level := {code: each for code, each in found.items() if code.count(".") == dots}:
                kept |= shapes.for_keeping(level)
        with self._store.write() as tx:
            tx.boundaries.put(kept)
            tx.changes.advance()

    def _villages_without(self) -> tuple[str, ...]:
        with self._store.read() as tx:
            known = tx.boundaries.codes()
        return tuple(each.code for each in self._gazetteer.villages if each.code not in known)

    def _code_of(self, feature: Mapping[str, Any], name: str) -> str:
        """The feature's Kemendagri code, the hub's own before any other; empty where it has none."""
        given = {str(key).lower(): value for key, value in _properties(feature).items()}
        wanted = (name,) if name else CODE_NAMES
        codes = [_dotted(str(given.get(each.lower(), ""))) for each in wanted]
        if not name:
            codes.append(_dotted(str(feature.get("id", ""))))
        ours = next((each for each in codes if each in self._gazetteer), "")
        return ours or next(filter(None, codes), "")

    # -- files that are not what they seem --------------------------------------------------------

    def _refuse_useless(self, parts: Mapping[str, list[BaseGeometry]]) -> None:
        if not parts:
            cure = "name the property that holds the Kemendagri code: --property NAME"
            raise _fault(f"no feature is a region of {self._gazetteer.district.name}", cure)
        west, south, east, north = _bounds(each for borders in parts.values() for each in borders)
        if west < -180 or east > 180 or south < -90 or north > 90:
            cure = "export the file in degrees of longitude and latitude, WGS 84 (EPSG:4326)"
            raise _fault("its coordinates are no degrees", cure)

    def _refuse_foreign_codes(self, features: Sequence[Mapping[str, Any]], name: str) -> None:
        """Codes of the statistics office (BPS) look like Kemendagri's and mean other regions: the names that
        stand beside them tell."""
        ours = [(code, each) for each in features if (code := self._code_of(each, name)) in self._gazetteer]
        columns = _name_columns([_properties(each) for _, each in ours])
        if len(ours) < NAMES_TELL or not columns:
            return
        agreed = 0
        for code, feature in ours:
            given = [fold(str(_properties(feature).get(each, ""))) for each in columns]
            agreed += any(_same(known, word) for known in self._names(code) for word in given)
        if agreed * 2 < len(ours):
            cure = "name the property that holds the Kemendagri code, not the BPS code: --property NAME"
            raise _fault(f"only {agreed} of {len(ours)} names fit their codes", cure)

    def _names(self, code: str) -> list[str]:
        region = self._gazetteer.get(code)
        return [fold(each) for each in (region.name, *self._gazetteer.aliases.get(code, ()))]


def _name_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Properties that may hold names: words, mostly another one in each row."""
    found = []
    for column in {key for row in rows for key in row}:
        values = {value for row in rows if isinstance(value := row.get(column), str)}
        if len(values) * 2 > len(rows) and all(any(map(str.isalpha, each)) for each in values):
            found.append(column)
    return found


def _same(name: str, word: str) -> bool:
    """Whether a value of a file is a region's name, be it with its kind beside it ("DESA TAAN")."""
    return bool(word) and (f" {name} " in f" {word} " or f" {word} " in f" {name} ")


def _bounds(shapes: Iterable[BaseGeometry]) -> tuple[float, float, float, float]:
    west, south, east, north = zip(*(each.bounds for each in shapes), strict=True)
    return min(west), min(south), max(east), max(north)


def _fault(problem: str, cure: str) -> ConfigError:
    return ConfigError([Fault("GeoJSON", problem, cure)])


def _features(text: str) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise _fault("is no FeatureCollection", "give a GeoJSON file of borders")
    return [each for each in features if isinstance(each, dict)]


def _properties(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _title(feature: Mapping[str, Any]) -> str:
    """How to call a feature before the operator: its first text with letters, else its id."""
    texts = [each for each in _properties(feature).values() if isinstance(each, str)]
    worded = next((each for each in texts if any(map(str.isalpha, each))), "")
    return worded or next(iter(texts), "") or str(feature.get("id", "?"))


def _dotted(code: str) -> str:
    """``7602022010`` as ``76.02.02.2010``."""
    digits = code.replace(".", "").strip()
    if not digits.isdigit() or len(digits) not in (2, 4, 6, 10):
        return ""
    parts = [digits[:2], digits[2:4], digits[4:6], digits[6:10]]
    return ".".join(each for each in parts if each)
