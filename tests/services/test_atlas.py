"""Maps: what is drawn from which borders, how large they are, and who is beside whom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.app import Hub
from hub.model import Outline, Sheet
from hub.services.lettering import HEIGHT, LETTER
from tests.borders import ROW, SIDE, collection, corner, feature, grid, square, villages

PATH = re.compile(r"(?:M-?\d+ -?\d+l-?\d+(?:[ -]\d+)*z)+")
TAAN = "76.02.02.2010"
ISLANDS = "76.02.16.2001", "76.02.16.2002"


def points(outline: Outline) -> list[tuple[int, int]]:
    """The corners of an outline, walked along its path."""
    found = []
    for ring in re.findall(r"M([^z]+)z", outline.path):
        start, _, steps = ring.partition("l")
        x, y = map(int, start.split())
        found.append((x, y))
        moves = list(map(int, re.findall(r"-?\d+", steps)))
        for across, down in zip(moves[::2], moves[1::2], strict=True):
            x, y = x + across, y + down
            found.append((x, y))
    return found


def path_length(sheet: Sheet) -> int:
    return sum(len(each.path) for each in sheet.outlines) + len(sheet.lines)


def test_without_borders_there_is_no_map(hub: Hub) -> None:
    assert hub.atlas.district() is None
    assert hub.atlas.kecamatan("76.02.02") is None
    assert hub.atlas.around(TAAN) is None
    assert hub.atlas.neighbours(TAAN) == ()
    assert hub.atlas.points() == {}


@pytest.mark.parametrize(("lacking", "drawn"), [(10, True), (11, False)])
def test_a_map_needs_nine_villages_in_ten(hub: Hub, lacking: int, *, drawn: bool) -> None:
    hub.borders.import_file(grid(lambda code: code not in villages()[:lacking]))
    sheet = hub.atlas.district()
    assert (sheet is not None) is drawn
    if sheet:
        assert len(sheet.outlines) == 101 - lacking


def test_every_village_lies_where_it_is(hub: Hub) -> None:
    hub.borders.import_file(grid())
    sheet = hub.atlas.district()
    assert sheet is not None
    assert [each.code for each in sheet.outlines] == villages()
    assert max(sheet.width, sheet.height) == 1000
    scale = sheet.width / (ROW * SIDE)
    for each in sheet.outlines:
        assert PATH.fullmatch(each.path), each.path
        west, north = corner(each.code)
        left, top = (west - 118.9) * scale, (-2.2 - north) * scale
        xs, ys = zip(*points(each), strict=True)
        assert (min(xs), min(ys)) == (pytest.approx(left, abs=2), pytest.approx(top, abs=3))
        assert min(xs) < each.x < max(xs)
        assert min(ys) < each.y < max(ys)


def test_kecamatan_are_told_apart_by_lines_and_names(hub: Hub) -> None:
    hub.borders.import_file(grid())
    sheet = hub.atlas.district()
    assert sheet is not None
    assert [each.number for each in sheet.labels] == list(range(1, 12))
    assert re.fullmatch(r"(?:M\d+ \d+l-?\d+(?:[ -]\d+)*)+", sheet.lines)
    boxes = [
        (each.x - half, each.y - HEIGHT / 2, each.x + half, each.y + HEIGHT / 2)
        for each in sheet.labels
        if each.fits
        for half in [len(hub.gazetteer.get(each.code).name) * LETTER / 2]
    ]
    assert len(boxes) >= 6
    for n, one in enumerate(boxes):
        assert one[0] >= -1
        assert one[2] <= sheet.width + 1
        for other in boxes[:n]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


def test_far_islands_are_drawn_in_a_box(hub: Hub) -> None:
    """Two small islands 200 km off would make the main land a third of its size."""
    away = {"v76_02_16_2001": square(116.5, -2.3, 0.01), "v76_02_16_2002": square(116.9, -2.5, 0.004)}
    hub.borders.import_file(grid(**away))
    sheet = hub.atlas.district()
    assert sheet is not None
    assert sheet.inset is not None
    left, top, wide, high = sheet.inset
    boxed = {
        each.code
        for each in sheet.outlines
        if all(left <= x <= left + wide and top <= y <= top + high for x, y in points(each))
    }
    assert boxed == set(ISLANDS)
    assert {each.code for each in sheet.outlines if each.small} == set(ISLANDS)
    assert sheet.width / (ROW * SIDE) > 1000, "the main land has the sheet to itself"
    # of the kecamatan itself neither island is the main land
    own = hub.atlas.kecamatan("76.02.16")
    assert own is not None
    assert own.inset is None


def test_a_map_in_passing_is_smaller(hub: Hub) -> None:
    hub.borders.import_file(grid())
    small, whole = hub.atlas.district(small=True), hub.atlas.district()
    assert small is not None
    assert whole is not None
    assert path_length(small) <= path_length(whole) <= 14_000


def test_a_kecamatan_is_drawn_large(hub: Hub) -> None:
    hub.borders.import_file(grid())
    sheet = hub.atlas.kecamatan("76.02.02")
    assert sheet is not None
    members = [each.code for each in hub.gazetteer.villages_of("76.02.02")]
    assert [each.code for each in sheet.outlines] == members
    assert [each.code for each in sheet.labels] == members
    assert max(sheet.width, sheet.height) == 1000


def test_where_a_village_lies(hub: Hub) -> None:
    hub.borders.import_file(grid())
    sheet = hub.atlas.around(TAAN)
    assert sheet is not None
    assert len(sheet.outlines) == 12, "the kecamatan and the village"
    assert sheet.outlines[-1].code == TAAN
    assert path_length(sheet) < 4_000


def test_neighbours_share_a_border_not_a_corner(hub: Hub) -> None:
    hub.borders.import_file(grid())
    place = villages().index(TAAN)
    beside = {villages()[place + step] for step in (-ROW, -1, 1, ROW)}
    assert {each.code for each in hub.atlas.neighbours(TAAN)} == beside


def test_points_lie_inside(hub: Hub) -> None:
    hub.borders.import_file(grid(lambda code: code != TAAN))
    found = hub.atlas.points()
    assert len(found) == 100
    for code, (lat, lon) in found.items():
        west, north = corner(code)
        assert west < lon < west + SIDE
        assert north - SIDE < lat < north


def test_what_was_drawn_is_kept_until_borders_change(hub: Hub) -> None:
    hub.borders.import_file(grid())
    first = hub.atlas.district()
    assert hub.atlas.district() is first
    hub.borders.import_file(collection(feature(TAAN, square(118.8, -2.2))))
    assert hub.atlas.district() is not first


@pytest.mark.corpora
def test_the_map_of_mamuju(hub: Hub, shared_data: Path) -> None:
    hub.borders.import_file((shared_data / "mamuju" / "mamuju_desa_simplified.geojson").read_text("utf-8"))
    sheet = hub.atlas.district()
    assert sheet is not None
    assert len(sheet.outlines) == 101
    assert all(PATH.fullmatch(each.path) for each in sheet.outlines)
    assert path_length(sheet) <= 14_000
    assert sheet.inset is not None, "the Bala-Balakang islands lie 150 km off"
    assert {each.code for each in sheet.outlines if each.small} >= set(ISLANDS)
    assert sum(each.fits for each in sheet.labels) == 11
    for each in hub.gazetteer.kecamatan:
        own = hub.atlas.kecamatan(each.code)
        assert own is not None
        assert len(own.outlines) == len(hub.gazetteer.villages_of(each.code))
    beside = {code: {each.code for each in hub.atlas.neighbours(code)} for code in villages()}
    assert all(code in beside[other] for code in villages() for other in beside[code]), "both ways"
    assert [each.name for each in hub.atlas.neighbours(TAAN)] == ["Kasambang", "Bela", "Kopeang"]
    assert beside[ISLANDS[0]] == set()


@pytest.mark.corpora
def test_kecamatan_alone_make_a_map_too(hub: Hub, shared_data: Path) -> None:
    hub.borders.import_file((shared_data / "mamuju" / "mamuju_kecamatan.geojson").read_text("utf-8"))
    sheet = hub.atlas.district()
    assert sheet is not None
    assert [each.code for each in sheet.outlines] == [each.code for each in hub.gazetteer.kecamatan]
    assert hub.atlas.kecamatan("76.02.02") is None
