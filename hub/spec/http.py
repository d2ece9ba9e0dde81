"""The one way out, as a connector sees it. The hub's implementation is ``hub/http.py``."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.errors import ParseError


class Headers(Mapping[str, str]):
    """Response headers; names in any case. Repeated headers are joined with ``", "``."""

    def __init__(self, items: Mapping[str, str] | None = None) -> None:
        self._items = {name.lower(): value for name, value in (items or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True, slots=True)
class Validators:
    """What makes the next request conditional: ETag and Last-Modified as received, and a hash of the
    decoded body so that the same body sent again with 200 is recognised too (RFC 9110, 13.1)."""

    etag: str = ""
    last_modified: str = ""
    digest: str = ""

    def dump(self) -> dict[str, str]:
        """For a cursor: only the parts that are set."""
        parts = {"etag": self.etag, "last_modified": self.last_modified, "digest": self.digest}
        return {name: value for name, value in parts.items() if value}

    @classmethod
    def load(cls, saved: object) -> Validators:
        """From a cursor; anything unexpected gives empty validators, never an error."""
        if not isinstance(saved, Mapping):
            return cls()
        return cls(*(str(saved.get(name) or "") for name in ("etag", "last_modified", "digest")))


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read to its end.

    ``url`` is the address that finally answered; ``moved_to`` equals it when it differs from the asked
    address and every redirect on the way was permanent (301, 308), else None. ``unchanged`` is True for
    a 304 and for a body equal to the one that ``since`` described; ``body`` is then empty for a 304.
    ``validators`` are always those to use next time (a 304 may bring new ones).
    """

    url: str
    status: int
    headers: Headers
    body: bytes = b""
    unchanged: bool = False
    validators: Validators = field(default_factory=Validators)
    moved_to: str | None = None

    @property
    def content_type(self) -> str:
        """Media type in lower case without parameters; empty where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """Charset parameter of Content-Type in lower case, or empty."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower()
        return ""

    def text(self) -> str:
        """The body as text of a page, see :func:`read_text`."""
        return read_text(self.body, self.charset)

    def json(self) -> Any:
        """The body as JSON. A BOM and PHP warnings before the document are tolerated (WordPress sends
        them), nesting and size are bounded.

        Raises:
            ParseError: ``not_a_feed`` when it is no JSON.
        """
        return read_json(self.body)


#: Read as Windows-1252 where they are not UTF-8 in truth.
_LATIN = ("iso8859-1", "ascii", "cp1252")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)


def read_text(body: bytes, charset: str = "") -> str:
    """A page's bytes as text: by its byte order mark, by the ``charset`` of its header, by its ``meta``,
    else UTF-8; what was declared is believed only where it fits. Anything else is read as Windows-1252,
    as browsers read Latin 1 (WHATWG Encoding, 4.2)."""
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:].decode("utf-8", "replace")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    named = _META_CHARSET.search(body[:4096])
    for name in (charset, named[1].decode("ascii", "ignore") if named else "", "utf-8"):
        try:
            if name and codecs.lookup(name).name not in _LATIN:
                return body.decode(name)
        except (LookupError, ValueError):
            continue
    broken = body.decode("utf-8", "replace")
    # an excerpt cut by bytes is UTF-8 all the same
    if broken.count("\ufffd") * 50 <= sum(each > 127 for each in body):
        return broken.replace("\ufffd", "")
    return body.decode("cp1252", "replace")


def read_json(body: bytes) -> Any:
    """``body`` as JSON; tolerant of a BOM, NaN, lone surrogates, and of PHP notices in front.

    Raises:
        ParseError: ``not_a_feed`` when it is no JSON, is nested too deeply, or holds absurd numbers.
    """
    text = body.decode("utf-8-sig", "replace").strip("\x00 \t\r\n")
    try:
        return json.loads(text)
    except RecursionError:
        raise ParseError("not_a_feed", "JSON nested too deeply") from None
    except ValueError:
        pass
    starts = (text.find(mark) for mark in ("\n{", "\n[", ">{", ">["))
    for start in sorted(at for at in starts if at >= 0):
        try:
            return json.loads(text[start + 1 :])
        except (ValueError, RecursionError):
            continue
    raise ParseError("not_a_feed", f"no JSON in {len(body)} bytes beginning {text[:40]!r}")


class Http(Protocol):
    """Every outgoing request of the hub goes through an object of this kind.

    It refuses addresses that are not public (checked on the address it connects to, and again at every
    redirect), caps time and decoded size, keeps one request per host at a time with the configured pace,
    honours Retry-After for the whole host, and says who it is.
    """

    def get(
        self,
        url: str,
        *,
        since: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        accept: str = "",
        max_bytes: int | None = None,
        ok_only: bool = True,
    ) -> Response:
        """GET ``url``.

        Args:
            since: makes the request conditional, see ``Response.unchanged``.
            auth: user and password for Basic authentication; dropped when a redirect leaves the origin,
                and refused over plain http except to addresses that the operator allowed.
            max_bytes: cap on the decoded body below the hub's own (5 MiB).
            ok_only: raise for statuses other than 2xx and 304; with False only network failures, 429 and
                503 raise and the caller looks at ``status``.

        Raises:
            FetchError: with a reason of ``hub.errors.REASONS`` (410 gives ``gone``, 401 and 403
                ``http_4xx`` with ``status`` set, 429 ``rate_limited`` with ``retry_after``).
        """
        ...

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        max_bytes: int | None = None,
        ok_only: bool = True,
    ) -> Response:
        """Any other method. Redirects are followed for HEAD only; for others a 3xx is an answer."""
        ...
