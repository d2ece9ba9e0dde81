"""kim.id: the contract on pages of its known addresses, and what is made of them.

The pages are written by hand after the addresses that are known; none was recorded from a live site.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pytest

from connectors.kimid import register_connectors
from hub.model import Source
from hub.spec import Headers, Probe, Response
from hub.testing import Answer, Asked, ConnectorContract, ConnectorHarness, Item
from hub.testing.connector_harness import make_items
from hub.testing.context import TestingContext
from hub.testing.stage import Stage

(CONNECTOR,) = register_connectors()
PER_PAGE = 9
FRAME = """<!DOCTYPE html><html lang="id"><head><meta charset="utf-8">
<title>{title} - KIM Taan Bersinar</title>
{meta}</head><body>
<nav class="navbar"><ul><li><a href="/">Beranda</a></li><li><a href="/about-us">Tentang kami</a></li>
<li><a href="/berita">Berita</a></li><li><a href="/galeri">Galeri</a></li></ul></nav>
{body}
<footer><p>Hak cipta KIM Taan Bersinar, Kecamatan Kalukku, Kabupaten Mamuju</p></footer></body></html>"""


class KimId(ConnectorHarness):
    connector = CONNECTOR
    url = "{stage}/"
    many = 25
    lacks = frozenset({"auth", "deletions"})

    def answer(self, asked: Asked, items: Sequence[Item]) -> Answer:
        if asked.path == "/berita":
            return self.listed(items, int(asked.query.get("page", "1")))
        for item in items:
            if asked.path == f"/berita/read/{self.slug(item)}":
                return self.read(item, items)
        return Answer(b"<h1>404</h1>", 404, "text/html")

    @staticmethod
    def slug(item: Item) -> str:
        return f"kabar-nomor-{item.number}-x{item.number:04}"

    @staticmethod
    def page(title: str, body: str, meta: str = "") -> Answer:
        text = FRAME.format(title=escape(title), body=body, meta=meta)
        return Answer(text.encode(), 200, "text/html; charset=UTF-8")

    def card(self, item: Item) -> str:
        link = f"/berita/read/{self.slug(item)}"
        return (
            f'<div class="card"><a href="{link}"><img src="/assets/files/data/{item.number}.jpeg"></a>'
            f'<div class="card-body"><h5><a href="{link}">{escape(item.title)}</a></h5>'
            f'<a href="{link}" class="btn">Baca selengkapnya</a></div></div>'
        )

    def listed(self, items: Sequence[Item], page: int) -> Answer:
        cards = "".join(map(self.card, items[(page - 1) * PER_PAGE : page * PER_PAGE]))
        if not items:
            cards = '<div class="kosong">Belum ada berita.</div>'
        more = f'<li class="page-item"><a rel="next" href="/berita?page={page + 1}">&gt;</a></li>'
        pager = f'<ul class="pagination">{more if page * PER_PAGE < len(items) else ""}</ul>'
        return self.page("Berita", f'<div class="row">{cards}</div>{pager}')

    def read(self, item: Item, items: Sequence[Item]) -> Answer:
        meta = f'<meta property="article:published_time" content="{item.published.isoformat()}">'
        others = "".join(
            f'<li><a href="/berita/read/{self.slug(each)}">{escape(each.title)}</a></li>'
            for each in items[:4]
        )
        body = (
            f'<div class="row"><div class="col-8"><h1>{escape(item.title)}</h1>{item.html}</div>'
            f'<div class="col-4"><h4>Berita terbaru</h4><ul>{others}</ul></div></div>'
        )
        return self.page(item.title, body, meta)


class TestKimId(ConnectorContract):
    @pytest.fixture
    def harness(self) -> ConnectorHarness:
        return KimId()


def test_the_text_comes_from_the_items_own_page_without_what_is_around_it() -> None:
    harness, items = KimId(), make_items(range(1, 4))
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        source = Source(1, 1, "kimid", f"{stage.url}/")
        batches = list(CONNECTOR.harvest(source, None, TestingContext(stage.http())))
    found = [entry for batch in batches for entry in batch.entries]
    assert [entry.title for entry in found] == [item.title for item in items]
    for entry, item in zip(found, items, strict=True):
        assert "warga memperbaiki jalan tani" in entry.html
        assert "Berita terbaru" not in entry.html
        assert "Hak cipta" not in entry.html
        assert entry.published == item.published


@pytest.mark.parametrize(
    ("url", "rank"),
    [
        ("https://warta-taan.kim.id/", 30),
        ("https://kim.id/", 30),
        ("https://taan.desa.example/", 70),
        ("https://kim.id.example/profil", None),
    ],
    ids=["below kim.id", "kim.id", "same CMS elsewhere", "another site"],
)
def test_its_hosts_and_sites_of_the_same_cms_are_known(url: str, rank: int | None) -> None:
    harness, items = KimId(), make_items(range(1, 4))
    front = "<a href=/berita/read/kabar-nomor-1-x0001>Kabar</a>" if rank == 70 else "<p>Selamat datang</p>"
    with Stage() as stage:
        stage.play(lambda asked: harness.answer(asked, items))
        http = stage.http("warta-taan.kim.id", "kim.id", "taan.desa.example", "kim.id.example")
        probe = Probe(url, Response(url, 200, Headers(), front.encode()), title="KIM Taan")
        found = list(CONNECTOR.detect(probe, TestingContext(http)))
    assert [each.rank for each in found] == ([] if rank is None else [rank])
    assert not found or found[0].url == url
