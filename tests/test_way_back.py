"""The way back, as a story: written once, on every village's own site with proof, and gone again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3

from hub.app import Hub, open_hub
from hub.config import load, toml
from hub.model import Actor, Announcement, Delivery, Manuscript, SearchRequest
from hub.testing.district import District, VillageSite
from hub.testing.district.pictures import Wanted, render
from hub.testing.serving import address, loopback, served
from tests.clock import Clock
from web.app import make_app

EDITOR = Actor("siti", "editor")
TAPALANG, SIMBORO = "kec:76.02.02", "kec:76.02.12"
TAAN, PATIDI, SUMARE, BINANGA = "76.02.02.2010", "76.02.12.2009", "76.02.12.2005", "76.02.01.1002"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def district(clock: Clock) -> Iterator[District]:
    with District(12, "127.10.52.", 0, clock=clock, slow_seconds=0.05) as running:
        yield running


@pytest.fixture
def hub(tmp_path: Path, district: District, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has harvested the district and reaches four of its sites, serving its pages."""
    monkeypatch.setattr("web.cache.LOOK_EVERY", 0.0)  # no page is old for even half a second
    listening = loopback()
    config = tmp_path / "config.toml"
    config.write_text(
        f'[hub]\nbase_url = "{address(listening)}"\n'
        f"[network]\nallow_private = {toml(district.allow_private)}\n"
        "[harvest]\nhost_delay = 0.0\n[publish]\nretry_base = 0.01\n"
    )
    opened = open_hub(load(config, {}), now=clock)
    for code in (TAAN, PATIDI, SUMARE, BINANGA):
        connect(opened, district.site(code))
    opened.harvesting.run()
    district.follow(opened.settings.hub.base_url, kept=0)
    with served(make_app(opened), listening):  # villages fetch its feed there
        yield opened
    opened.close()


def connect(hub: Hub, site: VillageSite) -> None:
    added = hub.registering.add_site(site.name, site.url, site.code)
    if site.desk is not None:
        hub.targets.add(added.site.id, "wordpress", EDITOR, site.url, site.user, site.password)
    else:
        hub.targets.add(added.site.id, "feed", EDITOR, site.url, check=False)


def letter(hub: Hub, **changes: object) -> Manuscript:
    poster = hub.announcing.keep_file("poster.jpg", render(Wanted("posyandu", 2, "jpg")), "Antrean posyandu")
    fields: dict[str, object] = {
        "number": "400.7/218/Dinkes/2026",
        "subject": "Vaksinasi rabies gratis",
        "to": (TAPALANG, SIMBORO),
        "text": "Bawa anjing dan kucing ke **Puskesmas Tapalang** pada pukul 08.00 WITA.",
        "agency": "Dinas Pertanian",
        "attachments": (poster,),
    }
    return Manuscript(**(fields | changes))  # type: ignore[arg-type]


def work(hub: Hub) -> None:
    hub.delivering.run()
    hub.proving.run()


def board(hub: Hub, announcement: Announcement) -> Mapping[str, Delivery]:
    """Village code -> delivery."""
    rows = hub.noticeboard.board(announcement.id).rows
    return {row.village.code: row.delivery for row in rows if row.delivery is not None}


def page(address: str) -> tuple[int, str]:
    answer = urllib3.request("GET", address, retries=False)
    return answer.status, answer.data.decode()


def site_id(hub: Hub, village: str) -> int:
    return next(each.site.id for each in hub.reading.sites() if each.site.village == village)


def posts(hub: Hub) -> int:
    return hub.reading.search(SearchRequest(facets=False)).total


def test_two_kecamatan_read_it_at_home_and_then_no_more(hub: Hub, district: District, clock: Clock) -> None:
    news = posts(hub)
    assert news > 0

    # said once; what the harvest meets at home is proof and no news, the rest is looked up
    sent = hub.announcing.announce(letter(hub), EDITOR)
    hub.delivering.run()
    rows = board(hub, sent)
    assert {row.state for row in rows.values()} == {"delivered"}
    clock.forward(minutes=1)
    hub.harvesting.run(everything=True)
    assert posts(hub) == news
    assert board(hub, sent)[TAAN].state == "verified"
    assert [event.action for event in hub.noticeboard.events(rows[TAAN].id)][-1] == "harvest"
    hub.proving.run()
    rows = board(hub, sent)
    assert {code: row.state for code, row in rows.items()} == dict.fromkeys(
        (TAAN, PATIDI, SUMARE), "verified"
    )
    assert district.copies(sent.mark) == {TAAN: 1}
    status, html = page(rows[TAAN].remote_url)
    assert status == 200
    assert "Puskesmas Tapalang" in html
    assert sent.number in html
    assert "poster" in html
    assert "Vaksinasi rabies gratis" in page(district.site(PATIDI).url)[1]
    assert "Vaksinasi rabies gratis" not in page(district.site(BINANGA).url)[1], "not meant for Mamuju"
    everyone = hub.noticeboard.board(sent.id)
    assert everyone.counts["without_channel"] == len(everyone.rows) - 3 > 0
    checked = hub.noticeboard.check("400.7/218/dinkes/2026")
    assert (checked.verdict, checked.announcement) == ("genuine", hub.noticeboard.get(sent.id))

    # one word was wrong
    clock.forward(hours=1)
    corrected = letter(hub, text="Bawa anjing dan kucing ke **Puskesmas Galung** pada pukul 08.00 WITA.")
    hub.announcing.correct(sent.id, corrected, EDITOR)
    work(hub)
    rows = board(hub, sent)
    assert {row.state for row in rows.values()} == {"verified"}
    assert {row.done_version for row in rows.values()} == {2}
    status, html = page(rows[TAAN].remote_url)
    assert "Puskesmas Galung" in html
    assert "Puskesmas Tapalang" not in html
    assert district.copies(sent.mark) == {TAAN: 1}
    taan = district.site(TAAN).desk
    assert taan is not None
    assert len(taan.media) == 1, "the poster was uploaded once"

    # and taken back
    clock.forward(hours=1)
    hub.announcing.withdraw(sent.id, EDITOR, "Jadwal berubah")
    work(hub)
    gone = hub.noticeboard.board(sent.id)
    assert (gone.sites, gone.live, gone.gone, gone.moving) == (3, 0, 3, 0)
    assert district.copies(sent.mark) == {}
    assert page(rows[TAAN].remote_url)[0] == 404
    assert "Vaksinasi rabies gratis" not in page(district.site(PATIDI).url)[1]
    clock.forward(minutes=1)
    hub.harvesting.run(everything=True)
    assert posts(hub) == news
    assert hub.noticeboard.check(sent.number).verdict == "withdrawn"


def test_an_answer_that_is_lost_makes_no_second_copy(hub: Hub, district: District, clock: Clock) -> None:
    taan, binanga = district.site(TAAN), district.site(BINANGA)
    taan.mishaps.set("commit_then_reset", times=1)
    binanga.mishaps.set("commit_then_502", times=1)
    sent = hub.announcing.announce(letter(hub, to=(f"village:{TAAN}", f"village:{BINANGA}")), EDITOR)
    hub.delivering.run()
    assert {row.state for row in board(hub, sent).values()} <= {"unknown", "delivered"}
    clock.forward(minutes=10)
    work(hub)
    assert {row.state for row in board(hub, sent).values()} == {"verified"}
    assert district.copies(sent.mark) == {TAAN: 1, BINANGA: 1}
    for site in (taan, binanga):
        assert site.desk is not None
        assert site.desk.created[sent.mark] == 1


def test_what_a_village_changed_is_reported_and_left_alone(
    hub: Hub, district: District, clock: Clock
) -> None:
    sent = hub.announcing.announce(letter(hub, to=(f"village:{TAAN}", f"village:{BINANGA}")), EDITOR)
    work(hub)
    clock.forward(days=1)
    taan, binanga = district.site(TAAN).desk, district.site(BINANGA).desk
    assert taan is not None
    assert binanga is not None
    taan.edit_copy(sent.mark, "<p>Di Taan: pukul 10.00 di balai desa.</p>")
    binanga.remove_copy(sent.mark)
    hub.announcing.correct(sent.id, letter(hub, text="Besok saja.", to=sent.to), EDITOR)
    work(hub)
    rows = board(hub, sent)
    assert rows[TAAN].state == "edited_there"
    assert rows[BINANGA].state == "removed_there"
    assert "pukul 10.00 di balai desa" in page(rows[TAAN].remote_url)[1]
    assert district.copies(sent.mark) == {TAAN: 1}

    # the editor decides that the district's reading counts
    assert hub.announcing.resend(sent.id, EDITOR, overwrite=True) == 2
    work(hub)
    rows = board(hub, sent)
    assert {row.state for row in rows.values()} == {"verified"}
    assert "Besok saja." in page(rows[TAAN].remote_url)[1]
    assert district.copies(sent.mark) == {TAAN: 1, BINANGA: 1}


def test_a_kim_lets_the_hub_in_by_one_button(hub: Hub, district: District) -> None:
    binanga = district.site(BINANGA)
    target = hub.targets.list(site_id(hub, BINANGA))[0]
    hub.targets.remove(target.id, EDITOR)
    back = f"{hub.settings.hub.base_url}/meja/kembali?state=x1"
    door = hub.targets.consent("wordpress", binanga.url, back, back)
    assert door.startswith(f"{binanga.url}wp-admin/authorize-application.php?")
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page(door)[1])) | {"success_url": back}
    form.pop("reject")
    answer = urllib3.request(
        "POST",
        door,
        body=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        redirect=False,
        retries=False,
    )
    said = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    assert said["state"] == "x1"
    hub.targets.add(
        target.site_id, "wordpress", EDITOR, said["site_url"], said["user_login"], said["password"]
    )
    sent = hub.announcing.announce(letter(hub, to=(f"village:{BINANGA}",)), EDITOR)
    work(hub)
    assert board(hub, sent)[BINANGA].state == "verified"


@pytest.mark.parametrize(
    ("mishap", "reason"),
    [("strip_authorization", "auth"), ("rest_off", "auth")],
)
def test_a_closed_door_is_named(hub: Hub, district: District, mishap: str, reason: str) -> None:
    district.site(TAAN).mishaps.set(mishap)  # type: ignore[arg-type]
    sent = hub.announcing.announce(letter(hub, to=(f"village:{TAAN}",)), EDITOR)
    hub.delivering.run()
    row = board(hub, sent)[TAAN]
    assert row.reason == reason
    assert row.problem
    assert district.copies(sent.mark) == {}
