"""Residents who follow: whom is told what, how often, once; what a crash, a refusal and an end do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.errors import ConfigError, HubError, NotFound, PublishError, RemoteError
from hub.model import Batch
from hub.model.following import Following, Wish
from hub.services.following_pace import next_look
from hub.services.notifying import PATIENCE
from hub.services.telling import BUSY
from hub.spec import News
from hub.testing.scripted import ScriptedConnector, ScriptedNotifier, entry, scripted_hub
from tests.clock import Clock
from tests.services.back import ADMIN, EDITOR, MANUSCRIPT

TAAN, BINANGA = "76.02.02.2010", "76.02.01.1002"
WORDS = Wish("news", {"q": "gotong royong"})


@dataclass
class Post:
    """A hub with two KIM, and a notifier that lays messages on a pile."""

    hub: Hub
    clock: Clock
    connector: ScriptedConnector
    notifier: ScriptedNotifier
    last: int = 0

    def follow(
        self, wish: Wish, rhythm: str = "soon", address: str = "ani", language: str = "id"
    ) -> Following:
        """Asked, and said yes."""
        self.hub.following.ask(wish, "pile", rhythm, language, address)
        newest = self.hub.following.all(("waiting",), 1)[0]
        self.hub.telling.run()
        self.notifier.pile.clear()
        return self.hub.following.confirm(self.hub.following.links.token("yes", newest.id)).following

    def write(self, site: str = "taan", **changes: Any) -> None:
        """A KIM writes, the hub reads, and a little time goes by."""
        self.last += 1
        link = f"https://{site}.example/berita/{self.last}"
        post = entry(self.last, id=link, link=link, **changes)
        self.connector.plan(f"https://{site}.example/feed", [Batch({}, (post,))])
        self.hub.harvesting.run(everything=True)
        self.hub.indexing.drain()
        self.clock.forward(minutes=2)

    def told(self) -> list[News]:
        """What comes of a run of the job."""
        self.hub.telling.run()
        found = [news for _, news in self.notifier.pile]
        self.notifier.pile.clear()
        return found

    def titles(self) -> list[list[str]]:
        return [[item.title for item in news.items] for news in self.told()]

    def only(self) -> Following:
        (found,) = self.hub.following.all(("waiting", "active", "ended"))
        return found


def open_post(root: Path, url: str, clock: Clock) -> Post:
    connector, notifier = ScriptedConnector(), ScriptedNotifier()
    database = {"url": url.replace("postgresql+psycopg://", "postgresql://")}
    hub = scripted_hub(root, connector, now=clock, notifiers=[notifier], settings={"database": database})
    for name, village in (("taan", TAAN), ("binanga", BINANGA)):
        url = f"https://{name}.example/"
        hub.registering.add_site(
            f"KIM {name.title()}", url, village, probe=False, connector="scripted", feed_url=f"{url}feed"
        )
    return Post(hub, clock, connector, notifier)


@pytest.fixture
def post(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Post]:
    opened = open_post(tmp_path, database_url, clock)
    yield opened
    opened.hub.close()


# -- saying yes -------------------------------------------------------------------------------------


def test_nothing_but_the_question_goes_out_before_the_address_says_yes(post: Post) -> None:
    post.hub.following.ask(WORDS, "pile", "soon", "id", " Ani ")
    (question,) = post.told()
    assert "/ikuti/ya/" in question.url
    assert question.items == ()
    post.write()
    assert post.told() == []
    token = question.url.rpartition("/")[2]
    post.hub.following.confirm(token)
    post.hub.following.confirm(token)
    assert post.told() == [], "what was there before is no news"
    post.write(title="Kerja bakti")
    assert post.titles() == [["Kerja bakti"]]


def test_addresses_are_kept_encrypted_and_forgotten_at_the_end(post: Post) -> None:
    found = post.follow(WORDS, address="ani@contoh.id")
    with post.hub.store.read() as tx:
        row = tx.connection.exec_driver_sql("SELECT * FROM followings").one()
    assert "ani@contoh.id" not in str(row)
    assert post.hub.following.masked(found) == "a***@contoh.id"
    post.hub.following.stop(post.hub.following.links.token("stop", found.id))
    ended = post.only()
    assert (ended.state, ended.address, ended.address_key, ended.told) == ("ended", "", "", ())
    post.write()
    assert post.told() == []
    post.clock.forward(days=31)
    post.hub.following.forget()
    assert post.hub.following.all(("ended",)) == ()


def test_a_mailbox_cannot_be_filled_with_questions(post: Post) -> None:
    asked = [
        post.hub.following.ask(Wish("news", {"q": f"kata{number}"}), "pile", "soon", "id", "korban")
        for number in range(10)
    ]
    asked += [post.hub.following.ask(WORDS, "pile", "soon", "id", "korban") for _ in range(10)]
    assert len(set(asked)) == 1, "the answer tells nothing"
    assert len(post.told()) == 3
    post.clock.forward(days=1, minutes=1)
    for _ in range(5):
        post.hub.following.ask(Wish("news", {"q": "kata1"}), "pile", "soon", "id", "korban")
        post.told()
    post.clock.forward(hours=1)
    assert post.told() == []


def test_the_same_wish_again_is_told_so_and_counts(post: Post) -> None:
    found = post.follow(WORDS)
    post.clock.forward(days=3)
    answers = []
    for _ in range(6):
        post.hub.following.ask(WORDS, "pile", "weekly", "id", "ani")
        answers += post.told()
    assert len(answers) == 3
    assert {each.manage_url for each in answers} == {post.hub.following.links.manage(found.id)}
    assert post.only().rhythm == "soon", "a stranger who knows the address changes nothing"


def test_unanswered_questions_are_forgotten_after_three_days(post: Post) -> None:
    post.hub.following.ask(WORDS, "pile", "soon", "id", "ani")
    token = post.told()[0].url.rpartition("/")[2]
    post.clock.forward(days=3, minutes=1)
    post.hub.upkeep.nightly()
    with pytest.raises(NotFound):
        post.hub.following.confirm(token)


@pytest.mark.parametrize("purpose", ["yes", "manage", "stop", "start"])
def test_links_are_for_one_purpose_and_one_following(post: Post, purpose: str) -> None:
    post.hub.following.ask(WORDS, "pile", "soon", "id", "ani")
    links = post.hub.following.links
    token = links.token(purpose, 1)
    assert links.read(purpose, token) == 1
    wrong = [
        token.replace("1-", "2-", 1),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token + "A",
        "1",
        "",
    ]
    wrong += [links.token(other, 1) for other in ("yes", "manage", "stop", "start") if other != purpose]
    for each in wrong:
        with pytest.raises(NotFound):
            links.read(purpose, each)


def test_what_cannot_be_followed_is_refused_with_words(post: Post) -> None:
    for notifier, rhythm, address, key in (
        ("pigeon", "soon", "ani", "notifier"),
        ("pile", "hourly", "ani", "rhythm"),
        ("pile", "soon", "  ", "address"),
    ):
        with pytest.raises(ConfigError) as caught:
            post.hub.following.ask(WORDS, notifier, rhythm, "id", address)
        (fault,) = caught.value.faults
        assert fault.key == key
        assert not fault.problem.startswith("follow.")


# -- what is told -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        (Wish("news", {"q": "posyandu"}), [1]),
        (Wish("news", {"q": "posyandu -taan"}), []),
        (Wish("news", {"q": '"jadwal posyandu"'}), [1]),
        (Wish("news", {"q": "desa:Binanga"}), [2]),
        (Wish("news", {"q": "jadwal", "village": BINANGA}), [2]),
        (Wish("news", {"topic": "kesehatan"}), [1]),
        (Wish("news", {"site": "2"}), [2]),
        (Wish("news", {}), [1, 2]),
        (Wish("place", {"village": TAAN}), [1]),
        (Wish("place", {"kecamatan": "76.02.01"}), [2]),
        (Wish("notices", {}), []),
    ],
    ids=lambda value: (
        "-".join(f"{key}.{item}" for key, item in value.search.items()) or value.what
        if isinstance(value, Wish)
        else ""
    ),
)
def test_whom_a_post_is_news_for(post: Post, wish: Wish, fits: list[int]) -> None:
    post.follow(wish)
    post.write("taan", title="Jadwal posyandu Taan", topics=("Kesehatan",))
    post.write("binanga", title="Jadwal ronda")
    titles = {1: "Jadwal posyandu Taan", 2: "Jadwal ronda"}
    found = [title for titles_of_one in post.titles() for title in titles_of_one]
    assert sorted(found) == sorted(titles[each] for each in fits)


def test_the_same_search_as_the_portal(post: Post) -> None:
    """What a follower is told is what the search page shows, and nothing is left out before the index."""
    queries = [
        "pertanian",
        "bertani",
        "jalan OR posyandu",
        "jalan tani",
        "hujan",
        "BLT",
        "bantuan langsung tunai",
    ]
    for number, query in enumerate(queries):
        post.follow(Wish("news", {"q": query}), address=f"orang{number}")
    texts = [
        "Petani memperbaiki jalan",
        "Penyaluran BLT tahap dua",
        "Hujan deras",
        "Bantuan langsung tunai cair",
    ]
    for text in texts:
        post.write(title=text, html=f"<p>{text} di desa kami kemarin pagi.</p>")
    post.hub.telling.run()
    told = {address: {item.title for item in news.items} for address, news in post.notifier.pile}
    from hub.model import SearchRequest

    for number, query in enumerate(queries):
        page = post.hub.reading.search(SearchRequest(query, limit=50, exact=True))
        shown = {card.title for card in page.results[: page.total]}
        assert told.get(f"orang{number}", set()) == shown, query


def test_an_hour_is_bundled_and_nothing_is_told_twice(post: Post) -> None:
    post.follow(WORDS)
    post.write(title="Satu")
    assert post.titles() == [["Satu"]]
    post.write(title="Dua")
    post.write(title="Tiga")
    assert post.titles() == []
    post.clock.forward(hours=1)
    assert post.titles() == [["Tiga", "Dua"]]
    post.clock.forward(hours=2)
    assert post.titles() == []


def test_old_articles_of_a_new_site_are_no_news(post: Post) -> None:
    post.follow(WORDS)
    post.write(title="Lama", published=(post.clock() - timedelta(days=40)).isoformat())
    assert post.titles() == []


def test_one_story_of_several_kim_counts_once(post: Post) -> None:
    post.follow(Wish("news", {"q": "gempa"}))
    text = "<p>" + "Gempa terasa di pesisir Mamuju pada malam hari, warga keluar rumah. " * 12 + "</p>"
    post.write("taan", title="Gempa terasa di pesisir", html=text)
    post.write("binanga", title="Gempa terasa di pesisir", html=text)
    assert len(post.titles()) == 1
    with post.hub.store.read() as tx:
        stories = tx.followings.stories([1, 2])
    assert len(stories) == 1, "the matcher that ships put them together"
    post.clock.forward(hours=2)
    post.write("binanga", title="Gempa terasa di pesisir lagi", html=text.replace("malam", "malam"))
    assert post.titles() == [], "a story that was told is told"


# -- announcements ----------------------------------------------------------------------------------


def announce(post: Post, **changes: Any) -> int:
    return post.hub.announcing.announce(replace(MANUSCRIPT, **changes), EDITOR).id


def test_announcements_of_a_village_their_correction_and_their_end(post: Post) -> None:
    post.follow(Wish("notices", {"village": TAAN}))
    announce(post, number="1/2026", to=(f"village:{BINANGA}",))
    number = announce(post, number="2/2026", subject="Listrik padam", to=(f"village:{TAAN}",))
    assert post.titles() == [["Listrik padam"]]
    post.clock.forward(hours=2)
    corrected = replace(post.hub.noticeboard.get(number).manuscript, subject="Listrik padam Kamis")
    post.hub.announcing.correct(number, corrected, EDITOR)
    assert post.titles() == [["Ralat: Listrik padam Kamis"]]
    post.clock.forward(hours=2)
    post.hub.announcing.withdraw(number, EDITOR, "batal")
    assert post.titles() == [["Ditarik: Listrik padam Kamis"]]
    post.clock.forward(hours=2)
    assert post.titles() == []


def test_an_emergency_does_not_wait_for_the_hour_nor_hold_up_the_rest(post: Post) -> None:
    post.follow(Wish("place", {"village": TAAN}))
    post.write(title="Satu")
    assert post.titles() == [["Satu"]]
    post.write(title="Dua")
    announce(post, number="9/2026", nature="darurat", subject="Tsunami")
    (news,) = post.told()
    assert [item.title for item in news.items] == ["Darurat: Tsunami"]
    assert news.urgent
    assert news.subject == "DARURAT: Darurat: Tsunami"
    assert post.titles() == []
    post.clock.forward(hours=1)
    assert post.titles() == [["Dua"]]


def test_a_withdrawal_is_no_news_to_those_who_never_heard(post: Post) -> None:
    number = announce(post, number="3/2026")
    post.follow(Wish("notices"), address="ani")
    post.clock.forward(days=1)
    other = announce(post, number="4/2026", subject="Baru")
    post.hub.announcing.withdraw(other, EDITOR, "batal")
    post.hub.announcing.withdraw(number, EDITOR, "batal")
    assert [title for titles in post.titles() for title in titles] == [f"Ditarik: {MANUSCRIPT.subject}"]


def test_the_weekly_digest_of_a_village(post: Post) -> None:
    announce(post, number="5/2026", subject="Masih berlaku", to=(f"village:{TAAN}",))
    post.follow(Wish("place", {"village": TAAN}), "weekly")
    post.clock.forward(days=4)
    assert post.told() == [], "nothing new, no message, however many announcements hold"
    post.write(title="Senin")
    post.clock.forward(days=1)
    announce(post, number="6/2026", subject="Pengumuman baru", to=(f"village:{TAAN}",))
    post.write(title="Selasa")
    post.write("binanga", title="Tetangga")
    assert post.told() == []
    post.clock.forward(days=7)
    (digest,) = post.told()
    parts = [(item.heading, item.title) for item in digest.items]
    assert [title for _, title in parts] == ["Pengumuman baru", "Selasa", "Senin", "Masih berlaku"]
    assert parts[0][0] == "Pengumuman"
    assert parts[-1][0] == "Pengumuman yang masih berlaku"
    assert parts[1][0] != parts[2][0], "by day"
    assert post.told() == []


def test_when_it_is_looked_again(clock: Clock, post: Post) -> None:
    zone = post.hub.settings.zone
    tuesday = clock()  # 09.00 in the hub's zone
    assert next_look("soon", tuesday, zone) is None
    for rhythm, expected in (("daily", "2026-11-25T06:30"), ("weekly", "2026-11-27T06:30")):
        when = next_look(rhythm, tuesday, zone)
        assert when is not None
        assert when.astimezone(zone).isoformat().startswith(expected)
    friday = next_look("weekly", tuesday, zone)
    assert friday is not None
    after = next_look("weekly", friday, zone)
    assert after == friday + timedelta(days=7)


def test_many_new_posts_are_cut_and_counted(post: Post) -> None:
    post.follow(WORDS, "daily")
    entries = tuple(entry(number) for number in range(100, 140))
    post.connector.plan("https://taan.example/feed", [Batch({}, entries)])
    post.hub.harvesting.run(everything=True)
    post.hub.indexing.drain()
    post.clock.forward(days=1)
    (news,) = post.told()
    assert len(news.items) < 40
    assert f"{40 - len(news.items)} lagi" in news.intro
    assert news.subject.startswith("40 ")
    post.clock.forward(days=1)
    assert post.told() == []


# -- crashes, failures, ends ------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone in this moment."""


def test_killed_after_the_hand_over_the_same_is_told_once_more_and_nothing_is_lost(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.follow(WORDS)
    post.write(title="Satu")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(post.hub.telling, "_record", killed)
        with pytest.raises(Killed):
            post.hub.telling.run()
    (first,) = [news for _, news in post.notifier.pile]
    post.notifier.pile.clear()
    post.write(title="Dua")
    assert post.told() == [], "somebody may still be at it"
    post.clock.forward(seconds=BUSY.total_seconds())
    (second,) = post.told()
    assert second == first
    post.clock.forward(hours=2)
    assert post.titles() == [["Dua"]]


def test_two_processes_tell_once(tmp_path: Path, database_url: str, clock: Clock) -> None:
    first = open_post(tmp_path, database_url, clock)
    for number in range(12):
        first.follow(WORDS, address=f"orang{number}")
    connector, notifier = ScriptedConnector(), ScriptedNotifier()
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    second = scripted_hub(
        tmp_path, connector, now=clock, notifiers=[notifier], settings={"database": {"url": url}}
    )
    first.write(title="Satu")
    from threading import Barrier, Thread

    barrier = Barrier(2)

    def run(hub: Hub) -> None:
        barrier.wait()
        hub.telling.run()

    threads = [Thread(target=run, args=(hub,)) for hub in (first.hub, second)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    addresses = [address for address, _ in [*first.notifier.pile, *notifier.pile]]
    assert sorted(addresses) == sorted({f"orang{number}" for number in range(12)})
    second.close()
    first.hub.close()


def test_a_failure_is_tried_again_with_the_same_message(post: Post) -> None:
    post.follow(WORDS)
    post.write(title="Satu")
    post.notifier.mishaps = [PublishError("unreachable", "down")]
    assert post.told() == []
    assert "down" in post.only().problem
    assert post.told() == []
    post.clock.forward(minutes=2)
    assert post.titles() == [["Satu"]]
    assert (post.only().failures, post.only().problem) == (0, "")


def test_an_address_that_is_gone_ends_it(post: Post) -> None:
    post.follow(WORDS)
    post.write()
    post.notifier.mishaps = [RemoteError("gone", "no such mailbox", permanent=True)]
    assert post.told() == []
    ended = post.only()
    assert (ended.state, ended.address) == ("ended", "")
    assert "no such mailbox" in ended.problem


def test_a_wait_that_is_asked_for_holds_for_all(post: Post) -> None:
    for name in ("ani", "budi"):
        post.follow(WORDS, address=name)
    post.write()
    post.notifier.mishaps = [PublishError("rate_limited", "busy", retry_after=120)]
    first = post.told()
    assert len(first) <= 1, "whoever was under way already"
    post.clock.forward(seconds=60)
    assert post.told() == []
    post.clock.forward(seconds=90)
    assert len(first) + len(post.told()) == 2


def test_a_refused_key_of_ours_ends_nothing(post: Post) -> None:
    post.follow(WORDS)
    post.write(title="Satu")
    for _ in range(30):
        post.notifier.mishaps = [PublishError("auth", "wrong password", permanent=True)]
        post.told()
        post.clock.forward(hours=6)
    assert post.only().state == "active"
    complaints = [each for each in post.hub.upkeep.check() if each.part == "notifier pile"]
    assert len(complaints) == 1
    assert "wrong password" in complaints[0].message
    post.notifier.mishaps = []
    assert post.titles() == [["Satu"]]


def test_an_address_that_never_takes_anything_holds_up_nobody_else(post: Post) -> None:
    post.follow(WORDS, address="ani")
    post.write(title="Satu")
    for _ in range(6):
        post.notifier.mishaps = [PublishError("degraded", "full")]
        post.told()
        post.clock.forward(hours=1)
    post.notifier.mishaps = [PublishError("degraded", "full")]
    post.told()
    assert post.only().failures == 7
    post.follow(WORDS, address="budi")
    post.write(title="Dua")
    assert post.titles() == [["Dua"]], "though ani was refused minutes ago, for the seventh time"


def test_a_notifier_that_fails_for_several_rests(post: Post) -> None:
    for number in range(PATIENCE + 1):
        post.follow(WORDS, address=f"orang{number}")
    post.write()
    post.notifier.mishaps = [PublishError("unreachable", "down")] * 20
    post.told()
    assert len(post.notifier.mishaps) >= 20 - PATIENCE - 1
    left = len(post.notifier.mishaps)
    post.follow(WORDS, address="budi")
    assert len(post.notifier.mishaps) == left, "nobody is tried while it rests"
    post.notifier.mishaps = []
    post.clock.forward(minutes=20)
    assert len(post.told()) == PATIENCE + 1


def test_one_address_that_never_takes_anything_is_given_up_where_others_do(post: Post) -> None:
    post.follow(WORDS, "daily", address="ani")
    for day in range(14):
        post.write(title=f"Hari {day}")
        post.clock.forward(days=1)
        post.notifier.mishaps = [PublishError("degraded", "full", permanent=True)] * 2
        post.told()
    assert post.only().state == "active", "nobody else was reached: it may be us"
    post.follow(WORDS, "daily", address="budi")
    for day in range(14):
        post.write(title=f"Hari lain {day}")
        post.clock.forward(days=1)
        sent = post.notifier.send

        def full(news: News, address: str, ctx: Any, sent: Any = sent) -> None:
            if address == "ani":
                raise PublishError("degraded", "full", permanent=True)
            sent(news, address, ctx)

        post.notifier.send = full  # type: ignore[method-assign]
        post.told()
        post.notifier.send = sent  # type: ignore[method-assign]
    states = {each.state: each for each in post.hub.following.all(("active", "ended"))}
    assert "given up" in states["ended"].problem
    assert states["ended"].address == ""
    assert post.hub.following.masked(states["active"]) == "***udi"


def test_a_notifier_that_is_not_set_up_is_no_offer_and_the_doctor_says_so(post: Post) -> None:
    post.follow(WORDS)
    post.write()
    post.notifier.problem = "no server"
    assert "pile" not in {each.notifier for each in post.hub.following.offers()}
    assert post.told() == []
    complaints = {each.part: each.message for each in post.hub.upkeep.check()}
    assert "no server" in complaints["notifier pile"]
    assert "1 residents" in complaints["notifier pile"]
    post.notifier.problem = ""
    assert len(post.told()) == 1


def test_a_plugin_that_breaks_costs_only_its_own(post: Post) -> None:
    post.follow(WORDS)
    post.write()
    post.notifier.mishaps = [ZeroDivisionError("oops")]
    assert post.told() == []
    assert "ZeroDivisionError" in post.only().problem
    post.clock.forward(minutes=5)
    assert len(post.told()) == 1


def test_new_keys_cover_the_addresses(post: Post) -> None:
    post.follow(WORDS)
    use = post.hub.vault.rotate(ADMIN)
    assert (use.current, use.older) == (1, 0)
    post.write()
    (_, news) = (post.hub.telling.run(), post.notifier.pile[0])
    assert news[0] == "ani"


def test_changing_the_rhythm(post: Post) -> None:
    found = post.follow(WORDS, "weekly")
    post.write(title="Satu")
    assert post.titles() == []
    token = post.hub.following.links.token("manage", found.id)
    post.hub.following.change(token, "soon", "id")
    assert post.titles() == [["Satu"]]
    with pytest.raises(ConfigError):
        post.hub.following.change(token, "never", "id")


def test_numbers_for_the_operator(post: Post) -> None:
    found = post.follow(WORDS)
    assert post.hub.following.counts() == {("pile", "active"): 1}
    post.hub.following.remove(found.id)
    assert post.hub.following.counts() == {("pile", "ended"): 1}
    with pytest.raises(HubError):
        post.hub.following.remove(99)
