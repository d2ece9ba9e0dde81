"""The notifiers of this hub: which of them work, what they are lent, and which rest after failures."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from hub.errors import ConfigError, Fault, HubError, PluginError
from hub.model.following import Offer
from hub.spec.http import Http
from hub.spec.notify import BrowserNotifier, Heard, InvitingNotifier, News, Notifier
from hub.spec.options import Option, read_options

SendMail = Callable[[Sequence[str], str, str, Mapping[str, str]], None]
#: Different ones who failed in a row, after which a notifier rests, and for how long at first and at most.
PATIENCE = 3
REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=15)


class NotifierCalls(Protocol):
    """What is needed of ``hub.plugins.Plugins``."""

    @property
    def all_notifiers(self) -> Mapping[str, Notifier]: ...

    def works(self, what: str) -> bool: ...

    def isolated(self, what: str) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class Loan:
    """``hub.spec.NotifyContext`` of one notifier."""

    name: str
    http: Http
    options: Mapping[str, object]
    hub_name: str
    hub_url: str
    contact: str
    mails: bool
    send_mail: SendMail
    folder: Path
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        return self.clock()

    def mail(self, to: Sequence[str], subject: str, text: str, headers: Mapping[str, str]) -> None:
        self.send_mail(to, subject, text, headers)

    def keep(self, name: str, make: Callable[[], str]) -> str:
        path = self.folder / f"{self.name}-{name}.key"
        try:
            if not path.exists():
                _write_once(path, make())
            return path.read_text("utf-8")
        except OSError as error:
            problem, cure = f"{path}: {error.strerror}", "check the folder's rights"
            raise ConfigError([Fault(f"plugins.{self.name}", problem, cure)]) from error


class Notifying:
    """Calls notifiers, one at a time, each with what it is lent.

    Args:
        lend: makes the loan of a notifier by name and options.
        tables: ``[plugins]`` of the configuration.

    Raises:
        ConfigError: with every fault of the options of notifiers.
    """

    def __init__(
        self,
        plugins: NotifierCalls,
        lend: Callable[[str, Mapping[str, object]], Loan],
        tables: Mapping[str, Mapping[str, Any]],
        now: Callable[[], datetime],
    ) -> None:
        self._plugins, self._now = plugins, now
        read = options_of(plugins.all_notifiers, tables)
        self._loans = {name: lend(name, read[name]) for name in plugins.all_notifiers}
        self._failed: dict[str, set[int | str]] = {}
        self._rests: dict[str, datetime] = {}
        self._lock = threading.Lock()

    # -- what works ---------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._loans))

    def problem(self, name: str) -> str:
        """Why this notifier cannot work here; empty where it can. Never raises."""
        notifier = self._plugins.all_notifiers.get(name)
        if notifier is None:
            return "no plugin brings it any more"
        try:
            with self._plugins.isolated(f"notifier {name}"):
                return str(notifier.ready(self._loans[name]))
        except HubError as error:
            return str(error)

    def offers(self) -> tuple[Offer, ...]:
        """The ways to be told that work on this hub; mail first, the browser last."""
        found = [self._offer(name) for name in self._loans if not self.problem(name)]
        order = ("address", "invitation", "browser")
        return tuple(sorted(filter(None, found), key=lambda each: (order.index(each.way), each.notifier)))

    def _offer(self, name: str) -> Offer | None:
        notifier = self._plugins.all_notifiers[name]
        try:
            with self._plugins.isolated(f"notifier {name}"):
                if isinstance(notifier, BrowserNotifier):
                    key = notifier.public_key(self._loans[name])
                    return Offer(name, notifier.label, "browser", key)
        except HubError:
            return None
        way = "invitation" if isinstance(notifier, InvitingNotifier) else "address"
        return Offer(name, notifier.label, way)

    # -- calls --------------------------------------------------------------------------------------

    def clean(self, name: str, address: str) -> str:
        """Raises ValueError: no address of this kind."""
        return self._notifier(name).clean(address)

    def invitation(self, name: str, token: str) -> str:
        notifier = self._notifier(name)
        assert isinstance(notifier, InvitingNotifier), name
        with self._plugins.isolated(f"notifier {name}"):
            return notifier.invitation(token, self._loans[name])

    def send(self, name: str, news: News, address: str) -> None:
        """Raises RemoteError, PluginError."""
        notifier = self._notifier(name)
        with self._plugins.isolated(f"notifier {name}"):
            notifier.send(news, address, self._loans[name])

    def listeners(self) -> list[str]:
        """Those that have something to hear, and work."""
        inviting = (
            name for name, each in self._plugins.all_notifiers.items() if isinstance(each, InvitingNotifier)
        )
        return [name for name in inviting if name not in self.resting() and not self.problem(name)]

    def listen(self, name: str, cursor: int) -> Heard:
        notifier = self._notifier(name)
        assert isinstance(notifier, InvitingNotifier), name
        with self._plugins.isolated(f"notifier {name}"):
            return notifier.listen(cursor, self._loans[name])

    def answer(self, name: str, address: str, text: str) -> None:
        notifier = self._notifier(name)
        assert isinstance(notifier, InvitingNotifier), name
        with self._plugins.isolated(f"notifier {name}"):
            notifier.answer(address, text, self._loans[name])

    def _notifier(self, name: str) -> Notifier:
        try:
            return self._plugins.all_notifiers[name]
        except KeyError:
            raise PluginError(name, "no such notifier") from None

    # -- resting ------------------------------------------------------------------------------------

    def resting(self) -> list[str]:
        """Notifiers that nothing is handed to now: after failures, switched off, or not set up."""
        return [
            name
            for name in self._loans
            if self.rests(name) or not self._plugins.works(f"notifier {name}") or self.problem(name)
        ]

    def rests(self, name: str) -> bool:
        """Whether it rests after failures."""
        now = self._now()
        return self._rests.get(name, now) > now

    def went_well(self, name: str) -> None:
        with self._lock:
            self._failed.pop(name, None)

    def went_wrong(
        self, name: str, whose: int | str, wait: float | None = None, *, grave: bool = False
    ) -> None:
        """Note a failure; after those of several in a row nothing is handed over for a while. One address
        that fails again and again says nothing about the others, and paces itself.

        Args:
            whose: the following's id, or what else was tried.
            wait: seconds that the other end asked for: they hold for all.
            grave: what passes only when the operator acts.
        """
        with self._lock:
            failed = self._failed.setdefault(name, set())
            failed.add(whose)
            many = len(failed) - PATIENCE
            rest = LONGEST_REST if grave else min(REST * 2 ** min(max(many, 0), 10), LONGEST_REST)
            if wait is not None:
                rest = timedelta(seconds=wait)
            if wait is not None or grave or many >= 0:
                self._rests[name] = self._now() + rest


def options_of(
    notifiers: Mapping[str, Notifier], tables: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The options of each notifier from its table, read and checked.

    A secret may stand in a file of its own, named by ``<option>_file``.

    Raises:
        ConfigError: with every fault of all of them.
    """
    read: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for name, notifier in notifiers.items():
        try:
            given = _with_files(notifier.options, tables.get(name, {}), f"plugins.{name}")
            read[name] = read_options(notifier.options, given, where=f"plugins.{name}")
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(faults)
    return read


def _with_files(declared: Sequence[Option], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    values = dict(given)
    for option in declared:
        path = values.pop(f"{option.name}_file", None) if option.secret else None
        if path is None:
            continue
        try:
            values[option.name] = Path(str(path)).read_text("utf-8").strip()
        except OSError as error:
            key = f"{where}.{option.name}_file"
            raise ConfigError(
                [Fault(key, f"cannot be read: {error.strerror}", "check path and rights")]
            ) from error
    return values


def _write_once(path: Path, text: str) -> None:
    """A file that the owner alone may read; another process that was quicker wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
