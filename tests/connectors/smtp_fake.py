"""A real SMTP server in this process, with what can be wrong with one."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ADDRESS = "127.10.202.1"
CERTIFICATE = Path(__file__).parents[1] / "http" / "certs" / "self_signed.pem"
USER, PASSWORD = "kim@mamujukab.example", "CNRY abcd:EFGH/ijkl@MNOP"


@dataclass
class Inbox:
    """What the server took. ``refuse`` answers to DATA by this line, ``refused`` are recipients it does
    not take; ``fault`` is one of the contract suite's, ``healed`` ends its silence."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: int = 0
    password: str = PASSWORD
    refuse: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    healed: Event = field(default_factory=Event)

    def url(self, *, user: str = "", scheme: str = "smtp") -> str:
        return f"{scheme}://{user}{ADDRESS}:{self.port}"

    @contextmanager
    def broken(self, fault: str) -> Iterator[None]:
        self.fault = fault
        self.healed.clear()
        try:
            yield
        finally:
            self.fault = ""
            self.healed.set()

    # -- hooks of aiosmtpd --------------------------------------------------------------------------

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.refuse or self.fault in ("down", "busy"):
            return self.refuse or f"421 4.3.2 {self.fault}"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        if self.fault == "hang_after":
            await asyncio.get_running_loop().run_in_executor(None, self.healed.wait, 20)
        if self.fault == "cut_after":
            server.transport.abort()
        return "451 4.3.0 nanti" if self.fault == "error_after" else "250 taken"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        right = (
            isinstance(data, LoginPassword)
            and data.login.decode() == USER
            and data.password.decode() == self.password
        )
        return AuthResult(success=right, handled=False)


def certificate(folder: Path) -> Path:
    """A PEM file with key and certificate for :data:`ADDRESS`, its own authority, valid around today."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.mamujukab.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return file


@contextmanager
def inbox(*, tls: bool = False, auth: bool = False, smtps: Path | None = None) -> Iterator[Inbox]:
    """Serve; ``tls`` offers STARTTLS with a certificate that nobody signed, ``auth`` asks for a login,
    ``smtps`` is a certificate for TLS from the start."""
    box = Inbox()
    with socket.socket() as probe:  # aiosmtpd cannot choose a free port by itself
        probe.bind((ADDRESS, 0))
        box.port = probe.getsockname()[1]
    settings: dict[str, Any] = {}
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        settings["tls_context"] = context
    if smtps:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(smtps)
        settings["ssl_context"] = context
    if auth:
        settings |= {
            "authenticator": box.authenticate,
            "auth_required": True,
            "auth_require_tls": tls,  # aiosmtpd means STARTTLS
        }
    controller = Controller(box, hostname=ADDRESS, port=box.port, **settings)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
