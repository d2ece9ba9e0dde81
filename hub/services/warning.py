"""Warnings of authorities: for whom they are, and which stand now."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.errors import ConfigError, Fault
from hub.model import Alert, Batch, Entry, Missing, Source
from hub.services.keeping import short_id
from hub.store import Store, Transaction
from hub.text.places import NamedPlaces
from hub.text.regions import Gazetteer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: Degrees by which an imported border may be off, about 100 m: it is for drawing and for telling who is
#: meant, not for land registers.
TOLERANCE: Final = 0.001
#: What files call the Kemendagri code.
CODE_NAMES: Final = ("code", "kode", "kode_wilayah", "kemendagri", "kd_desa", "kdepum", "id")


class Warnings:
    """Finds out for which regions of the hub a warning is.

    Where borders were imported, by its polygons; else by the names in its words. One that is for none of
    ours is no news here.
    """

    def __init__(self, store: Store, gazetteer: Gazetteer) -> None:
        self._store, self._gazetteer = store, gazetteer
        self._named = NamedPlaces(gazetteer)
        self._lock = threading.Lock()
        self._borders: tuple[int | None, dict[str, BaseGeometry]] = (None, {})

    def sort_out(self, tx: Transaction, source: Source, batch: Batch) -> Batch:
        """``batch`` with its warnings' regions found, and without those for somebody else. One that was for
        ours before, and is for somebody else now, is missing."""
        if all(each.alert is None for each in batch.entries):
            return batch
        placed = [(each, self._placed(tx, each)) for each in batch.entries]
        kept = tuple(entry for _, entry in placed if entry is not None)
        others = {short_id(given.id): given.id for given, entry in placed if entry is None}
        gone = tuple(Missing(others[each], certain=True) for each in tx.posts.sightings(source.id, others))
        return replace(
            batch, entries=kept, missing=batch.missing + gone, skipped=batch.skipped + len(others) - len(gone)
        )

    def _placed(self, tx: Transaction, entry: Entry) -> Entry | None:
        if entry.alert is None:
            return entry
        regions = self.regions(tx, entry.alert)
        return replace(entry, alert=replace(entry.alert, regions=regions)) if regions else None

    def regions(self, tx: Transaction, alert: Alert) -> tuple[str, ...]:
        """Codes of the regions that a warning is for, the hub's own alone."""
        known = tuple(each for each in alert.regions if each in self._gazetteer)
        if known:
            return known
        borders = self._known_borders(tx) if alert.polygons else {}
        touched = _touched(alert, borders) if borders else ()
        if touched or (borders and alert.kind != "quake"):
            return touched
        # how far a quake is felt is a guess; where it was felt, people said
        return self._named.regions(alert.area)

    def _known_borders(self, tx: Transaction) -> dict[str, BaseGeometry]:
        edition = tx.boundaries.edition()
        with self._lock:
            if edition != self._borders[0]:
                from shapely.geometry import shape  # slow to import, and few hubs have borders

                found = {code: shape(geometry) for code, geometry in tx.boundaries.all().items()}
                self._borders = (edition, {code: each for code, each in found.items() if each.is_valid})
            return self._borders[1]

    # -- importing ----------------------------------------------------------------------------------

    def import_borders(self, text: str, name: str = "") -> Mapping[str, int]:
        """Keep the borders of a GeoJSON file, simplified; ``imported`` and ``skipped`` count its features.

        Args:
            name: the property that holds the Kemendagri code; empty: it is looked for.

        Raises:
            ConfigError: no GeoJSON, or none of its features is a region of this hub.
        """
        found: dict[str, Any] = {}
        features = _features(text)
        for feature in features:
            code = self._code_of(feature, name)
            border = _simplified(feature.get("geometry"))
            if code and border is not None:
                found[code] = border
        if not found:
            cure = "name the property that holds the Kemendagri code: --property NAME"
            problem = f"no feature is a region of {self._gazetteer.district.name}"
            raise ConfigError([Fault("GeoJSON", problem, cure)])
        with self._store.write() as tx:
            tx.boundaries.put(found)
            tx.changes.advance()
        return {"imported": len(found), "skipped": len(features) - len(found)}

    def _code_of(self, feature: Mapping[str, Any], name: str) -> str:
        properties = feature.get("properties") or {}
        wanted = (name,) if name else CODE_NAMES
        given = {str(key).lower(): value for key, value in properties.items()}
        for each in wanted:
            if (code := _dotted(str(given.get(each.lower(), "")))) in self._gazetteer:
                return code
        code = "" if name else _dotted(str(feature.get("id", "")))
        return code if code in self._gazetteer else ""


def _touched(alert: Alert, borders: Mapping[str, BaseGeometry]) -> tuple[str, ...]:
    from shapely.geometry import Polygon
    from shapely.ops import unary_union

    rings = [Polygon([(lon, lat) for lat, lon in ring]) for ring in alert.polygons if len(ring) >= 4]
    area = unary_union([each if each.is_valid else each.buffer(0) for each in rings])
    return tuple(sorted(code for code, border in borders.items() if border.intersects(area)))


def _features(text: str) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ConfigError([Fault("GeoJSON", "is no FeatureCollection", "give a GeoJSON file of borders")])
    return [each for each in features if isinstance(each, dict)]


def _simplified(geometry: Any) -> Any:
    from shapely.errors import ShapelyError
    from shapely.geometry import mapping, shape

    try:
        found = shape(geometry).buffer(0).simplify(TOLERANCE)
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None
    return json.loads(json.dumps(mapping(found))) if found.area > 0 else None


def _dotted(code: str) -> str:
    """``7602022010`` as ``76.02.02.2010``."""
    digits = code.replace(".", "").strip()
    if not digits.isdigit():
        return ""
    parts = [digits[:2], digits[2:4], digits[4:6], digits[6:10]]
    return ".".join(each for each in parts if each)
