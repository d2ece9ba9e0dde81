"""Mail out, through the one server that the operator names in ``[mail]``.

The address of that server is the operator's own word, so unlike addresses in ``hub.http`` it may be
private. A password goes over the wire only inside TLS or within a private network.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from hub.errors import PublishError

log = logging.getLogger(__name__)

_OURS = ("from", "to", "subject", "date", "content-type", "content-transfer-encoding", "mime-version")
_SHOWN = 200
_ENHANCED = re.compile(r"(\d\.\d{1,3}\.\d{1,3})\b")
#: Of the codes about addresses those that are about the sender's.
_SENDERS = ("5.1.7", "5.1.8")


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


class Mailer:
    """Sends plain-text mail; safe to call from many threads, one connection per call.

    Args:
        url: ``smtp://[user:password@]host[:port]`` (STARTTLS where the server offers it) or ``smtps://``
            (TLS from the start). User and password are percent-encoded. Without a port: 465 for smtps,
            587 with a user, else 25. Empty: no mail.
        sender: the From address, with or without a name.
        timeout: seconds for each step of the conversation.
        ca_file: PEM file with certificate authorities to trust beside the machine's own.
    """

    def __init__(self, url: str, sender: str, *, timeout: float = 20.0, ca_file: str | None = None) -> None:
        self._url, self._sender = url, sender
        self._timeout, self._ca_file = timeout, ca_file

    def send(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        """Hand one mail for all of ``to`` to the server. Without any ``to`` it only signs in, which tells
        whether mail could be sent.

        Args:
            headers: further header fields, such as Message-ID.

        Raises:
            PublishError: not set up, refused, or not reached. Where the server takes the mail for some of
                ``to`` only, the others are logged: raising would send it to everybody again.
        """
        server = _server(self._url)
        message = _message(self._sender, to, subject, text, headers)
        problem = None
        try:
            with self._session(server) as session:
                refused = session.send_message(message) if to else {}
        except (smtplib.SMTPException, OSError) as error:
            problem = _problem(error, server)
        if problem:  # raised out here, so that no library's exception with the server's words hangs on it
            raise problem
        for address, (code, answer) in refused.items():
            log.warning("mail: %s was refused: %s", address, _said(code, answer, server))

    @contextmanager
    def _session(self, server: _Server) -> Iterator[smtplib.SMTP]:
        """A conversation, signed in where there is a user."""
        name = parseaddr(self._sender)[1].rpartition("@")[2]  # smtplib would look our own name up in the DNS
        session = (
            smtplib.SMTP_SSL(server.host, server.port, name, timeout=self._timeout, context=self._tls())
            if server.tls
            else smtplib.SMTP(server.host, server.port, name, timeout=self._timeout)
        )
        with session:
            session.ehlo_or_helo_if_needed()
            peer = _peer(session)
            secure = server.tls
            if not secure and session.has_extn("starttls"):
                session.starttls(context=self._tls(verified=not peer.is_loopback))
                session.ehlo()
                secure = True
            if server.user:
                if not (secure or peer.is_private):
                    cure = "use smtps:// or a server that offers STARTTLS"
                    raise _Unencrypted(f"{server.host} takes the password without encryption only; {cure}")
                _login(session, server)
            yield session

    def _tls(self, *, verified: bool = True) -> ssl.SSLContext:
        """Not verified on the way to this same machine, whose mail server signs its own certificate."""
        context = ssl.create_default_context()
        if self._ca_file:
            context.load_verify_locations(self._ca_file)
        if not verified:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class _Unencrypted(smtplib.SMTPException):
    """The password would travel readable for everybody on the way."""


def _server(url: str) -> _Server:
    if not url:
        raise _unusable("no mail server is set: write [mail] url in config.toml")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("smtp", "smtps"):
        raise _unusable("[mail] url must read smtp://user:password@host:port or smtps://...")
    user, tls = unquote(parts.username or ""), parts.scheme == "smtps"
    return _Server(
        host, port or (465 if tls else 587 if user else 25), tls, user, unquote(parts.password or "")
    )


def _message(
    sender: str, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]
) -> EmailMessage:
    """The mail, ready for the wire: every value checked, so that none can begin a header of its own."""
    if not parseaddr(sender)[1]:
        raise _unusable("no sender is set: write [mail] sender in config.toml")
    message = EmailMessage(policy=WIRE)
    message["From"] = _header("[mail] sender", sender)
    message["To"] = ", ".join(map(_address, to))
    message["Subject"] = " ".join(subject.split())
    message["Date"] = formatdate()
    for name, value in headers.items():
        if name.lower() in _OURS or not name.replace("-", "").isalnum() or not name.isascii():
            raise _unusable(f"mail header {name!r} cannot be set")
        message[name] = _header(name, value)
    if "Message-ID" not in message:
        message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or None)
    message.set_content(text.replace("\r\n", "\n"), charset="utf-8")
    return message


def _header(name: str, value: str) -> str:
    if any(sign < " " or sign == "\x7f" for sign in value):
        raise _unusable(f"{name} holds a line break or control character")
    return value


def _address(given: str) -> str:
    """One address as a header holds it.

    Raises:
        PublishError: for good, when it is none, or is several.
    """
    try:
        header: Any = HeaderRegistry()("to", _header("address", given))
        (address,) = header.addresses
    except (ValueError, IndexError, HeaderParseError):
        raise _unusable(f"{given!r} is no mail address") from None
    whole = "." in address.domain.strip(".") or address.domain == "localhost"
    if header.defects or not (address.username and whole):
        raise _unusable(f"{given!r} is no mail address")
    return str(address)


def _login(session: smtplib.SMTP, server: _Server) -> None:
    """By one mechanism: smtplib tries every one after a refusal, which some servers hang up on."""
    if "PLAIN" in session.esmtp_features.get("auth", "").upper().split():
        session.user, session.password = server.user, server.password
        session.auth("PLAIN", session.auth_plain)
    else:
        session.login(server.user, server.password)


def _peer(session: smtplib.SMTP) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    assert session.sock is not None
    return ipaddress.ip_address(session.sock.getpeername()[0].partition("%")[0])


# -- what went wrong ---------------------------------------------------------------------------------


def _unusable(detail: str) -> PublishError:
    return PublishError("degraded", detail, permanent=True)


def _problem(error: Exception, server: _Server) -> PublishError:
    """A library's exception in the hub's words, without the password."""
    where = f"mail server {server.host}"
    match error:
        case _Unencrypted():
            return PublishError("auth", str(error), permanent=True)
        case smtplib.SMTPAuthenticationError():
            said = _said(error.smtp_code, error.smtp_error, server)
            cure = "correct user and password in [mail] url"
            return PublishError("auth", f"{where}: {said}; {cure}", permanent=error.smtp_code >= 500)
        case smtplib.SMTPRecipientsRefused():
            answers = error.recipients
            said = "; ".join(f"{to}: {_said(*answer, server)}" for to, answer in answers.items())
            forever = all(code >= 500 for code, _ in answers.values())
            hint = "no_mailbox" if all(_unknown(*answer) for answer in answers.values()) else ""
            return PublishError("degraded", f"{where} refused {said}", permanent=forever, hint=hint)
        case smtplib.SMTPResponseException():
            said = _said(error.smtp_code, error.smtp_error, server)
            return PublishError("degraded", f"{where}: {said}", permanent=error.smtp_code >= 500)
        case smtplib.SMTPNotSupportedError():
            return PublishError("degraded", f"{where}: {error}", permanent=True)
        case ssl.SSLCertVerificationError():
            return PublishError("bad_tls", f"{where}: {error.verify_message}")
        case ssl.SSLError():
            return PublishError("bad_tls", f"{where}: {error.reason or 'TLS failed'}")
        case TimeoutError() | smtplib.SMTPServerDisconnected(__context__=TimeoutError()):
            return PublishError("timeout", f"{where} did not answer in time")
        case socket.gaierror():
            return PublishError("dns", f"{where}: no such host; correct [mail] url")
        case smtplib.SMTPException():
            return PublishError("unreachable", f"{where}: the conversation broke off")
    return PublishError("unreachable", f"{where}: {getattr(error, 'strerror', None) or 'not reached'}")


def _unknown(code: int, answer: bytes | str) -> bool:
    """Whether a refusal means that there is no such mailbox: by its enhanced code (RFC 3463: 5.1.x a bad
    address, 5.2.1 one that takes nothing) where it has one. Others, such as 5.7.1, are our own trouble."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    enhanced = _ENHANCED.match(text.strip())
    if enhanced:
        return enhanced[1] == "5.2.1" or (enhanced[1].startswith("5.1.") and enhanced[1] not in _SENDERS)
    return code in (550, 551, 553)


def _said(code: int, answer: bytes | str, server: _Server) -> str:
    """The server's words on one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    if server.password:
        text = text.replace(server.password, "...")
    return f"{code} {' '.join(text.split())}"[:_SHOWN]
