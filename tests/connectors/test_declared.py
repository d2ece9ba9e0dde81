"""Connectors of one TOML file: the contract for HTML, for HTML with article pages and for JSON, the checks
of the file, and what selectors are explained to match."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pytest

from hub.app import open_hub
from hub.config import build
from hub.errors import Blocked, ConfigError, ParseError
from hub.model import Batch, Cursor, Entry, Source
from hub.plugins import build_manager
from hub.spec import Connector, declared_connector
from hub.spec.declared import explain, explain_article, read_declaration
from hub.spec.declared.format import FIELDS
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import make_items
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

LIST = """
name = "desaku"
label = { id = "Situs DesaKu", en = "DesaKu site" }
language = "id"

[detect]
hosts = ["desaku.example", "*.desaku.example"]

[list]
url = "{site}/berita"
items = "article.kabar"
empty = ".kosong"
next = "a.lanjut@href"

[fields]
link = "h2 a"
title = "h2"
published = "time@datetime"
"""
WHOLE = LIST + 'html = ".isi"\n'
PAGES = LIST + '\n[article]\nhtml = ".isi"\nremove = [".bagikan"]\n'
API = """
name = "berita"
kind = "json"
[list]
url = "{site}/api/berita"
items = "data[]"
page_url = "{site}/api/berita?halaman={page}"
max_pages = 50
[fields]
id = "id"
link = "url"
title = "judul"
html = "isi"
published = "tanggal"
topics = "kategori[].nama"
"""
PER_PAGE = 10
EMPTY = "<!DOCTYPE html><body><p class='kosong'>Belum ada berita</p></body>"


def number_asked(asked: Asked, name: str = "hal") -> int:
    return int(asked.query.get(name, "1"))


def shown(items: Sequence[Item], page: int) -> Sequence[Item]:
    return items[(page - 1) * PER_PAGE : page * PER_PAGE]


class Html(ConnectorHarness):
    connector = declared_connector(WHOLE)
    lacks = frozenset({"auth", "deletions"})
    pages = False

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path == "/berita":
            return self.html(self.list_page(items, number_asked(asked)))
        found = [item for item in items if asked.path == f"/berita/{item.number}"]
        if not found:
            return Answer(b"<h1>Tidak ada</h1>", 404, "text/html")
        return self.html(self.article_page(found[0]))

    @staticmethod
    def html(text: str) -> Answer:
        return Answer(text.encode(), 200, "text/html; charset=utf-8")

    def list_page(self, items: Sequence[Item], page: int) -> str:
        if not items:
            return EMPTY
        rows = "".join(map(self.row, shown(items, page)))
        more = f'<a class="lanjut" href="/berita?hal={page + 1}">Lanjut</a>' * (page * PER_PAGE < len(items))
        return f"<!DOCTYPE html><meta charset=utf-8><body><nav>Beranda</nav>{rows}{more}</body>"

    def row(self, item: Item) -> str:
        text = "" if self.pages else f'<div class="isi">{item.html}</div>'
        return (
            f'<article class="kabar"><h2><a href="/berita/{item.number}">{escape(item.title)}</a></h2>'
            f'<time datetime="{(item.updated or item.published).isoformat()}">x</time>{text}</article>'
        )

    def article_page(self, item: Item) -> str:
        return (
            f"<!DOCTYPE html><meta charset=utf-8><body><h1>{escape(item.title)}</h1>"
            f'<div class="isi">{item.html}<p class="bagikan">Bagikan</p></div></body>'
        )


class HtmlWithPages(Html):
    connector = declared_connector(PAGES)
    pages = True
    many = 25


class Json(ConnectorHarness):
    connector = declared_connector(API)
    lacks = frozenset({"auth", "deletions", "charset"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path != "/api/berita":
            return Answer.json({"pesan": "tidak ada"}, 404)
        return Answer.json(
            {"data": [self.row(item) for item in shown(items, number_asked(asked, "halaman"))]}
        )

    @staticmethod
    def row(item: Item) -> dict[str, object]:
        return {
            "id": item.number,
            "url": f"https://taan.example/berita/{item.number}",
            "judul": item.title,
            "isi": item.html,
            "tanggal": item.published.isoformat(),
            "kategori": [{"nama": "Desa"}],
        }


class TestHtml(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Html()


class TestHtmlWithPages(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return HtmlWithPages()


class TestJson(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return Json()


# -- the file -----------------------------------------------------------------------------------------

WRONG = """
name = "Desa Ku"
kind = "xml"
warna = 1
date_format = "besok"
[list]
items = "h2 >>"
max_pages = 0
url = "ftp://x/{tempat}"
page_url = "{site}/berita"
next = "a"
[fields]
judul = "h2"
title = 3
[article]
"""


def test_all_faults_are_told_at_once_with_key_and_cure() -> None:
    with pytest.raises(ConfigError) as caught:
        read_declaration(WRONG)
    faults = {fault.key: fault for fault in caught.value.faults}
    assert set(faults) >= {
        "name",
        "kind",
        "warna",
        "date_format",
        "list.items",
        "list.max_pages",
        "list.url",
        "list.page_url",
        "list.next",
        "fields.judul",
        "fields.title",
        "fields.link",
        "article.html",
    }
    assert all(fault.cure and fault.problem for fault in faults.values())


def test_what_is_no_toml_is_one_fault() -> None:
    with pytest.raises(ConfigError, match="is not TOML"):
        read_declaration("name = ")


def test_faults_of_a_file_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "desaku.toml"
    path.write_text(WRONG)
    with pytest.raises(ConfigError, match=r"desaku\.toml: name"):
        declared_connector(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        declared_connector(tmp_path / "none.toml")


def test_files_in_the_data_folder_are_connectors_and_a_faulty_one_costs_itself(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "connectors"
    folder.mkdir(parents=True)
    (folder / "desaku.toml").write_text(PAGES)
    (folder / "rusak.toml").write_text(WRONG)
    (folder / "feed.toml").write_text(LIST.replace('"desaku"', '"feed"'))
    manager, _ = build_manager()
    hub = open_hub(build({"hub": {"data_dir": "data"}}, root=tmp_path), manager=manager)
    try:
        assert hub.plugins.connector("desaku").label["en"] == "DesaKu site"
        report = {each.name: each for each in hub.plugins.report()}
        assert report["desaku.toml"].running
        assert report["desaku.toml"].brings == ("connector desaku",)
        assert not report["rusak.toml"].running
        assert "taken by plugin feed" in report["feed.toml"].problem
    finally:
        hub.close()


def test_the_file_of_the_guide_is_a_connector() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "connectors" / "declared.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert declared_connector(text).name == "desaku"
    known = re.findall(r"`(\w+)`", guide)
    assert set(FIELDS) <= set(known), "a field is not in the table"


# -- reading ------------------------------------------------------------------------------------------


def visit(connector: Connector, stage: Stage, cursor: Cursor | None = None) -> list[Batch]:
    source = Source(1, 1, "desaku", f"{stage.url}/")
    return list(connector.harvest(source, cursor, TestingContext(stage.http())))


def entries(batches: Sequence[Batch]) -> list[Entry]:
    return [entry for batch in batches for entry in batch.entries]


def page(text: str) -> Answer:
    return Answer(text.encode(), 200, "text/html; charset=utf-8")


def test_dates_of_people_and_of_a_declared_format() -> None:
    row = "<article class=kabar><h2><a href=/1>Judul</a></h2><i>{}</i></article></body>"
    people = LIST.replace("time@datetime", "i")
    for declared, text in (
        (people, "Jum'at, 20 Nopember 2026 08.30 WITA"),
        ('date_format = "%d|%m|%Y %H:%M"\n' + people, "20|11|2026 08:30"),
        ('date_format = "unix"\n' + people, "1795134600"),
    ):
        with Stage() as stage:
            stage.play(lambda asked, text=text: page(row.format(text)))  # type: ignore[misc]
            entry = visit(declared_connector(declared), stage)[0].entries[0]
        assert entry.published.isoformat() == "2026-11-20T00:30:00+00:00", text


def test_a_link_that_stands_there_twice_is_one_item() -> None:
    declared = LIST.replace("article.kabar", "a.kabar").replace('"h2 a"', '"@href"').replace('"h2"', '""')
    with Stage() as stage:
        body = "<a class=kabar href=/1><img src=/1.jpg></a><a class=kabar href=/1>Judul</a></body>"
        stage.play(lambda asked: page(body))
        (entry,) = visit(declared_connector(declared), stage)[0].entries
    assert entry.title == "Judul"


def test_only_new_and_changed_items_cost_a_page() -> None:
    harness = HtmlWithPages()
    items = make_items(range(1, 6))
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        cursor = visit(harness.connector, stage)[-1].cursor
        stage.requests.clear()
        items.insert(0, make_items([6])[0])
        batches = visit(harness.connector, stage, cursor)
        assert [asked.path for asked in stage.requests] == ["/berita", "/berita/6"]
    assert sum(batch.skipped for batch in batches) == 5


def test_an_article_page_that_is_gone_or_broken_is_no_post() -> None:
    harness = HtmlWithPages()
    items = make_items(range(1, 6))

    def answer(asked: Asked) -> Answer:
        if asked.path == "/berita/2":
            return Answer(b"<h1>Tidak ada</h1></body>", 404, "text/html")
        if asked.path == "/berita/4":
            return page("<h1>Kesalahan basis data</h1></body>")
        return harness.answer(asked, items)

    with Stage() as stage:
        stage.play(answer)
        first = visit(harness.connector, stage)
        assert [entry.title.split()[2] for entry in entries(first)] == ["5", "3", "1"]
        assert any(batch.warnings for batch in first)
        second = visit(harness.connector, stage, first[-1].cursor)
        third = visit(harness.connector, stage, second[-1].cursor)
        # what cannot be read at the third visit is shown as the list has it
        assert [entry.title for entry in entries(third)] == ["Kabar nomor 4 dari Desa Taan"]
        stage.requests.clear()
        visit(harness.connector, stage, third[-1].cursor)
        assert {asked.path for asked in stage.requests} == {"/berita"}


def test_a_page_without_the_list_is_an_error_and_a_wall_is_named() -> None:
    connector = declared_connector(WHOLE)
    with Stage() as stage:
        stage.play(lambda asked: page("<h1>Situs dalam perbaikan</h1></body>"))
        with pytest.raises(ParseError, match=r"article\.kabar.*matches nothing"):
            visit(connector, stage)
        stage.play(lambda asked: page("<title>Just a moment...</title>"))
        with pytest.raises(Blocked) as caught:
            visit(connector, stage)
    assert caught.value.hint == "browser_wanted"


def test_one_list_of_several_may_fail() -> None:
    declared = WHOLE.replace('"{site}/berita"', '["{site}/berita", "{site}/pengumuman"]')
    harness = Html()
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, make_items([1, 2])))
        batches = visit(declared_connector(declared), stage)
    assert sum(len(batch.entries) for batch in batches) == 2
    assert batches[-1].warnings[0].reason == "degraded"


# -- explaining ---------------------------------------------------------------------------------------

SITE = """<!DOCTYPE html><body>{rows}<a class="lanjut" href="?hal=2">Lanjut</a></body>"""
ROW = '<article class="kabar"><h2><a href="/{n}">Berita {n} dari desa</a></h2><p>1 Mei 2026</p></article>'


def test_selectors_are_explained_with_count_and_sample() -> None:
    text = SITE.format(rows="".join(ROW.format(n=n) for n in range(3)))
    told = explain(read_declaration(LIST), text, "https://desaku.example/berita")
    found = {each.key: each for each in told.matched}
    assert (told.items, told.article) == (3, "https://desaku.example/0")
    assert told.next == "https://desaku.example/berita?hal=2"
    assert (found["fields.title"].count, found["fields.title"].sample) == (3, "Berita 0 dari desa")
    assert (found["fields.published"].count, found["fields.published"].hint) == (0, "keys")
    assert found["fields.published"].names == ("h2", "a", "p")
    assert not told.well


@pytest.mark.parametrize(
    ("text", "hint", "name"),
    [
        (SITE.format(rows=ROW.replace("kabar", "kabar-desa").format(n=1) * 3), "nearest", ".kabar-desa"),
        (
            SITE.format(rows=ROW.replace('article class="kabar"', "li").format(n=1) * 3),
            "repeated",
            "li",
        ),
        (
            '<body><div id="root"></div><script>fetch("/api/berita?hal=1")</script></body>',
            "javascript",
            "/api/berita?hal=1",
        ),
    ],
    ids=["nearest", "repeated", "javascript"],
)
def test_hints_where_nothing_matches(text: str, hint: str, name: str) -> None:
    (items, *_) = explain(read_declaration(LIST), text, "https://desaku.example/").matched
    assert (items.key, items.count, items.hint) == ("list.items", 0, hint)
    assert name in items.names


def test_a_field_that_stands_outside_the_items_is_told() -> None:
    text = SITE.format(rows=ROW.format(n=1)) + "<time datetime='2026'></time>"
    found = {each.key: each for each in explain(read_declaration(LIST), text, "https://x.example/").matched}
    assert found["fields.published"].hint == "inside"


def test_json_paths_are_explained_by_the_keys_that_are_there() -> None:
    declared = read_declaration(API)
    told = explain(declared, json.dumps({"hasil": [{"id": 1}]}), "https://x.example/")
    assert (told.matched[0].hint, told.matched[0].names) == ("keys", ("hasil",))
    told = explain(declared, json.dumps({"data": [{"id": 1, "nama": "x"}]}), "https://x.example/")
    found = {each.key: each for each in told.matched}
    assert found["fields.title"].names == ("id", "nama")
    assert explain(declared, "<html>", "https://x.example/").matched[0].hint == "no_json"


def test_article_pages_are_explained() -> None:
    told = explain_article(read_declaration(PAGES), "<div class=isii>x</div>", "https://x.example/1")
    (found,) = [each for each in told.matched if each.key == "article.html"]
    assert (found.count, found.hint, found.names) == (0, "nearest", (".isii",))
