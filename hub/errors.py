"""Every error that the hub raises on purpose.

::

    HubError
    ├── ConfigError            what the operator set is wrong; all faults at once
    ├── NotFound               no such site, source, post, ...             web: 404
    ├── Conflict               the thing exists already, or is in use      web: 409
    ├── Forbidden              this role may not do that                   web: 403
    ├── SignInRefused          wrong name or password, or too many tries   web: 401, 429
    ├── PluginError            unknown name, name taken twice, or plugin code failed
    ├── RemoteError            the outside world; callers look at .permanent and .retry_after
    │   ├── FetchError         no usable answer: address, DNS, TLS, time, size, status
    │   ├── ParseError         an answer that is not what it should be
    │   ├── AuthError          the remote side did not accept our credentials
    │   ├── Blocked            the remote side refuses machines (challenge page, security plugin)
    │   ├── Excess             a connector handed over more than the hub takes
    │   └── PublishError       a publisher could not hand over an announcement
    ├── StoreError             the database did not do it
    └── SearchError            the index did not do it
        └── BadQuery           a query past the published limits           web: 400

"Not modified" is a value, not an error. An error never becomes content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The closed list of reasons a source can be in trouble for. The words for people are in the
#: translation catalogue under ``reason.<name>`` and ``cure.<name>``.
REASONS = (
    "bad_url",
    "blocked_address",
    "dns",
    "unreachable",
    "timeout",
    "bad_tls",
    "too_large",
    "not_a_feed",
    "bad_charset",
    "http_4xx",
    "http_5xx",
    "rate_limited",
    "gone",
    "auth",
    "auth_key",
    "token_ends",
    "not_public",
    "moved",
    "unstable_guid",
    "degraded",
    "plugin",
    "paused",
)


#: Finer causes of a refusal at a publisher's target; each stands for one of :data:`REASONS` and has words
#: of its own under ``reason.<name>`` and ``cure.<name>``.
HINTS = (
    "password_wrong",
    "header_dropped",
    "passwords_off",
    "role_lacking",
    "rest_closed",
    "firewall",
    "browser_wanted",
    "no_mailbox",
)


class HubError(Exception):
    """Base of all errors raised on purpose; ``str(error)`` is one line fit for an operator."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong setting: its dotted key, what is wrong, and how to put it right."""

    key: str
    problem: str
    cure: str

    def __str__(self) -> str:
        return f"{self.key}: {self.problem} ({self.cure})"


class ConfigError(HubError):
    """The configuration cannot be used. ``faults`` holds every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class NotFound(HubError):
    """There is no ``what`` with the id ``key``."""

    def __init__(self, what: str, key: object) -> None:
        self.what, self.key = what, key
        super().__init__(f"no {what} {key!s}")


class Conflict(HubError):
    """The thing exists already, or somebody else is using it."""


class Forbidden(HubError):
    """Who asks may not do that: ``action`` is what was tried, ``role`` the role that may not."""

    def __init__(self, action: str, role: str) -> None:
        self.action, self.role = action, role
        super().__init__(f"the role {role or 'none'} may not {action}")


class SignInRefused(HubError):
    """Name and password do not fit; why exactly is not told. ``retry_after``: seconds to wait after too
    many tries, during which the right password is refused as well."""

    def __init__(self, retry_after: int | None = None) -> None:
        self.retry_after = retry_after
        wait = f"too many tries; try again in {retry_after} seconds"
        super().__init__("wrong name or password" if retry_after is None else wait)


class PluginError(HubError):
    """A plugin is unknown, its name is taken twice, or its code failed (the cause is chained)."""

    def __init__(self, plugin: str, problem: str) -> None:
        self.plugin, self.problem = plugin, problem
        super().__init__(f"plugin {plugin}: {problem}")


class RemoteError(HubError):
    """The outside world failed us.

    Args:
        reason: one of :data:`REASONS`.
        detail: one line for an operator; must not hold secrets.
        permanent: trying again without a change on one side is pointless.
        retry_after: seconds the remote side asked us to wait, if it did.
        hint: the finer cause, one of :data:`HINTS`, where it is known.
    """

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        hint: str = "",
    ) -> None:
        assert reason in REASONS, reason
        assert not hint or hint in HINTS, hint
        self.reason, self.detail, self.hint = reason, detail, hint
        self.permanent, self.retry_after = permanent, retry_after
        super().__init__(f"{reason}: {detail}" if detail else reason)

    @property
    def cause(self) -> str:
        """What there are words for: the hint, else the reason."""
        return self.hint or self.reason


class FetchError(RemoteError):
    """No usable answer came: address refused, DNS, TLS, time, size or status.

    ``status`` is the HTTP status where one was received, ``body`` the start of the answer (at most
    64 KiB) so that a connector can read a JSON error code, ``url`` the address that failed.
    """

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
        body: bytes = b"",
        url: str = "",
    ) -> None:
        super().__init__(reason, detail, permanent=permanent, retry_after=retry_after)
        self.status, self.body, self.url = status, body, url


class ParseError(RemoteError):
    """An answer came that is not what it should be (``not_a_feed``, ``bad_charset``)."""


class AuthError(RemoteError):
    """The remote side did not accept our credentials."""


class Blocked(RemoteError):
    """The remote side refuses machines: a challenge page, a security plugin, REST switched off."""


class PublishError(RemoteError):
    """A publisher could not hand over an announcement."""


class Excess(RemoteError):
    """A connector handed over more than the hub takes (``too_large``); counted against the connector."""


class Abandoned(BaseException):
    """Raised in a thread that nobody waits for any more. Not an Exception, so that plugin code which catches
    those does not go on."""


class StoreError(HubError):
    """The database did not do what was asked."""


class SearchError(HubError):
    """The search index did not do what was asked."""


class BadQuery(SearchError):
    """The query is past the published limits (256 characters, 16 terms)."""
