"""The page about accessibility tells what was measured, and nothing where nothing was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from werkzeug.test import Client

from hub.app import Hub, open_hub
from hub.config import build
from web.app import make_app
from web.portal import accessibility

MEASURED: dict[str, Any] = {
    "checked_on": "2026-11-24",
    "axe": {"version": "4.12.1", "pages": 42, "themes": 2, "violations": 0},
    "lighthouse": {
        "version": "12.8.2",
        "scores": {"home": {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 98}},
    },
    "slow_line": {"kbit_s": 400, "latency_ms": 300, "readable_ms": 1234},
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    opened = open_hub(build({"hub": {"contact": "kominfo@mamuju.example"}}, root=tmp_path))
    yield opened
    opened.close()


def main(hub: Hub, lang: str = "id") -> Any:
    (found,) = html.fromstring(Client(make_app(hub)).get(f"/aksesibilitas?lang={lang}").data).xpath("//main")
    return found


def test_figures_are_those_of_the_last_run(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accessibility, "evidence", lambda: accessibility.read(MEASURED))
    monkeypatch.setattr("web.static_files.StaticFiles.url", lambda _, name: f"/static/{name}")
    shown = main(hub)
    words = " ".join(shown.text_content().split())
    for part in ("24 November 2026", "axe 4.12.1", "42 jenis halaman", "2 tema", "400 kbit", "1,2 detik"):
        assert part in words
    assert shown.xpath("//tbody/tr/td/text()") == ["99", "100", "100", "98"]
    assert shown.xpath("//a[@href='/static/accessibility.json']")
    assert "after 1.2 seconds" in main(hub, "en").text_content()


def test_violations_are_not_hidden(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    found = MEASURED | {"axe": MEASURED["axe"] | {"violations": 3}}
    monkeypatch.setattr(accessibility, "evidence", lambda: accessibility.read(found))
    monkeypatch.setattr("web.static_files.StaticFiles.url", lambda _, name: f"/static/{name}")
    assert "3 violations" in main(hub, "en").text_content()


def test_what_was_not_measured_is_not_claimed(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accessibility, "evidence", lambda: None)
    shown = main(hub)
    assert not shown.xpath("//table")
    assert "belum diukur" in shown.text_content()
    assert shown.xpath("//a[@href='mailto:kominfo@mamuju.example']"), "whom to tell stands there anyway"
