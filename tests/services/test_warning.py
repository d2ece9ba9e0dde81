"""Warnings: for whom they are, how long they stand, and that nobody else's come in; on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.errors import ConfigError
from hub.model import Alert, Batch, Card, Entry, Harvest, Source
from hub.services.borders import Borders
from hub.services.reading import _concerns
from hub.testing.scripted import ScriptedConnector, entry
from hub.text.places import NamedPlaces
from hub.text.regions import Gazetteer
from tests.clock import Clock
from tests.services.conftest import FEED

MAMUJU, TAPALANG, KALUKKU, PAPALANG, SIMBORO = (
    "76.02.01",
    "76.02.02",
    "76.02.03",
    "76.02.07",
    "76.02.12",
)
#: Corners in the town of Mamuju, about 1 km apart.
IN_TOWN = ((-2.68, 118.88), (-2.68, 118.89), (-2.69, 118.89), (-2.68, 118.88))
IN_JAVA = ((-7.0, 110.0), (-7.0, 110.2), (-7.2, 110.2), (-7.0, 110.0))


def warning(clock: Clock, number: int = 1, title: str = "Hujan lebat di Kalukku", **changes: object) -> Entry:
    alert = Alert(
        kind="weather",
        event="Hujan lebat",
        severity="Moderate",
        onset=clock(),
        expires=clock() + timedelta(hours=2),
        area="Kalukku, Sulawesi Barat",
        attribution="BMKG",
    )
    return entry(number, title=title, alert=replace(alert, **changes))  # type: ignore[arg-type]


def run(hub: Hub, connector: ScriptedConnector, clock: Clock, *entries: Entry) -> Harvest:
    """A visit that brings ``entries``, ten minutes after the one before."""
    clock.forward(minutes=10)
    connector.plan(FEED, [Batch({"n": 1}, entries=entries, urgent=True, wait=180.0)])
    (harvest,) = hub.harvesting.run(everything=True).harvests
    return harvest


def regions(card: Card) -> tuple[str, ...]:
    assert card.alert is not None
    return card.alert.regions


# -- by name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("KALUKKU, PAPALANG, SIMBORO, TAPALANG; Sulawesi Barat", (TAPALANG, KALUKKU, PAPALANG, SIMBORO)),
        ("KALUKKU, SIMBORO DAN KEPULAUAN; Sulawesi Barat", (KALUKKU, SIMBORO)),
        ("Rangas Raya, Sulawesi Barat", (SIMBORO,)),
        ("Tapalang Barat, Sulawesi Barat", ("76.02.13",)),
        ("Tapalang Barat, Tapalang, Sulawesi Barat", (TAPALANG, "76.02.13")),
        ("Mamuju, Kalukku, Sulawesi Barat", (MAMUJU, KALUKKU)),
        ("Kab. Mamuju: Kalukku", (KALUKKU,)),
        ("Kabupaten Mamuju", ("76.02",)),
        ("Pusat gempa di laut 60 km barat laut Mamuju", ("76.02",)),
        ("Mamuju Tengah", ()),
        ("Mamuju Utara, Sulawesi Barat", ()),
        ("Kalumpang, Sumatera Barat", ()),
        ("Kalukku", ()),
        ("", ()),
    ],
)
def test_regions_are_found_by_name(text: str, codes: tuple[str, ...]) -> None:
    named = NamedPlaces(Gazetteer("76.02", {SIMBORO: ["Rangas Raya"]}))
    assert named.regions(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Kabupaten Mamuju", ("76.02",)),
        ("Mamuju, Majene; Sulawesi Barat", ("76.02", "76.05")),
        ("Mamuju Tengah", ("76.06",)),
        ("Kab. Polewali Mandar", ("76.04",)),
        ("Polewali, Kab. Polewali Mandar", ("76.04.04",)),
        ("Kab. Mamuju: Kalukku; Kab. Majene", (KALUKKU, "76.05")),
        ("KALUKKU, RANGAS RAYA; Sulawesi Barat", (KALUKKU, SIMBORO)),
        ("Kalukku, Kabupaten Majene", ("76.05",)),
        ("Kalukku", ()),
        ("Kalumpang, Sumatera Barat", ()),
        ("Sulawesi Barat", ("76",)),
        ("", ()),
    ],
)
def test_regions_are_found_by_name_in_a_province(text: str, codes: tuple[str, ...]) -> None:
    named = NamedPlaces(Gazetteer("76", {SIMBORO: ["Rangas Raya"]}))
    assert named.regions(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Tompobulu, Sulawesi Selatan", ("73.06.03", "73.09.11")),
        ("Tompobulu, Kabupaten Gowa, Sulawesi Selatan", ("73.06.03",)),
        ("Tompobulu, Kab. Maros", ("73.09.11",)),
    ],
)
def test_of_namesakes_it_is_the_one_whose_regency_is_named(text: str, codes: tuple[str, ...]) -> None:
    assert NamedPlaces(Gazetteer("73")).regions(text) == codes


def test_a_warning_for_a_regency_stands_in_all_of_it() -> None:
    (code,) = NamedPlaces(Gazetteer("76")).regions("Kabupaten Mamuju")
    alert = Alert(kind="weather", event="Hujan lebat", severity="Moderate", regions=(code,))
    assert [_concerns(alert, each) for each in (KALUKKU, f"{KALUKKU}.2001", "76.05")] == [True, True, False]


# -- by border --------------------------------------------------------------------------------------


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("file", "code"),
    [("mamuju_kecamatan.geojson", "76.02"), ("mamuju_desa_simplified.geojson", "76.02.")],
)
def test_regions_are_found_by_border(
    hub: Hub,
    source: Source,
    connector: ScriptedConnector,
    clock: Clock,
    shared_data: Path,
    file: str,
    code: str,
) -> None:
    text = (shared_data / "mamuju" / file).read_text("utf-8")
    imported = hub.borders.import_file(text)
    assert len(imported.codes) > 10
    assert imported.left_out == ()
    harvest = run(
        hub,
        connector,
        clock,
        warning(clock, 1, polygons=(IN_TOWN,)),
        warning(clock, 2, polygons=(IN_JAVA,), area="Kalukku, Sulawesi Barat"),
        warning(clock, 3, "Angin kencang di Kalukku"),
    )
    assert harvest.new == 2, "the polygon counts, and where there is none the name"
    found = {card.id: regions(card) for card in hub.reading.warnings()}
    assert all(each.startswith(code) for codes in found.values() for each in codes)
    (town,) = (codes for codes in found.values() if codes != (KALUKKU,))
    assert {each[:8] for each in town} <= {MAMUJU, SIMBORO}
    assert len(hub.reading.warnings(MAMUJU)) + len(hub.reading.warnings(SIMBORO)) >= 1
    assert hub.reading.warnings("76.02.04") == ()


def square(code: str, south: float, west: float) -> dict[str, Any]:
    ring = [(west, south), (west + 1, south), (west + 1, south + 1), (west, south + 1), (west, south)]
    return {
        "type": "Feature",
        "properties": {"kode": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_borders_imported_by_another_process_count_at_once(hub: Hub) -> None:
    """As many as before, and elsewhere: the number of borders tells nothing."""
    here, there = square(KALUKKU, -3.0, 118.0), square(KALUKKU, -7.5, 109.5)
    other = Borders(hub.store, Gazetteer("76.02"))
    alert = Alert(kind="weather", event="Hujan lebat", polygons=(IN_TOWN,))

    def found() -> tuple[str, ...]:
        with hub.store.read() as tx:
            return hub.warnings.regions(tx, alert)

    answers = []
    for each in (here, there, here):
        other.import_file(json.dumps({"features": [each]}))
        answers.append(found())
    assert answers == [(KALUKKU,), (), (KALUKKU,)]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": 3}', '{"features": []}', '{"features": [7]}'])
def test_what_is_no_border_is_refused(hub: Hub, text: str) -> None:
    with pytest.raises(ConfigError):
        hub.borders.import_file(text)


# -- what is kept -----------------------------------------------------------------------------------


def test_a_warning_stands_until_it_ends(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    harvest = run(hub, connector, clock, warning(clock), entry(2))
    assert harvest.new == 2
    (card,) = hub.reading.warnings()
    assert regions(card) == (KALUKKU,)
    assert [each.id for each in hub.reading.warnings(KALUKKU)] == [card.id]
    assert [each.id for each in hub.reading.warnings(f"{KALUKKU}.2001")] == [card.id]
    assert hub.reading.warnings(MAMUJU) == ()
    clock.forward(hours=1, minutes=49)
    assert hub.reading.warnings(), "a minute before its end"
    clock.forward(minutes=1)
    assert hub.reading.warnings() == (), "nobody harvested meanwhile"
    assert hub.reading.post(card.id).post.alert, "the post stays, with what it said"


def test_warnings_for_others_are_no_news_here(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    harvest = run(
        hub, connector, clock, warning(clock, 1, area="Mamuju Tengah, Sulawesi Barat"), warning(clock, 2)
    )
    assert harvest.new == 1
    assert len(hub.reading.warnings()) == hub.reading.home().numbers.posts == 1


def test_an_update_keeps_its_post(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    run(hub, connector, clock, warning(clock))
    (before,) = hub.reading.warnings()
    later = clock() + timedelta(hours=4)
    wider = warning(
        clock, title="Hujan lebat meluas", expires=later, area="Kalukku, Papalang, Sulawesi Barat"
    )
    assert run(hub, connector, clock, wider).new == 0
    (after,) = hub.reading.warnings()
    assert (after.id, after.title, regions(after)) == (before.id, "Hujan lebat meluas", (KALUKKU, PAPALANG))
    clock.forward(hours=3)
    assert hub.reading.warnings(PAPALANG)


def test_a_cancelled_one_stands_no_more(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    run(hub, connector, clock, warning(clock))
    (card,) = hub.reading.warnings()
    run(hub, connector, clock, warning(clock, title="Dicabut: hujan lebat", expires=None))
    assert hub.reading.warnings() == ()
    assert hub.reading.post(card.id).post.title.startswith("Dicabut")


def test_the_gravest_comes_first(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    given = ("Minor", "Extreme", "Unknown", "Severe", "Moderate")
    entries = [
        warning(clock, number, f"Peringatan {each}", severity=each) for number, each in enumerate(given, 1)
    ]
    run(hub, connector, clock, *entries)
    found = [card.alert.severity for card in hub.reading.warnings() if card.alert]
    assert found == ["Extreme", "Severe", "Moderate", "Minor", "Unknown"]


@pytest.mark.parametrize("changed", [True, False], ids=["news", "nothing new"])
def test_a_source_of_warnings_is_visited_again_soon(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock, *, changed: bool
) -> None:
    batch = Batch({"n": 1}, urgent=True, wait=180.0, unchanged=not changed)
    connector.plan(FEED, [replace(batch, entries=(warning(clock),)) if changed else batch])
    hub.harvesting.run(everything=True)
    due = hub.registering.source(source.id).due_at
    assert due is not None
    assert timedelta(seconds=60) <= due - clock() <= timedelta(seconds=200)


def test_an_update_that_reads_the_same_stands_longer_and_graver(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    run(hub, connector, clock, warning(clock))
    (before,) = hub.reading.warnings()
    run(hub, connector, clock, warning(clock, severity="Severe", expires=clock() + timedelta(hours=6)))
    (after,) = hub.reading.warnings()
    assert after.id == before.id
    assert after.alert is not None
    assert after.alert.severity == "Severe"
    clock.forward(hours=4)
    assert hub.reading.warnings()


def test_a_warning_that_moves_on_is_ours_no_more(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock
) -> None:
    run(hub, connector, clock, warning(clock))
    assert hub.reading.warnings()
    run(hub, connector, clock, warning(clock, area="Mamuju Tengah, Sulawesi Barat"))
    assert hub.reading.warnings() == ()
    run(hub, connector, clock, warning(clock, severity="Severe"))
    assert len(hub.reading.warnings()) == hub.reading.home().numbers.posts == 1


@pytest.mark.corpora
def test_a_quake_that_was_felt_here_is_ours_however_far_it_was(
    hub: Hub, source: Source, connector: ScriptedConnector, clock: Clock, shared_data: Path
) -> None:
    hub.borders.import_file((shared_data / "mamuju" / "mamuju_kecamatan.geojson").read_text("utf-8"))
    far = {"kind": "quake", "polygons": (IN_JAVA,)}
    felt = warning(clock, 1, "Gempa M4,3", area="Dirasakan: III Mamuju, II Majene", **far)
    run(hub, connector, clock, felt, warning(clock, 2, "Gempa M5,0", area="Dirasakan: III Semarang", **far))
    assert [card.title for card in hub.reading.warnings()] == ["Gempa M4,3"]
