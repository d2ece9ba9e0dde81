"""The lane of warnings on top of the portal, and the page of a warning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import html
from playwright.sync_api import Browser
from werkzeug.test import Client

from hub.app import Hub
from hub.model import SEVERITIES, Alert, Batch
from hub.testing.scripted import ScriptedConnector, entry, scripted_hub
from hub.testing.serving import served
from tests.clock import Clock
from tests.web.asking import LOCAL
from web.app import make_app

URL = "https://data.bmkg.go.id/"
TAPALANG, TAAN, KALUKKU = "76.02.02", "76.02.02.2010", "76.02.03"
PAGES = ("/", f"/kecamatan/{TAPALANG}", f"/desa/{TAAN}")
ALERT = Alert(
    kind="weather",
    event="Hujan lebat",
    severity="Severe",
    onset=datetime(2026, 11, 24, 3, 0, tzinfo=UTC),
    expires=datetime(2026, 11, 24, 5, 30, tzinfo=UTC),  # 13.30 WITA
    attribution="BMKG (Badan Meteorologi, Klimatologi, dan Geofisika)",
    regions=(TAPALANG,),
)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))


@pytest.fixture
def connector() -> ScriptedConnector:
    return ScriptedConnector()


@pytest.fixture
def hub(tmp_path: Path, connector: ScriptedConnector, clock: Clock) -> Iterator[Hub]:
    opened = scripted_hub(tmp_path, connector, now=clock, settings={"web": {"rate_limit": 0}})
    opened.registering.add_site("BMKG", URL, TAAN, probe=False, connector="scripted", feed_url=URL)
    yield opened
    opened.close()


def warn(hub: Hub, connector: ScriptedConnector, *alerts: Alert) -> None:
    entries = [
        entry(number, title=f"Peringatan {number}", alert=each, topics=("Peringatan dini",))
        for number, each in enumerate(alerts, 1)
    ]
    connector.plan(URL, [Batch({}, entries=tuple(entries))])
    hub.harvesting.run(everything=True)


def page(hub: Hub, path: str) -> Any:
    """As a first visitor sees it: a page cache of their own."""
    answer = Client(make_app(hub)).get(path, base_url=LOCAL)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def lane(hub: Hub, path: str) -> list[str]:
    """Words of each warning shown."""
    (main,) = page(hub, path).xpath("//main")
    found = main.xpath("section[@aria-labelledby='peringatan']/article")
    return [" ".join(each.text_content().split()) for each in found]


@pytest.mark.parametrize("path", PAGES)
def test_a_warning_stands_above_the_news(hub: Hub, connector: ScriptedConnector, path: str) -> None:
    assert lane(hub, path) == []
    assert not page(hub, path).xpath("//*[@id='peringatan']"), "no hole where none stands"
    warn(hub, connector, ALERT)
    (words,) = lane(hub, path)
    assert words == "Siaga Cuaca Peringatan 1 Berlaku sampai 13.30 WITA · Kecamatan Tapalang"
    section, *_ = page(hub, path).xpath("//main/section")
    assert section.get("aria-labelledby") == "peringatan", "before all other parts"
    assert section.xpath("p")[0].text_content() == f"Sumber: {ALERT.attribution}"
    assert section.xpath("article//svg[@aria-hidden='true']"), "a mark beside the word"
    (link,) = section.xpath("article//h3/a/@href")
    assert page(hub, link).xpath("//h1")[0].text_content() == "Peringatan 1"


def test_places_elsewhere_show_none(hub: Hub, connector: ScriptedConnector) -> None:
    warn(hub, connector, ALERT)
    assert lane(hub, f"/kecamatan/{KALUKKU}") == []
    assert lane(hub, "/?lang=en")[0].startswith("Severe Weather Peringatan 1 In force until 13:30 WITA")


@pytest.mark.parametrize("path", PAGES)
def test_it_is_gone_when_its_time_is_over(
    hub: Hub, connector: ScriptedConnector, clock: Clock, path: str
) -> None:
    warn(hub, connector, ALERT)
    clock.forward(hours=2, minutes=29)
    assert len(lane(hub, path)) == 1
    clock.forward(minutes=1)
    assert lane(hub, path) == [], "asked for on each rendering, with no harvest in between"


def test_each_severity_has_its_word_and_the_gravest_is_first(hub: Hub, connector: ScriptedConnector) -> None:
    warn(hub, connector, *(replace(ALERT, severity=each, kind="quake") for each in reversed(SEVERITIES)))
    words = [each.split(" Peringatan")[0] for each in lane(hub, "/")]
    named = ("Awas", "Siaga", "Waspada", "Perhatian", "Perhatian")
    assert words == [f"{each} Gempa bumi" for each in named]


def test_of_several_authorities_each_is_named(hub: Hub, connector: ScriptedConnector) -> None:
    warn(hub, connector, ALERT, replace(ALERT, attribution="PVMBG"))
    assert {each.rpartition("Sumber: ")[2] for each in lane(hub, "/")} == {ALERT.attribution, "PVMBG"}


def test_many_are_five_and_a_link(hub: Hub, connector: ScriptedConnector) -> None:
    warn(hub, connector, *[ALERT] * 7)
    assert len(lane(hub, "/")) == 5
    (more,) = page(hub, "/").xpath("//section[@aria-labelledby='peringatan']/p[@class='links']/a")
    assert more.text_content() == "2 peringatan lain →"
    assert "Peringatan 1" in page(hub, more.get("href")).text_content()


@pytest.mark.parametrize(
    ("regions", "words"),
    [
        (("76.02",), "Kabupaten Mamuju"),
        ((TAPALANG, KALUKKU), "Kecamatan Tapalang, Kalukku"),
        ((TAAN, f"{TAPALANG}.2001"), "Kecamatan Tapalang"),
    ],
    ids=["district", "kecamatan", "villages"],
)
def test_for_whom_it_is(hub: Hub, connector: ScriptedConnector, regions: tuple[str, ...], words: str) -> None:
    warn(hub, connector, replace(ALERT, regions=regions))
    assert lane(hub, "/")[0].endswith(f"· {words}")


def test_until_another_day_is_said_with_the_day(hub: Hub, connector: ScriptedConnector) -> None:
    midnight = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    warn(hub, connector, replace(ALERT, expires=midnight))
    assert "Berlaku sampai 25 November 2026, 00.00 WITA" in lane(hub, "/")[0]


def test_its_own_page_says_whether_it_holds(hub: Hub, connector: ScriptedConnector, clock: Clock) -> None:
    warn(hub, connector, ALERT, replace(ALERT, expires=None))
    first, second = (f"/berita/{card.id}" for card in _posts(hub))

    def facts(path: str) -> str:
        (found,) = page(hub, path).xpath("//div[contains(@class, 'warning')]")
        return " ".join(found.text_content().split())

    assert facts(first).startswith("Siaga Cuaca Peringatan ini berlaku sampai 13.30 WITA. Kecamatan Tapalang")
    assert "Sumber: BMKG" in facts(first)
    assert "Peringatan ini sudah dicabut." in facts(second)
    clock.moment += timedelta(hours=3)
    assert "Peringatan ini sudah berakhir (13.30 WITA)." in facts(first)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_can_read_it(
    hub: Hub,
    connector: ScriptedConnector,
    browser: Browser,
    scheme: Any,
) -> None:
    warn(hub, connector, *(replace(ALERT, severity=each) for each in SEVERITIES))
    (post, *_) = hub.reading.warnings()
    shown = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme=scheme)
    with served(make_app(hub)) as base, closing(shown):
        for path in (*PAGES, f"/berita/{post.id}"):
            shown.goto(base + path)
            assert Axe().run(shown).violations_count == 0, path
            assert shown.evaluate("document.documentElement.scrollWidth") <= 360, path


def _posts(hub: Hub) -> Any:
    with_alert = Client(make_app(hub)).get("/api/v1/posts", base_url=LOCAL).json
    assert with_alert is not None
    found = sorted(with_alert["results"], key=lambda each: str(each["title"]))
    assert found[0]["alert"]["severity"] == "Severe"
    assert found[0]["alert"]["regions"] == [TAPALANG]
    assert found[1]["alert"]["expires"] is None
    return [hub.reading.post(each["id"]).card for each in found]
