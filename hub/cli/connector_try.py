"""One visit to a site without storing anything: what a connector reads there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from hub.app import make_http, utc_now
from hub.cli.frame import Failure, Frame, tell
from hub.cli.output import line, moment, table
from hub.config import Settings, load
from hub.errors import ConfigError, HubError, ParseError, PluginError, RemoteError
from hub.model import Proposal, Source
from hub.plugins import Plugins, build_manager
from hub.services.probing import Prober, tidy_url
from hub.services.watchdog import Watchdog
from hub.spec import (
    Batch,
    Connector,
    Cursor,
    DeclaredConnector,
    Entry,
    Http,
    declared_connector,
    read_options,
)
from hub.spec.declared import Explanation, Matched, explain, explain_article
from hub.spec.declared.place import list_address
from hub.testing.context import TestingContext
from hub.testing.package import find_package, find_tree, registered
from hub.text.drafting import to_draft

#: Seconds that a visit on trial may take.
SECONDS: Final = 60.0


@dataclass(frozen=True)
class Subject:
    """What is tried: a connector at an address. ``found`` says how it came to that, empty where it was
    named."""

    connector: Connector
    source: Source
    found: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that nobody may see."""
        given = {
            each.name: self.source.options.get(each.name) for each in self.connector.options if each.secret
        }
        return tuple(str(value) for value in given.values() if value)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the hub would keep it: ``letters`` is the length of its text after cleaning."""

    id: str
    title: str
    published: datetime | None
    link: str
    letters: int
    images: int


@dataclass(frozen=True)
class Trial:
    """What the visit brought. ``explained`` are the pages of a declared connector."""

    subject: Subject
    shown: tuple[Shown, ...] = ()
    cursor: Cursor | None = None
    warnings: tuple[str, ...] = ()
    more: bool = False
    explained: tuple[Explanation, ...] = ()
    error: HubError | None = None


class Bench:
    """Connectors, those of the package in the current folder among them, and the hub's client. A context
    manager.

    Args:
        frame: with the configuration, which may be absent.
        allow_private: networks that may be asked although they are private.
        folder: may be that of a package that is not installed.
    """

    def __init__(self, frame: Frame, allow_private: tuple[str, ...], folder: Path) -> None:
        self._stack = ExitStack()
        self.settings = _settings(frame, allow_private)
        self._folder = folder

    def __enter__(self) -> Bench:
        with suppress(ConfigError):  # no package here: the installed ones are enough
            package = find_tree(self._folder) or find_package(self._folder)
            self._stack.enter_context(registered(package))
        self.plugins = Plugins(*build_manager())
        self.http = make_http(self.settings)
        self._stack.callback(self.http.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def context(self, http: Http | None = None) -> TestingContext:
        return TestingContext(http or self.http, zone=self.settings.zone, deadline_seconds=SECONDS)

    # -- what is tried ------------------------------------------------------------------------------

    def subject(
        self, url: str, name: str | None, declared: Path | None, options: Mapping[str, str]
    ) -> Subject:
        """Raises HubError: no such connector, a faulty declaration or option, or nobody knows the site."""
        url, found = tidy_url(url), ""
        given: dict[str, Any] = dict(options)
        if declared is not None:
            connector: Connector = declared_connector(declared)
        elif name is not None:
            connector = self._named(name)
        else:
            best = self._best(url)
            connector, url, given = (
                self.plugins.connector(best.connector),
                best.url,
                {**best.options, **given},
            )
            found = best.platform or best.connector
        values = read_options(connector.options, given, where=f"options of {connector.name}")
        chosen = {key: value for key, value in values.items() if value is not None}
        return Subject(connector, Source(1, 1, connector.name, url, options=chosen), found)

    def _best(self, url: str) -> Proposal:
        try:
            return self._prober().probe(url).best()[0]
        except ParseError as error:
            raise Failure("connector.try.unknown", url=url) from error

    def _named(self, name: str) -> Connector:
        try:
            return self.plugins.connector(name)
        except PluginError as error:
            trouble = [f"{each.name}: {each.problem}" for each in self.plugins.report() if each.problem]
            if trouble:
                raise PluginError(name, "; ".join([error.problem, *trouble])[:600]) from error
            raise

    def _prober(self) -> Prober:
        watchdog = Watchdog(self.plugins, hook_seconds=SECONDS, look_seconds=SECONDS)
        return Prober(self.plugins, self.http, watchdog, lambda leash: self.context())

    # -- the visit ----------------------------------------------------------------------------------

    def trial(self, subject: Subject, limit: int) -> Trial:
        """One visit, broken off when ``limit`` entries have come. What goes wrong is in ``error``."""
        trial = Trial(subject, explained=self.explained(subject))
        batches: list[Batch] = []
        error: HubError | None = None
        try:
            with self.plugins.isolated(f"connector {subject.connector.name}"):
                for batch in subject.connector.harvest(subject.source, None, self.context()):
                    batches.append(batch)
                    if sum(len(each.entries) for each in batches) >= limit:
                        break
        except HubError as caught:
            error = caught
        entries = [entry for batch in batches for entry in batch.entries]
        warnings = [f"{each.reason}: {each.detail}" for batch in batches for each in batch.warnings]
        shown = tuple(self._shown(entry, subject) for entry in islice(entries, limit))
        if not entries and error is None:
            warnings.append(tell("connector.try.nothing"))
        return replace(
            trial,
            shown=shown,
            cursor=batches[-1].cursor if batches else None,
            warnings=(*warnings, *doubts(shown)),
            more=bool(batches) and (batches[-1].more or len(entries) > limit),
            error=error,
        )

    def _shown(self, entry: Entry, subject: Subject) -> Shown:
        draft = to_draft(entry, site_url=subject.source.url, zone=self.settings.zone, now=utc_now())
        return Shown(entry.id, draft.title, draft.published, draft.link, len(draft.text), len(draft.images))

    def explained(self, subject: Subject) -> tuple[Explanation, ...]:
        """For a declared connector: its list page and the first article's, selector by selector."""
        if not isinstance(subject.connector, DeclaredConnector):
            return ()
        declaration = subject.connector.declaration
        try:
            address = list_address(declaration, subject.source.url)
            answer = self.http.get(address, headers=declaration.list.headers or None)
            pages = [explain(declaration, answer.text(), answer.url)]
            if declaration.article and pages[0].article:
                answer = self.http.get(pages[0].article)
                pages.append(explain_article(declaration, answer.text(), answer.url))
        except (RemoteError, ParseError):
            return ()  # the visit itself says what is wrong
        return tuple(pages)


def _settings(frame: Frame, allow_private: tuple[str, ...]) -> Settings:
    settings = frame.settings if frame.config.is_file() else load(None)
    allowed = (*settings.network.allow_private, *allow_private)
    return replace(settings, network=replace(settings.network, allow_private=allowed))


def doubts(shown: tuple[Shown, ...]) -> list[str]:
    """What a resident would miss."""
    told = []
    for key, count in (
        ("no_date", sum(each.published is None for each in shown)),
        ("no_text", sum(not each.letters for each in shown)),
        ("no_link", sum(not each.link for each in shown)),
        ("same_id", len(shown) - len({each.id for each in shown})),
    ):
        if count:
            told.append(tell(f"connector.try.{key}", count=count, all=len(shown)))
    return told


# -- telling ----------------------------------------------------------------------------------------


def show(trial: Trial) -> None:
    """For people."""
    source = trial.subject.source
    if trial.subject.found:
        line(
            tell(
                "connector.try.found",
                platform=trial.subject.found,
                connector=source.connector,
                url=source.url,
            )
        )
    for page in trial.explained:
        line(tell("connector.try.page", url=page.url, items=page.items))
        rows = [(each.key, each.selector, each.count, each.sample or hint(each)) for each in page.matched]
        table(("key", "selector", "matches", "sample"), rows)
    if trial.shown:
        rows_shown = [(each.title, moment(each.published), each.letters, each.link) for each in trial.shown]
        table(("title", "date", "letters", "link"), rows_shown)
    for warning in trial.warnings:
        line(tell("connector.try.warning", warning=warning))
    if trial.cursor is not None:
        size = len(repr(trial.cursor))
        parts = ", ".join(sorted(trial.cursor)) or "-"
        line(tell("connector.try.cursor", parts=parts, size=size))
    if trial.more:
        line(tell("connector.try.more"))


def hint(matched: Matched) -> str:
    """Why a selector matches nothing, in words."""
    return tell(f"hint.{matched.hint or 'none'}", names=", ".join(matched.names) or "-")


def trial_data(trial: Trial) -> dict[str, Any]:
    """For scripts."""
    return {
        "connector": trial.subject.source.connector,
        "url": trial.subject.source.url,
        "entries": [
            {
                "id": each.id,
                "title": each.title,
                "published": moment(each.published),
                "link": each.link,
                "length": each.letters,
                "images": each.images,
            }
            for each in trial.shown
        ],
        "cursor": trial.cursor,
        "warnings": list(trial.warnings),
        "more": trial.more,
        "pages": [
            {
                "url": page.url,
                "items": page.items,
                "selectors": [
                    {
                        "key": each.key,
                        "selector": each.selector,
                        "matches": each.count,
                        "sample": each.sample,
                        "hint": "" if each.count else hint(each),
                    }
                    for each in page.matched
                ],
            }
            for page in trial.explained
        ],
        "error": _error_data(trial.error),
    }


def refusal_data(url: str, error: HubError) -> dict[str, Any]:
    """For scripts, where nothing could be tried."""
    return {"connector": None, "url": url, "entries": [], "error": _error_data(error)}


def _error_data(error: HubError | None) -> dict[str, str] | None:
    if error is None:
        return None
    unknown = isinstance(error, Failure)  # nobody knows the site
    reason = error.reason if isinstance(error, RemoteError) else "not_a_feed" if unknown else "plugin"
    return {"reason": reason, "message": str(error)}
