"""Web push against a push service on loopback: who asks is checked (RFC 8292), and the browser's side really
decrypts (RFC 8291)."""

from __future__ import annotations

import base64
import json
import ssl
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from connectors.webpush.subscription import encoded, read_subscription
from hub.errors import ConfigError
from hub.http import HttpClient
from hub.model.following import Wish
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock
from tests.services.test_following import Post

CERTS = Path(__file__).parents[1] / "http" / "certs"
ADDRESS, HOST = "127.10.47.2", "push.desa.test"
WISH = Wish("news", {"q": "gotong royong"})


class Browser:
    """The other end: a key pair and a secret, as ``pushManager.subscribe`` makes them."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"

    @property
    def subscription(self) -> str:
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encoded(point), "auth": encoded(self._auth)}
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": keys})

    def read(self, body: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth, version="aes128gcm")
        return dict(json.loads(plain))


@dataclass
class Service:
    """A push service. ``status`` and ``headers`` answer the next pushes."""

    port: int = 0
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    pushes: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"https://{HOST}:{self.port}/send/abc"


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.pushes.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(found.status)
            for name, value in {"Content-Length": "0", **found.headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((ADDRESS, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / "good.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    clock, connector = Clock(), ScriptedConnector()
    http = HttpClient(
        user_agent="kimhub-test",
        allow_private=["127.10.47.0/24"],
        host_delay=0.0,
        resolver=lambda host: [ADDRESS],
        ca_file=str(CERTS / "authority.pem"),
    )
    settings = {"hub": {"base_url": "https://kabar.mamuju.example", "contact": "ops@mamuju.example"}}
    hub = scripted_hub(tmp_path, connector, now=clock, http=http, settings=settings)
    url = "https://taan.example/"
    hub.registering.add_site(
        "KIM Taan", url, "76.02.02.2010", probe=False, connector="scripted", feed_url=f"{url}feed"
    )
    yield Post(hub, clock, connector, None)  # type: ignore[arg-type]
    hub.close()


def follow(post: Post, browser: Browser) -> str:
    return post.hub.following.ask(WISH, "webpush", "soon", "id", browser.subscription).token


def test_the_browser_reads_what_the_hub_says_and_nobody_else_can(post: Post, service: Service) -> None:
    browser = Browser(service.endpoint)
    token = follow(post, browser)
    assert post.hub.following.seen(token).following.state == "waiting"
    post.hub.telling.run()
    assert post.hub.following.seen(token).following.state == "active", "the service took the welcome"
    service.pushes.clear()
    post.write(title="Kerja bakti")
    post.hub.telling.run()
    ((path, headers, body),) = service.pushes
    assert path == "/send/abc"
    assert b"Kerja bakti" not in body
    said = browser.read(body)
    assert said["title"] == "Kerja bakti"
    assert said["url"] == "https://kabar.mamuju.example/berita/1"
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "normal")
    assert int(headers["ttl"]) > 0
    assert len(headers["topic"]) <= 32
    assert len(body) <= 4096


def test_who_asks_is_signed_for_that_service_alone(post: Post, service: Service) -> None:
    follow(post, Browser(service.endpoint))
    post.hub.telling.run()
    headers = service.pushes[0][1]
    authorization = headers["authorization"]
    assert Vapid02.verify(authorization)
    scheme, _, parameters = authorization.partition(" ")
    assert scheme == "vapid"
    values = dict(part.split("=", 1) for part in parameters.split(","))
    assert values["k"] == next(o.public_key for o in post.hub.following.offers() if o.way == "browser")
    claims = json.loads(base64.urlsafe_b64decode(values["t"].split(".")[1] + "=="))
    assert claims["aud"] == f"https://{HOST}:{service.port}"
    assert claims["sub"] == "mailto:ops@mamuju.example"
    assert 0 < claims["exp"] - post.clock().timestamp() <= 86_400


def test_the_key_is_made_once_and_readable_by_the_hub_alone(post: Post, tmp_path: Path) -> None:
    keys = {offer.public_key for _ in range(3) for offer in post.hub.following.offers() if offer.public_key}
    assert len(keys) == 1
    path = post.hub.settings.data_dir / "webpush-vapid.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PRIVATE KEY" in path.read_text()
    assert not list(path.parent.glob(".webpush-vapid.key.*"))


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_ends_it(post: Post, service: Service, status: int) -> None:
    token = follow(post, Browser(service.endpoint))
    post.hub.telling.run()
    post.write()
    service.status = status
    post.hub.telling.run()
    assert post.hub.following.seen(token).following.state == "ended"


@pytest.mark.parametrize(
    ("status", "headers"), [(500, {}), (403, {}), (413, {}), (429, {"Retry-After": "5"})]
)
def test_other_refusals_end_nothing(
    post: Post, service: Service, status: int, headers: dict[str, str]
) -> None:
    token = follow(post, Browser(service.endpoint))
    post.hub.telling.run()
    post.write()
    service.status, service.headers = status, headers
    post.hub.telling.run()
    found = post.hub.following.seen(token).following
    assert found.state == "active"
    assert found.problem
    assert "/send/abc" not in found.problem, "the endpoint is as good as a password"


def test_every_push_has_a_key_of_its_own(post: Post, service: Service) -> None:
    browser = Browser(service.endpoint)
    follow(post, browser)
    post.hub.telling.run()
    post.write()
    post.hub.telling.run()
    bodies = [body for _, _, body in service.pushes]
    assert len({body[21:86] for body in bodies}) == 2, "the sender's point in the header (RFC 8188, 2.1)"


def _changed(**changes: Any) -> str:
    found = json.loads(Browser("https://push.desa.test/x").subscription)
    return json.dumps(found | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "no json",
        _changed(endpoint="http://push.desa.test/x"),
        _changed(endpoint="https://user@push.desa.test/x"),
        _changed(endpoint="https://"),
        _changed(endpoint=5),
        _changed(keys={}),
        _changed(keys={"p256dh": "AAAA", "auth": encoded(b"0" * 16)}),
        _changed(keys={"p256dh": encoded(b"\x04" + b"\x01" * 64), "auth": encoded(b"0" * 16)}),
        _changed(endpoint="https://a.id/" + "x" * 3000),
    ],
    ids=[
        "empty",
        "list",
        "text",
        "http",
        "user",
        "nowhere",
        "number",
        "no-keys",
        "short",
        "off-curve",
        "long",
    ],
)
def test_what_is_no_subscription(post: Post, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the cryptography library's words among them
        read_subscription(text)
    with pytest.raises(ConfigError):
        post.hub.following.ask(WISH, "webpush", "soon", "id", text)


def test_an_endpoint_inside_the_network_is_never_asked(tmp_path: Path, service: Service) -> None:
    """As every outgoing address: what is private is refused, whatever a stranger hands in."""
    clock = Clock()
    http = HttpClient(user_agent="t", resolver=lambda host: [ADDRESS], ca_file=str(CERTS / "authority.pem"))
    settings = {"hub": {"base_url": "https://kabar.mamuju.example", "contact": "ops@mamuju.example"}}
    hub = scripted_hub(tmp_path, ScriptedConnector(), now=clock, http=http, settings=settings)
    hub.following.ask(WISH, "webpush", "soon", "id", Browser(service.endpoint).subscription)
    hub.telling.run()
    assert service.pushes == []
    hub.close()
