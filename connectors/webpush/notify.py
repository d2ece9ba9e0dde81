"""Web push: RFC 8030 (asking a push service), RFC 8291 (the message encrypted for the browser alone) and
RFC 8292 (VAPID: who asks)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from connectors.webpush.subscription import Subscription, encoded, read_subscription
from hub.spec import AuthError, FetchError, News, NotifyContext, Option, PublishError, RemoteError

#: Seconds that a push service keeps a message for a phone that is off.
KEPT, KEPT_URGENT = 3 * 86_400, 86_400
#: Seconds that a signature of ours is good for; RFC 8292 allows a day.
SIGNED_FOR = 12 * 3600
#: Characters of title and text: services take 4,096 bytes in all.
TITLE, TEXT = 150, 600


class WebPushNotifier:
    name = "webpush"
    label: Mapping[str, str] = {"id": "Peramban ini", "en": "This browser"}
    options: tuple[Option, ...] = ()

    def ready(self, ctx: NotifyContext) -> str:
        parts = urlsplit(ctx.hub_url)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
            return "browsers take pushes from https pages alone: set [hub] base_url to an https address"
        if not _subject(ctx):
            return "push services want to know whom to write to: set [hub] contact to a mail address"
        return ""

    def clean(self, address: str) -> str:
        return read_subscription(address).dump()

    def public_key(self, ctx: NotifyContext) -> str:
        return encoded(_public(_key(ctx)))

    def send(self, news: News, address: str, ctx: NotifyContext) -> None:
        subscription = read_subscription(address)
        headers = {
            **_signed(subscription, ctx),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(KEPT_URGENT if news.urgent else KEPT),
            "Urgency": "high" if news.urgent else "normal",
            # a later try replaces an earlier one that still waits at the service
            "Topic": hashlib.sha256(news.key.encode()).hexdigest()[:32],
        }
        body = _encrypted(payload_of(news), subscription)
        try:
            answer = ctx.http.request(
                "POST", subscription.endpoint, body=body, headers=headers, max_bytes=65536, ok_only=False
            )
        except FetchError as error:
            # the endpoint is as good as a password: no address in what is kept
            detail = f"push service {urlsplit(subscription.endpoint).hostname}: {error.reason}"
            raise PublishError(error.reason, detail, retry_after=error.retry_after) from None
        _judge(answer.status, subscription)


def payload_of(news: News) -> bytes:
    """What the service worker shows: title, text, where a touch leads, and what it replaces."""
    first = news.items[0] if news.items else None
    title = news.subject if len(news.items) != 1 or first is None else first.title
    body = "\n".join(item.title for item in news.items[:5]) if len(news.items) > 1 else news.intro
    url = first.url if first and len(news.items) == 1 else news.url
    message = {
        "title": title[:TITLE],
        "body": body[:TEXT],
        "url": url,
        "tag": news.key,
        "urgent": news.urgent,
    }
    return json.dumps(message, ensure_ascii=False).encode()


def _encrypted(message: bytes, subscription: Subscription) -> bytes:
    """A key of its own for each message, as RFC 8291 wants."""
    return bytes(
        http_ece.encrypt(
            message,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=subscription.p256dh,
            auth_secret=subscription.auth,
            version="aes128gcm",
        )
    )


def _signed(subscription: Subscription, ctx: NotifyContext) -> dict[str, str]:
    until = int(ctx.now().timestamp()) + SIGNED_FOR
    claims = {"aud": subscription.origin, "exp": until, "sub": _subject(ctx)}
    return dict(_key(ctx).sign(claims))


def _judge(status: int, subscription: Subscription) -> None:
    host = urlsplit(subscription.endpoint).hostname
    if 200 <= status < 300:
        return
    if status in (404, 410):
        raise RemoteError(
            "gone", f"push service {host}: the browser takes no more ({status})", permanent=True
        )
    if status in (401, 403):
        detail = f"push service {host} refuses this hub's key ({status})"
        raise AuthError("auth", detail, permanent=True)
    if status >= 500:
        raise PublishError("http_5xx", f"push service {host} answered {status}")
    raise PublishError("http_4xx", f"push service {host} answered {status}", permanent=True)


def _key(ctx: NotifyContext) -> Vapid02:
    return Vapid02.from_pem(ctx.keep("vapid", _new_key).encode())


def _new_key() -> str:
    key = Vapid02()
    key.generate_keys()
    return str(key.private_pem().decode())


def _public(key: Vapid02) -> bytes:
    form = serialization.PublicFormat.UncompressedPoint
    return bytes(key.public_key.public_bytes(serialization.Encoding.X962, form))


def _subject(ctx: NotifyContext) -> str:
    if ctx.contact:
        return f"mailto:{ctx.contact}"
    return ctx.hub_url if ctx.hub_url.startswith("https://") else ""
