"""Builds the plugin manager, checks what plugins bring, and isolates each call.

Plain pluggy stops a hook call at the first exception, and its entry point loader has no try: so every
plugin is loaded and asked by itself, and what it registered is afterwards called by name.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

import pluggy

from hub.errors import Abandoned, Excess, HubError, PluginError
from hub.spec import hooks
from hub.spec.connector import Connector
from hub.spec.declared import declared_connector
from hub.spec.hooks import GROUP, Refiner
from hub.spec.notify import Notifier
from hub.spec.publisher import Publisher
from hub.spec.search import SearchBackendFactory
from hub.spec.stories import StoryMatcher

log = logging.getLogger(__name__)

#: Failures in a row that switch a plugin's object off, and for how many seconds.
TRIP_AFTER = 5
REST = 900.0

T = TypeVar("T")


def build_manager(points: Iterable[EntryPoint] | None = None) -> tuple[pluggy.PluginManager, dict[str, str]]:
    """A manager with everything registered under the entry point group ``kimhub``.

    Returns:
        the manager, and name -> problem for plugins that could not be loaded: those are off, the rest
        run.
    """
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hooks)
    problems: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda each: each.name):
        try:
            plugin = point.load()
            if not manager.is_registered(plugin):
                manager.register(plugin, name=point.name)
        except (Exception, SystemExit) as error:
            problems[point.name] = f"{type(error).__name__}: {error}"
            log.exception("plugin %s could not be loaded", point.name)
    return manager, problems


@dataclass(slots=True)
class Fuse:
    """Counts failures in a row; blown, it stays off until ``off_until`` (monotonic seconds)."""

    failures: int = 0
    off_until: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plugin for the health page: what it brings, whether it runs, and what is wrong. One that has failed
    and is not switched off yet runs, with a problem."""

    name: str
    running: bool
    brings: tuple[str, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class _Named(Generic[T]):
    """Objects of one kind by name, each with the plugin that brought it."""

    kind: str
    objects: dict[str, T] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def add(self, plugin: str, thing: T) -> None:
        name = getattr(thing, "name", None)
        if not isinstance(name, str) or not name:
            raise PluginError(plugin, f"registered a {self.kind} without a name")
        if name in self.objects:
            raise PluginError(plugin, f"{self.kind} {name!r} is taken by plugin {self.owners[name]}")
        self.objects[name] = thing
        self.owners[name] = plugin

    def get(self, name: str) -> T:
        try:
            return self.objects[name]
        except KeyError:
            known = ", ".join(sorted(self.objects)) or "none"
            raise PluginError(name, f"no such {self.kind}; known are: {known}") from None


def _not_the_plugins(error: BaseException) -> bool:
    """Ctrl-C at the main thread is the operator's, and giving a thread up the hub's."""
    pressed = isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
    return pressed or isinstance(error, Abandoned)


class Plugins:
    """What the plugins brought, checked, and called one at a time.

    Args:
        manager: with plugins registered (``build_manager``).
        problems: plugins that could not even be loaded.
        declared: folder with declared connectors, one TOML file each.
    """

    def __init__(
        self,
        manager: pluggy.PluginManager,
        problems: Mapping[str, str] | None = None,
        *,
        declared: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manager, self._clock = manager, clock
        self._problems = dict(problems or {})
        self._fuses: dict[str, Fuse] = {}
        # thread -> what it is in, innermost last, and since when; '' is the hub's own code
        self._inside: dict[int, list[tuple[str, float]]] = {}
        self._lock = threading.Lock()
        self.connectors = _Named[Connector]("connector")
        self.publishers = _Named[Publisher]("publisher")
        self.search_backends = _Named[SearchBackendFactory]("search backend")
        self.refiners = _Named[Refiner]("refiner")
        self.matchers = _Named[StoryMatcher]("story matcher")
        self.notifiers = _Named[Notifier]("notifier")
        self.commands: list[Any] = []
        self._wsgi: list[Callable[[Any], Any]] = []
        self._brings: dict[str, list[str]] = {}
        for name, plugin in sorted(manager.list_name_plugin()):
            if plugin is not None:
                self._ask(name, plugin)
        for path in sorted(declared.glob("*.toml")) if declared else ():
            self._read(path)

    def _read(self, path: Path) -> None:
        """One declared connector; a faulty file costs only itself."""
        try:
            connector = declared_connector(path)
            self.connectors.add(path.name, connector)
            self._brings[path.name] = [f"connector {connector.name}"]
        except HubError as error:
            self._problems[path.name] = str(error)
            log.error("declared connector %s is off: %s", path, error)

    def _ask(self, name: str, plugin: Any) -> None:
        """Ask one plugin what it brings; what is wrong with it costs only itself."""
        try:
            for registry, hook in (
                (self.connectors, "register_connectors"),
                (self.publishers, "register_publishers"),
                (self.search_backends, "register_search_backends"),
                (self.refiners, "register_refiners"),
                (self.matchers, "register_matchers"),
                (self.notifiers, "register_notifiers"),
            ):
                for thing in self._registered(plugin, hook):
                    registry.add(name, thing)
                    self._brings.setdefault(name, []).append(f"{registry.kind} {thing.name}")
            self.commands += self._registered(plugin, "register_commands")
            self._wsgi += self._registered(plugin, "register_wsgi")
        except (Exception, SystemExit) as error:
            self._problems[name] = (
                str(error) if isinstance(error, HubError) else f"{type(error).__name__}: {error}"
            )
            log.exception("plugin %s is off", name)

    def _registered(self, plugin: Any, hook: str) -> Sequence[Any]:
        others = [each for each in self._manager.get_plugins() if each is not plugin]
        answers = self._manager.subset_hook_caller(hook, others)()
        return [thing for answer in answers for thing in answer or ()]

    # -- calling --------------------------------------------------------------------------------------

    def connector(self, name: str) -> Connector:
        """Raises PluginError: unknown, or switched off after failures."""
        connector = self.connectors.get(name)
        self._refuse_if_off(f"connector {name}")
        return connector

    @property
    def all_connectors(self) -> Mapping[str, Connector]:
        """Connectors by name."""
        return self.connectors.objects

    def publisher(self, name: str) -> Publisher:
        """Raises PluginError: unknown, or switched off after failures."""
        publisher = self.publishers.get(name)
        self._refuse_if_off(f"publisher {name}")
        return publisher

    @property
    def all_publishers(self) -> Mapping[str, Publisher]:
        """Publishers by name."""
        return self.publishers.objects

    @property
    def all_refiners(self) -> Mapping[str, Refiner]:
        """Refiners by name, in the order of their plugins."""
        return self.refiners.objects

    @property
    def all_notifiers(self) -> Mapping[str, Notifier]:
        """Notifiers by name."""
        return self.notifiers.objects

    @property
    def all_matchers(self) -> Mapping[str, StoryMatcher]:
        """Story matchers by name, in the order of their plugins."""
        return self.matchers.objects

    def search_backend(self, name: str) -> SearchBackendFactory:
        """Raises PluginError."""
        return self.search_backends.get(name)

    def wsgi(self, hub: Any) -> Any:
        """The web application.

        Raises:
            PluginError: no plugin brings one.
        """
        if not self._wsgi:
            raise PluginError("web", "no plugin brings a web application; install kimhub with its web part")
        return self._wsgi[0](hub)

    def tell(self, hook: str, **facts: Any) -> None:
        """Call an ``on_*`` hook; a listener that fails is logged and the others are still told."""
        for name, plugin in self._manager.list_name_plugin():
            if plugin is None or getattr(plugin, hook, None) is None or not self.works(f"plugin {name}"):
                continue
            others = [each for each in self._manager.get_plugins() if each is not plugin]
            try:
                with self.isolated(f"plugin {name}"):
                    self._manager.subset_hook_caller(hook, others)(**facts)
            except PluginError:
                log.exception("plugin %s failed in %s", name, hook)

    @contextmanager
    def isolated(self, what: str) -> Iterator[None]:
        """Run plugin code: errors of the hub pass, anything else (SystemExit too) becomes PluginError and
        counts towards switching ``what`` off."""
        try:
            with self._entered(what):
                yield
        except Excess as error:
            self.condemn(what, str(error))
            raise
        except HubError:
            self._mend(what)
            raise
        except BaseException as error:
            if _not_the_plugins(error):
                raise
            problem = f"{type(error).__name__}: {error}"[:500]
            self.condemn(what, problem)
            raise PluginError(what, problem) from error
        else:
            self._mend(what)

    def ours(self) -> AbstractContextManager[None]:
        """The hub's own code, called by a plugin: not to be interrupted."""
        return self._entered("")

    @contextmanager
    def _entered(self, what: str) -> Iterator[None]:
        thread = threading.get_ident()
        stack = self._inside.setdefault(thread, [])
        stack.append((what, time.monotonic()))
        try:
            yield
        finally:
            stack.pop()
            if not stack:
                self._inside.pop(thread, None)

    def at_work(self, thread: int) -> tuple[str, float, bool]:
        """The plugin object whose code a thread is in ('' for none), since when (monotonic seconds), and
        whether the hub's own code, called from there, is at work just now."""
        stack = tuple(self._inside.get(thread, ()))
        ours = bool(stack) and not stack[-1][0]
        for what, since in reversed(stack):
            if what:
                return what, since, ours
        return "", 0.0, ours

    def works(self, what: str) -> bool:
        """False while ``what`` is switched off after failures."""
        fuse = self._fuses.get(what)
        return fuse is None or fuse.off_until <= self._clock()

    def _refuse_if_off(self, what: str) -> None:
        with self._lock:
            fuse = self._fuses.get(what)
            if fuse and fuse.off_until > self._clock():
                raise PluginError(what, f"switched off after {fuse.failures} failures: {fuse.problem}")

    def condemn(self, what: str, problem: str) -> None:
        """Count one failure of ``what``."""
        with self._lock:
            fuse = self._fuses.setdefault(what, Fuse())
            fuse.failures += 1
            fuse.problem = problem
            if fuse.failures >= TRIP_AFTER:
                fuse.off_until = self._clock() + REST
                log.error("%s is switched off for %d s: %s", what, REST, problem)

    def _mend(self, what: str) -> None:
        if what in self._fuses:
            with self._lock:
                self._fuses.pop(what, None)

    # -- health ---------------------------------------------------------------------------------------

    @property
    def names(self) -> frozenset[str]:
        """Of plugins and of all that they bring."""
        kinds = (self.connectors, self.publishers, self.search_backends, self.refiners, self.matchers)
        brought = {name for kind in (*kinds, self.notifiers) for name in kind.objects}
        return frozenset(brought | {name for name, plugin in self._manager.list_name_plugin() if plugin})

    def report(self) -> tuple[PluginReport, ...]:
        """Every plugin, running or not."""
        names = {name for name, plugin in self._manager.list_name_plugin() if plugin}
        names |= set(self._problems) | set(self._brings)
        return tuple(self._report(name) for name in sorted(names))

    def _report(self, name: str) -> PluginReport:
        brings = tuple(self._brings.get(name, ()))
        problem = self._problems.get(name, "")
        running = not problem
        for what in (*brings, f"plugin {name}"):
            fuse = self._fuses.get(what)
            if fuse:
                running = running and self.works(what)
                problem = problem or f"{what}: {fuse.problem}"
        return PluginReport(name, running, brings, problem)
