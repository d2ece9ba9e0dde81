"""Being told of news: a real WebSub hub, and everything that strangers may say in its place."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

from hub.app import Hub, open_hub
from hub.config import build
from hub.errors import Conflict, FetchError
from hub.model import SearchRequest, Source, Subscription
from hub.services import pace
from hub.services.websub import Offer, Reach, discover
from hub.spec import Headers, Response
from tests.clock import Clock
from tests.conftest import require
from tests.servers import websub

TOPIC, HUB = "https://taan.example/feed/", "https://hub.example/"


def feed(*numbers: int, links: str = "") -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>kim-{n}</guid><title>Kabar nomor {n}</title>"
        f"<link>https://taan.example/{n}</link><description>Isi berita nomor {n}.</description></item>"
        for n in numbers
    )
    head = "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>KIM</title>"
    return f"{head}{links}{items}</channel></rss>".encode()


def settings(database_url: str, base_url: str) -> dict[str, Any]:
    return {
        "database": {"url": database_url.replace("postgresql+psycopg://", "postgresql://")},
        "hub": {"base_url": base_url},
        "network": {"allow_private": ["127.0.0.0/8"]},
        "harvest": {"host_delay": 0.0},
    }


def soon(condition: Callable[[], Any]) -> Any:
    """What ``condition`` gives, as soon as it is true."""
    for _ in range(300):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come about within 15 s")


# -- a real hub ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def websub_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[websub.WebSubHub]:
    problem = websub.lacking()
    require(not problem, problem)
    with websub.running(tmp_path_factory.mktemp("websub")) as found:
        yield found


@contextmanager
def served(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Hub]:
    """A hub that can be called on loopback."""
    holder: list[Any] = []
    server = make_server("127.0.0.1", 0, lambda environ, start: holder[0](environ, start), threaded=True)
    base = f"http://127.0.0.1:{server.port}"
    hub = open_hub(build(settings(database_url, base), root=tmp_path), now=clock)
    holder.append(hub.plugins.wsgi(hub))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        hub.close()


def test_a_real_hub_tells_of_news_until_the_source_is_paused(
    tmp_path: Path, database_url: str, clock: Clock, websub_hub: websub.WebSubHub
) -> None:
    name = "taan-" + hashlib.sha256(database_url.encode()).hexdigest()[:8]
    topic = websub_hub.put(name, feed(1))
    with served(tmp_path, database_url, clock) as hub:
        source = hub.registering.add_site(
            "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, feed_url=topic
        ).sources[0]

        def known(*states: str) -> Subscription | None:
            found = hub.subscribing.of(source.id)
            return found if found and found.state in states else None

        hub.subscribing.run()
        assert hub.subscribing.of(source.id) is None  # it was never read yet
        assert hub.harvesting.run().harvests[0].new == 1
        hub.subscribing.run()
        first = soon(lambda: known("active"))
        assert (first.hub, first.topic) == (websub_hub.hub, topic)
        assert first.lease_until == clock() + timedelta(days=10)

        clock.forward(minutes=5)
        assert hub.harvesting.run().harvests == ()  # not due
        websub_hub.put(name, feed(2, 1))
        websub_hub.publish(name)
        soon(lambda: (hub.subscribing.of(source.id) or first).pushed_at)
        assert hub.registering.source(source.id).due_at == clock()
        (harvest,) = hub.harvesting.run().harvests
        assert harvest.new == 1
        assert {card.title for card in hub.reading.search(SearchRequest()).results} == {
            "Kabar nomor 1",
            "Kabar nomor 2",
        }
        # the hub works: the slow poll is slow, and stays
        due = hub.registering.source(source.id).due_at
        assert due is not None
        assert timedelta(seconds=pace.PUSHED * 0.9) <= due - clock() <= timedelta(seconds=pace.PUSHED * 1.1)

        clock.forward(days=7)
        hub.subscribing.run()
        assert known("active") == hub.subscribing.of(source.id)  # too early to renew
        clock.forward(days=1, minutes=1)
        hub.subscribing.run()
        again = soon(lambda: known("active"))
        assert again.callback != first.callback
        assert again.lease_until == clock() + timedelta(days=10)

        hub.registering.pause_source(source.id)
        hub.subscribing.run()
        soon(lambda: hub.subscribing.of(source.id) is None)
        clock.forward(days=2)
        hub.subscribing.run()
        assert hub.subscribing.of(source.id) is None


def test_a_real_hub_refuses_and_is_asked_again_a_week_later(
    tmp_path: Path, database_url: str, clock: Clock, websub_hub: websub.WebSubHub
) -> None:
    topic = websub_hub.put("tertutup", feed(1))
    with served(tmp_path, database_url, clock) as hub:
        source = hub.registering.add_site(
            "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, feed_url=topic
        ).sources[0]
        hub.harvesting.run()
        hub.subscribing.run()
        found = soon(lambda: (s := hub.subscribing.of(source.id)) and s.state == "denied" and s)
        assert found.problem == "tertutup untuk umum"
        assert found.due_at == clock() + timedelta(days=7)


# -- strangers ----------------------------------------------------------------------------------------


class Wire:
    """The world outside: a feed that names a hub, and the hub, which takes note."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.feed, self.link = feed(1), f'<{HUB}>; rel="hub", <{TOPIC}>; rel=self'

    def get(self, url: str, **_: Any) -> Response:
        return Response(url, 200, Headers({"Content-Type": "text/xml", "Link": self.link}), self.feed)

    def request(self, method: str, url: str, *, body: bytes = b"", **_: Any) -> Response:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.asked.append({"url": url, **form})
        status, headers = self.answers.pop(0) if self.answers else (202, {})
        return Response(url, status, Headers(headers), b"kata hub")


@dataclass
class Stage:
    hub: Hub
    wire: Wire
    clock: Clock
    source: Source
    web: Client

    @property
    def known(self) -> Subscription:
        found = self.hub.subscribing.of(self.source.id)
        assert found is not None
        return found

    @property
    def secret(self) -> str:
        return self.wire.asked[-1]["hub.secret"]

    def verify(self, **changes: str) -> tuple[int, str]:
        asked = {
            "hub.mode": "subscribe",
            "hub.topic": TOPIC,
            "hub.challenge": "tantangan<b>",
            "hub.lease_seconds": "3600",
        } | {f"hub.{name}": value for name, value in changes.items() if name != "callback"}
        path = f"/websub/{changes.get('callback', self.known.callback)}"
        answer = self.web.get(path, query_string=asked)
        return answer.status_code, answer.text

    def push(self, signature: str = "", body: bytes = b"isi", callback: str = "") -> int:
        headers = {"X-Hub-Signature": signature} if signature else {}
        path = f"/websub/{callback or self.known.callback}"
        return self.web.post(path, data=body, headers=headers).status_code

    def sign(self, method: str = "sha256", body: bytes = b"isi", secret: str = "") -> str:
        return f"{method}={hmac.new((secret or self.secret).encode(), body, method).hexdigest()}"

    def due(self) -> bool:
        at = self.hub.registering.source(self.source.id).due_at
        return at is not None and at <= self.clock()


@pytest.fixture
def stage(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Stage]:
    wire = Wire()
    chosen = settings(database_url, "https://kabar.example")
    hub = open_hub(build(chosen, root=tmp_path), now=clock, http=wire)  # type: ignore[arg-type]
    source = hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, feed_url=TOPIC
    ).sources[0]
    hub.harvesting.run()
    hub.subscribing.run()
    web = Client(hub.plugins.wsgi(hub))
    web_stage = Stage(hub, wire, clock, source, web)
    web.open = _at_home(web.open)  # type: ignore[method-assign]
    yield web_stage
    hub.close()


def _at_home(usual: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: usual(*args, base_url="https://kabar.example/", **kwargs)


def test_what_is_asked_for(stage: Stage) -> None:
    (asked,) = stage.wire.asked
    assert asked["hub.callback"] == f"https://kabar.example/websub/{stage.known.callback}"
    assert (asked["url"], asked["hub.mode"], asked["hub.topic"]) == (HUB, "subscribe", TOPIC)
    assert len(stage.known.callback) >= 40
    assert 40 <= len(asked["hub.secret"]) < 200
    with stage.hub.store.read() as tx:
        _, sealed = tx.subscriptions.behind(stage.known.callback) or (None, "")
    assert sealed
    assert asked["hub.secret"] not in sealed


def test_the_challenge_is_answered_for_what_we_asked_alone(stage: Stage) -> None:
    for wrong in (
        {"topic": "https://lain.example/feed"},
        {"callback": "tebakan"},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"lease_seconds": "0"},
        {"lease_seconds": "-5"},
        {"lease_seconds": "selamanya"},
        {"challenge": ""},
    ):
        assert stage.verify(**wrong)[0] == 404, wrong
        assert stage.known.state == "asked"
    assert stage.verify() == (200, "tantangan<b>")
    assert (stage.known.state, stage.known.lease_until) == ("active", stage.clock() + timedelta(hours=1))
    answer = stage.web.get(
        f"/websub/{stage.known.callback}",
        query_string={"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "x"},
    )
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_what_is_signed_as_agreed_is_believed(stage: Stage) -> None:
    assert stage.push(stage.sign()) == 202
    assert not stage.due()  # nobody asked back yet
    stage.verify()
    stage.clock.forward(minutes=2)
    for wrong in (
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        stage.sign(secret="rahasia-lain"),
        stage.sign(body=b"lain"),
        stage.sign("sha1"),  # this hub could do better
        stage.sign("md5"),
        "sha256",
        "=",
        "sha256=\xe9",
    ):
        assert stage.push(wrong) == 202, wrong
        assert not stage.due(), wrong
    assert stage.push(stage.sign("sha512")) == 202
    assert stage.due()


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_each_good_method_is_taken(stage: Stage, method: str) -> None:
    stage.verify()
    stage.clock.forward(minutes=2)
    assert stage.push(stage.sign(method)) == 202
    assert stage.due()


def test_a_hub_that_knows_nothing_better_may_sign_with_sha1(stage: Stage) -> None:
    stage.wire.link = f'<https://pubsubhubbub.appspot.com/>; rel="hub", <{TOPIC}>; rel="self"'
    stage.hub.subscribing.subscribe(stage.source.id)
    stage.verify()
    stage.clock.forward(minutes=2)
    assert stage.push(stage.sign("sha1", secret="salah")) == 202
    assert not stage.due()
    assert stage.push(stage.sign("sha1")) == 202
    assert stage.due()


def test_a_push_deletes_and_brings_nothing_by_itself(stage: Stage) -> None:
    stage.verify()
    before = [card.id for card in stage.hub.reading.search(SearchRequest()).results]
    stage.clock.forward(minutes=2)
    for body in (feed(), feed(9), b"\x00" * 1000, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'):
        assert stage.push(stage.sign(body=body), body) == 202
    assert [card.id for card in stage.hub.reading.search(SearchRequest()).results] == before
    stage.hub.harvesting.run()
    assert [card.id for card in stage.hub.reading.search(SearchRequest()).results] == before


def test_a_storm_of_pushes_is_one_visit_a_minute(stage: Stage) -> None:
    stage.verify()
    stage.clock.forward(minutes=2)
    visits = 0
    for _ in range(90):
        stage.push(stage.sign())
        visits += len(stage.hub.harvesting.run().harvests)
        stage.clock.forward(seconds=2)
    assert 2 <= visits <= 4


def test_news_that_comes_during_a_visit_is_not_lost(stage: Stage) -> None:
    stage.verify()
    stage.clock.forward(hours=2)
    usual = stage.wire.get

    def slow(url: str, **rest: Any) -> Response:
        stage.clock.forward(seconds=2)
        stage.push(stage.sign())
        return usual(url, **rest)

    stage.wire.get = slow  # type: ignore[method-assign]
    stage.hub.harvesting.run()
    due = stage.hub.registering.source(stage.source.id).due_at
    assert due is not None
    assert due - stage.clock() <= pace.TOLD


def test_too_much_is_refused_and_the_unknown_told_to_stop(stage: Stage) -> None:
    stage.verify()
    assert stage.push("sha256=00", b"x" * (6 * 2**20)) == 413
    assert stage.push(callback="tebakan") == 410
    assert stage.verify(callback="tebakan")[0] == 404
    assert stage.web.post("/websub/a/b").status_code == 404


def test_a_hub_may_refuse_later_too(stage: Stage) -> None:
    stage.verify()
    answer = stage.web.get(
        f"/websub/{stage.known.callback}",
        query_string={"hub.mode": "denied", "hub.topic": "https://lain.example/", "hub.reason": "x"},
    )
    assert (answer.status_code, stage.known.state) == (404, "active")
    answer = stage.web.get(
        f"/websub/{stage.known.callback}",
        query_string={"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "langganan habis"},
    )
    assert (answer.status_code, stage.known.state, stage.known.problem) == (200, "denied", "langganan habis")
    stage.clock.forward(days=7, minutes=1)
    stage.hub.subscribing.run()
    assert stage.known.state == "asked"
    assert len(stage.wire.asked) == 2


def test_a_hub_that_does_not_ask_back_is_tried_ever_more_rarely(stage: Stage) -> None:
    waits = []
    for _ in range(3):
        due = stage.known.due_at
        assert due is not None
        stage.clock.moment = due
        stage.hub.subscribing.run()
        assert (stage.known.state, stage.known.problem) == ("failed", "the hub did not ask back")
        assert stage.known.due_at is not None
        waits.append(stage.known.due_at - stage.clock())
        stage.clock.moment = stage.known.due_at
        stage.hub.subscribing.run()
        assert stage.known.state == "asked"
    assert waits == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]


def test_what_was_agreed_on_outlives_a_failed_renewal(stage: Stage) -> None:
    stage.verify(lease_seconds="864000")
    before = stage.known.callback
    stage.clock.forward(days=9)
    stage.wire.answers = [(503, {})]
    stage.hub.subscribing.run()
    assert (stage.known.state, stage.known.callback) == ("active", before)
    assert stage.push(f"sha256={hmac.new(stage.secret.encode(), b'', 'sha256').hexdigest()}") == 202
    stage.clock.forward(hours=2)
    stage.hub.subscribing.run()
    assert stage.known.state == "asked"
    assert stage.known.callback != before


def test_a_secret_that_no_key_opens_is_agreed_on_anew(stage: Stage) -> None:
    stage.verify()
    signature, callback = stage.sign(), stage.known.callback
    with stage.hub.store.write() as tx:
        tx.subscriptions.edit(stage.source.id, secret="bukan rahasia kami")
    stage.clock.forward(minutes=2)
    assert stage.push(signature) == 202
    assert not stage.due()
    stage.hub.subscribing.run()
    assert stage.known.state == "asked"
    assert stage.known.callback != callback


def test_the_secret_does_not_follow_to_a_hub_without_tls(stage: Stage) -> None:
    stage.wire.answers = [(307, {"Location": "http://lain.example/hub"}), (202, {})]
    stage.hub.subscribing.subscribe(stage.source.id)
    first, second = stage.wire.asked[-2:]
    assert "hub.secret" in first
    assert (second["url"], "hub.secret" in second) == ("http://lain.example/hub", False)
    stage.verify()
    stage.clock.forward(minutes=2)
    assert stage.push() == 202
    assert stage.due()


def test_a_refusal_is_said_to_who_asks_by_hand(stage: Stage) -> None:
    stage.wire.answers = [(400, {})]
    with pytest.raises(FetchError, match="kata hub"):
        stage.hub.subscribing.subscribe(stage.source.id)
    stage.wire.link = ""
    with pytest.raises(Conflict, match="offers no hub"):
        stage.hub.subscribing.subscribe(stage.source.id)


def test_by_hand_off_and_on_again(stage: Stage) -> None:
    stage.verify()
    callback = stage.known.callback
    stage.hub.subscribing.unsubscribe(stage.source.id)
    assert stage.wire.asked[-1]["hub.mode"] == "unsubscribe"
    assert stage.verify(callback=callback, mode="unsubscribe")[0] == 200
    assert stage.push(callback=callback) == 410
    stage.clock.forward(days=60)
    stage.hub.subscribing.run()
    assert stage.known.state == "off"
    stage.hub.subscribing.subscribe(stage.source.id)
    assert stage.known.state == "asked"


def test_a_removed_source_hears_nothing_more(stage: Stage) -> None:
    stage.verify()
    callback = stage.known.callback
    stage.hub.registering.remove_site(stage.source.site_id)
    assert stage.push(callback=callback) == 410


def test_without_a_public_address_nothing_is_asked_for(
    tmp_path: Path, database_url: str, clock: Clock
) -> None:
    wire = Wire()
    chosen = settings(database_url, "http://kabar.example")
    hub = open_hub(build(chosen, root=tmp_path), now=clock, http=wire)  # type: ignore[arg-type]
    source = hub.registering.add_site(
        "KIM Taan", "https://taan.example/", "76.02.02.2010", probe=False, feed_url=TOPIC
    ).sources[0]
    hub.harvesting.run()
    hub.subscribing.run()
    assert wire.asked == []
    with pytest.raises(Conflict, match="public https"):
        hub.subscribing.subscribe(source.id)
    hub.close()


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://hub.example/", True),
        ("http://hub.example/", False),
        ("https://localhost/", False),
        ("https://10.0.0.1/", False),
        ("http://127.0.0.1:8000/", True),
        ("http://127.9.9.9/", True),
        ("https://[::1]/", False),
        ("https://93.184.216.34/", True),
        ("", False),
    ],
)
def test_where_hubs_can_reach_us(url: str, safe: bool) -> None:
    assert Reach(["127.0.0.0/8"]).safe(url) is safe


def test_headers_are_looked_at_before_the_document() -> None:
    wire = Wire()
    inside = (
        "<atom:link rel='hub' href='https://lain.example/'/><atom:link rel='self' href='https://t.example/'/>"
    )
    wire.feed = feed(1, links=inside)
    assert discover(wire, TOPIC) == Offer(HUB, TOPIC)  # type: ignore[arg-type]
    wire.link = ""
    assert discover(wire, TOPIC) == Offer("https://lain.example/", "https://t.example/")  # type: ignore[arg-type]
    wire.feed = feed(1)
    assert discover(wire, TOPIC) is None  # type: ignore[arg-type]
    wire.feed = (
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "KIM", "feed_url": "https://t.example/f.json",'
        b'"hubs": [{"type": "WebSub", "url": "https://json.example/"}], "items": []}'
    )
    assert discover(wire, TOPIC) == Offer("https://json.example/", "https://t.example/f.json")  # type: ignore[arg-type]
