"""BMKG: the contract for quakes and for warnings, and what a warning's life brings.

The documents follow the shapes that BMKG documents; no recorded alert was to be had.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connectors.bmkg import BmkgConnector
from connectors.bmkg.cap import read_cap
from connectors.bmkg.quake import entries_of, read_quakes
from hub.errors import FetchError, ParseError
from hub.model import Entry, Source
from hub.spec import Headers, Probe, Response, text_of
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ALERTS = DATA / "corpora" / "alerts-cap"
NS = "urn:oasis:names:tc:emergency:cap:1.2"


class Quakes(ConnectorHarness):
    connector = BmkgConnector()
    url = "{stage}/gempadirasakan.json"
    lacks = frozenset({"auth", "paging", "deletions", "links", "html", "full_text", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        return Answer(json.dumps({"Infogempa": {"gempa": [quake(each) for each in items]}}).encode())


def quake(item: Item, **changes: str) -> dict[str, str]:
    return {
        "Tanggal": "24 Nov 2026",
        "Jam": "09:14:00 WIB",
        "DateTime": item.published.isoformat(),
        "Coordinates": "-2.60,118.90",
        "Lintang": "2.60 LS",
        "Bujur": "118.90 BT",
        "Magnitude": "5.4",
        "Kedalaman": "10 km",
        "Wilayah": item.title,
        "Dirasakan": "IV Mamuju",
    } | changes


class Warned(ConnectorHarness):
    """A feed that names CAP documents. A change is an Update of its own, which refers to the first."""

    connector = BmkgConnector()
    url = "{stage}/rss.xml"
    lacks = frozenset({"auth", "deletions", "html", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path == "/rss.xml":
            return Answer(rss(items, f"http://{asked.headers['host']}").encode(), type="application/rss+xml")
        for item in items:
            if asked.path == path(item):
                return Answer(cap(item).encode(), type="application/xml")
        return Answer(b"", 404)


def path(item: Item) -> str:
    return f"/{item.number}-{2 if item.updated else 1}_alert.xml"


def rss(items: Sequence[Item], base: str) -> str:
    shown = "".join(
        f"<item><title>{escape(each.title)}</title><link>{base}{path(each)}</link>"
        f"<guid isPermaLink='false'>{path(each)}</guid>"
        f"<pubDate>{format_datetime(each.published)}</pubDate></item>"
        for each in items
    )
    return f"<rss version='2.0'><channel><title>BMKG</title><link>{base}</link>{shown}</channel></rss>"


def cap(item: Item, **changes: str) -> str:
    update = item.updated is not None
    values = {
        "identifier": f"{item.number}.{2 if update else 1}",
        "sent": (item.updated or item.published).isoformat(),
        "status": "Actual",
        "msgType": "Update" if update else "Alert",
        "scope": "Public",
        "references": f"bmkg,{item.number}.1,{item.published.isoformat()}" if update else "",
        "event": "Hujan Lebat",
        "severity": "Moderate",
        "expires": "2026-11-24T13:30:00+08:00",
        "headline": item.title,
        "description": text_of(item.html),
        "area": "Sulawesi Barat",
        "polygon": "-2.45,119.10 -2.45,119.30 -2.60,119.30 -2.60,119.10 -2.45,119.10",
    } | changes
    v = {name: escape(value) for name, value in values.items()}
    return (
        f'<alert xmlns="{NS}"><identifier>{v["identifier"]}</identifier><sender>bmkg</sender>'
        f"<sent>{v['sent']}</sent><status>{v['status']}</status><msgType>{v['msgType']}</msgType>"
        f"<scope>{v['scope']}</scope><references>{v['references']}</references><info><language>id</language>"
        f"<category>Met</category><event>{v['event']}</event><urgency>Immediate</urgency>"
        f"<severity>{v['severity']}</severity><certainty>Observed</certainty>"
        f"<expires>{v['expires']}</expires><headline>{v['headline']}</headline>"
        f"<description>{v['description']}</description><area><areaDesc>{v['area']}</areaDesc>"
        f"<polygon>{v['polygon']}</polygon></area></info></alert>"
    )


class TestQuakes(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Quakes()


class TestWarnings(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Warned()


# -- earthquakes --------------------------------------------------------------------------------------

ITEM = Item(
    7, "Pusat gempa berada di darat 14 km timur laut Mamuju", "x", datetime(2026, 11, 24, 1, 14, tzinfo=UTC)
)


def entries(*quakes: dict[str, str], least: float = 5.0) -> list[Entry]:
    return list(entries_of(list(quakes), "https://data.bmkg.go.id/", least))


def alert_of(entry: Entry) -> Any:
    assert entry.alert is not None
    return entry.alert


@pytest.mark.corpora
def test_one_quake_is_no_list() -> None:
    document = json.loads((DATA / "fixtures" / "bmkg_autogempa.json").read_text())
    (found,) = read_quakes(document)
    (entry,) = entries(found)
    assert entry.title == "Gempa M3,6: Pusat gempa berada di darat 14 km selatan Nabire"
    assert entry.published == datetime(2026, 9, 12, 13, 42, 16, tzinfo=UTC)
    assert entry.images[0].url == "https://static.bmkg.go.id/20260912204216.mmi.jpg"
    assert "III Nabire" in entry.summary
    assert "BMKG (Badan Meteorologi" in entry.summary


@pytest.mark.parametrize(
    ("felt", "potential", "severity"),
    [
        ("", "Tidak berpotensi tsunami", "Minor"),
        ("II-III Mamuju", "", "Minor"),
        ("IV Mamuju, II Majene", "", "Moderate"),
        ("VI-VII Mamuju", "", "Severe"),
        ("VIII Mamuju", "", "Extreme"),
        ("III Mamuju", "Berpotensi TSUNAMI untuk diteruskan pada masyarakat", "Extreme"),
    ],
)
def test_how_grave_a_quake_is(felt: str, potential: str, severity: str) -> None:
    (entry,) = entries(quake(ITEM, Dirasakan=felt, Potensi=potential))
    assert alert_of(entry).severity == severity


def test_a_weak_quake_that_nobody_felt_is_left_out() -> None:
    assert entries(quake(ITEM, Magnitude="3.2", Dirasakan="-")) == []
    assert len(entries(quake(ITEM, Magnitude="3.2", Dirasakan="II Mamuju"))) == 1


def test_the_same_quake_in_three_documents_is_one_entry() -> None:
    first, later = entries(quake(ITEM)), entries(quake(ITEM, Dirasakan="V Mamuju"))
    assert first[0].id == later[0].id
    assert first[0].digest != later[0].digest


def test_a_stronger_quake_reaches_further() -> None:
    near, far = (alert_of(entries(quake(ITEM, Magnitude=m))[0]).polygons[0] for m in ("5.0", "7.1"))
    assert max(lat for lat, _ in far) > max(lat for lat, _ in near) > -2.60


@pytest.mark.parametrize(
    "broken",
    [{"Magnitude": "besar"}, {"Magnitude": "NaN"}, {"Magnitude": ""}],
    ids=["word", "nan", "empty"],
)
def test_a_quake_that_cannot_be_read_costs_no_other(broken: dict[str, str]) -> None:
    assert len(entries(quake(ITEM, **broken), quake(ITEM))) == 1


@pytest.mark.parametrize("date", ["kemarin", "", "2026-11-24T01:00"])
def test_a_quake_without_a_date_warns_of_nothing(date: str) -> None:
    (entry,) = entries(quake(ITEM, DateTime=date))
    assert entry.published is None
    assert alert_of(entry).expires is None


def test_coordinates_that_are_none() -> None:
    (entry,) = entries(quake(ITEM, Coordinates="NaN,x"))
    assert alert_of(entry).polygons == ()


# -- warnings -----------------------------------------------------------------------------------------

RAIN = Item(
    1, "Hujan Lebat di Sulawesi Barat", "di Kalukku, Papalang.", datetime(2026, 11, 24, 2, 25, tzinfo=UTC)
)


def run(documents: dict[str, str], cursor: Any = None) -> tuple[dict[str, Entry], Any]:
    """What a visit to a feed of these documents brings; the first named is the newest."""
    with Stage() as stage:
        listed = "".join(
            f"<item><title>t</title><link>{stage.url}/{name}</link></item>" for name in documents
        )

        def answer(asked: Asked) -> Answer:
            if asked.path == "/rss.xml":
                feed = f"<rss version='2.0'><channel><title>BMKG</title>{listed}</channel></rss>"
                return Answer(feed.encode(), type="application/rss+xml")
            document = documents[asked.path[1:]]
            return Answer(document.encode(), 200 if document else 500, "application/xml")

        stage.play(answer)
        context = TestingContext(stage.http())
        source = Source(1, 1, "bmkg", f"{stage.url}/rss.xml")
        batches = list(BmkgConnector().harvest(source, cursor, context))
    found = {entry.id: entry for batch in batches for entry in batch.entries}
    return found, batches[-1]


def test_a_warning() -> None:
    found, batch = run({"a": cap(RAIN)})
    entry = found["cap:1.1"]
    alert = alert_of(entry)
    assert entry.title == "Hujan Lebat di Sulawesi Barat"
    assert (alert.kind, alert.event, alert.severity) == ("weather", "Hujan Lebat", "Moderate")
    assert alert.expires == datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
    assert alert.polygons[0][0] == (-2.45, 119.10)
    assert "Kalukku" in alert.area
    assert alert.attribution.startswith("BMKG")
    assert batch.urgent
    assert batch.wait is not None


def updated(number: int, kind: str, hours: int, **changes: str) -> str:
    sent = (RAIN.published + timedelta(hours=hours)).isoformat()
    reference = f"bmkg,1.1,{RAIN.published.isoformat()}"
    if number > 2:
        reference = f"bmkg,1.{number - 1},{RAIN.published.isoformat()}"
    return cap(RAIN, identifier=f"1.{number}", msgType=kind, references=reference, sent=sent, **changes)


def test_an_update_is_the_same_post_and_a_cancel_lifts_it() -> None:
    _, batch = run({"a": cap(RAIN)})
    found, batch = run({"b": updated(2, "Update", 1, headline="Hujan meluas"), "a": cap(RAIN)}, batch.cursor)
    assert {each: found[each].title for each in found} == {"cap:1.1": "Hujan meluas"}
    found, batch = run({"c": updated(3, "Cancel", 2)}, batch.cursor)
    assert set(found) == {"cap:1.1"}
    assert found["cap:1.1"].title.startswith("Dicabut:")
    assert alert_of(found["cap:1.1"]).expires is None


def test_all_of_it_in_one_visit_is_the_last_word() -> None:
    documents = {"c": updated(3, "Cancel", 2), "b": updated(2, "Update", 1), "a": cap(RAIN)}
    found, _ = run(documents)
    assert list(found) == ["cap:1.1"]
    assert alert_of(found["cap:1.1"]).expires is None


def test_an_update_whose_first_was_never_seen() -> None:
    found, _ = run({"b": updated(2, "Update", 1)})
    assert list(found) == ["cap:1.1"]


@pytest.mark.parametrize("late", [1, 2], ids=["the first", "an update"])
def test_what_comes_late_never_replaces_what_was_sent_later(late: int) -> None:
    _, batch = run({"c": updated(3, "Cancel", 2), "b": updated(2, "Update", 1)})
    document = cap(RAIN) if late == 1 else updated(2, "Update", 1)
    found, batch = run({"late": document}, batch.cursor)
    assert found == {}
    assert batch.missing == ()


def test_a_chain_met_from_its_end_stays_one_post() -> None:
    found, batch = run({"c": updated(3, "Update", 2)})
    (first,) = found
    for late in (updated(2, "Update", 1), cap(RAIN)):
        found, batch = run({f"late-{len(late)}": late}, batch.cursor)
        assert found == {}
    found, _ = run({"d": updated(4, "Update", 3)}, batch.cursor)
    assert list(found) == [first]


def test_a_cancel_without_a_word_takes_the_warning_back() -> None:
    _, batch = run({"a": cap(RAIN)})
    bare = re.sub("<info>.*</info>", "", updated(2, "Cancel", 1))
    found, batch = run({"b": bare}, batch.cursor)
    assert found == {}
    assert [(each.id, each.certain) for each in batch.missing] == [("cap:1.1", True)]


def test_a_document_that_fails_for_now_holds_up_no_other() -> None:
    documents = {"a": cap(RAIN), "failing": ""}
    found, batch = run(documents)
    assert list(found) == ["cap:1.1"]
    assert [each.reason for each in batch.warnings] == ["degraded"]
    found, batch = run({"failing": cap(RAIN, identifier="2.1")}, batch.cursor)
    assert list(found) == ["cap:2.1"], "it is asked for until it comes"


def test_when_all_documents_fail_the_visit_does() -> None:
    with pytest.raises(FetchError):
        run({"failing": ""})


@pytest.mark.parametrize(
    "changes",
    [{"status": each} for each in ("Test", "Exercise", "Draft", "System")]
    + [{"scope": "Restricted"}, {"scope": "Private"}, {"msgType": "Ack"}, {"msgType": "Error"}],
    ids=lambda changes: "-".join(f"{k}_{v}" for k, v in changes.items()),
)
def test_what_is_not_meant_for_everybody_is_no_news(changes: dict[str, str]) -> None:
    found, batch = run({"a": cap(RAIN, **changes)})
    assert found == {}
    assert batch.warnings == ()


def test_a_document_that_is_no_warning_is_told_and_costs_no_other() -> None:
    found, batch = run({"x": "<html>Sedang dirawat</html>", "y": "<alert", "a": cap(RAIN)})
    assert list(found) == ["cap:1.1"]
    assert [each.reason for each in batch.warnings] == ["degraded", "degraded"]


def test_times_without_an_offset_say_nothing() -> None:
    found, _ = run({"a": cap(RAIN, expires="2026-11-24T13:30:00")})
    assert alert_of(found["cap:1.1"]).expires == RAIN.published + timedelta(hours=3)


@pytest.mark.parametrize("polygon", ["...", "", "-2,119 -2,120", "99,200 99,201 98,201 99,200", "1 2 3 4"])
def test_a_polygon_that_is_none(polygon: str) -> None:
    found, _ = run({"a": cap(RAIN, polygon=polygon)})
    assert alert_of(found["cap:1.1"]).polygons == ()


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("rahasia")
    bomb = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>' + cap(RAIN).replace("Hujan Lebat", "&x;")
    found, _ = run({"a": bomb})
    assert all("rahasia" not in each.html + each.title for each in found.values())


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["1-homeland", "2-thunderstorm", "3-earthquake-update"])
def test_examples_of_the_standard(name: str) -> None:
    body = (ALERTS / f"oasis-example{name}.xml").read_bytes()
    etree.XMLSchema(etree.parse(ALERTS / "CAP-v1.2-schema.xsd")).assertValid(etree.fromstring(body))
    alert = read_cap(body)
    assert alert.identifier
    assert alert.info is not None
    assert alert.info.headline or alert.info.event


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["bmkg-nowcast-structure", "malformed-capparser-readme"])
def test_documents_that_are_not_quite_cap(name: str) -> None:
    body = (ALERTS / f"{name}.xml").read_bytes()
    if name.startswith("malformed"):
        with pytest.raises(ParseError):
            read_cap(body)
        return
    info = read_cap(body).info
    assert info is not None
    assert (info.polygons, info.severity) == ((), "")


# -- finding it ---------------------------------------------------------------------------------------


def test_its_site_has_three_streams() -> None:
    probe = Probe("https://data.bmkg.go.id/", Response("https://data.bmkg.go.id/", 200, Headers({})))
    with Stage() as stage:
        found = list(BmkgConnector().detect(probe, TestingContext(stage.http())))
        assert len({each.stream for each in found}) == 3
        other = Probe(
            "https://bmkg.go.id.example/", Response("https://bmkg.go.id.example/", 200, Headers({}))
        )
        assert list(BmkgConnector().detect(other, TestingContext(stage.http()))) == []
