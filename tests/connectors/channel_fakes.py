"""Real servers on loopback for the channels: Telegram's Bot API with its public pages, and a receiver of
webhooks. Each counts what it holds and breaks on command."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.testing.publisher_harness import BUSY

TELEGRAM, WEBHOOK = "127.10.203.1", "127.10.204.1"
TOKEN = "7012345678:CNRY-abcdEFGHijklMNOPqrstUVWXyz012345"
SECRET = "whsec_Q05SWS1hYmNkLUVGR0gtaWprbC1NTk9Q"


class Answer(Exception):
    """What a handler answers with instead of going on."""

    def __init__(self, status: int, body: object = b"", headers: dict[str, str] | None = None) -> None:
        self.status, self.headers = status, headers or {}
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


@dataclass
class Server:
    """``fault`` is one of the contract suite's; ``healed`` ends the silence of ``hang_after``."""

    url: str = ""
    fault: str = ""
    healed: Event = field(default_factory=Event)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    def handle(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        raise NotImplementedError

    def busy(self) -> Answer:
        return Answer(429, b"", {"Retry-After": str(BUSY)})

    def writes(self, method: str, path: str) -> bool:
        """Whether a request changes anything: only such ones are broken off afterwards."""
        return method not in ("GET", "HEAD")

    @contextmanager
    def broken(self, fault: str) -> Iterator[None]:
        self.fault = fault
        self.healed.clear()
        try:
            yield
        finally:
            self.fault = ""
            self.healed.set()


@contextmanager
def serving(server: Server, address: str) -> Iterator[None]:
    handler = type("Handler", (_Handler,), {"fake": server})
    listener = ThreadingHTTPServer((address, 0), handler)
    listener.daemon_threads = True
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.url = f"http://{address}:{listener.server_port}"
    try:
        yield
    finally:
        server.healed.set()
        listener.shutdown()
        thread.join()
        listener.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve(b"")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    do_PUT = do_DELETE = do_POST

    def _serve(self, body: bytes) -> None:
        fake = self.fake
        writes = fake.writes(self.command, self.path)
        fault = fake.fault if writes or fake.fault == "down" else ""
        fake.asked.append((self.command, self.path, body))
        if fault == "down":
            return self._cut()
        if fault == "busy":
            return self._send(fake.busy())
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = fake.handle(self.command, self.path, body, headers)
        if fault == "cut_after":
            return self._cut()
        if fault == "hang_after":
            fake.healed.wait(20)
            return self._cut()
        if fault == "error_after":
            answer = Answer(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})
        return self._send(answer)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, ValueError):  # the connection was cut above, or by the client
            self.close_connection = True

    def finish(self) -> None:
        if not self.wfile.closed:
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Telegram(Server):
    """One channel. ``username`` empty makes it private; ``previews`` off is what owners can choose;
    ``deletable`` off is Telegram's refusal to delete what is too old."""

    chat: str = "@kanaltaan"
    username: str = "kanaltaan"
    kind: str = "channel"
    previews: bool = True
    deletable: bool = True
    editable: bool = True
    member: dict[str, Any] = field(
        default_factory=lambda: {"status": "administrator", "can_post_messages": True}
    )
    refusal: tuple[int, str] | None = None
    messages: dict[int, str] = field(default_factory=dict)
    bold: dict[int, str] = field(default_factory=dict)
    last: int = 40

    def handle(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if method == "GET":
            return self._page(path)
        _, bot, act = path.split("/")
        if self.fault == "refuses_credentials" or bot != f"bot{TOKEN}":
            return self._refuse(401, "Unauthorized")
        try:
            return Answer(200, {"ok": True, "result": self._act(act, json.loads(body))})
        except Answer as refusal:
            return refusal

    def busy(self) -> Answer:
        description = f"Too Many Requests: retry after {BUSY}"
        answer = self._refuse(429, description, {"retry_after": BUSY})
        return Answer(429, answer.body)

    def writes(self, method: str, path: str) -> bool:
        return method == "POST" and "/get" not in path

    def say(self, text: str) -> None:
        """Somebody else writes in the channel."""
        self.last += 1
        self.messages[self.last] = text

    def _refuse(self, status: int, description: str, parameters: dict[str, Any] | None = None) -> Answer:
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        return Answer(status, body | ({"parameters": parameters} if parameters else {}))

    def _act(self, act: str, given: dict[str, Any]) -> Any:
        if self.refusal and act in ("sendMessage", "editMessageText"):
            raise self._refuse(*self.refusal)
        if act == "getMe":
            return {"id": 7012345678, "is_bot": True, "username": "kim_mamuju_bot"}
        if given["chat_id"] != self.chat:
            raise self._refuse(400, "Bad Request: chat not found")
        name = {"username": self.username} if self.username else {}
        chat = {"id": -1001, "type": self.kind, **name}
        if act == "getChat":
            return chat
        if act == "getChatMember":
            return self.member
        if act == "sendMessage":
            self.last += 1
            self._write(self.last, given)
            return {"message_id": self.last, "chat": chat, "text": given["text"]}
        number = given["message_id"]
        if act == "editMessageText":
            if number not in self.messages:
                raise self._refuse(400, "Bad Request: message to edit not found")
            if not self.editable:
                raise self._refuse(400, "Bad Request: message can't be edited")
            if self.messages[number] == given["text"]:
                raise self._refuse(400, "Bad Request: message is not modified: specified new message content")
            self._write(number, given)
            return {"message_id": number, "chat": chat, "text": given["text"]}
        assert act == "deleteMessage"
        if number not in self.messages:
            raise self._refuse(400, "Bad Request: message to delete not found")
        if not self.deletable:
            raise self._refuse(400, "Bad Request: message can't be deleted for everyone")
        del self.messages[number]
        return True

    def _write(self, number: int, given: dict[str, Any]) -> None:
        text, units = given["text"], given["text"].encode("utf-16-le")
        if len(units) > 2 * 4096:
            raise self._refuse(400, "Bad Request: message is too long")
        self.messages[number], self.bold[number] = text, ""
        for each in given.get("entities", ()):
            start, length = 2 * each["offset"], 2 * each["length"]
            assert start + length <= len(units)
            self.bold[number] = units[start : start + length].decode("utf-16-le")

    def _page(self, path: str) -> Answer:
        parts = urlsplit(path)
        html = {"Content-Type": "text/html; charset=utf-8"}
        if not (self.username and self.previews):
            return Answer(200, b"<html><body>If you have <b>Telegram</b>, you can view</body></html>", html)
        steps = parts.path.strip("/").split("/")
        if steps[0] == "s" and steps[1] == self.username:
            before = int(parse_qs(parts.query).get("before", ["999999"])[0])
            shown = sorted(number for number in self.messages if number < before)[-20:]
            return Answer(200, "".join(map(self._bubble, shown)).encode(), html)
        assert steps[0] == self.username
        if int(steps[1]) in self.messages:
            return Answer(200, self._bubble(int(steps[1])).encode(), html)
        return Answer(200, b'<div class="tgme_widget_message_error">Post not found</div>', html)

    def _bubble(self, number: int) -> str:
        """As t.me writes it: line breaks as elements, emoji as pictures with the sign inside."""
        text = escape(self.messages[number]).replace("\n", "<br/>")
        text = text.replace("\N{PARTY POPPER}", '<i class="emoji"><b>\N{PARTY POPPER}</b></i>')
        return (
            f'<div class="tgme_widget_message" data-post="{self.username}/{number}">'
            f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div></div>'
        )


@dataclass
class Receiver(Server):
    """Takes events as Standard Webhooks says: checks the signature and knows repetitions by their id
    alone. ``shown`` are its posts; each has a page where ``pages`` is on."""

    pages: bool = True
    status: int = 200
    ids: list[str] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[str], bytes] | None = None

    def handle(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if method != "POST":
            return self._page(path)
        if self.fault == "refuses_credentials" or not self._signed(headers, body):
            return Answer(401)
        if self.status != 200:
            return Answer(self.status)
        event = json.loads(body)
        if headers["webhook-id"] not in self.ids:
            self.ids.append(headers["webhook-id"])
            self.events.append(event)
            self._take(event)
        mark = event["data"]["id"]
        if self.answer:
            return Answer(200, self.answer(mark))
        return Answer(200, {"id": mark, "url": f"{self.url}/baca/{mark}"}) if self.pages else Answer(204)

    def _take(self, event: dict[str, Any]) -> None:
        mark = event["data"]["id"]
        if event["type"] != "announcement.published":
            self.shown = [post for post in self.shown if post["id"] != mark]
        if event["type"] != "announcement.withdrawn":
            self.shown.append(event["data"])

    def _signed(self, headers: dict[str, str], body: bytes) -> bool:
        """By hand, from the text of the standard: nothing here is shared with the sender."""
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return headers["webhook-signature"] == f"v1,{expected}"

    def _page(self, path: str) -> Answer:
        posts = [post for post in self.shown if path == f"/baca/{post['id']}"]
        if posts:
            page = f"<h1>{escape(posts[0]['subject'])}</h1>{posts[0]['html']}"
            return Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})
        return Answer(404 if path.startswith("/baca/") else 200)
