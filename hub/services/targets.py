"""Where announcements go: the targets of the sites, and whether they work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from hub.errors import ConfigError, Fault, HubError
from hub.model import Actor, Target, TargetCheck
from hub.services import trouble
from hub.services.audit import Audit
from hub.services.handing import Errands
from hub.services.previewing import PublisherCalls
from hub.services.rights import demand
from hub.services.trouble import Trouble
from hub.services.vault import Vault
from hub.spec.options import read_options
from hub.spec.publisher import ConsentingPublisher, Publisher
from hub.store import Store
from hub.text.faults import fault

#: After these troubles new credentials are worth a new try.
_REARMED: Final = ("auth", "auth_key", "blocked_address", "bad_url", "gone", "moved", "http_4xx", "degraded")


class Targets:
    """What staff do with targets.

    Args:
        now: the hub's clock, aware UTC.
        lang: of complaints.
    """

    def __init__(
        self,
        store: Store,
        plugins: PublisherCalls,
        vault: Vault,
        errands: Errands,
        audit: Audit,
        now: Callable[[], datetime],
        lang: str = "id",
    ) -> None:
        self._store, self._plugins, self._vault = store, plugins, vault
        self._errands, self._audit, self._now = errands, audit, now
        self._lang = lang

    def publishers(self) -> Mapping[str, Publisher]:
        """Publishers by name: their needs and options make the form."""
        return self._plugins.all_publishers

    def add(
        self,
        site_id: int,
        publisher: str,
        by: Actor,
        url: str = "",
        user: str = "",
        password: str = "",
        options: Mapping[str, Any] | None = None,
        check: bool = True,
    ) -> Target:
        """A new target, the last choice of its site.

        Args:
            check: ask the target first whether it works; nothing is stored when it does not.

        Raises:
            ConfigError: with every fault: what the publisher needs is missing, an option is wrong.
            RemoteError: with ``check``, what is wrong with the target.
            PluginError, NotFound, Forbidden
        """
        demand(by, "targets")
        made = self._checked(
            Target(0, site_id, publisher, url.strip(), user.strip(), options or {}), password
        )
        with self._store.read() as tx:
            village = tx.sites.get(site_id).village
        if check:
            self._ask(replace(made, password=password), village)
        now = self._now()
        with self._store.write() as tx:
            kept = tx.targets.add(made, self._vault.encrypt(password), now)
            if check:
                kept = tx.targets.edit(kept.id, checked_at=now)
            after = {"site": site_id, "publisher": publisher, "url": made.url, "user": made.user}
            self._audit.record(tx, by, "target.add", f"target:{kept.id}", after=after)
        return kept

    def edit(self, target_id: int, by: Actor, **changes: Any) -> Target:
        """Change ``url``, ``user``, ``password``, ``options`` or ``state``. An address on another host
        blanks the password, for it was given to the old one. What failed for want of the right
        credentials is tried again.

        Raises:
            ConfigError, NotFound, Forbidden
        """
        demand(by, "targets")
        now = self._now()
        password: str | None = changes.pop("password", None)
        with self._store.write() as tx:
            old = tx.targets.get(target_id)
            new = replace(old, **changes)
            if password is None and _host(new.url) != _host(old.url):
                password = ""
            has_password = bool(password) if password is not None else old.has_password
            new = self._checked(replace(new, has_password=has_password), password or "", blank_ok=True)
            values: dict[str, Any] = {
                "url": new.url,
                "user": new.user,
                "options": dict(new.options),
                "state": new.state,
            }
            if password is not None:
                values["secret"] = self._vault.encrypt(password)
            kept = tx.targets.edit(target_id, reason=None, problem="", problem_since=None, **values)
            tx.deliveries.rearm(target_id, _REARMED, now)
            before = {"url": old.url, "user": old.user, "state": old.state}
            after = {"url": new.url, "user": new.user, "state": new.state}
            if password is not None:
                after["access"] = "changed"
            self._audit.record(tx, by, "target.edit", f"target:{target_id}", before, after)
            return kept

    def move(self, target_id: int, by: Actor, rank: int) -> None:
        """Make it the ``rank``-th choice of its site, counted from 1. Raises NotFound, Forbidden."""
        demand(by, "targets")
        with self._store.write() as tx:
            tx.targets.move(target_id, rank)
            self._audit.record(tx, by, "target.move", f"target:{target_id}", after={"rank": rank})

    def remove(self, target_id: int, by: Actor) -> None:
        """Copies that stand there stay, and nobody watches over them. Raises NotFound, Forbidden."""
        demand(by, "targets")
        with self._store.write() as tx:
            old = tx.targets.get(target_id)
            tx.targets.remove(target_id)
            before = {"site": old.site_id, "publisher": old.publisher, "url": old.url}
            self._audit.record(tx, by, "target.remove", f"target:{target_id}", before)

    def list(self, site_id: int | None = None) -> tuple[Target, ...]:
        """Every target (of one site), by site, then in order of preference."""
        with self._store.read() as tx:
            return tx.targets.all(site_id)

    def get(self, target_id: int) -> Target:
        """Raises NotFound."""
        with self._store.read() as tx:
            return tx.targets.get(target_id)

    def check(self, target_id: int) -> TargetCheck:
        """Ask the target whether it works; what comes out is noted on it.

        Raises:
            RemoteError: what is wrong with it.
            NotFound, PluginError
        """
        with self._store.read() as tx:
            target, secret = tx.targets.get(target_id), tx.targets.secret(target_id)
            village = tx.sites.get(target.site_id).village
        try:
            target = replace(target, password=self._vault.decrypt(secret))
            found = self._ask(target, village)
        except HubError as error:
            self._note(target_id, trouble.read(error))
            raise
        self._note(target_id, None)
        return found

    def consent(self, publisher: str, url: str, success_url: str, reject_url: str) -> str:
        """Where a KIM's own browser is sent to let the hub in, for publishers that know such a way.

        Raises:
            ConfigError: this publisher knows none.
            RemoteError: the site does not offer it, or could not be asked.
        """
        asked = self._plugins.publisher(publisher)
        if not isinstance(asked, ConsentingPublisher):
            raise ConfigError([self._fault("publisher", "no_consent", publisher=publisher)])
        lent = self._errands.lend(Target(0, 0, publisher, url), "")
        with self._plugins.isolated(f"publisher {publisher}"):
            return asked.consent(url, lent, success_url, reject_url)

    def _fault(self, key: str, what: str, **values: object) -> Fault:
        return fault(key, f"target.fault.{what}", self._lang, **values)

    def _ask(self, target: Target, village: str) -> TargetCheck:
        publisher = self._plugins.publisher(target.publisher)
        with self._plugins.isolated(f"publisher {target.publisher}"):
            return publisher.check(target, self._errands.lend(target, village))

    def _note(self, target_id: int, met: Trouble | None) -> None:
        now = self._now()
        with self._store.write() as tx:
            if met is None:
                tx.targets.note(target_id, None, "", now)
            else:
                tx.targets.note(target_id, met.reason, met.detail, now, met.hint)
            tx.targets.edit(target_id, checked_at=now)

    def _checked(self, target: Target, password: str, *, blank_ok: bool = False) -> Target:
        """The target with its options read.

        Raises:
            ConfigError: with every fault.
        """
        publisher = self._plugins.publisher(target.publisher)
        given = {"url": target.url, "user": target.user, "password": password}
        faults = [
            self._fault(need, "missing", publisher=target.publisher)
            for need in sorted(publisher.needs)
            if not given[need] and not (need == "password" and blank_ok)
        ]
        if target.url and not target.url.startswith(("http://", "https://")):
            faults.append(self._fault("url", "no_url"))
        if target.state not in ("active", "paused"):
            faults.append(self._fault("state", "no_state", value=target.state))
        try:
            options = read_options(publisher.options, target.options, where="option")
        except ConfigError as error:
            faults += error.faults
        if faults:
            raise ConfigError(faults)
        return replace(target, options={name: value for name, value in options.items() if value is not None})


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
