"""One host is asked slowly, left alone when it asks for it, and one machine is never crowded."""

from __future__ import annotations

import threading
import time
from email.utils import formatdate

import pytest

from hub.errors import FetchError
from hub.http import HttpClient
from hub.http.pace import DAY, retry_after
from tests.http.conftest import MakeClient
from tests.http.villages import FakeTime, Seen, reply, serving

PATIENCE = 10.0


@pytest.fixture
def time_() -> FakeTime:
    return FakeTime()


@pytest.fixture
def paced(make_client: MakeClient, time_: FakeTime) -> HttpClient:
    return make_client(
        host_delay=1.0,
        clock=time_.clock,
        sleep=time_.sleep,
        wall_clock=time_.wall_clock,
        resolver=lambda host: ["127.10.1.1"],
    )


def test_requests_to_one_host_keep_their_distance(paced: HttpClient, time_: FakeTime) -> None:
    with serving(lambda seen: reply(b"x")) as village:
        for _ in range(3):
            paced.get(village.url)
        assert time_.slept == [1.0, 1.0]
        assert paced.host_wait(village.url) == 1.0
        time_.now += 0.75
        assert paced.host_wait(village.url) == 0.25
        time_.now += 10
        assert paced.host_wait(village.url) == 0.0
        paced.get(village.url)
    assert time_.slept == [1.0, 1.0]


def test_other_hosts_do_not_wait(paced: HttpClient, time_: FakeTime) -> None:
    with serving(lambda seen: reply(b"x")) as village:
        for name in ("a", "b", "c"):
            paced.get(f"http://{name}.desa.test:{village.port}/")
    assert time_.slept == []


def test_a_failure_counts_as_a_visit(paced: HttpClient, time_: FakeTime) -> None:
    with serving(lambda seen: reply(status="500 X")) as village:
        for _ in range(2):
            with pytest.raises(FetchError):
                paced.get(village.url)
    assert time_.slept == [1.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("0", 60.0),
        ("-5", 60.0),
        ("abc", 60.0),
        ("", 60.0),
        ("1.5", 60.0),
        ("99999999999", DAY),
        ("9" * 5000, DAY),
        (formatdate(1_700_000_300, usegmt=True), 300.0),
        (formatdate(1_600_000_000, usegmt=True), 60.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ("Tue, 99 Zzz 2026 99:99:99 GMT", 60.0),
        ("Tue, 24 Nov 99999999999999 04:00:00 GMT", 60.0),
        ("\u0661\u0662", 60.0),
    ],
)
def test_retry_after_is_read_with_floor_and_ceiling(value: str, seconds: float) -> None:
    assert retry_after(value, now=1_700_000_000, floor=60) == seconds


@pytest.mark.parametrize(
    ("status", "value", "reason", "seconds"),
    [
        ("429 Too Many Requests", "120", "rate_limited", 120.0),
        ("429 Too Many Requests", "abc", "rate_limited", 60.0),
        ("429 Too Many Requests", None, "rate_limited", 60.0),
        ("503 Service Unavailable", "120", "http_5xx", 120.0),
        ("503 Service Unavailable", "-5", "http_5xx", 60.0),
    ],
)
def test_a_pause_holds_for_the_whole_host(
    status: str, value: str | None, reason: str, seconds: float, paced: HttpClient, time_: FakeTime
) -> None:
    headers = {} if value is None else {"retry_after": value}
    with serving(lambda seen: reply(b"nanti", status, **headers)) as village:
        url = f"http://sibuk.desa.test:{village.port}/"
        with pytest.raises(FetchError) as first:
            paced.get(url + "feed")
        assert (first.value.reason, first.value.retry_after) == (reason, seconds)
        assert first.value.body == b"nanti"
        time_.now += 20
        with pytest.raises(FetchError) as second:
            paced.get(url + "lain")
        assert (second.value.reason, second.value.retry_after) == ("rate_limited", seconds - 20)
        assert paced.host_wait(url) == seconds - 20
        assert len(village.seen) == 1
        time_.now += seconds - 20
        with pytest.raises(FetchError):
            paced.get(url)
        assert len(village.seen) == 2


def test_a_503_without_a_wish_pauses_nobody(paced: HttpClient) -> None:
    with serving(lambda seen: reply(status="503 X")) as village:
        for _ in range(2):
            with pytest.raises(FetchError) as caught:
                paced.get(village.url)
            assert (caught.value.reason, caught.value.retry_after) == ("http_5xx", None)
    assert len(village.seen) == 2
    assert paced.pauses() == {}


def test_a_delivery_may_come_back_sooner(paced: HttpClient) -> None:
    answer = reply(status="429 X", retry_after="0")
    with serving(lambda seen: answer) as village, pytest.raises(FetchError) as caught:
        paced.request("POST", village.url, body=b"x")
    assert caught.value.retry_after == 1.0


def test_a_pause_of_a_redirect_hits_the_host_that_asked(paced: HttpClient) -> None:
    with serving(lambda seen: reply(status="429 X", retry_after="300")) as busy:
        target = f"http://sibuk.desa.test:{busy.port}/"
        with serving(lambda seen: reply(status="302 X", location=target), "127.10.1.1") as village:
            with pytest.raises(FetchError):
                paced.get(village.url)
            assert list(paced.pauses()) == [f"sibuk.desa.test:{busy.port}"]


def test_pauses_survive_a_restart(paced: HttpClient, make_client: MakeClient, time_: FakeTime) -> None:
    with serving(lambda seen: reply(status="429 X", retry_after="300")) as village:
        with pytest.raises(FetchError):
            paced.get(village.url)
        saved = paced.pauses()
        assert saved == {f"127.10.1.1:{village.port}": time_.wall_clock() + 300}
        later = make_client(clock=lambda: 5.0, wall_clock=lambda: time_.wall_clock() + 100)
        later.restore_pauses({**saved, "lama.test": 1.0, "kelak.test": time_.wall_clock() + 10**9})
        assert later.host_wait(village.url) == pytest.approx(200)
        assert later.host_wait("http://lama.test/") == 0.0
        assert later.host_wait("http://kelak.test/") == pytest.approx(DAY)
        with pytest.raises(FetchError) as caught:
            later.get(village.url)
    assert caught.value.reason == "rate_limited"


def test_host_wait_of_an_unusable_address_is_nothing(client: HttpClient) -> None:
    assert client.host_wait("file:///etc/passwd") == 0.0


class Crowd:
    """Counts how many requests are in the village at once; each stays until ``wanted`` are there or a
    moment has passed."""

    def __init__(self, wanted: int) -> None:
        self.present = self.most = 0
        self._wanted = wanted
        self._changed = threading.Condition()

    def answer(self, seen: Seen) -> bytes:
        with self._changed:
            self.present += 1
            self.most = max(self.most, self.present)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most > self._wanted, 0.2)
            self.present -= 1
        return reply(b"x")


def _ask_together(client: HttpClient, urls: list[str]) -> None:
    failures: list[Exception] = []

    def ask(url: str) -> None:
        try:
            client.get(url)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failures == []


@pytest.mark.parametrize("limit", [1, 2])
def test_a_host_is_asked_by_few_at_a_time(limit: int, make_client: MakeClient) -> None:
    client, crowd = make_client(host_concurrency=limit), Crowd(limit)
    with serving(crowd.answer) as village:
        _ask_together(client, [village.url] * 6)
    assert crowd.most == limit
    assert len(village.seen) == 6


def test_an_address_shared_by_many_hosts_is_not_crowded(make_client: MakeClient) -> None:
    client, crowd = make_client(resolver=lambda host: ["127.10.1.1"]), Crowd(4)
    with serving(crowd.answer) as village:
        urls = [f"http://desa{number}.test:{village.port}/" for number in range(12)]
        _ask_together(client, urls)  # fresh connections
        _ask_together(client, urls)  # kept ones
    assert crowd.most == 4
    assert village.connections == 12


def test_a_host_that_is_busy_with_us_says_to_wait(make_client: MakeClient) -> None:
    client, entered, leave = make_client(), threading.Event(), threading.Event()

    def answer(seen: Seen) -> bytes:
        entered.set()
        leave.wait(PATIENCE)
        return reply(b"x")

    with serving(answer) as village:
        thread = threading.Thread(target=client.get, args=(village.url,))
        thread.start()
        assert entered.wait(PATIENCE)
        assert client.host_wait(village.url) > 0
        leave.set()
        thread.join(PATIENCE)
        assert client.host_wait(village.url) == 0.0


def test_waiting_for_our_turn_is_not_charged_to_the_fetch(make_client: MakeClient) -> None:
    client = make_client(timeout=0.5, host_delay=0.8)
    with serving(lambda seen: reply(b"x")) as village:
        client.get(village.url)
        began = time.monotonic()
        assert client.get(village.url).status == 200
        assert time.monotonic() - began > 0.5


def test_quiet_hosts_are_forgotten(make_client: MakeClient, time_: FakeTime) -> None:
    client = make_client(host_delay=1.0, clock=time_.clock, sleep=time_.sleep)
    pace = client._pace
    client.restore_pauses({f"h{number}.test": time.time() + 500 for number in range(5000)})
    assert len(client.pauses()) == 5000
    time_.now += 2000
    client.restore_pauses({f"baru{number}.test": time.time() + 500 for number in range(5000)})
    assert len(client.pauses()) == 5000
    assert len(pace._lanes) < 10_000
