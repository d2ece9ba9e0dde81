"""An announcement that comes home with a harvest is proof, and never news."""

from __future__ import annotations

import pytest

from hub.model import Announcement, Batch, Entry
from hub.testing.scripted import ScriptedConnector, entry
from tests.services.back import EDITOR, TAAN, Office

FEED = "https://kim1.example/feed"


def connector_of(office: Office) -> ScriptedConnector:
    found = office.hub.plugins.connector("scripted")
    assert isinstance(found, ScriptedConnector)
    return found


def harvest(office: Office, *entries: Entry) -> int:
    """Harvest these entries; how many became news."""
    connector_of(office).plan(FEED, [Batch({"visit": office.clock().isoformat()}, entries=entries)])
    run = office.hub.harvesting.run(everything=True)
    office.clock.forward(minutes=1)
    return sum(each.new for each in run.harvests)


def as_slug(office: Office, announcement: Announcement) -> Entry:
    return entry(1, link=f"https://kim1.example/{announcement.mark}/", html="<p>tema membuang semuanya</p>")


def as_comment(office: Office, announcement: Announcement) -> Entry:
    return entry(1, html=f"<p>isi</p><!-- {announcement.mark} v1 -->")


def as_source_line(office: Office, announcement: Announcement) -> Entry:
    footer = office.hub.noticeboard.notice(announcement.id).footer
    return entry(1, title="Judul yang diganti KIM", html=f"<p>disalin tangan</p>{footer}")


def as_copied_text(office: Office, announcement: Announcement) -> Entry:
    text = office.hub.noticeboard.notice(announcement.id).text.upper()
    return entry(1, title="PENTING!!!", html=f"<pre>{text}</pre>")


def without_any_mark(office: Office, announcement: Announcement) -> Entry:
    text = f"<p>Nomor: {announcement.number}</p><p>Warga diundang ke balai desa.</p>"
    return entry(1, title=announcement.subject.upper(), html=text)


@pytest.mark.parametrize("shape", [as_slug, as_comment, as_source_line, as_copied_text, without_any_mark])
def test_it_is_known_again_in_any_shape(office: Office, shape: object) -> None:
    office.target(TAAN)
    announcement = office.announce()
    office.deliver()
    assert callable(shape)
    assert harvest(office, shape(office, announcement), entry(2)) == 1  # the other one is news
    delivery = office.only(announcement)
    assert delivery.state == "verified"
    assert delivery.verified_at is not None
    assert office.hub.noticeboard.events(delivery.id)[-1].action == "harvest"


def test_it_stays_known_at_every_visit(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    office.deliver()
    for _ in range(3):
        assert harvest(office, as_slug(office, announcement)) == 0


def test_another_hubs_announcement_is_no_news_either(office: Office) -> None:
    office.target(TAAN)
    foreign = "kimhub-7601-01kb3w5m8q2xv7n4t6r9ycdzfg"
    assert harvest(office, entry(1, link=f"https://kim1.example/{foreign}/"), entry(2)) == 1


def test_news_about_an_announcement_is_news(office: Office) -> None:
    office.target(TAAN)
    announcement = office.announce()
    story = f"<p>Dinas Sosial menerbitkan pengumuman nomor {announcement.number} tentang beras.</p>"
    assert harvest(office, entry(1, title="Warga sambut pembagian beras", html=story)) == 1
    same_title = "<p>KIM menulis sendiri tentang jadwal itu, tanpa nomor surat.</p>"
    assert harvest(office, entry(2, title=announcement.subject, html=same_title)) == 1


def test_a_village_that_published_by_hand_proves_its_own_channel(office: Office) -> None:
    office.target(TAAN, "spare")
    office.spare.proves = False
    announcement = office.announce()
    office.settle()
    assert office.only(announcement).state == "delivered"
    assert harvest(office, as_copied_text(office, announcement)) == 0
    assert office.only(announcement).state == "verified"


def test_a_withdrawn_one_that_comes_home_is_looked_at_again(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()
    office.settle()
    office.hub.announcing.withdraw(announcement.id, EDITOR)
    office.settle()
    office.paper.stacks[target.id][0].live = True  # the village put it back
    assert harvest(office, as_slug(office, announcement)) == 0
    office.hub.proving.run()
    office.settle()
    assert office.only(announcement).state == "withdrawn"
    assert office.paper.live(announcement.mark) == 0


def test_a_removed_one_that_is_back_is_seen_again(office: Office) -> None:
    (target,) = office.target(TAAN)
    announcement = office.announce()
    office.settle()
    office.paper.stacks[target.id][0].live = False
    office.clock.forward(days=1, seconds=1)
    office.hub.proving.run()
    assert office.only(announcement).state == "removed_there"
    office.paper.stacks[target.id][0].live = True
    assert harvest(office, as_slug(office, announcement)) == 0
    office.hub.proving.run()
    assert office.only(announcement).state == "verified"
