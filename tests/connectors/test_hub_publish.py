"""The ``hub`` publisher against a real kimhub on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from connectors.hub.publish import HubPublisher
from hub.app import Hub, open_hub
from hub.config import build
from hub.errors import AuthError, PublishError
from hub.model import Actor, Announcement, Copy, Notice, Preview
from hub.testing.publisher_contract import Harness, PublisherContract
from hub.testing.publisher_harness import BUSY, correction
from hub.testing.publishing import PublishingContext, loopback_http, make_notice, make_target
from web.app import make_app

EDITOR = Actor("siti", "editor")
ADMIN = Actor("kepala", "administrator")
#: Seconds that the upper hub waits for an answer: a busy machine takes its time over a hub's first page.
PATIENCE = 4.0


class Gate:
    """In front of the hub's pages: breaks what is asked of it as the test says."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app, self.fault, self.bodies = app, "", 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if self.fault == "refuses_credentials":
            environ["HTTP_AUTHORIZATION"] = "Bearer kh_wrong"
        if self.fault == "drops_password":
            environ.pop("HTTP_AUTHORIZATION", None)
        if self.fault in ("busy", "down"):
            busy = self.fault == "busy"
            start("429 Busy" if busy else "502 Down", [("Retry-After", str(BUSY))] if busy else [])
            return [b""]
        if self.fault.endswith("_after") and environ["REQUEST_METHOD"] != "GET":
            list(self.app(environ, lambda *given: None))
            if self.fault == "hang_after":
                time.sleep(PATIENCE + 0.3)
            start("502 Bad Gateway", [("Content-Length", "900")] if self.fault == "cut_after" else [])
            return [b"cut"]
        return self.app(environ, start)


@contextmanager
def lower_hub(root: Path, **publish: Any) -> Iterator[tuple[Hub, Gate, str]]:
    """A hub served on loopback, the gate before it, and a token for it."""
    server = make_server("127.10.77.1", 0, lambda environ, start: gate(environ, start), threaded=True)
    base = f"http://127.10.77.1:{server.server_port}"
    settings = {"hub": {"base_url": base}, "web": {"rate_limit": 0}, "publish": publish}
    hub = open_hub(build(settings, root=root))
    gate = Gate(make_app(hub))
    scopes = ["announcements:write", "announcements:read"]
    token = hub.access.make_token("provinsi", scopes, ADMIN, role="editor")[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub, gate, token
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        hub.close()


class HubHarness(Harness):
    lacks = frozenset({"link"})

    def __init__(self, hub: Hub, gate: Gate, token: str) -> None:
        self.hub, self.gate = hub, gate
        self.publisher = HubPublisher()
        base = hub.settings.hub.base_url
        self.target = make_target("hub", url=f"{base}/", password=token, options={"region": "76.02"})
        self.context = PublishingContext(loopback_http(timeout=PATIENCE))
        self.secrets = (token,)

    def there(self, notice: Notice) -> list[Announcement]:
        listed = self.hub.noticeboard.list(limit=100)
        return [each for each in listed if each.origin == notice.mark]

    def copies(self, notice: Notice, copy: Copy | None) -> Sequence[str]:
        return [each.text for each in self.there(notice) if each.state == "published"]

    def same(self, preview: Preview, copy: str) -> bool:
        return preview.text == copy

    @contextmanager
    def broken(self, fault: str) -> Iterator[None]:
        self.gate.fault = fault
        try:
            yield
        finally:
            self.gate.fault = ""

    def edit(self, notice: Notice) -> None:
        (there,) = self.there(notice)
        manuscript = replace(there.manuscript, text="Di sini pukul 10.00.")
        self.hub.announcing.correct(there.id, manuscript, EDITOR)

    def remove(self, notice: Notice) -> None:
        (there,) = self.there(notice)
        self.hub.announcing.withdraw(there.id, EDITOR)

    def uploads(self) -> int:
        listed = self.hub.noticeboard.list(limit=100)
        return len({file.sha256 for each in listed for file in each.attachments})

    def keep_file(self, sha256: str, content: bytes) -> None:
        self.context.files[sha256] = b"%PDF-1.4 jadwal %%EOF"  # the lower hub looks at what it is given


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubHarness]:
    monkeypatch.setattr("web.cache.LOOK_EVERY", 0.0)
    with lower_hub(tmp_path) as parts:
        yield HubHarness(*parts)


class TestHub(PublisherContract):
    @pytest.fixture
    def harness(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubHarness]:
        monkeypatch.setattr("web.cache.LOOK_EVERY", 0.0)
        with lower_hub(tmp_path) as parts:
            yield HubHarness(*parts)


# -- of its own -------------------------------------------------------------------------------------


def test_it_says_whose_it_is_and_how_it_came(harness: HubHarness) -> None:
    notice = make_notice(
        to=("kec:76.02.01", "village:76.02.02.2010", "kec:76.04.01"),
        via=("https://n.example", "https://p.example"),
    )
    harness.create(notice)
    (there,) = harness.there(notice)
    assert (there.origin, there.via) == (notice.mark, notice.via)
    assert there.mark != notice.mark
    assert there.agency == notice.issuer
    assert there.to == ("kec:76.02.01", "village:76.02.02.2010")
    with pytest.raises(PublishError, match="no place"):
        harness.create(make_notice(mark="kimhub-76-01kb0v4mz8t9d3q6x2n7r5w777", to=("kec:76.04.01",)))


@pytest.mark.parametrize("spelled_alike", [True, False])
def test_a_hub_that_it_came_through_gets_nothing(harness: HubHarness, spelled_alike: bool) -> None:
    """Told from the address, or refused by the hub itself."""
    base = harness.hub.settings.hub.base_url
    notice = make_notice(via=("https://n.example", f"{base}/"))
    if not spelled_alike:
        harness.target = replace(harness.target, url=f"{base}//")
    if spelled_alike:
        assert "came from" in harness.apply("create", notice, None).detail
    assert not harness.there(notice)


def test_the_hub_refuses_what_began_there_or_came_through(harness: HubHarness) -> None:
    own = harness.create(make_notice())
    (there,) = harness.there(make_notice())
    assert own.remote_id == str(there.id)
    with pytest.raises(PublishError, match="409") as caught:
        harness.create(make_notice(mark=there.mark, origin=there.mark))
    assert caught.value.permanent
    assert len(harness.hub.noticeboard.list()) == 1


def test_two_hubs_above_make_one_copy(harness: HubHarness) -> None:
    first = harness.create(make_notice())
    again = harness.apply("create", make_notice(via=("https://other.example",)), None)
    assert again.adopted
    assert again.copy is not None
    assert again.copy.remote_id == first.remote_id


def test_what_the_second_person_has_yet_to_see_is_not_there_yet(tmp_path: Path) -> None:
    with lower_hub(tmp_path, approval="always") as parts:
        harness, notice = HubHarness(*parts), make_notice()
        receipt = harness.apply("create", notice, None)
        assert "second person" in receipt.detail
        assert receipt.copy is not None
        look = lambda copy: harness.publisher.verify(notice, copy, harness.target, harness.context)  # noqa: E731
        assert look(receipt.copy).state == "unproven"
        # corrected while it waits: it still waits
        changed = correction(notice)
        receipt = harness.apply("update", changed, receipt.copy)
        (there,) = harness.there(notice)
        assert there.state == "pending"
        assert "16.30" in there.text
        harness.hub.announcing.approve(there.id, ADMIN)
        time.sleep(0.6)  # the page of nobody is kept for half a second
        sight = harness.publisher.verify(changed, receipt.copy, harness.target, harness.context)  # type: ignore[arg-type]
        assert sight.state == "seen"
        # a correction of what is public waits too, and is no edit of theirs
        third = replace(changed, version=3, markdown="Batal hari ini.")
        receipt = harness.apply("update", third, receipt.copy)
        assert receipt.copy is not None
        assert "second person" in receipt.detail
        sight = harness.publisher.verify(third, receipt.copy, harness.target, harness.context)
        assert (sight.state, "second person" in sight.detail) == ("unproven", True)
        assert harness.apply("withdraw", third, receipt.copy).outcome == "done"


def test_what_waits_is_taken_back_without_a_trace(tmp_path: Path) -> None:
    with lower_hub(tmp_path, approval="always") as parts:
        harness, notice = HubHarness(*parts), make_notice()
        copy = harness.create(notice)
        assert harness.apply("withdraw", notice, copy).outcome == "done"
        assert not harness.hub.noticeboard.list()


def test_a_token_without_the_right_is_named(harness: HubHarness) -> None:
    token = harness.hub.access.make_token("baca", ["announcements:read"], ADMIN, role="editor")[1]
    harness.target = replace(harness.target, password=token)
    with pytest.raises(AuthError, match="kimhub token add"):
        harness.create(make_notice())


def test_the_check_knows_the_region(harness: HubHarness) -> None:
    assert harness.publisher.check(harness.target, harness.context).account == "Kabupaten Mamuju (76.02)"
    harness.target = replace(harness.target, options={"region": "76.04"})
    assert "76.02, not 76.04" in harness.publisher.check(harness.target, harness.context).detail
