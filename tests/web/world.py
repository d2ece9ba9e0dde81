"""A portal with everything on it, served: villages, warnings, announcements of every standing, long titles,
no picture, one result, none, an error.

Time stands still at a November morning, so that pictures of two runs are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from hub.app import Hub, open_hub
from hub.config import build
from hub.errors import RemoteError
from hub.model import Actor, Manuscript, Post, SearchRequest
from hub.model.following import Wish
from hub.testing.district import Agency, District
from hub.testing.serving import address, loopback, served
from tests.clock import Clock
from web.app import make_app

#: A Tuesday, 09.14 WITA.
NOW = datetime(2026, 11, 24, 1, 14, tzinfo=UTC)
EDITOR = Actor("siti", "editor", "10.0.0.7")
#: A village with its KIM, and one without.
VILLAGE, WITHOUT, KECAMATAN = "76.02.02.2010", "76.02.01.1003", "76.02.03"
LONG = (
    "Undangan musyawarah perencanaan pembangunan tingkat kabupaten tahun 2027 dan batas waktu pengiriman "
    "usulan desa melalui kantor kecamatan masing-masing"
)
_LETTER = """\
Pelayanan dibuka **pukul 08.00 sampai 14.00 WITA**. Bawalah:

- kartu keluarga, asli dan fotokopi
- surat pengantar dari kantor desa

## Jadwal

| Hari | Tempat |
|---|---|
| Senin | Kantor Desa Taan |
| Selasa | Kantor Kecamatan Kalukku |
"""


@dataclass(frozen=True)
class World:
    """The served portal. ``kinds`` are addresses of one page of each kind, by the kind's name."""

    hub: Hub
    base: str
    kinds: dict[str, str]


@contextmanager
def portal(folder: Path, host_base: str, *, villages: int = 12) -> Iterator[World]:
    """A district of ``villages`` at ``host_base``, harvested and served.

    Args:
        folder: of the hub.
        host_base: three bytes of loopback addresses that no other test uses.
    """
    clock = Clock(NOW)
    with District(villages, host_base, 0, slow_seconds=0.05, clock=clock) as district:
        agency = Agency(district.agency_host, district.port, clock)
        listening = loopback()
        settings = {
            "hub": {"base_url": address(listening), "contact": "kominfo@mamuju.example"},
            "network": {"allow_private": ["127.10.0.0/16"]},
            "harvest": {"host_delay": 0.0, "concurrency": 1},  # so that a post has one number
            "web": {"rate_limit": 0},
            # so that letters are offered; none is sent
            "mail": {"url": "smtp://127.0.0.1:1025", "sender": "kabar@mamuju.example"},
        }
        hub = open_hub(build(settings, root=folder), now=clock)
        _fill(hub, district, agency)
        try:
            with served(make_app(hub), listening) as base:
                yield World(hub, base, kinds(hub))
        finally:
            hub.close()
            agency.stop()


def kinds(hub: Hub) -> dict[str, str]:
    """One address of every kind of page that residents see."""
    posts, links = _posts(hub), hub.following.links
    found = {
        "home": "/",
        "newest": "/cari",
        "search": "/cari?q=posyandu",
        "search-narrowed": f"/cari?q=posyandu&kecamatan={KECAMATAN}&sort=newest",
        "search-one": f"/cari?q={_once(hub, posts)}",
        "search-none": "/cari?q=zzzzqq",
        "search-too-long": "/cari?q=" + "sangat+panjang+" * 40,
        "search-help": "/bantuan/pencarian",
        "post": f"/berita/{_first(posts, pictured=True)}",
        "post-without-picture": f"/berita/{_first(posts, pictured=False)}",
        "post-warning": f"/berita/{next(each.id for each in posts if each.alert)}",
        "village": f"/desa/{VILLAGE}",
        "village-without-kim": f"/desa/{WITHOUT}",
        "kecamatan": f"/kecamatan/{KECAMATAN}",
        "topic": "/topik/kesehatan",
        "sources": "/sumber",
        "source": "/sumber/1",
        "source-in-trouble": f"/sumber/{_troubled(hub)}",
        "announcements": "/pengumuman",
        "announcements-none": "/pengumuman?q=zzzzqq",
        "check": "/periksa",
        "check-genuine": "/periksa?nomor=400.12/102/XI/2026",
        "check-unknown": "/periksa?nomor=1/2",
        "check-withdrawn": "/periksa?nomor=440/77/X/2026",
        "about": "/tentang",
        "accessibility": "/aksesibilitas",
        "map": "/peta",
        "map-kecamatan": f"/peta/{KECAMATAN}",
        "offline": "/luring",
        "display": "/tampilan",
        "follow": f"/ikuti?apa=tempat&village={VILLAGE}",
        "follow-sent": "/ikuti/terkirim",
        "follow-gone": "/ikuti/1-salah",
        "follow-yes": f"/ikuti/ya/{links.token('yes', 1)}",
        "followed": f"/ikuti/{links.token('manage', 1)}",
        "follow-stop": f"/ikuti/berhenti/{links.token('stop', 1)}",
        "error": "/tidak-ada",
        "withdrawn": f"/berita/{next(each.id for each in posts if each.state == 'withdrawn')}",
        "embed": f"/embed/pengumuman?village={VILLAGE}",
    }
    for each in hub.noticeboard.list(limit=20):
        name = {"darurat": "urgent", "penting": "later"}.get(each.nature) or each.state
        found[f"announcement-{name}" if name != "published" else "announcement"] = f"/pengumuman/{each.id}"
    return found


# -- what is in it ----------------------------------------------------------------------------------


def _fill(hub: Hub, district: District, agency: Agency) -> None:
    for site in district.sites:
        name = site.village.kim
        try:
            hub.registering.add_site(name, site.url, site.code)
        except RemoteError:
            hub.registering.add_site(name, site.url, site.code, probe=False, feed_url=site.feed_url)
    hub.registering.add_site(
        "BMKG (contoh)",
        agency.base,
        WITHOUT[:8] + ".1002",
        probe=False,
        connector="bmkg",
        feed_url=agency.feed_url,
    )
    hub.harvesting.run(everything=True)
    _announce(hub)
    oldest = min((each for each in _posts(hub) if not each.alert), key=lambda each: each.sort_at)
    with hub.store.write() as tx:
        tx.posts.set_state([oldest.id], "withdrawn", hub.now())
        tx.changes.append([oldest.id])
    hub.indexing.drain()
    wish = Wish("place", {"village": VILLAGE})
    hub.following.ask(wish, "mail", "weekly", "id", "warga@taan.example")


def _announce(hub: Hub) -> None:
    out = BytesIO()
    Image.new("RGB", (900, 500), (11, 90, 94)).save(out, "PNG")
    poster = hub.announcing.keep_file("poster.png", out.getvalue(), "Poster pelayanan KTP-el keliling")
    paper = hub.announcing.keep_file("jadwal.pdf", b"%PDF-1.4\n%%EOF\n")
    today = hub.now()
    ordinary = Manuscript(
        number="400.12/102/XI/2026",
        subject="Pelayanan KTP-el keliling di Kecamatan Tapalang",
        to=("all",),
        text=_LETTER,
        date=today.date(),
        agency="Dinas Kependudukan dan Pencatatan Sipil",
        contact="0812-3456-7890",
        valid_until=today + timedelta(days=5),
        attachments=(poster, paper),
    )
    plain = replace(ordinary, attachments=(), valid_until=None)
    letters = [
        replace(
            plain,
            number="360/9/XI/2026",
            nature="darurat",
            subject="Banjir di Kalukku: jauhi bantaran sungai",
        ),
        replace(plain, number="440/77/X/2026", subject="Jadwal posyandu bulan November"),
        replace(
            plain,
            number="005/31/XI/2026",
            nature="penting",
            subject=LONG,
            valid_from=today + timedelta(days=3),
        ),
        ordinary,
    ]
    urgent, withdrawn, *_ = (hub.announcing.announce(each, EDITOR).id for each in letters)
    hub.announcing.correct(urgent, replace(letters[0], text="Air mulai surut di Desa Sinyonyoi."), EDITOR)
    hub.announcing.withdraw(withdrawn, EDITOR, "Tanggalnya keliru.")


# -- which pages ------------------------------------------------------------------------------------


def _posts(hub: Hub) -> list[Post]:
    """All posts, withdrawn ones too."""
    with hub.store.read() as tx:
        return [post for post, _ in tx.shelf.changed(datetime(2000, 1, 1, tzinfo=UTC), 0, 10_000)]


def _first(posts: list[Post], *, pictured: bool) -> int:
    """The newest ordinary post with or without a picture, and with a title of some length."""
    fit = [
        each for each in posts if each.state == "visible" and not each.alert and bool(each.images) is pictured
    ]
    return max(fit, key=lambda each: (len(each.title) > 60, each.sort_at)).id


def _once(hub: Hub, posts: list[Post]) -> str:
    """A word that finds one post."""
    for post in posts:
        for word in post.title.split():
            if len(word) > 6 and word.isalpha() and hub.reading.search(SearchRequest(word)).total == 1:
                return word
    raise AssertionError("every word of every title is in several posts")


def _troubled(hub: Hub) -> int:
    return next(each.site.id for each in hub.reading.sites() if each.state == "trouble")
