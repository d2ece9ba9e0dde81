"""Sites with scripted targets, and announcements for them: what the tests of the way back share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.model import Actor, Announcement, Delivery, Manuscript, Target
from hub.testing.scripted import ScriptedConnector, ScriptedPublisher, scripted_hub
from tests.clock import Clock

EDITOR = Actor("siti", "editor", "10.0.0.7")
APPROVER = Actor("budi", "approver", "10.0.0.8")
ADMIN = Actor("ani", "administrator", "10.0.0.9")

#: Villages of kecamatan Mamuju and Tapalang.
BINANGA, MAMUNYU, TAAN = "76.02.01.1002", "76.02.01.1003", "76.02.02.2010"

MANUSCRIPT = Manuscript(
    number="470/12/Dinsos/2026",
    subject="Jadwal pembagian beras",
    to=("all",),
    text="Warga **diundang** ke balai desa.\n\n- bawa KTP",
    agency="Dinas Sosial",
)


@dataclass
class Office:
    """A district office with villages that publish on paper."""

    hub: Hub
    clock: Clock
    paper: ScriptedPublisher
    spare: ScriptedPublisher

    def target(self, village: str, *publishers: str, name: str = "") -> list[Target]:
        """A site in ``village`` with targets in this order of preference."""
        number = len(self.hub.reading.sites()) + 1
        added = self.hub.registering.add_site(
            name or f"KIM {number}",
            f"https://kim{number}.example/",
            village,
            probe=False,
            connector="scripted",
            feed_url=f"https://kim{number}.example/feed",
        )
        return [
            self.hub.targets.add(added.site.id, publisher, ADMIN) for publisher in publishers or ("scripted",)
        ]

    def announce(self, **changes: Any) -> Announcement:
        return self.hub.announcing.announce(replace(MANUSCRIPT, **changes), EDITOR)

    def correct(self, announcement: Announcement, **changes: Any) -> Announcement:
        manuscript = replace(announcement.manuscript, **changes)
        return self.hub.announcing.correct(announcement.id, manuscript, EDITOR)

    def deliver(self) -> None:
        self.hub.delivering.run()

    def settle(self) -> None:
        """Deliver and read back, as a running hub does within seconds."""
        self.hub.delivering.run()
        self.hub.proving.run()

    def states(self, announcement: Announcement) -> list[str]:
        return [each.state for each in self.hub.noticeboard.deliveries(announcement.id)]

    def only(self, announcement: Announcement) -> Delivery:
        (delivery,) = self.hub.noticeboard.deliveries(announcement.id)
        return delivery


def open_office(root: Path, database_url: str, clock: Clock, **settings: Any) -> Office:
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    paper, spare = ScriptedPublisher(), ScriptedPublisher("spare")
    hub = scripted_hub(
        root,
        ScriptedConnector(),
        now=clock,
        publishers=[paper, spare],
        settings={"database": {"url": url}, **settings},
    )
    return Office(hub, clock, paper, spare)
