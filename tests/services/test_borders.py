"""Borders from GeoJSON: which are taken, how they are simplified, and what the operator hears; both
databases."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from hub.app import Hub
from hub.errors import ConfigError
from hub.services.borders import LeftOut
from tests.borders import SIDE, collection, corner, feature, grid, square, villages

TAAN, BINANGA, TAPALANG = "76.02.02.2010", "76.02.01.1002", "76.02.02"


def kept(hub: Hub) -> dict[str, BaseGeometry]:
    with hub.store.read() as tx:
        return hub.borders.shapes(tx)


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({"kode": TAAN}, ""),
        ({"KODE": "7602022010"}, ""),
        ({"kode": 7602022010}, ""),
        ({"id": 17, "KDEPUM": TAAN}, ""),
        ({"code": "9999999999", "kode_desa": TAAN}, ""),
        ({"nomor": TAAN, "kode": BINANGA}, "Nomor"),
    ],
    ids=["dotted", "digits", "number", "mapping agency", "the hub's own", "named"],
)
def test_a_code_is_found_however_it_is_written(hub: Hub, properties: dict[str, Any], name: str) -> None:
    given = feature("", square(119, -2)) | {"properties": properties}
    assert hub.borders.import_file(collection(given), name).codes == (TAAN,)


def test_a_code_may_be_the_features_own_id(hub: Hub) -> None:
    given = feature("", square(119, -2)) | {"id": TAAN}
    assert hub.borders.import_file(collection(given)).codes == (TAAN,)


def test_the_operator_hears_what_was_left_out_and_why(hub: Hub) -> None:
    line = {"type": "LineString", "coordinates": [(119, -2), (119.1, -2)]}
    broken = {"type": "Polygon", "coordinates": "rusak"}
    found = hub.borders.import_file(
        collection(
            feature(TAAN, square(119, -2)),
            feature("", square(119, -2), nama="Danau"),
            feature("73.09.11.2001", square(119, -2), nama="Desa di Maros"),
            feature(BINANGA, nama="Binanga") | {"geometry": line},
            feature("76.02.01.1003", nama="Mamunyu") | {"geometry": broken},
            feature("76.02.01.1012", nama="Karema") | {"geometry": None},
        )
    )
    assert found.codes == (TAAN,)
    assert found.left_out == (
        LeftOut("Danau", "no_code"),
        LeftOut("Desa di Maros", "elsewhere"),
        LeftOut("Binanga", "no_area"),
        LeftOut("Mamunyu", "no_area"),
        LeftOut("Karema", "no_area"),
    )
    assert len(found.villages_without) == 100
    assert TAAN not in found.villages_without


def test_codes_of_the_statistics_office_are_refused(hub: Hub) -> None:
    """They look like Kemendagri's; the names beside them are of other villages."""
    codes = villages()[:8]
    names = [hub.gazetteer.get(code).name for code in codes]
    right = [feature(code, square(*corner(code)), desa=name) for code, name in zip(codes, names, strict=True)]
    shifted = zip(codes, names[1:] + names[:1], strict=True)
    wrong = [feature(code, square(*corner(code)), desa=name) for code, name in shifted]
    with pytest.raises(ConfigError, match="BPS"):
        hub.borders.import_file(collection(*wrong))
    assert kept(hub) == {}
    assert len(hub.borders.import_file(collection(*right)).codes) == 8


@pytest.mark.parametrize("spelling", ["DESA {}", "{} (Desa)", "kel. {}"])
def test_names_need_not_be_spelt_like_ours(hub: Hub, spelling: str) -> None:
    given = [
        feature(code, square(*corner(code)), nama=spelling.format(hub.gazetteer.get(code).name).upper())
        for code in villages()[:8]
    ]
    assert len(hub.borders.import_file(collection(*given)).codes) == 8


def test_metres_are_refused(hub: Hub) -> None:
    with pytest.raises(ConfigError, match="WGS 84"):
        hub.borders.import_file(collection(feature(TAAN, square(712_000, 9_700_000, 5_000))))
    assert kept(hub) == {}


def test_a_border_that_crosses_itself_is_mended_and_keeps_its_area(hub: Hub) -> None:
    knot = [(119.0, -2.0), (119.1, -2.1), (119.1, -2.0), (119.0, -2.1), (119.0, -2.0)]
    hub.borders.import_file(collection(feature(TAAN, knot)))
    assert kept(hub)[TAAN].area == pytest.approx(0.005, rel=0.01), "both halves"


def test_a_region_in_several_features_is_one(hub: Hub) -> None:
    mainland, island = feature(TAAN, square(119, -2)), feature(TAAN, square(119.5, -2))
    hub.borders.import_file(collection(mainland, island))
    assert kept(hub)[TAAN].area == pytest.approx(2 * SIDE**2)


def ragged(points: int) -> list[tuple[float, float]]:
    """A border from south to north in steps of some metres, as surveyors bring it."""
    return [
        (119.05 + 0.002 * math.sin(n / 9) + 0.0001 * math.sin(n), -2.1 + 0.1 * n / points)
        for n in range(points + 1)
    ]


def test_what_neighbours_share_stays_shared_when_it_is_simplified(hub: Hub) -> None:
    border = ragged(2000)
    west = [(119.0, -2.0), (119.0, -2.1), *border, (119.0, -2.0)]
    east = [(119.1, -2.1), (119.1, -2.0), *reversed(border), (119.1, -2.1)]
    hub.borders.import_file(collection(feature(TAAN, west), feature(BINANGA, east)))
    one, other = kept(hub)[TAAN], kept(hub)[BINANGA]
    assert len(json.dumps(one.__geo_interface__)) < 12_000, "it had 2,000 corners"
    around = one.boundary.length - one.boundary.intersection(other.boundary).length
    assert around == pytest.approx(0.2, abs=0.01), "three sides; the fourth is one line for both"
    assert one.intersection(other).area == 0
    assert one.union(other).area == pytest.approx(0.01)
    assert one.hausdorff_distance(shape({"type": "Polygon", "coordinates": [west]})) < 0.002


def test_neighbours_that_overlap_are_told_apart(hub: Hub) -> None:
    given = feature(TAAN, square(119.0, -2.0)), feature(BINANGA, square(119.0 + SIDE * 0.9, -2.0))
    hub.borders.import_file(collection(*given))
    assert kept(hub)[TAAN].intersection(kept(hub)[BINANGA]).area == 0


def test_a_kecamatan_lies_over_its_villages(hub: Hub) -> None:
    found = hub.borders.import_file(
        collection(
            feature("76.02", square(119, -2, 0.4)),
            feature(TAPALANG, square(119, -2, 0.2)),
            feature(TAAN, square(119, -2, 0.1)),
        )
    )
    assert [found.of_level(each) for each in ("district", "kecamatan", "village")] == [1, 1, 1]
    areas = {code: round(each.area, 4) for code, each in kept(hub).items()}
    assert areas == {"76.02": 0.16, TAPALANG: 0.04, TAAN: 0.01}


def test_a_later_file_replaces_what_it_holds_and_leaves_the_rest(hub: Hub) -> None:
    hub.borders.import_file(grid(lambda code: code != TAAN))
    found = hub.borders.import_file(
        collection(feature(TAAN, square(119, -2)), feature(BINANGA, square(120, -2)))
    )
    assert found.villages_without == ()
    assert kept(hub)[BINANGA].bounds[0] == pytest.approx(120)


@pytest.mark.corpora
def test_the_borders_of_mamuju(hub: Hub, shared_data: Path) -> None:
    folder = shared_data / "mamuju"
    counts = []
    for name in ("mamuju_desa_simplified", "mamuju_kecamatan", "mamuju_kabupaten"):
        text = (folder / f"{name}.geojson").read_text("utf-8")
        found = hub.borders.import_file(text)
        assert found.left_out == ()
        counts.append(len(found.codes))
        for each in json.loads(text)["features"]:
            given, ours = shape(each["geometry"]), kept(hub)[each["properties"]["code"]]
            assert ours.area == pytest.approx(given.area, rel=0.35 if given.area < 1e-4 else 0.06)
    assert counts == [101, 11, 1]
    assert found.villages_without == ()
    places = [kept(hub)[code] for code in villages()]
    overlaps = [a.intersection(b).area for n, a in enumerate(places) for b in places[:n] if a.intersects(b)]
    assert max(overlaps) < 1e-8, "square degrees, some hundred square metres: rounding"
