"""A district of real WordPress sites: one announcement onto all, corrected, withdrawn, and through kill -9.

What stands at a site is read from its database, behind the back of hub and WordPress.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.app import Hub, open_hub
from hub.config import build
from hub.model import HUB, Announcement, Delivery, Target
from hub.testing.bench_publish import LETTER
from tests.clock import Clock
from tests.test_delivery_chaos import configuration, deliver, finish, kill_when, opened

if TYPE_CHECKING:
    from tests.servers.wordpress import Site
    from tests.servers.wordpress import WordPress as Server

pytestmark = [pytest.mark.wordpress, pytest.mark.timeout(600)]

#: Seconds after which the hub gives an answer up; ``kimhub_write=hang`` takes longer.
TIMEOUT = 3.0
PLAIN = [f"desa-{number}" for number in range(1, 17)]
CORRECTED = replace(LETTER, text=LETTER.text.replace("Selasa", "Kamis"))


@dataclass
class Fleet:
    """The sites by name, and the hub that serves them."""

    server: Server
    hub: Hub
    clock: Clock
    prefix: str
    sites: dict[str, Site] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)

    def launch(self, name: str, url: str = "", check: bool = True) -> Site:
        """A real site, and the target by which the hub reaches it."""
        site = self.server.site(f"{self.prefix}-{name}", title=f"KIM {name}")
        at = url or site.url
        villages = self.hub.gazetteer.villages
        village = villages[len(self.sites) % len(villages)].code
        added = self.hub.registering.add_site(name, at, village, probe=False, feed_url=f"{at}feed/")
        self.targets[name] = self.hub.targets.add(
            added.site.id, "wordpress", HUB, at, site.user, site.password, check=check
        )
        self.sites[name] = site
        return site

    def settle(self, announcement: Announcement, patience: int = 12) -> None:
        """Deliver, with time for retries in between, until nothing but the dead is left; then read back."""
        for _ in range(patience):
            self.hub.delivering.run()
            left = [each for each in self.hub.noticeboard.deliveries(announcement.id) if each.due_at]
            if all(each.reason == "unreachable" for each in left):
                break
            self.clock.forward(minutes=3)
        self.hub.proving.run()

    def board(self, announcement: Announcement) -> dict[str, Delivery]:
        """Site -> its delivery by WordPress."""
        known = self.hub.noticeboard.deliveries(announcement.id)
        return {each.site: each for each in known if each.publisher == "wordpress"}

    def states(self, announcement: Announcement) -> dict[str, str]:
        return {site: each.state for site, each in self.board(announcement).items()}


def copies(site: Site, mark: str) -> list[tuple[str, str]]:
    """Status and content of every post with the mark, the trash included."""
    query = "SELECT post_status, post_content FROM wp_posts WHERE post_type = 'post' AND post_content LIKE ?"
    with closing(sqlite3.connect(site.database, timeout=30)) as connection:
        return [(str(status), str(text)) for status, text in connection.execute(query, [f"%{mark}%"])]


def statuses(fleet: Fleet, announcement: Announcement) -> dict[str, str]:
    """Site -> the status of its copy, of several all statuses; ``trash`` where nothing else is left."""
    found = {}
    for name, site in fleet.sites.items():
        every = [status for status, _ in copies(site, announcement.mark)]
        left = [status for status in every if status != "trash"]
        found[name] = ",".join(left) or ("trash" if every else "")
    return found


@pytest.fixture
def fleet(wordpress: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    clock = Clock()
    settings = {"network": {"allow_private": ["127.10.0.0/16"], "timeout": TIMEOUT}}
    hub = open_hub(build(settings, root=tmp_path), now=clock)
    yield Fleet(wordpress, hub, clock, prefix=request.node.name.replace("_", "-")[5:20].strip("-"))
    hub.close()


def test_one_announcement_for_the_whole_district(fleet: Fleet) -> None:
    from tests.servers.wordpress import free_base

    for name in (*PLAIN, "tertutup", "tanpa-kepala", "gangguan", "lambat", "disunting"):
        fleet.launch(name)
    elsewhere = free_base("127.10.200.2")
    fleet.launch("mati", f"{elsewhere}/{fleet.prefix}-mati/", check=False)
    hub, sites = fleet.hub, fleet.sites
    hub.targets.add(fleet.targets["tertutup"].site_id, "feed", HUB)
    sites["tertutup"].fault("wall", "firewall")
    sites["tanpa-kepala"].fault("strip_auth")
    sites["gangguan"].fault("write", "502")
    sites["lambat"].fault("write", "hang")

    announcement = hub.announcing.announce(LETTER, HUB)
    fleet.settle(announcement)
    refused = {"tertutup": "failed", "tanpa-kepala": "failed", "mati": "unknown"}
    well = [name for name in sites if name not in refused]
    assert fleet.states(announcement) == dict.fromkeys(well, "verified") | refused
    assert statuses(fleet, announcement) == dict.fromkeys(well, "publish") | dict.fromkeys(refused, "")
    _the_board_says_what_is_wrong(fleet, announcement)

    _troubles_end(fleet, elsewhere, announcement)
    well += ["tanpa-kepala", "mati"]
    assert fleet.states(announcement) == dict.fromkeys(well, "verified") | {"tertutup": "failed"}
    standing = dict.fromkeys(well, "publish") | {"tertutup": ""}
    assert statuses(fleet, announcement) == standing

    with fleet.server.answering_at(elsewhere):
        _corrected_everywhere_but_where_the_village_wrote(fleet, announcement)
        assert statuses(fleet, announcement) == standing
        _withdrawn_everywhere(fleet, announcement)
    assert statuses(fleet, announcement) == dict.fromkeys(well, "trash") | {"tertutup": ""}


def _the_board_says_what_is_wrong(fleet: Fleet, announcement: Announcement) -> None:
    board = fleet.board(announcement)
    assert (board["tertutup"].reason, board["tertutup"].carried_by) == ("http_4xx", "feed")
    assert (board["tanpa-kepala"].reason, board["tanpa-kepala"].carried_by) == ("auth", "")
    assert ".htaccess" in board["tanpa-kepala"].problem
    assert board["mati"].reason == "unreachable"
    for name in ("gangguan", "lambat"):
        events = fleet.hub.noticeboard.events(board[name].id)
        assert next(each.result for each in events if each.action == "create") == "unknown", name
        assert any("found and adopted" in each.detail for each in events), name


def _troubles_end(fleet: Fleet, elsewhere: str, announcement: Announcement) -> None:
    """The header gets through again, staff enter the password anew; an hour later the dead site is back."""
    fleet.sites["tanpa-kepala"].fault("strip_auth", "")
    password = fleet.sites["tanpa-kepala"].password
    fleet.hub.targets.edit(fleet.targets["tanpa-kepala"].id, HUB, password=password)
    fleet.clock.forward(hours=1)
    with fleet.server.answering_at(elsewhere):
        fleet.settle(announcement)


def _corrected_everywhere_but_where_the_village_wrote(fleet: Fleet, announcement: Announcement) -> None:
    board = fleet.board(announcement)
    edited = fleet.sites["disunting"]
    (_, text) = copies(edited, announcement.mark)[0]
    edited.edit(int(board["disunting"].remote_id), content=f"<p>Catatan desa: siapkan ember.</p>{text}")
    fleet.hub.announcing.correct(announcement.id, CORRECTED, HUB)
    fleet.settle(announcement)
    board = fleet.board(announcement)
    assert board["disunting"].state == "edited_there"
    for name, site in fleet.sites.items():
        if name == "tertutup":
            continue
        texts = [text for _, text in copies(site, announcement.mark)]
        if name == "disunting":
            assert ["Catatan desa" in text and "Selasa" in text for text in texts] == [True]
        else:
            assert ["Kamis" in text and "Selasa" not in text for text in texts] == [True], name
            assert (board[name].state, board[name].done_version) == ("verified", 2), name


def _withdrawn_everywhere(fleet: Fleet, announcement: Announcement) -> None:
    fleet.hub.announcing.withdraw(announcement.id, HUB, "jadwal dibatalkan")
    fleet.settle(announcement)
    board = fleet.board(announcement)
    gone = {name: each.state for name, each in board.items() if name != "tertutup"}
    assert set(gone.values()) == {"withdrawn"}, gone
    assert "the village had changed its copy" in board["disunting"].problem
    shown = fleet.hub.noticeboard.board(announcement.id)
    assert (shown.live, shown.moving) == (0, 0)


def test_a_site_that_stores_what_the_hub_gave_up_has_one_copy_after_the_look_back(fleet: Fleet) -> None:
    site = fleet.launch("terlambat")
    site.fault("late", "7")
    announcement = fleet.hub.announcing.announce(LETTER, HUB)
    fleet.hub.delivering.run()
    fleet.clock.forward(minutes=1)
    fleet.hub.delivering.run()
    wait_for(lambda: len(copies(site, announcement.mark)) == 2)
    fleet.settle(announcement)
    found = [status for status, _ in copies(site, announcement.mark)]
    assert sorted(found) == ["publish", "trash"]
    assert fleet.states(announcement) == {"terlambat": "verified"}


def test_kill_9_in_the_middle_of_sending_leaves_one_copy_on_each(wordpress: Server, tmp_path: Path) -> None:
    config = configuration(tmp_path, timeout=20.0)
    with opened(config) as hub:
        fleet = Fleet(wordpress, hub, Clock(), prefix="kill")
        for name in (*PLAIN, *(f"dusun-{number}" for number in range(1, 5))):
            fleet.launch(name, check=False)
        announcement = hub.announcing.announce(LETTER, HUB)

    def stored() -> int:
        return sum(len(copies(site, announcement.mark)) for site in fleet.sites.values())

    for enough in (2, 7, 13):
        kill_when(config, deliver(config), lambda enough=enough: stored() >= enough)  # type: ignore[misc]
    finish(config)
    with opened(config) as hub:
        assert {each.state for each in hub.noticeboard.deliveries(announcement.id)} == {"delivered"}
        hub.proving.run()  # puts away what a site stored for a hub that was dead by then
    assert statuses(fleet, announcement) == dict.fromkeys(fleet.sites, "publish")


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
