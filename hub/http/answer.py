"""The answering side: what a response means, in the hub's own words."""

from __future__ import annotations

import hashlib
import http.client
import ssl

from hub.errors import FetchError
from hub.http.address import Target
from hub.http.body import TooLarge, read_body
from hub.http.wire import HeadTooLarge, TimedResponse
from hub.spec.http import Headers, Validators

ERROR_BYTES = 64 * 1024
_MAX_VALIDATOR = 1024


def headers_of(response: TimedResponse) -> Headers:
    """The header fields; values that were folded over several lines are put on one."""
    joined: dict[str, str] = {}
    for name, value in response.getheaders():
        name = name.lower()
        if "\n" in value or "\r" in value:
            value = " ".join(value.split())
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return Headers(joined)


def validators_of(headers: Headers, body: bytes) -> Validators:
    """What makes the next request conditional."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Validators(_validator(headers, "etag"), _validator(headers, "last-modified"), digest)


def renewed(since: Validators, headers: Headers) -> Validators:
    """``since`` with what a 304 brought (RFC 9110, 15.4.5): the body is still the one of ``since``."""
    return Validators(
        _validator(headers, "etag") or since.etag,
        _validator(headers, "last-modified") or since.last_modified,
        since.digest,
    )


def _validator(headers: Headers, name: str) -> str:
    value = headers.get(name, "")
    return value if len(value) <= _MAX_VALIDATOR else ""  # absurdly long ones are not worth sending back


def status_error(response: TimedResponse, target: Target) -> FetchError:
    """The error that an unwelcome status stands for, with the start of its page."""
    status = response.status
    return FetchError(
        _status_reason(status),
        f"{target.host} answered {status}",
        permanent=status == 410,
        status=status,
        body=_error_page(response),
        url=target.url,
    )


def _status_reason(status: int) -> str:
    if status == 410:
        return "gone"
    if status == 429:
        return "rate_limited"
    if status >= 500:
        return "http_5xx"
    return "moved" if 300 <= status < 400 else "http_4xx"


def _error_page(response: TimedResponse) -> bytes:
    """That an error page is broken or large is no second error."""
    try:
        return read_body(response, ERROR_BYTES)
    except TooLarge as large:
        return large.start
    except (FetchError, OSError, http.client.HTTPException):
        return b""


def wire_error(error: Exception, target: Target) -> FetchError:
    """What went wrong on the wire, without anything secret."""
    reason, problem = _wire_reason(error)
    line = " ".join(problem.split())[:200]
    return FetchError(reason, f"{target.host}: {line}", url=target.url)


def _wire_reason(error: Exception) -> tuple[str, str]:
    match error:
        case TimeoutError():
            return "timeout", "no complete answer in time"
        case ssl.SSLCertVerificationError():
            return "bad_tls", error.verify_message
        case ssl.SSLError():
            return "bad_tls", error.reason or "TLS failed"
        case OSError():
            return "unreachable", error.strerror or str(error)
        case http.client.IncompleteRead():
            return "unreachable", "the answer ended early"
        case HeadTooLarge() | http.client.LineTooLong():
            return "too_large", "headers too long"
        case http.client.HTTPException() if "headers" in str(error):  # said in words only
            return "too_large", "too many headers"
    return "unreachable", f"no proper HTTP answer ({type(error).__name__})"
