"""Warnings of authorities: for whom they are, and which stand now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.model import Alert, Batch, Entry, Missing, Source
from hub.services.borders import Borders
from hub.services.keeping import short_id
from hub.store import Transaction
from hub.text.places import NamedPlaces
from hub.text.regions import Gazetteer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class Warnings:
    """Finds out for which regions of the hub a warning is.

    Where borders were imported, by its polygons; else by the names in its words. One that is for none of
    ours is no news here.
    """

    def __init__(self, gazetteer: Gazetteer, borders: Borders) -> None:
        self._gazetteer, self._borders = gazetteer, borders
        self._named = NamedPlaces(gazetteer)

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
        borders = self._borders.shapes(tx) if alert.polygons else {}
        touched = _touched(alert, borders) if borders else ()
        if touched or (borders and alert.kind != "quake"):
            return touched
        # how far a quake is felt is a guess; where it was felt, people said
        return self._named.regions(alert.area)


def _touched(alert: Alert, borders: Mapping[str, BaseGeometry]) -> tuple[str, ...]:
    from shapely.geometry import Polygon
    from shapely.ops import unary_union

    rings = [Polygon([(lon, lat) for lat, lon in ring]) for ring in alert.polygons if len(ring) >= 4]
    area = unary_union([each if each.is_valid else each.buffer(0) for each in rings])
    return tuple(sorted(code for code, border in borders.items() if border.intersects(area)))
