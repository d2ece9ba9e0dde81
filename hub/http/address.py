"""Which addresses may be asked: URLs taken apart strictly, IP addresses checked for being public."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from hub.errors import FetchError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
PUBLIC_PORTS = frozenset(DEFAULT_PORTS.values())
MAX_URL = 4096

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PATH_SAFE = "%/:=&?~+!$,;'@()*[]-._"

# Ranges that `ipaddress` calls global although what answers there can be an internal machine:
# translations that carry an IPv4 address inside (NAT64, 6to4, Teredo, "compatible"), retired
# site-local space, and the metadata address of one large cloud.
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2002::/16",
            "2001::/23",
            "::/96",
            "fec0::/10",
            "5f00::/16",
            "100::/64",
            "192.88.99.0/24",
            "192.0.0.0/24",
            "100.64.0.0/10",
            "168.63.129.16/32",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: ``host`` in lower-case ASCII (IPv6 without brackets), ``path`` with its query."""

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def lane(self) -> str:
        """The name under which requests are paced: http and https of one host share a lane."""
        return self.host if self.port in PUBLIC_PORTS else f"{self.host}:{self.port}"


@lru_cache(maxsize=2048)
def parse_target(url: str) -> Target:
    """Take ``url`` apart, more strictly than a browser would.

    Raises:
        FetchError: ``bad_url`` or, for an IP address in a misleading spelling, ``blocked_address``.
    """
    cleaned = url.strip()
    if not cleaned or len(cleaned) > MAX_URL or _CONTROL.search(cleaned):
        raise _bad_url("empty, too long, or with control characters")
    try:
        parts = urlsplit(cleaned)
        port = parts.port
    except ValueError:
        raise _bad_url("cannot be taken apart") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise _bad_url("only http and https addresses can be asked")
    if "@" in parts.netloc:
        raise _bad_url("holds a user name or password")
    if port == 0 or parts.netloc.endswith(":"):
        raise _bad_url("port")
    host = _host(parts.hostname or "")
    port = port or DEFAULT_PORTS[parts.scheme]
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_PATH_SAFE)
    shown = f"[{host}]" if ":" in host else host
    if port != DEFAULT_PORTS[parts.scheme]:
        shown += f":{port}"
    return Target(f"{parts.scheme}://{shown}{path}", parts.scheme, host, port, path)


def _host(raw: str) -> str:
    if ":" in raw:
        return _ipv6(raw)
    if len(raw) > 253:  # before the IDNA codec, whose time grows with the square of the length
        raise _bad_url("host name too long")
    try:
        host = raw if raw.isascii() else raw.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _bad_url("host name") from None
    labels = host.removesuffix(".").split(".")
    if not all(map(_LABEL.fullmatch, labels)):
        raise _bad_url("host name")
    host = ".".join(labels)
    if _NUMBER.fullmatch(labels[-1]):
        _require_dotted_quad(host)
    return host


def _ipv6(raw: str) -> str:
    try:
        address = ipaddress.IPv6Address(raw)
    except ValueError:
        raise _bad_url("IPv6 address") from None
    if address.scope_id:
        raise _blocked(f"{raw} belongs to one network interface")
    return str(address)


def _require_dotted_quad(host: str) -> None:
    """Resolvers read 2130706433, 0x7f.1 and 127.1 as 127.0.0.1; nobody honest writes them."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise _blocked(f"{host} is a misleading way to write an IP address") from None


class AddressPolicy:
    """Says which IP addresses may be connected to.

    Args:
        allow_private: CIDRs that may be asked although they are not public, on any port.
    """

    def __init__(self, allow_private: Iterable[str] = ()) -> None:
        self._exempt = tuple(ipaddress.ip_network(cidr, strict=False) for cidr in allow_private)

    def admit(self, answers: Sequence[str], port: int, host: str) -> tuple[list[IpAddress], bool]:
        """Check every answer that a name resolved to; one bad answer condemns them all, because which
        of them is used is not in our hand.

        Returns:
            the addresses to try in order, and whether all of them are among the operator's exceptions.

        Raises:
            FetchError: ``blocked_address``.
        """
        addresses = list(dict.fromkeys(map(_unwrapped, answers)))
        exempt = all(map(self.is_exempt, addresses))
        for address in addresses:
            if not (self.is_exempt(address) or is_public(address)):
                raise _blocked(_naming(host, f"{address} is not a public address"), host == str(address))
        if not exempt and port not in PUBLIC_PORTS:
            raise _blocked(_naming(host, f"port {port} is neither 80 nor 443"))
        return addresses, exempt

    def is_exempt(self, address: IpAddress) -> bool:
        """Whether the operator allowed this address explicitly."""
        return any(address in network for network in self._exempt)

    def check_port(self, host: str, port: int) -> None:
        """Refuse early, without asking the DNS, what could not be admitted afterwards."""
        if port not in PUBLIC_PORTS and not self._exempt:
            raise _blocked(f"{host}: port {port} is neither 80 nor 443")


def is_public(address: IpAddress) -> bool:
    """Whether ``address`` is reachable on the public Internet and cannot stand for an internal machine."""
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def _unwrapped(answer: str) -> IpAddress:
    try:
        address = ipaddress.ip_address(answer)
    except ValueError:
        raise _blocked(f"{answer!r} is no IP address") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            raise _blocked(f"{answer} belongs to one network interface")
        return address.ipv4_mapped or address
    return address


def _naming(host: str, problem: str) -> str:
    return problem if problem.startswith(f"{host} ") else f"{host}: {problem}"


def _bad_url(problem: str) -> FetchError:
    # The address itself stays out of the message: it may hold a password.
    return FetchError("bad_url", f"unusable address: {problem}", permanent=True)


def _blocked(problem: str, permanent: bool = True) -> FetchError:
    """``permanent`` is False where a name is to blame: it can point elsewhere tomorrow."""
    return FetchError("blocked_address", problem, permanent=permanent)
