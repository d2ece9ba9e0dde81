"""News by a Telegram bot, against a Bot API on loopback: invitation, hand-over, /berhenti, limits, blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.telegram.notify import LONGEST, messages_of
from hub.errors import ConfigError
from hub.model.following import Asked, Following, Wish
from hub.spec import Item, News
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from tests.connectors.channel_fakes import TOKEN, Answer, Server, serving
from tests.services.test_following import Post

ADDRESS = "127.10.47.1"
TAAN = Wish("news", {"q": "gotong royong"})


@dataclass
class BotApi(Server):
    """A bot that people write to. ``sent`` are (chat, text); ``refusal`` answers sendMessage."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[int, str]] = field(default_factory=list)
    refusal: tuple[int, str, dict[str, Any]] | None = None
    forgotten: int = 0

    def handle(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        _, bot, act = path.split("/")
        if bot != f"bot{TOKEN}":
            return self._refuse(401, "Unauthorized", {})
        given = json.loads(body)
        if act == "getUpdates":
            # Telegram forgets what is before the offset
            self.forgotten = max(self.forgotten, given.get("offset", 0))
            found = [each for each in self.updates if each["update_id"] >= self.forgotten]
            return Answer(200, {"ok": True, "result": found})
        assert act == "sendMessage"
        if self.refusal:
            return self._refuse(*self.refusal)
        self.sent.append((given["chat_id"], given["text"]))
        return Answer(200, {"ok": True, "result": {"message_id": len(self.sent)}})

    def _refuse(self, status: int, said: str, parameters: dict[str, Any]) -> Answer:
        body = {"ok": False, "error_code": status, "description": said, "parameters": parameters}
        return Answer(status, body)

    def says(self, text: str, chat: int = 77, kind: str = "private") -> None:
        message = {
            "message_id": 1,
            "chat": {"id": chat, "type": kind},
            "from": {"id": chat, "language_code": "id"},
            "text": text,
        }
        self.updates.append({"update_id": 500 + len(self.updates), "message": message})

    def texts(self) -> list[str]:
        found = [text for _, text in self.sent]
        self.sent.clear()
        return found


@pytest.fixture
def api() -> Iterator[BotApi]:
    fake = BotApi()
    with serving(fake, ADDRESS):
        yield fake


@pytest.fixture
def post(tmp_path: Path, api: BotApi) -> Iterator[Post]:
    clock, connector = Clock(), ScriptedConnector()
    settings = {
        "network": {"allow_private": ["127.10.47.0/24"]},
        "plugins": {"telegram": {"token": TOKEN, "bot": "@KabarMamujuBot", "api": api.url}},
    }
    hub = scripted_hub(tmp_path, connector, now=clock, settings=settings)
    url = "https://taan.example/"
    hub.registering.add_site(
        "KIM Taan", url, "76.02.02.2010", probe=False, connector="scripted", feed_url=f"{url}feed"
    )
    yield Post(hub, clock, connector, None)  # type: ignore[arg-type]
    hub.close()


def invited(post: Post, wish: Wish = TAAN) -> Asked:
    return post.hub.following.ask(wish, "telegram", "soon", "id")


def following(post: Post, api: BotApi, chat: int = 77) -> Following:
    api.says(f"/start {invited(post).token}", chat)
    post.hub.listening.run()
    api.sent.clear()
    return post.hub.following.all(("active",), 1)[0]


def test_from_the_invitation_to_the_end(post: Post, api: BotApi) -> None:
    asked = invited(post)
    assert asked.url == f"https://t.me/KabarMamujuBot?start={asked.token}"
    assert len(asked.token) <= 64
    api.says(f"/start {asked.token}")
    assert post.hub.listening.run() == 1
    (welcome,) = api.texts()
    assert "gotong royong" in welcome
    assert "/berhenti" in welcome
    assert post.hub.listening.run() == 0, "what was heard is forgotten there"
    post.write(title="Kerja bakti")
    post.hub.telling.run()
    ((chat, text),) = api.sent
    assert chat == 77
    assert "Kerja bakti" in text
    assert "/berita/1" in text
    api.sent.clear()
    api.says("/berhenti")
    post.hub.listening.run()
    assert "Sudah berhenti" in api.texts()[0]
    post.clock.forward(hours=2)
    post.write(title="Lagi")
    post.hub.telling.run()
    assert api.sent == []
    (ended,) = post.hub.following.all(("ended",))
    assert ended.address == ""


def test_an_update_heard_again_after_a_crash_changes_nothing(post: Post, api: BotApi) -> None:
    asked = invited(post)
    api.says(f"/start {asked.token}")
    with post.hub.store.read() as tx:
        cursor = tx.followings.cursor("telegram")
    post.hub.listening.run()
    with post.hub.store.write() as tx:
        tx.followings.set_cursor("telegram", cursor)
    api.forgotten = 0
    post.hub.listening.run()
    assert post.hub.following.counts() == {("telegram", "active"): 1}


def test_the_same_wish_of_the_same_chat_is_one(post: Post, api: BotApi) -> None:
    following(post, api)
    following(post, api)
    assert post.hub.following.counts()["telegram", "active"] == 1


@pytest.mark.parametrize(
    ("said", "kind", "answers"),
    [
        ("/start 1-AAAAAAAAAAAAAAAAAAAAAA", "private", ["tidak berlaku"]),
        ("/start", "private", ["Bot ini hanya mengirim"]),
        ("halo", "private", ["Bot ini hanya mengirim"]),
        ("/stop", "private", ["Tidak ada yang sedang diikuti"]),
        ("/stop", "supergroup", []),
    ],
    ids=["forged", "bare", "talk", "stop-nothing", "group"],
)
def test_what_else_people_say(post: Post, api: BotApi, said: str, kind: str, answers: list[str]) -> None:
    invited(post)
    api.says(said, kind=kind)
    post.hub.listening.run()
    texts = api.texts()
    assert len(texts) == len(answers)
    assert all(part in text for part, text in zip(answers, texts, strict=True))
    assert post.hub.following.counts() == {("telegram", "waiting"): 1}


def test_somebody_elses_invitation_cannot_be_taken_over(post: Post, api: BotApi) -> None:
    asked = invited(post)
    api.says(f"/start {asked.token}", chat=77)
    api.says(f"/start {asked.token}", chat=88)
    post.hub.listening.run()
    (only,) = post.hub.following.all(("active",))
    assert post.hub.following.masked(only) == "***77"


@pytest.mark.parametrize(
    "said",
    ["Forbidden: bot was blocked by the user", "Forbidden: user is deactivated"],
    ids=["blocked", "left"],
)
def test_a_block_ends_it(post: Post, api: BotApi, said: str) -> None:
    following(post, api)
    post.write()
    api.refusal = (403, said, {})
    post.hub.telling.run()
    assert post.hub.following.counts() == {("telegram", "ended"): 1}


def test_a_block_is_heard_before_anything_is_sent(post: Post, api: BotApi) -> None:
    following(post, api)
    change = {"chat": {"id": 77, "type": "private"}, "new_chat_member": {"status": "kicked"}}
    api.updates.append({"update_id": 900, "my_chat_member": change})
    api.refusal = (403, "Forbidden: bot was blocked by the user", {})
    post.hub.listening.run()
    assert post.hub.following.counts() == {("telegram", "ended"): 1}


def test_telegrams_wait_is_kept(post: Post, api: BotApi) -> None:
    following(post, api)
    post.write(title="Kerja bakti")
    api.refusal = (400, "Bad Request: something odd", {})
    post.hub.telling.run()
    asked = len(api.asked)
    assert "something odd" in post.only().problem
    post.hub.telling.run()
    assert len(api.asked) == asked, "not at once again"
    api.refusal = None
    post.clock.forward(minutes=5)
    post.hub.telling.run()
    assert "Kerja bakti" in api.texts()[0]


def test_a_wrong_token_ends_nothing_and_stays_secret(post: Post, api: BotApi) -> None:
    following(post, api)
    post.write()
    api.refusal = (401, "Unauthorized", {})
    post.hub.telling.run()
    only = post.only()
    assert only.state == "active"
    assert TOKEN not in only.problem
    assert TOKEN.partition(":")[2] not in only.problem


def test_long_news_is_parted_between_items() -> None:
    items = tuple(
        Item(f"Berita {number} " + "panjang " * 30, f"https://a.id/berita/{number}") for number in range(60)
    )
    news = News("k", "s", "Yang baru:", items, "https://a.id/", "https://a.id/s", "https://a.id/m")
    parts = messages_of(news)
    assert len(parts) > 1
    assert all(len(part.encode("utf-16-le")) // 2 <= LONGEST for part in parts)
    assert "".join(parts).count("https://a.id/berita/") == 60


def test_options_are_checked_when_the_hub_opens(tmp_path: Path) -> None:
    wrong = {"plugins": {"telegram": {"tokn": "x", "api": "ftp://a"}}}
    with pytest.raises(ConfigError) as caught:
        scripted_hub(tmp_path, ScriptedConnector(), now=Clock(), settings=wrong)
    assert {fault.key for fault in caught.value.faults} == {"plugins.telegram.tokn", "plugins.telegram.api"}
    assert all(fault.cure for fault in caught.value.faults)


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    table = {"telegram": {"token_file": str(tmp_path / "token"), "bot": "KabarMamujuBot"}}
    hub = scripted_hub(tmp_path, ScriptedConnector(), now=Clock(), settings={"plugins": table})
    assert hub.notifying.problem("telegram") == ""
    hub.close()
