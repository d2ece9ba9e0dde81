"""Borders of regions, where the operator imported them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from hub.store.counting import advance, counted
from hub.store.tables import boundaries


class Boundaries:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def put(self, geometries: Mapping[str, Any]) -> None:
        """Keep GeoJSON geometries by Kemendagri code, in place of those there are."""
        self._db.execute(delete(boundaries).where(boundaries.c.code.in_(list(geometries))))
        rows = [{"code": code, "geometry": geometry} for code, geometry in geometries.items()]
        if rows:
            self._db.execute(insert(boundaries), rows)
        advance(self._db, "boundaries")

    def all(self) -> dict[str, Any]:
        """GeoJSON geometries by code."""
        return {row.code: row.geometry for row in self._db.execute(select(boundaries))}

    def codes(self) -> set[str]:
        """Codes of the regions that have a border."""
        return set(self._db.execute(select(boundaries.c.code)).scalars())

    def edition(self) -> int:
        """Another one after each ``put``, of whichever process."""
        return counted(self._db, "boundaries")
