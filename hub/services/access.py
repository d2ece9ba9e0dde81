"""Signing in: sessions, their limits, and API tokens.

A session or token is known by the SHA-256 of 256 random bits; the bits themselves are in the cookie or with
the program alone. Failed tries are counted in the database, so that the limits hold over processes and
restarts. Figures: OWASP ASVS 5.0, 6.3.1 and 7.3.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hub.errors import ConfigError, Fault, SignInRefused
from hub.model import ROLES, SCOPES, Actor, ApiToken, Person, SignedIn
from hub.services.audit import Audit
from hub.services.passwords import Passwords
from hub.services.rights import demand, may
from hub.store import Store, Transaction
from hub.store.people import Secret

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
#: How long after the password grave actions go without it.
FRESH = timedelta(minutes=5)
#: Failures allowed within WINDOW.
PER_ACCOUNT, PER_ADDRESS = 5, 20
WINDOW = timedelta(minutes=15)
#: Use is noted at most this often: a read stays a read.
_NOTED = timedelta(minutes=1)
#: What is dated later than this after now was written by a clock that has since been put back.
_SKEW = timedelta(minutes=5)
TOKEN_PREFIX = "kh_"  # noqa: S105
_LONGEST_DAYS = 3650


class Access:
    """Who is asking."""

    def __init__(self, store: Store, passwords: Passwords, audit: Audit, now: Callable[[], datetime]) -> None:
        self._store, self._passwords, self._audit, self._now = store, passwords, audit, now

    @staticmethod
    def may(role: str, action: str) -> bool:
        """Whether a role has a right; what pages show follows from it."""
        return may(role, action)

    # -- people ---------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, address: str, replacing: str = "") -> SignedIn:
        """A new session.

        Args:
            address: the asker's IP, as the limits count it.
            replacing: the token of the session that this one takes the place of, if any.

        Raises:
            SignInRefused: wrong name or password, or disabled, all alike; with ``retry_after`` in seconds
                when there were too many tries, whether or not the password is right.
        """
        secret = self._checked(name, password, address, "sign_in")
        person, token, now = secret.person, secrets.token_urlsafe(32), self._now()
        with self._store.write() as tx:
            if tx.people.find(person.name, hold=True) != secret:
                # disabled, or the password changed, while it was being checked
                raise SignInRefused()
            tx.access.forget_sessions(begun_before=now - ABSOLUTE, seen_before=now - IDLE)
            if replacing:
                tx.access.close_session(_hash(replacing))
            tx.access.open_session(_hash(token), person.id, address[:64], now)
            self._audit.record(tx, _actor(person, address), "sign_in", f"user:{person.name}")
        return SignedIn(person, token, began_at=now, seen_at=now, fresh=True)

    def session(self, token: str) -> SignedIn | None:
        """Who has this session, with the role of now; None when it ended, and whenever in doubt."""
        now = self._now()
        with self._store.read() as tx:
            found = tx.access.session(_hash(token)) if token else None
        if found is None or found.person.disabled:
            return None
        ahead = max(found.began_at, found.seen_at) > now + _SKEW
        if ahead or now >= found.began_at + ABSOLUTE or now >= found.seen_at + IDLE:
            return None
        if now >= found.seen_at + _NOTED:
            with self._store.write() as tx:
                tx.access.touch(_hash(token), seen=now)
        fresh = now < found.proved_at + FRESH
        return SignedIn(found.person, token, began_at=found.began_at, seen_at=now, fresh=fresh)

    def prove(self, token: str, password: str, address: str) -> bool:
        """The password once more, for grave actions: makes the session fresh. Counts like a sign-in.

        Raises:
            SignInRefused: too many tries; ``retry_after`` says for how long.
        """
        found = self.session(token)
        if found is None:
            return False
        try:
            self._checked(found.person.name, password, address, "sign_in.prove")
        except SignInRefused as refused:
            if refused.retry_after is not None:
                raise
            return False
        now = self._now()
        with self._store.write() as tx:
            tx.access.touch(_hash(token), seen=now, proved=now)
            self._audit.record(
                tx, _actor(found.person, address), "sign_in.prove", f"user:{found.person.name}"
            )
        return True

    def sign_out(self, token: str, address: str = "") -> None:
        """End the session, if there is one."""
        found = self.session(token)
        with self._store.write() as tx:
            tx.access.close_session(_hash(token))
            if found:
                actor = _actor(found.person, address)
                self._audit.record(tx, actor, "sign_out", f"user:{found.person.name}")

    def _checked(self, name: str, password: str, address: str, action: str) -> Secret:
        """The account, if the password fits. The try is counted before it is looked at and struck out when
        it was good, so that many at once get no more than the allowed ones through."""
        name, network = _as_stored(name), _network(address)
        failure, wait = self._count(name, network)
        with self._store.read() as tx:
            secret = tx.people.find(name)
        fits = self._passwords.fits(secret.password_hash if secret else None, password)
        with self._store.write() as tx:
            if secret and fits and not secret.person.disabled:
                tx.access.strike_out(failure, name, network)
                return secret
            actor = Actor(name, secret.person.role if secret else "", address)
            self._audit.record(tx, actor, action, f"user:{name}", result="refused")
            if wait:
                self._audit.record(tx, actor, "sign_in.lock", f"user:{name}", after={"seconds": wait})
        raise SignInRefused()

    def _count(self, name: str, network: str) -> tuple[int, int]:
        """The id of the failure that this try is until it turns out good, and the seconds to wait should it
        stay one. Raises SignInRefused."""
        now = self._now()
        with self._store.write() as tx:
            tx.access.count_alone()
            tx.access.forget_failures(before=now - WINDOW, after=now + _SKEW)
            wait = _wait(tx, now, name, network)
            if not wait:
                failure = tx.access.count_failure(name, network, now)
                return failure, _wait(tx, now, name, network)
        raise SignInRefused(retry_after=wait)

    # -- programs -------------------------------------------------------------------------------

    def make_token(
        self, name: str, scopes: Sequence[str], by: Actor, role: str = "editor", days: int | None = None
    ) -> tuple[ApiToken, str]:
        """A token and its text, which is kept nowhere: show it once.

        Args:
            days: how long it is good for; None: until revoked.

        Raises:
            ConfigError: with all faults of name, scopes, role and days.
            Conflict: the name is taken.
        """
        demand(by, "tokens")
        name = name.strip()
        faults = _token_faults(name, scopes, role, days)
        if faults:
            raise ConfigError(faults)
        plain, now = TOKEN_PREFIX + secrets.token_urlsafe(32), self._now()
        until = now + timedelta(days=days) if days else None
        scopes = [each for each in SCOPES if each in scopes]
        with self._store.write() as tx:
            token = tx.access.add_token(name, _hash(plain), scopes, role, by=by.name, now=now, until=until)
            after = {"scopes": scopes, "role": role, "expires_at": until}
            self._audit.record(tx, by, "token.add", f"token:{name}", after=after)
        return token, plain

    def tokens(self) -> tuple[ApiToken, ...]:
        """All, newest first, the revoked ones too."""
        with self._store.read() as tx:
            return tx.access.tokens()

    def token(self, plain: str) -> ApiToken | None:
        """The token of this text; None when it is unknown, revoked or has run out."""
        if not plain.startswith(TOKEN_PREFIX):
            return None
        now = self._now()
        with self._store.read() as tx:
            found = tx.access.token(_hash(plain))
        if found is None or found.revoked_at or (found.expires_at and found.expires_at <= now):
            return None
        if found.last_used_at is None or now >= found.last_used_at + _NOTED:
            with self._store.write() as tx:
                tx.access.edit_token(found.id, last_used_at=now)
        return found

    def revoke_token(self, id_or_name: int | str, by: Actor) -> ApiToken:
        """Dead from the next request on. Raises NotFound."""
        demand(by, "tokens")
        with self._store.write() as tx:
            token = tx.access.named_token(id_or_name)
            if token.revoked_at is None:
                tx.access.edit_token(token.id, revoked_at=self._now())
                self._audit.record(tx, by, "token.revoke", f"token:{token.name}")
            return tx.access.named_token(token.id)


def _actor(person: Person, address: str) -> Actor:
    return Actor(person.name, person.role, address)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _wait(tx: Transaction, now: datetime, name: str, network: str) -> int:
    """Seconds until one more try is allowed; 0: now."""
    since = now - WINDOW
    full = [tx.access.failures(since, PER_ACCOUNT, name=name)[PER_ACCOUNT - 1 :]]
    if network:
        full.append(tx.access.failures(since, PER_ADDRESS, address=network)[PER_ADDRESS - 1 :])
    return max((math.ceil((at[0] + WINDOW - now).total_seconds()) for at in full if at), default=0)


def _as_stored(name: str) -> str:
    """A name as typed, such that every database can compare and keep it."""
    return name.strip().replace("\0", "").encode("utf-8", "replace").decode()[:100]


def _network(address: str) -> str:
    """What the limit per address counts: an IPv6 customer has a whole /64 of addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _token_faults(name: str, scopes: Sequence[str], role: str, days: int | None) -> list[Fault]:
    faults = []
    if not 1 <= len(name) <= 100 or not name.isprintable():
        faults.append(Fault("name", "must have 1 to 100 visible characters", "choose another"))
    if not scopes or not set(scopes) <= set(SCOPES):
        faults.append(Fault("scopes", "must name what the token may do", f"some of {', '.join(SCOPES)}"))
    if role not in ROLES:
        faults.append(Fault("role", f"{role!r} is unknown", f"one of {', '.join(ROLES)}"))
    if days is not None and not 1 <= days <= _LONGEST_DAYS:
        faults.append(Fault("days", f"must be 1 to {_LONGEST_DAYS}", "or leave it out"))
    return faults
