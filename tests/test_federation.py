"""Hubs that read one another: what a district's KIM write is read in the province, once, with its origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3

from hub.model import Actor, Alert, Announcement, Entry, Image, Manuscript, Missing
from tests.clock import Clock
from tests.federation import MAMUJU, POLMAN, SULBAR, Federation, Town

TAAN, KARAMPUANG, TINAMBUNG = "76.02.02.2010", "76.02.01.2010", "76.04.01.1001"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def federation(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Federation]:
    monkeypatch.setattr("web.cache.LOOK_EVERY", 0.0)  # no page is old for even half a second
    with Federation(tmp_path, clock) as running:
        yield running


def story(village: str, number: int = 1, **changes: object) -> Entry:
    host = f"https://kim-{village.replace('.', '-')}.example"
    entry = Entry(
        f"{host}/?p={number}",
        link=f"{host}/kabar/{number}",
        title=f"Kabar {village} nomor {number}",
        html=f"<p>Warga {village} menanam bakau di pantai, hari ke-{number}.</p>",
        topics=("Lingkungan",),
        images=(Image(f"{host}/bakau.jpg", "Bibit bakau"),),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def page(address: str) -> str:
    answer = urllib3.request("GET", address, retries=False)
    assert answer.status == 200, address
    return answer.data.decode()


def test_a_province_reads_its_districts(federation: Federation) -> None:
    mamuju, polman = federation.town("Mamuju", MAMUJU), federation.town("Polman", POLMAN)
    sulbar = federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, story(TAAN, 1), story(TAAN, 2), story(TAAN, 3))
    polman.publish(TINAMBUNG, story(TINAMBUNG))
    mamuju.harvest()
    polman.harvest()
    source = sulbar.read(mamuju)
    sulbar.read(polman)
    sulbar.harvest()
    assert source.connector == "hub"
    assert len(sulbar.cards) == 4
    card = sulbar.cards[story(TINAMBUNG).title]
    assert (card.village.code, card.kecamatan.code) == (TINAMBUNG, TINAMBUNG[:8])
    assert (card.origin, card.site.name, card.via) == (f"KIM {TINAMBUNG}", "Hub Polman", (polman.url,))
    assert card.original_url == story(TINAMBUNG).link
    assert [topic.label for topic in card.topics] == ["Lingkungan"]
    assert card.image == story(TINAMBUNG).images[0]

    # everybody sees whose it is
    post = page(f"{sulbar.url}/berita/{card.id}")
    assert f"Berita ini dari KIM {TINAMBUNG}" in post
    assert "lewat Hub Polman" in post
    assert polman.url in post
    assert f'href="{story(TINAMBUNG).link}"' in post
    assert f"Dari KIM {TINAMBUNG}, lewat Hub Polman" in page(f"{sulbar.url}/desa/{TINAMBUNG}")
    (item,) = json.loads(page(f"{sulbar.url}/feed.json?village={TINAMBUNG}"))["items"]
    assert item["authors"] == [{"name": f"KIM {TINAMBUNG}"}]
    assert item["_kimhub"]["via"] == [polman.url]

    # an edit, a withdrawal, a new one
    changed = story(TAAN, 1, html="<p>Warga Taan menanam dua ribu bakau di pantai.</p>")
    gone = (Missing(story(TAAN, 2).id, certain=True),)
    mamuju.publish(TAAN, changed, story(TAAN, 4), missing=gone)
    mamuju.harvest()
    sulbar.harvest()
    assert set(sulbar.cards) == {story(TINAMBUNG).title, *(story(TAAN, n).title for n in (1, 3, 4))}
    assert "dua ribu bakau" in sulbar.hub.reading.post(sulbar.cards[story(TAAN).title].id).post.text

    # nothing new costs one question
    sulbar.harvest()
    before = sulbar.hub.registering.source(source.id).cursor
    sulbar.clock.forward(hours=1)
    for quiet in sulbar.hub.harvesting.run(everything=True).harvests:
        assert quiet.new + quiet.updated + quiet.deleted == 0
    assert sulbar.hub.registering.source(source.id).cursor == before

    # a KIM leaves the district's hub: the province sees it within two daily looks
    mamuju.hub.registering.remove_site(mamuju.villages[TAAN].site_id)
    for _ in range(2):
        sulbar.harvest(hours=25)
    assert set(sulbar.cards) == {story(TINAMBUNG).title}


def test_more_than_a_page_comes_whole_and_in_portions(federation: Federation) -> None:
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, *(story(TAAN, n) for n in range(230)))
    mamuju.harvest()
    sulbar.read(mamuju)
    sulbar.harvest()
    assert sulbar.hub.reading.numbers().posts == 230
    sulbar.harvest()
    assert sulbar.hub.reading.numbers().posts == 230


def until_quiet(*towns: Town) -> None:
    """Rounds until nothing moves any more; a ring that feeds itself never comes to rest."""
    for _ in range(6):
        moved = 0
        for town in towns:
            town.clock.forward(hours=1)
            for harvest in town.hub.harvesting.run(everything=True).harvests:
                assert harvest.reason is None, harvest
                moved += harvest.new + harvest.updated + harvest.deleted
        if not moved:
            return
    raise AssertionError("the hubs feed one another without end")


def test_two_that_read_each_other_come_to_rest(federation: Federation) -> None:
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, story(TAAN))
    sulbar.publish(TINAMBUNG, story(TINAMBUNG))
    until_quiet(mamuju, sulbar)
    mamuju.read(sulbar)
    sulbar.read(mamuju)
    until_quiet(mamuju, sulbar)
    for town in (mamuju, sulbar):
        assert set(town.cards) == {story(TAAN).title, story(TINAMBUNG).title}
    assert mamuju.cards[story(TAAN).title].origin == ""
    assert sulbar.cards[story(TAAN).title].via == (mamuju.url,)
    assert mamuju.cards[story(TINAMBUNG).title].village.code == "76.02.01.1002", "not a village of Mamuju"


@pytest.mark.parametrize("shortcut", [False, True])
def test_a_ring_of_three(federation: Federation, shortcut: bool) -> None:
    """A reads C, B reads A, C reads B; with a shortcut C reads A too."""
    a, b, c = (federation.town(name, SULBAR) for name in ("A", "B", "C"))
    a.publish(TAAN, story(TAAN, 1))
    b.publish(KARAMPUANG, story(KARAMPUANG, 1))
    a.read(c), b.read(a), c.read(b)
    if shortcut:
        until_quiet(a, b, c)
        c.read(a)
    until_quiet(a, b, c)
    both = {story(TAAN, 1).title, story(KARAMPUANG, 1).title}
    for town in (a, b, c):
        assert set(town.cards) == both
    first, way = story(TAAN, 1).title, (a.url,) if shortcut else (a.url, b.url)
    assert c.cards[first].origin == f"KIM {TAAN}"
    assert c.cards[first].via == way, "of two ways the shorter"

    # an edit and a withdrawal go all the way round
    a.publish(TAAN, story(TAAN, 1, title="Kabar yang dibetulkan"), story(TAAN, 2))
    until_quiet(a, b, c)
    wanted = {"Kabar yang dibetulkan", story(TAAN, 2).title, story(KARAMPUANG, 1).title}
    for town in (a, b, c):
        assert set(town.cards) == wanted
    assert c.cards[story(TAAN, 2).title].via == way
    a.publish(TAAN, missing=(Missing(story(TAAN, 1).id, certain=True),))
    until_quiet(a, b, c)
    for town in (a, b, c):
        assert set(town.cards) == wanted - {"Kabar yang dibetulkan"}


def test_what_a_hub_harvests_itself_it_takes_from_nobody_else(federation: Federation) -> None:
    """The province reads a village directly that its district reads too, before or after."""
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    mamuju.publish(TAAN, story(TAAN, 1))
    mamuju.publish(KARAMPUANG, story(KARAMPUANG, 1))
    sulbar.publish(KARAMPUANG, story(KARAMPUANG, 1))
    sulbar.read(mamuju)
    until_quiet(mamuju, sulbar)
    assert sulbar.cards[story(KARAMPUANG, 1).title].origin == ""
    assert sulbar.cards[story(TAAN, 1).title].origin == f"KIM {TAAN}"
    sulbar.publish(TAAN, story(TAAN, 1))
    until_quiet(mamuju, sulbar)
    assert {card.origin for card in sulbar.cards.values()} == {""}


def test_a_warning_is_passed_on_whole_and_once(federation: Federation, clock: Clock) -> None:
    mamuju, sulbar = federation.town("Mamuju", MAMUJU), federation.town("Sulbar", SULBAR)
    ring = ((-2.1, 118.7), (-2.2, 118.9), (-2.4, 118.8), (-2.1, 118.7))
    alert = Alert(
        "weather",
        "Hujan lebat",
        "Severe",
        expires=clock() + timedelta(days=1),
        area="Mamuju",
        polygons=(ring,),
    )
    warning = Entry(
        "2.49.0.1.360.0.2026.11.24.7", title="Hujan lebat di Mamuju", html="<p>Waspada.</p>", alert=alert
    )
    mamuju.publish(TAAN, warning)
    sulbar.read(mamuju)
    until_quiet(mamuju, sulbar)
    card = sulbar.cards[warning.title]
    assert card.alert is not None
    assert (card.alert.event, card.alert.severity, card.alert.polygons) == ("Hujan lebat", "Severe", (ring,))
    assert card.alert.expires == alert.expires
    sulbar.publish(TINAMBUNG, replace(warning, alert=replace(alert, regions=("76.02",))))
    until_quiet(mamuju, sulbar)
    assert sulbar.cards[warning.title].origin == ""


# -- announcements flow down ------------------------------------------------------------------------

ADMIN, EDITOR = Actor("kepala", "administrator"), Actor("siti", "editor")


def below(above: Town, lower: Town) -> None:
    """The upper hub registers the lower one, and may announce there."""
    region, scopes = lower.hub.settings.hub.region, ["announcements:write", "announcements:read"]
    token = lower.hub.access.make_token(f"dari {above.name}", scopes, ADMIN, role="editor")[1]
    known = [each for each in above.hub.reading.sites() if each.site.url.rstrip("/") == lower.url]
    site = known[0].site.id if known else above.read(lower).site_id
    above.hub.targets.add(site, "hub", ADMIN, f"{lower.url}/", password=token, options={"region": region})


def work(*towns: Town) -> None:
    for town in towns:
        town.clock.forward(minutes=1)
        town.hub.delivering.run()
        town.hub.proving.run()


def letter(*to: str, **changes: object) -> Manuscript:
    text = "Gubernur menutup jembatan **Tapalang** pada hari Rabu."
    values: dict[str, object] = {
        "number": "620/7/2026",
        "subject": "Jembatan ditutup",
        "to": to,
        "text": text,
    }
    return Manuscript(**(values | changes))  # type: ignore[arg-type]


def only(town: Town) -> Announcement:
    (found,) = town.hub.noticeboard.list()
    return found


def states(town: Town) -> list[str]:
    return [each.state for each in town.hub.noticeboard.deliveries(only(town).id)]


def test_a_provinces_announcement_reaches_the_villages_of_its_district(federation: Federation) -> None:
    sulbar, mamuju = federation.town("Sulbar", SULBAR), federation.town("Mamuju", MAMUJU)
    below(sulbar, mamuju)
    mamuju.publish(TAAN, story(TAAN))
    until_quiet(mamuju, sulbar)
    taan = mamuju.villages[TAAN].site_id
    mamuju.hub.targets.add(taan, "feed", ADMIN, "https://kim-taan.example/", check=False)
    plan = sulbar.hub.announcing.plan([f"village:{TAAN}", "kec:76.04.01"])
    assert [target.publisher for _, target in plan.targets] == ["hub"]
    assert TAAN not in {each.code for each in plan.without_channel}
    sent = sulbar.hub.announcing.announce(letter(f"village:{TAAN}", "kec:76.04.01"), EDITOR)
    work(sulbar, mamuju, sulbar)
    there = only(mamuju)
    assert there.to == (f"village:{TAAN}",)
    assert (there.origin, there.via) == (sent.mark, (sulbar.url,))
    assert states(sulbar) == ["verified"]
    assert states(mamuju) == ["delivered"], "the feed of a village that nobody fetched yet"
    (delivery,) = sulbar.hub.noticeboard.deliveries(sent.id)
    sulbar.clock.forward(days=1)
    sulbar.hub.proving.run()
    assert "1 of 1 sites below" in sulbar.hub.noticeboard.events(delivery.id)[-1].detail
    shown = page(delivery.remote_url)
    assert "Diteruskan dari" in shown
    assert sulbar.url in shown
    assert TAAN not in {each.code for each in sulbar.hub.noticeboard.without_channel(sent.id)}

    # harvested back it is proof or nothing, never news
    mark = Entry(f"https://kim-taan.example/{there.mark}", title=there.subject, html=f"<p>{there.mark}</p>")
    mamuju.publish(TAAN, mark)
    sulbar.publish(TAAN, mark)
    until_quiet(mamuju, sulbar)
    assert set(mamuju.cards) == set(sulbar.cards) == {story(TAAN).title}

    # a correction and a withdrawal go the same way
    corrected = letter(f"village:{TAAN}", text="Jembatan dibuka lagi.")
    sulbar.hub.announcing.correct(sent.id, corrected, EDITOR)
    work(sulbar, mamuju, sulbar)
    assert (only(mamuju).text, only(mamuju).version) == ("Jembatan dibuka lagi.", 2)
    assert states(sulbar) == ["verified"]
    sulbar.hub.announcing.withdraw(sent.id, EDITOR)
    work(sulbar, mamuju)
    assert only(mamuju).state == "withdrawn"
    assert states(sulbar) == states(mamuju) == ["withdrawn"]


def test_a_ring_of_targets_sends_nothing_round(federation: Federation) -> None:
    """A, B and C each announce to the next: three announcements of one, and no correction without end."""
    a, b, c = (federation.town(name, SULBAR) for name in ("A", "B", "C"))
    for above, lower in ((a, b), (b, c), (c, a)):
        below(above, lower)
    sent = a.hub.announcing.announce(letter("all"), EDITOR)
    for _ in range(3):
        work(a, b, c)
    assert only(a).version == only(b).version == only(c).version == 1
    assert only(c).via == (a.url, b.url)
    assert only(c).origin == only(b).origin == sent.mark
    assert only(a).origin is None
    a.hub.announcing.correct(sent.id, letter("all", text="Batal."), EDITOR)
    for _ in range(3):
        work(a, b, c)
    assert {town.name: (only(town).version, only(town).text) for town in (a, b, c)} == dict.fromkeys(
        "ABC", (2, "Batal.")
    )
    assert states(a) == states(b) == ["verified"]


def test_a_rehearsal_reaches_no_hub(federation: Federation) -> None:
    sulbar, mamuju = federation.town("Sulbar", SULBAR), federation.town("Mamuju", MAMUJU)
    below(sulbar, mamuju)
    sulbar.hub.announcing.announce(letter("all"), EDITOR, rehearsal=True)
    work(sulbar)
    assert mamuju.hub.noticeboard.list() == ()
