"""What a browser gives away to be pushed to: an endpoint and two keys (W3C Push API)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Subscription:
    """``endpoint`` is where to post; ``p256dh`` the browser's public point, ``auth`` its secret, as bytes."""

    endpoint: str
    p256dh: bytes
    auth: bytes

    @property
    def origin(self) -> str:
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def dump(self) -> str:
        """As one line, always the same for the same subscription."""
        return json.dumps(
            {"endpoint": self.endpoint, "p256dh": encoded(self.p256dh), "auth": encoded(self.auth)}
        )


def read_subscription(text: str) -> Subscription:
    """From what ``JSON.stringify(subscription)`` gives, or from :meth:`Subscription.dump`.

    Raises:
        ValueError: it is none, or its endpoint is not https.
    """
    if len(text) > _LONGEST:
        raise ValueError("is too long for a subscription")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("is no subscription")
    keys = found.get("keys", found)
    endpoint = found.get("endpoint")
    if not isinstance(keys, dict) or not isinstance(endpoint, str):
        raise ValueError("is no subscription")
    parts = urlsplit(endpoint)
    if parts.scheme != "https" or not parts.hostname or parts.username or not endpoint.isprintable():
        raise ValueError("has no endpoint over https")
    point, secret = _decoded(keys.get("p256dh")), _decoded(keys.get("auth"))
    if len(secret) != 16:
        raise ValueError("has no secret of 16 bytes")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)  # raises ValueError
    return Subscription(endpoint, point, secret)


def encoded(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decoded(text: object) -> bytes:
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("lacks a key")
    try:
        return base64.b64decode(
            text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True
        )
    except binascii.Error:
        raise ValueError("has a key that is no base64") from None
