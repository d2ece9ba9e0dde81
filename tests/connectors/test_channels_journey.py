"""One announcement through a whole hub onto every channel beside WordPress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from hub.app import Hub
from hub.model import Actor, Announcement, Delivery, Manuscript
from hub.testing.publishing import LOOPBACK
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from tests.connectors.channel_fakes import SECRET, TELEGRAM, TOKEN, WEBHOOK, Receiver, Telegram, serving
from tests.connectors.smtp_fake import PASSWORD, USER, Inbox, inbox

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")

EDITOR = Actor("siti", "editor", "10.0.0.7")
MANUSCRIPT = Manuscript(
    number="500.12/118/2026",
    subject="Pemadaman listrik di Kalukku",
    to=("all",),
    text="PLN memadamkan listrik **Rabu** pukul 09.00 sampai 15.00 WITA.",
    agency="Dinas Kominfo",
)


@dataclass
class District:
    hub: Hub
    clock: Clock
    telegram: Telegram
    receiver: Receiver
    box: Inbox

    def deliveries(self, announcement: Announcement) -> dict[str, Delivery]:
        return {each.publisher: each for each in self.hub.noticeboard.deliveries(announcement.id)}

    def settle(self, announcement: Announcement) -> dict[str, Delivery]:
        self.hub.delivering.run()
        self.hub.proving.run()
        return self.deliveries(announcement)


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    with ExitStack() as stack:
        telegram, receiver = Telegram(), Receiver()
        stack.enter_context(serving(telegram, TELEGRAM))
        stack.enter_context(serving(receiver, WEBHOOK))
        box = stack.enter_context(inbox(auth=True))
        clock = Clock()
        login = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"
        settings: dict[str, Any] = {
            "hub": {"base_url": "https://kim.mamujukab.example"},
            "network": {"allow_private": [LOOPBACK]},
            "harvest": {"host_delay": 0.0},
            "mail": {"url": box.url(user=login), "sender": "kim@mamujukab.example"},
        }
        hub = scripted_hub(tmp_path, ScriptedConnector(), now=clock, settings=settings)
        channels: dict[str, dict[str, Any]] = {
            "telegram": {
                "url": telegram.url,
                "password": TOKEN,
                "options": {"chat": "@kanaltaan", "preview": telegram.url},
            },
            "webhook": {"url": f"{receiver.url}/masuk", "password": SECRET},
            "mail": {"options": {"to": "ani@desa.example"}},
            "whatsapp": {},
            "feed": {},
        }
        for number, (publisher, given) in enumerate(channels.items()):
            added = hub.registering.add_site(
                f"KIM {publisher}",
                f"https://kim{number}.example/",
                hub.gazetteer.villages[number].code,
                probe=False,
                connector="scripted",
                feed_url=f"https://kim{number}.example/feed",
            )
            hub.targets.add(added.site.id, publisher, EDITOR, **given)
        yield District(hub, clock, telegram, receiver, box)
        hub.close()


def test_announce_correct_withdraw(district: District) -> None:
    hub = district.hub
    announced = hub.announcing.announce(MANUSCRIPT, EDITOR)
    there = district.settle(announced)
    assert {name: each.state for name, each in there.items()} == {
        "telegram": "verified",
        "webhook": "verified",
        "mail": "delivered",
        "whatsapp": "delivered",
        "feed": "delivered",
    }
    assert there["whatsapp"].remote_url.startswith("https://wa.me/?text=")
    (mail,) = district.box.mails
    assert "/pengumuman/konfirmasi?kunci=" in mail.get_content()

    district.clock.forward(hours=1)
    text = MANUSCRIPT.text.replace("15.00", "16.30")
    hub.announcing.correct(announced.id, replace(announced.manuscript, text=text), EDITOR)
    there = district.settle(announced)
    assert [there[name].state for name in ("telegram", "webhook")] == ["verified", "verified"]
    (message,) = district.telegram.messages.values()
    (post,) = district.receiver.shown
    for shown in (message, post["text"], district.box.mails[-1].get_content()):
        assert "16.30" in shown
        assert "15.00" not in shown

    district.clock.forward(hours=1)
    hub.announcing.withdraw(announced.id, EDITOR, "salah jadwal")
    there = district.settle(announced)
    assert {each.state for each in there.values()} == {"withdrawn"}
    assert not district.telegram.messages
    assert not district.receiver.shown
    assert district.box.mails[-1]["Subject"].startswith("Pengumuman ditarik")
    district.clock.forward(days=2)
    assert {each.state for each in district.settle(announced).values()} == {"withdrawn"}


@pytest.mark.parametrize("fault", ["cut_after", "error_after"])
def test_a_lost_answer_makes_no_second_copy_and_shows_no_secret(district: District, fault: str) -> None:
    with district.telegram.broken(fault), district.receiver.broken(fault), district.box.broken(fault):
        announced = district.hub.announcing.announce(MANUSCRIPT, EDITOR)
        there = district.settle(announced)
    assert {there[name].state for name in ("telegram", "webhook")} == {"unknown"}
    district.clock.forward(hours=1)
    there = district.settle(announced)
    assert {there[name].state for name in ("telegram", "webhook")} == {"verified"}
    assert there["mail"].state == "delivered"
    assert len(district.telegram.messages) == len(district.receiver.shown) == 1
    assert len({mail["Message-ID"] for mail in district.box.mails}) == 1
    told = repr([district.hub.noticeboard.events(each.id) for each in there.values()])
    told += repr([*district.hub.targets.list(), *there.values()])
    for secret in (TOKEN, SECRET, PASSWORD):
        assert secret not in told
