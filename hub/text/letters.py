"""Mails taken apart with the standard library's parser, whose input anybody may write."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from typing import Final

from hub.model import Letter
from hub.text.normalise import fold, shortened

#: Bytes of a mail that is read at all.
MAX_MAIL: Final = 30 * 2**20
#: Parts of a mail that are looked at.
MAX_PARTS: Final = 100
MAX_TITLE: Final = 300
#: Header fields that may name the address a mail was delivered to: a mail server writes the first ones.
_RECIPIENTS: Final = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
#: What mail programs put before a subject that was answered or passed on.
_PREFIX: Final = re.compile(r"^(?:(?:re|fwd?|fw|bls|trs|tr)\s*:\s*)+", re.IGNORECASE)
#: RFC 3676, 4.3: below this line stands who wrote it, not what.
_SIGNATURE: Final = re.compile(r"^-- ?$", re.MULTILINE)
_FILES: Final = ("image/", "application/pdf")


def read_letter(raw: bytes) -> Letter:
    """A mail as RFC 5322 and MIME have it; whatever is odd in it is left out, never an error."""
    message = email.message_from_bytes(raw[:MAX_MAIL], policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    name, sender = parseaddr(_header(message, "from"))
    bodies: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    files = []
    for part in _parts(message):
        kind = part.get_content_type()
        attached = part.get_content_disposition() == "attachment" or bool(_filename(part))
        if kind in bodies and not attached:
            bodies[kind].append(_text(part))
        elif kind.startswith(_FILES) and (content := _bytes(part)):
            files.append((_filename(part) or "foto", content))
    text = _SIGNATURE.split("\n".join(bodies["text/plain"]), maxsplit=1)[0].strip()
    return Letter(
        id=_identity(message, raw),
        subject=shortened(_PREFIX.sub("", fold(_header(message, "subject"))), MAX_TITLE),
        sender=sender.lower(),
        author=fold(name),
        to=_recipients(message),
        text=text,
        html="\n".join(bodies["text/html"]) if not text else "",
        automatic=_automatic(message),
        files=tuple(files),
    )


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for part, _ in zip(message.walk(), range(MAX_PARTS), strict=False):
        if isinstance(part, EmailMessage) and not part.is_multipart():
            yield part


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # broken headers raise all of these
        return ""


def _recipients(message: EmailMessage) -> tuple[str, ...]:
    given = [_header(message, name) for name in _RECIPIENTS]
    return tuple(dict.fromkeys(address.lower() for _, address in getaddresses(given) if address))


def _automatic(message: EmailMessage) -> bool:
    """RFC 3834: what a program sent by itself says so; a bounce has an empty return path."""
    automatic = _header(message, "auto-submitted").lower()
    bulk = _header(message, "precedence").lower() in ("bulk", "list", "junk", "auto_reply")
    return (automatic not in ("", "no")) or bulk or _header(message, "return-path").strip() == "<>"


def _identity(message: EmailMessage, raw: bytes) -> str:
    given = fold(_header(message, "message-id"))
    return given[:190] if 3 <= len(given) <= 190 else hashlib.sha256(raw).hexdigest()


def _filename(part: EmailMessage) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        return ""


def _text(part: EmailMessage) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, KeyError):  # an unknown charset
        return _bytes(part).decode("utf-8", "replace")


def _bytes(part: EmailMessage) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError):
        return b""
    return content if isinstance(content, bytes) else b""
